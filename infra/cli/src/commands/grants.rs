//! `grants`: who holds what by request.

use crate::api::{ApiArg, grants_table};
use crate::show::{Look, during, print, print_json};
use crate::stop::{Exit, Stop};
use access_approver::api::Grants;
use access_core::principal::Principal;

/// Show grants: your own, unless asked otherwise
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// All that this person ever held
    #[arg(long, value_name = "EMAIL")]
    of: Option<Principal>,
    /// Everybody's that are live or await a review
    #[arg(long, conflicts_with = "of")]
    all: bool,
    #[command(flatten)]
    api: ApiArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let of = args.of.as_ref().map_or("me", Principal::email);
    let mut query = vec![("of", of)];
    if args.all {
        query.clear();
    }
    let all: Grants = during("Looking it up", api.get("/grants", &query)).await?;
    if args.json {
        print_json(&all);
    } else if all.grants.is_empty() {
        print("there are no such grants");
    } else {
        print(grants_table(&all.grants, look));
        if all.next.is_some() {
            print("and older ones");
        }
    }
    Ok(Exit::Done)
}
