//! What a result is, to its end.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Exit codes that say what became of a unit. Others say that something went wrong with it.
pub(super) const RESULTS: [i32; 7] = [0, 2, 3, 10, 11, 12, 20];

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
