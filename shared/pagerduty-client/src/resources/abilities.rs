//! What the account's plan includes; also the cheapest way to see whether a credential works.

use std::collections::BTreeSet;

use crate::{call::Call, client::Client, error::Error, error::Operation};

impl Client {
    /// The names of all abilities of the account, such as `teams`. Works with every kind of credential, so it serves
    /// as a test of the connection.
    ///
    /// Needs `abilities.read`. <https://developer.pagerduty.com/api-reference/>, "List abilities".
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn abilities(&self) -> Result<BTreeSet<String>, Error> {
        let call =
            Call::get(Operation::new("list abilities"), &["abilities"]).scope("abilities.read");
        let abilities: Vec<String> = self.whole(call, "abilities").await?;
        Ok(abilities.into_iter().collect())
    }
}
