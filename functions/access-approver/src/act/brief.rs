//! What an approver needs to decide: drawn from the facts as they are now.

use super::Refused;
use super::judge::accounts;
use crate::deps::Deps;
use crate::situation::Moment;
use access_core::config::RequestRule;
use access_core::group::Source;
use access_core::id::PagerDutyName;
use access_core::incident::{IncidentKey, Phase, Priority, Urgency};
use access_core::principal::Principal;
use access_core::request::{Channel, Kind, Request, RequestState};
use access_policy::Question;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What an approver needs to decide on one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Briefing {
    /// Where whoever asked is on call now, as far as is known.
    pub on_call: BTreeSet<OnCall>,
    /// PagerDuty accounts of which too little is known now for this group's policies: nobody counts as on call there.
    pub unknown: BTreeSet<PagerDutyName>,
    /// Open incidents that the group is for, or that whoever asked works on.
    pub incidents: Vec<OpenIncident>,
    /// Who else is in the group now, and until when, where that is known.
    pub holders: BTreeMap<Principal, Option<Timestamp>>,
    /// Who may approve it now.
    pub approvers: BTreeSet<Principal>,
    /// Those of them who may only since it escalated.
    pub second: BTreeSet<Principal>,
    /// Whom a break-glass is told to, also when it is in force already: the group's approvers, and where it has none the
    /// administrators. Empty for any other request.
    pub watchers: BTreeSet<Principal>,
}

/// One place where somebody is on call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OnCall {
    /// The schedule, or the escalation policy with the level.
    pub source: Source,
    /// Its name in PagerDuty.
    pub name: String,
}

/// One open incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIncident {
    /// Which one.
    pub key: IncidentKey,
    /// Its number in the account, as people say it; `None`: not known.
    pub number: Option<u64>,
    /// How urgent it is; `None`: not known.
    pub urgency: Option<Urgency>,
    /// How important it is; `None`: not known.
    pub priority: Option<Priority>,
    /// Whether whoever asked works on it.
    pub is_theirs: bool,
}

/// What an approver needs to decide on this request now. Shown to approvers and to whoever asked: the caller knows whom it
/// writes for.
///
/// # Errors
/// When the configuration or the facts cannot be read.
pub async fn briefing(deps: &Deps, now: Timestamp, request: &Request) -> Result<Briefing, Refused> {
    let moment = Moment::at(deps, now).await?;
    let automatic = moment.decide(&Question::ApproveAutomatically(&request.asked));
    let approvers = if request.is_open(now) {
        approvers(&moment, request)
    } else {
        BTreeSet::new()
    };
    Ok(Briefing {
        second: second(&moment, request, &approvers),
        watchers: watchers(&moment, request),
        on_call: on_call(&moment, &request.asked.by),
        unknown: accounts(&automatic),
        incidents: incidents(&moment, request),
        holders: holders(&moment, request),
        approvers,
    })
}

/// Everybody who is known and may approve it.
fn approvers(moment: &Moment, request: &Request) -> BTreeSet<Principal> {
    // The way by which an approver comes is not known yet; most have a card before them.
    let policies = moment.policies();
    policies.approvers(request, Channel::Slack, &moment.situation)
}

/// Those approvers who could not approve it before it escalated.
fn second(
    moment: &Moment,
    request: &Request,
    approvers: &BTreeSet<Principal>,
) -> BTreeSet<Principal> {
    if !request.is_escalated(moment.now) {
        return BTreeSet::new();
    }
    let mut before = request.clone();
    if let RequestState::Pending { escalates_at, .. } = &mut before.state {
        *escalates_at = None;
    }
    approvers - &self::approvers(moment, &before)
}

/// Who must hear of a break-glass: nobody was asked before.
fn watchers(moment: &Moment, request: &Request) -> BTreeSet<Principal> {
    if request.asked.kind != Kind::BreakGlass {
        return BTreeSet::new();
    }
    let mut watchers = approvers(moment, request);
    if watchers.is_empty() {
        let administrators = moment.config().access.administrators.iter();
        watchers = administrators
            .flat_map(|source| moment.situation.people_of(source))
            .collect();
    }
    watchers.remove(&request.asked.by);
    watchers
}

fn on_call(moment: &Moment, who: &Principal) -> BTreeSet<OnCall> {
    let standing = moment.situation.standing(who).into_iter();
    let places = standing.flat_map(|standing| &standing.places);
    let named = places.filter_map(|source| {
        let name = name(moment, source)?;
        let source = source.clone();
        Some(OnCall { source, name })
    });
    named.collect()
}

/// What PagerDuty calls a schedule or a level of an escalation policy; `None` for anything else.
fn name(moment: &Moment, source: &Source) -> Option<String> {
    match source {
        Source::Schedule { pagerduty, id } => {
            let rota = &moment.facts.pagerduty.get(pagerduty)?.rota;
            Some(rota.schedules.get(id)?.name.clone())
        }
        Source::EscalationPolicy {
            pagerduty,
            id,
            level: Some(_),
        } => {
            let rota = &moment.facts.pagerduty.get(pagerduty)?.rota;
            Some(rota.escalation_policies.get(id)?.name.clone())
        }
        // Whoever is on call for a policy is so on one of its levels.
        Source::EscalationPolicy { level: None, .. }
        | Source::Group(_)
        | Source::Incident { .. }
        | Source::Person(_) => None,
    }
}

fn incidents(moment: &Moment, request: &Request) -> Vec<OpenIncident> {
    let group = &request.asked.group;
    let config = moment.config();
    let own = config.groups.get(group).map(|rule| &rule.sources);
    let terms = config.requests.get(group);
    let sources: Vec<&Source> = own
        .into_iter()
        .flatten()
        .chain(terms.into_iter().flat_map(RequestRule::sources))
        .collect();
    let open = moment.facts.incidents.iter().filter_map(|(key, incident)| {
        let state = incident.state();
        let last = state.last().filter(|phase| phase.is_open())?;
        let is_theirs = works(moment, key, last, &request.asked.by);
        let is_named = sources.iter().any(|source| names(source, key, last));
        (is_theirs || is_named).then(|| OpenIncident {
            key: key.clone(),
            number: state.number,
            urgency: last.urgency,
            priority: last.priority.clone(),
            is_theirs,
        })
    });
    open.collect()
}

fn works(moment: &Moment, key: &IncidentKey, phase: &Phase, who: &Principal) -> bool {
    let people = &moment.config().people;
    phase.working().into_iter().any(|user| {
        let principal = moment.facts.principal(people, &key.pagerduty, user);
        principal.as_ref() == Some(who)
    })
}

fn names(source: &Source, key: &IncidentKey, phase: &Phase) -> bool {
    matches!(source, Source::Incident { pagerduty, of } if *pagerduty == key.pagerduty && of.holds(phase))
}

fn holders(moment: &Moment, request: &Request) -> BTreeMap<Principal, Option<Timestamp>> {
    let Some(group) = moment.timeline.groups.get(&request.asked.group) else {
        return BTreeMap::new();
    };
    let members = group.at(moment.now, &moment.config().sweep).members;
    let others = members
        .into_iter()
        .filter(|(who, _)| *who != request.asked.by);
    others.map(|(who, member)| (who, member.until)).collect()
}
