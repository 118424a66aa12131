//! How results look: colours and fitted tables on a terminal, plain text anywhere else.

use comfy_table::presets::{NOTHING, UTF8_HORIZONTAL_ONLY};
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};
use owo_colors::{OwoColorize, Style};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Whether results go to a terminal, and whether it shows colours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    fits_terminal: bool,
    has_colors: bool,
}

/// What a mark or a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Access opens.
    Open,
    /// Access closes.
    Close,
    /// Somebody should look.
    Warn,
    /// Something failed.
    Bad,
    /// Of lesser weight.
    Faint,
    /// Of more weight.
    Strong,
}

impl Look {
    /// As standard output allows; `NO_COLOR` (<https://no-color.org>) and `TERM=dumb` are respected.
    pub(crate) fn of_stdout() -> Self {
        let fits_terminal = io::stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            fits_terminal,
            has_colors: fits_terminal && !refused && !is_dumb,
        }
    }

    /// For a file or another program.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self {
            fits_terminal: false,
            has_colors: false,
        }
    }

    /// The text in a tone.
    pub(crate) fn tone(self, tone: Tone, text: impl Display) -> String {
        if !self.has_colors {
            return text.to_string();
        }
        let style = match tone {
            Tone::Open => Style::new().green(),
            Tone::Close => Style::new().cyan(),
            Tone::Warn => Style::new().yellow(),
            Tone::Bad => Style::new().red().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
        };
        text.style(style).to_string()
    }

    /// A cell of a table in a tone.
    pub(crate) fn cell(self, tone: Tone, text: impl Display) -> Cell {
        let cell = Cell::new(text);
        if !self.has_colors {
            return cell;
        }
        match tone {
            Tone::Open => cell.fg(Color::Green),
            Tone::Close => cell.fg(Color::Cyan),
            Tone::Warn => cell.fg(Color::Yellow),
            Tone::Bad => cell.fg(Color::Red),
            Tone::Faint => cell.add_attribute(Attribute::Dim),
            Tone::Strong => cell.add_attribute(Attribute::Bold),
        }
    }

    /// A table that fits the terminal, or one with a line for each row where there is none.
    pub(crate) fn table<const N: usize>(self, header: [&str; N]) -> Table {
        let mut table = Table::new();
        if self.fits_terminal {
            table.load_style(UTF8_HORIZONTAL_ONLY);
            table.style_mut().row_separator = comfy_table::LineStyle::none();
            table.set_content_arrangement(ContentArrangement::Dynamic);
        } else {
            table.load_style(NOTHING);
        }
        table.set_header(header.map(|title| self.cell(Tone::Strong, title)));
        table
    }
}

/// Prints a result; answers whether anybody still reads it.
pub(crate) fn print(text: impl Display) -> bool {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).is_ok()
}

/// Prints a result for programs.
pub(crate) fn print_json(value: &impl Serialize) {
    let text =
        serde_json::to_string_pretty(value).expect("results hold only texts, numbers and lists");
    print(text);
}
