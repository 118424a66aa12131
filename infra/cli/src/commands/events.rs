//! `events`: what is told on the bus, and the JSON schema of each.

use crate::events::{KINDS, kind};
use crate::show::{Look, Tone, print, print_json};
use crate::stop::{Exit, Stop};
use serde_json::Value;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    List(List),
    Schema(Schema),
}

/// Show every kind of event on the bus
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Print JSON: every schema by the name of its event
    #[arg(long)]
    json: bool,
}

/// Print the JSON schema of one kind of event
#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// Its detail type, such as "Access Requested"
    event: String,
}

pub(crate) fn run(command: Command, look: Look) -> Result<Exit, Stop> {
    match command {
        Command::List(args) => {
            list(&args, look);
            Ok(Exit::Done)
        }
        Command::Schema(args) => schema(&args.event),
    }
}

fn list(args: &List, look: Look) {
    let schemas = KINDS
        .iter()
        .map(|kind| (kind.name.to_owned(), read(kind.schema)));
    if args.json {
        let all: serde_json::Map<String, Value> = schemas.collect();
        print_json(&all);
        return;
    }
    let mut table = look.table(["event", "says"]);
    for (name, schema) in schemas {
        let says = schema["description"].as_str().unwrap_or_default();
        table.add_row(vec![look.cell(Tone::Strong, name), says.into()]);
    }
    print(table.trim_fmt());
}

fn schema(event: &str) -> Result<Exit, Stop> {
    let Some(kind) = kind(event) else {
        return Err(Stop::usage(format!(
            "there is no event `{event}`: run `rotakey events list`"
        )));
    };
    print(kind.schema.trim_end());
    Ok(Exit::Done)
}

fn read(schema: &str) -> Value {
    serde_json::from_str(schema).expect("every schema is JSON, and a test reads it")
}
