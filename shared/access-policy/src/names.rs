//! Things of ours as Cedar's entities: a source of the configuration is the entity that people there are `in`.
//!
//! No text is ever put between quotes here: ids become entities as they are, and entities are printed by Cedar itself,
//! which escapes whatever would end a string.

use access_core::group::Source;
use access_core::id::GroupName;
use access_core::incident::IncidentScope;
use access_core::principal::Principal;
use cedar_policy::{EntityId, EntityTypeName, EntityUid};
use std::sync::LazyLock;

/// The types of the schema, and that of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Person,
    Group,
    Schedule,
    EscalationPolicy,
    EscalationLevel,
    Incident,
    Request,
    Rotakey,
    Action,
}

/// In the order of the variants.
const WORDS: [&str; 9] = [
    "Person",
    "Group",
    "Schedule",
    "EscalationPolicy",
    "EscalationLevel",
    "Incident",
    "Request",
    "Rotakey",
    "Action",
];

impl Kind {
    /// The entity of this type with this id; any text is an id.
    pub(crate) fn uid(self, id: &str) -> EntityUid {
        // Kept, as reading a type's name costs more than everything else here.
        static NAMES: LazyLock<[EntityTypeName; WORDS.len()]> = LazyLock::new(|| {
            WORDS.map(|word| word.parse().expect("the words above are names in Cedar"))
        });
        EntityUid::from_type_name_and_id(NAMES[self as usize].clone(), EntityId::new(id))
    }
}

/// A person.
pub(crate) fn person(principal: &Principal) -> EntityUid {
    Kind::Person.uid(principal.email())
}

/// A group.
pub(crate) fn group(name: &GroupName) -> EntityUid {
    Kind::Group.uid(name.as_str())
}

/// What a source names: a person is it, everybody else is `in` it.
pub(crate) fn place(source: &Source) -> EntityUid {
    match source {
        Source::Schedule { pagerduty, id } => Kind::Schedule.uid(&format!("{pagerduty}/{id}")),
        Source::EscalationPolicy {
            pagerduty,
            id,
            level: None,
        } => Kind::EscalationPolicy.uid(&format!("{pagerduty}/{id}")),
        Source::EscalationPolicy {
            pagerduty,
            id,
            level: Some(level),
        } => Kind::EscalationLevel.uid(&format!("{pagerduty}/{id}#{level}")),
        Source::Group(name) => group(name),
        Source::Incident { pagerduty, of } => {
            let id = match of {
                IncidentScope::Service(id) => format!("{pagerduty}/service/{id}"),
                IncidentScope::Team(id) => format!("{pagerduty}/team/{id}"),
            };
            Kind::Incident.uid(&id)
        }
        Source::Person(principal) => person(principal),
    }
}

/// The source that an entity is, if it is one.
pub(crate) fn source(uid: &EntityUid) -> Option<Source> {
    let kind = match uid.type_name().basename() {
        "Person" => "person",
        "Group" => "group",
        "Schedule" => "schedule",
        "EscalationPolicy" | "EscalationLevel" => "escalation_policy",
        "Incident" => "incident",
        _ => return None,
    };
    let source: Source = format!("{kind}:{}", uid.id().unescaped()).parse().ok()?;
    // A level where a policy should stand, or capitals in an address, would be somebody else.
    (place(&source) == *uid).then_some(source)
}

/// The principals that a source means, as a policy writes it.
pub(crate) fn principals(source: &Source) -> String {
    let relation = if matches!(source, Source::Person(_)) {
        "=="
    } else {
        "in"
    };
    format!("principal {relation} {}", place(source))
}
