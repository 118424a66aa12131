//! Which crate may depend on which, ours and others'. Test dependencies are free.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

use super::{assert_none, folder, root, workspace};

/// What kind of crate one is, by where it lives and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// `access-core`: the domain.
    Core,
    /// Implements core's ports over one kind of system: `access-store` and its like.
    Adapter,
    /// Speaks one vendor's API: `pagerduty-client`.
    Client,
    /// What every function needs to start.
    Kit,
    /// Fake vendors.
    Simulators,
    /// A deployed Lambda function.
    Function,
    /// The operator's command.
    Cli,
    /// This crate, and the fuzz targets beside it.
    Acceptance,
}

fn role(name: &str, folder: &str) -> Option<Role> {
    Some(match (folder, name) {
        (_, "access-core") => Role::Core,
        (_, "access-policy" | "access-sources" | "access-store" | "access-targets") => {
            Role::Adapter
        }
        (_, "function-kit") => Role::Kit,
        (_, "simulators") => Role::Simulators,
        ("infra/cli", _) => Role::Cli,
        ("tests" | "tests/fuzz", _) => Role::Acceptance,
        (folder, _) if folder.starts_with("functions/") => Role::Function,
        (_, name) if name.ends_with("-client") => Role::Client,
        _ => return None,
    })
}

/// Whether the arrow stands in the picture, or the reason why it does not.
fn allowed(from: (Role, &str), to: (Role, &str)) -> Result<(), &'static str> {
    match (from.0, to.0) {
        (Role::Acceptance, _)
        | (
            Role::Cli,
            Role::Core
            | Role::Adapter
            | Role::Client
            | Role::Kit
            | Role::Simulators
            | Role::Function,
        )
        | (Role::Function, Role::Core | Role::Adapter | Role::Client | Role::Kit)
        | (Role::Adapter, Role::Core) => Ok(()),
        (Role::Adapter, Role::Client) => match (from.1, to.1) {
            ("access-sources" | "access-targets", "pagerduty-client")
            | ("access-targets", "slack-client") => Ok(()),
            _ => Err(
                "only access-sources (pagerduty-client) and access-targets (pagerduty-client, slack-client) speak to vendors",
            ),
        },
        (Role::Core, _) => Err("the domain depends on nothing of ours"),
        (Role::Client, _) => Err("a client knows one vendor's API and nothing of access"),
        (Role::Kit | Role::Simulators, _) => Err("it stands on crates from outside only"),
        (Role::Function, Role::Function) => {
            Err("functions are deployed apart: what two share goes under shared/")
        }
        (Role::Function, Role::Simulators) => {
            Err("a fake vendor must never be reachable in production")
        }
        (Role::Adapter, _) => Err("an adapter knows the domain and its vendor's client only"),
        (_, Role::Cli | Role::Acceptance) => Err("nothing stands on the command or on the tests"),
    }
}

#[test]
fn our_crates_know_only_whom_they_may() {
    let metadata = workspace();
    let packages = metadata.workspace_packages();
    let mut roles = BTreeMap::new();
    let mut findings = Vec::new();
    for package in &packages {
        match role(&package.name, &folder(package).to_string_lossy()) {
            Some(role) => {
                roles.insert(package.name.as_str(), role);
            }
            None => findings.push(format!(
                "`{}` has no place in the picture yet",
                package.name
            )),
        }
    }
    for package in &packages {
        let Some(&from) = roles.get(package.name.as_str()) else {
            continue;
        };
        let shipped = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development);
        for dependency in shipped {
            let Some(&to) = roles.get(dependency.name.as_str()) else {
                continue;
            };
            if let Err(reason) = allowed((from, &package.name), (to, &dependency.name)) {
                findings.push(format!("{} -> {}: {reason}", package.name, dependency.name));
            }
        }
    }
    assert_none(&findings, "the dependency arrows of `tests/README.md`");
}

/// A crate from outside, the roles and crates of ours that may name it, and why no others.
/// A name that ends in `*` stands for all that begin so. The tests may name anything.
const KEEPERS: &[(&str, &[Role], &[&str], &str)] = &[
    (
        "aws-sdk-dynamodb",
        &[Role::Function, Role::Kit, Role::Cli],
        &["access-store"],
        "only access-store knows the table's keys; the others build the client that it is given",
    ),
    (
        "aws-sdk-identitystore",
        &[Role::Function, Role::Kit, Role::Cli],
        &["access-targets"],
        "Identity Center is a target; the others build the client that it is given",
    ),
    (
        "aws-sdk-eventbridge",
        &[Role::Function, Role::Kit, Role::Cli],
        &[],
        "events are put by the functions, and by the command's local stack",
    ),
    (
        "aws-sdk-secretsmanager",
        &[],
        &["function-kit"],
        "secrets are read, cached and read again in one place",
    ),
    (
        "aws-*",
        &[Role::Function, Role::Cli, Role::Kit],
        &["access-store", "access-targets"],
        "the domain and the clients of other vendors know nothing of AWS",
    ),
    (
        "lambda_*",
        &[Role::Function, Role::Kit, Role::Cli],
        &[],
        "only a function runs in Lambda; the local gateway calls it as Lambda does",
    ),
    (
        "reqwest",
        &[Role::Client, Role::Simulators, Role::Cli],
        &[],
        "HTTP to a vendor is spoken in that vendor's client, HTTP from a vendor by its simulator, HTTP to the approver by the command",
    ),
    (
        "dynoxide-rs",
        &[],
        &["access-store"],
        "the embedded store is started in one place, behind a feature that no function turns on",
    ),
    (
        "cedar-policy",
        &[],
        &["access-policy"],
        "policies are asked in one place, in our own words; Cedar is heavy, and the poller needs none of it",
    ),
    (
        "axum",
        &[Role::Cli, Role::Simulators],
        &["access-store"],
        "only the local stack serves HTTP itself, and its store, behind a feature that no function turns on",
    ),
];

#[test]
fn crates_from_outside_stay_with_their_keepers() {
    let metadata = workspace();
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(role) = role(&package.name, &folder(package).to_string_lossy()) else {
            continue;
        };
        if role == Role::Acceptance {
            continue;
        }
        let shipped = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development);
        for dependency in shipped {
            let keepers = KEEPERS
                .iter()
                .find(|(pattern, ..)| matches(pattern, &dependency.name));
            if let Some((_, roles, names, reason)) = keepers
                && !roles.contains(&role)
                && !names.contains(&package.name.as_str())
            {
                findings.push(format!("{} -> {}: {reason}", package.name, dependency.name));
            }
        }
    }
    assert_none(
        &findings,
        "the keepers in `tests/it/architecture/arrows.rs`",
    );
}

/// What the domain must not reach, however many crates lie between: it does no IO and waits for
/// nothing but its ports.
const NOT_IN_CORE: &[&str] = &[
    "aws-*", "axum", "hyper", "lambda_*", "mio", "reqwest", "rustls", "tokio",
];

#[test]
fn the_domain_reaches_no_io_through_any_crate() {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .features(CargoOpt::AllFeatures)
        .other_options([
            "--offline".to_owned(),
            "--filter-platform".to_owned(),
            host(),
        ])
        .exec()
        .expect("`cargo metadata` describes the whole tree");
    let core = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| package.name.as_str() == "access-core")
        .expect("access-core is a member");

    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut paths = vec![vec![core.id.clone()]];
    while let Some(path) = paths.pop() {
        let last = path.last().expect("a path holds at least the domain");
        if !seen.insert(last.clone()) {
            continue;
        }
        if NOT_IN_CORE
            .iter()
            .any(|pattern| matches(pattern, &metadata[last].name))
        {
            let names: Vec<_> = path.iter().map(|id| metadata[id].name.as_str()).collect();
            findings.push(names.join(" -> "));
            continue;
        }
        for next in shipped_dependencies(&metadata, last) {
            paths.push([path.as_slice(), &[next]].concat());
        }
    }
    assert_none(
        &findings,
        "the domain does no IO (`NOT_IN_CORE` in `tests/it/architecture/arrows.rs`)",
    );
}

/// What a package needs to run, as resolved; crates that only build it or test it left out.
fn shipped_dependencies(metadata: &Metadata, id: &PackageId) -> Vec<PackageId> {
    let resolve = metadata
        .resolve
        .as_ref()
        .expect("metadata with dependencies is resolved");
    let node = resolve
        .nodes
        .iter()
        .find(|node| node.id == *id)
        .expect("every package is a node");
    node.deps
        .iter()
        .filter(|dependency| {
            dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal)
        })
        .map(|dependency| dependency.pkg.clone())
        .collect()
}

/// The triple of this machine: a tree for other platforms may not be downloaded.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc)
        .arg("-vV")
        .output()
        .expect("rustc tells its host");
    let text = String::from_utf8(output.stdout).expect("rustc speaks UTF-8");
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("`rustc -vV` has a host line")
        .to_owned()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |prefix| name.starts_with(prefix))
}
