//! `policy show`: the policies in force, as Cedar.

use crate::setup::ConfigArg;
use crate::show::print;
use crate::stop::{Exit, Stop};
use access_core::id::GroupName;
use access_policy::Policies;

/// Print the policies as Cedar: what always holds, what the tables become, and the files
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only what the [group.request] table of one group becomes
    #[arg(long)]
    group: Option<GroupName>,
    #[command(flatten)]
    config: ConfigArg,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let policies = Policies::load(&loaded.config, &loaded.policies)?;
    let text = match &args.group {
        None => policies.printed_all(),
        Some(group) => policies.printed(group).ok_or_else(|| {
            let known: Vec<&str> = loaded.config.requests.keys().map(GroupName::as_str).collect();
            let known = match known.as_slice() {
                [] => "none".to_owned(),
                known => known.join(", "),
            };
            Stop::usage(format!(
                "nobody can ask into a group `{group}`; groups with a [group.request] table: {known}"
            ))
        })?,
    };
    print(text.trim_end());
    Ok(Exit::Done)
}
