//! The rules of the code's shape that a compiler does not check: which crate may know which
//! (`arrows`), what every folder and file must have (`layout`), and what the template watches
//! (`metrics`).
//!
//! A failure names the rule. A rule changes in a commit of its own, argued, together with the
//! picture in the top README and the table here.

mod arrows;
mod layout;
mod metrics;

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// The workspace's root folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the acceptance crate is a folder of the workspace")
        .to_owned()
}

/// The workspace as cargo sees it, without the crates it depends on.
fn workspace() -> Metadata {
    MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("`cargo metadata` describes the workspace")
}

/// A package's folder, from the workspace's root: `shared/access-core`.
fn folder(package: &Package) -> PathBuf {
    let manifest = package.manifest_path.as_std_path();
    manifest
        .parent()
        .and_then(|folder| folder.strip_prefix(root()).ok())
        .expect("a member's manifest is under the workspace's root")
        .to_owned()
}

/// Fails with every finding on its own line, so that one run shows all there is to mend.
#[track_caller]
fn assert_none(findings: &[String], rule: &str) {
    assert!(
        findings.is_empty(),
        "{} against the rule: {rule}\n  {}",
        findings.len(),
        findings.join("\n  ")
    );
}
