//! How secrets come in: typed where nobody sees them, or from standard input. Never as arguments, which every process of
//! the machine can read.

#[cfg(unix)]
use crate::signals::Signals;
use crate::stop::Stop;
use console::Term;
use function_kit::{Freshness, SecretError, Secrets};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read};

/// The longest input, in bytes: as much as a secret in Secrets Manager may hold.
const INPUT_BYTES_MAX: usize = 65_536;

/// How a process ends that was interrupted, as shells have it.
#[cfg(unix)]
const INTERRUPTED: i32 = 130;

/// `--stdin`, `--check` and `--store-anyway`
#[derive(Debug, Clone, clap::Args)]
pub(super) struct HowArgs {
    /// Take the secret from standard input: one line, or a JSON object where there are several
    #[arg(long)]
    stdin: bool,
    /// Try what is kept already; ask for nothing, and store nothing
    #[arg(long, conflicts_with_all = ["stdin", "store_anyway"])]
    check: bool,
    /// Store it although it was not found right
    #[arg(long)]
    pub(super) store_anyway: bool,
}

/// A value that is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Where it is kept, with its `#KEY`.
    pub(super) reference: String,
    /// Its name in the JSON object of standard input.
    pub(super) key: &'static str,
    /// What the vendor calls it.
    pub(super) title: &'static str,
}

/// A value that was given, or that was kept already.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) reference: String,
    pub(super) value: SecretString,
    /// It was read from where it is kept, so that it need not be stored.
    pub(super) is_kept: bool,
}

/// A text of a JSON object.
#[derive(Deserialize)]
#[serde(from = "String")]
struct Text(SecretString);

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl HowArgs {
    /// Whether a value is looked up where it is kept: an environment variable cannot be written, so it is there or nowhere.
    pub(super) fn is_kept(&self, reference: &str) -> bool {
        self.check || reference.starts_with("env:")
    }
}

/// The wanted values, in their order. On a terminal, `guide` first says where they are to be found.
pub(super) async fn values(
    how: &HowArgs,
    wanted: &[Wanted],
    secrets: &Secrets,
    guide: &str,
) -> Result<Vec<Given>, Stop> {
    let asked = wanted.iter().filter(|one| !how.is_kept(&one.reference));
    let asked: Vec<&Wanted> = asked.collect();
    let mut given = match (asked.is_empty(), how.stdin) {
        (true, _) => BTreeMap::new(),
        (false, true) => from_stdin(&asked)?,
        (false, false) => from_terminal(&asked, guide)?,
    };
    let mut values = Vec::new();
    for one in wanted {
        let value = given.remove(one.key);
        let is_kept = value.is_none();
        let value = if let Some(value) = value {
            value
        } else {
            let kept = secrets.get(&one.reference, Freshness::Cached).await;
            kept.map_err(|error| unread(&error))?
        };
        values.push(Given {
            reference: one.reference.clone(),
            value,
            is_kept,
        });
    }
    Ok(values)
}

fn unread(error: &SecretError) -> Stop {
    if error.may_pass() {
        Stop::failed(error)
    } else {
        Stop::usage(error)
    }
}

fn from_terminal(
    asked: &[&Wanted],
    guide: &str,
) -> Result<BTreeMap<&'static str, SecretString>, Stop> {
    let terminal = Term::stderr();
    if !(io::stdin().is_terminal() && terminal.is_term()) {
        return Err(Stop::usage(
            "there is no terminal to ask at: pass the secret to standard input, with --stdin",
        ));
    }
    show_again_when_interrupted()?;
    terminal.write_line(guide)?;
    let mut typed = BTreeMap::new();
    for one in asked {
        terminal.write_str(&format!("{} (is not shown): ", one.title))?;
        let text = SecretString::from(terminal.read_secure_line()?);
        typed.insert(one.key, one_line(text.expose_secret(), one.title)?);
    }
    Ok(typed)
}

/// Puts the terminal back as it is now before a signal ends the process: whoever interrupts a question whose answer is not
/// shown would else see nothing of what they type from then on.
#[cfg(unix)]
fn show_again_when_interrupted() -> Result<(), Stop> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    let modes = tcgetattr(io::stdin()).map_err(io::Error::from)?;
    let mut signals = Signals::with_hangup()?;
    // The question itself keeps the thread that asks it.
    tokio::spawn(async move {
        signals.next().await;
        // Where the terminal is gone there is nothing to put back.
        let _gone = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
        std::process::exit(INTERRUPTED);
    });
    Ok(())
}

/// The console's own business elsewhere.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn show_again_when_interrupted() -> Result<(), Stop> {
    Ok(())
}

fn from_stdin(asked: &[&Wanted]) -> Result<BTreeMap<&'static str, SecretString>, Stop> {
    let mut text = String::with_capacity(INPUT_BYTES_MAX + 1);
    let limit = u64::try_from(INPUT_BYTES_MAX + 1).expect("a constant that fits");
    io::stdin().lock().take(limit).read_to_string(&mut text)?;
    let text = SecretString::from(text);
    read(asked, text.expose_secret())
}

/// One line where one value is wanted; else, and where that line is one, a JSON object with the name of each.
fn read(asked: &[&Wanted], input: &str) -> Result<BTreeMap<&'static str, SecretString>, Stop> {
    let input = input.trim();
    if input.len() > INPUT_BYTES_MAX {
        return Err(Stop::usage("standard input is too long for a secret"));
    }
    if let [one] = asked
        && !input.starts_with('{')
    {
        return Ok(BTreeMap::from([(one.key, one_line(input, one.title)?)]));
    }
    let keys: Vec<String> = asked
        .iter()
        .map(|one| format!("\"{}\": \"..\"", one.key))
        .collect();
    // What was read instead is not repeated: it is a secret all the same.
    let wrong = || {
        let keys = keys.join(", ");
        Stop::usage(format!("standard input must be JSON: {{{keys}}}"))
    };
    let object: Result<BTreeMap<String, Text>, _> = serde_json::from_str(input);
    let mut object = object.map_err(|_| wrong())?;
    let mut values = BTreeMap::new();
    for one in asked {
        let Text(text) = object.remove(one.key).ok_or_else(wrong)?;
        values.insert(one.key, one_line(text.expose_secret(), one.title)?);
    }
    if object.is_empty() {
        Ok(values)
    } else {
        Err(wrong())
    }
}

/// The value without the line end and the blanks that copying leaves around it.
pub(super) fn one_line(text: &str, title: &str) -> Result<SecretString, Stop> {
    let value = text.trim();
    if value.is_empty() {
        return Err(Stop::usage(format!("no {title} was given")));
    }
    if value.chars().any(char::is_control) {
        return Err(Stop::usage(format!("the {title} must be one line")));
    }
    Ok(SecretString::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(key: &'static str) -> Wanted {
        Wanted {
            reference: format!("file:it#{key}"),
            key,
            title: "key",
        }
    }

    #[test]
    fn input_is_one_line_or_an_object() {
        let (id, key) = (wanted("id"), wanted("key"));
        let (one, two): (&[&Wanted], &[&Wanted]) = (&[&key], &[&id, &key]);
        for (case, asked, input, expected) in [
            ("a line", one, "abc\r\n", Some(&[("key", "abc")][..])),
            ("blanks", one, "  abc\n\n", Some(&[("key", "abc")])),
            ("two lines", one, "abc\ndef\n", None),
            ("nothing", one, "\n", None),
            (
                "an object of one",
                one,
                r#"{"key":"abc"}"#,
                Some(&[("key", "abc")]),
            ),
            (
                "a pair",
                two,
                "{\"key\": \"abc\",\n \"id\": \"me\"}\n",
                Some(&[("id", "me"), ("key", "abc")]),
            ),
            ("half a pair", two, r#"{"key":"abc"}"#, None),
            ("one line of a pair", two, "abc", None),
            ("more", two, r#"{"key":"abc","id":"me","no":"x"}"#, None),
            ("a number", one, r#"{"key":1}"#, None),
            ("an empty text", two, r#"{"key":"abc","id":" "}"#, None),
        ] {
            let found = read(asked, input).ok().map(|values| {
                let texts = values.iter();
                let texts = texts.map(|(key, text)| (*key, text.expose_secret().to_owned()));
                texts.collect::<Vec<_>>()
            });
            let expected = expected.map(|pairs| {
                let pairs = pairs.iter();
                let pairs = pairs.map(|(key, text)| (*key, (*text).to_owned()));
                pairs.collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{case}");
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let key = wanted("key");
        let long = "x".repeat(INPUT_BYTES_MAX + 1);
        assert!(read(&[&key], &long).is_err());
    }
}
