//! Who may sign a webhook, and in which forms.

use pagerduty_client::webhook::{SIGNATURES_MAX, SignatureError, verify};
use secrecy::SecretString;

const BODY: &[u8] = br#"{"event":{"id":"01FIX"}}"#;
const SECRET: &str = "uQ1rT9c0Yk3b7hW5xZ2nV8mP4sD6fG0jL1aE9oI3uR7tY5wQ2zX4cB6vN8mK0hJ2";
/// Made by another implementation of HMAC-SHA256, as is the other.
const GOOD: &str = "v1=a5c4ca430c86075720d01da0ca99f8914b4771ab4b4dc8cd3a1cb515d7fca595";
/// Of the same body with `another secret`.
const OTHER: &str = "v1=767141cd83a0151c13b993ca8e6cb970576b9b0e5821974e3bb6319ac4d7bbc6";

fn secrets<const N: usize>(secrets: [&str; N]) -> Vec<SecretString> {
    secrets.into_iter().map(SecretString::from).collect()
}

#[test]
fn the_digest_is_the_one_of_rfc_4231() {
    let signature = "v1=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let body = b"what do ya want for nothing?";
    assert_eq!(verify(signature, body, &secrets(["Jefe"])), Ok(()));
}

#[test]
fn good_signatures_are_accepted_in_every_form() {
    let upper = format!("v1={}", GOOD[3..].to_uppercase());
    let cases = [
        ("alone", GOOD.to_owned()),
        ("first of two", format!("{GOOD},{OTHER}")),
        ("second of two", format!("{OTHER},{GOOD}")),
        ("with spaces", format!("  {OTHER} ,\t{GOOD} ")),
        ("beside a new version", format!("v2=00ff,{GOOD},v3=x")),
        ("beside nonsense", format!("v1=zz,,v1=,{GOOD}")),
        ("in capitals", upper),
    ];
    for (name, header) in cases {
        assert_eq!(verify(&header, BODY, &secrets([SECRET])), Ok(()), "{name}");
    }
}

#[test]
fn any_of_several_secrets_will_do() {
    let cases = [
        ("new first", secrets(["fresh", SECRET])),
        ("old first", secrets([SECRET, "fresh"])),
        ("an empty one beside", secrets(["", SECRET])),
    ];
    for (name, secrets) in cases {
        assert_eq!(verify(GOOD, BODY, &secrets), Ok(()), "{name}");
    }
}

#[test]
fn bad_signatures_are_refused_with_a_reason() {
    use SignatureError::{Absent, Malformed, Mismatch};
    let digits = &GOOD[3..];
    let mut flipped = GOOD.to_owned();
    flipped.replace_range(3..4, "b");
    let cases = [
        ("empty", String::new(), Absent),
        ("blank", " , ,".into(), Absent),
        ("version 2 only", format!("v2={digits}"), Absent),
        ("no version", digits.to_owned(), Absent),
        ("capital version", format!("V1={digits}"), Absent),
        ("space in the version", format!("v1 ={digits}"), Absent),
        ("no digits", "v1=".into(), Malformed),
        ("truncated", GOOD[..GOOD.len() - 2].into(), Malformed),
        ("odd length", GOOD[..GOOD.len() - 1].into(), Malformed),
        ("too long", format!("{GOOD}00"), Malformed),
        (
            "not hexadecimal",
            format!("v1={}", "g".repeat(64)),
            Malformed,
        ),
        ("not ASCII", format!("v1={}", "é".repeat(32)), Malformed),
        ("joined by semicolon", format!("{OTHER};{GOOD}"), Malformed),
        (
            "base64",
            "v1=pcTKQwyGB1cg0B2gypn4kUtHcatLTcjNOhy1Fdf8pZU=".into(),
            Malformed,
        ),
        ("one digit wrong", flipped, Mismatch),
        ("another secret", OTHER.into(), Mismatch),
        ("zeros", format!("v1={}", "0".repeat(64)), Mismatch),
    ];
    for (name, header, reason) in cases {
        let outcome = verify(&header, BODY, &secrets([SECRET]));
        assert_eq!(outcome, Err(reason), "{name}");
    }
}

#[test]
fn a_signature_belongs_to_one_body() {
    let mut longer = BODY.to_vec();
    longer.push(b'\n');
    let cases = [
        ("empty", &b""[..]),
        ("shorter", &BODY[..BODY.len() - 1]),
        ("longer", &longer),
        ("another", br#"{"event":{"id":"01FIY"}}"#),
        ("the same JSON", br#"{ "event": {"id":"01FIX"}}"#),
    ];
    for (name, body) in cases {
        let outcome = verify(GOOD, body, &secrets([SECRET]));
        assert_eq!(outcome, Err(SignatureError::Mismatch), "{name}");
    }
}

#[test]
fn without_a_secret_nothing_is_proven() {
    // HMAC-SHA256 of BODY with the empty key.
    let forged = "v1=bc5ab3fc23bdfab01bff6b8b728ddcb16e1d44ca6a61425de0651df4560272f0";
    for secrets in [secrets([]), secrets([""])] {
        assert_eq!(
            verify(forged, BODY, &secrets),
            Err(SignatureError::NoSecret)
        );
    }
}

#[test]
fn a_header_full_of_signatures_costs_no_more_than_a_few() {
    let fill = |before: usize| {
        let mut parts = vec![OTHER; before];
        parts.push(GOOD);
        parts.join(",")
    };
    let last = fill(SIGNATURES_MAX - 1);
    assert_eq!(verify(&last, BODY, &secrets([SECRET])), Ok(()));
    let beyond = fill(SIGNATURES_MAX);
    assert_eq!(
        verify(&beyond, BODY, &secrets([SECRET])),
        Err(SignatureError::Mismatch)
    );
}
