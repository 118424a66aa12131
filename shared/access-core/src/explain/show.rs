//! Explanations in plain sentences, one a line; instants in UTC, to the second.

use super::{Effect, EffectState, Explanation, Reason, Verdict};
use crate::desired::Trust;
use crate::membership::Origin;
use jiff::Timestamp;
use std::fmt::{self, Display, Formatter};

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            principal,
            group,
            at,
            verdict,
            trust,
            unresolved,
            findings,
            effects,
        } = self;
        match verdict {
            Verdict::Member {
                opens_at,
                until,
                reasons,
            } => {
                writeln!(f, "{principal} is a member of {group} at {at:.0}.")?;
                writeln!(f, "Access {}.", Open(*opens_at, *until))?;
                reasons
                    .iter()
                    .try_for_each(|reason| writeln!(f, "Why: {}.", reason.in_words))?;
            }
            Verdict::Blocked {
                everywhere,
                group: by,
                reasons,
                until,
            } => {
                writeln!(
                    f,
                    "{principal} is not a member of {group} at {at:.0}: the configuration blocks this person {}.",
                    Scope(*everywhere, by)
                )?;
                match reasons.as_slice() {
                    [] => writeln!(
                        f,
                        "Without the block nothing would make this person a member then."
                    )?,
                    reasons => {
                        writeln!(
                            f,
                            "Without the block access would be open{}.",
                            Until(*until)
                        )?;
                        reasons
                            .iter()
                            .try_for_each(|reason| writeln!(f, "Why: {}.", reason.in_words))?;
                    }
                }
            }
            Verdict::NotMember {
                sources,
                previous,
                next,
            } => {
                writeln!(
                    f,
                    "{principal} is not a member of {group} at {at:.0}: nothing makes this person one then."
                )?;
                let sources: Vec<_> = sources.iter().map(ToString::to_string).collect();
                if !sources.is_empty() {
                    writeln!(f, "Members come from {}.", sources.join(", "))?;
                }
                neighbours(f, previous.as_deref(), next.as_deref())?;
            }
            Verdict::UnknownGroup => {
                writeln!(
                    f,
                    "There is no group {group} at {at:.0}: the configuration names none, and no template makes one."
                )?;
            }
        }
        for user in unresolved {
            writeln!(
                f,
                "PagerDuty user {}/{} would be a member then and has no e-mail address; if that is this person, say so under [[person]].",
                user.pagerduty, user.user
            )?;
        }
        if let Some(trust) = trust {
            distrust(f, *trust)?;
        }
        findings
            .iter()
            .try_for_each(|finding| writeln!(f, "To mend: {finding}."))?;
        effects
            .iter()
            .try_for_each(|effect| writeln!(f, "{effect}"))
    }
}

fn neighbours(
    f: &mut Formatter<'_>,
    previous: Option<&Reason>,
    next: Option<&Reason>,
) -> fmt::Result {
    if previous.is_none() && next.is_none() {
        return writeln!(
            f,
            "Nothing that is known names this person before or after."
        );
    }
    if let Some(Reason {
        closes_at: Some(closes),
        in_words,
        ..
    }) = previous
    {
        writeln!(f, "Before: {in_words}; access closed at {closes:.0}.")?;
    }
    if let Some(Reason {
        opens_at: Some(opens),
        in_words,
        ..
    }) = next
    {
        writeln!(f, "Next: {in_words}; access opens at {opens:.0}.")?;
    }
    Ok(())
}

fn distrust(f: &mut Formatter<'_>, trust: Trust) -> fmt::Result {
    match trust {
        Trust::Fresh => Ok(()),
        Trust::Stale { read_at } => writeln!(
            f,
            "PagerDuty was last read completely at {read_at:.0}: removals wait for the next complete read."
        ),
        Trust::Expired { read_at } => writeln!(
            f,
            "PagerDuty was last read completely at {read_at:.0}, too long before: removals are held."
        ),
        Trust::Unknown => writeln!(
            f,
            "A source of the group is gone or was never read: removals are held."
        ),
        Trust::NeverRead => writeln!(
            f,
            "PagerDuty was never read: removals wait for the first complete read."
        ),
    }
}

impl Display for Effect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "On {}: ", self.entitlement)?;
        if let Some(account) = &self.account {
            write!(f, "account {account}: ")?;
        }
        match &self.state {
            EffectState::Present {
                origin: Origin::Added,
            } => write!(f, "a member, added by Rotakey."),
            EffectState::Present {
                origin: Origin::Found,
            } => write!(f, "a member, and was one before Rotakey wanted it."),
            EffectState::Adding => write!(f, "being added; the target has not confirmed it yet."),
            EffectState::ToAdd => write!(f, "not added yet; the next sweep adds it."),
            EffectState::Unmatched { reason } => write!(f, "{reason}."),
            EffectState::Removing => {
                write!(f, "being removed; the target has not confirmed it yet.")
            }
            EffectState::Held { hold } => write!(f, "still a member, the removal waits: {hold}."),
            EffectState::ToRemove {
                origin: Origin::Added,
            } => write!(f, "still a member; the next sweep removes it."),
            EffectState::ToRemove {
                origin: Origin::Found,
            } => {
                write!(
                    f,
                    "still a member, and was one before Rotakey wanted it; removed only if the group is exclusive."
                )
            }
        }
    }
}

/// Since when and until when access is open.
struct Open(Option<Timestamp>, Option<Timestamp>);

impl Display for Open {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(opens) => write!(f, "opened at {opens:.0}")?,
            None => write!(f, "opened before what is known")?,
        }
        match self.1 {
            Some(until) => write!(f, " and closes at {until:.0}"),
            None => write!(f, " and no end is known"),
        }
    }
}

/// ` until ..`, where an end is known.
struct Until(Option<Timestamp>);

impl Display for Until {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0
            .map_or(Ok(()), |until| write!(f, " until {until:.0}"))
    }
}

/// Where somebody is blocked.
struct Scope<'a>(bool, &'a crate::id::GroupName);

impl Display for Scope<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 {
            write!(f, "everywhere")
        } else {
            write!(f, "in {}", self.1)
        }
    }
}
