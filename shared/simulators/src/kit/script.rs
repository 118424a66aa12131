//! The script of faults: which request gets which one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Fault;

/// Faults to come, scripted by call number or by operation; clones share one script.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    script: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    calls: u64,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    when: When,
    fault: Fault,
}

#[derive(Debug)]
enum When {
    Call(u64),
    Nth {
        pattern: String,
        nth: u64,
        seen: u64,
    },
    Always(String),
}

impl Faults {
    /// Lets the `k`-th request overall (1 is the first after [`clear`](Self::clear)) fail,
    /// whichever it is; token requests count too.
    pub fn at_call(&self, k: u64, fault: Fault) {
        self.add(When::Call(k), fault);
    }

    /// Lets the `nth` matching request from now (1 is the next) fail.
    ///
    /// A pattern is an operation name as the request log shows it (`GET /schedules/{id}`,
    /// `usergroups.list`), or a method and a path in which `*` or `{anything}` stands for one
    /// segment (`GET /schedules/PABC123`), or `*` for every request.
    pub fn on(&self, pattern: &str, nth: u64, fault: Fault) {
        let pattern = pattern.to_owned();
        self.add(
            When::Nth {
                pattern,
                nth,
                seen: 0,
            },
            fault,
        );
    }

    /// Lets every matching request fail until [`clear`](Self::clear).
    pub fn always(&self, pattern: &str, fault: Fault) {
        self.add(When::Always(pattern.to_owned()), fault);
    }

    /// Forgets every rule and counts calls from one again.
    pub fn clear(&self) {
        *self.lock() = Script::default();
    }

    /// Requests seen since the last [`clear`](Self::clear).
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// Counts a request and answers its fault, if any; the first rule written wins.
    pub(super) fn claim(&self, operation: &str, method: &str, path: &str) -> Option<Fault> {
        let mut script = self.lock();
        script.calls += 1;
        let call = script.calls;
        let mut claimed = None;
        // Every rule must see the request, so that its own count stays right.
        for rule in &mut script.rules {
            let hit = match &mut rule.when {
                When::Call(k) => *k == call,
                When::Nth { pattern, nth, seen } => {
                    matches(pattern, operation, method, path) && {
                        *seen += 1;
                        seen == nth
                    }
                }
                When::Always(pattern) => matches(pattern, operation, method, path),
            };
            if hit && claimed.is_none() {
                claimed = Some(rule.fault.clone());
            }
        }
        claimed
    }

    fn add(&self, when: When, fault: Fault) {
        self.lock().rules.push(Rule { when, fault });
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn matches(pattern: &str, operation: &str, method: &str, path: &str) -> bool {
    if pattern == "*" || pattern == operation {
        return true;
    }
    let Some((wanted_method, wanted_path)) = pattern.split_once(' ') else {
        return false;
    };
    let wanted: Vec<&str> = wanted_path.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    wanted_method == method
        && wanted.len() == given.len()
        && wanted
            .iter()
            .zip(&given)
            .all(|(wanted, given)| *wanted == "*" || wanted.starts_with('{') || wanted == given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_operations_and_paths() {
        let cases = [
            ("*", true),
            ("GET /schedules/{id}", true),
            ("GET /schedules/PABC", true),
            ("GET /schedules/*", true),
            ("GET /schedules/POTHER", false),
            ("POST /schedules/{id}", false),
            ("GET /schedules", false),
        ];
        for (pattern, expected) in cases {
            let got = matches(pattern, "GET /schedules/{id}", "GET", "/schedules/PABC");
            assert_eq!(got, expected, "{pattern}");
        }
    }

    #[test]
    fn each_rule_counts_by_itself_and_the_first_written_wins() {
        let faults = Faults::default();
        faults.on("GET /a", 2, Fault::CutBefore);
        faults.at_call(3, Fault::CutAfter);
        let got: Vec<_> = ["/a", "/b", "/a", "/a"]
            .map(|path| faults.claim(&format!("GET {path}"), "GET", path))
            .into();
        assert_eq!(got, [None, None, Some(Fault::CutBefore), None]);
        faults.clear();
        assert_eq!(faults.calls(), 0);
    }
}
