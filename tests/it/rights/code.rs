//! What the code says by itself, without being run: partitions of the table, calls of SDKs, and ports that a function uses.

use super::right::Right;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Sources of an adapter that no function runs.
const NOT_IN_FUNCTIONS: [&str; 5] = [
    // The stack's template makes the table.
    "shared/access-store/src/schema.rs",
    // Nor is there an embedded store.
    "shared/access-store/src/embedded.rs",
    "shared/access-store/src/scan.rs",
    // `rotakey` makes and writes secrets, with the rights of whoever runs it.
    "shared/function-kit/src/secrets/put.rs",
    "shared/function-kit/src/secrets/write.rs",
];

/// What `rotakey` asks the poller's code for, with its own rights: no invocation leads there.
const QUESTIONS: &str = "functions/oncall-poller/src/questions.rs";

/// The workspace's root folder.
fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("a folder of the workspace")
        .to_owned()
}

/// A source file without its unit tests, and without any white space, so that lines may break anywhere.
fn production(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("sources are text");
    let production = text.split("#[cfg(test)]\nmod tests {").next();
    let mut lines: String = String::new();
    for line in production.unwrap_or_default().lines() {
        if !line.trim_start().starts_with("//") {
            lines.extend(line.split_whitespace());
        }
    }
    lines
}

/// Every source file under a folder, by its path from the root, as [`production`] gives it; files of tests are left out.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.expect("plain names").to_owned();
            if name.starts_with("tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let place = path.strip_prefix(root()).expect("it is under the root");
                found.insert(place.display().to_string(), production(&path));
            }
        }
    }
    found
}

/// The words that stand after `before` and end with `after`.
fn between<'t>(text: &'t str, before: &str, after: &str) -> BTreeSet<&'t str> {
    let found = text.split(before).skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        rest[end..].starts_with(after).then_some(&rest[..end])
    });
    found.collect()
}

/// Every kind of partition that the store's keys are made of: `GRANTS`, `GRANT#*`.
pub(super) fn partitions() -> &'static BTreeSet<String> {
    static PARTITIONS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let text = production(&root().join("shared/access-store/src/key.rs"));
        let texts = text.split('"').skip(1).step_by(2);
        let kinds = texts.filter_map(|text| {
            let (kind, rest) = match text.split_once('#') {
                Some((kind, _)) => (kind, "#*"),
                None => (text, ""),
            };
            let is_kind = kind.len() > 1 && kind.bytes().all(|byte| byte.is_ascii_uppercase());
            is_kind.then(|| format!("{kind}{rest}"))
        });
        kinds.collect()
    });
    &PARTITIONS
}

/// Every operation of an AWS SDK that the adapters call, as AWS names it: `PutItem`.
pub(super) fn operations() -> BTreeSet<String> {
    let adapters = ["access-store", "access-targets", "function-kit"];
    let mut found = BTreeSet::new();
    for adapter in adapters {
        for (path, text) in sources(&format!("shared/{adapter}/src")) {
            if NOT_IN_FUNCTIONS.contains(&path.as_str()) {
                continue;
            }
            let calls = [
                between(&text, "client.", "()"),
                between(&text, "manager.", "()"),
            ];
            let calls = calls.into_iter().flatten();
            // Not an operation: a client's own configuration.
            found.extend(calls.filter(|call| *call != "config").map(pascal));
        }
    }
    found
}

/// `put_item` as `PutItem`.
fn pascal(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        format!("{}{rest}", first.to_ascii_uppercase())
    };
    name.split('_').map(capital).collect()
}

/// What the ports that a function's code names do to the table, and ports of which nobody wrote down what they do.
///
/// A port is named where it is called on something called `store`, or where a use case of the domain is named that calls it.
pub(super) fn of_ports(function: &str) -> (BTreeSet<Right>, BTreeSet<String>) {
    let (mut rights, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    let mut note = |method: &str| match super::ports::does(method) {
        Some(does) => rights.extend(does),
        None => {
            unknown.insert(method.to_owned());
        }
    };
    let methods = ports();
    for (path, text) in sources(&format!("functions/{function}/src")) {
        if path == QUESTIONS {
            continue;
        }
        let called = between(&text, "store.", "(").into_iter();
        called
            .filter(|it| methods.contains(*it))
            .for_each(&mut note);
        for (use_case, called) in super::ports::USE_CASES {
            if text.contains(use_case) {
                called.iter().copied().for_each(&mut note);
            }
        }
        for (word, _) in super::ports::CHOICES {
            if text.contains(word) {
                note(word);
            }
        }
    }
    (rights, unknown)
}

/// The methods of all ports that the store implements.
fn ports() -> BTreeSet<String> {
    let mut methods = BTreeSet::new();
    for text in sources("shared/access-store/src").into_values() {
        if let Some((_, whole)) = text.split_once("forDynamoStore{") {
            methods.extend(
                between(whole, "asyncfn", "(")
                    .into_iter()
                    .map(str::to_owned),
            );
        }
    }
    methods
}

/// The ports that the domain calls by itself, in its use cases.
pub(super) fn in_use_cases() -> BTreeSet<String> {
    let methods = ports();
    let mut found = BTreeSet::new();
    for text in sources("shared/access-core/src").into_values() {
        let called = [between(&text, "store.", "("), between(&text, "log.", "(")];
        let called = called.into_iter().flatten();
        found.extend(called.filter(|it| methods.contains(*it)).map(str::to_owned));
    }
    found
}

/// Whether nothing of the poller but its front door knows the file with questions.
pub(super) fn only_the_front_door_has_questions() -> bool {
    let sources = sources("functions/oncall-poller/src").into_iter();
    let mut who = sources.filter(|(_, text)| text.contains("questions::"));
    who.all(|(path, _)| path == "functions/oncall-poller/src/lib.rs")
}
