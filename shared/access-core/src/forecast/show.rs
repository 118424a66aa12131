//! Forecasts in plain sentences, one a line; instants in UTC, to the second.

use super::{Forecast, GroupForecast};
use crate::id::GroupName;
use jiff::Timestamp;
use std::fmt::{self, Display, Formatter};

impl Display for Forecast {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            until,
            groups,
            findings,
        } = self;
        writeln!(f, "From {from:.0} until {until:.0}")?;
        findings
            .iter()
            .try_for_each(|finding| writeln!(f, "To mend: {finding}."))?;
        for (name, group) in groups {
            group_lines(f, name, group, *until)?;
        }
        Ok(())
    }
}

fn group_lines(
    f: &mut Formatter<'_>,
    name: &GroupName,
    group: &GroupForecast,
    asked: Timestamp,
) -> fmt::Result {
    let GroupForecast {
        known_until,
        uncovered,
        unmatched,
        unresolved,
        findings,
    } = group;
    let quiet = uncovered.is_empty()
        && unmatched.is_empty()
        && unresolved.is_empty()
        && findings.is_empty();
    write!(f, "{name}")?;
    if let Some(known) = known_until.filter(|known| *known < asked) {
        write!(f, " (known until {known:.0})")?;
    }
    writeln!(f, "{}", if quiet { ": nothing to see to" } else { ":" })?;
    for gap in uncovered {
        writeln!(
            f,
            "  nobody is on call from {:.0}{}.",
            gap.from,
            End(gap.until)
        )?;
    }
    for shift in unmatched {
        let (who, target) = (&shift.principal, &shift.target);
        writeln!(
            f,
            "  {who} is on call from {:.0}{} without an account on {target}: {}.",
            shift.from,
            End(shift.until),
            shift.reason
        )?;
    }
    for shift in unresolved {
        let (account, user) = (&shift.pagerduty, &shift.user);
        writeln!(
            f,
            "  PagerDuty user {account}/{user} is on call from {:.0}{} without an e-mail address.",
            shift.from,
            End(shift.until)
        )?;
    }
    findings
        .iter()
        .try_for_each(|finding| writeln!(f, "  To mend: {finding}."))
}

/// ` until ..`, where an end is known.
struct End(Option<Timestamp>);

impl Display for End {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(until) => write!(f, " until {until:.0}"),
            None => write!(f, ", with no end known"),
        }
    }
}
