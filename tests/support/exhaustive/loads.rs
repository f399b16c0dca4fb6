//! Loads: how many tasks of each service, numbered in mixed radix so that the numbers add as the loads do.

use super::kinds::Kind;

/// A cost that nothing has.
pub const NEVER: i64 = i64::MAX / 4;

/// All loads up to a largest one.
#[derive(Debug)]
pub struct Loads {
    strides: Vec<usize>,
    counts: Vec<Vec<u64>>,
}

impl Loads {
    /// Every load with at most `most[g]` tasks of service g.
    pub fn up_to(most: &[u64]) -> Self {
        let mut strides = Vec::new();
        let mut size = 1;
        for &largest in most {
            strides.push(size);
            size *= usize::try_from(largest).expect("a tiny count") + 1;
        }
        assert!(size <= 20_000, "this solver is for tiny clusters");
        let counts = (0..size)
            .map(|load| {
                (strides.iter().zip(most))
                    .map(|(&stride, &largest)| (load / stride) as u64 % (largest + 1))
                    .collect()
            })
            .collect();
        Self { strides, counts }
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.counts.len()
    }

    /// Tasks of each service.
    pub fn counts(&self, load: usize) -> &[u64] {
        &self.counts[load]
    }

    /// The load of these counts.
    pub fn number(&self, counts: &[u64]) -> usize {
        (counts.iter().zip(&self.strides))
            .map(|(&count, &stride)| usize::try_from(count).expect("a tiny count") * stride)
            .sum()
    }

    /// `copies` tasks of one service.
    pub fn of(&self, service: usize, copies: u64) -> usize {
        usize::try_from(copies).expect("a tiny count") * self.strides[service]
    }

    /// Whether the one is a part of the other.
    pub fn within(&self, part: usize, whole: usize) -> bool {
        part <= whole && (self.counts[part].iter().zip(&self.counts[whole])).all(|(a, b)| a <= b)
    }

    /// The first service that the load has a task of.
    pub fn first(&self, load: usize) -> Option<usize> {
        self.counts[load].iter().position(|&count| count > 0)
    }

    /// The parts of a load, the largest number first, the empty one last.
    pub fn parts(&self, whole: usize) -> impl Iterator<Item = usize> + '_ {
        (0..=whole)
            .rev()
            .filter(move |&part| self.within(part, whole))
    }

    /// Least cost of exactly each load on any number of instances, each part at its price.
    pub fn least(&self, price: &[i64]) -> Vec<i64> {
        let mut least = vec![NEVER; self.size()];
        least[0] = 0;
        for load in 1..self.size() {
            let first = self.first(load).expect("not the empty load");
            least[load] = (self.parts(load))
                .filter(|&part| self.counts[part][first] > 0 && price[part] < NEVER)
                .map(|part| price[part] + least[load - part])
                .min()
                .unwrap_or(NEVER)
                .min(NEVER);
        }
        least
    }

    /// Least cost of at least each load.
    pub fn cover(&self, least: &[i64]) -> Vec<i64> {
        (0..self.size())
            .map(|load| {
                (load..self.size())
                    .filter(|&more| self.within(load, more))
                    .map(|more| least[more])
                    .min()
                    .unwrap_or(NEVER)
            })
            .collect()
    }

    /// The cheapest of some kinds for each load.
    pub fn cheapest(
        &self,
        kinds: &[Kind],
        holds: &[Vec<bool>],
        among: impl Fn(&Kind) -> bool,
    ) -> Vec<i64> {
        (0..self.size())
            .map(|load| {
                (kinds.iter().zip(holds))
                    .filter(|(kind, holds)| holds[load] && among(kind))
                    .map(|(kind, _)| kind.cost)
                    .min()
                    .unwrap_or(NEVER)
            })
            .collect()
    }
}
