//! The codes of `details`, from the mirrored types themselves: what serde would have accepted is what there is.

use std::array::IntoIter;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::Error;
use serde::de::value::MapDeserializer;

use super::changes::ChangeDocument;
use super::notes::{AssumptionDocument, WarningDocument};
use super::reasons::ReasonDocument;

/// Codes of the three lists of `details`, each sorted.
pub(in crate::io) struct DetailCodes {
    pub changes: BTreeSet<&'static str>,
    pub reasons: BTreeSet<&'static str>,
    pub notes: BTreeSet<&'static str>,
}

/// The codes that plans of this version may carry.
pub(in crate::io) fn detail_codes() -> DetailCodes {
    let mut notes = expected(AssumptionDocument::deserialize(unknown()));
    notes.extend(expected(WarningDocument::deserialize(unknown())));
    DetailCodes {
        changes: expected(ChangeDocument::deserialize(unknown())),
        reasons: expected(ReasonDocument::deserialize(unknown())),
        notes,
    }
}

/// An entry with a code that there is not.
type Unknown = MapDeserializer<'static, IntoIter<(&'static str, &'static str), 1>, Expected>;

fn unknown() -> Unknown {
    MapDeserializer::new([("code", "")].into_iter())
}

fn expected<T>(read: Result<T, Expected>) -> BTreeSet<&'static str> {
    read.err()
        .into_iter()
        .flat_map(|Expected(codes)| codes)
        .copied()
        .collect()
}

/// The variants that were expected in place of one that there is not.
#[derive(Debug)]
struct Expected(&'static [&'static str]);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for Expected {}

impl Error for Expected {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_that_are_written() {
        let DetailCodes {
            changes,
            reasons,
            notes,
        } = detail_codes();
        for (codes, known) in [
            (&changes, ["add-instances", "change-task-definition"]),
            (&reasons, ["nearest-miss", "no-packing"]),
            // One of an assumption, one of a warning.
            (&notes, ["memory-model", "never-rolls-out"]),
        ] {
            assert!(codes.len() > 5 && codes.contains("as-given"), "{codes:?}");
            for code in known {
                assert!(codes.contains(code), "{code} of {codes:?}");
            }
        }
        assert!(!changes.contains("memory-model"));
    }
}
