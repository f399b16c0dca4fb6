//! Which of several equally ranked instances is taken.
//!
//! AWS does not document it. The replica gives every instance a number of its own from the seed
//! ([`tie_key`]); for each decision a place `r` in that order is drawn, and of the equals the one with the
//! smallest `(key − r) mod 2⁶⁴` is taken: the first at or after the place, around the end.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How a tie between instances of equal rank is broken; an assumption, as AWS documents none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TieBreak {
    /// For each decision a place in the seeded order of the instances is drawn anew.
    #[default]
    Drawn,
    /// The same seeded order for every decision: the first instances fill up first.
    Fixed,
}

/// The number that orders instance `instance` among equals under a seed: the finaliser of `SplitMix64` over
/// both (Steele, Lea, Flood 2014, DOI 10.1145/2660193.2660195).
#[must_use]
pub fn tie_key(seed: u64, instance: u32) -> u64 {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut z = seed
        .wrapping_mul(GOLDEN)
        .wrapping_add(u64::from(instance).wrapping_add(1).wrapping_mul(GOLDEN));
    z ^= z >> 32;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
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
