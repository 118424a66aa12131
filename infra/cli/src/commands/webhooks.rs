//! `webhooks`: the subscriptions by which PagerDuty tells of incidents at once, and what signs their deliveries.

mod arrival;
mod create;
mod delete;
mod desk;
mod enable;
mod list;
mod make;
mod ping;
mod places;
mod rotate;
mod row;

pub(crate) use create::is_closed;
pub(crate) use desk::is_ours;
pub(crate) use row::State;

use crate::show::Look;
use crate::stop::{Exit, Stop};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Create(create::Args),
    List(list::Args),
    Ping(ping::Args),
    Enable(enable::Args),
    Rotate(rotate::Args),
    Delete(delete::Args),
}

pub(crate) async fn run(command: Command, look: Look) -> Result<Exit, Stop> {
    match command {
        Command::Create(args) => create::run(args).await,
        Command::List(args) => list::run(args, look).await,
        Command::Ping(args) => ping::run(args).await,
        Command::Enable(args) => enable::run(args).await,
        Command::Rotate(args) => rotate::run(args).await,
        Command::Delete(args) => delete::run(args).await,
    }
}
