//! How results look: colours and fitted tables on a terminal, plain text anywhere else.

use comfy_table::presets::{NOTHING, UTF8_HORIZONTAL_ONLY};
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width};
use owo_colors::{OwoColorize, Style};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

/// How narrow a column of words may become, blanks included: most words fit into it, and days.
const WORDS_WIDTH_MIN: u16 = 12;

/// Why not all that was printed arrived, from the first time on.
static LOST: OnceLock<io::Error> = OnceLock::new();

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

    /// For a terminal without colours.
    #[cfg(test)]
    pub(crate) fn terminal() -> Self {
        Self {
            fits_terminal: true,
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

/// The text of a table. What people copy, in the columns `whole`, stays on one line. The others give way as far as words
/// can be read; what then does not fit is wider than the terminal.
pub(crate) fn fitted(table: &mut Table, whole: &[usize]) -> String {
    let widths = table.column_max_content_widths();
    for (column, width) in table.column_iter_mut().zip(widths) {
        let constraint = if whole.contains(&column.index) {
            ColumnConstraint::ContentWidth
        } else {
            let all = width.saturating_add(column.padding_width());
            ColumnConstraint::LowerBoundary(Width::Fixed(all.min(WORDS_WIDTH_MIN)))
        };
        column.set_constraint(constraint);
    }
    table.trim_fmt()
}

/// Prints a result; answers whether it arrived. Where it did not, there is no use in printing more: [`lost`] says why.
pub(crate) fn print(text: impl Display) -> bool {
    let mut out = io::stdout().lock();
    let printed = writeln!(out, "{text}").and_then(|()| out.flush());
    match printed {
        Ok(()) => true,
        Err(error) => {
            // Whoever has closed the pipe has read enough.
            if error.kind() != ErrorKind::BrokenPipe {
                // Only the first is told.
                let _known = LOST.set(error);
            }
            false
        }
    }
}

/// Why results did not arrive, other than that nobody reads on; `None`: they did.
pub(crate) fn lost() -> Option<&'static io::Error> {
    LOST.get()
}

/// Prints a result for programs.
pub(crate) fn print_json(value: &impl Serialize) {
    let text =
        serde_json::to_string_pretty(value).expect("results hold only texts, numbers and lists");
    print(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_stays_on_one_line_and_words_give_way() {
        let id = "019a0000-0000-7000-8000-000000000000";
        let reason = "the refunds of last night are stuck behind a lock that nobody holds any more";
        for width in [40, 80, 100] {
            let mut table = Look::terminal().table(["asked", "reason", "request"]);
            table.add_row(vec!["Mon 23 Nov 08:00", reason, id]);
            table.set_width(width);
            let text = fitted(&mut table, &[2]);
            assert!(text.contains(id), "{width}: {text}");
            assert!(!text.contains(reason), "the reason gives way: {text}");
            let longest = text.lines().map(|line| line.chars().count()).max();
            let gaps = 2;
            let needed = id.len() + 2 + 2 * usize::from(WORDS_WIDTH_MIN) + gaps;
            assert!(longest <= Some(needed.max(usize::from(width))), "{text}");
            for word in ["refunds", "Mon 23"] {
                assert!(text.contains(word), "{width}: {text}");
            }
        }
    }

    #[test]
    fn where_there_is_no_terminal_a_row_is_a_line() {
        let mut table = Look::plain().table(["asked", "reason"]);
        let reason = "so long that it would fill more than one line of any terminal ".repeat(4);
        table.add_row(vec!["Mon 23 Nov 08:00", reason.as_str()]);
        assert_eq!(fitted(&mut table, &[0]).lines().count(), 2);
    }
}
