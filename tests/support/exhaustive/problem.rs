//! A set of services that share instances, with every rule as a table over loads.

use std::collections::BTreeMap;

use bayplan::domain::cluster::Cluster;

use super::instance_rules::holds;
use super::kinds::Kind;
use super::loads::Loads;

/// What instances must be found for.
#[derive(Debug)]
pub struct Problem<'a> {
    /// The cluster, for the rules of one instance.
    pub cluster: &'a Cluster,
    /// Index in the cluster of each service of this problem.
    pub services: Vec<usize>,
    /// Tasks of each.
    pub counts: Vec<u64>,
    /// Further tasks during a rollout, where the policy asks for room.
    pub surge: Vec<u64>,
    /// Loads of up to `counts + surge`.
    pub loads: Loads,
    /// Today's instances, which stay.
    pub bins: Vec<Kind>,
    /// Which loads each of them holds.
    pub bin_holds: Vec<Vec<bool>>,
    /// What can be bought, cheapest first.
    pub kinds: Vec<Kind>,
    /// Which loads each kind holds.
    pub kind_holds: Vec<Vec<bool>>,
    /// Pool of each Spot instance, bins first; the same number for the same type and zone.
    pub pools: Vec<Option<usize>>,
    /// Type of each instance, bins first.
    pub types: Vec<usize>,
    /// Limits over the whole fleet.
    pub limits: Limits,
}

/// Limits over the whole fleet.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Zones that each service's tasks must be spread over evenly; empty for services that need not.
    pub even: Vec<Vec<usize>>,
    /// Tasks of each service that must be On-Demand.
    pub on_demand: Vec<u64>,
    /// Most tasks in one Spot pool.
    pub pool: Option<u64>,
    /// Fewest and most new instances.
    pub new: (usize, usize),
    /// Most distinct types.
    pub types: Option<usize>,
    /// Zones of which any may be lost; 0 when none need be survived.
    pub lost_zones: usize,
}

impl<'a> Problem<'a> {
    /// Works out which loads each instance holds. Limits are left open.
    pub fn new(
        cluster: &'a Cluster,
        services: Vec<usize>,
        counts: Vec<u64>,
        bins: Vec<Kind>,
        kinds: Vec<Kind>,
    ) -> Self {
        let surge: Vec<u64> = (services.iter().zip(&counts))
            .map(|(&service, &count)| {
                if cluster.policy.keeps_room_for_rollouts() {
                    cluster.services[service].deployment_surge(count)
                } else {
                    0
                }
            })
            .collect();
        let most: Vec<u64> = counts.iter().zip(&surge).map(|(n, s)| n + s).collect();
        let loads = Loads::up_to(&most);
        let table = |kind: &Kind| -> Vec<bool> {
            (0..loads.size())
                .map(|load| {
                    let tasks: Vec<(usize, u64)> = (services.iter().copied())
                        .zip(loads.counts(load).iter().copied())
                        .filter(|&(_, count)| count > 0)
                        .collect();
                    holds(cluster, kind, &tasks)
                })
                .collect()
        };
        let bin_holds = bins.iter().map(table).collect();
        let kind_holds = kinds.iter().map(table).collect();
        let mut pool_numbers = BTreeMap::new();
        let mut type_numbers = BTreeMap::new();
        let (mut pools, mut types) = (Vec::new(), Vec::new());
        for kind in bins.iter().chain(&kinds) {
            let next = pool_numbers.len();
            let pool = (kind.instance_type.clone(), kind.zone.clone());
            pools.push(
                (kind.purchase_option.may_be_reclaimed())
                    .then(|| *pool_numbers.entry(pool).or_insert(next)),
            );
            let next = type_numbers.len();
            types.push(
                *type_numbers
                    .entry(kind.instance_type.clone())
                    .or_insert(next),
            );
        }
        let size = services.len();
        Self {
            cluster,
            services,
            counts,
            surge,
            loads,
            bins,
            bin_holds,
            kinds,
            kind_holds,
            pools,
            types,
            limits: Limits {
                even: vec![Vec::new(); size],
                on_demand: vec![0; size],
                new: (0, usize::MAX),
                ..Limits::default()
            },
        }
    }

    /// An instance by number, bins first.
    pub fn instance(&self, number: usize) -> &Kind {
        match number.checked_sub(self.bins.len()) {
            None => &self.bins[number],
            Some(kind) => &self.kinds[kind],
        }
    }

    /// Which loads an instance holds.
    pub fn holds(&self, number: usize) -> &[bool] {
        match number.checked_sub(self.bins.len()) {
            None => &self.bin_holds[number],
            Some(kind) => &self.kind_holds[kind],
        }
    }

    /// The instances, by number, that can hold a task of a service together with tasks of `allowed`
    /// services alone, the planned numbers of them at most.
    pub fn places(&self, service: usize, allowed: &[bool]) -> Vec<usize> {
        let usable = |load: usize| {
            let counts = self.loads.counts(load);
            counts[service] > 0
                && (counts.iter().zip(&self.counts).zip(allowed))
                    .all(|((&count, &most), &allowed)| count == 0 || (allowed && count <= most))
        };
        let loads: Vec<usize> = (0..self.loads.size())
            .filter(|&load| usable(load))
            .collect();
        (0..self.bins.len() + self.kinds.len())
            .filter(|&number| loads.iter().any(|&load| self.holds(number)[load]))
            .collect()
    }
}
