//! Which of several equally ranked instances is taken.
//!
//! AWS does not document it. The replica gives every instance a number of its own from the seed
//! ([`tie_key`]); for each decision a place `r` in that order is drawn, and of the equals the one with the
//! smallest `(key − r) mod 2⁶⁴` is taken: the first at or after the place, around the end.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::choices::TieBreak;
use super::random::mix;

/// The number that orders instance `instance` among equals under a seed, m(m(seed) xor instance) with `m` a
/// step of `SplitMix64`: no two instances have the same.
#[must_use]
pub const fn tie_key(seed: u64, instance: u32) -> u64 {
    mix(mix(seed) ^ instance as u64)
}

/// The draws of one replay, from xoshiro256++ seeded through `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Draws {
    rule: TieBreak,
    random: Xoshiro256PlusPlus,
}

impl Draws {
    /// The draws of a seed.
    #[must_use]
    pub fn new(rule: TieBreak, seed: u64) -> Self {
        Self {
            rule,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// The place of the next decision among instances with these keys: the key of one of them.
    pub(super) fn place(&mut self, keys: &[u64]) -> u64 {
        match self.rule {
            TieBreak::Drawn if !keys.is_empty() => keys[self.random.random_range(0..keys.len())],
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_differ_by_instance_and_by_seed() {
        let keys: BTreeSet<u64> = (0..100)
            .flat_map(|seed| (0..100).map(move |instance| tie_key(seed, instance)))
            .collect();
        assert_eq!(keys.len(), 10_000);
    }
}
