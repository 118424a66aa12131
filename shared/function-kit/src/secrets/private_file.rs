//! A secret's file: rewritten as a whole or not at all. A new one is for its owner only; one that is there keeps its owner,
//! its group, and whether the group alone may read it, too.

use super::object::Misfit;
use super::write::{SecretWriteError, misfit};
use super::{SecretError, from_file};
use secrecy::{ExposeSecret, SecretString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The mode of a file that only its owner reads and writes.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// The bit of a mode by which its group reads it.
#[cfg(unix)]
const GROUP_READS: u32 = 0o040;

/// The bit of a mode by which everybody else does.
#[cfg(unix)]
const OTHERS_READ: u32 = 0o004;

/// Rewrites a file as `change` says of its text, which is empty where there is none; answers whether it did.
///
/// The new text is written beside it and put in its place. The file beside it is a lock, too: of two writers at once
/// one is told to try again.
pub(super) fn rewrite(
    reference: &str,
    path: &str,
    change: impl FnOnce(&str) -> Result<Option<String>, Misfit>,
) -> Result<bool, SecretWriteError> {
    let failed = |error: &io::Error| SecretWriteError::Unavailable {
        reference: reference.to_owned(),
        reason: error.to_string(),
    };
    // Of a link, the file that it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let mut beside = Beside::make(&path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => SecretWriteError::Unavailable {
            reference: reference.to_owned(),
            reason: format!(
                "somebody writes it just now; if that was cut off, delete `{}`",
                Beside::path_of(&path).display()
            ),
        },
        _ => failed(&error),
    })?;
    beside.belong_as(&path).map_err(|reason| {
        let reference = reference.to_owned();
        SecretWriteError::Unavailable { reference, reason }
    })?;
    // The path itself: a name that is no UTF-8 would name no file in words, and what is there would look like nothing.
    let text = match from_file(reference, &path) {
        Ok(text) => SecretString::from(text),
        Err(SecretError::NotFound { .. }) => SecretString::from(""),
        Err(error) => return Err(error.into()),
    };
    let text = text.expose_secret().trim_end_matches(['\r', '\n']);
    let Some(text) = change(text).map_err(|Misfit| misfit(reference))? else {
        return Ok(false);
    };
    beside
        .replace(&path, &text)
        .map_err(|error| failed(&error))?;
    Ok(true)
}

/// The new file while it is written. Dropped before it replaces the old one, it is gone.
struct Beside {
    path: PathBuf,
    file: File,
    is_in_place: bool,
}

impl Beside {
    fn path_of(path: &Path) -> PathBuf {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        PathBuf::from(beside)
    }

    /// Fails if it is there already.
    fn make(path: &Path) -> io::Result<Self> {
        let path = Self::path_of(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
        let file = options.open(&path)?;
        Ok(Self {
            path,
            file,
            is_in_place: false,
        })
    }

    /// Gives it to the owner and group of the file that it is to replace, and lets the group read it if it, and not everybody,
    /// may read that: so that whoever reads that by somebody's choice goes on reading it.
    ///
    /// Fails in words, before anything was put anywhere.
    #[cfg(unix)]
    fn belong_as(&self, path: &Path) -> Result<(), String> {
        use std::fs::Permissions;
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let (old, new) = match (fs::metadata(path), self.file.metadata()) {
            (Ok(old), Ok(new)) => (old, new),
            (Err(error), _) if error.kind() == ErrorKind::NotFound => return Ok(()),
            (Err(error), _) | (_, Err(error)) => return Err(error.to_string()),
        };
        self.belong(
            (old.uid() != new.uid()).then_some(old.uid()),
            (old.gid() != new.gid()).then_some(old.gid()),
        )?;
        // What everybody reads was so by nobody's choice.
        if old.mode() & (GROUP_READS | OTHERS_READ) != GROUP_READS {
            return Ok(());
        }
        // After it has the group that may.
        let mode = Permissions::from_mode(OWNER_ONLY | GROUP_READS);
        let opened = self.file.set_permissions(mode);
        opened.map_err(|error| error.to_string())
    }

    /// Gives it to a user, a group, or both.
    #[cfg(unix)]
    fn belong(&self, user: Option<u32>, group: Option<u32>) -> Result<(), String> {
        if user.is_none() && group.is_none() {
            return Ok(());
        }
        std::os::unix::fs::fchown(&self.file, user, group).map_err(|error| {
            let user = user.map(|id| format!("user {id}"));
            let group = group.map(|id| format!("group {id}"));
            let owner: Vec<_> = user.into_iter().chain(group).collect();
            let owner = owner.join(" and ");
            format!("it belongs to {owner}, to whom a new file cannot be given ({error}): run this as its owner or as root")
        })
    }

    #[cfg(not(unix))]
    fn belong_as(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    fn replace(&mut self, path: &Path, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.write_all(b"\n")?;
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.is_in_place = true;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.is_in_place {
            // What stays is named by the next writer's error.
            let _removed = fs::remove_file(&self.path);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::fs::Permissions;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use tempfile::TempDir;

    fn append(path: &Path, more: &str) -> Result<bool, SecretWriteError> {
        let path = path.to_str().expect("tests write paths in UTF-8");
        rewrite("file:it", path, |text| Ok(Some(format!("{text}{more}"))))
    }

    #[test]
    fn a_file_behind_a_link_keeps_what_is_in_it_whatever_its_name() {
        let folder = TempDir::new().unwrap();
        let link = folder.path().join("hooks.json");
        let named = folder.path().join(OsStr::from_bytes(b"h\xffoks"));
        if fs::write(&named, "one\n").is_err() {
            // This file system has no such names, so nothing can be lost by one.
            return;
        }
        symlink(&named, &link).unwrap();
        assert!(append(&link, " two").unwrap());
        assert_eq!(fs::read_to_string(&named).unwrap(), "one two\n");
        let kind = fs::symlink_metadata(&link).unwrap().file_type();
        assert!(kind.is_symlink());
    }

    #[test]
    fn a_rewritten_file_belongs_to_whom_it_did() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("hooks.json");
        fs::write(&path, "one").unwrap();
        let owner = |path: &Path| {
            let metadata = fs::metadata(path).unwrap();
            (metadata.uid(), metadata.gid())
        };
        // Only root can give a file away; anybody else has to be content with their own.
        let _given = chown(&path, Some(12_345), Some(54_321));
        let before = owner(&path);
        assert!(append(&path, " two").unwrap());
        assert_eq!(owner(&path), before);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one two\n");
    }

    #[test]
    fn a_group_that_read_the_file_goes_on_reading_it_and_nobody_else_does() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("hooks.json");
        for (before, after) in [
            (0o600, 0o600),
            (0o640, 0o640),
            (0o660, 0o640),
            (0o644, 0o600),
            (0o604, 0o600),
        ] {
            fs::write(&path, "one").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
            assert!(append(&path, " two").unwrap());
            let mode = fs::metadata(&path).unwrap().mode() & 0o777;
            assert_eq!(mode, after, "{before:o} became {mode:o}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_given_to_its_owner_says_what_to_do() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("hooks.json");
        let beside = Beside::make(&path).unwrap();
        assert_eq!(beside.belong(None, None), Ok(()));
        if fs::metadata(folder.path()).unwrap().uid() == 0 {
            // Root can.
            assert_eq!(beside.belong(Some(12_345), Some(54_321)), Ok(()));
            return;
        }
        let refused = beside.belong(Some(0), Some(0)).unwrap_err();
        for word in ["user 0 and group 0", "as its owner or as root"] {
            assert!(refused.contains(word), "{refused}");
        }
        drop(beside);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
