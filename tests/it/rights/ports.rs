//! What each port of the store does to the table. The tour shows that all of it is true, and nothing missing: see
//! [`of_ports`](super::code::of_ports).

use super::right::Right;

/// Ports by the names of their methods; an action and a kind of partition each.
const PORTS: &[(&str, &[&str])] = &[
    // configuration
    ("latest_config", &["Query CONFIG"]),
    // lease
    ("acquire", &["UpdateItem LEASE"]),
    ("keep", &["UpdateItem LEASE"]),
    ("release", &["UpdateItem LEASE"]),
    ("last_tick", &["GetItem LEASE"]),
    // rota
    ("rotas", &["Query ROTAS", "Query ROTA#*"]),
    (
        "save_rota",
        &[
            "GetItem ROTAS",
            "PutItem ROTAS",
            "PutItem ROTA#*",
            "UpdateItem ROTA#*",
            FENCE,
        ],
    ),
    // bindings
    ("bindings", &["Query BINDINGS"]),
    ("save_binding", &["PutItem BINDINGS", FENCE]),
    ("drop_binding", &["DeleteItem BINDINGS", FENCE]),
    // memberships
    ("records", &["Query RECORDS#*"]),
    (
        "begin",
        &[
            "Query RECORDS#*",
            "PutItem RECORDS#*",
            "DeleteItem RECORDS#*",
            "PutItem JOURNAL#*",
            "PutItem OUTBOX",
            FENCE,
        ],
    ),
    (
        "finish",
        &[
            "PutItem RECORDS#*",
            "DeleteItem RECORDS#*",
            "PutItem JOURNAL#*",
            "PutItem OUTBOX",
            FENCE,
        ],
    ),
    ("fail", &["PutItem JOURNAL#*", "PutItem OUTBOX", FENCE]),
    // held plans
    ("held", &["Query HELD"]),
    (
        "hold",
        &[
            "GetItem HELD",
            "Query HELD",
            "PutItem HELD",
            "UpdateItem HELD",
            "DeleteItem HELD",
            FENCE,
        ],
    ),
    (
        "let_go",
        &[
            "GetItem HELD",
            "Query HELD",
            "UpdateItem HELD",
            "PutItem OUTBOX",
        ],
    ),
    (
        "close",
        &["GetItem HELD", "Query HELD", "DeleteItem HELD", FENCE],
    ),
    // events and the trail
    ("unsent", &["Query OUTBOX"]),
    ("post", &["PutItem OUTBOX"]),
    ("sent", &["DeleteItem OUTBOX"]),
    ("head", &["GetItem AUDITS"]),
    ("sealed", &["GetItem AUDIT#*"]),
    ("append", &["PutItem AUDITS", "PutItem AUDIT#*"]),
    // incidents
    ("incidents", &["Query INCIDENTS"]),
    ("incident", &["GetItem INCIDENTS"]),
    (
        "see",
        &[
            "GetItem INCIDENTS",
            "PutItem INCIDENTS",
            "UpdateItem INCIDENTS",
        ],
    ),
    (
        "forget_incident",
        &["GetItem INCIDENTS", "DeleteItem INCIDENTS"],
    ),
    ("known_people", &["Query PEOPLE"]),
    ("keep_people", &["PutItem PEOPLE"]),
    ("forget_people", &["DeleteItem PEOPLE"]),
    // webhooks
    ("is_delivered", &["GetItem DELIVERY#*"]),
    ("keep_delivery", &["UpdateItem DELIVERY#*"]),
    ("keep_ping", &["UpdateItem PING#*"]),
    // requests and grants
    ("request", &["GetItem REQUEST#*"]),
    // A damaged copy is read from its item.
    ("requests", &["Query PENDING", "GetItem REQUEST#*"]),
    ("grant", &["GetItem GRANT#*"]),
    ("current_grants", &["Query GRANTS", "GetItem GRANT#*"]),
    ("live_grants", &["Query GRANTS", "GetItem GRANT#*"]),
    ("grants_of", &["Query gsi1 HOLDER#*"]),
    ("unreviewed", &["Query REVIEWS", "GetItem GRANT#*"]),
    (
        "take",
        &[
            "PutItem REQUEST#*",
            "PutItem REQUESTS#*",
            "PutItem PENDING",
            "DeleteItem PENDING",
            "PutItem GRANT#*",
            "PutItem GRANTS",
            "DeleteItem GRANTS",
            "PutItem REVIEWS",
            "DeleteItem REVIEWS",
            "PutItem OUTBOX",
        ],
    ),
    // A key is kept with the request that is made by it.
    ("by_key", &["GetItem ASKEDKEY#*", "PutItem ASKEDKEY#*"]),
    // chat messages
    ("cards", &["Query CARDS#*"]),
    ("keep_card", &["PutItem CARDS#*"]),
    ("claim_card", &["PutItem CARDS#*"]),
    ("let_card_go", &["PutItem CARDS#*"]),
];

/// What every write under a lease checks.
const FENCE: &str = "ConditionCheckItem LEASE";

/// One port that reads elsewhere by what it is given: the text of the choice, and what it does.
pub(super) const CHOICES: &[(&str, &[&str])] = &[
    ("RequestFilter::Group", &["Query REQUESTS#*"]),
    ("RequestFilter::By", &["Query gsi1 ASKED#*"]),
];

/// Use cases of the domain that call ports themselves, and which.
pub(super) const USE_CASES: &[(&str, &[&str])] = &[
    ("known_rotas", &["last_tick", "rotas"]),
    ("add_known_incidents", &["incidents", "known_people"]),
    ("flush", &["unsent", "sealed", "head", "append", "sent"]),
    ("carry_out", &["begin", "finish", "fail"]),
    ("requests_that_wait", &["requests", "unreviewed", "request"]),
];

/// What a port or a choice does; `None`: nobody wrote it down.
pub(super) fn does(name: &str) -> Option<Vec<Right>> {
    let mut all = PORTS.iter().chain(CHOICES);
    let (_, does) = all.find(|(known, _)| *known == name)?;
    let right = |text: &&str| {
        let (operation, on) = text.split_once(' ').expect("an operation and a kind");
        Right::new(format!("dynamodb:{operation}"), on)
    };
    Some(does.iter().map(right).collect())
}
