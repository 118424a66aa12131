//! Every message as people see it, hostile words included: here the cards about requests.

mod others;

use super::card::{self, View};
use super::people::Names;
use crate::act::{Briefing, OnCall, OpenIncident};
use access_core::facts::Grant;
use access_core::id::{GrantId, GroupName, PagerDutyName, PriorityId, PriorityName, RequestId};
use access_core::incident::{Priority, Urgency};
use access_core::principal::Principal;
use access_core::request::{
    Approval, ApprovedHow, Asked, Channel, DeniedBy, Ended, GrantRecord, GrantState, Kind, Reason,
    Request, RequestState, Review, grant_of,
};
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use slack_client::Message;
use std::collections::{BTreeMap, BTreeSet};

const HOSTILE: &str = "<!channel> *now* :tada: \u{202e}& <@U0LENA>";

fn at(minutes: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_mins(minutes)
}

fn principal(name: &str) -> Principal {
    Principal::new(format!("{name}@acme.example")).unwrap()
}

fn request_id() -> RequestId {
    "019aab00-0000-7000-8000-000000000001".parse().unwrap()
}

fn request(reason: &str, kind: Kind, state: RequestState) -> Request {
    Request {
        id: request_id(),
        version: 1,
        asked: Asked {
            by: principal("nina"),
            group: GroupName::new("payments-admin").unwrap(),
            duration: SignedDuration::from_hours(1),
            reason: Reason::new(reason).unwrap(),
            at: at(0),
            through: Channel::Slack,
            kind,
            key: None,
        },
        state,
    }
}

fn approval(name: &str) -> Approval {
    Approval {
        by: principal(name),
        at: at(5),
        policies: BTreeSet::from(["payments-admin/approvers".to_owned()]),
    }
}

fn pending(approvals: &[&str], needed: u32) -> RequestState {
    RequestState::Pending {
        approvals: approvals.iter().map(|name| approval(name)).collect(),
        needed,
        escalates_at: Some(at(30)),
        escalated_at: None,
        times_out_at: at(60),
    }
}

fn approved(how: ApprovedHow) -> RequestState {
    RequestState::Approved {
        how,
        at: at(5),
        grant: grant_of(request_id()),
    }
}

fn record(state: GrantState, break_glass: Option<Review>) -> GrantRecord {
    let id: GrantId = grant_of(request_id());
    GrantRecord {
        grant: Grant {
            id,
            request: request_id(),
            principal: principal("nina"),
            group: GroupName::new("payments-admin").unwrap(),
            starts_at: at(5),
            expires_at: at(65),
        },
        version: 1,
        state,
        break_glass,
    }
}

fn quiet() -> Briefing {
    Briefing {
        on_call: BTreeSet::new(),
        unknown: BTreeSet::new(),
        incidents: Vec::new(),
        holders: BTreeMap::new(),
        approvers: BTreeSet::new(),
        second: BTreeSet::new(),
        watchers: BTreeSet::new(),
    }
}

fn busy() -> Briefing {
    let number = |number: u64| OpenIncident {
        key: format!("acme/PINC{number}").parse().unwrap(),
        number: (number == 42).then_some(42),
        urgency: (number == 42).then_some(Urgency::High),
        priority: (number == 42).then(|| Priority::Set {
            id: PriorityId::new("PPRI1").unwrap(),
            name: Some(PriorityName::new("P1").unwrap()),
        }),
        is_theirs: number == 42,
    };
    Briefing {
        on_call: BTreeSet::from([OnCall {
            source: "escalation_policy:acme/PPAYEP1#1".parse().unwrap(),
            name: "Payments <!here>".to_owned(),
        }]),
        unknown: BTreeSet::from([PagerDutyName::new("beta").unwrap()]),
        incidents: vec![number(42), number(43)],
        holders: (0..7)
            .map(|number| (principal(&format!("holder{number}")), None))
            .collect(),
        approvers: BTreeSet::from([principal("lena"), principal("leo")]),
        second: BTreeSet::new(),
        watchers: BTreeSet::new(),
    }
}

fn names() -> Names {
    Names::from([
        ("nina@acme.example", "U0NINA"),
        ("lena@acme.example", "U0LENA"),
    ])
}

/// What a card shows, so many minutes past noon.
fn view<'a>(
    minutes: i64,
    request: &'a Request,
    grant: Option<&'a GrantRecord>,
    briefing: &'a Briefing,
    names: &'a Names,
) -> View<'a> {
    View {
        now: at(minutes),
        request,
        grant,
        briefing,
        names,
    }
}

/// A message as people see it: a line for each text, buttons in brackets, times in UTC.
fn shown(message: &Message) -> String {
    let json = serde_json::to_value(message).unwrap();
    assert!(json["text"].as_str().is_some_and(|text| !text.is_empty()));
    let mut lines = Vec::new();
    for block in json["blocks"].as_array().unwrap() {
        let own = [&block["text"]].into_iter();
        let fields = block["fields"].as_array().into_iter().flatten();
        let elements = block["elements"].as_array().into_iter().flatten();
        let texts = own.chain(fields).chain(elements.clone());
        lines.extend(texts.filter_map(|text| text["text"].as_str().map(str::to_owned)));
        let buttons = elements.chain([&block["accessory"]]);
        let buttons = buttons.filter_map(|button| button["text"]["text"].as_str());
        let buttons: Vec<String> = buttons.map(|text| format!("[{text}]")).collect();
        if !buttons.is_empty() {
            lines.push(buttons.join(" "));
        }
    }
    plain_times(&lines.join("\n"))
}

fn plain_times(text: &str) -> String {
    let mut parts = text.split("<!date^");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (_, fallback) = part.split_once('|').unwrap();
        let (time, rest) = fallback.split_once('>').unwrap();
        format!("{text}{time}{rest}")
    })
}

#[test]
fn approvers_see_what_they_need_to_decide() {
    let request = request(HOSTILE, Kind::Access, pending(&["lena"], 2));
    let (briefing, names) = (busy(), names());
    let card = card::for_approvers(&view(40, &request, None, &briefing, &names));
    assert_snapshot!(shown(&card), @r"
    <@U0NINA> asks for *payments-admin* for 1h
    <!channel> *now* :tada: & <@U0LENA>
    *On call*
    Payments &lt;!here&gt; (escalation_policy:acme/PPAYEP1#1)
    not known now: beta
    *Open incidents*
    #42 of acme, P1, high urgency, they work on it
    acme/PINC43
    *In the group now*
    holder0@acme.example
    holder1@acme.example
    holder2@acme.example
    holder3@acme.example
    holder4@acme.example
    and 2 more
    *May decide*
    <@U0LENA>, leo@acme.example
    *Approvals*
    1 of 2: <@U0LENA>
    [Approve] [Deny]
    Asked 2026-11-22 12:00 UTC · open until 2026-11-22 13:00 UTC · escalated: the second list may decide too
    ");
    // What somebody wrote is no markup: it stands in a text without any.
    let json: Value = serde_json::to_value(&card).unwrap();
    assert_eq!(json["blocks"][1]["text"]["type"], "plain_text");
    assert_eq!(json["blocks"][1]["text"]["emoji"], false);
}

#[test]
fn a_card_with_nothing_to_tell_says_so() {
    let request = request("refunds fail", Kind::BreakGlass, pending(&[], 1));
    let (briefing, names) = (quiet(), Names::default());
    let card = card::for_approvers(&view(1, &request, None, &briefing, &names));
    assert_snapshot!(shown(&card), @r"
    nina@acme.example asks for *payments-admin* for 1h, by break-glass
    refunds fail
    *On call*
    no
    *Open incidents*
    none
    *In the group now*
    nobody else
    *May decide*
    nobody who is known now
    [Approve] [Deny]
    Asked 2026-11-22 12:00 UTC · open until 2026-11-22 13:00 UTC
    ");
}

#[test]
fn whoever_asked_sees_how_it_stands_and_what_they_can_do() {
    let (briefing, names) = (quiet(), names());
    let waiting = request(HOSTILE, Kind::Access, pending(&[], 1));
    let card = card::for_requester(&view(1, &waiting, None, &briefing, &names));
    assert_snapshot!(shown(&card), @r"
    Your request for *payments-admin* for 1h
    <!channel> *now* :tada: & <@U0LENA>
    *Waits for approval* until 2026-11-22 13:00 UTC
    [Take back]
    ");
    let how = ApprovedHow::ByPeople(vec![approval("lena"), approval("leo")]);
    let granted = request("refunds fail", Kind::Access, approved(how));
    let live = record(GrantState::Live, None);
    let card = card::for_requester(&view(10, &granted, Some(&live), &briefing, &names));
    assert_snapshot!(shown(&card), @r"
    Your request for *payments-admin* for 1h
    refunds fail
    *Approved* by <@U0LENA>, leo@acme.example 2026-11-22 12:05 UTC
    *Access* until 2026-11-22 13:05 UTC
    [Extend] [I'm done]
    ");
}

#[test]
fn after_a_decision_the_outcome_stands_instead_of_buttons() {
    let policy = || BTreeSet::from(["payments-admin/on-call".to_owned(), "nights".to_owned()]);
    let revoked = GrantState::Ended {
        at: at(20),
        how: Ended::Revoked {
            by: principal("lena"),
            reason: Reason::new("wrong <group>").unwrap(),
            policies: BTreeSet::new(),
        },
    };
    let expired = GrantState::Ended {
        at: at(65),
        how: Ended::Expired,
    };
    let by_policy = || approved(ApprovedHow::ByPolicy(policy()));
    let denied = |by, reason: &str| RequestState::Denied {
        by,
        at: at(5),
        reason: reason.to_owned(),
        policies: policy(),
    };
    let cancelled = RequestState::Cancelled {
        by: principal("nina"),
        at: at(5),
    };
    for (case, minutes, state, grant, expected) in [
        (
            "revoked",
            30,
            by_policy(),
            Some(record(revoked, None)),
            "*Approved* automatically by policy `nights` and 1 more 2026-11-22 12:05 UTC\n*Access ended* 2026-11-22 12:20 UTC: revoked by <@U0LENA>: wrong &lt;group&gt;",
        ),
        (
            "expired",
            70,
            by_policy(),
            Some(record(expired, None)),
            "*Approved* automatically by policy `nights` and 1 more 2026-11-22 12:05 UTC\n*Access ended* 2026-11-22 13:05 UTC: expired",
        ),
        (
            "expired, and nobody wrote it yet",
            70,
            by_policy(),
            Some(record(GrantState::Live, None)),
            "*Approved* automatically by policy `nights` and 1 more 2026-11-22 12:05 UTC\n*Access ended* 2026-11-22 13:05 UTC",
        ),
        (
            "denied",
            30,
            denied(DeniedBy::Person(principal("leo")), HOSTILE),
            None,
            "*Denied* by leo@acme.example 2026-11-22 12:05 UTC: &lt;!channel&gt; *now* :tada: &amp; &lt;@U0LENA&gt;",
        ),
        (
            "denied by policy",
            30,
            denied(DeniedBy::Policy, ""),
            None,
            "*Denied* by policy `nights` and 1 more 2026-11-22 12:05 UTC",
        ),
        (
            "taken back",
            30,
            cancelled,
            None,
            "*Taken back* by <@U0NINA> 2026-11-22 12:05 UTC",
        ),
        (
            "timed out, and nobody wrote it yet",
            60,
            pending(&[], 1),
            None,
            "*Timed out* 2026-11-22 13:00 UTC: nobody decided",
        ),
    ] {
        let request = request("refunds fail", Kind::Access, state);
        let (briefing, names) = (quiet(), names());
        let view = view(minutes, &request, grant.as_ref(), &briefing, &names);
        let card = shown(&card::for_approvers(&view));
        let told = format!(
            "<@U0NINA> asks for *payments-admin* for 1h\nrefunds fail\n{expected}\nAsked 2026-11-22 12:00 UTC"
        );
        assert_eq!(card, told, "{case}");
        let told = shown(&card::for_requester(&view));
        assert!(told.ends_with(expected), "{case}: {told}");
    }
}

#[test]
fn break_glass_is_loud_until_it_is_reviewed() {
    let how = ApprovedHow::BreakGlass(BTreeSet::from(["payments-admin/break-glass".to_owned()]));
    let request = request(HOSTILE, Kind::BreakGlass, approved(how));
    let (briefing, names) = (quiet(), names());
    let open = record(GrantState::Live, Some(Review::Open));
    let card = card::for_everybody(&view(10, &request, Some(&open), &briefing, &names));
    assert_snapshot!(shown(&card), @r"
    🚨 Break-glass: payments-admin
    <@U0NINA> let themselves into *payments-admin* for 1h without an approval.
    <!channel> *now* :tada: & <@U0LENA>
    *Approved* as break-glass by policy `payments-admin/break-glass` 2026-11-22 12:05 UTC
    *Access* until 2026-11-22 13:05 UTC
    *On call*
    no
    *Open incidents*
    none
    *In the group now*
    nobody else
    [Review]
    Somebody else has to look at it afterwards.
    ");
    let done = Review::Done {
        by: principal("lena"),
        at: at(90),
        note: Reason::new("rightly used").unwrap(),
    };
    let reviewed = record(GrantState::Live, Some(done));
    let card = card::for_everybody(&view(95, &request, Some(&reviewed), &briefing, &names));
    let shown = shown(&card);
    assert!(shown.ends_with("*Reviewed* by <@U0LENA> 2026-11-22 13:30 UTC: rightly used"));
}
