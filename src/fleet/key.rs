//! The key of a unit: the hash of all that shapes its result.
//!
//! SHA-256 over, in this order and each part after its length: a word for the form of results, the program's version and that of its
//! algorithms, the digest of the embedded catalogue, the command and its flags, what the input's name says, the content of the input, and the
//! content of every file that the flags name (a folder of catalogue files among them). Plans are the same for the same input, seed and
//! limits, so two results of one key are the same bytes.
//!
//! The name of a cluster file says two things: its ending how it is read, and its stem what its cluster is called where the file does not say
//! so itself. Files that do ([`Unit::named`]) share a result whatever they are called.

use std::fmt;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::content::{Content, hex};
use super::manifest::Unit;

/// The form of results; another one makes other keys.
const FORM: &str = "bayplan-fleet-result-2";

/// The version of what computes results, which builds between two releases share a program's version over. Raise it with every change
/// by which any command gives another document for the same input: prices that are derived otherwise, another order of search, a limit,
/// a key of the document. Results of before are then computed anew in place of standing beside new ones.
pub const ALGORITHM: u32 = 5;

/// Name of a unit's result, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

/// The program that makes the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// Version of its algorithms.
    pub algorithm: u32,
    /// Digest of the catalogue in it.
    pub catalogue: String,
}

impl Key {
    /// The key of a unit with this input, and these files named by its flags.
    pub(super) fn of(program: &Program, unit: &Unit, input: &Content, files: &[Content]) -> Self {
        let mut digest = Sha256::new();
        let mut add = |part: &str| {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        };
        add(FORM);
        add(&program.version);
        add(&program.algorithm.to_string());
        add(&program.catalogue);
        add(unit.args.command.word());
        add(&unit.args.words.len().to_string());
        for word in &unit.args.words {
            add(word);
        }
        let (ending, stem) = name_of(&unit.input);
        add(&ending);
        add(if unit.named { "" } else { stem });
        match (input, &unit.sha256) {
            (Content::Bytes(now), Some(listed)) if now != listed => {
                add("changed");
                add(listed);
                add(now);
            }
            (Content::Bytes(bytes), _) => add(bytes),
            (Content::Unreadable, _) => {
                add("unreadable");
                add(&unit.input);
            }
        }
        for file in files {
            match file {
                Content::Bytes(bytes) => add(bytes),
                Content::Unreadable => add("unreadable"),
            }
        }
        Self(hex(&digest.finalize()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the result stands in the store.
    #[must_use]
    pub fn result(&self) -> String {
        format!("results/{}.json", self.0)
    }
}

/// What the name of a cluster file says: how it is read, and what its cluster is called where the file does not say so.
fn name_of(input: &str) -> (String, &str) {
    let name = input.rsplit('/').next().unwrap_or(input);
    let path = Path::new(name);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_ascii_lowercase();
    let ending = match ending.as_str() {
        "yml" => "yaml",
        "json" | "yaml" | "csv" => ending.as_str(),
        // Any other ending leaves it to the text.
        _ => "",
    };
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    (ending.to_owned(), stem.unwrap_or(name))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{UnitArgs, UnitCommand};

    fn unit() -> Unit {
        Unit {
            id: "a".into(),
            input: "a.json".into(),
            sha256: None,
            named: false,
            args: UnitArgs::default(),
            weight: 1,
            of: None,
        }
    }

    fn program() -> Program {
        Program {
            version: "1".into(),
            algorithm: 1,
            catalogue: "c".into(),
        }
    }

    #[test]
    fn whatever_shapes_a_result_shapes_its_key_and_nothing_else() {
        let bytes = |text: &str| Content::Bytes(text.to_owned());
        let key = |unit: &Unit, input: &str| Key::of(&program(), unit, &bytes(input), &[]);
        let base = key(&unit(), "x");
        let named = Unit {
            id: "b".into(),
            input: "elsewhere/a.JSON".into(),
            weight: 9,
            ..unit()
        };
        assert_eq!(key(&named, "x"), base);
        let listed = Unit {
            sha256: Some("x".into()),
            ..unit()
        };
        assert_eq!(key(&listed, "x"), base);
        let mut others = vec![
            base.clone(),
            key(&unit(), "y"),
            key(&listed, "y"),
            Key::of(&program(), &unit(), &Content::Unreadable, &[]),
            Key::of(&program(), &unit(), &bytes("x"), &[bytes("f")]),
            Key::of(&program(), &unit(), &bytes("x"), &[Content::Unreadable]),
        ];
        for (command, words) in [
            (UnitCommand::WhatIf, vec![]),
            (UnitCommand::Plan, vec!["--ideal"]),
            (UnitCommand::Plan, vec!["--ide", "al"]),
        ] {
            let words = words.into_iter().map(str::to_owned).collect();
            let args = UnitArgs { command, words };
            others.push(key(&Unit { args, ..unit() }, "x"));
        }
        for input in ["b.json", "a.csv", "b.csv", "a.txt"] {
            let input = input.into();
            others.push(key(&Unit { input, ..unit() }, "x"));
        }
        for (version, algorithm, catalogue) in [("2", 1, "c"), ("1", 2, "c"), ("1", 1, "d")] {
            let program = Program {
                version: version.into(),
                algorithm,
                catalogue: catalogue.into(),
            };
            others.push(Key::of(&program, &unit(), &bytes("x"), &[]));
        }
        let count = others.len();
        others.sort();
        others.dedup();
        assert_eq!(others.len(), count);
    }

    #[test]
    fn the_stem_counts_for_files_that_do_not_name_their_cluster_and_the_ending_for_all() {
        let key = |input: &str, named: bool| {
            let unit = Unit {
                input: input.into(),
                named,
                ..unit()
            };
            Key::of(&program(), &unit, &Content::Bytes("x".into()), &[])
        };
        assert_eq!(key("a/shop.json", true), key("b/zoo.json", true));
        assert_eq!(key("a/shop.yaml", false), key("b/shop.YML", false));
        assert_ne!(key("shop.csv", false), key("zoo.csv", false));
        assert_ne!(key("shop.csv", true), key("shop.json", true));
    }
}
