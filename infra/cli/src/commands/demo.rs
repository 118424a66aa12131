//! `demo`: a company, and its handoffs as they happen.

use crate::demo::{Chat, Script, Stage, Story, World, start_of_demo};
use crate::local::{BusEvent, LocalClock, Options, Stack, aws_at};
use crate::show::{Look, Tone, during, moment, plans, print, span, tally};
use crate::signals::Signals;
use crate::stop::{Exit, Stop};
use access_core::plan::Plan;
use access_core::ports::Clock;
use access_targets::Pace;
use function_kit::Secrets;
use jiff::{SignedDuration, Timestamp};
use oncall_poller::wiring::RealSystems;
use serde_json::{Value, json};
use simulators::company::PEOPLE;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, sleep_until};
use webhook_receiver::wiring::RealSecrets;

/// What belongs together is on the bus within this time of the machine's.
const TOGETHER: Duration = Duration::from_millis(150);

/// After a handoff until its last change: the lag, and a tick.
const AFTERMATH: SignedDuration = SignedDuration::from_mins(8);

/// In the machine's time, until that change is done and told.
const AFTERMATH_REAL: SignedDuration = SignedDuration::from_secs(1);

/// How long a stack may take to end; nothing is lost with it.
const STOP_MAX: Duration = Duration::from_secs(2);

/// Watch a company's handoffs, with no account anywhere and time running fast
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many times faster than real time
    #[arg(long, value_name = "N", default_value_t = 1200, value_parser = clap::value_parser!(u16).range(1..=3600))]
    speed: u16,
    /// End after this many handoffs, and those of the same instant [default: go on until Ctrl-C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    handoffs: Option<u16>,
}

/// Everything that runs.
struct Demo {
    clock: LocalClock,
    world: World,
    stack: Stack,
    chat: Chat,
    look: Look,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    // Before anything is started: whoever dies of a signal leaves folders and files behind.
    let signals = Signals::with_hangup()?;
    let start = start_of_demo(function_kit::now());
    let mut demo = Demo::start(&args, start, look).await?;
    demo.introduce(&args, start);
    demo.first_sync().await;
    let events = demo.stack.events();
    demo.clock.set_speed(f64::from(args.speed));
    demo.stack.start_schedule();
    let enough = args.handoffs.map(usize::from);
    let story = demo.play(events, signals, enough, start).await;
    demo.end(&story, start).await;
    Ok(Exit::Done)
}

impl Demo {
    /// Time is real until the first sync is done, so that nothing happens behind it.
    async fn start(args: &Args, start: Timestamp, look: Look) -> Result<Self, Stop> {
        let clock = LocalClock::running(start, 1.0);
        let world = World::start(&clock).await?;
        let speed = SignedDuration::from_secs(i64::from(args.speed));
        // Once a second of the machine's time, which is what the real client's rate limit allows for.
        let refresh = speed.max(SignedDuration::from_mins(1));
        let aws = aws_at(world.aws.endpoint_url());
        let secrets = Arc::new(Secrets::new(&aws));
        let options = Options {
            store: None,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            public: None,
            clock: Arc::new(clock.clone()),
            timeout: speed.saturating_mul(90),
            systems: Arc::new(RealSystems::new(&aws).with_identity_center_pace(Pace::unlimited())),
            webhook_secrets: Arc::new(RealSecrets(Arc::clone(&secrets))),
            approver: Some(Arc::new(access_approver::wiring::RealSystems(secrets))),
            metrics: None,
            config: world.config(refresh),
            policies: BTreeMap::new(),
            by: "demo".to_owned(),
        };
        let stack = Stack::start(options)
            .await
            .map_err(|error| Stop::from_error(&error))?;
        world.subscribe(&stack.gateway_url());
        let chat = Chat::new(&stack.gateway_url(), &clock);
        Ok(Self {
            clock,
            world,
            stack,
            chat,
            look,
        })
    }

    fn introduce(&self, args: &Args, start: Timestamp) {
        let (people, schedules) = (PEOPLE.len(), self.world.account.schedules().len());
        let title = format!(
            "Acme: {people} people, {schedules} PagerDuty schedules. Nothing leaves this machine."
        );
        let day = SignedDuration::from_hours(24) / i32::from(args.speed);
        let rows = [
            (
                "PagerDuty, simulated",
                self.world.pagerduty.url().to_owned(),
            ),
            (
                "Identity Center, simulated",
                self.world.aws.endpoint_url().to_owned(),
            ),
            ("Slack, simulated", self.world.slack.api_url()),
            ("the real poller, behind", self.invocations()),
            ("the real approver, behind", self.chat.commands()),
            (
                "time, UTC",
                format!(
                    "from {}, {} times as fast: a day in {}",
                    moment(start),
                    args.speed,
                    span(day)
                ),
            ),
        ];
        print(self.look.tone(Tone::Strong, title));
        for (what, place) in rows {
            print(format!("  {what:<28}{place}"));
        }
        print("");
    }

    fn invocations(&self) -> String {
        format!(
            "{}/2015-03-31/functions/oncall-poller/invocations",
            self.stack.gateway_url()
        )
    }

    async fn first_sync(&self) {
        print(self.look.tone(Tone::Strong, "The first sync"));
        let answer = during(
            "Bringing every group into line",
            self.stack.poll(json!({"sync": {}})),
        )
        .await;
        let planned: Vec<Plan> = match answer {
            Ok(mut answer) => serde_json::from_value(answer["plans"].take()).unwrap_or_default(),
            Err(error) => {
                print(self.look.tone(Tone::Bad, error));
                return;
            }
        };
        print(plans(&planned, &self.world.names(), self.look));
        print(format!("\n{}.", tally(&planned)));
        for plan in planned.iter().filter(|plan| plan.told().next().is_some()) {
            let Some(id) = plan.held_id else { continue };
            let body: Value = json!({"sync": {"release": id}});
            let text = "Nobody takes so much away unasked. To let these removals go:";
            print(self.look.tone(Tone::Warn, text));
            print(format!("  curl -d '{body}' {}", self.invocations()));
        }
        print(self.look.tone(Tone::Strong, "\nHandoffs (Ctrl-C ends)"));
    }

    /// Tells what happens until it is enough, somebody interrupts, or nobody reads any more.
    async fn play(
        &self,
        mut events: Receiver<BusEvent>,
        mut signals: Signals,
        enough: Option<usize>,
        start: Timestamp,
    ) -> Story {
        let mut story = Story::new(self.world.names(), self.look, self.world.account.clone());
        let mut script = Script::starting(start);
        let (world, chat) = (&self.world, &self.chat);
        let stage = Stage { world, chat };
        let told = AFTERMATH_REAL.mul_f64(self.clock.speed());
        let mut tell_at = Instant::now();
        loop {
            let end = enough
                .and_then(|number| story.handoff_at(number))
                .map(|at| at + AFTERMATH + told);
            let mut lines = Vec::new();
            tokio::select! {
                // What was missed is not told.
                Ok(event) = events.recv() => {
                    if !story.has_news() {
                        tell_at = Instant::now() + TOGETHER;
                    }
                    story.take(event);
                }
                () = sleep_until(tell_at), if story.has_news() => lines = story.tell(),
                () = self.clock.wait_until(script.at) => {
                    let said = script.play(&stage).await;
                    let said = said.map(|said| self.look.tone(Tone::Strong, said));
                    lines.extend(said.map(|said| format!("{}  {said}", moment(self.clock.now()))));
                    // What is not taken now is delivered again with what happens next.
                    let _report = self.world.account.deliver_webhooks().await;
                }
                () = until(&self.clock, end), if !story.has_news() => break,
                () = signals.next() => break,
            }
            if !lines.into_iter().all(print) {
                break;
            }
        }
        story
    }

    async fn end(self, story: &Story, start: Timestamp) {
        let Self {
            clock,
            world,
            stack,
            chat: _,
            look,
        } = self;
        let passed = clock.now().duration_since(start);
        let summary = look.tone(Tone::Strong, story.summary(passed));
        print(format!("\n{summary}."));
        print(format!(
            "Calls: {} to PagerDuty, {} to Identity Center, {} to Slack.",
            world.account.log().total(),
            world.aws.kit().log.total(),
            world.slack.kit().log.total(),
        ));
        // What does not end in time is cut off, which costs nothing here.
        let _stopped = tokio::time::timeout(STOP_MAX, stack.stop()).await;
    }
}

/// Waits for an instant, or for ever.
async fn until(clock: &LocalClock, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.wait_until(at).await,
        None => std::future::pending().await,
    }
}
