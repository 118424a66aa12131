//! The store's file, and the one beside it that is the lock and says whose it is.

use super::{EmbeddedError, Owner, Stay, TABLE};
use crate::INDEX;
use dynoxide::storage::Storage;
use dynoxide::{Database, DynoxideError};
use std::fmt::Display;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
#[cfg(unix)]
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What a file of the engine's begins with.
/// <https://www.sqlite.org/fileformat2.html#the_database_header>
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What the engine has beside an open file, and what is left there when its process is cut off.
const BESIDE: [&str; 2] = ["-wal", "-shm"];
/// The mode of all these files.
#[cfg(unix)]
const OWNER_ALONE: u32 = 0o600;
/// The bits of a mode by which everybody may do something.
#[cfg(unix)]
const EVERYBODY: u32 = 0o007;
/// How a lock says [`Stay::Brief`].
const BRIEF: &str = "brief";
/// How it says [`Stay::Long`].
const LONG: &str = "long";

/// Takes the file for this process, until the lock is dropped or the process ends, however it ends. One that is not there is
/// made, empty, for its owner alone.
pub(super) fn lock(path: &Path) -> Result<File, EmbeddedError> {
    let at = beside(path, ".lock");
    // Nothing is left beside a file that is refused. Where there is a lock, this very process may have the file open: closing
    // it here would end the engine's own locks on it.
    if !at.exists() {
        look_at(path)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    options.mode(OWNER_ALONE);
    let refused = |error: io::Error| unusable(&at, &error);
    let mut file = options.open(&at).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut told = String::new();
            let read = file.read_to_string(&mut told);
            return Err(EmbeddedError::InUse {
                path: path.to_owned(),
                owner: read.ok().and_then(|_| owner_in(&told)),
            });
        }
        Err(TryLockError::Error(error)) => return Err(refused(error)),
    }
    // The file may be older than its mode, or made by hand; the endpoint comes after.
    #[cfg(unix)]
    file.set_permissions(std::fs::Permissions::from_mode(OWNER_ALONE))
        .map_err(refused)?;
    file.set_len(0)
        .and_then(|()| file.rewind())
        .map_err(refused)?;
    look_at(path)?;
    #[cfg(unix)]
    keep_private(path)?;
    Ok(file)
}

/// Says in the lock of `path` who has it.
pub(super) fn tell(lock: &mut File, path: &Path, owner: &Owner) -> Result<(), EmbeddedError> {
    let Owner {
        endpoint,
        process,
        stay,
    } = owner;
    let stay = match stay {
        Stay::Brief => BRIEF,
        Stay::Long => LONG,
    };
    // At once: whoever reads it meanwhile sees nothing, or all of it.
    let told = lock.write_all(format!("{endpoint}\n{process}\n{stay}\n").as_bytes());
    told.map_err(|error| unusable(&beside(path, ".lock"), &error))
}

/// Opens the file in the engine.
pub(super) fn database(path: &Path) -> Result<Database, EmbeddedError> {
    let text = path
        .to_str()
        .ok_or_else(|| failed(path, &"its path is not UTF-8"))?;
    finish_half_made(text)
        .and_then(|()| Database::new(text))
        .map_err(|error| failed(path, &error))
}

/// Finishes a table in whose making a process was cut off: the engine says first that there is one, and then makes it in several
/// steps, each of them for good. It finds the table from then on, and nothing can be written.
fn finish_half_made(path: &str) -> Result<(), DynoxideError> {
    let storage = Storage::new(path)?;
    if !storage.table_exists(TABLE)? {
        return Ok(());
    }
    let is_there = |name: &str| storage.conn().table_exists(None, name);
    let (items, index) = (
        is_there(TABLE)?,
        is_there(&format!("{TABLE}::gsi::{INDEX}"))?,
    );
    if items && index {
        return Ok(());
    }
    if items && storage.count_items(TABLE)? > 0 {
        // A new index would say of all of them that they are not there.
        let damaged = "its index is missing: put a backup in its place, or begin with another file";
        return Err(DynoxideError::InternalServerError(damaged.to_owned()));
    }
    storage.begin_transaction()?;
    storage.drop_gsi_table(TABLE, INDEX)?;
    storage.drop_data_table(TABLE)?;
    storage.create_data_table(TABLE)?;
    storage.create_gsi_table(TABLE, INDEX)?;
    storage.commit()?;
    tracing::info!("the making of the store had been cut off, and was finished");
    Ok(())
}

/// Who has a store, by its lock; `None` as long as that one has not said all.
fn owner_in(told: &str) -> Option<Owner> {
    let mut lines = told.strip_suffix('\n')?.split('\n');
    let endpoint = lines.next().filter(|line| line.starts_with("http://"))?;
    let process = lines.next()?.parse().ok()?;
    let stay = match lines.next()? {
        BRIEF => Stay::Brief,
        LONG => Stay::Long,
        _ => return None,
    };
    Some(Owner {
        endpoint: endpoint.to_owned(),
        process,
        stay,
    })
}

/// The file of the same name with `end` after it. One that is reached by two names has one lock; one that is not there yet is
/// made where it is named.
fn beside(path: &Path, end: &str) -> PathBuf {
    let named = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut named = named.into_os_string();
    named.push(end);
    PathBuf::from(named)
}

/// Refuses a file that is no store, and one that cannot be written: the engine would open it, and then write nothing. One that
/// is not there, or empty, is a store to be made.
fn look_at(path: &Path) -> Result<(), EmbeddedError> {
    for end in BESIDE {
        writable(&beside(path, end))?;
    }
    let Some(mut file) = writable(path)? else {
        return Ok(());
    };
    let refused = |error: io::Error| unusable(path, &error);
    let found = file.metadata().map_err(refused)?;
    let mut begins = [0_u8; MAGIC.len()];
    if found.is_file() {
        if found.len() == 0 {
            return Ok(());
        }
        match file.read_exact(&mut begins) {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(refused(error)),
            Ok(()) | Err(_) => {}
        }
    }
    if begins == MAGIC {
        return Ok(());
    }
    Err(EmbeddedError::NoStore {
        path: path.to_owned(),
    })
}

/// Opens a file as the engine does; `None`: it is not there.
fn writable(path: &Path) -> Result<Option<File>, EmbeddedError> {
    match OpenOptions::new().read(true).append(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, &error)),
    }
}

/// Makes the file, for its owner alone, unless it is there; the engine gives those beside it the same mode. Those of before
/// that everybody may read become their owner's.
#[cfg(unix)]
fn keep_private(path: &Path) -> Result<(), EmbeddedError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(OWNER_ALONE);
    options.open(path).map_err(|error| unusable(path, &error))?;
    let others = BESIDE.map(|end| beside(path, end));
    for file in others.iter().map(PathBuf::as_path).chain([path]) {
        // Those beside it are there only where a process was cut off.
        let mode = file
            .metadata()
            .map_or(OWNER_ALONE, |found| found.permissions().mode());
        if mode & EVERYBODY == 0 {
            continue;
        }
        let private = std::fs::Permissions::from_mode(OWNER_ALONE);
        if let Err(error) = std::fs::set_permissions(file, private) {
            tracing::warn!(%error, "everybody on this machine may read the store, and that cannot be changed: {error}");
        }
    }
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> EmbeddedError {
    if error.kind() != ErrorKind::PermissionDenied {
        return failed(path, error);
    }
    let remedy = "run this as the user whom the store belongs to, or let this user write its files and their folder";
    failed(path, &format!("{error}; {remedy}"))
}

fn failed(path: &Path, reason: &dyn Display) -> EmbeddedError {
    EmbeddedError::File {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
