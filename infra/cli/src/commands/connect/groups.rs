//! Whether the groups that the configuration grants on a target are there.

use super::report::Check;
use crate::show::count;
use access_core::config::Config;
use access_core::id::{EntitlementName, TargetName};
use access_core::ports::Target;
use futures::future::join_all;
use std::collections::BTreeSet;

/// Looks at each group that a `[[group]]` is granted on there, side by side: a target may then answer for all at once.
/// `absent` says how much it matters that one is not there.
pub(super) async fn look(
    config: &Config,
    name: &TargetName,
    target: &dyn Target,
    absent: fn(String, String) -> Check,
) -> Vec<Check> {
    let entitlements = config.groups.values().flat_map(|group| &group.entitlements);
    let here = entitlements.filter(|entitlement| entitlement.target == *name);
    let names: BTreeSet<&EntitlementName> = here.map(|entitlement| &entitlement.name).collect();
    let is_made = config.targets.get(name).is_some_and(|it| it.create_groups);
    let looks = names.iter().map(|group| target.observe(group));
    let looks = join_all(looks).await;
    let (mut found, mut checks) = (0, Vec::new());
    for (group, look) in names.iter().zip(looks) {
        match look {
            Ok(Some(_)) => found += 1,
            Ok(None) if is_made => checks.push(Check::ok(format!(
                "there is no group `{group}` yet: the first sync makes it"
            ))),
            Ok(None) => checks.push(absent(
                format!("there is no group `{group}`"),
                format!("make it there, or set `create_groups = true` on target `{name}`"),
            )),
            Err(error) => checks.push(Check::missing(
                format!("group `{group}` cannot be read: {error}"),
                "run this again when that is put right",
            )),
        }
    }
    if found > 0 {
        let said = format!("{} of the configuration can be read", count(found, "group"));
        checks.insert(0, Check::ok(said));
    }
    checks
}
