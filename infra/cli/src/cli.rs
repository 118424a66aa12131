//! The command line: which commands there are, and how a run ends.

use crate::commands::{
    apply, audit, config, connect, decide, demo, doctor, done, events, explain, forecast, grants,
    policy, request, requests, schedules, serve, sync, webhooks,
};
use crate::show::{Look, lost};
use crate::stop::{Exit, Stop};
use clap::{Parser, Subcommand};
use function_kit::{LogFormat, init_logging};
use std::process::ExitCode;

/// Access follows the rota: who is on call in PagerDuty becomes who is in the group.
///
/// Exit codes: 0 done; 1 something failed, and the rest was done; 2 wrong configuration or command line; 3 removals
/// wait for a person.
#[derive(Debug, Parser)]
#[command(
    name = "rotakey",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Sync(sync::Args),
    Plan(sync::PlanArgs),
    Apply(apply::Args),
    /// Try the credentials of a system that the configuration names, and put them where it says
    #[command(subcommand)]
    Connect(connect::Command),
    Doctor(doctor::Args),
    Schedules(schedules::Args),
    Explain(explain::Args),
    Forecast(forecast::Args),
    Request(request::Args),
    Requests(requests::Args),
    Approve(decide::ApproveArgs),
    Deny(decide::DenyArgs),
    Cancel(decide::CancelArgs),
    Grants(grants::Args),
    Extend(done::ExtendArgs),
    Done(done::Args),
    Revoke(done::RevokeArgs),
    Review(done::ReviewArgs),
    /// Look after the configuration: check it, and see what was in force when
    #[command(subcommand)]
    Config(config::Command),
    /// Look at the policies: who may request, approve, revoke and see
    #[command(subcommand)]
    Policy(policy::Command),
    /// Read the audit trail, and prove that nobody touched it
    #[command(subcommand)]
    Audit(audit::Command),
    /// Look up what is told on the bus
    #[command(subcommand)]
    Events(events::Command),
    /// Look after PagerDuty's webhooks
    #[command(subcommand)]
    Webhooks(webhooks::Command),
}

impl Command {
    /// What is logged unless `RUST_LOG` says otherwise: commands that print what went wrong do not log it as
    /// well, and the embedded store is asked for things that are not there on purpose.
    fn log_filter(&self) -> &'static str {
        match self {
            Self::Serve(_) => "info,dynoxide=error",
            _ => "warn,dynoxide=error,oncall_poller=off,access_approver=error,rotakey=error",
        }
    }
}

impl Cli {
    /// Does what the command line says; results go to standard output, all else to standard error. A result that was lost,
    /// as on a full disk, is a failure whatever became of the rest.
    pub async fn run(self) -> ExitCode {
        init_logging(LogFormat::Terminal, self.command.log_filter());
        let look = Look::of_stdout();
        let done = match self.command {
            Command::Demo(args) => demo::run(args, look).await,
            Command::Serve(args) => serve::run(args).await,
            Command::Sync(args) => sync::run(args, look).await,
            Command::Plan(args) => sync::run(args.into(), look).await,
            Command::Apply(args) => apply::run(args, look).await,
            Command::Connect(command) => connect::run(command, look).await,
            Command::Doctor(args) => doctor::run(args, look).await,
            Command::Schedules(args) => schedules::run(args, look).await,
            Command::Explain(args) => explain::run(args).await,
            Command::Forecast(args) => forecast::run(args, look).await,
            Command::Request(args) => request::run(args, look).await,
            Command::Requests(args) => requests::run(args, look).await,
            Command::Approve(args) => decide::approve(args, look).await,
            Command::Deny(args) => decide::deny(args, look).await,
            Command::Cancel(args) => decide::cancel(args, look).await,
            Command::Grants(args) => grants::run(args, look).await,
            Command::Extend(args) => done::extend(args, look).await,
            Command::Done(args) => done::run(args, look).await,
            Command::Revoke(args) => done::revoke(args, look).await,
            Command::Review(args) => done::review(args, look).await,
            Command::Config(command) => config::run(command, look).await,
            Command::Policy(command) => policy::run(command).await,
            Command::Audit(command) => audit::run(command, look).await,
            Command::Events(command) => events::run(command, look),
            Command::Webhooks(command) => webhooks::run(command, look).await,
        };
        let mut exit = done.unwrap_or_else(Stop::report);
        if let Some(error) = lost() {
            exit = Stop::failed(format!("the result could not be written: {error}")).report();
        }
        exit.into()
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
