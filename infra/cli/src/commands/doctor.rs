//! `doctor`: whether everything that access depends on is as it should be, before the first write and any time after.

mod accounts;
mod approvers;
mod calls;
mod chats;
mod clock;
mod code;
mod file;
mod finding;
mod groups;
mod people;
mod reading;
mod recorder;
mod round;
mod shared;
mod site;
mod sources;
mod table;
mod targets;
mod tell;
mod webhooks;

use crate::setup::{ConfigArg, Loaded};
use crate::show::{Look, during, print_json};
use crate::stop::{Exit, Stop};
use crate::store_or_table::{OpenStore, StoreOrTable};
use code::Code;
use finding::{Finding, Level, said};
use site::Site;
use table::Whose;

/// Look at everything that access depends on, and say what to do about what is wrong; changes nothing
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    place: StoreOrTable,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let mut findings = during("Looking at everything", examine(&args)).await?;
    findings.sort();
    findings.dedup();
    if args.json {
        print_json(&findings);
    } else {
        tell::tell(&findings, look);
    }
    let has_errors = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(if has_errors { Exit::Failed } else { Exit::Done })
}

async fn examine(args: &Args) -> Result<Vec<Finding>, Stop> {
    args.place.require_one()?;
    let loaded = match file::load(&args.config)? {
        Ok(loaded) => loaded,
        Err(findings) => return Ok(findings),
    };
    let aws = match loaded.aws_signed_in().await {
        Ok(aws) => aws,
        Err(stop) => {
            let place = loaded.path.display();
            return Ok(vec![Finding::new(Code::AwsUnusable, place, stop.message())]);
        }
    };
    let site = Site::new(function_kit::now(), &loaded, &aws);
    let (opened, mut findings) = look_into_store(args, &site).await?;
    let store = opened.as_ref().map(|opened| &opened.store);
    let found = Box::pin(round::go(&site, store)).await;
    if let Some(opened) = opened {
        opened.close().await?;
    }
    findings.extend(found?);
    Ok(findings)
}

/// Opens the store, if there is one that can be read, and judges what is in it.
async fn look_into_store(
    args: &Args,
    site: &Site<'_>,
) -> Result<(Option<OpenStore>, Vec<Finding>), Stop> {
    let loaded: &Loaded = site.loaded;
    let lack = "so nothing was put into force yet";
    let opened = match args.place.open(&loaded.path, lack).await {
        Ok(opened) => opened,
        Err(stop) => {
            let code = if args.place.is_table() {
                Code::AwsUnusable
            } else if stop.exit == Exit::Usage {
                Code::StoreAbsent
            } else {
                Code::StoreUnread
            };
            let finding = Finding::new(code, "the store", stop.message());
            return Ok((None, vec![finding]));
        }
    };
    match table::gather(&opened.store).await {
        Ok(state) => {
            let whose = Whose {
                place: &opened.place,
                is_stack: args.place.is_table(),
            };
            let mut findings = table::judge(&state, whose, site.now);
            findings.extend(file::applied(loaded, &opened.place, state.config.as_ref()));
            Ok((Some(opened), findings))
        }
        Err(error) => {
            let finding = Finding::new(Code::StoreUnread, &opened.place, said(&error));
            opened.close().await?;
            Ok((None, vec![finding]))
        }
    }
}
