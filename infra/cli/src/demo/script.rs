//! What people at Acme do while the demo runs: every day somebody asks for access in Slack, payments break and are mended,
//! and somebody covers for a colleague.

use super::chat::{APPROVALS, Chat, button, direct};
use super::world::World;
use crate::show::moment;
use jiff::{SignedDuration, Timestamp};
use simulators::company::{PAYMENTS_PRIMARY, PAYMENTS_SERVICE, PEOPLE, Person};
use simulators::pagerduty::{Incident, PagerDuty};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Of an override, after it was asked for.
const BEGINS_AFTER: SignedDuration = SignedDuration::from_mins(90);
const LASTS: SignedDuration = SignedDuration::from_hours(2);

/// Who asks for what on one day, and who decides.
struct Ask {
    /// Never on call for payments, who would be let in at once.
    who: &'static str,
    line: &'static str,
    approver: &'static str,
}

/// One after the other, then again from the beginning.
const ASKS: [Ask; 3] = [
    Ask {
        who: "PTALARE",
        line: "payments-prod-admin 2h fixing refunds",
        approver: "PAMINAK",
    },
    Ask {
        who: "POMARSI",
        line: "payments-prod-admin 1h a payout is stuck",
        approver: "PGRACEO",
    },
    Ask {
        who: "PCHLOEM",
        line: "payments-prod-admin 30m numbers for the board",
        approver: "PAMINAK",
    },
];

/// A card that is not there yet is looked for again after this time, so often.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(2);
const LOOKS_MAX: u8 = 10;

/// What happens next.
pub(crate) struct Script {
    /// When it happens.
    pub(crate) at: Timestamp,
    start: Timestamp,
    round: i32,
    next: Happening,
}

/// Where it happens.
pub(crate) struct Stage<'a> {
    pub(crate) world: &'a World,
    pub(crate) chat: &'a Chat,
}

enum Happening {
    /// Somebody asks for access in Slack.
    Ask,
    /// A payments lead approves it; so often was the card looked for.
    Approve(u8),
    /// Every other day whoever asked says that they are done; else the time just ends.
    Done,
    /// An incident is opened, and whoever is on call takes it on.
    Fire,
    /// A colleague agrees to help with it.
    Help(String),
    /// It is resolved.
    Resolved(String),
    /// Somebody takes over a shift.
    Override,
}

impl Happening {
    /// After the start of the demo, on each day.
    fn after(&self) -> SignedDuration {
        SignedDuration::from_mins(match self {
            Self::Ask => 7,
            Self::Approve(_) => 13,
            Self::Done => 38,
            Self::Fire => 45,
            Self::Help(_) => 60,
            Self::Resolved(_) => 85,
            Self::Override => 180,
        })
    }
}

impl Script {
    pub(crate) fn starting(start: Timestamp) -> Self {
        let next = Happening::Ask;
        Self {
            at: start + next.after(),
            start,
            round: 0,
            next,
        }
    }

    /// Lets it happen, and says what it was, if anything did.
    pub(crate) async fn play(&mut self, stage: &Stage<'_>) -> Option<String> {
        let account = &stage.world.account;
        let (next, said) = match &self.next {
            Happening::Ask => (Happening::Approve(0), self.ask(stage).await),
            Happening::Approve(looks) => {
                let said = self.approve(stage).await;
                if said.is_none() && *looks < LOOKS_MAX {
                    self.at += LOOK_AGAIN;
                    self.next = Happening::Approve(looks + 1);
                    return None;
                }
                (Happening::Done, said)
            }
            Happening::Done => (Happening::Fire, self.done(stage).await),
            Happening::Fire => self.fire(account),
            Happening::Help(incident) => self.help(account, incident),
            Happening::Resolved(incident) => {
                account.resolve_incident(incident, None);
                let said = "In PagerDuty, the incident is resolved".to_owned();
                (Happening::Override, Some(said))
            }
            Happening::Override => (Happening::Ask, Some(self.cover(account))),
        };
        if matches!(next, Happening::Ask) {
            self.round += 1;
        }
        self.at = self.start + DAY * self.round + next.after();
        self.next = next;
        said
    }

    async fn ask(&self, Stage { world, chat }: &Stage<'_>) -> Option<String> {
        let (who, line) = (self.asker(), self.today().line);
        let taken = chat.types(&world.slack, who, line).await;
        taken.then(|| format!("In Slack, {} types /access {line}", who.name))
    }

    async fn approve(&self, Stage { world, chat }: &Stage<'_>) -> Option<String> {
        let (slack, approver) = (&world.slack, person(self.today().approver));
        let approve = button(slack, APPROVALS, "approve")?;
        let taken = chat.presses(slack, approver, &approve).await;
        taken.then(|| format!("In Slack, {} presses Approve on the card", approver.name))
    }

    async fn done(&self, Stage { world, chat }: &Stage<'_>) -> Option<String> {
        if self.round % 2 != 0 {
            return None;
        }
        let (slack, who) = (&world.slack, self.asker());
        let done = button(slack, &direct(who), "done")?;
        let taken = chat.presses(slack, who, &done).await;
        taken.then(|| format!("In Slack, {} presses \"I'm done\"", who.name))
    }

    fn today(&self) -> &'static Ask {
        let round = usize::try_from(self.round).unwrap_or_default();
        &ASKS[round % ASKS.len()]
    }

    fn asker(&self) -> &'static Person {
        person(self.today().who)
    }

    fn fire(&self, account: &PagerDuty) -> (Happening, Option<String>) {
        let on_call = account.on_call_at(PAYMENTS_PRIMARY, self.at);
        let incident = Incident::new("Card payments fail", PAYMENTS_SERVICE);
        let incident = on_call.iter().fold(incident, |it, user| it.assigned(user));
        let incident = account.open_incident(incident);
        for user in &on_call {
            account.acknowledge_incident(&incident, user);
        }
        let said =
            "In PagerDuty, card payments fail: an incident, and whoever is on call takes it on";
        (Happening::Help(incident), Some(said.to_owned()))
    }

    fn help(&self, account: &PagerDuty, incident: &str) -> (Happening, Option<String>) {
        let colleague = self.colleague(account, self.at);
        account.add_responder(incident, colleague.id, None);
        account.accept_responder(incident, colleague.id);
        let said = format!("In PagerDuty, {} agrees to help", colleague.name);
        (Happening::Resolved(incident.to_owned()), Some(said))
    }

    fn cover(&self, account: &PagerDuty) -> String {
        let (from, until) = (self.at + BEGINS_AFTER, self.at + BEGINS_AFTER + LASTS);
        let stand_in = self.colleague(account, from);
        account.create_override(PAYMENTS_PRIMARY, stand_in.id, from, until);
        let (from, until) = (moment(from), until.strftime("%H:%M"));
        format!(
            "In PagerDuty, {} takes over Payments Primary, {from} to {until}: an override",
            stand_in.name
        )
    }

    /// Somebody of the payments team who is not on call then, another one each day.
    fn colleague(&self, account: &PagerDuty, at: Timestamp) -> &'static Person {
        let on_call = account.on_call_at(PAYMENTS_PRIMARY, at);
        let colleagues: Vec<_> = PEOPLE
            .iter()
            .filter(|person| person.team == "PTMPAY1" && !on_call.contains(person.id))
            .collect();
        colleagues[usize::try_from(self.round).unwrap_or_default() % colleagues.len()]
    }
}

/// Somebody at Acme.
fn person(id: &str) -> &'static Person {
    let found = PEOPLE.iter().find(|person| person.id == id);
    found.expect("the script names people of Acme")
}
