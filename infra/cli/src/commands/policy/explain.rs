//! `policy explain`: may somebody do something, by which policies, and what is not known.

use super::asked::{Details, action};
use super::facts::facts;
use crate::setup::{ConfigArg, StoreArg, look_into_store};
use crate::show::{during, print, print_json};
use crate::stop::{Exit, Stop};
use crate::when::instant;
use access_core::config::Config;
use access_core::facts::Facts;
use access_core::id::GroupName;
use access_core::principal::Principal;
use access_core::timeline::Timeline;
use access_policy::{Action, Explanation, Policies, Ruling, Situation, Standing};
use jiff::Timestamp;
use serde::Serialize;

/// Say whether a person may do something now, which policies decide, and what is not known
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The person's e-mail address
    person: Principal,
    /// `Request`, `ApproveAutomatically`, `Approve`, `Revoke`, `Extend`, `BreakGlass`, `ReleaseHeld`, `View` or `Administer`
    #[arg(value_parser = action)]
    action: Action,
    /// The group; none for `Administer`, and none to `View` everything
    group: Option<GroupName>,
    #[command(flatten)]
    details: Details,
    /// At another time: 2026-11-23T08:00:00Z, or "2026-11-23 09:00 Europe/Zurich" [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The answer, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    person: &'a Principal,
    action: &'static str,
    group: Option<&'a GroupName>,
    at: Timestamp,
    allowed: bool,
    why: &'a [String],
    /// Ids of the policies that determined it.
    policies: Vec<&'a str>,
    determined_by: Vec<Policy<'a>>,
    could_permit: Vec<Policy<'a>>,
    /// What could not be relied on: with it the answer might be another.
    unknown: Vec<String>,
    /// Where the person is: on call, a member, at work on incidents.
    places: Vec<String>,
    /// Groups in which the person holds a grant.
    granted: Vec<&'a GroupName>,
}

#[derive(Debug, Serialize)]
struct Policy<'a> {
    id: &'a str,
    effect: &'static str,
    text: &'a str,
}

pub(super) async fn run(mut args: Args) -> Result<Exit, Stop> {
    let group = args.group.as_ref();
    if let Some(lack) = args.details.lack(args.action, group) {
        return Err(Stop::usage(format!("{} needs {lack}", args.action)));
    }
    let loaded = args.config.load()?;
    let policies = Policies::load(&loaded.config, &loaded.policies)?;
    args.person = loaded.config.people.canonical(&args.person);
    args.details.by_config(&loaded.config);
    let local = look_into_store(&loaded.store_path(&args.store)?).await?;
    let now = function_kit::now();
    let at = args.at.unwrap_or(now);
    let (store, config) = (local.store(), &loaded.config);
    let known = facts(&store, config, &args.person, now, at);
    let known = during("Looking it up", known).await;
    local.stop().await?;
    let known = known?;
    require_group(config, &known, group)?;
    let situation = Situation::of(config, &known, at);
    let details = &args.details;
    let explained = details.ask(
        &policies,
        &situation,
        config,
        &args.person,
        args.action,
        group,
    );
    let nowhere = Standing::default();
    let standing = situation.standing(&args.person).unwrap_or(&nowhere);
    let answer = answer(&args, at, &explained, standing);
    if args.json {
        print_json(&answer);
    } else {
        tell(&answer, &explained, at == now);
    }
    Ok(Exit::Done)
}

/// Refuses a group that there is not: nobody may do anything there, and nobody would learn of the slip.
fn require_group(config: &Config, known: &Facts, group: Option<&GroupName>) -> Result<(), Stop> {
    let Some(group) = group.filter(|group| !config.groups.contains_key(*group)) else {
        return Ok(());
    };
    let groups = Timeline::of(config, known).groups;
    // Which groups a template makes is known once PagerDuty was read.
    let mut templates = config.templates.iter();
    let is_unread = templates.any(|one| !known.pagerduty.contains_key(&one.pagerduty));
    if is_unread || groups.contains_key(group) {
        return Ok(());
    }
    let there: Vec<&str> = groups.keys().map(GroupName::as_str).collect();
    let there = match there.as_slice() {
        [] => "none".to_owned(),
        there => there.join(", "),
    };
    Err(Stop::usage(format!(
        "there is no group `{group}`; groups: {there}"
    )))
}

fn answer<'a>(
    args: &'a Args,
    at: Timestamp,
    explained: &'a Explanation,
    standing: &'a Standing,
) -> Answer<'a> {
    let Explanation {
        decision,
        determined_by,
        could_permit,
    } = explained;
    Answer {
        person: &args.person,
        action: args.action.word(),
        group: args.group.as_ref(),
        at,
        allowed: decision.allowed,
        why: &decision.why,
        policies: decision.policies.iter().map(String::as_str).collect(),
        determined_by: determined_by.iter().map(policy).collect(),
        could_permit: could_permit.iter().map(policy).collect(),
        unknown: decision.unknown.iter().map(ToString::to_string).collect(),
        places: standing.places.iter().map(ToString::to_string).collect(),
        granted: standing.granted.iter().collect(),
    }
}

fn policy(ruling: &Ruling) -> Policy<'_> {
    Policy {
        id: &ruling.id,
        effect: if ruling.permits { "permit" } else { "forbid" },
        text: &ruling.text,
    }
}

fn tell(answer: &Answer<'_>, explained: &Explanation, is_now: bool) {
    let about = match answer.group {
        Some(group) => format!("{} on {group}", answer.action),
        None => answer.action.to_owned(),
    };
    print(format!("{about} by {} at {:.0}", answer.person, answer.at));
    let mut places = answer.places.clone();
    places.extend(
        answer
            .granted
            .iter()
            .map(|group| format!("a grant in {group}")),
    );
    if places.is_empty() {
        print("on call nowhere, a member of nothing");
    } else {
        print(format!("is in {}", places.join(", ")));
    }
    if !is_now {
        print("incidents as they stand now");
    }
    print(explained.to_string().trim_end());
    // A refusal has named it among its reasons.
    if answer.allowed {
        for unknown in &answer.unknown {
            print(format!("\nnot known: {unknown}"));
        }
    }
}
