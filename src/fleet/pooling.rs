//! One commitment for all clusters of a fleet, against one for each.
//!
//! Commitments that a cluster's file says are bought take their own cluster's hours first; what is left is what can still be committed to.
//! Types of different Regions, and of different prices, are different uses: an EC2 Instance Savings Plan is of one family in one Region, a
//! Compute Savings Plan takes them all.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::catalogue::Catalogue;
use crate::commitment::bill::{Applied, Hours, Use, applied};
use crate::commitment::pool::{self, Pool, candidates};
use crate::commitment::pooled::{Together, bought, chosen, least, left};
use crate::commitment::usage;
use crate::domain::cluster::Cluster;
use crate::domain::commitment::{CommitmentKind, Terms};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;

pub use crate::commitment::pool::{CommitAsked, CommitmentError};

/// Commitments for each cluster and for all of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Commitments {
    /// Clusters whose hours are added up.
    pub clusters: u64,
    /// Units whose file names parts of the week without their hours: they cannot be laid over others.
    pub unknown_hours: Vec<String>,
    /// What may be committed to, at list price: On-Demand instances and Fargate beyond what is bought.
    pub eligible: UsdPerHour,
    /// What commitments for each cluster alone cost.
    pub own: UsdPerHour,
    /// What they save of the list price.
    pub own_saving: UsdPerHour,
    /// What commitments for all clusters together cost.
    pub pooled: UsdPerHour,
    /// What they save of the list price.
    pub pooled_saving: UsdPerHour,
    /// No amounts of these plans save more on these fleets.
    pub most_saving: UsdPerHour,
    /// Every commitment: of each cluster in the order of the units, then of all of them.
    pub rows: Vec<Commitment>,
}

/// A commitment.
#[derive(Debug, Clone, PartialEq)]
pub struct Commitment {
    /// The unit that it is for; none of the whole fleet.
    pub unit: Option<String>,
    /// Its Region, where it is of one.
    pub region: Option<String>,
    /// Its kind.
    pub kind: CommitmentKind,
    /// Its family, where it is of one.
    pub family: Option<String>,
    /// Term and payment.
    pub terms: Option<Terms>,
    /// Whether its rates are an estimate.
    pub estimated: bool,
    /// What it costs.
    pub usd_per_hour: UsdPerHour,
    /// What it covers, at list price, in the mean.
    pub covered_usd_per_hour: UsdPerHour,
    /// The part of it that is used.
    pub utilisation: Option<f64>,
}

/// What makes two plans one: kind, Region, family, terms, whether it is an estimate.
type Same = (
    CommitmentKind,
    Option<String>,
    Option<String>,
    Option<Terms>,
    bool,
);

/// Adds up the clusters of a fleet.
#[derive(Debug)]
pub struct Pooling {
    asked: CommitAsked,
    together: Together,
    /// Candidates for all clusters, and what each cluster alone would take of them.
    candidates: BTreeMap<Same, (Pool, Decimal)>,
    of_catalogue: HashMap<usize, Vec<Pool>>,
    own_adjustment: Decimal,
    found: Commitments,
}

impl Pooling {
    /// Nothing yet.
    #[must_use]
    pub fn new(asked: CommitAsked) -> Self {
        Self {
            asked,
            together: Together::default(),
            candidates: BTreeMap::new(),
            of_catalogue: HashMap::new(),
            own_adjustment: Decimal::ZERO,
            found: Commitments::default(),
        }
    }

    /// Adds a cluster's plan. `prices` are its catalogue and the number by which that one is known.
    ///
    /// # Errors
    /// Where a commitment that is asked for or bought has no rates.
    pub fn add(
        &mut self,
        unit: &str,
        plan: &FleetPlan,
        cluster: &Cluster,
        prices: (&Catalogue, usize),
    ) -> Result<(), CommitmentError> {
        let (catalogue, number) = prices;
        if (cluster.week.as_ref()).is_some_and(|week| !week.periods.is_empty()) {
            self.found.unknown_hours.push(unit.to_owned());
            return Ok(());
        }
        let named = |name: &str| format!("{} {number} {name}", cluster.region);
        self.know(catalogue, number, &cluster.region, &named)?;
        let sunk = pool::bought(cluster, catalogue)?;
        let mut hours = left(&usage::by_hour(plan, cluster, catalogue), &sunk);
        for used in hours.iter_mut().flatten() {
            used.name = named(&used.name);
        }
        self.add_own(unit, &cluster.region, &hours, number);
        self.together.add(&hours);
        self.found.clusters += 1;
        Ok(())
    }

    /// The candidates of a catalogue, once.
    fn know(
        &mut self,
        catalogue: &Catalogue,
        number: usize,
        region: &str,
        named: &dyn Fn(&str) -> String,
    ) -> Result<(), CommitmentError> {
        if self.of_catalogue.contains_key(&number) {
            return Ok(());
        }
        let mut pools = candidates(self.asked, catalogue)?;
        for pool in &mut pools {
            let takes = std::mem::take(&mut pool.takes).into_iter();
            pool.takes = takes.map(|(name, rate)| (named(&name), rate)).collect();
            let nothing = || (pool.clone(), Decimal::ZERO);
            let (all, _) = (self.candidates.entry(same(pool, region))).or_insert_with(nothing);
            all.takes.extend(pool.takes.clone());
        }
        self.of_catalogue.insert(number, pools);
        Ok(())
    }

    fn add_own(&mut self, unit: &str, region: &str, hours: &[Vec<Use>], number: usize) {
        let mut alone = Together::default();
        alone.add(hours);
        let hours = alone.hours();
        let candidates = self
            .of_catalogue
            .get(&number)
            .map_or(&[][..], Vec::as_slice);
        let pools = bought(&chosen(&hours, candidates));
        let applied = applied(&hours, &pools);
        self.own_adjustment += applied.adjustment();
        for (place, pool) in pools.iter().enumerate() {
            let key = same(pool, region);
            let row = row(&key, pool, &applied, place);
            self.found.own += row.usd_per_hour;
            self.found.rows.push(Commitment {
                unit: Some(unit.to_owned()),
                ..row
            });
            if let Some((_, amount)) = self.candidates.get_mut(&key) {
                *amount += pool.capacity;
            }
        }
    }

    /// What suits all clusters together.
    #[must_use]
    pub fn finish(self) -> Commitments {
        let hours = self.together.hours();
        let (pools, of_all) = together(&hours, &self.candidates);
        let mut found = self.found;
        let rounded = |amount: Decimal| UsdPerHour::new(amount).rounded();
        found.eligible = rounded(of_all.eligible);
        found.own_saving = rounded(-self.own_adjustment);
        found.pooled_saving = rounded(-of_all.adjustment());
        found.pooled = rounded(of_all.cost);
        found.most_saving = UsdPerHour::new(-least(&hours, &pools));
        for (place, pool) in pools.iter().enumerate() {
            if pool.capacity.is_zero() {
                continue;
            }
            let key = self.candidates.iter().find(|(_, (own, _))| {
                own.kind == pool.kind && own.terms == pool.terms && own.takes == pool.takes
            });
            if let Some((key, _)) = key {
                found.rows.push(row(key, pool, &of_all, place));
            }
        }
        found
    }
}

/// The better of what suits the hours of all and what the clusters alone would take.
fn together(hours: &[Hours], candidates: &BTreeMap<Same, (Pool, Decimal)>) -> (Vec<Pool>, Applied) {
    let open: Vec<Pool> = candidates.values().map(|(pool, _)| pool.clone()).collect();
    let pools = chosen(hours, &open);
    let of_all = applied(hours, &pools);
    // In the order of AWS, which is that of the keys.
    let sum: Vec<Pool> = (candidates.values())
        .filter(|(pool, _)| pools.iter().any(|own| own.takes == pool.takes))
        .map(|(pool, amount)| pool.of(*amount))
        .collect();
    let of_sum = applied(hours, &sum);
    if of_sum.adjustment() < of_all.adjustment() {
        (sum, of_sum)
    } else {
        (pools, of_all)
    }
}

fn same(pool: &Pool, region: &str) -> Same {
    let is_of_region = pool.kind != CommitmentKind::Compute;
    (
        pool.kind,
        is_of_region.then(|| region.to_owned()),
        pool.family.clone(),
        pool.terms,
        pool.estimated,
    )
}

fn row(key: &Same, pool: &Pool, applied: &Applied, place: usize) -> Commitment {
    let (kind, region, family, terms, estimated) = key.clone();
    let used = applied.used[place].checked_div(pool.capacity);
    Commitment {
        unit: None,
        region,
        kind,
        family,
        terms,
        estimated,
        usd_per_hour: pool.usd_per_hour,
        covered_usd_per_hour: UsdPerHour::new(applied.covered[place]).rounded(),
        utilisation: used.and_then(|used| used.round_dp(6).to_f64()),
    }
}
