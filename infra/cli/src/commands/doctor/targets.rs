//! Targets: whether groups and people can be looked up there, and which right is lacking if not.

use super::code::Code;
use super::finding::Finding;
use super::site::Site;
use crate::probe;
use access_core::config::TargetKind;
use access_core::id::TargetName;
use access_core::ports::TargetError;
use futures::future::join_all;
use oncall_poller::Systems;
use std::collections::{BTreeMap, BTreeSet};

/// What keeps each target from answering; `None`: nothing does.
pub(super) type Seen = BTreeMap<TargetName, Option<TargetError>>;

/// Asks every target, Slack only where its token opens it (`open`): the rest is found already.
pub(super) async fn gather(site: &Site<'_>, open: &BTreeSet<&TargetName>) -> Seen {
    let targets = site.config().targets.iter();
    let asked = targets.filter(|(name, target)| match target.kind {
        TargetKind::IdentityCenter { .. } => true,
        TargetKind::SlackUserGroup { .. } => open.contains(name),
    });
    let looks = asked.map(|(name, config)| async move {
        let error = match site.systems.target(name, config) {
            Ok(target) => probe::target(&*target).await.err(),
            Err(reason) => Some(TargetError::Refused(reason)),
        };
        (name.clone(), error)
    });
    join_all(looks).await.into_iter().collect()
}

/// What is the matter with each target.
pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let failing = seen.iter().filter_map(|(name, error)| {
        let error = error.as_ref()?;
        Some(Finding::new(
            code(error),
            format!("target {name}"),
            error.to_string(),
        ))
    });
    failing.collect()
}

fn code(error: &TargetError) -> Code {
    match error {
        TargetError::Denied(_) => Code::TargetDenied,
        TargetError::NotFound(_) | TargetError::Refused(_) => Code::TargetRefused,
        TargetError::Throttled { .. } | TargetError::Unreachable(_) => Code::TargetUnread,
    }
}

/// Targets that answer.
pub(super) fn answering(seen: &Seen) -> BTreeSet<&TargetName> {
    let answering = seen.iter().filter(|(_, error)| error.is_none());
    answering.map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_is_lacking_is_told_apart_from_silence() {
        let name = |text: &str| TargetName::new(text).unwrap();
        let seen = Seen::from([
            (name("sound"), None),
            (
                name("denied"),
                Some(TargetError::Denied("`ListUsers` ended in ..".to_owned())),
            ),
            (
                name("silent"),
                Some(TargetError::Unreachable("no answer".to_owned())),
            ),
            (
                name("wrong"),
                Some(TargetError::Refused("no such store".to_owned())),
            ),
        ]);
        let found = judge(&seen);
        let found: Vec<(&str, Code)> = found
            .iter()
            .map(|finding| (finding.place.as_str(), finding.code))
            .collect();
        assert_eq!(
            found,
            [
                ("target denied", Code::TargetDenied),
                ("target silent", Code::TargetUnread),
                ("target wrong", Code::TargetRefused),
            ]
        );
        assert_eq!(answering(&seen), BTreeSet::from([&name("sound")]));
    }
}
