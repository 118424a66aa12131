//! `connect identity-center`: whether the identity store of a target answers, and what is missing. There is no secret: the
//! rights are those of whoever runs it.

use super::report::{Check, Report};
use super::{groups, load, to_paste};
use crate::probe;
use crate::setup::ConfigArg;
use crate::show::{Look, during};
use crate::stop::{Exit, Stop};
use access_core::config::TargetKind;
use access_core::id::TargetName;
use access_core::ports::TargetError;
use oncall_poller::Systems;
use oncall_poller::wiring::RealSystems;

/// What looking and changing takes.
const RIGHTS: &str = "CreateGroupMembership, DeleteGroupMembership, DescribeGroup, DescribeUser, GetGroupId, GetGroupMembershipId, GetUserId, ListGroupMemberships, ListUsers, and CreateGroup with `create_groups`";

const WHERE: &str = "its id is in IAM Identity Center > Settings > Identity source, or in `aws sso-admin list-instances --region REGION`";

/// Try whether an IAM Identity Center target answers; stores nothing
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target, as the configuration names it
    name: TargetName,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let name = &args.name;
    let table = table(name);
    let loaded = load(&args.config, &table)?;
    let Some(target) = loaded.config.targets.get(name) else {
        let why =
            format!("the configuration has no target `{name}`: add what is printed here; {WHERE}");
        return Err(to_paste(&table, &why));
    };
    let TargetKind::IdentityCenter {
        identity_store_id,
        region,
    } = &target.kind
    else {
        return Err(Stop::usage(format!(
            "target `{name}` is a workspace of Slack: run `rotakey connect slack {name}`"
        )));
    };
    let aws = loaded.aws_signed_in().await?;
    let region = region.as_deref().or(aws.region().map(AsRef::as_ref));
    let place = region.unwrap_or("the region of the AWS configuration");
    let systems = RealSystems::new(&aws);
    let adapter = systems.target(name, target).map_err(Stop::usage)?;
    let tried = during("Asking Identity Center", probe::target(&*adapter)).await;
    let mut checks = vec![match tried {
        Ok(()) => Check::ok(format!(
            "identity store {identity_store_id} answers in {place}: its people and groups can be read"
        )),
        Err(error) => lacking(&error),
    }];
    if !checks.iter().any(Check::is_missing) {
        let looks = groups::look(&loaded.config, name, &*adapter, Check::missing);
        checks.extend(during("Looking for groups", looks).await);
    }
    let mut report = Report::new("identity-center", Some(name.to_string()), checks);
    report.next = vec![
        "rotakey plan: whether memberships may be changed shows with the first sync".to_owned(),
    ];
    let title = format!("IAM Identity Center, target `{name}`");
    Ok(report.tell(&title, args.json, look))
}

fn lacking(error: &TargetError) -> Check {
    let remedy = match error {
        TargetError::Denied(_) => {
            format!("of identitystore, it takes {RIGHTS}; the template gives them to the function")
        }
        TargetError::NotFound(_) | TargetError::Refused(_) => {
            format!("correct `identity_store_id` or `region` of the target: {WHERE}")
        }
        TargetError::Throttled { .. } | TargetError::Unreachable(_) => {
            "see whether `aws sts get-caller-identity` works here, then run this again".to_owned()
        }
    };
    Check::missing(error.to_string(), remedy)
}

/// The table to begin with.
fn table(name: &TargetName) -> String {
    format!(
        r#"
[[target]]
name = "{name}"
kind = "identity-center"
identity_store_id = "d-1234567890"   # yours: IAM Identity Center > Settings > Identity source
# region = "eu-central-1"            # of Identity Center, where it is not that of the functions
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::config::Config;

    #[test]
    fn the_table_is_one_of_the_configuration() {
        let name = TargetName::new("aws").unwrap();
        let config = Config::parse("it", &table(&name)).unwrap();
        assert!(config.targets.contains_key(&name));
    }
}
