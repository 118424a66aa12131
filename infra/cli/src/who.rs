//! Who does something, for the history and the audit trail.

use std::env::var;
use std::fs;

/// Longer names tell nobody more.
const NAME_MAX: usize = 200;

/// `--by`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ByArg {
    /// Who does this, for the history and the audit trail [default: the user of this machine, as user@host]
    #[arg(long, value_name = "NAME", env = "ROTAKEY_BY", value_parser = name)]
    by: Option<String>,
}

impl ByArg {
    /// Who was named, or else runs this.
    pub(crate) fn name(self) -> String {
        self.by.unwrap_or_else(whoami)
    }
}

/// Who runs this, as `user@host`; `unknown` stands where the machine does not say.
pub(crate) fn whoami() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"];
    let user = user.into_iter().find_map(|name| told(var(name).ok()));
    let host = ["HOSTNAME", "COMPUTERNAME"];
    let host = host.into_iter().find_map(|name| told(var(name).ok()));
    // Shells know their host's name and rarely pass it on.
    let host = host.or_else(|| told(fs::read_to_string("/etc/hostname").ok()));
    joined(user, host)
}

fn joined(user: Option<String>, host: Option<String>) -> String {
    let [user, host] = [user, host].map(|part| part.unwrap_or_else(|| "unknown".to_owned()));
    format!("{user}@{host}").chars().take(NAME_MAX).collect()
}

/// What a machine says, if it is fit to be a name.
fn told(said: Option<String>) -> Option<String> {
    name(said?.trim()).ok()
}

/// Reads a name that somebody gives themselves.
fn name(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    if !(1..=NAME_MAX).contains(&length) || text.trim().is_empty() {
        return Err(format!("write a name of 1 to {NAME_MAX} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("a name has no control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_on_one_line() {
        let longest = "ä".repeat(NAME_MAX);
        let too_long = format!("{longest}x");
        for (text, is_name) in [
            ("grace", true),
            ("Grace Hopper, for CHG-4711", true),
            (longest.as_str(), true),
            ("", false),
            (" ", false),
            (too_long.as_str(), false),
            ("grace\nversion 4", false),
            ("grace\u{1b}[2K", false),
        ] {
            assert_eq!(name(text).is_ok(), is_name, "{text:?}");
        }
    }

    #[test]
    fn whoever_is_not_named_is_the_user_of_the_machine() {
        let said = |text: &str| told(Some(text.to_owned()));
        for (user, host, who) in [
            (said("grace"), said("laptop\n"), "grace@laptop"),
            (None, said("laptop"), "unknown@laptop"),
            (said("grace"), said(""), "grace@unknown"),
            (said("gr\u{7}ace"), None, "unknown@unknown"),
        ] {
            assert_eq!(joined(user, host), who);
        }
        let long = "g".repeat(NAME_MAX);
        assert_eq!(joined(Some(long.clone()), None), long);
        assert!(!whoami().is_empty());
    }
}
