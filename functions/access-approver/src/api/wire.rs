//! What goes over the wire. Instants are RFC 3339 in UTC, durations as in the configuration; keys may be added.

use super::shape::{wire, words};
use access_core::config::{duration_words, parse_duration};
use access_core::id::{GrantId, GroupName, RequestId};
use access_core::principal::Principal;
use access_core::request::Reason;
use jiff::{SignedDuration, Timestamp};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;

/// A duration as people write it: `2h`, `1h 30m`, `14d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub SignedDuration);

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration_words(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = parse_duration(&text).map(Self);
        found.ok_or_else(|| D::Error::custom("a duration is written with its units, such as `2h`"))
    }
}

wire! {
    /// What somebody asks for, for themselves.
    input struct NewRequest {
        /// The group.
        group: GroupName,
        /// For how long, counted from the approval.
        duration: Span,
        /// Why, for whoever decides and for the audit trail: one line.
        reason: Reason,
        /// `true`: access at once, told to all approvers, and reviewed afterwards.
        break_glass: Option<bool>,
        /// A live grant of one's own in this group, which gets more time.
        extends: Option<GrantId>,
    }
}

wire! {
    /// More time for a grant.
    input struct MoreTime {
        /// How much more, counted from the grant's end.
        duration: Span,
        /// Why: one line.
        reason: Reason,
    }
}

wire! {
    /// Why something is denied or taken away.
    input struct Because {
        /// In the words that its person will read: one line.
        reason: Reason,
    }
}

wire! {
    /// What a review of a break-glass found.
    input struct Finding {
        /// In a few words: one line.
        note: Reason,
    }
}

wire! {
    /// Nothing more to say. The body may be left out as well.
    input struct Nothing {}
}

words! {
    /// What became of a request. A pending one whose time is up is timed out, also before that is written down.
    enum RequestWord {
        /// People are asked.
        Pending,
        /// Access was granted.
        Approved,
        /// An approver or a policy said no.
        Denied,
        /// Whoever asked took it back.
        Cancelled,
        /// Nobody decided in time.
        TimedOut,
    }
}

words! {
    /// By which way a request came.
    enum Through {
        /// Slack.
        Slack,
        /// This interface.
        Api,
    }
}

words! {
    /// What was asked for.
    enum KindWord {
        /// A place in the group.
        Access,
        /// More time for a grant.
        Extension,
        /// A place at once.
        BreakGlass,
    }
}

words! {
    /// Who approved.
    enum ApprovedWord {
        /// Approvers.
        People,
        /// Policies, without asking anybody.
        Policy,
        /// Policies, as an emergency.
        BreakGlass,
    }
}

wire! {
    /// One approver's yes.
    output struct ApprovalView {
        /// Who.
        by: Principal,
        /// When.
        at: Timestamp,
    }
}

wire! {
    /// A request.
    output struct RequestView {
        /// Its id.
        id: RequestId,
        /// The group.
        group: GroupName,
        /// Who asked.
        by: Principal,
        /// For how long.
        duration: Span,
        /// Why.
        reason: Reason,
        /// When it was asked.
        asked_at: Timestamp,
        /// By which way.
        through: Through,
        /// What was asked for.
        kind: KindWord,
        /// The grant that gets more time, for an extension.
        extends: Option<GrantId>,
        /// What became of it.
        state: RequestWord,
        /// Who agreed so far, in their order.
        approvals: Vec<ApprovalView>,
        /// How many have to agree, while it is pending.
        approvals_needed: Option<u32>,
        /// From when on the second list of approvers may decide too, while it is pending.
        escalates_at: Option<Timestamp>,
        /// When its time is up, while it is pending.
        times_out_at: Option<Timestamp>,
        /// When it was decided, taken back or timed out.
        decided_at: Option<Timestamp>,
        /// Who denied it or took it back.
        decided_by: Option<Principal>,
        /// Why it was denied.
        denied_because: Option<String>,
        /// Who approved it.
        approved_by: Option<ApprovedWord>,
        /// The policies that decided, or that let people decide.
        policies: BTreeSet<String>,
        /// The grant that it made or extended.
        grant: Option<GrantId>,
    }
}

wire! {
    /// Requests, the newest first.
    output struct Requests {
        /// At most a hundred.
        requests: Vec<RequestView>,
        /// What `after` has to be for the next ones; nothing: there are none.
        next: Option<String>,
    }
}

words! {
    /// Whether a grant holds now.
    enum GrantWord {
        /// It does.
        Live,
        /// It is over.
        Ended,
    }
}

words! {
    /// How a grant ended.
    enum EndedWord {
        /// Its time was up.
        Expired,
        /// Its holder was done.
        HandedBack,
        /// Somebody took it away.
        Revoked,
        /// Nobody may ask into the group any more.
        RuleGone,
        /// Its holder was blocked.
        Blocked,
    }
}

words! {
    /// Whether somebody looked at a break-glass afterwards.
    enum ReviewWord {
        /// Nobody yet.
        Open,
        /// Somebody did.
        Done,
    }
}

wire! {
    /// A person's time-bound place in a group.
    output struct GrantView {
        /// Its id.
        id: GrantId,
        /// The request that it came from.
        request: RequestId,
        /// The group.
        group: GroupName,
        /// Whose place it is.
        person: Principal,
        /// Since when.
        starts_at: Timestamp,
        /// Until when, or when it ended.
        ends_at: Timestamp,
        /// Whether it holds now.
        state: GrantWord,
        /// How it ended.
        ended: Option<EndedWord>,
        /// Who handed it back or took it away.
        ended_by: Option<Principal>,
        /// Why it was taken away.
        revoked_because: Option<Reason>,
        /// Of a break-glass: whether it was reviewed.
        review: Option<ReviewWord>,
        /// Who reviewed it.
        reviewed_by: Option<Principal>,
        /// What they found.
        review_note: Option<Reason>,
    }
}

wire! {
    /// Grants, the newest first.
    output struct Grants {
        /// At most a hundred.
        grants: Vec<GrantView>,
        /// What `after` has to be for the next ones; nothing: there are none.
        next: Option<String>,
    }
}

wire! {
    /// A group that may be asked into.
    output struct GroupView {
        /// Its name.
        name: GroupName,
        /// The longest grant.
        max: Span,
    }
}

wire! {
    /// The groups that the caller may ask into, by name.
    output struct Groups {
        /// All of them.
        groups: Vec<GroupView>,
    }
}

wire! {
    /// Why nothing was done (RFC 9457).
    output struct ProblemView {
        /// Always `about:blank`: `code` tells problems apart.
        r#type: String,
        /// The status in words.
        title: String,
        /// The HTTP status.
        status: u16,
        /// What to look at, for people.
        detail: String,
        /// A fixed word per kind of problem, for programs.
        code: String,
        /// The policies that decided, where one did.
        policies: Option<BTreeSet<String>>,
    }
}
