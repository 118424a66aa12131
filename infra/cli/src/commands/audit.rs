//! `audit`: the trail of everything that was decided and done, and whether anybody touched it since.

mod checked;
mod export;
mod head;
mod list;
mod show;
mod trail;
mod verify;

use crate::show::Look;
use crate::stop::{Exit, Stop};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    Verify(verify::Args),
    Head(head::Args),
    Export(export::Args),
}

pub(crate) async fn run(command: Command, look: Look) -> Result<Exit, Stop> {
    match command {
        Command::List(args) => list::run(args, look).await,
        Command::Show(args) => show::run(args).await,
        Command::Verify(args) => verify::run(args, look).await,
        Command::Head(args) => head::run(args, look).await,
        Command::Export(args) => export::run(args).await,
    }
}
