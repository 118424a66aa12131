//! Slack's documented limits, in characters unless a unit is named.
//!
//! Sources: <https://docs.slack.dev/reference/block-kit/blocks>, `/block-elements`, `/composition-objects`;
//! <https://docs.slack.dev/reference/views/modal-views>; <https://docs.slack.dev/reference/methods/chat.update>.
//! What a character is, Slack does not say. Here an emoji counts as two, as in UTF-16: no other way of counting gives
//! more, bytes apart.

/// Blocks of a message.
pub const MESSAGE_BLOCKS_MAX: usize = 50;
/// A message's text where `chat.update` must take it; new messages may have more.
pub const MESSAGE_TEXT_MAX: usize = 4_000;
/// Blocks of a dialog.
pub const VIEW_BLOCKS_MAX: usize = 100;
/// A dialog as JSON, in bytes.
pub const VIEW_BYTES_MAX: usize = 250_000;
/// A dialog's title, and the texts of its two buttons.
pub const VIEW_TITLE_MAX: usize = 24;
/// What an app puts away in a dialog.
pub const PRIVATE_METADATA_MAX: usize = 3_000;
/// Text of a section or context.
pub const SECTION_TEXT_MAX: usize = 3_000;
/// Fields of a section.
pub const FIELDS_MAX: usize = 10;
/// Text of one field.
pub const FIELD_TEXT_MAX: usize = 2_000;
/// Text of a header.
pub const HEADER_TEXT_MAX: usize = 150;
/// Elements of an actions block.
pub const ACTIONS_MAX: usize = 25;
/// Text of a button.
pub const BUTTON_TEXT_MAX: usize = 75;
/// Value of a button.
pub const BUTTON_VALUE_MAX: usize = 2_000;
/// Address behind a button.
pub const URL_MAX: usize = 3_000;
/// An action's, block's or dialog's name.
pub const ID_MAX: usize = 255;
/// Title of a confirmation.
pub const CONFIRM_TITLE_MAX: usize = 100;
/// Text of a confirmation.
pub const CONFIRM_TEXT_MAX: usize = 300;
/// Text of a confirmation's buttons.
pub const CONFIRM_BUTTON_MAX: usize = 30;
/// Text and description of an option, and the label of a group of options.
pub const OPTION_TEXT_MAX: usize = 75;
/// Value of an option.
pub const OPTION_VALUE_MAX: usize = 150;
/// Options of a menu, or of one group of its options.
pub const OPTIONS_MAX: usize = 100;
/// Groups of options of a menu.
pub const OPTION_GROUPS_MAX: usize = 100;
/// What an empty field shows.
pub const PLACEHOLDER_MAX: usize = 150;
/// Label and hint of a field.
pub const LABEL_MAX: usize = 2_000;
/// What can be typed into a field.
pub const INPUT_TEXT_MAX: u16 = 3_000;
/// How often a response address can be used.
pub const RESPONSE_URL_USES_MAX: u32 = 5;
/// For how long a response address can be used, in minutes.
pub const RESPONSE_URL_MINUTES: u32 = 30;
/// For how long a trigger opens a dialog, in seconds.
pub const TRIGGER_SECONDS: u32 = 3;

/// What an error beside a field of a dialog may have. Ours: Slack documents no limit, and shows it in small print.
pub const FIELD_ERROR_MAX: usize = 300;
