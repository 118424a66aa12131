//! Schedules that do not appear among on-calls, and what on-calls do not tell of those that do.

use crate::error::{describe, read_error};
use crate::ids::{ours, theirs};
use crate::read::{AT_ONCE, FEW, Reader};
use crate::turn::turn;
use access_core::facts::{Reading, ScheduleFacts};
use access_core::id::{ScheduleId, TeamId};
use access_core::ports::ReadError;
use futures::stream::{self, StreamExt};
use pagerduty_client::{Error, Rendered, Schedule, ScheduleQuery, TeamReference};
use std::collections::{BTreeMap, BTreeSet};

/// How the kind of a schedule that is read alone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    /// The list of layer-based schedules has it.
    Layers,
    /// The list of shift-based schedules has it.
    Shifts,
    /// The list of shift-based schedules was read and does not have it.
    Unlisted,
}

type Schedules = BTreeMap<ScheduleId, ScheduleFacts>;

impl Reader<'_> {
    /// Adds the asked schedules that the rows do not show, and with templates the teams of all.
    pub(crate) async fn add_other_schedules(&self, seen: &mut Schedules) -> Result<(), ReadError> {
        let absent = self.ask.schedules.iter();
        let absent = absent.filter(|id| !seen.contains_key(*id)).count();
        let is_all = self.ask.all_schedules;
        if absent == 0 && !is_all {
            return Ok(());
        }
        let layer_based = if is_all || absent > FEW {
            self.layer_based(seen).await?
        } else {
            Vec::new()
        };
        // Read last and taken first: one that is being upgraded may be in both lists, empty in the other.
        let shift_based = self.client.shift_schedules().await;
        let mut alone = BTreeMap::new();
        let mut without_teams = BTreeSet::new();
        for reference in shift_based.map_err(|error| read_error(&error))? {
            let id: ScheduleId = ours(&reference.id)?;
            match seen.get_mut(&id) {
                Some(facts) if is_all => {
                    facts.name = self.lent.schedule_name(&id, reference.name.as_deref());
                    without_teams.insert(id);
                }
                None if self.is_wanted(&id) => {
                    alone.insert(id, Listed::Shifts);
                }
                Some(_) | None => {}
            }
        }
        for schedule in layer_based {
            let id: ScheduleId = ours(&schedule.id)?;
            if !alone.contains_key(&id) && !without_teams.contains(&id) {
                self.take_layer_based(id, schedule, seen, &mut alone)?;
            }
        }
        for id in &self.ask.schedules {
            if !seen.contains_key(id) && !alone.contains_key(id) {
                alone.insert(id.clone(), Listed::Unlisted);
            }
        }
        self.add_alone(alone, seen).await;
        self.add_teams(without_teams, seen).await;
        Ok(())
    }

    fn is_wanted(&self, id: &ScheduleId) -> bool {
        self.ask.all_schedules || self.ask.schedules.contains(id)
    }

    /// The list of layer-based schedules, with shifts where more than a few schedules will need them. When only names
    /// and teams are needed the plain list does: as many calls, but PagerDuty renders nothing.
    async fn layer_based(&self, seen: &Schedules) -> Result<Vec<Schedule>, ReadError> {
        let plain = ScheduleQuery::default();
        let rendered = ScheduleQuery {
            rendered: Some(self.span.window()),
            ..plain.clone()
        };
        let list = async |query: &ScheduleQuery| {
            let answer = self.client.schedules(query).await;
            answer.map_err(|error| read_error(&error))
        };
        let unseen = self.lent.unseen(|id| seen.contains_key(id));
        if !self.ask.all_schedules || unseen.is_none_or(|unseen| unseen > FEW) {
            return list(&rendered).await;
        }
        let schedules = list(&plain).await?;
        let mut unseen = 0;
        for schedule in &schedules {
            let is_seen = seen.contains_key(&ours::<ScheduleId>(&schedule.id)?);
            unseen += usize::from(!is_seen);
        }
        if unseen > FEW {
            // Many left their policies, or are new, since the last read.
            return list(&rendered).await;
        }
        Ok(schedules)
    }

    fn take_layer_based(
        &self,
        id: ScheduleId,
        schedule: Schedule,
        seen: &mut Schedules,
        alone: &mut BTreeMap<ScheduleId, Listed>,
    ) -> Result<(), ReadError> {
        if let Some(facts) = seen.get_mut(&id) {
            if self.ask.all_schedules {
                facts.name = self.lent.schedule_name(&id, Some(&schedule.name));
                facts.teams = teams(&schedule.teams)?;
            }
        } else if self.is_wanted(&id) {
            if schedule.rendered.is_some() {
                let facts = self.facts(&id, schedule);
                seen.insert(id, facts);
            } else {
                alone.insert(id, Listed::Layers);
            }
        }
        Ok(())
    }

    async fn add_alone(&self, alone: BTreeMap<ScheduleId, Listed>, seen: &mut Schedules) {
        let reads = alone.into_iter().map(|(id, listed)| async move {
            let facts = self.alone(&id, listed).await;
            (id, facts)
        });
        let reads: Vec<_> = stream::iter(reads)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        seen.extend(reads);
    }

    /// Reads one schedule. Only one that is in no list and that PagerDuty says not to know is gone.
    async fn alone(&self, id: &ScheduleId, listed: Listed) -> ScheduleFacts {
        let Some(asked) = theirs(id) else {
            return self.gone(id);
        };
        let window = Some(self.span.window());
        let answer = match listed {
            Listed::Shifts => self.client.shift_schedule(&asked, window).await,
            Listed::Layers => self.client.layer_schedule(&asked, window).await,
            Listed::Unlisted => match self.client.layer_schedule(&asked, window).await {
                Err(Error::NotFound { .. }) => return self.gone(id),
                Ok(schedule) if is_hollow(&schedule) => {
                    // So looks a shift-based schedule to those who take it for a layer-based one, too: it may have
                    // been upgraded since the list was read.
                    match self.client.shift_schedule(&asked, window).await {
                        Err(Error::Refused { status: 400, .. } | Error::NotFound { .. }) => {
                            Ok(schedule)
                        }
                        answer => answer,
                    }
                }
                answer => answer,
            },
        };
        match answer {
            Ok(schedule) => self.facts(id, schedule),
            Err(error) => {
                tracing::warn!(schedule.id = %id, error = error.kind(), "schedule {id} could not be read");
                self.lent.failed_schedule(id, None, describe(&error))
            }
        }
    }

    fn gone(&self, id: &ScheduleId) -> ScheduleFacts {
        ScheduleFacts {
            name: self.lent.schedule_name(id, None),
            teams: BTreeSet::new(),
            reading: Reading::Gone,
            shifts: BTreeSet::new(),
        }
    }

    fn facts(&self, id: &ScheduleId, schedule: Schedule) -> ScheduleFacts {
        let name = Some(schedule.name.as_str());
        let failed = |reason: String| self.lent.failed_schedule(id, name, reason);
        let teams = match teams(&schedule.teams) {
            Ok(teams) if self.ask.all_schedules => teams,
            Ok(_) => BTreeSet::new(),
            Err(error) => return failed(error.to_string()),
        };
        let Some(rendered) = schedule.rendered else {
            return failed("PagerDuty does not tell who is on call".to_owned());
        };
        let Rendered {
            shifts,
            unknown_entries,
        } = rendered;
        if unknown_entries > 0 {
            return failed(format!(
                "{unknown_entries} of its shifts do not tell who is on call"
            ));
        }
        let mut raw = BTreeSet::new();
        for shift in shifts {
            match ours(&shift.user.id) {
                Ok(user) => raw.insert(self.span.cut_shift(user, shift.starts_at, shift.ends_at)),
                Err(error) => return failed(error.to_string()),
            };
        }
        ScheduleFacts {
            name: self.lent.schedule_name(id, name),
            teams,
            reading: Reading::Complete,
            shifts: self.span.unbroken(raw),
        }
    }

    /// Fills in the teams of shift-based schedules that the rows show. No list tells them, so each is asked for once;
    /// then one at every read in turn, so that a change is seen after as many reads as there are such schedules.
    async fn add_teams(&self, schedules: BTreeSet<ScheduleId>, seen: &mut Schedules) {
        self.memory.keep_teams(|id| schedules.contains(id));
        let again = turn(self.now, schedules.len());
        let reads = schedules.into_iter().enumerate().map(|(n, id)| async move {
            let known = self.memory.teams_of(&id);
            let known = known.or_else(|| self.lent.teams(&id).cloned());
            match known {
                Some(teams) if n != again => (id, Ok(teams)),
                Some(teams) => {
                    let teams = self.teams_of(&id).await.unwrap_or(teams);
                    (id, Ok(teams))
                }
                None => {
                    let teams = self.teams_of(&id).await;
                    (id, teams)
                }
            }
        });
        let reads: Vec<_> = stream::iter(reads)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (id, teams) in reads {
            let facts = seen.get_mut(&id).expect("teams are asked for what is seen");
            match teams {
                Ok(teams) => {
                    self.memory.set_teams(id, teams.clone());
                    facts.teams = teams;
                }
                Err(reason) => *facts = self.lent.failed_schedule(&id, Some(&facts.name), reason),
            }
        }
    }

    async fn teams_of(&self, id: &ScheduleId) -> Result<BTreeSet<TeamId>, String> {
        let asked = theirs(id).ok_or("its id cannot be asked for")?;
        let answer = self.client.shift_schedule(&asked, None).await;
        let schedule = answer.map_err(|error| describe(&error))?;
        teams(&schedule.teams).map_err(|error| error.to_string())
    }
}

/// Ids of teams as the domain knows them.
pub(crate) fn teams(references: &[TeamReference]) -> Result<BTreeSet<TeamId>, ReadError> {
    references.iter().map(|team| ours(&team.id)).collect()
}

/// Without shifts and without anybody who takes part.
fn is_hollow(schedule: &Schedule) -> bool {
    let rendered = schedule.rendered.as_ref();
    schedule.users.is_empty() && rendered.is_none_or(|rendered| rendered.shifts.is_empty())
}
