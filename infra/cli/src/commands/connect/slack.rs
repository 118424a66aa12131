//! `connect slack`: the app's manifest, its bot token and its signing secret.

mod app;
mod look;
mod manifest;

use super::asked::{self, HowArgs, Wanted};
use super::report::{Report, settle};
use super::{load, place, to_paste};
use crate::setup::ConfigArg;
use crate::show::{Look, during, print_json};
use crate::stop::{Exit, Stop};
use access_core::config::{Config, TargetKind};
use access_core::id::TargetName;
use app::App;
use manifest::{Manifest, UrlArgs};

/// The table to begin with.
const TABLE: &str = r#"
[slack]
bot_token = "rotakey/slack#bot_token"            # in Secrets Manager; on one machine "file:PATH" or "env:NAME"
signing_secret = "rotakey/slack#signing_secret"
# approvals_channel = "C0123456789"              # the end of the channel's About tab
# announcements_channel = "C0123456789"
"#;

/// Show the Slack app's manifest; try its bot token, and store it with the signing secret where the configuration says
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A slack-user-group target with an app of its own [default: the app of `[slack]`]
    target: Option<TargetName>,
    #[command(flatten)]
    urls: UrlArgs,
    /// Print the manifest, and do nothing else
    #[arg(long)]
    manifest: bool,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let loaded = load(&args.config, TABLE)?;
    let config = &loaded.config;
    let app = app(config, args.target.as_ref())?;
    let endpoints = args.urls.endpoints()?;
    if args.manifest && endpoints.is_none() && app.chat.is_some() {
        return Err(Stop::usage(
            "say where Slack finds the app: --url URL for `rotakey serve`, or --command-url and --interaction-url with the stack's outputs SlackCommandUrl and SlackInteractionUrl",
        ));
    }
    let manifest = endpoints.is_some() || app.chat.is_none();
    let manifest = manifest.then(|| Manifest::new(app.scopes(), endpoints));
    if let Some(manifest) = &manifest
        && args.manifest
    {
        print_json(manifest);
        return Ok(Exit::Done);
    }
    let wanted = wanted(&app);
    let secrets = place::open(&wanted).await;
    place::require_room(&secrets, &args.how, &wanted).await?;
    let guide = guide(&app, manifest.as_ref());
    let given = asked::values(&args.how, &wanted, &secrets, &guide).await?;
    let (token, signing) = match given.as_slice() {
        [token, rest @ ..] => (&token.value, rest.first()),
        [] => unreachable!("a bot token is wanted of every app"),
    };
    let checks = look::look(config, &app, token);
    let mut checks = during("Asking Slack", checks).await?;
    checks.extend(signing.map(|signing| look::signing_secret(&signing.value)));
    let name = args.target.as_ref().map(ToString::to_string);
    let mut report = Report::new("slack", name, checks);
    report.next = next(&app);
    let title = match &args.target {
        Some(target) => format!("Slack, target `{target}`"),
        None => "Slack, the app of [slack]".to_owned(),
    };
    let what = (&secrets, given.as_slice());
    settle(report, &title, &args.how, what, (args.json, look)).await
}

/// The app that is meant.
fn app<'a>(config: &'a Config, target: Option<&TargetName>) -> Result<App<'a>, Stop> {
    let Some(name) = target else {
        return App::of_chat(config).ok_or_else(|| {
            let mut targets = config.targets.iter();
            let other = targets
                .find(|(_, target)| matches!(target.kind, TargetKind::SlackUserGroup { .. }));
            let hint = other.map_or_else(String::new, |(name, _)| {
                format!("; for the app of target `{name}` run `rotakey connect slack {name}`")
            });
            to_paste(
                TABLE,
                &format!("the configuration has no [slack]: add what is printed here{hint}"),
            )
        });
    };
    let Some(target) = config.targets.get(name) else {
        let table = table(name);
        let why = format!("the configuration has no target `{name}`: add what is printed here");
        return Err(to_paste(&table, &why));
    };
    App::of_target(config, target).ok_or_else(|| {
        Stop::usage(format!(
            "target `{name}` is an identity store: run `rotakey connect identity-center {name}`"
        ))
    })
}

/// The table of a target to begin with.
fn table(name: &TargetName) -> String {
    format!(
        r#"
[[target]]
name = "{name}"
kind = "slack-user-group"
secret = "rotakey/slack#bot_token"   # in Secrets Manager; on one machine "file:PATH" or "env:NAME"
"#
    )
}

fn wanted(app: &App<'_>) -> Vec<Wanted> {
    let mut wanted = vec![Wanted {
        reference: app.bot_token.reference.to_string(),
        key: "bot_token",
        title: "bot token",
    }];
    wanted.extend(app.chat.map(|slack| Wanted {
        reference: slack.signing_secret.reference.to_string(),
        key: "signing_secret",
        title: "signing secret",
    }));
    wanted
}

/// Where to click.
fn guide(app: &App<'_>, manifest: Option<&Manifest>) -> String {
    let manifest = match manifest {
        Some(manifest) => {
            let text = serde_json::to_string_pretty(manifest);
            text.expect("a manifest holds only texts, flags and lists")
        }
        None => "(what `rotakey connect slack --manifest --url URL` prints)".to_owned(),
    };
    let signing = if app.chat.is_some() {
        "\nThe signing secret is in Basic Information > App Credentials."
    } else {
        ""
    };
    format!(
        "https://api.slack.com/apps > Create New App > From a manifest, with\n{manifest}\nThen OAuth & Permissions > Install: the bot token is the Bot User OAuth Token.{signing}"
    )
}

fn next(app: &App<'_>) -> Vec<String> {
    let channels = app.channels().into_iter();
    let channels = channels.map(|channel| {
        format!("in Slack, in channel {channel}: /invite @rotakey, or nothing is posted there")
    });
    let help = app
        .chat
        .map(|_| "in Slack: /access help, which proves the signing secret".to_owned());
    channels.chain(help).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_ones_of_the_configuration() {
        let name = TargetName::new("slack").unwrap();
        let text = format!("{TABLE}{}", table(&name));
        let config = Config::parse("it", &text).unwrap();
        assert!(config.slack.is_some() && config.targets.contains_key(&name));
        let app = app(&config, Some(&name)).unwrap();
        assert_eq!(wanted(&app).len(), 2, "the same app by the same token");
    }
}
