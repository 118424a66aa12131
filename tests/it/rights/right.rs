//! Rights: what a policy lets somebody do, and what somebody did, in the same words, so that both can be compared.
//!
//! A policy is asked about one example of everything that there is: each kind of partition in the table, each kind of event,
//! secrets and identity stores of ours and of others. What it allows of that is what it allows.

use super::ask::{
    Ask, DETAIL_TYPE, LEADING_KEYS, REGION, REQUESTED_REGION, SOURCE, arn, identity_store, secret,
};
use super::code::partitions;
use super::policy::{Statement, allows};
use access_store::embedded::TABLE;
use std::collections::BTreeSet;
use std::fmt;

/// The stack's bus.
pub(super) const BUS: &str = "rotakey";
/// How names of the secrets begin that functions may read.
pub(super) const SECRETS: &str = "rotakey/";
/// The identity store of the stack's parameter, which is the simulator's.
pub(super) const IDENTITY_STORE: &str = "d-9067642ac7";

/// Events that wake a function; every other kind tells what happened.
const WISHES: [&str; 2] = ["Reconcile Requested", "Slack Work Requested"];

/// Partitions of the table that the store knows nothing of.
const STRANGE: &str = "partitions that nobody uses";

/// One thing that may be done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Right {
    pub(super) action: String,
    /// To what, in words; an ARN or a pattern of some where nothing is known of the service.
    pub(super) on: String,
}

impl Right {
    pub(super) fn new(action: impl Into<String>, on: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            on: on.into(),
        }
    }

    /// Of a request that was made.
    pub(super) fn of(ask: &Ask) -> BTreeSet<Self> {
        let value = |key: &str| {
            let values = ask.keys.get(key).into_iter().flatten();
            values.map(String::as_str).next().unwrap_or_default()
        };
        let right = |on: String| BTreeSet::from([Self::new(&ask.action, on)]);
        match service(&ask.action) {
            "dynamodb" => {
                let keys = ask.keys.get(LEADING_KEYS).into_iter().flatten();
                let place = place(&ask.resource);
                let rights = keys.map(|key| {
                    let on = format!("{place}{}", kind_of(key));
                    Self::new(&ask.action, on)
                });
                let rights: BTreeSet<Self> = rights.collect();
                if rights.is_empty() {
                    return right(format!("{place}everything at once"));
                }
                rights
            }
            "events" => {
                let bus = if ask.resource == bus(BUS) {
                    ""
                } else {
                    "another bus, "
                };
                let source = if value(SOURCE) == "rotakey" {
                    ""
                } else {
                    "as another, "
                };
                let kind = value(DETAIL_TYPE);
                let kind = if WISHES.contains(&kind) {
                    kind
                } else {
                    "what happened"
                };
                right(format!("{bus}{source}{kind}"))
            }
            "secretsmanager" => {
                let ours = arn("secretsmanager", &format!("secret:{SECRETS}"));
                let is_ours = ask.resource.starts_with(&ours);
                let on = if is_ours {
                    "our secrets"
                } else {
                    "other secrets"
                };
                right(on.to_owned())
            }
            "identitystore" => {
                let is_ours = ask.resource == identity_store(IDENTITY_STORE);
                let store = if is_ours {
                    "our identity store"
                } else {
                    "another identity store"
                };
                let is_here = value(REQUESTED_REGION) == REGION;
                let region = if is_here { "" } else { " in another region" };
                right(format!("{store}{region}"))
            }
            _ => right(ask.resource.clone()),
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action, self.on)
    }
}

/// Everything that a policy allows.
pub(super) fn allowed(statements: &[Statement]) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for statement in statements {
        for action in &statement.actions {
            match examples(action) {
                Some(examples) => {
                    let examples = examples.into_iter();
                    let allowed = examples.filter(|example| allows(statements, example));
                    rights.extend(allowed.flat_map(|example| Right::of(&example)));
                }
                None => rights.extend(
                    statement
                        .resources
                        .iter()
                        .map(|resource| Right::new(action, resource)),
                ),
            }
        }
    }
    rights
}

/// Where the rights that a policy gives and those that were used differ, in words.
///
/// A policy is too wide by what it allows of examples that nobody needs, too narrow by what was asked and it does not allow.
pub(super) fn differences(
    who: &str,
    statements: &[Statement],
    used: &BTreeSet<Ask>,
    besides: &BTreeSet<Right>,
) -> Vec<String> {
    let allowed = allowed(statements);
    let done = used.iter().flat_map(Right::of);
    let needed: BTreeSet<Right> = done.chain(besides.iter().cloned()).collect();
    let more = allowed.difference(&needed);
    let more = more.map(|right| format!("{who} is allowed more than it does: {right}"));
    let less = needed.difference(&allowed);
    let less = less.map(|right| format!("{who} is not allowed what it does: {right}"));
    // Allowed in parts only, by several statements: AWS wants one that allows a request as a whole.
    let torn = used.iter().filter(|ask| {
        let in_parts = Right::of(ask).is_subset(&allowed);
        in_parts && !allows(statements, ask)
    });
    let torn = torn.map(|ask| format!("no one statement of {who} allows {ask}"));
    more.chain(less).chain(torn).collect()
}

fn service(action: &str) -> &str {
    action.split_once(':').map_or("", |(service, _)| service)
}

fn table(name: &str) -> String {
    arn("dynamodb", &format!("table/{name}"))
}

fn bus(name: &str) -> String {
    arn("events", &format!("event-bus/{name}"))
}

/// What stands before a partition that is not one of the table itself.
fn place(resource: &str) -> String {
    match resource.strip_prefix(&table(TABLE)) {
        Some("") => String::new(),
        Some(index) => format!("{} ", index.trim_start_matches("/index/")),
        None => "another table, ".to_owned(),
    }
}

/// The kind of partition that a key belongs to: `GRANTS`, `GRANT#*`.
fn kind_of(key: &str) -> String {
    let kind = match key.split_once('#') {
        Some((kind, _)) => format!("{kind}#*"),
        None => key.to_owned(),
    };
    if partitions().contains(&kind) {
        kind
    } else {
        STRANGE.to_owned()
    }
}

/// One request of each kind that an action can be used for; `None`: nobody here knows that service.
fn examples(action: &str) -> Option<Vec<Ask>> {
    Some(match service(action) {
        "dynamodb" => in_tables(action),
        "events" => {
            let kinds = WISHES.into_iter().chain(["Membership Changed"]);
            let all = kinds.flat_map(|kind| [(BUS, kind), ("default", kind)]);
            let all = all.flat_map(|(bus, kind)| [(bus, "rotakey", kind), (bus, "aws.ec2", kind)]);
            let example = |(name, source, kind): (&str, &str, &str)| {
                let ask = Ask::new(action, bus(name)).with(SOURCE, source);
                ask.with(DETAIL_TYPE, kind)
            };
            all.map(example).collect()
        }
        "secretsmanager" => {
            let names = [format!("{SECRETS}slack"), "theirs".to_owned()];
            names.map(|name| Ask::new(action, secret(&name))).into()
        }
        "identitystore" => {
            let stores = [IDENTITY_STORE, "d-0987654321"];
            let all = stores.map(|store| [(store, REGION), (store, "us-east-1")]);
            let example = |(store, region): (&str, &str)| {
                let ask = Ask::new(action, identity_store(store));
                ask.with(REQUESTED_REGION, region)
            };
            all.into_iter().flatten().map(example).collect()
        }
        _ => return None,
    })
}

fn in_tables(action: &str) -> Vec<Ask> {
    let ours = table(TABLE);
    let places = [
        ours.clone(),
        format!("{ours}/index/gsi1"),
        format!("{ours}/index/another"),
        table("theirs"),
    ];
    let mut keys: BTreeSet<String> = BTreeSet::from(["anything".to_owned()]);
    for kind in partitions() {
        keys.insert(kind.replace('*', "example"));
        // Next to it: a pattern that ends too early fits this as well.
        keys.insert(format!("{}X", kind.trim_end_matches("#*")));
    }
    let example = |place: &String| {
        let asks = keys.iter().map(|key| {
            let ask = Ask::new(action, place.clone());
            ask.with(LEADING_KEYS, key.clone())
        });
        asks.collect::<Vec<_>>()
    };
    places.iter().flat_map(example).collect()
}
