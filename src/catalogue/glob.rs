//! Globs over instance type names: `*` stands for any characters, `?` for one.

/// Whether `pattern` matches the whole of `name`. Upper and lower case are the same.
///
/// At most `pattern` × `name` steps: on a mismatch only the last `*` is tried again, which suffices
/// because an earlier one matching less never opens a match that the last one closes.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.trim().to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                p += 1;
                retry = Some((p, n));
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    p = after_star;
                    n = from + 1;
                    retry = Some((after_star, n));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The part of a pattern before its first wildcard.
#[must_use]
pub fn literal_prefix(pattern: &str) -> &str {
    let pattern = pattern.trim();
    let end = pattern.find(['*', '?']).unwrap_or(pattern.len());
    &pattern[..end]
}

/// Whether a pattern has no wildcard.
#[must_use]
pub fn is_exact(pattern: &str) -> bool {
    !pattern.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_match_any_run_and_question_marks_one_character() {
        for (pattern, name) in [
            ("m7g.*", "m7g.large"),
            ("*", "m7g.large"),
            ("m?g.large", "m7g.large"),
            ("*g.*xlarge", "c7g.2xlarge"),
            ("*.metal*", "m7i.metal-24xl"),
            (" M7G.Large ", "m7g.large"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("m7g.*", "m7gd.large"),
            ("m7g", "m7g.large"),
            ("", "m7g.large"),
            ("?", ""),
            ("m7g.large?", "m7g.large"),
            ("*.xlarge", "m7g.2xlarge"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    /// The obvious recursion, exponential but plainly right.
    fn matches_slowly(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, _) => name.is_empty(),
            (Some((b'*', rest)), None) => matches_slowly(rest, name),
            (Some((b'*', rest)), Some((_, shorter))) => {
                matches_slowly(rest, name) || matches_slowly(pattern, shorter)
            }
            (Some(_), None) => false,
            (Some((p, rest)), Some((n, shorter))) => {
                (*p == b'?' || p == n) && matches_slowly(rest, shorter)
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_obvious_recursion(pattern in "[ab*?]{0,8}", name in "[ab]{0,8}") {
            let expected = matches_slowly(pattern.as_bytes(), name.as_bytes());
            prop_assert_eq!(matches(&pattern, &name), expected);
        }
    }
}
