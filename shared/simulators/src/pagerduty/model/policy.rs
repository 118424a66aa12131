//! Escalation policies and the services that use them.

/// An escalation policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationPolicy {
    /// Minted when the policy is added, unless [`id`](Self::id) chose it.
    pub id: String,
    /// The name.
    pub name: String,
    /// Level 1 first.
    pub rules: Vec<Rule>,
    /// PagerDuty allows one team at most.
    pub team: Option<String>,
}

impl EscalationPolicy {
    /// A policy without levels.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            rules: Vec::new(),
            team: None,
        }
    }

    /// Chooses the id instead of having one minted.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Adds the next level; it escalates after 30 minutes.
    #[must_use]
    pub fn level(mut self, targets: Vec<Target>) -> Self {
        self.rules.push(Rule {
            id: String::new(),
            delay_minutes: 30,
            targets,
        });
        self
    }

    /// Puts the policy into a team.
    #[must_use]
    pub fn team(mut self, team: &str) -> Self {
        self.team = Some(team.to_owned());
        self
    }
}

/// One level of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Minted when the policy is added.
    pub id: String,
    /// Minutes until the next level is told.
    pub delay_minutes: u32,
    /// Who is told, 1 to 10 of them.
    pub targets: Vec<Target>,
}

/// Whom a level tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Whoever is on call on this schedule, of either kind.
    Schedule(String),
    /// This user, always: a permanent on-call.
    User(String),
}

impl Target {
    /// Whoever is on call on the schedule with this id.
    #[must_use]
    pub fn schedule(id: &str) -> Self {
        Self::Schedule(id.to_owned())
    }

    /// The user with this id, always.
    #[must_use]
    pub fn user(id: &str) -> Self {
        Self::User(id.to_owned())
    }
}

/// A service: what incidents happen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Minted when the service is added, unless [`id`](Self::id) chose it.
    pub id: String,
    /// The name, unique in the account.
    pub name: String,
    /// The escalation policy's id.
    pub policy: String,
    /// Ids of the teams it belongs to.
    pub teams: Vec<String>,
}

impl Service {
    /// A service whose incidents follow `policy`.
    #[must_use]
    pub fn new(name: &str, policy: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            policy: policy.to_owned(),
            teams: Vec::new(),
        }
    }

    /// Chooses the id instead of having one minted.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Puts the service into a team.
    #[must_use]
    pub fn team(mut self, team: &str) -> Self {
        self.teams.push(team.to_owned());
        self
    }
}
