//! Writing files so that a reader never sees half of one.

use std::io::{self, Write as _};
use std::path::Path;

/// What names of temporary files begin with.
const TEMPORARY: &str = ".bayplan-";

/// Replaces a file in one step: the bytes go to a temporary file in the same folder, which is then
/// renamed. When it fails, the file that was there is untouched. A file that is replaced hands on its mode.
///
/// # Errors
/// Those of creating, writing and renaming the temporary file, without its name: who reads them knows of none.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_atomically_as(path, bytes, TEMPORARY)
}

/// As [`write_atomically`], with the beginning of the temporary file's name.
///
/// # Errors
/// As there.
pub fn write_atomically_as(path: &Path, bytes: &[u8], temporary: &str) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = temporary_in(folder, temporary)?;
    file.write_all(bytes)
        .map_err(|error| without_path(&error))?;
    if let Ok(replaced) = std::fs::metadata(path) {
        file.as_file().set_permissions(replaced.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a file can be written by [`write_atomically`], as far as can be seen before: there is a folder, and files can be
/// made in it.
///
/// # Errors
/// Those of creating a temporary file.
pub fn can_write(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    temporary_in(folder_of(path), TEMPORARY).map(drop)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn temporary_in(folder: &Path, beginning: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(beginning);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Readable like any other file a user writes; the user's mask still applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    (builder.tempfile_in(folder)).map_err(|error| without_path(&error))
}

/// The error without the path of the temporary file, which `tempfile` adds to the words of the operating system.
fn without_path(error: &io::Error) -> io::Error {
    let said = error.to_string();
    let own = said.rsplit_once(" at path ").map_or(&*said, |(own, _)| own);
    io::Error::new(error.kind(), own)
}

#[cfg(test)]
mod tests {
    use super::{can_write, write_atomically};

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.json");
        write_atomically(&path, b"old").expect("writes");
        write_atomically(&path, b"new").expect("replaces");
        assert_eq!(std::fs::read(&path).expect("reads"), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_hands_on_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.json");
        write_atomically(&path, b"old").expect("writes");
        for mode in [0o600, 0o640, 0o755] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, permissions).expect("a mode");
            write_atomically(&path, b"new").expect("replaces");
            let found = std::fs::metadata(&path).expect("is there").permissions();
            assert_eq!(found.mode() & 0o777, mode);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("none").join("plan.json");
        for error in [
            write_atomically(&path, b"x").expect_err("no folder"),
            can_write(&path).expect_err("no folder"),
        ] {
            assert_eq!(error.to_string(), "No such file or directory (os error 2)");
        }
        assert!(can_write(folder.path()).is_err());
        assert!(can_write(&folder.path().join("plan.json")).is_ok());
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 0);
    }
}
