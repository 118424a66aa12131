//! Who should be where, asked of PagerDuty's own state instant by instant; shares no code with what it judges.

use jiff::{SignedDuration, Timestamp};
use simulators::company::UNMATCHED;
use simulators::pagerduty::{EscalationPolicy, PagerDuty, Target};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Where members of a group come from.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    Schedule(&'static str),
    /// One level of an escalation policy, from 1; `None`: every level.
    Policy(&'static str, Option<usize>),
    /// Everything of another group.
    Group(&'static str),
    Person(&'static str),
}

/// What the configuration says of one group, in the test's own words.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) sources: Vec<Origin>,
    /// Names of the group in Identity Center and in Slack, where it is.
    pub(super) entitlements: Vec<Entitlement>,
    pub(super) lead: SignedDuration,
    pub(super) lag: SignedDuration,
    /// Whether the last people stay when nobody who has an account is on call.
    pub(super) holds: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Entitlement {
    Aws(&'static str),
    Slack(&'static str),
}

/// People by e-mail address, lower case.
pub(super) type People = BTreeSet<String>;

pub(super) struct Oracle {
    account: PagerDuty,
    rules: Vec<Rule>,
    /// Who each rule wants, in the order of the rules; people who stay for want of others included.
    wanted: Vec<People>,
    emails: BTreeMap<String, String>,
    policies: Rc<BTreeMap<String, EscalationPolicy>>,
    on_call: HashMap<(&'static str, Timestamp), Rc<BTreeSet<String>>>,
}

impl Oracle {
    pub(super) fn new(account: PagerDuty, rules: Vec<Rule>) -> Self {
        let wanted = vec![People::new(); rules.len()];
        let mut oracle = Self {
            account,
            rules,
            wanted,
            emails: BTreeMap::new(),
            policies: Rc::default(),
            on_call: HashMap::new(),
        };
        oracle.forget();
        oracle
    }

    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Looks at everything anew: the account was changed.
    pub(super) fn forget(&mut self) {
        self.on_call.clear();
        self.policies = Rc::new(self.account.policies());
        let users = self.account.users().into_iter();
        self.emails = users
            .map(|(id, user)| (id, user.email.to_lowercase()))
            .collect();
    }

    /// Who should be in each group from this instant on; instants must come in order.
    pub(super) fn step(&mut self, now: Timestamp) -> &[People] {
        for number in 0..self.rules.len() {
            let (rota, standing) = self.sources_of(number, now);
            let reachable = self.with_accounts(&rota);
            let mut wanted = if reachable.is_empty() && self.rules[number].holds {
                std::mem::take(&mut self.wanted[number])
            } else {
                reachable
            };
            wanted.extend(standing);
            self.wanted[number] = wanted;
        }
        &self.wanted
    }

    /// People on call, by user id, and standing members by address.
    fn sources_of(&mut self, number: usize, now: Timestamp) -> (BTreeSet<String>, People) {
        let Rule {
            lead,
            lag,
            ref sources,
            ..
        } = self.rules[number];
        let (mut rota, mut standing) = (BTreeSet::new(), People::new());
        for source in sources.clone() {
            match source {
                Origin::Schedule(id) => {
                    rota.extend(self.on_call_between(id, now - lag, now + lead));
                }
                Origin::Policy(id, level) => {
                    rota.extend(self.on_policy_between(id, level, now - lag, now + lead));
                }
                Origin::Group(name) => {
                    let nested = self
                        .rules
                        .iter()
                        .position(|rule| rule.name == name)
                        .expect("a nested group has a rule");
                    let (of_rota, of_standing) = self.sources_of(nested, now);
                    rota.extend(of_rota);
                    standing.extend(of_standing);
                }
                Origin::Person(email) => {
                    standing.insert(email.to_owned());
                }
            }
        }
        (rota, standing)
    }

    fn on_policy_between(
        &mut self,
        id: &'static str,
        level: Option<usize>,
        from: Timestamp,
        to: Timestamp,
    ) -> BTreeSet<String> {
        let policies = Rc::clone(&self.policies);
        let levels = policies[id].rules.iter().enumerate();
        let targets = levels
            .filter(|(number, _)| level.is_none_or(|level| level == number + 1))
            .flat_map(|(_, rule)| &rule.targets);
        let mut people = BTreeSet::new();
        for target in targets {
            match target {
                Target::User(user) => {
                    people.insert(user.clone());
                }
                Target::Schedule(schedule) => {
                    people.extend(self.on_call_between(known(schedule), from, to));
                }
            }
        }
        people
    }

    /// Everybody on call at some instant of `from..=to`. Handoffs lie on whole minutes, so only those are asked about.
    fn on_call_between(
        &mut self,
        schedule: &'static str,
        from: Timestamp,
        to: Timestamp,
    ) -> BTreeSet<String> {
        let mut people = BTreeSet::new();
        let mut minute = floor(from);
        while minute <= to {
            people.extend(self.on_call_at(schedule, minute).iter().cloned());
            minute += MINUTE;
        }
        people
    }

    /// By user id.
    pub(super) fn on_call_at(
        &mut self,
        schedule: &'static str,
        minute: Timestamp,
    ) -> Rc<BTreeSet<String>> {
        let Self {
            account, on_call, ..
        } = self;
        Rc::clone(
            on_call
                .entry((schedule, minute))
                .or_insert_with(|| Rc::new(account.on_call_at(schedule, minute))),
        )
    }

    /// The address of somebody whom other systems know; `None` for others.
    pub(super) fn account_of(&self, user: &str) -> Option<&String> {
        self.emails.get(user).filter(|_| user != UNMATCHED)
    }

    fn with_accounts(&self, users: &BTreeSet<String>) -> People {
        users
            .iter()
            .filter_map(|user| self.account_of(user).cloned())
            .collect()
    }
}

/// The whole minute that holds `at`.
fn floor(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60)
        .expect("an earlier instant of the same minute exists")
}

/// Schedules that policies name, as constants.
fn known(id: &str) -> &'static str {
    super::SCHEDULES
        .iter()
        .map(|(schedule, _)| *schedule)
        .find(|schedule| *schedule == id)
        .expect("every schedule is in the list")
}
