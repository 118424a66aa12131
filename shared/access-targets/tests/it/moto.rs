//! Identity Center over moto, somebody else's reading of the same API: it keeps the simulator honest.
//!
//! moto takes a duplicate membership without a conflict, and does not know that a user can be switched off: what
//! depends on either is tested over the simulator alone.

use access_core::id::{AccountId, TargetGroupId};
use access_core::matching::Unmatched;
use access_core::ports::Target;
use access_targets::IdentityCenter;
use async_trait::async_trait;
use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::types::{AlternateIdentifier, Email, MemberId, Name, UniqueAttribute};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::contract::{self, Backend};
use crate::identity_center::{client, hasty};
use crate::support::{account, group, principal, principals, unmatched};

/// Where the path of moto's server stands.
const SERVER: &str = "ROTAKEY_MOTO_SERVER";

/// moto imports half of AWS before it listens.
const START_TIME_MAX: Duration = Duration::from_secs(50);

/// A moto server of our own, which ends with the test.
struct Moto {
    server: Child,
    url: String,
}

impl Moto {
    fn start() -> Self {
        let path = std::env::var_os(SERVER).unwrap_or_else(|| {
            panic!(
                "{SERVER} is not set: export {SERVER}=\"$(tests/tools/venv moto)/bin/moto_server\""
            )
        });
        let mut server = Command::new(&path)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", path.display()));
        let stderr = server.stderr.take().expect("it is piped");
        let (found, url) = mpsc::channel();
        // Read to its end, or the server stops once its log fills the pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("Running on ") {
                    let _ = found.send(url.trim().to_owned());
                }
            }
        });
        // Made first, so that a server that says nothing is ended as well.
        let mut moto = Self {
            server,
            url: String::new(),
        };
        moto.url = url
            .recv_timeout(START_TIME_MAX)
            .expect("moto says where it listens");
        moto
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// One identity store in moto, which makes one for every id.
struct MotoStore {
    client: Client,
    store_id: String,
    target: IdentityCenter,
}

impl MotoStore {
    fn new(moto: &Moto, number: usize) -> Self {
        let (client, store_id) = (client(&moto.url), format!("d-{number:010}"));
        let target = hasty(client.clone(), &store_id);
        Self {
            client,
            store_id,
            target,
        }
    }

    async fn add_user(&self, user_name: &str, email: &str) -> AccountId {
        let name = Name::builder().given_name("Some").family_name("Body");
        let email = Email::builder().value(email).primary(true).build();
        let request = self.client.create_user().identity_store_id(&self.store_id);
        let request = request.user_name(user_name).display_name("Somebody");
        let made = request.name(name.build()).emails(email).send().await;
        account(made.expect("moto makes users").user_id())
    }

    async fn group_id(&self, name: &str) -> TargetGroupId {
        let attribute = UniqueAttribute::builder()
            .attribute_path("displayName")
            .attribute_value(name.into());
        let attribute = attribute.build().expect("both parts are given");
        let request = self.client.get_group_id().identity_store_id(&self.store_id);
        let by_name = AlternateIdentifier::UniqueAttribute(attribute);
        let found = request.alternate_identifier(by_name).send().await;
        group(found.expect("the group was seeded").group_id())
    }
}

#[async_trait]
impl Backend for MotoStore {
    fn target(&self) -> &dyn Target {
        &self.target
    }

    async fn seed_user(&self, email: &str) -> AccountId {
        self.add_user(email, email).await
    }

    async fn seed_group(&self, name: &str, members: &[AccountId]) -> TargetGroupId {
        let request = self.client.create_group().identity_store_id(&self.store_id);
        let made = request.display_name(name).send().await;
        let id = group(made.expect("moto makes groups").group_id());
        for member in members {
            self.join(name, member).await;
        }
        id
    }

    async fn join(&self, group: &str, account: &AccountId) {
        let group = self.group_id(group).await;
        let request = self.client.create_group_membership();
        let request = request.identity_store_id(&self.store_id);
        let member = MemberId::UserId(account.to_string());
        let request = request.group_id(group.as_str()).member_id(member);
        request.send().await.expect("moto makes memberships");
    }

    async fn members(&self, group: &str) -> BTreeSet<AccountId> {
        let group = self.group_id(group).await;
        let request = self.client.list_group_memberships();
        let request = request.identity_store_id(&self.store_id);
        let mut pages = request.group_id(group.as_str()).into_paginator().send();
        let mut members = BTreeSet::new();
        while let Some(page) = pages.next().await {
            for membership in page.expect("moto lists memberships").group_memberships() {
                let member = membership.member_id().expect("moto names the member");
                let id = member.as_user_id().expect("members are users");
                members.insert(account(id));
            }
        }
        members
    }

    fn nobody(&self) -> AccountId {
        account("00000000-0000-4000-8000-000000000000")
    }
}

async fn two_users_with_one_address_are_ambiguous(backend: &MotoStore) {
    let address = "ada@example.com";
    backend.add_user("ada", address).await;
    backend.add_user(address, "ada.new@example.com").await;
    let expected = unmatched(Unmatched::Ambiguous);
    let mut asked = principals([address]);
    let few = backend.target.find_accounts(&asked).await.unwrap();
    assert_eq!(few[&principal(address)], expected);
    asked.extend((0..60).map(|number| principal(&format!("p{number}@example.com"))));
    let many = backend.target.find_accounts(&asked).await.unwrap();
    assert_eq!(many[&principal(address)], expected);
}

/// One server for all, because it takes seconds to start; a store for each.
#[tokio::test]
async fn identity_center_keeps_the_contract_over_moto() {
    let moto = Moto::start();
    let mut number = 0;
    let mut store = || {
        number += 1;
        MotoStore::new(&moto, number)
    };
    contract::accounts_are_found_by_the_whole_address(&store()).await;
    contract::capital_letters_make_no_difference(&store()).await;
    contract::many_people_are_each_answered(&store()).await;
    contract::nobody_asked_is_nobody_answered(&store()).await;
    two_users_with_one_address_are_ambiguous(&store()).await;
    contract::a_group_that_is_not_there_is_none(&store()).await;
    contract::an_empty_group_is_empty_by_name_and_by_id(&store()).await;
    contract::a_group_is_read_to_its_last_member(&store()).await;
    contract::a_stranger_is_seen(&store()).await;
    contract::people_are_added_and_removed(&store()).await;
    contract::a_second_removal_finds_it_so(&store()).await;
    contract::the_last_member_can_go_and_others_come(&store()).await;
    contract::one_bad_step_stops_no_other(&store()).await;
    contract::no_steps_have_no_outcomes(&store()).await;
    contract::a_created_group_is_there_and_empty(&store()).await;
}
