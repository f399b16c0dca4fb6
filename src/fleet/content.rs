//! What a unit's files hold, as hashes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};

/// What a file or a folder of files holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content {
    /// SHA-256 of the bytes, as hex; of a folder, of the names and bytes of its files.
    Bytes(String),
    /// It cannot be read.
    Unreadable,
}

/// Bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Content {
    /// What something held when it was listed.
    #[must_use]
    pub fn listed(sha256: Option<&str>) -> Self {
        sha256.map_or(Self::Unreadable, |sha256| Self::Bytes(sha256.to_owned()))
    }

    /// Looks at a file or folder.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let digest = match fs::metadata(path) {
            Ok(found) if found.is_dir() => of_folder(path),
            Ok(found) if found.is_file() => {
                fs::read(path).map(|bytes| Sha256::digest(bytes).to_vec())
            }
            // A pipe or a device gives its bytes once.
            Ok(_) | Err(_) => Err(io::ErrorKind::InvalidInput.into()),
        };
        digest.map_or(Self::Unreadable, |digest| Self::Bytes(hex(&digest)))
    }
}

fn of_folder(folder: &Path) -> io::Result<Vec<u8>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().as_encoded_bytes();
        let bytes = fs::read(&file)?;
        for part in [name, &bytes] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    }
    Ok(digest.finalize().to_vec())
}

/// Contents that were looked at: files that many units name are read once.
#[derive(Debug, Default)]
pub struct Contents(Mutex<HashMap<PathBuf, Content>>);

impl Contents {
    /// The content of a file or folder, looked at once.
    ///
    /// # Panics
    /// Where another thread panicked in here.
    pub fn of(&self, path: &Path) -> Content {
        let known = self.0.lock().expect("no thread panics in here");
        if let Some(content) = known.get(path) {
            return content.clone();
        }
        drop(known);
        let content = Content::of(path);
        let mut known = self.0.lock().expect("no thread panics in here");
        known.insert(path.to_owned(), content.clone());
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_names_and_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a"), "1").expect("written");
        let one = Content::of(folder.path());
        fs::rename(folder.path().join("a"), folder.path().join("b")).expect("renamed");
        let two = Content::of(folder.path());
        assert_ne!(one, two);
        assert!(matches!(one, Content::Bytes(_)));
        assert_eq!(Content::of(Path::new("/dev/null")), Content::Unreadable);
        assert_eq!(
            Content::of(&folder.path().join("b")),
            Content::Bytes(hex(&Sha256::digest("1")))
        );
    }
}
