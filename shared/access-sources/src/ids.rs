//! PagerDuty's ids cross from the client's types to the domain's and back.

use access_core::ports::ReadError;
use std::fmt::Display;
use std::str::FromStr;

/// An id of an answer as the domain knows it.
///
/// # Errors
/// [`ReadError::Malformed`] when it holds what no id of PagerDuty does.
pub(crate) fn ours<I>(id: &impl Display) -> Result<I, ReadError>
where
    I: FromStr<Err = access_core::id::IdError>,
{
    let text = id.to_string();
    text.parse()
        .map_err(|error: access_core::id::IdError| ReadError::Malformed(error.to_string()))
}

/// An id of the configuration as it can be asked for; `None` if it could never stand in a URL.
pub(crate) fn theirs<I>(id: &impl Display) -> Option<I>
where
    I: FromStr<Err = pagerduty_client::IdError>,
{
    id.to_string().parse().ok()
}
