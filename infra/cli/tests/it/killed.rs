//! `serve` under `kill -9`: started again and again on one store, killed at any moment, with vendors that fail at random.
//!
//! A real process is killed, so it lives by the real clock, and so does everything here: shifts change hands every few
//! seconds, grants last a few seconds. Nothing is waited for by its time but the moments of the kills, which chance decides;
//! a run says its seed, and `ROTAKEY_TEST_SEED` takes one. What fails and when still depends on the machine.

mod chance;
mod company;
mod life;
mod watch;

use crate::serve::until;
use crate::support;
use access_core::ports::{RequestFilter, Requests};
use access_core::principal::Principal;
use access_core::request::{GrantRecord, RequestState};
use access_store::DynamoStore;
use chance::Chance;
use company::{APPROVALS, Answer, Company, PEOPLE};
use jiff::SignedDuration;
use life::{Life, PATIENCE, Span};
use rotakey::local::LocalStore;
use simulators::kit::Fault;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::block_in_place;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use watch::{Watch, outlived};

const LIVES: u64 = 100;

/// A grant ends by a sweep: one a minute.
const SWEEP: SignedDuration = SignedDuration::from_mins(1);

/// More than the last handoffs and grants, a tick for what was not read before, and some patience.
const SETTLES_WITHIN: Duration = Duration::from_mins(4);

/// Looks that agree, one after another, before everything counts as settled.
const AGREED: usize = 10;

/// What somebody asks for, and what it was taken as.
#[derive(Debug, Clone)]
struct Wish {
    who: usize,
    group: &'static str,
    duration: &'static str,
    /// No two are the same.
    reason: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_hundred_times_it_loses_no_request_and_leaves_nobody_where_they_do_not_belong() {
    let told = std::env::var("ROTAKEY_TEST_SEED").ok();
    let now = function_kit::now().as_microsecond().unsigned_abs();
    let seed = told.map_or(now, |told| told.parse().unwrap());
    eprintln!("ROTAKEY_TEST_SEED={seed}");
    let mut chance = Chance(seed);
    let company = Arc::new(Company::open(&mut chance).await);
    let watch = Watch::begin(Arc::clone(&company));
    let (mut lives, mut accepted) = (Vec::new(), Vec::new());
    for number in 0..LIVES {
        for faults in company.faults() {
            chance.spoil(faults);
        }
        if number % 12 == 6 {
            company.stand_in(&mut chance);
        }
        let (life, mut taken) = live(&company, &mut chance, number).await;
        lives.push(life);
        accepted.append(&mut taken);
    }
    for faults in company.faults() {
        faults.clear();
    }
    let (life, last) = settle(&company).await;
    lives.push(life);
    accepted.push(last);
    let changes = watch.end().await;

    let local = LocalStore::open(Some(&company.store())).await.unwrap();
    let grants = grants(&local.store()).await;
    nothing_is_lost(&local.store(), &accepted).await;
    local.stop().await.unwrap();
    let longest = outlived(&changes, &grants, &lives);
    eprintln!(
        "{} requests accepted, {} grants, {} changes in the vault; the longest past its end: {longest:#}",
        accepted.len(),
        grants.len(),
        changes.len(),
    );
    assert!(longest <= SWEEP, "somebody was in for {longest:#} too long");
    assert!(accepted.len() > 5 && changes.len() > 2, "much has happened");
    let verified = support::run(company.rotakey(&["audit", "verify"])).await;
    verified.says(0, &["group/vault", "nothing was touched"]);
}

/// One process, from its start to its end at a moment that chance decides, and what it accepted.
async fn live(company: &Arc<Company>, chance: &mut Chance, number: u64) -> (Span, Vec<Wish>) {
    let wishes = (0..3).map(|wish| wish_of(chance, number, wish)).collect();
    let (stop, answered) = (CancellationToken::new(), Arc::new(Notify::new()));
    let asking = Asking {
        company: Arc::clone(company),
        stop: stop.clone(),
        answered: Arc::clone(&answered),
    };
    let mut life = block_in_place(|| Life::begin(company.serve()));
    let asking = tokio::spawn(asking.all(wishes));
    let short = chance.milliseconds(&(30..=600));
    match chance.within(&(0..=9)) {
        // While it starts.
        0 => sleep_until(Instant::now() + short / 4).await,
        // In the midst of whatever it says first.
        1 | 2 => {
            life.serves().await;
            let _in_time = timeout(short, life.logs()).await;
        }
        // With an answer just given.
        3 | 4 => {
            life.serves().await;
            let _in_time = timeout(short * 2, answered.notified()).await;
        }
        5 | 6 => {
            life.serves().await;
            sleep_until(Instant::now() + short * 3).await;
        }
        _ => {
            life.serves().await;
            sleep_until(Instant::now() + short).await;
        }
    }
    stop.cancel();
    let span = block_in_place(|| life.kill());
    (span, asking.await.unwrap())
}

fn wish_of(chance: &mut Chance, life: u64, number: u64) -> Wish {
    let who = usize::try_from(chance.within(&(0..=3))).unwrap();
    let group = *chance.one_of(&["vault", "vault", "vault", "archive"]);
    let duration = *chance.one_of(&["3s", "7s", "15s"]);
    Wish {
        who,
        group,
        duration,
        reason: format!("life {life}, wish {number}"),
    }
}

/// People who ask while a process lives.
struct Asking {
    company: Arc<Company>,
    stop: CancellationToken,
    answered: Arc<Notify>,
}

impl Asking {
    /// Asks for one after another; answers what was accepted. What nobody answered is asked again, as another request.
    async fn all(self, wishes: Vec<Wish>) -> Vec<Wish> {
        let mut tries = interval(Duration::from_millis(5));
        tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut accepted = Vec::new();
        for wish in wishes {
            for number in 1.. {
                let reason = format!("{}, try {number}", wish.reason);
                let wish = Wish {
                    reason,
                    ..wish.clone()
                };
                let answer = self.company.ask(wish.who, &line(&wish)).await;
                match answer {
                    Answer::Lost if self.stop.is_cancelled() => return accepted,
                    Answer::Lost => {
                        tries.tick().await;
                        continue;
                    }
                    Answer::Accepted => accepted.push(wish),
                    Answer::Refused(_) => {}
                }
                self.answered.notify_one();
                break;
            }
        }
        accepted
    }
}

fn line(wish: &Wish) -> String {
    format!("{} {} {}", wish.group, wish.duration, wish.reason)
}

/// The last process, with vendors that work: somebody gets in for longer, and in the end everybody is where they belong.
async fn settle(company: &Company) -> (Span, Wish) {
    let mut life = block_in_place(|| Life::begin(company.serve()));
    life.serves().await;
    let wish = Wish {
        who: 3,
        group: "vault",
        duration: "10m",
        reason: "to be in at the end".to_owned(),
    };
    let mut times = interval(Duration::from_millis(100));
    let asked = async {
        while company.ask(wish.who, &line(&wish)).await != Answer::Accepted {
            times.tick().await;
        }
    };
    let is_asked = timeout(PATIENCE, asked).await.is_ok();
    assert!(is_asked, "nothing is accepted:\n{}", life.words());

    let local = LocalStore::join(Some(&company.store())).await.unwrap();
    let store = local.store();
    let mut last = String::new();
    let settled = async {
        let mut agreed = 0;
        while agreed < AGREED {
            times.tick().await;
            let now = function_kit::now();
            let mut grants = store.current_grants().await.unwrap();
            grants.retain(|record| record.is_live(now));
            let soon = now + SWEEP;
            let is_over = company.handed_over_at <= now
                && grants.iter().all(|record| soon < record.ends_at());
            let (holds, wanted) = (company.holds(), company.wanted(now, &grants));
            agreed = if is_over && holds == wanted {
                agreed + 1
            } else {
                0
            };
            last = format!("wanted {wanted:?}, found {holds:?}");
        }
    };
    let is_settled = timeout(SETTLES_WITHIN, settled).await.is_ok();
    assert!(is_settled, "{last}\n{}", life.words());
    local.stop().await.unwrap();
    (block_in_place(|| life.kill()), wish)
}

/// Every grant that anybody ever got.
async fn grants(store: &DynamoStore) -> Vec<GrantRecord> {
    let mut grants = Vec::new();
    for (_, _, email) in PEOPLE {
        let who = Principal::new(email).unwrap();
        grants.append(&mut store.grants_of(&who).await.unwrap());
    }
    grants
}

/// Each accepted request is there, once, and is what its answer said.
async fn nothing_is_lost(store: &DynamoStore, accepted: &[Wish]) {
    for group in ["vault", "archive"] {
        let filter = RequestFilter::Group(group.parse().unwrap());
        let kept = store.requests(&filter).await.unwrap();
        for wish in accepted.iter().filter(|wish| wish.group == group) {
            let theirs = kept
                .iter()
                .filter(|request| request.asked.reason.as_str() == wish.reason);
            let theirs: Vec<_> = theirs.collect();
            let [request] = theirs.as_slice() else {
                panic!("{wish:?} is there {} times", theirs.len())
            };
            assert_eq!(request.asked.by.email(), PEOPLE[wish.who].2, "{wish:?}");
            let is_right = match &request.state {
                RequestState::Approved { .. } => group == "vault",
                RequestState::Pending { .. } => group == "archive",
                _ => false,
            };
            assert!(is_right, "{wish:?} became {:?}", request.state);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_to_decide_hears_of_a_request_from_the_process_after_the_kill() {
    let company = Company::open(&mut Chance(5)).await;
    let slack = company.slack.kit();
    slack.faults.always("chat.postMessage", Fault::status(500));
    let mut life = block_in_place(|| Life::begin(company.serve()));
    life.serves().await;
    let asked = company.ask(0, "archive 5m to look something up").await;
    assert_eq!(asked, Answer::Accepted, "{}", life.words());
    // Its event has left the store by then, and is in the memory of the process.
    let failed = async || {
        let requests = slack.log.requests();
        let mut posts = requests
            .iter()
            .filter(|it| it.operation == "chat.postMessage");
        posts.any(|post| post.status.is_some())
    };
    assert!(until(failed).await, "{}", life.words());
    block_in_place(|| life.kill());
    assert!(company.slack.messages(APPROVALS).is_empty());

    slack.faults.clear();
    let mut life = block_in_place(|| Life::begin(company.serve()));
    life.serves().await;
    let told = async || !company.slack.messages(APPROVALS).is_empty();
    assert!(until(told).await, "{}", life.words());
    let card = company.slack.messages(APPROVALS).remove(0);
    let card = card.blocks.to_string();
    assert!(card.contains("to look something up"), "{card}");
}
