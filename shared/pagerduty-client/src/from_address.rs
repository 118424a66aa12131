//! In whose name a change is made, for the operations that ask for it in a `From` header.

use std::fmt;

use reqwest::header::HeaderValue;

/// The text is no e-mail address, or cannot stand in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of an author must be an e-mail address in ASCII")]
pub struct FromAddressError;

/// The login e-mail address of a user of the account, whom PagerDuty records as the author of a change.
///
/// An address is a person's: it appears in no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct FromAddress(HeaderValue);

impl FromAddress {
    /// Reads an address. Only what a header cannot hold is refused; whether there is such a user PagerDuty says.
    ///
    /// # Errors
    /// [`FromAddressError`] for anything without `@`, with white space or beyond ASCII.
    pub fn parse(text: &str) -> Result<Self, FromAddressError> {
        let is_address = text.contains('@') && text.bytes().all(|byte| byte.is_ascii_graphic());
        let header = HeaderValue::from_str(text).ok().filter(|_| is_address);
        let mut header = header.ok_or(FromAddressError)?;
        header.set_sensitive(true);
        Ok(Self(header))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for FromAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromAddress").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_header_cannot_hold_is_no_author() {
        for bad in [
            "",
            "jo",
            "jo @acme.example",
            "jo@acme.example\r\nX: 1",
            "jö@acme.example",
        ] {
            assert_eq!(FromAddress::parse(bad), Err(FromAddressError), "{bad:?}");
        }
        let good = FromAddress::parse("jo@acme.example").unwrap();
        assert_eq!(format!("{good:?}"), "FromAddress { .. }");
    }
}
