//! What a unit's process answers as a result, and what becomes of units without one.

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::domain::text::visible;

use super::attempts::Attempt;
use super::child::{Ended, How};
use super::codes;
use super::errors::errors_of;
use super::result::RESULTS;
use super::status::WorkUnit;

/// How the text of errors begins.
const ERRORS: &[u8] = b"{\"errors\":";

/// What a process answers: `"plan": …` or `"errors": …`; `None` where it answers nothing that can be kept.
pub(super) fn answer(unit: &WorkUnit, ended: &Ended) -> Option<(i32, String)> {
    let How::Code(code) = ended.how else {
        return None;
    };
    if !RESULTS.contains(&code) {
        return None;
    }
    if ended.result.starts_with(ERRORS) {
        let mut document: Value = serde_json::from_slice(&ended.result).ok()?;
        let path = visible(&unit.path.display().to_string());
        for error in document["errors"].as_array_mut()? {
            // The file as the manifest names it, wherever it was found.
            if error["file"] == json!(path) {
                error["file"] = json!(unit.unit.input);
            }
        }
        return Some((code, format!("\"errors\": {}", document["errors"])));
    }
    // The document as it was written: reading and writing it again could change the last digit of a number.
    serde_json::from_slice::<IgnoredAny>(&ended.result).ok()?;
    let document = std::str::from_utf8(&ended.result).ok()?.trim();
    Some((code, format!("\"plan\": {document}")))
}

/// Why a unit cannot be begun, as its result; none where it can.
pub(super) fn unusable(unit: &WorkUnit) -> Option<String> {
    let (code, cause, remedy) = if unit.is_changed() {
        (
            codes::CHANGED,
            "it is not the file that was listed: its SHA-256 is another",
            "list the folder again, or put the file back",
        )
    } else if unit.unit.is_object() && unit.unit.sha256.is_none() {
        (
            codes::UNHASHED,
            "its object has no SHA-256 in the manifest: it could not be read when it was listed, or was not listed by `fleet list`",
            "list the bucket again, so that a result is kept under what the object holds",
        )
    } else if !unit.unit.is_object() && unit.path.metadata().is_ok_and(|found| !found.is_file()) {
        (
            codes::NO_FILE,
            "it is no regular file: a folder, a pipe or a device",
            "write what it gives to a file, and list that",
        )
    } else {
        return None;
    };
    let finding = codes::error(code, "(the whole file)", None, cause, remedy);
    let findings = crate::io::Findings::new(&unit.unit.input, vec![finding]);
    Some(format!(
        "\"errors\": {}",
        json!(errors_of(&findings.to_string()))
    ))
}

/// Why a unit was set aside: how its attempts ended, each end once. The same ends in another order are the same words.
#[must_use]
pub(super) fn why_poisoned(attempts: &[Attempt]) -> String {
    let mut ends: Vec<&str> = (attempts.iter())
        .filter_map(|attempt| attempt.ended.as_deref())
        .collect();
    ends.sort_unstable();
    ends.dedup();
    if ends.is_empty() {
        return format!("{} attempts, none of which came to an end", attempts.len());
    }
    format!("{} attempts: {}", attempts.len(), ends.join("; "))
}
