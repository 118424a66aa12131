//! Secrets that are read: remembered, read again, bridged while nobody answers, named in parts.

use super::*;
use crate::secrets::testing::{managed_by, secrets, secrets_of_nobody};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

fn file(text: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let reference = format!("file:{}", file.path().display());
    (file, reference)
}

#[tokio::test]
async fn a_rotated_secret_is_seen_when_it_is_read_again() {
    let secrets = secrets();
    let (file, reference) = file("one\n");
    let read = async |freshness| secrets.get(&reference, freshness).await.unwrap();
    assert_eq!(read(Freshness::Cached).await.expose_secret(), "one");
    std::fs::write(file.path(), "two").unwrap();
    assert_eq!(read(Freshness::Cached).await.expose_secret(), "one");
    assert_eq!(read(Freshness::Reread).await.expose_secret(), "two");
    assert_eq!(read(Freshness::Cached).await.expose_secret(), "two");
}

fn at(seconds: i64) -> Freshness {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    Freshness::Recent(noon + SignedDuration::from_secs(seconds))
}

#[tokio::test]
async fn what_proves_somebody_is_read_again_after_a_minute() {
    let secrets = secrets();
    let (file, reference) = file("one");
    let read = async |seconds| secrets.get(&reference, at(seconds)).await.unwrap();
    assert_eq!(read(0).await.expose_secret(), "one");
    std::fs::write(file.path(), "two").unwrap();
    assert_eq!(read(59).await.expose_secret(), "one");
    assert_eq!(read(60).await.expose_secret(), "two");
}

#[tokio::test]
async fn a_secret_that_is_gone_proves_nobody_and_is_asked_for_now_and_then() {
    let secrets = secrets();
    let (file, reference) = file("one");
    let is_read = async |seconds| secrets.get(&reference, at(seconds)).await.is_ok();
    assert!(is_read(0).await);
    std::fs::remove_file(file.path()).unwrap();
    assert!(!is_read(60).await, "gone, not out of reach");
    std::fs::write(file.path(), "two").unwrap();
    assert!(!is_read(69).await, "not asked for again yet");
    assert!(is_read(70).await);
}

#[test]
fn what_cannot_be_reached_is_bridged_for_fifteen_minutes() {
    let Freshness::Recent(noon) = at(0) else {
        unreachable!("it is recent");
    };
    let known = Remembered {
        text: Some(SecretString::from("one")),
        read_at: Some(noon),
        failed: None,
    };
    let unavailable = || SecretError::Unavailable {
        reference: "one".to_owned(),
        reason: "no network".to_owned(),
    };
    let denied = || SecretError::Denied {
        reference: "one".to_owned(),
    };
    for (seconds, error, expected) in [
        (60, unavailable(), true),
        (899, unavailable(), true),
        (900, unavailable(), false),
        (60, denied(), false),
    ] {
        let now = noon + SignedDuration::from_secs(seconds);
        let bridged = known.bridge(now, error);
        assert_eq!(bridged.is_ok(), expected, "{seconds}");
    }
    let never = Remembered::default();
    assert!(never.bridge(noon, unavailable()).is_err());
}

#[tokio::test]
async fn one_key_of_a_json_object_can_be_named() {
    let secrets = secrets();
    let (_file, reference) = file(r#"{"bot_token": "xyz", "number": 1}"#);
    let token = secrets
        .get(&format!("{reference}#bot_token"), Freshness::Cached)
        .await
        .unwrap();
    assert_eq!(token.expose_secret(), "xyz");
    for key in ["missing", "number"] {
        let error = secrets
            .get(&format!("{reference}#{key}"), Freshness::Cached)
            .await
            .unwrap_err();
        assert!(matches!(error, SecretError::NoSuchKey { .. }), "{error}");
        assert!(!error.to_string().contains("xyz"));
    }
}

#[tokio::test]
async fn what_is_missing_or_empty_says_so() {
    let secrets = secrets();
    let (_file, empty) = file("\n");
    assert!(matches!(
        secrets.get(&empty, Freshness::Cached).await,
        Err(SecretError::NoText { .. })
    ));
    assert!(matches!(
        secrets
            .get("file:/nonexistent/secret", Freshness::Cached)
            .await,
        Err(SecretError::NotFound { .. })
    ));
    assert!(matches!(
        secrets
            .get("env:ROTAKEY_NO_SUCH_VARIABLE", Freshness::Cached)
            .await,
        Err(SecretError::NotFound { .. })
    ));
}

#[tokio::test]
async fn what_went_wrong_is_said_in_one_line_without_dumps() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(400).set_body_raw(
        r#"{"__type": "StrangeException"}"#,
        "application/x-amz-json-1.1",
    );
    let any = Mock::given(matchers::any()).respond_with(answer);
    any.mount(&server).await;
    let read = async |secrets: Secrets| {
        let read = secrets.get("rotakey/key", Freshness::Cached).await;
        read.unwrap_err()
    };
    let strange = read(managed_by(&server)).await;
    let nobody = read(secrets_of_nobody()).await;
    assert!(
        matches!(nobody, SecretError::NoCredentials { .. }),
        "{nobody}"
    );
    assert!(
        matches!(strange, SecretError::Unavailable { .. }),
        "{strange}"
    );
    for (error, word) in [
        (nobody, "nobody is signed in"),
        (strange, "StrangeException"),
    ] {
        let said = error.to_string();
        assert!(said.contains(word), "{said}");
        assert!(said.len() < 300 && !said.contains('\n'), "{said}");
        assert!(!said.contains("ServiceError"), "{said}");
    }
}
