//! The key of a unit: the hash of all that shapes its result.
//!
//! SHA-256 over, in this order and each part after its length: a word for the form of results, the program's version, the digest of the
//! embedded catalogue, the command and its flags, the content of the input, and the content of every file that the flags name (a folder of
//! catalogue files among them). Plans are the same for the same input, seed and limits, so two results of one key are the same bytes.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::content::{Content, hex};
use super::manifest::Unit;

/// The form of results; another one makes other keys.
const FORM: &str = "bayplan-fleet-result-1";

/// Name of a unit's result, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

/// The program that makes the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its version.
    pub version: String,
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
        add(&program.catalogue);
        add(unit.args.command.word());
        add(&unit.args.words.len().to_string());
        for word in &unit.args.words {
            add(word);
        }
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
            args: UnitArgs::default(),
            weight: 1,
            of: None,
        }
    }

    fn program() -> Program {
        Program {
            version: "1".into(),
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
            input: "elsewhere.json".into(),
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
        for (version, catalogue) in [("2", "c"), ("1", "d")] {
            let program = Program {
                version: version.into(),
                catalogue: catalogue.into(),
            };
            others.push(Key::of(&program, &unit(), &bytes("x"), &[]));
        }
        let count = others.len();
        others.sort();
        others.dedup();
        assert_eq!(others.len(), count);
    }
}
