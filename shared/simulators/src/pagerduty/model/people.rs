//! Users and teams.

use std::collections::BTreeMap;

/// A PagerDuty user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Minted when the user is added, unless [`id`](Self::id) chose it.
    pub id: String,
    /// The full name.
    pub name: String,
    /// The login e-mail, in the case it was given.
    pub email: String,
    /// An account role such as `user`, `admin` or `owner`.
    pub role: String,
    /// The user's own IANA time zone.
    pub time_zone: String,
    /// The job title, if any.
    pub job_title: Option<String>,
}

impl User {
    /// A user with role `user`, in UTC.
    #[must_use]
    pub fn new(name: &str, email: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            email: email.to_owned(),
            role: "user".to_owned(),
            time_zone: "Etc/UTC".to_owned(),
            job_title: None,
        }
    }

    /// Chooses the id instead of having one minted.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Sets the account role.
    #[must_use]
    pub fn role(mut self, role: &str) -> Self {
        role.clone_into(&mut self.role);
        self
    }

    /// Sets the user's own IANA time zone.
    #[must_use]
    pub fn time_zone(mut self, time_zone: &str) -> Self {
        time_zone.clone_into(&mut self.time_zone);
        self
    }

    /// Sets the job title.
    #[must_use]
    pub fn job_title(mut self, title: &str) -> Self {
        self.job_title = Some(title.to_owned());
        self
    }
}

/// A PagerDuty team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Minted when the team is added, unless [`id`](Self::id) chose it.
    pub id: String,
    /// The name.
    pub name: String,
    /// What the team is for.
    pub description: Option<String>,
    /// User id to team role: `observer`, `responder` or `manager`.
    pub members: BTreeMap<String, String>,
}

impl Team {
    /// A team without members.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            description: None,
            members: BTreeMap::new(),
        }
    }

    /// Chooses the id instead of having one minted.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Says what the team is for.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Adds a member with a team role, or changes the role of one.
    #[must_use]
    pub fn member(mut self, user: &str, role: &str) -> Self {
        self.members.insert(user.to_owned(), role.to_owned());
        self
    }
}
