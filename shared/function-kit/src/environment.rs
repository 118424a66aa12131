//! Where a function finds what it works on: names that the stack's template sets.

use std::env;

/// What the template tells every function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `ROTAKEY_TABLE`: the DynamoDB table.
    pub table: String,
    /// `ROTAKEY_BUS`: the event bus, by name or ARN.
    pub bus: String,
}

/// An environment variable that a function cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct MissingVariable(&'static str);

impl Environment {
    /// Reads the environment variables.
    ///
    /// # Errors
    /// Names the variable that is missing, or no text.
    pub fn read() -> Result<Self, MissingVariable> {
        Self::find(|name| env::var(name).ok())
    }

    fn find(variable: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
        let find = |name| variable(name).ok_or(MissingVariable(name));
        Ok(Self {
            table: find("ROTAKEY_TABLE")?,
            bus: find("ROTAKEY_BUS")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let found = Environment::find(|name| Some(name.to_lowercase())).unwrap();
        assert_eq!(
            (found.table.as_str(), found.bus.as_str()),
            ("rotakey_table", "rotakey_bus")
        );
        for missing in ["ROTAKEY_TABLE", "ROTAKEY_BUS"] {
            let found = Environment::find(|name| (name != missing).then(String::new));
            let error = found.unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the environment variable {missing} is not set")
            );
        }
    }
}
