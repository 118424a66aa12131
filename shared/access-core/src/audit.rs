//! The audit trail: every event, in the order in which it was sealed, in a chain that shows what was done to it since.
//!
//! Each stream is a chain of its own: an entry's hash covers its contents and the hash of the entry before. Nothing can
//! be changed, taken out, put in or moved without a hash that no longer fits; what is missing at the end is missed by
//! the stream's [`Head`], which is kept apart and can be noted down elsewhere.

mod canonical;
mod detail;
mod hash;
mod seal;
mod stream;
#[cfg(test)]
mod tests;
mod verify;

pub use hash::{Hash, NotAHash};
pub use seal::{keep, seal};
pub use stream::{NotAStream, StreamName};
pub use verify::{Damage, verify};

use crate::event::{Event, NotAnEvent};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One event in its stream, as it was sealed.
///
/// The event is kept as the JSON that the bus carried: an entry must read and hash the same long after the types of this
/// program went on. [`Entry::event`] reads it.
///
/// What is read has these fields, each once, and so has every object in the detail: a hash covers nothing else, and what it
/// does not cover must not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The chain that it is in.
    pub stream: StreamName,
    /// Its number there, from 1 without gaps.
    pub seq: u64,
    /// When the event happened.
    pub at: Timestamp,
    /// The event's key in the outbox and on the bus: a stream holds each once.
    pub key: String,
    /// As on the bus, such as `Access Approved`.
    pub detail_type: String,
    /// As on the bus.
    #[serde(deserialize_with = "detail::read")]
    pub detail: serde_json::Value,
    /// The hash of the entry before; [`Hash::NONE`] in the first.
    pub previous: Hash,
    /// SHA-256 of everything above; [`Entry::computed`] says how.
    pub hash: Hash,
}

/// The end of a stream: what `seq` and `hash` its last entry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The last entry's number.
    pub seq: u64,
    /// The last entry's hash.
    pub hash: Hash,
}

impl Entry {
    /// What `hash` must be: SHA-256 over the parts below, each preceded by its length in bytes as eight bytes, the most
    /// significant first.
    ///
    /// 1. `rotakey-audit-1`
    /// 2. the stream, as `group/NAME` or `system`
    /// 3. `seq` in decimal digits
    /// 4. `at` in UTC with nine decimals, as `2026-11-22T12:00:00.000000000Z`
    /// 5. the key
    /// 6. the detail type
    /// 7. the detail as JSON without white space, the keys of every object in the order of their UTF-8 bytes, and of text
    ///    only what JSON demands escaped
    /// 8. `previous` in lower-case hexadecimal digits
    #[must_use]
    pub fn computed(&self) -> Hash {
        canonical::hash(self)
    }

    /// The event that it tells of.
    ///
    /// # Errors
    /// [`NotAnEvent`] for one that this program does not know.
    pub fn event(&self) -> Result<Event, NotAnEvent> {
        Event::read(&self.detail_type, self.detail.clone())
    }

    /// The end of the stream while this is its last entry.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            hash: self.hash,
        }
    }
}
