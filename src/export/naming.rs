//! Identifiers that the formats accept, the same from run to run.

use std::collections::BTreeSet;

/// Identifiers of one kind in one document, each given out once.
#[derive(Debug, Default)]
pub(super) struct Unique(BTreeSet<String>);

impl Unique {
    /// `name`, or `name` with a number where it is taken.
    pub(super) fn take(&mut self, name: impl Into<String>) -> String {
        let name = name.into();
        let mut candidate = name.clone();
        let mut number = 2;
        while !self.0.insert(candidate.clone()) {
            candidate = format!("{name}{number}");
            number += 1;
        }
        candidate
    }
}

/// Words of a name: runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// Longest of them: names of AWS's things have 255 characters, and so many a resource's name in a template at most, with what
/// stands before it. Source: AWS CloudFormation user guide, "Quotas".
const LONGEST: usize = 200;

/// `bayplan-c6g-large` as `BayplanC6gLarge`, the beginning of a long one.
pub(super) fn pascal(text: &str) -> String {
    let mut joined = String::new();
    for word in words(text) {
        let (first, rest) = word.split_at(1);
        joined.push_str(&first.to_ascii_uppercase());
        joined.push_str(rest);
    }
    joined.truncate(LONGEST);
    joined
}

/// `bayplan-c6g-large` as `bayplan_c6g_large`; never begins with a digit.
pub(super) fn snake(text: &str) -> String {
    let joined = words(text)
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("_");
    if joined.starts_with(|c: char| c.is_ascii_alphabetic()) {
        joined
    } else {
        format!("x_{joined}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_given_out_once() {
        let mut unique = Unique::default();
        assert_eq!(unique.take(pascal("a-b")), "AB");
        assert_eq!(unique.take(pascal("a_b")), "AB2");
        let long = |end: char| pascal(&format!("{}{end}", "x".repeat(254)));
        assert_eq!(unique.take(long('a')).len(), 200);
        assert_eq!(unique.take(long('b')).len(), 201);
        assert_eq!(snake("7-of-9"), "x_7_of_9");
    }
}
