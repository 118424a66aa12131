//! Plans as one table: who comes, who goes, who waits, and why.

use super::harmless::harmless;
use super::look::{Look, Tone};
use super::words::{RotaNames, cause, count, moment};
use access_core::facts::Rota;
use access_core::membership::Cause;
use access_core::plan::{HeldRemoval, Plan, Removal, RemovalReason};
use access_core::principal::Principal;
use comfy_table::{Cell, ColumnConstraint, Table};
use std::collections::{BTreeMap, BTreeSet};

/// What people call people and schedules; ids and addresses stand in where nothing is known.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) people: BTreeMap<Principal, String>,
    pub(crate) rota: RotaNames,
}

impl Names {
    /// The names that PagerDuty gave, harmless to show.
    pub(crate) fn of<'a>(rotas: impl IntoIterator<Item = &'a Rota>) -> Self {
        let mut names = Self::default();
        for rota in rotas {
            let people = rota.people.values();
            names.people.extend(
                people.filter_map(|person| Some((person.email.clone()?, harmless(&person.name)))),
            );
            let schedules = rota.schedules.iter();
            names
                .rota
                .schedules
                .extend(schedules.map(|(id, schedule)| (id.clone(), harmless(&schedule.name))));
            let policies = rota.escalation_policies.iter();
            names
                .rota
                .policies
                .extend(policies.map(|(id, policy)| (id.clone(), harmless(&policy.name))));
        }
        names
    }

    /// What to call somebody.
    pub(crate) fn person(&self, principal: &Principal) -> String {
        let name = self.people.get(principal);
        name.cloned().unwrap_or_else(|| principal.to_string())
    }
}

/// A table of who comes and who goes, then a line for everything that people should know beside it; empty where there
/// is nothing.
pub(crate) fn plans(plans: &[Plan], names: &Names, look: Look) -> String {
    let mut table = look.table(["", "who", "group", "entitlement", "why", "until (UTC)"]);
    for plan in plans {
        rows(&mut table, plan, names, look);
    }
    for column in [1, 5] {
        let column = table.column_mut(column).expect("the table has six columns");
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    for column in [2, 3] {
        let column = table.column_mut(column).expect("the table has six columns");
        column.set_delimiter('-');
    }
    let notes = plans.iter().flat_map(|plan| notes(plan, names, look));
    let mut lines: Vec<String> = notes.collect();
    if !table.is_empty() {
        lines.insert(0, table.trim_fmt());
    }
    lines.join("\n")
}

fn rows(table: &mut Table, plan: &Plan, names: &Names, look: Look) {
    let (group, entitlement) = (&plan.binding.group, &plan.binding.entitlement);
    let mut row = |tone, mark: &str, who: String, why: String, until: String| {
        let marked = [look.cell(tone, mark), look.cell(tone, who)];
        let rest = [group.to_string(), entitlement.to_string(), why, until].map(Cell::new);
        table.add_row(marked.into_iter().chain(rest).collect::<Vec<_>>());
    };
    for addition in &plan.additions {
        let until = addition.member.until.map(moment).unwrap_or_default();
        let why = causes(&addition.member.causes, &names.rota);
        let who = names.person(&addition.principal);
        row(Tone::Open, "+", who, why, until);
    }
    for removal in &plan.removals {
        row(
            Tone::Close,
            "-",
            who(removal, names),
            why(removal),
            String::new(),
        );
    }
}

fn notes(plan: &Plan, names: &Names, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    let mut note = |tone, mark: &str, text: String| {
        lines.push(look.tone(tone, format!(" {mark}  {}: {text}", plan.binding)));
    };
    let (nobodys, held): (Vec<_>, Vec<_>) = plan
        .held
        .iter()
        .partition(|held| held.removal.principal.is_none());
    for (reason, accounts) in by_reason(&nobodys) {
        let whose = format!("{} that nothing asked for", count(accounts, "account"));
        note(
            Tone::Warn,
            "!",
            format!("removal of {whose} waits: {reason}"),
        );
    }
    for HeldRemoval { removal, reason } in held {
        note(
            Tone::Warn,
            "!",
            format!("removal of {} waits: {reason}", who(removal, names)),
        );
    }
    for (principal, reason) in &plan.unmatched {
        note(
            Tone::Warn,
            "?",
            format!("{}: {reason}", names.person(principal)),
        );
    }
    for drift in &plan.drift {
        note(Tone::Faint, "~", drift.to_string());
    }
    lines
}

/// How many accounts wait for each reason: who they are is known to the target alone, and told to programs.
fn by_reason(held: &[&HeldRemoval]) -> BTreeMap<String, usize> {
    let mut reasons = BTreeMap::new();
    for held in held {
        *reasons.entry(held.reason.to_string()).or_default() += 1;
    }
    reasons
}

fn causes(causes: &[Cause], names: &RotaNames) -> String {
    let said: BTreeSet<String> = causes.iter().map(|one| cause(one, names)).collect();
    said.into_iter().collect::<Vec<_>>().join("; ")
}

fn who(removal: &Removal, names: &Names) -> String {
    match &removal.principal {
        Some(principal) => names.person(principal),
        None => format!("account {}", removal.account),
    }
}

fn why(removal: &Removal) -> String {
    match removal.why {
        RemovalReason::Ended { at } => format!("ended {}", moment(at)),
        ref other => other.to_string(),
    }
}

/// `12 additions, 3 removals, 1 person unmatched` over all plans; "nothing to change" where that is so.
pub(crate) fn tally(plans: &[Plan]) -> String {
    let sum = |of: fn(&Plan) -> usize| plans.iter().map(of).sum::<usize>();
    let counted = [
        (sum(|plan| plan.additions.len()), "addition", ""),
        (sum(|plan| plan.removals.len()), "removal", ""),
        (sum(|plan| plan.held.len()), "removal", " held"),
        (sum(|plan| plan.unmatched.len()), "person", " unmatched"),
    ];
    let said: Vec<String> = counted
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, noun, rest)| format!("{}{rest}", count(number, noun)))
        .collect();
    if said.is_empty() {
        "nothing to change".to_owned()
    } else {
        said.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::id::{AccountId, ChangeId, GroupName, TargetGroupId};
    use access_core::matching::Unmatched;
    use access_core::membership::Member;
    use access_core::plan::{Addition, Binding, Drift, HoldReason};

    fn plan() -> Plan {
        let ada = Principal::new("ada@acme.example").unwrap();
        let account = AccountId::new("u-1").unwrap();
        let member = Member {
            causes: [Cause::Standing].into_iter().collect(),
            until: Some("2026-11-30T08:00:00Z".parse().unwrap()),
        };
        Plan {
            binding: Binding {
                group: GroupName::new("payments").unwrap(),
                entitlement: "aws:Operators".parse().unwrap(),
            },
            target_group: TargetGroupId::new("g-1").unwrap(),
            present: 1,
            removable: 1,
            settled: Vec::new(),
            additions: vec![Addition {
                change: ChangeId::nil(),
                principal: ada.clone(),
                account: account.clone(),
                member,
                begun: false,
            }],
            removals: Vec::new(),
            held: Vec::new(),
            held_id: None,
            records: Vec::new(),
            forgotten: BTreeSet::new(),
            drift: BTreeSet::from([Drift::Unmanaged { account }]),
            unmatched: BTreeMap::from([(ada, Unmatched::Inactive)]),
        }
    }

    #[test]
    fn no_reason_tells_parts_of_a_second() {
        let at = "2026-11-23T09:15:00.67Z".parse().unwrap();
        for reason in [
            RemovalReason::Ended { at }.to_string(),
            HoldReason::AwaitsFreshRead { read_at: at }.to_string(),
            HoldReason::FactsExpired { read_at: at }.to_string(),
        ] {
            assert!(reason.contains("2026-11-23T09:15:00Z"), "{reason}");
        }
    }

    #[test]
    fn a_row_says_who_where_why_and_until_when() {
        let mut names = Names::default();
        let ada = Principal::new("ada@acme.example").unwrap();
        names.people.insert(ada, "Ada Lovelace".to_owned());
        let text = plans(&[plan()], &names, Look::plain());
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 4, "{text}");
        for (row, words) in [
            (
                1,
                [
                    "+",
                    "Ada Lovelace",
                    "aws:Operators",
                    "standing member",
                    "Mon 30 Nov 08:00",
                ]
                .as_slice(),
            ),
            (
                2,
                &["?", "Ada Lovelace", "the account there is switched off"],
            ),
            (3, &["~", "account u-1 is a member that nothing asked for"]),
        ] {
            for word in words {
                assert!(rows[row].contains(word), "`{word}` is missing in {text}");
            }
        }
        assert_eq!(tally(&[plan(), plan()]), "2 additions, 2 people unmatched");
        assert_eq!(
            (plans(&[], &names, Look::plain()), tally(&[])),
            (String::new(), "nothing to change".to_owned())
        );
    }
}
