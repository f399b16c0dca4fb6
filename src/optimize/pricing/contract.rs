//! What a pricing method promises of its answer.
//!
//! A bound on the whole problem is computed from bounds on the patterns of every bin type. [`Proof`] is the only way to
//! one: a method that proves nothing may add patterns, and leaves the problem without a bound from that round.

use crate::optimize::pattern::Pattern;

/// What is proven of the patterns of a bin type that are worth more than the cutoff asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Proof {
    /// The best of them was found, or there is none: no pattern is worth more than this, by more than rounding.
    Exact(f64),
    /// Better ones may exist; none is worth more than this.
    Bounded(f64),
    /// Nothing: a heuristic.
    Nothing,
}

impl Proof {
    /// What no pattern is worth more than; `None` where nothing is proven.
    pub const fn bound(self) -> Option<f64> {
        match self {
            Self::Exact(bound) | Self::Bounded(bound) => Some(bound),
            Self::Nothing => None,
        }
    }

    /// Whether more pricing of the same bin type is in vain.
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Exact(_))
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let Some((a, b)) = self.bound().zip(other.bound()) else {
            return if self == Self::Nothing { other } else { self };
        };
        if self.is_exact() || other.is_exact() {
            Self::Exact(a.min(b))
        } else {
            Self::Bounded(a.min(b))
        }
    }
}

/// What pricing says about one bin type.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Bin type.
    pub bin: usize,
    /// What is proven of patterns that are not among those found.
    pub proof: Proof,
    /// Patterns found, with their values under the duals asked about.
    pub patterns: Vec<(f64, Pattern)>,
    /// A relaxation's point, by item, where it is worth more than the cutoff.
    pub relaxed: Option<Vec<(usize, f64)>>,
}

impl Answer {
    /// Nothing found and nothing proven.
    pub const fn nothing(bin: usize) -> Self {
        Self {
            bin,
            proof: Proof::Nothing,
            patterns: Vec::new(),
            relaxed: None,
        }
    }

    /// This answer with that of a later method: its patterns come first.
    #[must_use]
    pub fn then(mut self, mut later: Self) -> Self {
        later.patterns.append(&mut self.patterns);
        Self {
            bin: self.bin,
            proof: self.proof.and(later.proof),
            patterns: later.patterns,
            relaxed: later.relaxed.or(self.relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tighter_of_two_bounds_holds_and_a_heuristic_adds_none() {
        let (exact, bounded) = (Proof::Exact(5.0), Proof::Bounded(4.0));
        assert_eq!(exact.and(bounded), Proof::Exact(4.0));
        assert_eq!(bounded.and(Proof::Bounded(7.0)), bounded);
        for proof in [exact, bounded, Proof::Nothing] {
            assert_eq!(proof.and(Proof::Nothing), proof);
            assert_eq!(Proof::Nothing.and(proof), proof);
        }
        assert_eq!(Proof::Nothing.bound(), None);
    }
}
