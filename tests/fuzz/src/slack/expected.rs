//! What a request must be answered, as the approver's README says, worked out from how the request was made.

use super::sent::{Form, Kind, Proof, Sent};
use super::vendor::TEAM;
use slack_client::BODY_BYTES_MAX;

/// The longest body of a command, in bytes.
const COMMAND_BYTES_MAX: usize = 64 * 1024;

/// Every status that is right. More than one only where the input says what the request is.
pub(crate) fn expected(sent: &Sent) -> &'static [u16] {
    if sent.path == "/slack/elsewhere" {
        return &[404];
    }
    if sent.method != "POST" {
        return &[405];
    }
    let max = match sent.kind {
        Kind::Command => COMMAND_BYTES_MAX,
        Kind::Interaction => BODY_BYTES_MAX,
    };
    if sent.body.len() > max {
        return &[413];
    }
    if sent.proof == Proof::Wrong {
        return &[401];
    }
    match sent.form {
        Form::Whole if sent.team == TEAM => &[200],
        Form::Whole => &[403],
        Form::Any => &[200, 400, 403],
    }
}
