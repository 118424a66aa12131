//! The app's own names for what people can do, constants of the program.

use serde::Serialize;

use super::limits::ID_MAX;

/// A value that must arrive whole does not fit, so it was not cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} has more than {max} characters")]
pub struct TooLong {
    pub(super) what: &'static str,
    pub(super) max: usize,
}

macro_rules! constant_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(&'static str);

        impl $name {
            /// Checked when the program is compiled, if used for a constant.
            ///
            /// # Panics
            /// If the name is empty or has more than 255 bytes.
            #[must_use]
            pub const fn new(name: &'static str) -> Self {
                assert!(!name.is_empty(), "a name has a character");
                assert!(name.len() <= ID_MAX, "slack takes names of 255 characters");
                Self(name)
            }

            /// The name, as it comes back in what people do.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                self.0
            }
        }
    };
}

constant_id!(
    /// Names a button or field; unique within its block.
    ActionId
);
constant_id!(
    /// Names a block with a field; unique within its dialog.
    BlockId
);
constant_id!(
    /// Names a kind of dialog.
    CallbackId
);
