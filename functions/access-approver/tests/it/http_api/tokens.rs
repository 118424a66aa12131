//! Tokens, for a machine of one's own: whoever holds one is its person, and nobody else.

use super::sent::{Sent, ask, get, session};
use crate::support::{CONFIG, Nothing, World, noon};
use access_approver::Systems;
use access_core::config::{SecretRef, SlackConfig};
use async_trait::async_trait;
use function_kit::{Freshness, SecretError};
use jiff::Timestamp;
use secrecy::SecretString;
use slack_client::SlackClient;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const NINAS: &str = "ninas-token-0123456789-0123456789";
const LENAS: &str = "lenas-token-0123456789-0123456789";

const TOKENS: &str = r#"
[[api.token]]
person = "nina@acme.example"
secret = "env:NINA"

[[api.token]]
person = "lena@acme.example"
secret = "env:LENA"
"#;

/// Secrets that a test can change, each remembered until it is read again.
#[derive(Default)]
struct Vault {
    kept: Mutex<BTreeMap<String, String>>,
    remembered: Mutex<BTreeMap<String, (Option<Timestamp>, String)>>,
    reads: Mutex<usize>,
}

impl Vault {
    fn put(&self, reference: &str, secret: &str) {
        let mut kept = self.kept.lock().unwrap();
        kept.insert(reference.to_owned(), secret.to_owned());
    }

    fn lose(&self, reference: &str) {
        self.kept.lock().unwrap().remove(reference);
        self.remembered.lock().unwrap().remove(reference);
    }

    fn reads(&self) -> usize {
        *self.reads.lock().unwrap()
    }
}

#[async_trait]
impl Systems for Vault {
    fn slack(&self, _config: &SlackConfig) -> Result<Arc<SlackClient>, String> {
        Err("there is no chat in this test".to_owned())
    }

    async fn signing_secret(
        &self,
        reference: &SecretRef,
        freshness: Freshness,
    ) -> Result<SecretString, SecretError> {
        let name = reference.reference.to_string();
        let mut remembered = self.remembered.lock().unwrap();
        let known = remembered.get(&name);
        let before = known.and_then(|(read_at, _)| *read_at);
        if let Some((read_at, secret)) = known
            && freshness.takes(*read_at)
        {
            return Ok(SecretString::from(secret.as_str()));
        }
        *self.reads.lock().unwrap() += 1;
        let secret = self.kept.lock().unwrap().get(&name).cloned();
        let secret = secret.ok_or_else(|| SecretError::NotFound {
            reference: name.clone(),
            hint: "put it into the vault",
        })?;
        let read_at = match freshness {
            Freshness::Recent(now) => Some(now),
            Freshness::Cached | Freshness::Reread => before,
        };
        remembered.insert(name, (read_at, secret.clone()));
        Ok(SecretString::from(secret))
    }
}

async fn world() -> (World, Arc<Vault>) {
    let vault = Arc::<Vault>::default();
    vault.put("env:NINA", NINAS);
    vault.put("env:LENA", LENAS);
    let world = World::wired(vault.clone(), Arc::new(Nothing)).await;
    let config = format!("{CONFIG}{TOKENS}");
    world.configure(&config, &BTreeMap::new()).await;
    world.read_rota(noon(0)).await;
    (world, vault)
}

fn bearing(sent: Sent, token: &str) -> Sent {
    sent.header("authorization", &format!("Bearer {token}"))
}

#[tokio::test]
async fn a_token_is_its_person() {
    let (world, _vault) = world().await;
    for (token, email) in [(NINAS, "nina@acme.example"), (LENAS, "lena@acme.example")] {
        let sent = bearing(ask("vault"), token);
        let request = sent.to(&world, 0).await.done(201);
        assert_eq!(request["by"], email);
    }
    let lower = ask("vault").header("authorization", &format!("bearer {NINAS}"));
    lower.to(&world, 1).await.done(201);
}

#[tokio::test]
async fn what_is_no_token_is_nobody() {
    let (world, _vault) = world().await;
    for (case, header) in [
        (
            "another",
            "Bearer somebodys-token-0123456789-0123456789".to_owned(),
        ),
        ("nothing", "Bearer ".to_owned()),
        ("half", format!("Bearer {}", &NINAS[..16])),
        ("more", format!("Bearer {NINAS}0")),
        ("both", format!("Bearer {NINAS}{LENAS}")),
        (
            "in other letters",
            format!("Bearer {}", NINAS.to_uppercase()),
        ),
        ("another scheme", format!("Basic {NINAS}")),
        ("no scheme", NINAS.to_owned()),
    ] {
        let sent = ask("vault").header("authorization", &header);
        let answer = sent.to(&world, 0).await;
        assert_eq!(answer.status, 401, "{case}");
        answer.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_short_token_is_nobodys() {
    let (world, vault) = world().await;
    vault.put("env:NINA", "short");
    let answer = bearing(ask("vault"), "short").to(&world, 0).await;
    answer.refused(401, "unauthenticated");
}

#[tokio::test]
async fn whoever_signed_cannot_become_another_by_a_token() {
    let (world, _vault) = world().await;
    let both = bearing(ask("vault").signed(session("nina")), LENAS);
    both.to(&world, 0).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_new_token_is_noticed_and_forgers_do_not_make_us_read() {
    let (world, vault) = world().await;
    bearing(get("/groups"), NINAS).to(&world, 0).await.done(200);
    let new = "ninas-new-token-0123456789-0123456789";
    vault.put("env:NINA", new);
    bearing(get("/groups"), new).to(&world, 1).await.done(200);
    let reads = vault.reads();
    for second in 2..50 {
        let forged = "forged-token-0123456789-0123456789";
        let answer = bearing(get("/groups"), forged).to(&world, second).await;
        answer.refused(401, "unauthenticated");
    }
    assert_eq!(vault.reads(), reads);
}

#[tokio::test]
async fn a_token_that_was_replaced_is_believed_for_less_than_a_minute() {
    let (world, vault) = world().await;
    bearing(get("/groups"), NINAS).to(&world, 0).await.done(200);
    vault.put("env:NINA", "ninas-new-token-0123456789-0123456789");
    let stolen = bearing(get("/groups"), NINAS).to(&world, 59).await;
    stolen.done(200);
    let stolen = bearing(get("/groups"), NINAS).to(&world, 60).await;
    stolen.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_token_that_cannot_be_read_stops_no_other() {
    let (world, vault) = world().await;
    vault.lose("env:NINA");
    bearing(get("/groups"), LENAS).to(&world, 0).await.done(200);
    let unsure = bearing(get("/groups"), NINAS).to(&world, 1).await;
    unsure.refused(503, "unavailable");
}

#[tokio::test]
async fn without_a_configuration_strangers_have_it_looked_for_now_and_then() {
    let vault = Arc::<Vault>::default();
    vault.put("env:NINA", NINAS);
    vault.put("env:LENA", LENAS);
    let world = World::wired(vault.clone(), Arc::new(Nothing)).await;
    let sent = || bearing(get("/groups"), NINAS);
    sent().to(&world, 0).await.refused(503, "unavailable");
    let config = format!("{CONFIG}{TOKENS}");
    world.configure(&config, &BTreeMap::new()).await;
    world.read_rota(noon(0)).await;
    sent().to(&world, 4).await.refused(503, "unavailable");
    sent().to(&world, 5).await.done(200);
}

#[tokio::test]
async fn a_token_that_was_taken_out_is_not_believed_any_more() {
    let (world, _vault) = world().await;
    bearing(get("/groups"), NINAS).to(&world, 0).await.done(200);
    let config = format!("{CONFIG}{TOKENS}").replace("nina@", "nora@");
    world.configure(&config, &BTreeMap::new()).await;
    let answer = bearing(get("/groups"), NINAS).to(&world, 1).await;
    answer.refused(401, "unauthenticated");
    let answer = bearing(ask("vault"), NINAS).to(&world, 61).await;
    assert_eq!(answer.done(201)["by"], "nora@acme.example");
}
