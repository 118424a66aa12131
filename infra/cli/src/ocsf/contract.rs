//! What OCSF 1.3.0 demands of the four classes that records belong to, written down from the schema's public pages
//! (<https://schema.ocsf.io/1.3.0/classes/group_management>, `user_access`, `account_change`, `base_event`, and the pages
//! of the objects that they name).

use serde_json::Value;

/// One class.
struct Contract {
    uid: u64,
    name: &'static str,
    category: (u64, &'static str),
    activities: &'static [(u64, &'static str)],
    /// Attributes that it has besides those of every event.
    own: &'static [&'static str],
    /// Those of them that it has only with a profile, and that profile.
    profiled: &'static [(&'static str, &'static str)],
    required: &'static [&'static str],
}

const IAM: (u64, &str) = (3, "Identity & Access Management");

static CLASSES: [Contract; 4] = [
    Contract {
        uid: 0,
        name: "Base Event",
        category: (0, "Uncategorized"),
        activities: &[],
        own: &[],
        profiled: &[],
        required: &[],
    },
    Contract {
        uid: 3001,
        name: "Account Change",
        category: IAM,
        activities: &[
            (1, "Create"),
            (2, "Enable"),
            (3, "Password Change"),
            (4, "Password Reset"),
            (5, "Disable"),
            (6, "Delete"),
            (7, "Attach Policy"),
            (8, "Detach Policy"),
            (9, "Lock"),
            (10, "MFA Factor Enable"),
            (11, "MFA Factor Disable"),
        ],
        own: &[
            "actor",
            "http_request",
            "policy",
            "src_endpoint",
            "user",
            "user_result",
        ],
        profiled: &[],
        required: &["user"],
    },
    Contract {
        uid: 3005,
        name: "User Access Management",
        category: IAM,
        activities: &[(1, "Assign Privileges"), (2, "Revoke Privileges")],
        own: &[
            "actor",
            "http_request",
            "privileges",
            "resource",
            "src_endpoint",
            "user",
        ],
        profiled: &[("actor", "host")],
        required: &["privileges", "user"],
    },
    Contract {
        uid: 3006,
        name: "Group Management",
        category: IAM,
        activities: &[
            (1, "Assign Privileges"),
            (2, "Revoke Privileges"),
            (3, "Add User"),
            (4, "Remove User"),
            (5, "Delete"),
            (6, "Create"),
        ],
        own: &[
            "actor",
            "group",
            "http_request",
            "privileges",
            "resource",
            "src_endpoint",
            "user",
        ],
        profiled: &[("actor", "host")],
        required: &["group"],
    },
];

/// Attributes of every event, and whether each is required.
static EVERY: [(&str, bool); 25] = [
    ("activity_id", true),
    ("activity_name", false),
    ("category_name", false),
    ("category_uid", true),
    ("class_name", false),
    ("class_uid", true),
    ("count", false),
    ("duration", false),
    ("end_time", false),
    ("enrichments", false),
    ("message", false),
    ("metadata", true),
    ("observables", false),
    ("raw_data", false),
    ("severity", false),
    ("severity_id", true),
    ("start_time", false),
    ("status", false),
    ("status_code", false),
    ("status_detail", false),
    ("status_id", false),
    ("time", true),
    ("timezone_offset", false),
    ("type_name", false),
    ("type_uid", true),
];

/// Ids that have a fixed name beside them; 99 takes any.
const SEVERITIES: [(u64, &str); 7] = [
    (0, "Unknown"),
    (1, "Informational"),
    (2, "Low"),
    (3, "Medium"),
    (4, "High"),
    (5, "Critical"),
    (6, "Fatal"),
];
const STATUSES: [(u64, &str); 3] = [(0, "Unknown"), (1, "Success"), (2, "Failure")];
const USER_TYPES: [(u64, &str); 4] = [(0, "Unknown"), (1, "User"), (2, "Admin"), (3, "System")];

/// An object: its attributes, those that it must have, and those of which it must have one.
struct Shape {
    known: &'static [&'static str],
    required: &'static [&'static str],
    one_of: &'static [&'static str],
}

const USER: Shape = Shape {
    known: &[
        "account",
        "domain",
        "email_addr",
        "full_name",
        "groups",
        "name",
        "type",
        "type_id",
        "uid",
    ],
    required: &[],
    one_of: &["account", "name", "uid"],
};
const ACCOUNT: Shape = Shape {
    known: &["labels", "name", "type", "type_id", "uid"],
    required: &[],
    one_of: &["name", "uid"],
};
const GROUP: Shape = Shape {
    known: &["desc", "domain", "name", "privileges", "type", "uid"],
    required: &[],
    one_of: &["name", "uid"],
};
const RESOURCE: Shape = Shape {
    known: &[
        "labels",
        "name",
        "namespace",
        "region",
        "type",
        "uid",
        "version",
    ],
    required: &[],
    one_of: &["name", "uid"],
};
const ACTOR: Shape = Shape {
    known: &[
        "app_name",
        "app_uid",
        "idp",
        "invoked_by",
        "process",
        "session",
        "user",
    ],
    required: &[],
    one_of: &[
        "app_name",
        "app_uid",
        "invoked_by",
        "process",
        "session",
        "user",
    ],
};
const METADATA: Shape = Shape {
    known: &[
        "correlation_uid",
        "event_code",
        "labels",
        "log_name",
        "log_provider",
        "logged_time",
        "original_time",
        "product",
        "profiles",
        "sequence",
        "uid",
        "version",
    ],
    required: &["product", "version"],
    one_of: &[],
};
const PRODUCT: Shape = Shape {
    known: &[
        "feature",
        "lang",
        "name",
        "path",
        "uid",
        "url_string",
        "vendor_name",
        "version",
    ],
    required: &["name", "vendor_name"],
    one_of: &[],
};

/// Everything in which a record breaks the contract; empty when it keeps it.
pub(super) fn mistakes(record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let uid = record["class_uid"].as_u64();
    let Some(class) = CLASSES.iter().find(|class| Some(class.uid) == uid) else {
        return vec![format!("no class {}", record["class_uid"])];
    };
    found.extend(attributes(class, record));
    found.extend(classification(class, record));
    for (name, shape) in [
        ("user", &USER),
        ("group", &GROUP),
        ("resource", &RESOURCE),
        ("actor", &ACTOR),
        ("metadata", &METADATA),
    ] {
        found.extend(shaped(name, &record[name], shape));
    }
    for user in [&record["user"], &record["actor"]["user"]] {
        found.extend(shaped("user", user, &USER));
        found.extend(shaped("account", &user["account"], &ACCOUNT));
        if user.get("type_id").is_some() {
            found.extend(named(user, "type_id", "type", &USER_TYPES));
        }
    }
    found.extend(shaped("product", &record["metadata"]["product"], &PRODUCT));
    if record["metadata"]["version"] != "1.3.0" {
        found.push("metadata.version is another".to_owned());
    }
    found
}

/// Which attributes are there, and of what type.
fn attributes(class: &Contract, record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let profiles = record["metadata"]["profiles"].as_array();
    for (name, value) in record.as_object().into_iter().flatten() {
        let name = name.as_str();
        let is_known = EVERY.iter().any(|(known, _)| *known == name)
            || class.own.contains(&name)
            || name == "unmapped";
        if !is_known {
            found.push(format!("{name} is no attribute of {}", class.name));
        }
        let profile = class.profiled.iter().find(|(known, _)| *known == name);
        if let Some((_, profile)) = profile
            && !profiles.is_some_and(|all| all.iter().any(|it| it == profile))
        {
            found.push(format!("{name} needs the profile {profile}"));
        }
        let fits = match name {
            "activity_id" | "category_uid" | "class_uid" | "severity_id" | "status_id" | "time"
            | "type_uid" => value.is_u64() || value.is_i64(),
            "actor" | "group" | "metadata" | "resource" | "unmapped" | "user" => value.is_object(),
            "privileges" => value
                .as_array()
                .is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string)),
            _ => value.is_string(),
        };
        if !fits {
            found.push(format!("{name} is of another type: {value}"));
        }
    }
    let of_every = EVERY.iter().filter(|(_, required)| *required);
    let required = of_every.map(|(name, _)| name).chain(class.required);
    let missing = required.filter(|name| record.get(**name).is_none());
    found.extend(missing.map(|name| format!("{name} is missing")));
    found
}

/// Whether numbers and names fit one another.
fn classification(class: &Contract, record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut same = |name: &str, expected: Value| {
        if record[name] != expected {
            found.push(format!("{name} is {}, not {expected}", record[name]));
        }
    };
    let activity = record["activity_id"].as_u64().unwrap_or_default();
    same("type_uid", (class.uid * 100 + activity).into());
    same("class_name", class.name.into());
    same("category_uid", class.category.0.into());
    same("category_name", class.category.1.into());
    let known = class.activities.iter().find(|(id, _)| *id == activity);
    let caption = known.map_or("Other", |known| known.1);
    same("type_name", format!("{}: {caption}", class.name).into());
    let activities: Vec<(u64, &str)> = [(0, "Unknown")]
        .into_iter()
        .chain(class.activities.iter().copied())
        .collect();
    found.extend(named(record, "activity_id", "activity_name", &activities));
    found.extend(named(record, "severity_id", "severity", &SEVERITIES));
    found.extend(named(record, "status_id", "status", &STATUSES));
    found
}

/// Whether an id is known and has its own name beside it; 99 takes any name.
fn named(value: &Value, id: &str, name: &str, known: &[(u64, &str)]) -> Option<String> {
    let (id, name) = (&value[id], &value[name]);
    let expected = known.iter().find(|(known, _)| *id == *known);
    let fits = match expected {
        Some((_, expected)) => *name == *expected,
        None => *id == 99 && name.as_str().is_some_and(|name| !name.is_empty()),
    };
    (!fits).then(|| format!("{id} is not called {name}"))
}

/// Whether an object, if it is there, is as the schema says.
fn shaped(name: &str, value: &Value, shape: &Shape) -> Vec<String> {
    let Some(object) = value.as_object() else {
        return Vec::new();
    };
    let unknown = object
        .keys()
        .filter(|key| !shape.known.contains(&key.as_str()));
    let mut found: Vec<String> = unknown
        .map(|key| format!("{name}.{key} is unknown"))
        .collect();
    let is_there = |key: &&&str| object.get(**key).is_some_and(|value| !value.is_null());
    let missing = shape.required.iter().filter(|key| !is_there(key));
    found.extend(missing.map(|key| format!("{name}.{key} is missing")));
    if !shape.one_of.is_empty() && !shape.one_of.iter().any(|key| is_there(&key)) {
        found.push(format!("{name} has none of {:?}", shape.one_of));
    }
    found
}
