//! Files that hold customers' messages. Only the user who runs the desk may read them.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::{Mutex, PoisonError},
};

use crate::about;

/// The modes of a directory and of a file in it.
const DIRECTORY: u32 = 0o700;
const FILE: u32 = 0o600;
/// The sticky bit: a directory in which everyone may make files, such as `/tmp`. To close such a directory would lock everyone
/// else out.
const SHARED: u32 = 0o1000;
/// The prefixes of the desk's own file names.
const NAMES: [&str; 5] = ["lock", "lambdesk.demo", "dynamodb.sqlite", "bus.sqlite", "stream."];

/// Makes a directory that only its owner may use, so that it outlives a power failure. If the directory exists, closes it and the
/// desk's files in it. A shared directory is an error.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let failed = |error| about(&path.display().to_string(), error);
    let missing: Vec<_> =
        path.ancestors().take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists()).collect();
    DirBuilder::new().recursive(true).mode(DIRECTORY).create(path).map_err(failed)?;
    missing.into_iter().try_for_each(sync_entry).map_err(failed)?;
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & SHARED != 0 {
        return Err(about(&path.display().to_string(), "is shared with others; name a directory for the desk alone"));
    }
    fs::set_permissions(path, Permissions::from_mode(DIRECTORY)).map_err(failed)?;
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let own = entry.file_name().to_str().is_some_and(|name| NAMES.iter().any(|own| name.starts_with(own)));
        if own && entry.file_type().map_err(failed)?.is_file() {
            fs::set_permissions(entry.path(), Permissions::from_mode(FILE)).map_err(failed)?;
        }
    }
    Ok(())
}

/// Removes the desk's files of a directory, but the file that its lock is on.
pub(crate) fn remove(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if NAMES.iter().filter(|own| **own != "lock").any(|own| name.to_string_lossy().starts_with(own)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Opens a file to append to, and makes it if there is none. `SQLite` gives the files that it makes beside one of its own the
/// same mode.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    options().append(true).open(path)
}

/// Overwrites a file, or makes it.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    io::Write::write_all(&mut options().write(true).truncate(true).open(path)?, text.as_bytes())
}

/// Keeps bytes in a file, whole or not at all. Once this returns, they outlive a power failure: whoever sent a mail or a file is
/// told that it is here, and does not send it again. One is kept after the other: two at once of one name would take the same
/// unfinished file.
pub(crate) fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let unfinished = path.with_extension("part");
    let mut file = options().write(true).truncate(true).open(&unfinished)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    fs::rename(unfinished, path)?;
    sync_entry(path)
}

/// Waits until the disk knows that a file or a directory is there.
fn sync_entry(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(FILE);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn what_is_there_is_closed_and_what_is_not_ours_left() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/b");
        directory(&path).unwrap();
        assert_eq!(mode(&path), DIRECTORY);
        let (ours, theirs) = (path.join("dynamodb.sqlite-wal"), path.join("notes.txt"));
        for file in [&ours, &theirs] {
            fs::write(file, "x").unwrap();
            fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
        }
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        directory(&path).unwrap();
        assert_eq!((mode(&path), mode(&ours), mode(&theirs)), (DIRECTORY, FILE, 0o644));
        write(&path.join("stream.position"), "7").unwrap();
        file(&path.join("bus.sqlite")).unwrap();
        assert_eq!((mode(&path.join("stream.position")), mode(&path.join("bus.sqlite"))), (FILE, FILE));
        fs::set_permissions(&path, Permissions::from_mode(0o1777)).unwrap();
        assert!(directory(&path).unwrap_err().to_string().contains("shared"));
        assert_eq!(mode(&path), 0o1777, "a shared directory stays as it is");
    }
}
