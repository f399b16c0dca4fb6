//! Paths such as `services.api.desiredCount`, `api.desiredCount`, `services.*.architectures`, `policy.fargate`.

use std::fmt;

use super::malformed;
use crate::io::findings::Finding;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A key of an object, or the name of an item of a list; `*` stands for any part of a name.
    Name(String),
    /// An item of a list by position, from 0.
    Index(usize),
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub steps: Vec<Step>,
    shown: String,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Path {
    /// Steps are separated by dots; a name with dots stands in double quotes, a position in brackets.
    pub(super) fn parse(text: &str) -> Result<Self, Box<Finding>> {
        let text = text.trim();
        let wrong = |cause: &str| Box::new(malformed(text, cause));
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (name, after) =
                    (quoted.split_once('"')).ok_or_else(|| wrong("a quote is not closed"))?;
                steps.push(Step::Name(name.to_owned()));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let name = rest[..end].trim();
                if name.is_empty() {
                    return Err(wrong("a step of the path is empty"));
                }
                steps.push(Step::Name(name.to_owned()));
                rest = &rest[end..];
            }
            while let Some(index) = rest.strip_prefix('[') {
                let (index, after) =
                    (index.split_once(']')).ok_or_else(|| wrong("a bracket is not closed"))?;
                let index = (index.trim().parse())
                    .map_err(|_| wrong("a position in brackets is not a number from 0"))?;
                steps.push(Step::Index(index));
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => break,
                None => return Err(wrong("a dot is missing between two steps of the path")),
            }
        }
        Ok(Self {
            steps,
            shown: text.to_owned(),
        })
    }

    /// A key of the policy.
    pub(super) fn of_policy(key: &str) -> Self {
        Self {
            steps: vec![Step::Name("policy".to_owned()), Step::Name(key.to_owned())],
            shown: format!("policy.{key}"),
        }
    }
}

/// Whether a name is one that a pattern with `*` stands for.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
