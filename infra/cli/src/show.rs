//! What people see: tables, colours, progress, words.

mod harmless;
mod look;
mod plans;
mod progress;
mod shell;
mod words;

pub(crate) use harmless::{harmless, harmless_lines};
pub(crate) use look::{Look, Tone, fitted, lost, print, print_json};
pub(crate) use plans::{Names, plans, tally};
pub(crate) use progress::during;
pub(crate) use shell::for_shell;
pub(crate) use words::{ShiftOf, cause, count, moment, shift_of, span};
