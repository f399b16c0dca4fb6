//! Shards of equal work: a function of the manifest alone.
//!
//! Longest processing time first (Graham 1969): units by falling weight, each to the shard with the least so far. No shard is then more than
//! 4/3 of the best possible division, less a third of a unit.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::str::FromStr;

use super::manifest::Unit;

/// Shard `index` of `count`, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// Why a text is no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAShard;

impl fmt::Display for NotAShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a shard such as 0/4, 1/4, 2/4, 3/4 (4/4 is 0/4, for whoever counts from 1)",
        )
    }
}

impl std::error::Error for NotAShard {}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Shard `index` of `count`; `None` where there is no such shard.
    #[must_use]
    pub fn new(index: u64, count: u64) -> Option<Self> {
        (count > 0 && index <= count).then(|| Self {
            index: index % count,
            count,
        })
    }

    /// Which units are the shard's, by their places.
    #[must_use]
    pub fn members(self, units: &[&Unit]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..units.len()).collect();
        order.sort_by_key(|&at| (Reverse(units[at].weight), &units[at].id));
        let mut loads: BinaryHeap<Reverse<(u64, u64)>> =
            (0..self.count).map(|shard| Reverse((0, shard))).collect();
        let mut members = Vec::new();
        for at in order {
            let Some(Reverse((load, shard))) = loads.pop() else {
                break;
            };
            if shard == self.index {
                members.push(at);
            }
            loads.push(Reverse((load.saturating_add(units[at].weight), shard)));
        }
        members
    }
}

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let (index, count) = text.split_once('/').ok_or(NotAShard)?;
        let number = |text: &str| text.trim().parse().map_err(|_| NotAShard);
        // A million shards are more than any engine starts.
        let count = Some(number(count)?).filter(|count| *count <= 1_000_000);
        Self::new(number(index)?, count.ok_or(NotAShard)?).ok_or(NotAShard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::UnitArgs;
    use proptest::prelude::*;

    fn units(weights: &[u64]) -> Vec<Unit> {
        (weights.iter().enumerate())
            .map(|(at, &weight)| Unit {
                id: format!("{at:04}"),
                input: String::new(),
                sha256: None,
                named: false,
                args: UnitArgs::default(),
                weight,
                of: None,
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_unit_is_in_one_shard_and_none_is_much_heavier(
            weights in prop::collection::vec(1_u64..100, 0..60), count in 1_u64..9,
        ) {
            let units = units(&weights);
            let total: u64 = weights.iter().sum();
            let heaviest = weights.iter().max().copied().unwrap_or(0);
            let mut seen = Vec::new();
            for index in 0..count {
                let members = Shard::new(index, count).expect("a shard").members(&units.iter().collect::<Vec<_>>());
                let load: u64 = members.iter().map(|&at| weights[at]).sum();
                prop_assert!(load <= total / count + heaviest);
                seen.extend(members);
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..weights.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn counting_from_one_covers_the_same() {
        assert_eq!("4/4".parse(), Ok(Shard { index: 0, count: 4 }));
        for text in ["5/4", "0/0", "1", "a/b", "-1/4", "0/1000001"] {
            assert_eq!(text.parse::<Shard>(), Err(NotAShard), "{text}");
        }
    }
}
