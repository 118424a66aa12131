//! People as Rotakey knows them: one lower-case e-mail address each.

use crate::id::derived;
use newtype_uuid::{TypedUuid, TypedUuidKind, TypedUuidTag};
use std::{fmt, str::FromStr, sync::Arc};

/// A person or service account, keyed by lower-case e-mail address.
///
/// Two spellings of one address that differ only in case are the same principal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Principal(Arc<str>);

/// The kind of [`PrincipalId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {}

impl TypedUuidKind for PrincipalKind {
    fn tag() -> TypedUuidTag {
        const TAG: TypedUuidTag = TypedUuidTag::new("principal");
        TAG
    }
}

/// A principal without the address: what logs carry.
pub type PrincipalId = TypedUuid<PrincipalKind>;

/// The text is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an e-mail address")]
pub struct NotAnEmail(pub String);

impl Principal {
    /// Takes an address in any case; surrounding white space is ignored.
    ///
    /// # Errors
    /// [`NotAnEmail`] unless it is `local@domain`, at most 254 bytes (RFC 5321), without white space or control characters.
    pub fn new(address: impl AsRef<str>) -> Result<Self, NotAnEmail> {
        let given = address.as_ref();
        let address = given.trim().to_lowercase();
        let parts = address.split_once('@');
        let whole = parts.is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
        if !whole
            || address.len() > 254
            || address.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            return Err(NotAnEmail(given.to_owned()));
        }
        Ok(Self(address.into()))
    }

    /// The lower-case address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.0
    }

    /// A stable id that does not show the address.
    #[must_use]
    pub fn id(&self) -> PrincipalId {
        derived(&["principal", &self.0])
    }
}

impl TryFrom<String> for Principal {
    type Error = NotAnEmail;
    fn try_from(text: String) -> Result<Self, NotAnEmail> {
        Self::new(text)
    }
}

impl FromStr for Principal {
    type Err = NotAnEmail;
    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        Self::new(text)
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> String {
        principal.0.as_ref().to_owned()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case() {
        assert_eq!(
            Principal::new(" Grace@ACME.example ").unwrap(),
            Principal::new("grace@acme.example").unwrap()
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "grace",
            "@acme.example",
            "grace@",
            "a@b@c",
            "gra ce@acme.example",
        ] {
            assert!(Principal::new(text).is_err(), "{text}");
        }
    }
}
