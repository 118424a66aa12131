//! Which account a credential belongs to: an API key works at the host of its region, whatever subdomain was configured.

use serde::Deserialize;

use crate::{
    answer::{self, Envelope},
    call::Call,
    client::Client,
    error::{Error, Operation},
    instance::Instance,
};

/// A user, as far as the place in the web goes.
#[derive(Deserialize)]
struct Row {
    html_url: Option<String>,
}

impl Client {
    /// The account that PagerDuty answers for, by the web address of one of its users; `None` where that does not tell.
    ///
    /// May differ from [`Client::instance`], which is what was configured. Needs `users.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn instance_seen(&self) -> Result<Option<Instance>, Error> {
        let call = Call::get(Operation::new("list one user"), &["users"])
            .scope("users.read")
            .query("limit", "1");
        let body = self.send(&call).await?;
        let page: Envelope<Vec<Row>> = answer::read(&call.operation, "users", &body)?;
        let address = page.value.into_iter().find_map(|row| row.html_url);
        Ok(address.and_then(|address| Instance::parse(&address).ok()))
    }
}
