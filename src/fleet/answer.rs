//! What a unit's process answers as a result, and what becomes of units without one.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::domain::text::visible;

use super::attempts::Attempt;
use super::child::{Ended, How};
use super::codes;
use super::errors::errors_of;
use super::status::WorkUnit;

/// Exit codes that say what became of a unit. Others say that something went wrong with it.
pub(super) const RESULTS: [i32; 7] = [0, 2, 3, 10, 11, 12, 20];
/// How the text of errors begins.
const ERRORS: &[u8] = b"{\"errors\":";

/// Whether bytes are a result to their end. One is a single JSON object, of which no part is one: what was cut anywhere, or has blocks of
/// zeros for those that a disk lost, is none.
pub(super) fn is_result(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kept {
        exit_code: i32,
        plan: Option<IgnoredAny>,
        errors: Option<IgnoredAny>,
    }
    serde_json::from_slice::<Kept>(bytes).is_ok_and(|result| {
        RESULTS.contains(&result.exit_code) && (result.plan.is_some() || result.errors.is_some())
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Also where the part ends as a result does, and where only the line feed is gone.
    #[test]
    fn no_part_of_a_result_is_one() {
        let whole = "{\"id\": \"a\", \"exitCode\": 0, \"command\": \"plan\", \"plan\": {\n  \"cost\": {\"a\": {}}\n, \"b\": [{\"c\": []}]}}\n";
        assert!(is_result(whole.as_bytes()));
        let cuts = 0..whole.trim_end().len();
        for at in cuts {
            assert!(!is_result(&whole.as_bytes()[..at]), "{}", &whole[..at]);
            assert!(!is_result(format!("{}\n", &whole[..at]).as_bytes()));
        }
        let lost = whole.replace("cost", "\0\0\0\0");
        for other in [
            lost.as_str(),
            "{}\n",
            "{\"exitCode\": 0}",
            "{\"exitCode\": 1, \"plan\": {}}",
            "{\"plan\": {}}",
        ] {
            assert!(!is_result(other.as_bytes()), "{other}");
        }
    }
}
