//! Block Kit: what messages and dialogs are made of.
//!
//! Everything is built by constructors that keep Slack's documented limits ([`limits`]), whatever text they are given:
//! too long a text ends in `…`, control characters and such as turn the direction of writing are left out, an empty text
//! becomes `–`. A name or reason cannot become markup: `<!channel>` in it mentions nobody.

mod block;
mod element;
mod id;
pub mod limits;
mod modal;
mod mrkdwn;
mod object;
mod select;
mod text;

pub use block::{Block, Field};
pub use element::{Button, Confirm, Style, TextInput};
pub use id::{ActionId, BlockId, CallbackId, TooLong};
pub use modal::{Modal, SubmissionAnswer};
pub use mrkdwn::Mrkdwn;
pub use select::{Choice, Select};
pub use text::escape;

pub(crate) use block::fitting;
