//! `serve`: the whole stack on real hosts and the real clock, in the foreground.

use crate::local::{
    ACCESS_APPROVER, LocalClock, Options, Pulse, Stack, StackError, WEBHOOK_RECEIVER,
    require_loopback,
};
use crate::notify::Manager;
use crate::setup::{ConfigArg, StoreArg};
use crate::show::print;
use crate::signals::Signals;
use crate::stop::{Exit, Stop};
use access_approver::Systems;
use access_core::config::Config;
use function_kit::{Secrets, metrics};
use jiff::SignedDuration;
use oncall_poller::wiring::RealSystems;
use std::net::SocketAddr;
use std::sync::Arc;
use tracing::{error, info, warn};
use webhook_receiver::wiring::RealSecrets;

/// Less than the two minutes that the function has on AWS: stopping waits for the sweep under way, then tells people for
/// twenty seconds, and both have to fit into the service manager's two minutes.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(90);

/// Keep every group in line with the rota from this machine, until interrupted
///
/// How it goes is told at /health, /ready and /metrics of the address of --listen, to this machine alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreArg,
    /// Where the gateway listens for commands on this machine, whom it does not ask who they are; a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000", value_parser = own_address)]
    listen: SocketAddr,
    /// Where it takes what PagerDuty and Slack send, and nothing else; have a proxy or tunnel with TLS lead there
    #[arg(long, value_name = "ADDRESS")]
    public: Option<SocketAddr>,
}

pub(crate) async fn run(args: Args) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let store = loaded.store_path(&args.store)?;
    let aws = loaded.aws().await?;
    loaded.require_secrets(&aws).await?;
    loaded.warn_of_secrets(&aws).await;
    crate::setup::make_folder_of(&store)?;
    let secrets = Arc::new(Secrets::new(&aws));
    let manager = Manager::of_environment();
    let options = Options {
        store: Some(store.clone()),
        listen: args.listen,
        public: args.public,
        clock: Arc::new(LocalClock::real()),
        timeout: TIMEOUT,
        systems: Arc::new(RealSystems::new(&aws)),
        webhook_secrets: Arc::new(RealSecrets(Arc::clone(&secrets))),
        approver: approver(&loaded.config, secrets),
        metrics: Some(metrics::install_scrape()),
        config: loaded.text.clone(),
        policies: loaded.policies.clone(),
        by: "serve".to_owned(),
    };
    // Before anything is started, so that no signal finds the usual way of dying.
    let mut signals = Signals::new()?;
    let mut stack = Stack::start(options).await.map_err(not_started)?;
    print(format!(
        "rotakey serves {} at {}, its store is {}",
        loaded.path.display(),
        stack.gateway_url(),
        store.display()
    ));
    for line in said_of_callers(&loaded.config, stack.public_url().as_deref()) {
        print(line);
    }
    stack.start_schedule();
    manager.ready();
    let pulse = stack.pulse();
    tokio::select! {
        () = signals.next() => {}
        () = tell_of_life(&manager, &pulse) => {}
    }
    manager.stopping();
    end(stack, signals).await
}

/// Two processes on one store would each trust their own memory of it.
fn not_started(error: StackError) -> Stop {
    match error {
        StackError::Embedded(error) => error.into(),
        error => Stop::from_error(&error),
    }
}

/// Tells the service manager that the service lives, for as long as ticks end: it starts one anew in which none does. Never
/// returns.
async fn tell_of_life(manager: &Manager, pulse: &Pulse) {
    let Some(every) = manager.wants_to_hear_every() else {
        return std::future::pending().await;
    };
    let mut times = tokio::time::interval(every);
    loop {
        times.tick().await;
        if pulse.is_alive(function_kit::now()) {
            manager.alive();
        } else {
            error!(
                "no tick has ended for too long: the service manager hears no more of this process"
            );
        }
    }
}

/// Reads an address that other machines cannot reach.
fn own_address(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse::<SocketAddr>();
    let address =
        address.map_err(|_| "write an address and a port, such as 127.0.0.1:9000".to_owned())?;
    require_loopback(address).map_err(|error| error.to_string())?;
    Ok(address)
}

/// What to do for those who call from elsewhere: the URLs to give them, if anything is public at `public`.
fn said_of_callers(config: &Config, public: Option<&str>) -> Vec<String> {
    let callers = callers(config);
    let Some(public) = public else {
        let hint = "PagerDuty and Slack cannot reach it: `--public ADDRESS` opens one to them";
        let is_missed = !callers.is_empty();
        return is_missed.then(|| hint.to_owned()).into_iter().collect();
    };
    let mut lines = vec![format!(
        "what is public is at {public}, without encryption: have a proxy or tunnel with TLS lead there, and paste URLs of its HOST"
    )];
    let urls = callers.iter();
    lines.extend(urls.map(|(who, path)| format!("  {who:<28}https://HOST{path}")));
    if callers.is_empty() {
        lines.push(
            "  none yet: no PagerDuty account has `webhook_secrets`, and there is no `[slack]`"
                .to_owned(),
        );
    }
    lines
}

/// Who calls from elsewhere, and at which path.
fn callers(config: &Config) -> Vec<(String, String)> {
    let accounts = config.pagerduty.iter();
    let heard = accounts.filter(|(_, account)| !account.webhook_secrets.is_empty());
    let hooks = heard.map(|(name, _)| {
        let path = format!("/lambda-url/{WEBHOOK_RECEIVER}/{name}");
        (format!("PagerDuty, {name}"), path)
    });
    let slack = [
        ("Slack, slash command", "command"),
        ("Slack, interactivity", "interaction"),
    ];
    let slack = slack.iter().filter(|_| config.slack.is_some());
    let slack = slack.map(|(what, end)| {
        let path = format!("/lambda-url/{ACCESS_APPROVER}/slack/{end}");
        ((*what).to_owned(), path)
    });
    hooks.chain(slack).collect()
}

/// What the approver needs, where people can ask: in Slack, or by the API.
fn approver(config: &Config, secrets: Arc<Secrets>) -> Option<Arc<dyn Systems>> {
    let is_asked = config.slack.is_some() || config.api.is_some();
    is_asked.then(|| Arc::new(access_approver::wiring::RealSystems(secrets)) as Arc<dyn Systems>)
}

/// Lets the sweep under way end, unless a second signal says not to.
async fn end(stack: Stack, mut signals: Signals) -> Result<Exit, Stop> {
    info!(
        "no more requests are taken; stopping when the sweep under way has ended, and at once with a second signal"
    );
    tokio::select! {
        stopped = stack.stop() => stopped.map_err(|error| Stop::from_error(&error))?,
        () = signals.next() => warn!("stopped at once; the next start takes up what was left"),
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEMS: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:KEY"
HOOKS

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "payments"
sources = ["schedule:acme/PABC123"]
entitlements = ["aws:Payments"]

APP
"#;

    fn config(hooks: &str, app: &str) -> Config {
        let text = SYSTEMS.replace("HOOKS", hooks).replace("APP", app);
        Config::parse("rotakey.toml", &text).unwrap()
    }

    #[test]
    fn the_urls_of_those_who_call_are_told() {
        let hooks = r#"webhook_secrets = ["file:hooks.json"]"#;
        let app = "[slack]\nbot_token = \"env:BOT\"\nsigning_secret = \"env:SIGNING\"";
        let public = Some("http://127.0.0.1:9001");
        let all = config(hooks, app);
        assert_eq!(
            said_of_callers(&all, public)[1..],
            [
                "  PagerDuty, acme             https://HOST/lambda-url/webhook-receiver/acme",
                "  Slack, slash command        https://HOST/lambda-url/access-approver/slack/command",
                "  Slack, interactivity        https://HOST/lambda-url/access-approver/slack/interaction",
            ]
        );
        for (case, config, public, lines, said) in [
            ("all", &all, public, 4, "http://127.0.0.1:9001"),
            ("no app", &config(hooks, ""), public, 2, "PagerDuty, acme"),
            (
                "no webhooks",
                &config("", app),
                public,
                3,
                "Slack, slash command",
            ),
            ("neither", &config("", ""), public, 2, "none yet"),
            ("not public", &all, None, 1, "`--public ADDRESS`"),
        ] {
            let told = said_of_callers(config, public);
            assert_eq!(told.len(), lines, "{case}: {told:#?}");
            assert!(told.join("\n").contains(said), "{case}: {told:#?}");
        }
        assert!(said_of_callers(&config("", ""), None).is_empty());
    }

    #[test]
    fn only_this_machine_is_listened_to_without_a_question() {
        for (text, said) in [
            ("127.0.0.1:0", None),
            ("[::1]:9000", None),
            ("0.0.0.0:9000", Some("`--public ADDRESS`")),
            ("9000", Some("an address and a port")),
            ("localhost:9000", Some("an address and a port")),
        ] {
            let read = own_address(text);
            match said {
                None => assert!(read.is_ok(), "{text}"),
                Some(said) => assert!(read.unwrap_err().contains(said), "{text}"),
            }
        }
    }
}
