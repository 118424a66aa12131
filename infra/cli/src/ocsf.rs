//! Audit entries as events of the Open Cybersecurity Schema Framework, version 1.3.0 (<https://schema.ocsf.io/1.3.0>).
//!
//! | what happened | class |
//! |---|---|
//! | a target's group changed, or was to | Group Management (3006) |
//! | access was asked for, decided, given, taken away | User Access Management (3005) |
//! | somebody lacks an account that they need | Account Change (3001) |
//! | everything about Rotakey itself | Base Event (0) |
//!
//! Nothing is lost: what has no place of its own there is in `unmapped`, with the entry's hash and that of the one before.

mod class;
#[cfg(test)]
mod contract;
mod mapped;
mod objects;

use crate::events::{actor, told};
use access_core::audit::Entry;
use mapped::{Mapped, mapped, unknown};
use serde_json::{Map, Value, json};

/// The version of the schema.
pub(crate) const VERSION: &str = "1.3.0";

/// One entry as a record. One that tells of an event that this program does not know is a Base Event.
pub(crate) fn record(entry: &Entry) -> Value {
    let event = entry.event().ok();
    let (mapped, message) = match &event {
        Some(event) => (mapped(event), told(event)),
        None => (
            unknown(),
            format!("{}: not known to this program", entry.detail_type),
        ),
    };
    let mut record = classified(entry, &mapped);
    let class = mapped.class;
    let acting = event.as_ref().filter(|_| class.has_actor());
    let acting = acting.map(|event| objects::actor(&actor(event)));
    let is_hosts = acting.is_some() && class.has_actor_of_host();
    let privileges = (!mapped.privileges.is_empty()).then(|| json!(mapped.privileges));
    let pairs = [
        ("message", Some(message.into())),
        ("metadata", Some(metadata(entry, is_hosts))),
        ("unmapped", Some(unmapped(entry))),
        ("actor", acting),
        ("user", mapped.user),
        ("group", mapped.group.map(objects::group)),
        ("privileges", privileges),
        ("resource", mapped.resource),
        ("status_detail", mapped.status_detail.map(Value::from)),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            record.insert(name.to_owned(), value);
        }
    }
    Value::Object(record)
}

/// What kind of event it is, when it was, and how it went.
fn classified(entry: &Entry, mapped: &Mapped<'_>) -> Map<String, Value> {
    let Mapped {
        class,
        activity,
        severity,
        status,
        ..
    } = mapped;
    let (category_uid, category_name) = class.category();
    let type_uid = class.uid() * 100 + activity.id;
    let type_name = format!("{}: {}", class.name(), activity.caption());
    let activity_name = activity.name.unwrap_or(&entry.detail_type);
    let pairs = [
        ("activity_id", json!(activity.id)),
        ("activity_name", json!(activity_name)),
        ("category_uid", json!(category_uid)),
        ("category_name", json!(category_name)),
        ("class_uid", json!(class.uid())),
        ("class_name", json!(class.name())),
        ("type_uid", json!(type_uid)),
        ("type_name", json!(type_name)),
        ("time", json!(entry.at.as_millisecond())),
        ("severity_id", json!(severity.id())),
        ("severity", json!(severity.name())),
        ("status_id", json!(status.id())),
        ("status", json!(status.name())),
    ];
    let pairs = pairs.into_iter();
    pairs.map(|(name, it)| (name.to_owned(), it)).collect()
}

/// Where the record comes from. An actor is a part of the profile `host` in some classes.
fn metadata(entry: &Entry, is_hosts: bool) -> Value {
    let mut metadata = json!({
        "version": VERSION,
        "product": {
            "name": "Rotakey",
            "vendor_name": "Rotakey",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "uid": entry.key,
        "event_code": entry.detail_type,
        "log_name": entry.stream,
        "sequence": entry.seq,
    });
    // All that became of one request.
    if let Some(request) = entry.detail.get("request").filter(|it| it.is_string()) {
        metadata["correlation_uid"] = request.clone();
    }
    if is_hosts {
        metadata["profiles"] = json!(["host"]);
    }
    metadata
}

fn unmapped(entry: &Entry) -> Value {
    json!({
        "detail": entry.detail,
        "previous": entry.previous,
        "hash": entry.hash,
    })
}

#[cfg(test)]
mod tests {
    use super::contract::mistakes;
    use super::record;
    use crate::events::samples::samples;
    use access_core::audit::{Entry, StreamName, seal};
    use access_core::event::Event;
    use access_core::ports::OutboxEntry;
    use access_core::request::Reason;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn entry(event: Event) -> Entry {
        let stream = StreamName::of(&event);
        let event = OutboxEntry {
            key: "2026-11-23T08:00:00.000000000Z#1".to_owned(),
            at: "2026-11-23T08:00:00.125Z".parse().unwrap(),
            event,
        };
        seal(&stream, None, &[&event]).remove(0)
    }

    fn records(words: &str) -> Vec<Value> {
        let entries = samples(words).into_iter().map(entry);
        entries.map(|entry| record(&entry)).collect()
    }

    #[test]
    fn every_event_is_a_valid_record() {
        let records = records("fixing refunds");
        for record in &records {
            let found = mistakes(record);
            assert_eq!(found, Vec::<String>::new(), "{record:#}");
        }
        for class in [0, 3001, 3005, 3006] {
            assert!(records.iter().any(|it| it["class_uid"] == class), "{class}");
        }
    }

    #[test]
    fn an_addition_is_a_user_added_to_a_group() {
        let event = samples("on call").remove(0);
        let record = record(&entry(event));
        for (name, expected) in [
            ("class_uid", json!(3006)),
            ("activity_id", json!(3)),
            ("type_uid", json!(300_603)),
            ("type_name", json!("Group Management: Add User")),
            ("time", json!(1_795_420_800_125_i64)),
            ("status", json!("Success")),
        ] {
            assert_eq!(record[name], expected, "{name}: {record:#}");
        }
        assert_eq!(record["user"]["email_addr"], "ada@acme.example");
        assert_eq!(record["user"]["account"]["uid"], "u-1");
        assert_eq!(record["group"]["name"], "payments");
        assert_eq!(record["actor"]["app_name"], "Rotakey");
        assert_eq!(record["metadata"]["profiles"], json!(["host"]));
        assert_eq!(record["unmapped"]["detail"]["account"], "u-1");
    }

    #[test]
    fn an_event_of_a_later_program_is_a_base_event() {
        let mut entry = entry(samples("why").remove(0));
        entry.detail_type = "Lunch".to_owned();
        let record = record(&entry);
        assert_eq!(mistakes(&record), Vec::<String>::new(), "{record:#}");
        assert_eq!(
            (&record["class_uid"], &record["activity_name"]),
            (&json!(0), &json!("Lunch"))
        );
    }

    #[test]
    fn what_breaks_the_contract_is_found() {
        type Change<'a> = &'a dyn Fn(&mut Value);
        let good = record(&entry(samples("why").remove(0)));
        let cases: [(&str, Change<'_>); 8] = [
            ("no time", &|it| it["time"] = Value::Null),
            ("another type", &|it| it["type_uid"] = json!(300_604)),
            ("an unknown activity", &|it| it["activity_id"] = json!(7)),
            ("an unknown severity", &|it| it["severity_id"] = json!(8)),
            ("no version", &|it| it["metadata"]["version"] = Value::Null),
            ("no profile", &|it| it["metadata"]["profiles"] = json!([])),
            ("an unknown key", &|it| it["colour"] = json!("red")),
            ("a user without a name", &|it| {
                it["user"] = json!({"type_id": 1});
            }),
        ];
        for (case, change) in cases {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(!mistakes(&bad).is_empty(), "{case}: {bad:#}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_people_write_the_record_is_valid(words in "\\PC{1,80}") {
            // White space alone is no reason.
            prop_assume!(Reason::new(&words).is_ok());
            for record in records(&words) {
                prop_assert_eq!(mistakes(&record), Vec::<String>::new());
            }
        }
    }
}
