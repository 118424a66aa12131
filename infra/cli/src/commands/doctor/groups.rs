//! Groups as the file has them: what their members get, and whether anybody can ask to be in them.

use super::code::Code;
use super::finding::Finding;
use crate::setup::Loaded;
use access_core::config::Config;
use access_core::group::Source;
use access_core::id::GroupName;
use std::collections::{BTreeMap, BTreeSet};

/// What is the matter with them; no system is asked.
pub(super) fn judge(loaded: &Loaded) -> Vec<Finding> {
    let Loaded {
        path: _,
        text: _,
        config,
        policies,
    } = loaded;
    let useless = useless(config, policies);
    useless.chain(unheard(config)).collect()
}

/// Groups without entitlements that nothing else goes by.
fn useless(config: &Config, policies: &BTreeMap<String, String>) -> impl Iterator<Item = Finding> {
    let named: BTreeSet<&GroupName> = config
        .sources()
        .filter_map(|source| match source {
            Source::Group(name) => Some(name),
            _ => None,
        })
        .collect();
    // Whatever a policy of the owner says about a group, it stands there by its name.
    let is_ruled =
        move |name: &GroupName| policies.values().any(|text| text.contains(name.as_str()));
    let groups = config.groups.values();
    let useless = groups.filter(move |rule| {
        rule.entitlements.is_empty() && !named.contains(&rule.name) && !is_ruled(&rule.name)
    });
    useless.map(|rule| {
        let what = "its members get nothing, and nothing else goes by it";
        Finding::new(Code::GroupUseless, format!("group {}", rule.name), what)
    })
}

/// Requests that nobody can make, or of which nobody hears.
fn unheard(config: &Config) -> Option<Finding> {
    if config.requests.is_empty() || config.slack.is_some() {
        return None;
    }
    let groups: Vec<&str> = config.requests.keys().map(GroupName::as_str).collect();
    let place = format!("group {}", groups.join(", "));
    Some(if config.api.is_none() {
        let what = "people may ask for it, and there is neither Slack nor an API to ask by";
        Finding::new(Code::RequestsImpossible, place, what)
    } else {
        let what = "people may ask for it, and approvers are not told: there is no Slack";
        Finding::new(Code::RequestsUntold, place, what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn codes(text: &str, policy: &str) -> Vec<(Code, String)> {
        let loaded = Loaded {
            path: PathBuf::from("rotakey.toml"),
            text: text.to_owned(),
            config: Config::parse("test", text).unwrap(),
            policies: BTreeMap::from([("own.cedar".to_owned(), policy.to_owned())]),
        };
        let found = judge(&loaded).into_iter();
        found.map(|finding| (finding.code, finding.place)).collect()
    }

    fn target(name: &str) -> String {
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"identity-center\"\nidentity_store_id = \"d-1234567890\"\n"
        )
    }

    fn group(name: &str, rest: &str) -> String {
        format!("[[group]]\nname = \"{name}\"\nsources = [\"person:ada@acme.example\"]\n{rest}\n")
    }

    #[test]
    fn a_group_without_entitlements_is_for_something_else_or_useless() {
        let leads = group("leads", "");
        let nesting = format!(
            "{}{}",
            target("aws"),
            "[[group]]\nname = \"all\"\nsources = [\"group:leads\"]\nentitlements = [\"aws:All\"]\n"
        );
        let useless = vec![(Code::GroupUseless, "group leads".to_owned())];
        for (case, text, policy, expected) in [
            ("alone", leads.clone(), "", useless),
            ("nested", format!("{leads}{nesting}"), "", Vec::new()),
            ("ruled", leads, "principal in Group::\"leads\"", Vec::new()),
        ] {
            assert_eq!(codes(&text, policy), expected, "{case}");
        }
    }

    #[test]
    fn requests_need_a_way_in_and_somebody_who_hears() {
        let group = group(
            "admins",
            "entitlements = [\"aws:Admins\"]\n[group.request]\nmax = \"1h\"\napprovers = [\"person:grace@acme.example\"]",
        );
        let text = format!("{}{group}", target("aws"));
        let slack = "[slack]\nbot_token = \"env:BOT\"\nsigning_secret = \"env:SIGNING\"\n";
        let api = "[api]\naws_accounts = [\"123456789012\"]\n";
        for (case, more, expected) in [
            ("neither", "", Some(Code::RequestsImpossible)),
            ("an API", api, Some(Code::RequestsUntold)),
            ("Slack", slack, None),
        ] {
            let found = codes(&format!("{text}{more}"), "");
            let found: Vec<Code> = found.into_iter().map(|(code, _)| code).collect();
            let expected: Vec<Code> = expected.into_iter().collect();
            assert_eq!(found, expected, "{case}");
        }
    }
}
