//! Everything that may be found: a fixed code, how bad it is, and what to do about it. The README lists them, too.

use super::finding::Level;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($variant:ident = $word:literal, $level:ident, $remedy:literal;)+) => {
        /// What was found, in the order in which things are looked at. Programs go by the words, which stay.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Code {
            $($variant,)+
        }

        impl Code {
            /// The fixed word.
            pub(super) fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// How bad it is.
            pub(super) fn level(self) -> Level {
                match self {
                    $(Self::$variant => Level::$level,)+
                }
            }

            /// What to do, unless a finding knows better.
            pub(super) fn remedy(self) -> &'static str {
                match self {
                    $(Self::$variant => $remedy,)+
                }
            }

            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)+];
        }
    };
}

codes! {
    ConfigWrong = "config-wrong", Error,
        "mend that line; nothing else is looked at before";
    SecretUnread = "secret-unread", Error,
        "store it where the configuration says, or let whoever runs this read it";
    AwsUnusable = "aws-unusable", Error,
        "set region and credentials as for every AWS tool; nothing else is looked at before";
    StoreAbsent = "store-absent", Note,
        "nothing to do before the first `rotakey apply`, `sync` or `serve`; a stack's table is named with `--table`";
    StoreUnread = "store-unread", Error,
        "see that name and region are right, and that whoever runs this may read it";
    ConfigUnapplied = "config-unapplied", Warning,
        "see what it changes with `rotakey apply --dry-run`, then run `rotakey apply`";
    ConfigNeverApplied = "config-never-applied", Warning,
        "run `rotakey apply`";

    PagerDutyRefused = "pagerduty-refused", Error,
        "see that `url` has the right subdomain and region, then put a credential that works into its place: `rotakey connect pagerduty ACCOUNT`";
    PagerDutyUnread = "pagerduty-unread", Error,
        "see <https://status.pagerduty.com> and the way there, then run this again";
    PagerDutyScope = "pagerduty-scope-missing", Error,
        "add the scope to the app in PagerDuty, or take a key that may do this";
    PagerDutyScopeWanted = "pagerduty-scope-wanted", Warning,
        "add the scope to the app in PagerDuty, or take a key that may do this";
    PagerDutyPlan = "pagerduty-plan", Error,
        "take what needs it out of the configuration, or have it added to the account's plan";
    PagerDutyElsewhere = "pagerduty-elsewhere", Error,
        "correct `url`, or store a key of the account that it names";
    PagerDutyElsewhereUnproven = "pagerduty-elsewhere-unproven", Note,
        "see whether `rotakey schedules` shows the schedules of the account that `url` names";
    PagerDutyNotes = "pagerduty-notes-unproven", Note,
        "look whether the first incident gets its note; a read-only key cannot write one";
    Calls = "pagerduty-calls", Note,
        "nothing to do";
    CallsMany = "pagerduty-calls-many", Warning,
        "raise `refresh` under `[sweep]`, or name the schedules in place of a template";
    CallsTooMany = "pagerduty-calls-too-many", Error,
        "raise `refresh` under `[sweep]`, or name the schedules in place of a template";
    CallsUnknown = "pagerduty-calls-unknown", Warning,
        "run this again when PagerDuty answers";
    ClockOff = "clock-off", Warning,
        "have this machine's clock set by NTP";
    ClockFarOff = "clock-far-off", Error,
        "have this machine's clock set by NTP: signatures of Slack are good for five minutes, and access opens and closes by this clock";
    ClockUnread = "clock-unread", Note,
        "run this again when PagerDuty answers";

    SlackRefused = "slack-refused", Error,
        "install the app and store its bot token: `rotakey connect slack`";
    SlackUnread = "slack-unread", Error,
        "see <https://slack-status.com> and the way there, then run this again";
    SlackScope = "slack-scope-missing", Error,
        "add the scope under OAuth & Permissions of the Slack app, and install it again";
    SlackElsewhere = "slack-elsewhere", Error,
        "correct `team_id`, or store the bot token of that workspace";
    SlackUnproven = "slack-unproven", Note,
        "nothing to do unless Slack refuses something later";
    TargetDenied = "target-denied", Error,
        "give the role or the app that right";
    TargetUnread = "target-unread", Error,
        "see whether it can be reached from here, then run this again";
    TargetRefused = "target-refused", Error,
        "mend the target in the configuration";

    PlanUnmade = "plan-unmade", Error,
        "mend what else was found, then run this again";
    PlanFailed = "plan-failed", Error,
        "mend what it says; until then it holds this group and stops no other";
    PersonUnmatched = "person-unmatched", Warning,
        "make an account with that address there, or name the one that is theirs under `[[person]]`";
    PersonUnresolved = "person-unresolved", Warning,
        "name the PagerDuty user under `[[person]]`, or see that PagerDuty shows their address";
    ForecastUnmade = "forecast-unmade", Warning,
        "mend what else was found, then run this again";
    SourceGone = "source-gone", Error,
        "correct the id (`rotakey schedules` lists them), or take the source out";
    SourceUnread = "source-unread", Error,
        "see that the credential may read it, then run this again";
    SourceEmpty = "source-empty", Warning,
        "put somebody on it in PagerDuty, or take the source out";
    GroupUncovered = "group-uncovered", Warning,
        "fill the hours in PagerDuty if they are meant to be covered; `rotakey forecast` lists all of them";
    TemplateSkips = "template-skips", Warning,
        "rename the schedule in PagerDuty, or write its group out";
    EntitlementShared = "entitlement-shared", Error,
        "give it to one group whose sources are both: each would remove the other's members";
    GroupUseless = "group-without-entitlement", Warning,
        "give it `entitlements`, name it as a source, or take it out";
    ApproverGone = "approver-gone", Warning,
        "take them out of the approvers, or correct the address";
    ApproversMissing = "approvers-missing", Error,
        "name approvers who are there: people, groups with members, schedules with somebody on them";
    ApproversUnproven = "approvers-unproven", Note,
        "mend what else was found and run this again; of policies of your own, ask `rotakey policy explain`";
    RequestsUntold = "requests-untold", Warning,
        "add `[slack]`, or have approvers look at `rotakey requests`";
    RequestsImpossible = "requests-impossible", Error,
        "add `[slack]` or `[api]`: nobody can ask otherwise";

    WebhookMissing = "webhook-missing", Warning,
        "run `rotakey webhooks create ACCOUNT --url URL`; incidents are seen by the tick meanwhile";
    WebhookOff = "webhook-off", Warning,
        "switch the subscription on in PagerDuty";
    WebhookDisabled = "webhook-disabled", Warning,
        "see in the receiver's log why deliveries were refused, then run `rotakey webhooks enable ACCOUNT`";
    WebhookUnheard = "webhook-unheard", Note,
        "run `rotakey webhooks ping ACCOUNT`";
    WebhooksUnread = "webhooks-unread", Warning,
        "run this again when PagerDuty answers";

    TickNever = "tick-never", Error,
        "see that the clock is on: section `SweepStale` of the runbook";
    TickStale = "tick-stale", Error,
        "see why the clock stands: section `SweepStale` of the runbook";
    SweepFailing = "sweep-failing", Error,
        "mend what it says: section `SweepFailing` of the runbook";
    RemovalsHeld = "removals-held", Warning,
        "release the plan if its removals are meant: section `RemovalsAreHeld` of the runbook";
    OutboxBacklog = "outbox-backlog", Warning,
        "see in the poller's log why the bus takes nothing; what waits is not lost";
    OutboxUnread = "outbox-unread", Warning,
        "update Rotakey to the version that wrote them: section `SweepFailing` of the runbook";
    StateUnread = "state-unread", Warning,
        "update Rotakey to the version that wrote it: section `SweepFailing` of the runbook";
    ReviewOpen = "review-open", Warning,
        "look at what was done, then run `rotakey review GRANT NOTE`";
    ProgramDiffers = "program-differs", Warning,
        "deploy this version, or use the `rotakey` of that one";
    AlarmsUnproven = "alarms-unproven", Note,
        "list who hears of alarms: `aws sns list-subscriptions-by-topic --topic-arn \"$(aws cloudformation describe-stacks --stack-name NAME --query \"Stacks[0].Outputs[?OutputKey=='AlarmTopic'].OutputValue\" --output text)\"`";
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const README: &str = include_str!("../../../README.md");

    #[test]
    fn the_readme_lists_every_code_with_its_level_and_remedy() {
        let rows: BTreeSet<&str> = README.lines().collect();
        for code in Code::ALL {
            let row = format!(
                "| `{}` | {} | {} |",
                code.word(),
                code.level().word(),
                code.remedy()
            );
            assert!(rows.contains(row.as_str()), "the README lacks\n{row}");
        }
        let is_code = |row: &&&str| {
            let level = row.split('|').nth(2).unwrap_or_default().trim();
            ["error", "warning", "note"].contains(&level)
        };
        let listed = rows.iter().filter(is_code).count();
        assert_eq!(listed, Code::ALL.len(), "the README lists other codes");
    }

    #[test]
    fn words_are_unlike_one_another_and_in_kebab_case() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.word()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for word in words {
            let is_kebab = word
                .split('-')
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()));
            assert!(is_kebab, "{word}");
        }
    }
}
