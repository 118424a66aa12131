//! Numbers in rows: a Markdown table on standard output.

use std::time::Duration;

/// A table that prints itself when it is done.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Begins a table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let rule = headings.iter().map(|_| "---".to_owned()).collect();
        Self {
            rows: vec![headings.iter().map(ToString::to_string).collect(), rule],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    /// Prints it under a title.
    #[expect(clippy::print_stdout, reason = "the table is the benchmark's result")]
    pub fn print(&self, title: &str) {
        println!("\n### {title}\n");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }
}

/// A time in milliseconds, with so many digits after the point.
#[must_use]
pub fn ms(time: Duration, digits: usize) -> String {
    format!("{:.digits$}", time.as_secs_f64() * 1e3)
}

/// The middle value.
///
/// # Panics
/// Without any value.
#[must_use]
pub fn median(times: &mut [Duration]) -> Duration {
    percentile(times, 50)
}

/// The value that `percent` of all values do not exceed.
///
/// # Panics
/// Without any value.
#[must_use]
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}
