//! Writing files so that a reader never sees half of one.

use std::io::{self, Write as _};
use std::path::Path;

/// Replaces a file in one step: the bytes go to a temporary file in the same folder, which is then
/// renamed. When it fails, the file that was there is untouched. A file that is replaced hands on its mode.
///
/// # Errors
/// Those of creating, writing and renaming the temporary file.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bayplan-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Readable like any other file a user writes; the user's mask still applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Ok(replaced) = std::fs::metadata(path) {
        file.as_file().set_permissions(replaced.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::write_atomically;

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
        assert!(write_atomically(&path, b"x").is_err());
    }
}
