//! The exact optimum of a tiny cluster under every rule: slow, plain, and sharing no code with the planner
//! or with the checker.
//!
//! Services of which no task has a place anywhere are set aside (*hopeless*). Of the others each that may
//! is tried on Fargate and on EC2, in every combination; for the ones on EC2 the cheapest fleet is searched
//! for ([`search`]). Tasks on EXTERNAL instances are a problem of their own without a price.

mod fargate;
mod instance_rules;
mod kinds;
mod loads;
mod problem;
mod search;
mod spare;

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;

use bayplan::domain::policy::{CountBasis, FargateUse, KeepInstances, ZoneSpread};
use rust_decimal::Decimal;

use fargate::on_fargate;
use loads::NEVER;
use problem::{Limits, Problem};
use search::{Found, cheapest};

pub use fargate::OnFargate;
pub use kinds::Kind;

/// An instance of the optimum with the tasks on it.
#[derive(Debug, Clone)]
pub struct Filled {
    /// What it is.
    pub kind: Kind,
    /// Service index and number of tasks, daemons apart.
    pub tasks: Vec<(usize, u64)>,
}

/// The cheapest way to run everything that is not hopeless.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Cost in 10⁻⁸ USD per hour, today's instances included.
    pub cost: i64,
    /// All instances.
    pub fleet: Vec<Filled>,
    /// Services on Fargate.
    pub fargate: Vec<OnFargate>,
}

/// Cost, instances with their loads, services on Fargate.
type Best = (i64, Vec<(usize, usize)>, Vec<OnFargate>);

/// What the exhaustive search found.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// Indices of services of which no task has a place.
    pub hopeless: Vec<usize>,
    /// The rest; `None` when it cannot be placed in full.
    pub answer: Option<Answer>,
    /// Whether the search took too long; then nothing is known of the rest.
    pub given_up: bool,
}

impl Optimum {
    /// Whether every task has a place.
    pub fn is_feasible(&self) -> bool {
        self.hopeless.is_empty() && self.answer.is_some()
    }
}

/// Solves a tiny cluster exactly.
pub fn solve(cluster: &Cluster, catalogue: &Catalogue) -> Optimum {
    let today = kinds::todays_instances(cluster, catalogue);
    let (external_bins, bins): (Vec<Kind>, Vec<Kind>) = today.into_iter().partition(|k| k.external);
    let kept: i64 = bins.iter().map(|kind| kind.cost).sum();
    let new_kinds = kinds::new_kinds(cluster, catalogue);
    let planned_ones = || (0..cluster.services.len()).filter(|&s| planned(cluster, s) > 0);
    let (external, ours): (Vec<usize>, Vec<usize>) =
        planned_ones().partition(|&s| cluster.services[s].is_external());

    let outside = external_problem(cluster, external, external_bins);
    let mut problem = our_problem(cluster, ours, bins, new_kinds);
    let fargate: Vec<Option<OnFargate>> = (problem.services.iter().zip(&problem.counts))
        .map(|(&service, &count)| {
            let fixed = on_demand_minimum(cluster, service, count);
            on_fargate(cluster, catalogue, service, count, fixed)
        })
        .collect();
    let (on_ec2, even) = places(&problem, false);
    problem.limits.even = even;

    let outside_hopeless = outside.hopeless();
    let mut hopeless: Vec<usize> = outside_hopeless.clone();
    let hopeful = (0..problem.services.len()).filter(|&s| on_ec2[s] || fargate[s].is_some());
    let hopeful: Vec<usize> = hopeful.collect();
    hopeless.extend(
        (0..problem.services.len())
            .filter(|service| !hopeful.contains(service))
            .map(|service| problem.services[service]),
    );
    hopeless.sort_unstable();

    let total: u64 = planned_ones()
        .filter(|service| !hopeless.contains(service))
        .map(|service| planned(cluster, service))
        .sum();
    problem.limits.pool = pool_cap(cluster, total);

    let mut optimum = Optimum {
        hopeless,
        answer: None,
        given_up: false,
    };
    let external_fleet = match outside.cheapest_fleet(&outside_hopeless) {
        Found::Cheapest(_, fleet) => fleet,
        Found::Nothing => return optimum,
        Found::GivenUp => {
            optimum.given_up = true;
            return optimum;
        }
    };
    let mut best: Option<Best> = None;
    // Each set of services that may run on both and run on Fargate.
    let both: Vec<usize> = (hopeful.iter().copied())
        .filter(|&service| on_ec2[service] && fargate[service].is_some())
        .collect();
    for chosen in 0..1_usize << both.len() {
        let is_on_fargate = |service: usize| match both.iter().position(|&s| s == service) {
            Some(position) => chosen >> position & 1 == 1,
            None => !on_ec2[service],
        };
        let mut counts = vec![0; problem.services.len()];
        let mut on_fargate = Vec::new();
        for &service in &hopeful {
            match &fargate[service] {
                Some(answer) if is_on_fargate(service) => on_fargate.push(answer.clone()),
                _ => counts[service] = problem.counts[service],
            }
        }
        let cost = kept + on_fargate.iter().map(OnFargate::cost).sum::<i64>();
        let limit = best.as_ref().map_or(NEVER, |(least, ..)| *least) - cost;
        match cheapest(&problem, problem.loads.number(&counts), limit) {
            Found::Cheapest(new, fleet) => best = Some((cost + new, fleet, on_fargate)),
            Found::Nothing => {}
            Found::GivenUp => optimum.given_up = true,
        }
    }
    if optimum.given_up {
        return optimum;
    }
    optimum.answer = best.map(|(cost, fleet, fargate)| Answer {
        cost,
        fleet: (problem.filled(&fleet).into_iter())
            .chain(outside.filled(&external_fleet))
            .collect(),
        fargate,
    });
    optimum
}

/// Number of tasks to plan for; 0 for daemons.
pub fn planned(cluster: &Cluster, service: usize) -> u64 {
    let service = &cluster.services[service];
    if service.is_daemon() {
        return 0;
    }
    let count = match cluster.policy.count_basis {
        CountBasis::Min => service.min_count.unwrap_or(service.desired_count),
        CountBasis::Desired => service.desired_count,
        CountBasis::Max => service.max_count.unwrap_or(service.desired_count),
    };
    let share = Decimal::ONE + cluster.policy.headroom_percent / Decimal::ONE_HUNDRED;
    u64::try_from((Decimal::from(count) * share).ceil()).expect("a tiny count")
}

/// Tasks of a service, out of so many placed ones, that must be On-Demand.
pub fn on_demand_minimum(cluster: &Cluster, service: usize, count: u64) -> u64 {
    let (policy, service) = (&cluster.policy, &cluster.services[service]);
    let base = policy
        .on_demand_base
        .max(service.policy.on_demand_base.unwrap_or(0));
    let share = policy
        .spot_max_share
        .min(service.policy.spot_max_share.unwrap_or(Decimal::ONE));
    let by_share = ((Decimal::ONE - share) * Decimal::from(count)).ceil();
    let by_share = u64::try_from(by_share).expect("a tiny count");
    base.max(by_share).min(count)
}

/// Most tasks in one Spot pool, where the policy limits them.
fn pool_cap(cluster: &Cluster, total: u64) -> Option<u64> {
    let share = cluster.policy.spot_max_share_per_pool;
    let most = (share * Decimal::from(total)).floor();
    (share < Decimal::ONE).then(|| u64::try_from(most).expect("a tiny count"))
}

/// Tasks on instances from outside AWS: no price, no zones, no Spot, no limit on instances.
fn external_problem(cluster: &Cluster, services: Vec<usize>, bins: Vec<Kind>) -> Problem<'_> {
    let counts = services.iter().map(|&s| planned(cluster, s)).collect();
    let mut problem = Problem::new(cluster, services, counts, bins, Vec::new());
    problem.limits.new = (0, 0);
    problem
}

/// All other tasks, with the limits over the fleet but for even spread and pools.
fn our_problem(
    cluster: &Cluster,
    services: Vec<usize>,
    bins: Vec<Kind>,
    kinds: Vec<Kind>,
) -> Problem<'_> {
    let policy = &cluster.policy;
    let counts: Vec<u64> = services.iter().map(|&s| planned(cluster, s)).collect();
    let on_demand = (services.iter().zip(&counts))
        .map(|(&service, &count)| on_demand_minimum(cluster, service, count))
        .collect();
    let kept = bins.len() as u64;
    let [fewest, most] = [policy.min_instances, policy.max_instances]
        .map(|limit| usize::try_from(limit.saturating_sub(kept)).expect("a small limit"));
    let mut types_today: Vec<String> = bins.iter().map(|k| k.instance_type.clone()).collect();
    types_today.sort();
    types_today.dedup();
    let types = policy.max_instance_types.map(|limit| {
        usize::try_from(limit)
            .expect("a small limit")
            .max(types_today.len())
    });
    let mut problem = Problem::new(cluster, services, counts, bins, kinds);
    let only_fargate = policy.fargate == FargateUse::Only;
    problem.limits = Limits {
        on_demand,
        new: (if only_fargate { 0 } else { fewest }, most),
        types,
        lost_zones: if policy.survive_zone_loss {
            cluster.zones.len()
        } else {
            0
        },
        ..problem.limits
    };
    if only_fargate {
        assert_eq!(
            policy.keep_instances,
            KeepInstances::None,
            "kept instances run nothing"
        );
    }
    problem
}

/// Which services have a place on the problem's instances, and the zones that each is spread over evenly.
///
/// A service needs an instance that holds one task of it, together with tasks of others that have a place
/// too where `task:group` asks for company; an On-Demand one if its first task must be; two zones of them
/// where the loss of one must be survived. Of the last two, tasks on EXTERNAL instances know nothing.
fn places(problem: &Problem<'_>, external: bool) -> (Vec<bool>, Vec<Vec<usize>>) {
    let cluster = problem.cluster;
    let mut hopeful = vec![true; problem.services.len()];
    loop {
        let before = hopeful.clone();
        let mut zones_of = Vec::new();
        for service in 0..hopeful.len() {
            let index = problem.services[service];
            let places = problem.places(service, &before);
            let mut zones: Vec<usize> = (places.iter())
                .filter_map(|&number| problem.instance(number).zone_index)
                .collect();
            zones.sort_unstable();
            zones.dedup();
            let spread = !external
                && cluster.zone_spread() == ZoneSpread::Even
                && !cluster.services[index].is_standalone();
            let needs_fixed = !external && on_demand_minimum(cluster, index, 1) > 0;
            let mut usable = places.iter().filter(|&&number| {
                let kind = problem.instance(number);
                (!spread || kind.zone_index.is_some())
                    && (!needs_fixed || kind.purchase_option.counts_as_on_demand())
            });
            let enough_zones = problem.limits.lost_zones == 0 || zones.len() >= 2;
            hopeful[service] = before[service] && usable.next().is_some() && enough_zones;
            zones_of.push(if spread { zones } else { Vec::new() });
        }
        if hopeful == before {
            return (hopeful, zones_of);
        }
    }
}

impl Problem<'_> {
    /// Services, by index in the cluster, that no instance holds a task of.
    fn hopeless(&self) -> Vec<usize> {
        let (hopeful, _) = places(self, true);
        (self.services.iter().zip(hopeful))
            .filter(|&(_, hopeful)| !hopeful)
            .map(|(&service, _)| service)
            .collect()
    }

    /// The cheapest fleet for all but the hopeless.
    fn cheapest_fleet(&self, hopeless: &[usize]) -> Found {
        let counts: Vec<u64> = (self.services.iter().zip(&self.counts))
            .map(|(service, &count)| if hopeless.contains(service) { 0 } else { count })
            .collect();
        cheapest(self, self.loads.number(&counts), NEVER)
    }

    /// A fleet with names.
    fn filled(&self, fleet: &[(usize, usize)]) -> Vec<Filled> {
        (fleet.iter())
            .map(|&(number, load)| Filled {
                kind: self.instance(number).clone(),
                tasks: (self.services.iter().copied())
                    .zip(self.loads.counts(load).iter().copied())
                    .filter(|&(_, count)| count > 0)
                    .collect(),
            })
            .collect()
    }
}
