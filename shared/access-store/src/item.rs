//! Items as they are written and read: keys, layout number, and a domain value as JSON.

use crate::key::Key;
use crate::schema::{INDEX_PARTITION, INDEX_SORT, PARTITION, SORT};
use access_core::ports::StoreError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// The layout of items: raised when an older program could misread what a newer one writes.
pub(crate) const LAYOUT: u64 = 1;

pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A text attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A whole number.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A domain value as JSON text.
pub(crate) fn json(value: &impl Serialize) -> AttributeValue {
    text(
        serde_json::to_string(value)
            .expect("domain values hold only texts, numbers, lists and maps with text keys"),
    )
}

/// The key attributes of an item.
pub(crate) fn key_attributes(key: &Key) -> Attributes {
    HashMap::from([
        (PARTITION.to_owned(), text(&key.pk)),
        (SORT.to_owned(), text(&key.sk)),
    ])
}

/// An item to write.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) attributes: Attributes,
}

impl Item {
    /// An item that holds one domain value.
    pub(crate) fn new(key: Key, body: &impl Serialize) -> Self {
        Self::bare(key).with("body", json(body))
    }

    /// An item without a body.
    pub(crate) fn bare(key: Key) -> Self {
        let mut attributes = key_attributes(&key);
        attributes.insert("v".to_owned(), number(LAYOUT));
        Self { key, attributes }
    }

    /// One more attribute.
    pub(crate) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.attributes.insert(name.to_owned(), value);
        self
    }

    /// One more binary attribute.
    pub(crate) fn with_bytes(self, name: &str, bytes: Vec<u8>) -> Self {
        self.with(name, AttributeValue::B(Blob::new(bytes)))
    }

    /// A place in the index.
    pub(crate) fn indexed(self, place: Key) -> Self {
        let Key { pk, sk } = place;
        self.with(INDEX_PARTITION, text(pk))
            .with(INDEX_SORT, text(sk))
    }
}

/// An item as it was read: its layout is one that this program knows, but where [`Row::in_known_layout`] has yet to say so.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) key: Key,
    attributes: Attributes,
}

impl Row {
    /// # Errors
    /// [`StoreError::Malformed`] for an item without a key or with another layout.
    pub(crate) fn new(attributes: Attributes) -> Result<Self, StoreError> {
        Self::of(attributes)?.in_known_layout()
    }

    /// # Errors
    /// [`StoreError::Malformed`] for an item without a key.
    pub(crate) fn of(attributes: Attributes) -> Result<Self, StoreError> {
        let part = |name: &str| {
            attributes
                .get(name)
                .and_then(|value| value.as_s().ok())
                .cloned()
        };
        let (Some(pk), Some(sk)) = (part(PARTITION), part(SORT)) else {
            return Err(StoreError::Malformed {
                what: "item".to_owned(),
                reason: "it has no key".to_owned(),
            });
        };
        Ok(Self {
            key: Key { pk, sk },
            attributes,
        })
    }

    /// # Errors
    /// [`StoreError::Malformed`] when the layout is another one than this program reads.
    pub(crate) fn in_known_layout(self) -> Result<Self, StoreError> {
        match self.number("v")? {
            LAYOUT => Ok(self),
            other => Err(self.malformed(format!(
                "its layout is {other}, and this program reads {LAYOUT}"
            ))),
        }
    }

    /// The error that names this item.
    pub(crate) fn malformed(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Malformed {
            what: format!("item {}", self.key),
            reason: reason.into(),
        }
    }

    /// # Errors
    /// [`StoreError::Malformed`] when the item lies elsewhere than its body says.
    pub(crate) fn lies_at(&self, key: &Key) -> Result<(), StoreError> {
        if self.key == *key {
            Ok(())
        } else {
            Err(self.malformed(format!("its body belongs to {key}")))
        }
    }

    /// # Errors
    /// [`StoreError::Malformed`] when the item lies at none of the places where its body may.
    pub(crate) fn lies_at_one(&self, keys: &[Key]) -> Result<(), StoreError> {
        if keys.contains(&self.key) {
            return Ok(());
        }
        keys.first().map_or(Ok(()), |key| self.lies_at(key))
    }

    /// # Errors
    /// [`StoreError::Malformed`] unless the body is a value of this type.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        self.json("body")?
            .ok_or_else(|| self.malformed("it has no body"))
    }

    /// A JSON attribute, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it is there and not a value of this type.
    pub(crate) fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        // serde's own text may quote values, and values may be addresses: only the place is told.
        let bad = |error: serde_json::Error| {
            self.malformed(format!(
                "`{name}` is not what it should be, at column {}",
                error.column()
            ))
        };
        self.text(name)?
            .map(|text| serde_json::from_str(text).map_err(bad))
            .transpose()
    }

    /// A text attribute, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it is no text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, StoreError> {
        let bad = |_| self.malformed(format!("`{name}` is no text"));
        self.attributes
            .get(name)
            .map(|value| value.as_s().map(String::as_str).map_err(bad))
            .transpose()
    }

    /// A time, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it is there and no time.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        let time = self.text(name)?.map(str::parse::<Timestamp>).transpose();
        time.map_err(|_| self.malformed(format!("`{name}` is no time")))
    }

    /// # Errors
    /// [`StoreError::Malformed`] unless there is such a number.
    pub(crate) fn number(&self, name: &str) -> Result<u64, StoreError> {
        let value = self
            .attributes
            .get(name)
            .and_then(|value| value.as_n().ok())
            .and_then(|digits| digits.parse().ok());
        value.ok_or_else(|| self.malformed(format!("`{name}` is no whole number")))
    }

    /// Whether there is such an attribute, of whatever kind.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// # Errors
    /// [`StoreError::Malformed`] unless there are such bytes.
    pub(crate) fn bytes(&self, name: &str) -> Result<&[u8], StoreError> {
        let value = self
            .attributes
            .get(name)
            .and_then(|value| value.as_b().ok())
            .map(AsRef::as_ref);
        value.ok_or_else(|| self.malformed(format!("`{name}` holds no bytes")))
    }
}
