//! Who may sign a request, in which form and when.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use slack_client::{Proof, SIGNATURE_WINDOW, SignatureError, verify};

const BODY: &[u8] = b"token=xyz&team_id=T1&command=%2Faccess&text=payments+2h";
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SIGNED_AT: &str = "1795341600";
/// Made by another implementation of HMAC-SHA256, as are the others.
const GOOD: &str = "v0=02ddb50d0ec8696fb0d21cdd5d76f42a424e2f86884e7fc9aac6b97e5a2701c8";
/// Of the same request with `another secret`.
const OTHER: &str = "v0=aeb6c3de238b87d9332b1f4d0fdf7567fa007c094f3c50ac315f1010ad8bee4f";
/// Of the same request with the empty secret.
const FORGED: &str = "v0=63e94de11edbc0a64749e8c75301ada0d0b2b5cf107c59930bf01473d65bcdfa";

fn secrets<const N: usize>(secrets: [&str; N]) -> Vec<SecretString> {
    secrets.into_iter().map(SecretString::from).collect()
}

fn signed_at() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn proof<'h>(timestamp: &'h str, signature: &'h str) -> Proof<'h> {
    Proof {
        timestamp,
        signature,
    }
}

#[test]
fn the_vendors_own_example_verifies() {
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
        &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
        &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands\
        %2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let now = Timestamp::from_second(1_531_420_618).unwrap();
    let outcome = verify(
        proof("1531420618", signature),
        body,
        &secrets([SECRET]),
        now,
    );
    assert_eq!(outcome, Ok(()));
}

#[test]
fn good_signatures_are_accepted() {
    let upper = format!("v0={}", GOOD[3..].to_uppercase());
    let cases = [
        ("as sent", GOOD, secrets([SECRET])),
        ("in capitals", &upper, secrets([SECRET])),
        ("new secret first", GOOD, secrets(["fresh", SECRET])),
        ("old secret first", GOOD, secrets([SECRET, "fresh"])),
        ("an empty secret beside", GOOD, secrets(["", SECRET])),
        ("the other secret", OTHER, secrets(["another secret"])),
    ];
    for (name, signature, secrets) in cases {
        let outcome = verify(proof(SIGNED_AT, signature), BODY, &secrets, signed_at());
        assert_eq!(outcome, Ok(()), "{name}");
    }
}

#[test]
fn bad_signatures_are_refused_with_a_reason() {
    use SignatureError::{Absent, Malformed, Mismatch};
    let mut flipped = GOOD.to_owned();
    flipped.replace_range(3..4, "1");
    let digits = &GOOD[3..];
    let (next, capital) = (format!("v1={digits}"), format!("V0={digits}"));
    let (long, letters) = (format!("{GOOD}00"), format!("v0={}", "g".repeat(64)));
    let (umlauts, zeros) = (
        format!("v0={}", "ä".repeat(32)),
        format!("v0={}", "0".repeat(64)),
    );
    let many = "1".repeat(40);
    let cases = [
        ("no signature", SIGNED_AT, "", Absent),
        ("no time", "", GOOD, Absent),
        ("neither", "", "", Absent),
        ("no version", SIGNED_AT, digits, Malformed),
        ("another version", SIGNED_AT, &next, Malformed),
        ("capital version", SIGNED_AT, &capital, Malformed),
        ("no digits", SIGNED_AT, "v0=", Malformed),
        ("truncated", SIGNED_AT, &GOOD[..GOOD.len() - 2], Malformed),
        ("odd length", SIGNED_AT, &GOOD[..GOOD.len() - 1], Malformed),
        ("too long", SIGNED_AT, &long, Malformed),
        ("not hexadecimal", SIGNED_AT, &letters, Malformed),
        ("not ASCII", SIGNED_AT, &umlauts, Malformed),
        ("time in words", "2026-11-22T10:00:00Z", GOOD, Malformed),
        ("time with a sign", "+1795341600", GOOD, Malformed),
        ("time before 1970", "-1795341600", GOOD, Malformed),
        ("time with a fraction", "1795341600.5", GOOD, Malformed),
        ("time with a blank", " 1795341600", GOOD, Malformed),
        ("endless time", &many, GOOD, Malformed),
        ("one digit wrong", SIGNED_AT, &flipped, Mismatch),
        ("another secret", SIGNED_AT, OTHER, Mismatch),
        ("zeros", SIGNED_AT, &zeros, Mismatch),
        ("another time", "1795341601", GOOD, Mismatch),
        (
            "the same time in other digits",
            "01795341600",
            GOOD,
            Mismatch,
        ),
    ];
    for (name, timestamp, signature, reason) in cases {
        let outcome = verify(
            proof(timestamp, signature),
            BODY,
            &secrets([SECRET]),
            signed_at(),
        );
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
        (
            "decoded",
            b"token=xyz&team_id=T1&command=/access&text=payments 2h",
        ),
        ("not UTF-8", &[0xff, 0xfe]),
    ];
    for (name, body) in cases {
        let outcome = verify(
            proof(SIGNED_AT, GOOD),
            body,
            &secrets([SECRET]),
            signed_at(),
        );
        assert_eq!(outcome, Err(SignatureError::Mismatch), "{name}");
    }
}

#[test]
fn a_signature_holds_for_five_minutes_either_way() {
    let millisecond = SignedDuration::from_millis(1);
    let cases = [
        ("at once", SignedDuration::ZERO, true),
        ("at the end", SIGNATURE_WINDOW, true),
        ("past the end", SIGNATURE_WINDOW + millisecond, false),
        ("ahead", -SIGNATURE_WINDOW, true),
        ("too far ahead", -SIGNATURE_WINDOW - millisecond, false),
        ("next day", SignedDuration::from_hours(24), false),
    ];
    for (name, later, holds) in cases {
        let outcome = verify(
            proof(SIGNED_AT, GOOD),
            BODY,
            &secrets([SECRET]),
            signed_at() + later,
        );
        let expected = if holds {
            Ok(())
        } else {
            Err(SignatureError::Stale)
        };
        assert_eq!(outcome, expected, "{name}");
    }
    let far = verify(
        proof("99999999999", GOOD),
        BODY,
        &secrets([SECRET]),
        signed_at(),
    );
    assert_eq!(far, Err(SignatureError::Stale));
}

#[test]
fn without_a_secret_nothing_is_proven() {
    for secrets in [secrets([]), secrets([""])] {
        let outcome = verify(proof(SIGNED_AT, FORGED), BODY, &secrets, signed_at());
        assert_eq!(outcome, Err(SignatureError::NoSecret));
    }
}
