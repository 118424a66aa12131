//! A question to the policies, as the command line puts it.

use access_core::config::{Config, parse_duration};
use access_core::id::{GrantId, GroupName, RequestId};
use access_core::principal::Principal;
use access_core::request::{Asked, Channel, Kind, Reason, Request, RequestState};
use access_policy::{Action, Explanation, Filed, Policies, Question, Situation, Thing};
use jiff::{SignedDuration, Timestamp};

/// Every action, in the order of the schema.
const ACTIONS: [Action; 9] = [
    Action::Request,
    Action::ApproveAutomatically,
    Action::Approve,
    Action::Revoke,
    Action::Extend,
    Action::BreakGlass,
    Action::ReleaseHeld,
    Action::View,
    Action::Administer,
];

/// How long access is asked for unless somebody says.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// What is asked of the policies besides who, what and where.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Details {
    /// Whose request or grant it is, where that is somebody else: to approve, revoke, view
    #[arg(long, value_name = "PERSON")]
    requester: Option<Principal>,
    /// For how long access is asked for [default: an hour, or the group's `max` if that is shorter]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    duration: Option<SignedDuration>,
    /// The requester's words
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "to see what the policies say"
    )]
    reason: Reason,
    /// As if the approvers had been asked for as long as `escalate_after` says
    #[arg(long)]
    escalated: bool,
    /// By which way: slack or api
    #[arg(long, value_name = "WAY", default_value = "slack", value_parser = channel)]
    through: Channel,
}

/// Reads an action, in any case.
pub(super) fn action(text: &str) -> Result<Action, String> {
    let found = ACTIONS
        .iter()
        .find(|action| action.word().eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| {
        let words: Vec<&str> = ACTIONS.iter().map(|action| action.word()).collect();
        format!("write one of {}", words.join(", "))
    })
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    let duration = parse_duration(text).filter(SignedDuration::is_positive);
    duration.ok_or_else(|| "write a duration such as 2h or 1h 30m".to_owned())
}

fn channel(text: &str) -> Result<Channel, String> {
    match text {
        "slack" => Ok(Channel::Slack),
        "api" => Ok(Channel::Api),
        _ => Err("write slack or api".to_owned()),
    }
}

impl Details {
    /// What the action needs and nobody named.
    pub(super) fn lack(&self, action: Action, group: Option<&GroupName>) -> Option<&'static str> {
        let needs_group = !matches!(action, Action::Administer | Action::View);
        let needs_requester = matches!(action, Action::Approve | Action::Revoke);
        if needs_group && group.is_none() {
            Some("a group")
        } else if needs_requester && self.requester.is_none() {
            Some("--requester")
        } else {
            None
        }
    }

    /// Takes any address of the requester's for the one that the configuration knows them by.
    pub(super) fn by_config(&mut self, config: &Config) {
        let requester = self.requester.take();
        self.requester = requester.map(|principal| config.people.canonical(&principal));
    }

    /// Asks.
    pub(super) fn ask(
        &self,
        policies: &Policies,
        situation: &Situation,
        config: &Config,
        who: &Principal,
        action: Action,
        group: Option<&GroupName>,
    ) -> Explanation {
        let through = self.through;
        let answer = |question: &Question<'_>| {
            let decision = policies.decide(question, situation);
            policies.explain(question, decision)
        };
        let Some(group) = group.filter(|_| action != Action::Administer) else {
            let what = Thing::Rotakey;
            return answer(&match action {
                Action::View => Question::View { who, through, what },
                _ => Question::Administer { who, through },
            });
        };
        let request = self.request(situation.now(), config, who, action, group);
        answer(&self.question(who, action, group, &request))
    }

    fn question<'a>(
        &'a self,
        who: &'a Principal,
        action: Action,
        group: &'a GroupName,
        request: &'a Request,
    ) -> Question<'a> {
        let (through, asked) = (self.through, &request.asked);
        let of = Filed {
            by: self.requester.as_ref().unwrap_or(who),
            ..Filed::from(request)
        };
        match action {
            Action::Request => Question::Request(asked),
            Action::ApproveAutomatically => Question::ApproveAutomatically(asked),
            Action::BreakGlass => Question::BreakGlass(asked),
            Action::Extend => Question::Extend { of, asked },
            Action::Approve => Question::Approve {
                who,
                through,
                request,
            },
            Action::Revoke => Question::Revoke { who, through, of },
            Action::View => Question::View {
                who,
                through,
                what: match self.requester {
                    Some(_) => Thing::Request(of),
                    None => Thing::Group(group),
                },
            },
            Action::ReleaseHeld => Question::ReleaseHeld {
                who,
                through,
                group,
            },
            Action::Administer => Question::Administer { who, through },
        }
    }

    /// The request that the question is about: nobody has filed it.
    fn request(
        &self,
        at: Timestamp,
        config: &Config,
        who: &Principal,
        action: Action,
        group: &GroupName,
    ) -> Request {
        let usual = || {
            let rule = config.requests.get(group);
            rule.map_or(USUAL, |rule| rule.max.min(USUAL))
        };
        let others = matches!(action, Action::Approve | Action::Revoke | Action::View);
        let by = self.requester.as_ref().filter(|_| others).unwrap_or(who);
        let kind = match action {
            Action::BreakGlass => Kind::BreakGlass,
            Action::Extend => Kind::Extension {
                grant: GrantId::nil(),
            },
            _ => Kind::Access,
        };
        Request {
            id: RequestId::nil(),
            version: 1,
            asked: Asked {
                by: by.clone(),
                group: group.clone(),
                duration: self.duration.unwrap_or_else(usual),
                reason: self.reason.clone(),
                at,
                through: self.through,
                kind,
                key: None,
            },
            state: RequestState::Pending {
                approvals: Vec::new(),
                needed: 1,
                escalates_at: self.escalated.then_some(at),
                escalated_at: None,
                times_out_at: Timestamp::MAX,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, action, channel, duration};

    #[test]
    fn actions_ways_and_durations_are_read() {
        for known in ACTIONS {
            assert_eq!(action(known.word()), Ok(known));
            assert_eq!(action(&known.word().to_lowercase()), Ok(known));
        }
        assert!(action("ask").unwrap_err().contains("Request, "));
        assert!(channel("slack").is_ok() && channel("pigeon").is_err());
        for (text, fits) in [
            ("2h", true),
            ("1h 30m", true),
            ("-1h", false),
            ("soon", false),
        ] {
            assert_eq!(duration(text).is_ok(), fits, "{text}");
        }
    }
}
