//! A folder as a store: a temporary file beside the name, flushed to the disk, then linked to it. A reader never sees half of one.
//!
//! A writer that was killed leaves its temporary file; the next one that opens the store on the same machine takes it away. Its name says
//! which start of which machine, and which process, wrote it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use tempfile::NamedTempFile;

use super::{Store, StoreError};

/// What names of temporary files end with.
const TEMPORARY: &str = ".tmp";
/// How often a temporary file is written that somebody took away.
const TRIES: usize = 3;

/// A store in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// A store to read; nothing is made.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// A store to write: its folders are made, and temporary files of writers that are gone are taken away.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let store = Self::at(root);
        for folder in ["results", "attempts"] {
            let path = root.join(folder);
            fs::create_dir_all(&path).map_err(|why| refused(folder, &why))?;
            sweep(&path);
        }
        Ok(store)
    }

    fn temporary(&self, name: &str, bytes: &[u8]) -> io::Result<(NamedTempFile, PathBuf)> {
        let path = self.root.join(name);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        let of = path.file_name().unwrap_or_default().to_string_lossy();
        let mut builder = tempfile::Builder::new();
        let (start, process) = (start_of_machine(), process::id());
        let prefix = format!(".{of}.{start}.{process}.");
        builder.prefix(&prefix).suffix(TEMPORARY);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok((file, path))
    }

    /// Writes a temporary file and moves it; again where somebody took it away in between.
    fn put(
        &self,
        name: &str,
        bytes: &[u8],
        keep: impl Fn(NamedTempFile, &Path) -> io::Result<bool>,
    ) -> Result<bool, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let written = (self.temporary(name, bytes)).and_then(|(file, path)| keep(file, &path));
            match written {
                Err(why) if why.kind() == ErrorKind::NotFound && tries < TRIES => {}
                other => return other.map_err(|why| refused(name, &why)),
            }
        }
    }
}

impl Store for Folder {
    fn names(&self, folder: &str) -> Result<BTreeSet<String>, StoreError> {
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(why) => return Err(refused(folder, &why)),
        };
        let mut names = BTreeSet::new();
        for entry in entries {
            let name = entry.map_err(|why| refused(folder, &why))?.file_name();
            let name = name.to_string_lossy().into_owned();
            if !name.starts_with('.') {
                names.insert(name);
            }
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(self.root.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(refused(name, &why)),
        }
    }

    fn is_whole_or_absent(&self) -> bool {
        false
    }

    fn write_once(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.put(name, bytes, |file, path| {
            match file.persist_noclobber(path) {
                Ok(_) => Ok(true),
                Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
                Err(error) => Err(error.error),
            }
        })
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.put(name, bytes, |file, path| {
            file.persist(path).map_err(|error| error.error)?;
            Ok(true)
        })
        .map(|_| ())
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        match fs::remove_file(self.root.join(name)) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(refused(name, &why)),
            _ => Ok(()),
        }
    }
}

fn refused(name: &str, why: &io::Error) -> StoreError {
    StoreError {
        name: name.to_owned(),
        why: why.to_string(),
    }
}

/// A word for this start of this machine, so that process ids mean something; no word where the system has none.
fn start_of_machine() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|text| text.trim().chars().take(8).collect())
        .unwrap_or_default()
}

/// Takes away temporary files of writers of this machine that are gone. What cannot be taken away stays: it harms nobody.
fn sweep(folder: &Path) {
    let start = start_of_machine();
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(inner) = (name.strip_prefix('.')).and_then(|name| name.strip_suffix(TEMPORARY))
        else {
            // Attempts stand one folder deeper.
            if !name.starts_with('.') && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                sweep(&entry.path());
            }
            continue;
        };
        let mut parts = inner.rsplit('.');
        let (_, process, of) = (parts.next(), parts.next(), parts.next());
        let is_gone = |process: &str| {
            process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists()
        };
        if !start.is_empty() && of == Some(start.as_str()) && process.is_some_and(is_gone) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_once_and_read_whole() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Folder::open(root.path()).expect("a store");
        assert_eq!(store.read("results/a.json"), Ok(None));
        assert_eq!(store.write_once("results/a.json", b"1"), Ok(true));
        assert_eq!(store.write_once("results/a.json", b"2"), Ok(false));
        assert_eq!(store.read("results/a.json"), Ok(Some(b"1".to_vec())));
        assert_eq!(store.replace("attempts/a/1", b"3"), Ok(()));
        assert_eq!(store.replace("attempts/a/1", b"4"), Ok(()));
        assert_eq!(store.read("attempts/a/1"), Ok(Some(b"4".to_vec())));
        let names = store.names("results/").expect("names");
        assert_eq!(Vec::from_iter(names), ["a.json"]);
        assert_eq!(store.remove("results/a.json"), Ok(()));
        assert_eq!(store.remove("results/a.json"), Ok(()));
        assert_eq!(store.names("nowhere/"), Ok(BTreeSet::new()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_killed_writer_left_is_taken_away_and_what_a_living_one_writes_is_not() {
        let root = tempfile::tempdir().expect("a folder");
        let results = root.path().join("results");
        fs::create_dir_all(&results).expect("made");
        let start = start_of_machine();
        // No process has the largest id.
        let dead = results.join(format!(".k.json.{start}.4294967295.abc{TEMPORARY}"));
        let alive = results.join(format!(".k.json.{start}.{}.abc{TEMPORARY}", process::id()));
        let elsewhere = results.join(format!(".k.json.00000000.4294967295.abc{TEMPORARY}"));
        for file in [&dead, &alive, &elsewhere] {
            fs::write(file, "half").expect("written");
        }
        let store = Folder::open(root.path()).expect("a store");
        assert_eq!(
            (dead.exists(), alive.exists(), elsewhere.exists()),
            (false, true, true)
        );
        assert_eq!(store.names("results/"), Ok(BTreeSet::new()));
    }

    #[test]
    fn a_store_that_cannot_be_made_says_so() {
        assert!(Folder::open(Path::new("/dev/null/x")).is_err());
    }
}
