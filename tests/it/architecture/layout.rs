//! What every folder and file must have, so that a reader finds it where it is expected.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{assert_none, folder, root, workspace};

/// Past this many production lines a file holds more than one idea.
const FILE_LINES_MAX: usize = 500;

// That every folder under functions/ and shared/ is a crate at all, cargo checks itself: the
// workspace names them by glob.
#[test]
fn a_crate_is_called_after_its_folder() {
    let metadata = workspace();
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = folder(package);
        let expected = match folder.to_str() {
            Some("infra/cli") => "rotakey",
            Some("tests") => "acceptance",
            Some("tests/fuzz") => "rotakey-fuzz",
            _ => folder
                .file_name()
                .and_then(|name| name.to_str())
                .expect("folders have plain names"),
        };
        if package.name.as_str() != expected {
            findings.push(format!(
                "{}: is called `{}`, not `{expected}`",
                folder.display(),
                package.name
            ));
        }
    }
    assert_none(&findings, "a crate is called after its folder");
}

#[test]
fn a_crate_has_a_front_page_with_its_decisions() {
    let mut findings = Vec::new();
    for package in workspace().workspace_packages() {
        let folder = folder(package);
        let page = fs::read_to_string(root().join(&folder).join("README.md")).unwrap_or_default();
        if !page.lines().any(|line| line == "## Decisions") {
            findings.push(format!("{}/README.md: no `## Decisions`", folder.display()));
        }
        let front = root().join(&folder).join("src/lib.rs");
        let front = fs::read_to_string(front).unwrap_or_default();
        if !front.contains(r#"#![doc = include_str!("../README.md")]"#) {
            findings.push(format!(
                "{}/src/lib.rs: its README.md is not its documentation",
                folder.display()
            ));
        }
    }
    assert_none(
        &findings,
        "a crate's README.md is its front page and ends with its decisions",
    );
}

#[test]
fn a_crate_takes_the_workspace_lints() {
    let mut findings = Vec::new();
    for package in workspace().workspace_packages() {
        let manifest =
            fs::read_to_string(&package.manifest_path).expect("the manifest can be read");
        if !manifest.contains("[lints]\nworkspace = true\n") {
            findings.push(format!("{}/Cargo.toml", folder(package).display()));
        }
    }
    assert_none(
        &findings,
        "every Cargo.toml has `[lints]` with `workspace = true`",
    );
}

#[test]
fn a_source_file_says_what_it_is_for() {
    let findings: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| {
            !text.starts_with("//! ") && !text.starts_with("#![doc = include_str!(")
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert_none(
        &findings,
        "a source file's first line is a `//!` that says what it is for",
    );
}

#[test]
fn a_source_file_holds_one_idea() {
    let findings: Vec<_> = sources()
        .into_iter()
        .filter(|(path, _)| !is_a_crates_own_test(path))
        .map(|(path, text)| (path, production_lines(&text)))
        .filter(|(_, lines)| *lines >= FILE_LINES_MAX)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert_none(
        &findings,
        "a file stays under 500 production lines: find its seam",
    );
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    // Put together here, or this file would be its own finding.
    let homes = ["work", "root", "home", "Users"].map(|name| format!("/{name}/"));
    let mut findings = Vec::new();
    for path in tracked() {
        // Not text: nothing to find.
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if homes.iter().any(|home| starts_a_path(line, home)) {
                findings.push(format!(
                    "{}:{}: {}",
                    path.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    assert_none(
        &findings,
        "no tracked file names a folder of one person's machine",
    );
}

/// Whether the folder stands in the line as the beginning of a path, not in the middle of one
/// (`example.com/home/`).
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-}*/".contains(before))
    })
}

/// Whether the file is one crate's integration test, whose cases may take the room they need.
fn is_a_crates_own_test(path: &Path) -> bool {
    path.iter()
        .skip(1)
        .any(|part| part == "tests" || part == "tests.rs")
}

/// Lines before the unit tests at a file's end.
fn production_lines(text: &str) -> usize {
    text.lines()
        .collect::<Vec<_>>()
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests"))
        .unwrap_or_else(|| text.lines().count())
}

fn sources() -> Vec<(PathBuf, String)> {
    tracked()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| {
            // A file deleted but not yet committed is still tracked.
            let text = fs::read_to_string(root().join(&path)).ok()?;
            Some((path, text))
        })
        .collect()
}

/// Every file that git tracks, from the root.
fn tracked() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git lists the files of this clone");
    assert!(
        output.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let files: Vec<_> = names
        .split_terminator('\0')
        .map(|name| Path::new(name).to_owned())
        .collect();
    assert!(!files.is_empty(), "git tracks no file here");
    files
}
