//! Which instance type a launch brings.
//!
//! AWS documents the allocation strategies by name and aim, not the state of its capacity, so the replica
//! draws: by price and priority, which are known; by the worst or best case for the plan; or from a market
//! model. The market gives each pool (type × zone) a depth, exponential with mean 1, from the seed, anew in
//! each epoch. `price-capacity-optimized` then takes the cheapest of the deeper half of the pools,
//! `capacity-optimized` the deepest: what AWS says of them, on invented depths.
//!
//! Source: EC2 Auto Scaling user guide, "Allocation strategies for multiple instance types".

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::simulate::random::{exponential, stream};

/// Names the market's streams.
const MARKET: u64 = 0x4d61_726b_6574;

/// How a type is drawn among those a zone offers. Ties go by priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TypeDraw {
    /// The first in the order of the overrides (`prioritized`).
    Prioritized,
    /// The cheapest (`lowest-price`).
    LowestPrice,
    /// The cheapest of the deeper half of the pools (`price-capacity-optimized`).
    Market,
    /// The deepest pool (`capacity-optimized`).
    Deepest,
    /// Adversarial: the smallest, so that fewest tasks fit.
    Smallest,
    /// Adversarial: the dearest.
    Dearest,
    /// Optimistic: the largest.
    Largest,
}

/// A type that a group can launch in a zone, in one way of buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Dense index of the instance type.
    pub instance_type: usize,
    /// Dense index of the zone.
    pub zone: usize,
    /// Way of buying.
    pub purchase_option: Capacity,
    /// Cost of one.
    pub usd_per_hour: UsdPerHour,
    /// CPU it registers.
    pub cpu: CpuUnits,
    /// Memory it registers.
    pub memory: MemoryMib,
}

/// The market model's state: a seed and an epoch, such as the hour of the replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// Seed.
    pub seed: u64,
    /// Depths are drawn anew in each.
    pub epoch: u64,
}

impl Market {
    fn depth(&self, candidate: &Candidate) -> f64 {
        let path = [
            MARKET,
            candidate.instance_type as u64,
            candidate.zone as u64,
            self.epoch,
        ];
        exponential(&mut stream(self.seed, &path), 1.0)
    }
}

/// The position of the candidate that a launch in `zone` brings; `None` without one.
pub(super) fn draw(
    rule: TypeDraw,
    candidates: &[Candidate],
    zone: usize,
    option: Capacity,
    market: &Market,
) -> Option<usize> {
    let offered = (0..candidates.len()).filter(|&position| {
        candidates[position].zone == zone && candidates[position].purchase_option == option
    });
    let price = |position: &usize| candidates[*position].usd_per_hour;
    let size = |position: &usize| (candidates[*position].cpu, candidates[*position].memory);
    // `min_by_key` keeps the first of equals, `max_by_key` the last: the order is reversed for it.
    let reversed = |positions: Vec<usize>| positions.into_iter().rev();
    match rule {
        TypeDraw::Prioritized => offered.into_iter().next(),
        TypeDraw::LowestPrice => offered.min_by_key(price),
        TypeDraw::Smallest => offered.min_by_key(size),
        TypeDraw::Dearest => reversed(offered.collect()).max_by_key(price),
        TypeDraw::Largest => reversed(offered.collect()).max_by_key(size),
        TypeDraw::Deepest => deepest_first(offered.collect(), candidates, market)
            .first()
            .copied(),
        TypeDraw::Market => {
            let mut pools = deepest_first(offered.collect(), candidates, market);
            pools.truncate(pools.len().div_ceil(2));
            pools.sort_unstable();
            pools.into_iter().min_by_key(price)
        }
    }
}

/// Positions by falling depth; equal depths keep their order.
fn deepest_first(positions: Vec<usize>, candidates: &[Candidate], market: &Market) -> Vec<usize> {
    let mut by_depth: Vec<(f64, usize)> = (positions.into_iter())
        .map(|position| (market.depth(&candidates[position]), position))
        .collect();
    by_depth.sort_by(|a, b| b.0.total_cmp(&a.0));
    by_depth.into_iter().map(|(_, position)| position).collect()
}
