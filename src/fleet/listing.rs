//! A folder of cluster files as units.

use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::args::UnitArgs;
use super::content::hex;
use super::manifest::Unit;

/// Endings of cluster files.
const ENDINGS: [&str; 4] = ["json", "yaml", "yml", "csv"];

/// Units, and why files among them could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// A unit a file.
    pub units: Vec<Unit>,
    /// Files that cannot be read: their units' results will say so.
    pub unreadable: Vec<String>,
}

/// Every cluster file in a folder and those in it. The id of a unit is the file's path there.
///
/// # Errors
/// When a folder cannot be read.
pub fn list(folder: &Path, args: &UnitArgs) -> io::Result<Listed> {
    let mut files = Vec::new();
    walk(folder, "", &mut files)?;
    files.sort();
    let mut listed = Listed::default();
    for id in files {
        let path = folder.join(&id);
        let bytes = fs::read(&path).map_err(|error| error.to_string());
        listed.add(id, path.display().to_string(), bytes, args);
    }
    Ok(listed)
}

impl Listed {
    /// Adds a unit: its id, where its cluster file is, and the bytes or why they cannot be had.
    pub fn add(
        &mut self,
        id: String,
        input: String,
        bytes: Result<Vec<u8>, String>,
        args: &UnitArgs,
    ) {
        let (sha256, weight) = match bytes {
            Ok(bytes) => (Some(sha256_of(&bytes)), weight_of(&bytes, &id)),
            Err(why) => {
                self.unreadable.push(format!("{input}: {why}"));
                (None, 1)
            }
        };
        self.units.push(Unit {
            id,
            input,
            sha256,
            args: args.clone(),
            weight,
            of: None,
        });
    }
}

/// Whether a name below a folder is one of a cluster file: by its ending, and nothing on the way to it begins with a dot.
#[must_use]
pub fn is_cluster_file(name: &str) -> bool {
    let is_hidden = name.split('/').any(|part| part.starts_with('.'));
    let ending = Path::new(name).extension();
    !is_hidden
        && ending
            .is_some_and(|ending| (ENDINGS.iter()).any(|known| ending.eq_ignore_ascii_case(known)))
}

fn walk(folder: &Path, before: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let id = format!("{before}{name}");
        // A link to a folder is not followed: it could lead back here.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{id}/"), files)?;
        } else if is_cluster_file(&name) {
            files.push(id);
        }
    }
    Ok(())
}

/// SHA-256 of bytes as lower-case hex.
#[must_use]
pub fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// How much work a cluster file is beside others: about the number of its services, which a plan's time follows.
#[must_use]
pub fn weight_of(bytes: &[u8], name: &str) -> u64 {
    let is_table = Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let count = if is_table {
        String::from_utf8_lossy(bytes)
            .lines()
            .count()
            .saturating_sub(1)
    } else {
        String::from_utf8_lossy(bytes)
            .matches("serviceName")
            .count()
    };
    (count as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_files_of_a_folder_and_those_in_it_are_units() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        write(
            "b.json",
            "{\"services\":[{\"serviceName\":\"x\"},{\"serviceName\":\"y\"}]}",
        );
        write("eu/a.YAML", "services: []");
        write("c.csv", "service,cpu\na,1\nb,1\nc,1\n");
        write("notes.txt", "");
        write(".hidden.json", "");
        let listed = list(folder.path(), &UnitArgs::default()).expect("listed");
        let seen: Vec<(&str, u64)> = (listed.units.iter())
            .map(|unit| (unit.id.as_str(), unit.weight))
            .collect();
        assert_eq!(seen, [("b.json", 2), ("c.csv", 3), ("eu/a.YAML", 1)]);
        let sha256 = listed.units[2].sha256.as_deref();
        assert_eq!(sha256, Some(sha256_of(b"services: []").as_str()));
    }
}
