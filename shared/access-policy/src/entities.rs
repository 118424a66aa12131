//! A question as Cedar takes it: the request, its context, and the few entities that it needs.

use crate::names::{self, Kind};
use crate::question::{Question, Thing};
use crate::situation::{Situation, Standing, Unknown};
use access_core::principal::Principal;
use access_core::request::{Asked, Channel, Kind as AskedKind};
use cedar_policy::{Context, Entities, Entity, EntityUid, Request, RestrictedExpression, Schema};
use jiff::tz::TimeZone;
use std::collections::{HashMap, HashSet};

type Attributes = Vec<(String, RestrictedExpression)>;

/// The question as Cedar takes it; with a `schema`, refused unless it conforms.
///
/// # Errors
/// What Cedar does not take, in words. The answer is then no.
pub(crate) fn build(
    question: &Question<'_>,
    situation: &Situation,
    schema: Option<&Schema>,
) -> Result<(Request, Entities), String> {
    let resource = resource(&question.thing());
    let mut entities = vec![person(question.who(), situation)?, resource.clone()];
    if let Thing::Request(filed) = question.thing()
        && filed.by != question.who()
    {
        entities.push(person(filed.by, situation)?);
    }
    let entities = Entities::from_entities(entities, schema).map_err(|error| error.to_string())?;
    let context =
        Context::from_pairs(context(question, situation)).map_err(|error| error.to_string())?;
    let request = Request::new(
        names::person(question.who()),
        Kind::Action.uid(question.action().word()),
        resource.uid(),
        context,
        schema,
    );
    Ok((request.map_err(|error| error.to_string())?, entities))
}

fn person(principal: &Principal, situation: &Situation) -> Result<Entity, String> {
    let nowhere = Standing::default();
    let Standing { places, granted } = situation.standing(principal).unwrap_or(&nowhere);
    let email = principal.email();
    let domain = email.rsplit('@').next().unwrap_or_default();
    let granted = granted.iter().map(names::group);
    let attributes = HashMap::from([
        ("email".to_owned(), text(email)),
        ("domain".to_owned(), text(domain)),
        (
            "blocked".to_owned(),
            RestrictedExpression::new_bool(situation.blocked.contains(principal)),
        ),
        ("granted".to_owned(), set(granted)),
    ]);
    let parents: HashSet<EntityUid> = places.iter().map(names::place).collect();
    Entity::new(names::person(principal), attributes, parents).map_err(|error| error.to_string())
}

fn resource(thing: &Thing<'_>) -> Entity {
    match thing {
        Thing::Group(name) => Entity::with_uid(names::group(name)),
        Thing::Rotakey => Entity::with_uid(Kind::Rotakey.uid("rotakey")),
        Thing::Request(filed) => {
            let uid = Kind::Request.uid(&filed.id.to_string());
            let requester = RestrictedExpression::new_entity_uid(names::person(filed.by));
            let attributes = HashMap::from([("requester".to_owned(), requester)]);
            Entity::new(uid, attributes, HashSet::from([names::group(filed.group)]))
                .expect("the name of an entity is a value already")
        }
    }
}

fn context(question: &Question<'_>, situation: &Situation) -> Attributes {
    let now = situation.now.to_zoned(TimeZone::UTC);
    let weekday = now.weekday().to_monday_one_offset();
    let channel = match question.through() {
        Channel::Slack => "slack",
        Channel::Api => "api",
    };
    let unknown = situation.unknown.iter().filter_map(Unknown::pagerduty);
    let unknown = RestrictedExpression::new_set(unknown.map(|name| text(name.as_str())));
    let instant = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut context = vec![
        (
            "now".to_owned(),
            RestrictedExpression::new_datetime(instant),
        ),
        ("hour".to_owned(), long(now.hour().into())),
        ("weekday".to_owned(), long(weekday.into())),
        ("channel".to_owned(), text(channel)),
        (
            "incidents".to_owned(),
            set(situation.open.iter().map(names::place)),
        ),
        ("unknown".to_owned(), unknown),
    ];
    if let Some(asked) = question.asked() {
        context.extend(ask(asked, question, situation));
    }
    context
}

fn ask(asked: &Asked, question: &Question<'_>, situation: &Situation) -> Attributes {
    let kind = match asked.kind {
        AskedKind::Access => "access",
        AskedKind::Extension { .. } => "extension",
        AskedKind::BreakGlass => "break-glass",
    };
    // Rounded up: a limit of an hour holds for an hour and a half second too.
    let begun = i64::from(asked.duration.subsec_nanos() > 0);
    let seconds = asked.duration.as_secs().saturating_add(begun);
    let escalated = match question {
        Question::Approve { request, .. } => request.is_escalated(situation.now),
        _ => false,
    };
    vec![
        ("duration".to_owned(), long(seconds)),
        ("reason".to_owned(), text(asked.reason.as_str())),
        ("kind".to_owned(), text(kind)),
        (
            "escalated".to_owned(),
            RestrictedExpression::new_bool(escalated),
        ),
    ]
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

fn long(number: i64) -> RestrictedExpression {
    RestrictedExpression::new_long(number)
}

fn set(uids: impl Iterator<Item = EntityUid>) -> RestrictedExpression {
    RestrictedExpression::new_set(uids.map(RestrictedExpression::new_entity_uid))
}
