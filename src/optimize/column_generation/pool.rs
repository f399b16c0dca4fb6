//! Every pattern generated so far, each once.

use std::collections::HashMap;

use crate::optimize::pattern::Pattern;

/// A set of patterns in order of arrival.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    patterns: Vec<Pattern>,
    index: HashMap<Pattern, usize>,
}

impl Pool {
    /// Adds a pattern; returns its index if it is new.
    pub fn insert(&mut self, pattern: Pattern) -> Option<usize> {
        if pattern.content.is_empty() || self.index.contains_key(&pattern) {
            return None;
        }
        let index = self.patterns.len();
        self.index.insert(pattern.clone(), index);
        self.patterns.push(pattern);
        Some(index)
    }

    /// All patterns, oldest first.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Number of patterns.
    pub const fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}
