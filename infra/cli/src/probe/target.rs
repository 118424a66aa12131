//! Whether a target can be read: it is asked for a group and a person that there are not.

use access_core::id::EntitlementName;
use access_core::ports::{Target, TargetError};
use access_core::principal::Principal;
use std::collections::BTreeSet;

/// A group that nobody has.
const NO_GROUP: &str = "rotakey-looks-whether-it-may-look";

/// Somebody who is nobody: the domain is reserved for that (RFC 2606).
const NOBODY: &str = "nobody@rotakey.invalid";

/// Looks groups and people up, and changes nothing. Whether it may be changed shows with the first change only.
///
/// # Errors
/// What keeps the target from answering; [`TargetError::Denied`] names the right that is lacking.
pub(crate) async fn target(target: &dyn Target) -> Result<(), TargetError> {
    let group = EntitlementName::new(NO_GROUP).expect("a constant name");
    target.observe(&group).await?;
    let nobody = Principal::new(NOBODY).expect("a constant address");
    target.find_accounts(&BTreeSet::from([nobody])).await?;
    Ok(())
}
