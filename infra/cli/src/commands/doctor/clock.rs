//! This machine's clock, compared with the time that PagerDuty puts on its answers.

use super::code::Code;
use super::finding::Finding;
use super::site::Site;
use crate::show::span;
use access_sources::Reads;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::DATE;
use reqwest::redirect;
use std::time::{Duration, Instant};
use url::Url;

/// A second is lost in the answer, and a few on the way.
const OFF: SignedDuration = SignedDuration::from_secs(30);

/// Slack's signatures are good for so long.
const FAR_OFF: SignedDuration = SignedDuration::from_mins(5);

/// One answer, with or without proof of who asks.
const TIMEOUT: Duration = Duration::from_secs(10);

static PARSER: DateTimeParser = DateTimeParser::new();

/// How far this machine's clock is ahead of PagerDuty's.
///
/// # Errors
/// In words, when no account's host tells the time.
pub(super) async fn gather(site: &Site<'_>) -> Result<Option<SignedDuration>, String> {
    let mut failure = None;
    for account in site.config().pagerduty.values() {
        let read = match site.systems.pagerduty(account, Reads::Rota) {
            Ok(source) => ahead(source.client().instance().api_url()).await,
            Err(reason) => Err(reason),
        };
        match read {
            Ok(ahead) => return Ok(Some(ahead)),
            Err(reason) => failure = Some(reason),
        }
    }
    failure.map_or(Ok(None), Err)
}

/// Asks for anything: the refusal of somebody unknown has a time on it as well.
async fn ahead(api: &Url) -> Result<SignedDuration, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("rotakey/", env!("CARGO_PKG_VERSION")));
    if api.scheme() == "http" {
        // Reading the machine's root certificates takes longer than all else together; stand-ins need none.
        builder = builder.tls_certs_only([]);
    }
    let http = builder.build().map_err(|error| error.to_string())?;
    let url = api.join("abilities").map_err(|error| error.to_string())?;
    let (sent_at, began) = (function_kit::now(), Instant::now());
    let answer = http.get(url).send().await;
    let answer = answer.map_err(|error| error.without_url().to_string())?;
    let half_way = began.elapsed() / 2;
    let date = answer.headers().get(DATE);
    let date = date.and_then(|date| PARSER.parse_timestamp(date.as_bytes()).ok());
    let theirs = date.ok_or("the answer has no time on it")?;
    let ours = sent_at + SignedDuration::try_from(half_way).unwrap_or_default();
    Ok(difference(ours, theirs))
}

/// PagerDuty's time is cut to the second: the middle of that second is taken.
fn difference(ours: Timestamp, theirs: Timestamp) -> SignedDuration {
    ours.duration_since(theirs) - SignedDuration::from_millis(500)
}

/// Whether the clock will do.
pub(super) fn judge(ahead: &Result<Option<SignedDuration>, String>) -> Option<Finding> {
    let place = "this machine";
    let ahead = match ahead {
        Ok(ahead) => (*ahead)?,
        Err(reason) => {
            let what = format!("the clock could not be compared with PagerDuty's: {reason}");
            return Some(Finding::new(Code::ClockUnread, place, what));
        }
    };
    let code = match ahead.abs() {
        off if off > FAR_OFF => Code::ClockFarOff,
        off if off > OFF => Code::ClockOff,
        _ => return None,
    };
    let way = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    let what = format!("the clock is {} {way} PagerDuty's", span(ahead));
    Some(Finding::new(code, place, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_judged_by_how_far_they_are_off() {
        for (seconds, expected) in [
            (0, None),
            (30, None),
            (-30, None),
            (31, Some((Code::ClockOff, "31 s ahead of"))),
            (-300, Some((Code::ClockOff, "5 min behind"))),
            (-301, Some((Code::ClockFarOff, "5 min 1 s behind"))),
            (86_400, Some((Code::ClockFarOff, "1 d ahead of"))),
        ] {
            let ahead = Ok(Some(SignedDuration::from_secs(seconds)));
            let found = judge(&ahead);
            let code = found.as_ref().map(|finding| finding.code);
            assert_eq!(code, expected.map(|(code, _)| code), "{seconds}");
            if let (Some(found), Some((_, words))) = (found, expected) {
                assert!(found.what.contains(words), "{}", found.what);
            }
        }
        assert_eq!(judge(&Ok(None)), None, "nobody to compare with");
        let unread = judge(&Err("no connection".to_owned())).unwrap();
        assert_eq!(unread.code, Code::ClockUnread);
    }

    #[test]
    fn the_date_of_an_answer_is_read_as_http_writes_it() {
        let date = b"Sun, 22 Nov 2026 12:00:00 GMT";
        let theirs = PARSER.parse_timestamp(date).unwrap();
        let ours: Timestamp = "2026-11-22T12:00:10.5Z".parse().unwrap();
        assert_eq!(difference(ours, theirs), SignedDuration::from_secs(10));
    }
}
