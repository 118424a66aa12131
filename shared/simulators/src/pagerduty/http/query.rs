//! The query of a request, as PagerDuty reads it: repeated `key[]`, flags, instants.

use axum::http::StatusCode;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use url::form_urlencoded;

use super::problem::Problem;

/// Decoded pairs in the order they came.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(raw: &str) -> Self {
        Self(
            form_urlencoded::parse(raw.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    pub(super) fn one(&self, key: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a repeated parameter; pass the key with its `[]`.
    pub(super) fn all(&self, key: &str) -> Vec<&str> {
        let pairs = self.0.iter().filter(|(name, _)| name == key);
        pairs.map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.one(key) == Some("true")
    }

    pub(super) fn includes(&self, what: &str) -> bool {
        self.all("include[]").contains(&what)
    }

    /// Whether a set filter lets any of these values through; an absent one lets all.
    pub(super) fn allows<'a>(&self, key: &str, values: impl IntoIterator<Item = &'a str>) -> bool {
        let wanted = self.all(key);
        wanted.is_empty() || values.into_iter().any(|value| wanted.contains(&value))
    }

    /// Whether `query` is a part of any of these texts, whatever the case.
    pub(super) fn matches(&self, texts: &[&str]) -> bool {
        let Some(part) = self.one("query") else {
            return true;
        };
        let part = part.to_lowercase();
        texts.iter().any(|text| text.to_lowercase().contains(&part))
    }

    /// The zone asked for, else `default`.
    pub(super) fn time_zone(&self, default: &TimeZone) -> Result<TimeZone, Problem> {
        match self.one("time_zone") {
            None => Ok(default.clone()),
            Some(name) => {
                TimeZone::get(name).map_err(|_| Problem::invalid("time_zone must be an IANA name"))
            }
        }
    }

    /// An instant; without an offset it is civil time in `zone`.
    pub(super) fn time(&self, key: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Problem> {
        self.one(key)
            .map(|text| parse_time(text, zone).ok_or_else(|| bad_time(key)))
            .transpose()
    }

    /// `since` and `until` where both are required.
    pub(super) fn window(&self, zone: &TimeZone) -> Result<(Timestamp, Timestamp), Problem> {
        match (self.time("since", zone)?, self.time("until", zone)?) {
            (Some(since), Some(until)) => ordered(since, until),
            (None, _) => Err(missing("since")),
            (_, None) => Err(missing("until")),
        }
    }
}

/// Refuses a window that ends before it starts.
pub(super) fn ordered(
    since: Timestamp,
    until: Timestamp,
) -> Result<(Timestamp, Timestamp), Problem> {
    if until < since {
        let problem = Problem::new(StatusCode::BAD_REQUEST, 2005, "Invalid Query Date Range");
        return Err(problem.about("until", "until must not be before since"));
    }
    Ok((since, until))
}

/// An ISO 8601 date and time; without an offset it is civil time in `zone`.
pub(super) fn parse_time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let with_offset = text.parse::<Timestamp>().ok();
    with_offset.or_else(|| {
        let civil: civil::DateTime = text.parse().ok()?;
        civil
            .to_zoned(zone.clone())
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

fn bad_time(key: &str) -> Problem {
    let message = "Invalid 'since' or 'until' Parameter Values";
    let problem = Problem::new(StatusCode::BAD_REQUEST, 2004, message);
    problem.about(key, format!("{key} must be an ISO 8601 time"))
}

fn missing(key: &str) -> Problem {
    let problem = Problem::new(StatusCode::BAD_REQUEST, 2003, "Missing Arguments");
    problem.about(key, format!("{key} is required"))
}
