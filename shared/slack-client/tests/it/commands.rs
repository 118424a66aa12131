//! Slash commands as Slack posts them, and bodies that it would not post.

use slack_client::{BODY_BYTES_MAX, PayloadError, SlashCommand, parse_command};

const FIELDS: [(&str, &str); 13] = [
    ("token", "deprecated"),
    ("api_app_id", "A1"),
    ("team_id", "T1"),
    ("team_domain", "acme"),
    ("enterprise_id", "E1"),
    ("channel_id", "C1"),
    ("channel_name", "directmessage"),
    ("user_id", "U1"),
    ("user_name", "ada"),
    ("command", "/access"),
    ("text", "payments-prod-admin 2h fixing refunds & more"),
    ("response_url", "https://hooks.slack.com/commands/T1/2/x"),
    ("trigger_id", "1.2.abc"),
];

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish().into_bytes()
}

/// The command with one field set to something else.
fn with(name: &str, value: &str) -> Result<SlashCommand, PayloadError> {
    let fields = FIELDS.map(|field| {
        if field.0 == name {
            (name, value)
        } else {
            field
        }
    });
    parse_command(&form(&fields))
}

fn without(name: &str) -> Result<SlashCommand, PayloadError> {
    let fields: Vec<_> = FIELDS.into_iter().filter(|field| field.0 != name).collect();
    parse_command(&form(&fields))
}

#[test]
fn a_command_is_read_and_the_rest_is_tolerated() {
    let mut fields = FIELDS.to_vec();
    fields.extend([("a_field_of_tomorrow", "x"), ("a_field_of_tomorrow", "y")]);
    let command = parse_command(&form(&fields)).unwrap();
    assert_eq!(command.sender.user.as_str(), "U1");
    assert_eq!(command.sender.team.unwrap().as_str(), "T1");
    assert_eq!(command.sender.enterprise.unwrap().as_str(), "E1");
    assert_eq!(command.sender.app.unwrap().as_str(), "A1");
    assert_eq!(command.channel.as_str(), "C1");
    assert_eq!(command.command, "/access");
    assert_eq!(command.text, "payments-prod-admin 2h fixing refunds & more");
    assert_eq!(command.trigger.as_str(), "1.2.abc");
}

#[test]
fn what_may_be_absent_may_be_absent() {
    assert_eq!(without("text").unwrap().text, "");
    assert_eq!(without("enterprise_id").unwrap().sender.enterprise, None);
    assert_eq!(with("enterprise_id", "").unwrap().sender.enterprise, None);
    assert_eq!(without("api_app_id").unwrap().sender.app, None);
    assert_eq!(with("channel_id", "D1").unwrap().channel.as_str(), "D1");
}

#[test]
fn what_must_be_there_must_be_there_once_and_be_what_it_is() {
    let required = [
        "user_id",
        "team_id",
        "channel_id",
        "command",
        "trigger_id",
        "response_url",
    ];
    for name in required {
        let missing = Err(PayloadError::Missing(name));
        assert_eq!(without(name), missing, "{name} absent");
        assert_eq!(with(name, ""), missing, "{name} empty");
        let mut twice = FIELDS.to_vec();
        twice.push((name, "U2"));
        let repeated = Err(PayloadError::Repeated(name));
        assert_eq!(parse_command(&form(&twice)), repeated, "{name} twice");
    }
    let long = format!("1.2.{}", "a".repeat(300));
    let invalid = [
        ("user_id", "ada"),
        ("user_id", "U1,U2"),
        ("user_id", "U1\n"),
        ("team_id", "U1"),
        ("channel_id", "general"),
        ("enterprise_id", "T1"),
        ("api_app_id", "x"),
        ("trigger_id", "1 2"),
        ("trigger_id", &long),
        ("response_url", "hooks.slack.com"),
        ("response_url", "file:///etc/passwd"),
    ];
    for (name, value) in invalid {
        let expected = Err(PayloadError::Invalid(name));
        assert_eq!(with(name, value), expected, "{name}={value}");
    }
}

#[test]
fn bodies_that_are_no_form_are_refused() {
    let missing = Err(PayloadError::Missing("user_id"));
    let cases = [
        ("empty", &b""[..], missing.clone()),
        ("JSON", br#"{"user_id":"U1"}"#, missing.clone()),
        ("no UTF-8", b"\xff\xfe\x00=\x80", missing.clone()),
        ("only separators", b"&&&=&=&", missing.clone()),
        (
            "no UTF-8 in an id",
            b"user_id=U1%ff",
            Err(PayloadError::Invalid("user_id")),
        ),
        (
            "half an escape",
            b"user_id=U1%4",
            Err(PayloadError::Invalid("user_id")),
        ),
    ];
    for (name, body, expected) in cases {
        assert_eq!(parse_command(body), expected, "{name}");
    }
    let huge = vec![b'a'; BODY_BYTES_MAX + 1];
    assert_eq!(parse_command(&huge), Err(PayloadError::TooLarge));
    assert_eq!(parse_command(&huge[1..]), missing);
}

#[test]
fn nothing_printed_lets_others_act() {
    let printed = format!("{:?}", parse_command(&form(&FIELDS)).unwrap());
    for secret in ["1.2.abc", "hooks.slack.com"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    let refused = with("response_url", "https//secret").unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("secret"));
}
