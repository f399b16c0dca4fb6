//! "Did you mean …?"

/// Similarity from which a word is worth suggesting; 1 is equality.
const SIMILAR: f64 = 0.8;

/// The known word most like `word`, if any is like it at all; case is no difference.
pub(super) fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; similarity of long texts would cost time and say nothing.
    if word.chars().count() > 100 {
        return None;
    }
    let word = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let lower = candidate.to_lowercase();
        let similarity =
            strsim::jaro_winkler(&word, &lower).max(1.0 - distance_share(&word, &lower));
        if similarity >= SIMILAR && best.is_none_or(|(top, _)| similarity > top) {
            best = Some((similarity, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Edits as a share of the longer word.
fn distance_share(a: &str, b: &str) -> f64 {
    let longer = a.chars().count().max(b.chars().count()).max(1);
    strsim::damerau_levenshtein(a, b) as f64 / longer as f64
}

/// The beginning of a remedy: "did you mean `x`? ", or nothing.
pub fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    closest(word, known).map_or_else(String::new, |known| format!("did you mean `{known}`? "))
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn typing_errors_and_other_casings_are_recognised_and_other_words_are_not() {
        let known = ["desiredCount", "serviceName", "taskDefinition"];
        for (word, expected) in [
            ("desiredcount", Some("desiredCount")),
            ("desierdCount", Some("desiredCount")),
            ("task_definition", Some("taskDefinition")),
            ("colour", None),
        ] {
            assert_eq!(closest(word, known.into_iter()), expected, "{word}");
        }
    }
}
