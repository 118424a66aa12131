//! A question to whoever sits at the terminal.

use crate::stop::Stop;
use std::io::{self, BufRead, Read, Write};

/// No answer is longer.
const ANSWER_BYTES_MAX: u64 = 64;

/// Asks on standard error, and waits for a line; everything but a clear yes is a no.
pub(super) async fn confirmed() -> Result<bool, Stop> {
    let asked = tokio::task::spawn_blocking(|| ask(&mut io::stderr(), &mut io::stdin().lock()));
    Ok(asked.await.map_err(Stop::failed)??)
}

fn ask(out: &mut impl Write, answers: &mut impl BufRead) -> io::Result<bool> {
    write!(out, "Apply this? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    answers.take(ANSWER_BYTES_MAX).read_line(&mut answer)?;
    let answer = answer.trim().to_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_a_clear_yes_is_a_no() {
        let long = "y".repeat(100);
        for (answer, is_yes) in [
            ("y\n", true),
            ("YES\r\n", true),
            (" yes \n", true),
            ("y", true),
            ("", false),
            ("\n", false),
            ("n\ny\n", false),
            ("yep\n", false),
            (long.as_str(), false),
        ] {
            let mut said = Vec::new();
            let heard = ask(&mut said, &mut answer.as_bytes()).unwrap();
            assert_eq!(heard, is_yes, "{answer:?}");
            assert_eq!(said, b"Apply this? [y/N] ");
        }
        assert!(ask(&mut Vec::new(), &mut [0xff, b'\n'].as_slice()).is_err());
    }
}
