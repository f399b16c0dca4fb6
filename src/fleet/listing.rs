//! A folder of cluster files as units.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::args::UnitArgs;
use super::content::hex;
use super::effort::Efforts;
use super::manifest::Unit;
use super::options::Asked;
use super::same::{Identity, Same};

/// Endings of cluster files.
const ENDINGS: [&str; 4] = ["json", "yaml", "yml", "csv"];

/// Units, and why files among them could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// A unit a file.
    pub units: Vec<Unit>,
    /// Files that cannot be read: their units' results will say so.
    pub unreadable: Vec<String>,
    /// What is no unit though its name is one of a cluster file, and why.
    pub left_out: Vec<String>,
    /// What is there more than once.
    pub same: Same,
    efforts: Efforts,
}

/// Every cluster file in a folder and those in it. The id of a unit is the file's path there.
///
/// # Errors
/// When a folder cannot be read.
pub fn list(folder: &Path, asked: &Asked) -> io::Result<Listed> {
    let mut files = Vec::new();
    let mut listed = Listed::default();
    walk(folder, "", &mut files, &mut listed.left_out)?;
    files.sort();
    listed.left_out.sort();
    for id in files {
        let path = folder.join(&id);
        // A pipe has no end and a device none that fits: neither is read, through a link neither.
        if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            let why = format!("{}: it is no regular file", path.display());
            listed.left_out.push(why);
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| error.to_string());
        let args = asked.of(&id).clone();
        listed.add(id, path.display().to_string(), bytes, args);
    }
    Ok(listed)
}

impl Listed {
    /// Adds a unit: its id, where its cluster file is, the bytes or why they cannot be had, and what it does.
    pub fn add(
        &mut self,
        id: String,
        input: String,
        bytes: Result<Vec<u8>, String>,
        args: UnitArgs,
    ) {
        let (sha256, weight, named) = match bytes {
            Ok(bytes) => {
                let sha256 = sha256_of(&bytes);
                self.same.add(&id, &sha256, Identity::of(&bytes));
                (
                    Some(sha256),
                    self.efforts.weight(&bytes, &id, &args),
                    names_itself(&bytes, &id),
                )
            }
            Err(why) => {
                self.unreadable.push(format!("{input}: {why}"));
                (None, 1, false)
            }
        };
        self.units.push(Unit {
            id,
            input,
            sha256,
            named,
            args,
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

fn walk(
    folder: &Path,
    before: &str,
    files: &mut Vec<String>,
    left_out: &mut Vec<String>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.file_name().to_str().is_none() {
            // A manifest is UTF-8, and two such names could look the same in it.
            let path = entry.path();
            left_out.push(format!(
                "{}: its name is no UTF-8; rename it",
                path.display()
            ));
            continue;
        }
        let id = format!("{before}{name}");
        // A link to a folder is not followed: it could lead back here.
        if entry.file_type()?.is_dir() {
            if is_out(&entry.path()) {
                let path = entry.path();
                left_out.push(format!("{}: it holds results of a fleet", path.display()));
            } else {
                walk(&entry.path(), &format!("{id}/"), files, left_out)?;
            }
        } else if is_cluster_file(&name) {
            files.push(id);
        }
    }
    Ok(())
}

/// Whether a folder is what `fleet run --out` writes to: its results are no cluster files.
fn is_out(folder: &Path) -> bool {
    (["results", "attempts"].iter()).all(|name| folder.join(name).is_dir())
}

/// Whether a cluster file says itself what its cluster is called. Others take the name of the file, which then shapes their result; a file
/// of which this is not certain is taken for one of those.
#[must_use]
pub fn names_itself(bytes: &[u8], name: &str) -> bool {
    #[derive(Deserialize)]
    struct Named {
        cluster: String,
    }
    let is_json = Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    is_json
        && serde_json::from_slice::<Named>(bytes)
            .is_ok_and(|named| !named.cluster.trim().is_empty())
}

/// SHA-256 of bytes as lower-case hex.
#[must_use]
pub fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
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
        let listed = list(folder.path(), &Asked::default()).expect("listed");
        let seen: Vec<(&str, u64)> = (listed.units.iter())
            .map(|unit| (unit.id.as_str(), unit.weight))
            .collect();
        assert_eq!(seen, [("b.json", 2), ("c.csv", 3), ("eu/a.YAML", 1)]);
        let sha256 = listed.units[2].sha256.as_deref();
        assert_eq!(sha256, Some(sha256_of(b"services: []").as_str()));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_has_no_name_or_is_a_result_is_left_out_and_said() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.json"), "{}").expect("written");
        symlink("/dev/zero", path("endless.json")).expect("linked");
        let made = std::process::Command::new("mkfifo")
            .arg(path("pipe.json"))
            .status();
        assert!(made.expect("mkfifo runs").success());
        for ending in [&b"x\xff.json"[..], b"x\xfe.json"] {
            let name = folder.path().join(OsStr::from_bytes(ending));
            fs::write(name, "{}").expect("written");
        }
        for name in ["out/results", "out/attempts", "results"] {
            fs::create_dir_all(path(name)).expect("made");
        }
        fs::write(path("out/results/k.json"), "{}").expect("written");
        fs::write(path("results/b.json"), "[]").expect("written");
        let listed = list(folder.path(), &Asked::default()).expect("listed");
        let ids: Vec<&str> = listed.units.iter().map(|unit| unit.id.as_str()).collect();
        assert_eq!(ids, ["a.json", "results/b.json"]);
        assert_eq!(listed.left_out.len(), 5, "{:?}", listed.left_out);
        for why in ["no regular file", "no UTF-8", "results of a fleet"] {
            assert!(listed.left_out.iter().any(|said| said.contains(why)));
        }
    }

    #[test]
    fn a_file_names_its_cluster_where_that_is_certain() {
        assert!(names_itself(
            b"{\"cluster\": \"shop\", \"services\": []}",
            "x.json"
        ));
        for (text, name) in [
            ("{\"services\": []}", "x.json"),
            ("{\"cluster\": \" \"}", "x.json"),
            ("{\"cluster\": \"a\", \"cluster\": \"b\"}", "x.json"),
            ("cluster: shop", "x.yaml"),
            ("{\"cluster\": \"shop\"}", "x.csv"),
        ] {
            assert!(!names_itself(text.as_bytes(), name), "{text}");
        }
    }
}
