//! Losing instances: Spot reclaims with their two-minute notice. (A lost zone needs no model: its instances are
//! gone at once and without notice.)
//!
//! The Spot Instance Advisor says, by type and Region, which share of instances was interrupted in a month,
//! in bands ([`band`]). A share `p` a month is a rate `λ = −ln(1 − p) / 730` per instance and hour, so that
//! an instance survives a month with probability `1 − p`.
//!
//! Reclaims come together when a pool (type × zone) runs short. With `ρ` the share of reclaims that come
//! from such a shortage and `q` the part of the pool that it takes, every instance is hit by the first of
//!
//! ```text
//! its own reclaim          at rate (1 − ρ) λ
//! a shortage of its pool   at rate ρ λ / q, which hits each instance with probability q
//! ```
//!
//! so its own rate stays `λ` whatever the correlation: a common shock model (Marshall & Olkin, *A
//! multivariate exponential distribution*, JASA 62, 1967). AWS publishes neither `ρ` nor `q`; both are
//! assumptions of 0.5. Instances of different pools are independent.
//!
//! The notice of two minutes is documented (EC2 user guide, "Spot Instance interruption notices"); with it
//! ECS sets the instance to DRAINING where `ECS_ENABLE_SPOT_INSTANCE_DRAINING` is on, assumed here.

pub mod band;
#[cfg(test)]
mod tests;

use rand::RngExt;
use thiserror::Error;

use self::band::ReclaimRate;
use super::random::{Random, stream, successes};

/// Seconds between the notice and the end of a Spot instance.
pub const NOTICE_S: u64 = 120;

/// Names the streams of reclaims.
const RECLAIMS: u64 = 0x5265_636c_6169_6d73;

/// How reclaims of a pool come together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpotModel {
    shared: f64,
    part: f64,
}

/// Why a Spot model is refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SpotModelError {
    /// Not a share.
    #[error("the share of reclaims that come from shortages, {value}, is not within 0 to 1")]
    Shared {
        /// The value.
        value: f64,
    },
    /// Not a part, or none.
    #[error("the part of a pool that a shortage takes, {value}, is not above 0 and at most 1")]
    Part {
        /// The value.
        value: f64,
    },
}

impl Default for SpotModel {
    fn default() -> Self {
        Self {
            shared: 0.5,
            part: 0.5,
        }
    }
}

impl SpotModel {
    /// `shared` is ρ, 0 to 1; `part` is q, above 0 and at most 1.
    ///
    /// # Errors
    /// Each figure out of its range.
    pub fn try_new(shared: f64, part: f64) -> Result<Self, Vec<SpotModelError>> {
        let mut errors = Vec::new();
        if !(0.0..=1.0).contains(&shared) {
            errors.push(SpotModelError::Shared { value: shared });
        }
        if !(part > 0.0 && part <= 1.0) {
            errors.push(SpotModelError::Part { value: part });
        }
        if errors.is_empty() {
            Ok(Self { shared, part })
        } else {
            Err(errors)
        }
    }

    /// Rate of an instance's own reclaims, per hour.
    #[must_use]
    pub fn own_rate(&self, rate: ReclaimRate) -> f64 {
        (1.0 - self.shared) * rate.per_hour()
    }

    /// Rate of a pool's shortages, per hour.
    #[must_use]
    pub fn shortage_rate(&self, rate: ReclaimRate) -> f64 {
        self.shared * rate.per_hour() / self.part
    }

    /// The share of reclaims that come from shortages, 0 to 1.
    #[must_use]
    pub const fn shared(&self) -> f64 {
        self.shared
    }

    /// The part of a pool that a shortage takes.
    #[must_use]
    pub const fn part(&self) -> f64 {
        self.part
    }
}

/// An instance of a pool that gets its notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reclaim {
    /// Position of the pool.
    pub pool: usize,
    /// Position among the pool's instances of that moment.
    pub instance: u64,
}

/// Spot reclaims over time, pool by pool.
#[derive(Debug, Clone)]
pub struct SpotReclaims {
    model: SpotModel,
    pools: Vec<(ReclaimRate, Random)>,
}

impl SpotReclaims {
    /// The reclaims of pools with these rates. Each pool has a stream of its own, so what happens to one
    /// does not depend on the others.
    #[must_use]
    pub fn new(rates: &[ReclaimRate], model: SpotModel, seed: u64) -> Self {
        let pools = (rates.iter().enumerate())
            .map(|(pool, rate)| (*rate, stream(seed, &[RECLAIMS, pool as u64])));
        Self {
            model,
            pools: pools.collect(),
        }
    }

    /// The instances that get their notice within the next `seconds`, given how many each pool has.
    /// Ascending, no instance twice.
    ///
    /// # Panics
    /// When `live` does not have one entry per pool.
    pub fn step(&mut self, live: &[u64], seconds: u64) -> Vec<Reclaim> {
        assert_eq!(live.len(), self.pools.len(), "one count per pool");
        let hours = seconds as f64 / 3600.0;
        let mut reclaims = Vec::new();
        for (pool, (rate, random)) in self.pools.iter_mut().enumerate() {
            let own = happens(self.model.own_rate(*rate) * hours);
            let mut hit = successes(random, live[pool], own);
            if random.random::<f64>() < happens(self.model.shortage_rate(*rate) * hours) {
                hit.extend(successes(random, live[pool], self.model.part));
                hit.sort_unstable();
                hit.dedup();
            }
            reclaims.extend(hit.into_iter().map(|instance| Reclaim { pool, instance }));
        }
        reclaims
    }
}

/// The probability of at least one event of a Poisson process with this mean.
fn happens(mean: f64) -> f64 {
    -(-mean).exp_m1()
}
