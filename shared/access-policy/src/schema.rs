//! The schema and the policies that every Rotakey has.

use cedar_policy::{Schema, Validator};
use std::sync::LazyLock;

/// The Cedar schema: what policies may speak of.
pub const SCHEMA: &str = include_str!("../../../infra/policies/rotakey.cedarschema");

/// The policies that hold whatever the configuration says.
pub const DEFAULT: &str = include_str!("../../../infra/policies/default.cedar");

/// Checks policies against the schema. Read once in a process.
pub(crate) fn validator() -> &'static Validator {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA)
            .expect("the schema is a part of this crate, and a test reads it");
        Validator::new(schema)
    });
    &VALIDATOR
}
