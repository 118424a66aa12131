//! The dialogs: what is asked in them, and how it comes back.

use crate::act::Requestable;
use access_core::config::{Config, duration_words};
use access_core::id::{GrantId, GroupName, RequestId};
use access_core::request::{GrantRecord, REASON_CHARS_MAX};
use slack_client::SubmittedView;
use slack_client::block_kit::{
    ActionId, Block, BlockId, CallbackId, Choice, Field, Modal, Mrkdwn, Select, TextInput, limits,
};
use uuid::Uuid;

const ACCESS: &str = "access";
const DENY: &str = "deny";
const EXTEND: &str = "extend";
const REVIEW: &str = "review";

pub(super) const GROUP: BlockId = BlockId::new("group");
pub(super) const DURATION: BlockId = BlockId::new("duration");
pub(super) const REASON: BlockId = BlockId::new("reason");
const WAY: BlockId = BlockId::new("way");
/// Every block has one field.
const FIELD: ActionId = ActionId::new("field");

const ASK: &str = "ask";
const BREAK_GLASS: &str = "break-glass";
const DURATION_HINT: &str = "Numbers with units, such as 30m, 2h or 1h 30m.";

/// Which dialog came back, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Access,
    Deny(RequestId),
    Extend(GrantId),
    Review(GrantId),
}

impl Form {
    /// `None`: the program never made such a dialog.
    pub(super) fn of(view: &SubmittedView) -> Option<Self> {
        let about = &view.private_metadata;
        match view.callback_id.as_str() {
            ACCESS => Some(Self::Access),
            DENY => about.parse().ok().map(Self::Deny),
            EXTEND => about.parse().ok().map(Self::Extend),
            REVIEW => about.parse().ok().map(Self::Review),
            _ => None,
        }
    }

    /// Whether it asks for how long.
    pub(super) fn has_duration(self) -> bool {
        match self {
            Self::Access | Self::Extend(_) => true,
            Self::Deny(_) | Self::Review(_) => false,
        }
    }

    /// The field beside which it is said that the whole cannot be.
    pub(super) fn first_field(self) -> BlockId {
        match self {
            Self::Access => GROUP,
            Self::Extend(_) => DURATION,
            Self::Deny(_) | Self::Review(_) => REASON,
        }
    }
}

/// What a field holds; empty if nothing.
pub(super) fn entered(view: &SubmittedView, block: BlockId) -> &str {
    let field = view.inputs.get(block.as_str(), FIELD.as_str());
    field.unwrap_or_default()
}

/// The group that was chosen; `None`: it left the configuration while the dialog was open.
pub(super) fn chosen_group(config: &Config, view: &SubmittedView) -> Option<GroupName> {
    let value = entered(view, GROUP);
    let mut groups = config.requests.keys();
    groups.find(|group| choice_value(group) == value).cloned()
}

/// Whether the person chose the way of an emergency.
pub(super) fn is_emergency(view: &SubmittedView) -> bool {
    entered(view, WAY) == BREAK_GLASS
}

/// The dialog behind `/access`; `None`: there is no group to choose.
pub(super) fn access(groups: &[Requestable]) -> Option<Modal> {
    let choices = groups.iter().map(|Requestable { group, max }| {
        let most = format!("up to {}", duration_words(*max));
        choice(group.as_str(), &choice_value(group)).description(&most)
    });
    let group = Select::new(FIELD, choices)?.placeholder("Choose a group");
    let ways = [
        choice("Ask for approval", ASK).description("Policies or approvers decide"),
        choice("Break glass", BREAK_GLASS)
            .description("At once, where allowed; everybody is told, and it is reviewed"),
    ];
    let way = Select::new(FIELD, ways)?.chosen(ASK);
    let blocks: [Block; 4] = [
        Field::select(GROUP, "Group", group).into(),
        duration_field().into(),
        reason_field(
            "Reason",
            "What you are going to do. Approvers see it, and it is kept.",
        )
        .into(),
        Field::select(WAY, "Way", way).into(),
    ];
    Some(modal(ACCESS, "Ask for access", blocks).submit("Ask"))
}

/// The dialog behind Deny.
pub(super) fn deny(request: RequestId) -> Modal {
    let reason = reason_field("Reason", "Whoever asked is told why.");
    let modal = modal(DENY, "Deny the request", [reason.into()]).submit("Deny");
    about(modal, &request.to_string())
}

/// The dialog behind Extend.
pub(super) fn extend(record: &GrantRecord) -> Modal {
    let until = Mrkdwn::new()
        .text("You are in ")
        .bold(record.grant.group.as_str())
        .text(" until ")
        .at(record.ends_at())
        .text(". More time is counted from then on.");
    let blocks: [Block; 3] = [
        Block::section(&until),
        duration_field().into(),
        reason_field("Reason", "Why it takes longer.").into(),
    ];
    let modal = modal(EXTEND, "Ask for more time", blocks).submit("Ask");
    about(modal, &record.grant.id.to_string())
}

/// The dialog behind Review.
pub(super) fn review(grant: GrantId) -> Modal {
    let note = reason_field("What you found", "It is kept with the break-glass.");
    let modal = modal(REVIEW, "Review", [note.into()]).submit("Reviewed");
    about(modal, &grant.to_string())
}

/// What a dialog shows once it was sent off.
pub(super) fn outcome(text: &str) -> Modal {
    let text = Block::section(&Mrkdwn::new().text(text));
    modal(ACCESS, "Access", [text]).close("Close")
}

fn modal<const N: usize>(kind: &'static str, title: &str, blocks: [Block; N]) -> Modal {
    Modal::new(CallbackId::new(kind), title, blocks)
}

fn about(modal: Modal, id: &str) -> Modal {
    modal.private_metadata(id).expect("an id is short")
}

fn duration_field() -> Field {
    let input = TextInput::new(FIELD).max_length(40).placeholder("2h");
    Field::text(DURATION, "For how long", input).hint(DURATION_HINT)
}

fn reason_field(label: &str, hint: &str) -> Field {
    let most = u16::try_from(REASON_CHARS_MAX).unwrap_or(limits::INPUT_TEXT_MAX);
    let input = TextInput::new(FIELD).max_length(most);
    Field::text(REASON, label, input).hint(hint)
}

fn choice(text: &str, value: &str) -> Choice {
    Choice::new(text, value).expect("values are constants, or made to fit")
}

/// What stands for a group in the menu: its name, or a digest of one that is too long.
fn choice_value(group: &GroupName) -> String {
    let name = group.as_str();
    if name.len() <= limits::OPTION_VALUE_MAX {
        name.to_owned()
    } else {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
    }
}
