//! Reads the command line and does what it says.

use clap::Parser;
use rotakey::Cli;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
