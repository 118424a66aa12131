//! People who are written down and cannot be understood.

use super::*;
use crate::facts::UnreadPerson;
use crate::id::PagerDutyName;
use crate::incident::{IncidentKey, Seen};

const ADMINS: &str = "admins";

#[test]
fn whoever_cannot_be_understood_casts_doubt_on_their_incidents_alone() {
    let beta = PagerDutyName::new("beta").unwrap();
    for (case, user, doubted) in [
        (
            "of one incident",
            Some((acme(), "PGHOST")),
            vec![Some("acme/Q1")],
        ),
        ("of none", Some((acme(), "PELSE")), vec![]),
        ("known by the rota", Some((acme(), "PGRACE")), vec![]),
        ("of another account", Some((beta, "PGHOST")), vec![]),
        ("nobody knows who", None, vec![None]),
    ] {
        let mut world = World::new()
            .group(ADMINS, &["incident:acme/service/S1"])
            .sees("Q1", "10:00", "E1", Seen::of("S1", &["PGHOST"]))
            .sees("Q2", "10:00", "E1", Seen::of("S1", &["PGRACE"]));
        let unread = UnreadPerson {
            user: user.map(|(account, user)| (account, user.parse().unwrap())),
            reason: "half a body".into(),
        };
        let place = "item PEOPLE / 1".to_owned();
        world.facts.unread_people.insert(place, unread);
        let desired = world.desired(ADMINS, at("10:00"));
        let doubted: BTreeSet<Option<IncidentKey>> = doubted
            .into_iter()
            .map(|key| key.map(|key| key.parse().unwrap()))
            .collect();
        let trust = if doubted.is_empty() {
            Trust::Fresh
        } else {
            Trust::Unknown
        };
        assert_eq!((desired.unread, desired.trust), (doubted, trust), "{case}");
        assert_eq!(world.members(ADMINS, at("10:00")), ["grace"], "{case}");
    }
}
