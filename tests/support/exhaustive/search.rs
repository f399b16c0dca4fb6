//! The search itself. First today's instances get their loads, every choice in turn; then the rest goes
//! on new instances: the next one has a task of the first service that is left, every load and every kind
//! in turn; last, empty instances are added while a wish for more room is unmet. Each fleet with each
//! assignment is met once, apart from the order of its instances. Fleets that cannot become cheaper than
//! the best are left: their cost so far, plus the least cost of the rest without the rules that bind
//! instances together, is too much.

use super::kinds::Kind;
use super::loads::NEVER;
use super::problem::Problem;
use super::spare::{Unmet, load_in, rollout_deficit, zone_loss_deficit};

/// Steps after which a search is given up.
const MOST_STEPS: u64 = 3_000_000;

/// What the search found.
#[derive(Debug)]
pub enum Found {
    /// The cheapest fleet: cost of new instances, and instances by number with their loads.
    Cheapest(i64, Vec<(usize, usize)>),
    /// No fleet below the limit.
    Nothing,
    /// Too many steps.
    GivenUp,
}

/// The cheapest new instances below `limit` that hold the load beside today's.
pub fn cheapest(problem: &Problem<'_>, load: usize, limit: i64) -> Found {
    let mut search = Search::new(problem, load);
    let floor = search.floor();
    if floor >= limit {
        return Found::Nothing;
    }
    // Wishes for room make the first fleets dear: a limit that rises keeps the search from wandering.
    let mut rising = if search.wishes() {
        floor + floor / 4 + 1
    } else {
        limit
    };
    loop {
        search.limit = rising.min(limit);
        search.bins(0, load);
        if search.steps > MOST_STEPS {
            return Found::GivenUp;
        }
        if let Some((cost, fleet)) = search.best.take() {
            return Found::Cheapest(cost, fleet);
        }
        // Beyond this no fleet without a superfluous instance costs more.
        if rising >= limit || rising > search.ceiling() {
            return Found::Nothing;
        }
        rising = rising.saturating_mul(3) / 2 + 1;
    }
}

struct Search<'p, 'a> {
    problem: &'p Problem<'a>,
    target: usize,
    /// Kinds worth trying for each load.
    choices: Vec<Vec<usize>>,
    /// Least cost of exactly each load, and least number of instances.
    least: Vec<i64>,
    fewest: Vec<i64>,
    /// Least cost of at least each load in one zone, for zones that some service is spread over.
    cover_in: Vec<Vec<i64>>,
    /// Least cost of at least each load on On-Demand instances.
    cover_on_demand: Vec<i64>,
    /// Least cost of exactly each load outside a zone that may be lost.
    least_outside: Vec<Vec<i64>>,
    /// Only fleets below this count.
    limit: i64,
    best: Option<(i64, Vec<(usize, usize)>)>,
    steps: u64,
    fleet: Vec<(usize, usize)>,
    cost: i64,
    /// Tasks by zone and service, on Spot by service, by pool.
    in_zone: Vec<Vec<u64>>,
    on_spot: Vec<u64>,
    in_pool: Vec<u64>,
    of_type: Vec<u64>,
}

impl<'p, 'a> Search<'p, 'a> {
    fn new(problem: &'p Problem<'a>, target: usize) -> Self {
        let (loads, kinds, holds) = (&problem.loads, &problem.kinds, &problem.kind_holds);
        let zones = problem.cluster.zones.len();
        let price = loads.cheapest(kinds, holds, |_| true);
        let one_each: Vec<i64> = (price.iter())
            .map(|&price| if price < NEVER { 1 } else { NEVER })
            .collect();
        let spread = |zone| {
            problem
                .limits
                .even
                .iter()
                .any(|zones| zones.contains(&zone))
        };
        let cover_in = (0..zones)
            .map(|zone| {
                let inside = |kind: &Kind| kind.zone_index == Some(zone);
                if spread(zone) {
                    loads.cover(&loads.least(&loads.cheapest(kinds, holds, inside)))
                } else {
                    Vec::new()
                }
            })
            .collect();
        let fixed = |kind: &Kind| kind.purchase_option.counts_as_on_demand();
        let least_outside = (0..problem.limits.lost_zones)
            .map(|zone| {
                let outside = |kind: &Kind| kind.zone_index != Some(zone);
                loads.least(&loads.cheapest(kinds, holds, outside))
            })
            .collect();
        let mut search = Self {
            problem,
            target,
            choices: Vec::new(),
            least: loads.least(&price),
            fewest: loads.least(&one_each),
            cover_in,
            cover_on_demand: loads.cover(&loads.least(&loads.cheapest(kinds, holds, fixed))),
            least_outside,
            limit: NEVER,
            best: None,
            steps: 0,
            fleet: Vec::new(),
            cost: 0,
            in_zone: vec![vec![0; problem.services.len()]; zones],
            on_spot: vec![0; problem.services.len()],
            in_pool: vec![0; problem.pools.len()],
            of_type: vec![0; problem.types.len()],
        };
        search.choices = (0..loads.size()).map(|load| search.choices(load)).collect();
        search
    }

    /// Whether room beside the tasks is asked for.
    fn wishes(&self) -> bool {
        self.problem.limits.lost_zones > 0 || self.problem.surge.iter().any(|&surge| surge > 0)
    }

    /// Kinds for one load, cheapest first. Where only the load of an instance counts, a kind is not tried
    /// beside a cheaper one of the same zone, purchase option and, if types count, type.
    fn choices(&self, load: usize) -> Vec<usize> {
        let problem = self.problem;
        let types_count = problem.limits.pool.is_some() || problem.limits.types.is_some();
        let mut seen = Vec::new();
        (0..problem.kinds.len())
            .filter(|&kind| problem.kind_holds[kind][load])
            .filter(|&kind| {
                let Kind {
                    zone_index,
                    purchase_option,
                    ..
                } = problem.kinds[kind];
                let kind_type = problem.types[problem.bins.len() + kind];
                let alike = (
                    zone_index,
                    purchase_option,
                    types_count.then_some(kind_type),
                );
                let new = self.wishes() || !seen.contains(&alike);
                seen.push(alike);
                new
            })
            .collect()
    }

    /// A cost that no fleet is below.
    fn floor(&self) -> i64 {
        let problem = self.problem;
        if !problem.bins.is_empty() {
            return 0;
        }
        let mut floor = self.least[self.target];
        for service in 0..problem.services.len() {
            let rollout = problem.loads.of(service, self.surge_of(service));
            floor = floor.max(self.least[self.target + rollout]);
        }
        // Every zone's absence leaves the others with everything: together they pay it all so often.
        let outside = self.least_outside.iter().map(|least| least[self.target]);
        if let Some(others) = self.least_outside.len().checked_sub(1).filter(|&n| n > 0) {
            let total: i64 = outside.map(|cost| cost.min(NEVER / 8)).sum();
            floor = floor.max(total / i64::try_from(others).expect("few zones"));
        }
        floor
    }

    /// A cost beyond which no fleet needs to go: the dearest kind for every task, once for itself, once for
    /// each wish, and for the fewest instances.
    fn ceiling(&self) -> i64 {
        let problem = self.problem;
        let tasks: u64 = problem.loads.counts(self.target).iter().sum();
        let wishes = 2 * tasks + problem.surge.iter().sum::<u64>() + problem.limits.new.0 as u64;
        let dearest = problem.kinds.last().map_or(0, |kind| kind.cost);
        dearest * i64::try_from(tasks + wishes).expect("tiny counts")
    }

    fn surge_of(&self, service: usize) -> u64 {
        let runs = self.problem.loads.counts(self.target)[service] > 0;
        if runs { self.problem.surge[service] } else { 0 }
    }

    /// Loads for today's instances from one on, then new ones.
    fn bins(&mut self, bin: usize, rest: usize) {
        if bin == self.problem.bins.len() {
            self.new_instances(rest, None);
            return;
        }
        let problem = self.problem;
        for load in problem.loads.parts(rest) {
            if problem.bin_holds[bin][load] && self.push(bin, load) {
                self.bins(bin + 1, rest - load);
                self.pop();
            }
        }
    }

    /// New instances for the rest. Two that follow each other for the same first service come in falling
    /// order, so that each set is met once.
    fn new_instances(&mut self, rest: usize, before: Option<(usize, usize, usize)>) {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.is_too_dear(rest) {
            return;
        }
        let problem = self.problem;
        let Some(first) = problem.loads.first(rest) else {
            if self.is_spread_evenly() && self.has_on_demand_zones() {
                self.empty_instances(0);
            }
            return;
        };
        if self.new_count() >= problem.limits.new.1 {
            return;
        }
        for load in problem.loads.parts(rest) {
            if problem.loads.counts(load)[first] == 0 {
                continue;
            }
            for at in 0..self.choices[load].len() {
                let kind = self.choices[load][at];
                if self.cost + problem.kinds[kind].cost + self.least[rest - load] >= self.limit {
                    break;
                }
                let falling = before.is_none_or(|(service, last_load, last_kind)| {
                    service != first || (load, kind) <= (last_load, last_kind)
                });
                if falling && self.push(problem.bins.len() + kind, load) {
                    self.new_instances(rest - load, Some((first, load, kind)));
                    self.pop();
                }
            }
        }
    }

    /// Whether the rest cannot be had below the limit.
    fn is_too_dear(&self, rest: usize) -> bool {
        let problem = self.problem;
        let loads = &problem.loads;
        let new = i64::try_from(self.new_count()).expect("few instances");
        let most = i64::try_from(problem.limits.new.1).unwrap_or(NEVER);
        if new + self.fewest[rest] > most || self.cost + self.least[rest] >= self.limit {
            return true;
        }
        let target = loads.counts(self.target);
        let left = loads.counts(rest);
        // In each zone at least the lower of the two even counts.
        let mut in_zones = 0;
        for (zone, cover) in self
            .cover_in
            .iter()
            .enumerate()
            .filter(|(_, c)| !c.is_empty())
        {
            let missing: Vec<u64> = (problem.limits.even.iter().enumerate())
                .map(|(service, zones)| {
                    let lower = if zones.contains(&zone) {
                        target[service] / zones.len() as u64
                    } else {
                        0
                    };
                    lower.saturating_sub(self.in_zone[zone][service])
                })
                .collect();
            if missing
                .iter()
                .zip(left)
                .any(|(missing, left)| missing > left)
            {
                return true;
            }
            in_zones += cover[loads.number(&missing)].min(NEVER / 8);
        }
        if self.cost + in_zones >= self.limit {
            return true;
        }
        // Of the rest, no more on Spot than is still allowed.
        let fixed: Vec<u64> = (0..left.len())
            .map(|service| {
                let allowed = target[service].saturating_sub(problem.limits.on_demand[service]);
                left[service].saturating_sub(allowed - self.on_spot[service])
            })
            .collect();
        if self.cost + self.cover_on_demand[loads.number(&fixed)] >= self.limit {
            return true;
        }
        // What the rollout of a service still lacks comes with the rest or after it.
        (0..left.len()).any(|service| {
            let surge = self.surge_of(service);
            if surge == 0 {
                return false;
            }
            let deficit = rollout_deficit(problem, &self.fleet, service);
            self.cost + self.least[rest + loads.of(service, deficit)] >= self.limit
        })
    }

    fn is_spread_evenly(&self) -> bool {
        let target = self.problem.loads.counts(self.target);
        (self.problem.limits.even.iter().enumerate())
            .filter(|(_, zones)| !zones.is_empty())
            .all(|(service, zones)| {
                let counts = zones.iter().map(|&zone| self.in_zone[zone][service]);
                let least = counts.clone().min().unwrap_or(0);
                let most = counts.clone().max().unwrap_or(0);
                most - least <= 1 && counts.sum::<u64>() == target[service]
            })
    }

    /// Whether On-Demand tasks of a service that is spread stand in as many zones as they must.
    fn has_on_demand_zones(&self) -> bool {
        let problem = self.problem;
        let policy = &problem.cluster.policy;
        if !policy.purchase_options.on_demand {
            return true;
        }
        (problem.limits.even.iter().enumerate())
            .filter(|(_, zones)| !zones.is_empty())
            .all(|(service, zones)| {
                let (mut tasks, mut found) = (0, Vec::new());
                for &(number, load) in &self.fleet {
                    let kind = problem.instance(number);
                    let here = problem.loads.counts(load)[service];
                    if here > 0 && kind.purchase_option.counts_as_on_demand() {
                        tasks += here;
                        found.push(kind.zone_index);
                    }
                }
                found.sort_unstable();
                found.dedup();
                let least = tasks.min(policy.on_demand_zones).min(zones.len() as u64);
                found.len() as u64 >= least
            })
    }

    /// Empty instances, kinds in rising order, until no wish is unmet.
    fn empty_instances(&mut self, from: usize) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return;
        }
        let (unmet, least) = self.unmet();
        if unmet.is_empty() {
            if self.cost < self.limit {
                self.limit = self.cost;
                self.best = Some((self.cost, self.fleet.clone()));
            }
            return;
        }
        let problem = self.problem;
        if self.cost + least >= self.limit || self.new_count() >= problem.limits.new.1 {
            return;
        }
        for kind in from..problem.kinds.len() {
            if self.cost + problem.kinds[kind].cost >= self.limit {
                break;
            }
            let helps = unmet.iter().any(|unmet| unmet.is_helped_by(problem, kind));
            if helps && self.push(problem.bins.len() + kind, 0) {
                self.empty_instances(kind);
                self.pop();
            }
        }
    }

    /// Wishes that the fleet does not fulfil, and the least that the dearest of them costs.
    fn unmet(&self) -> (Vec<Unmet>, i64) {
        let problem = self.problem;
        let (mut unmet, mut least) = (Vec::new(), 0);
        if self.new_count() < problem.limits.new.0 {
            let missing = problem.limits.new.0 - self.new_count();
            let cheapest = problem.kinds.first().map_or(NEVER, |kind| kind.cost);
            let missing = i64::try_from(missing).expect("few instances");
            least = least.max(cheapest.saturating_mul(missing).min(NEVER));
            unmet.push(Unmet::Count);
        }
        for service in 0..problem.services.len() {
            if self.surge_of(service) == 0 {
                continue;
            }
            let deficit = rollout_deficit(problem, &self.fleet, service);
            if deficit > 0 {
                least = least.max(self.least[problem.loads.of(service, deficit)]);
                unmet.push(Unmet::Rollout { service });
            }
        }
        for (zone, outside) in self.least_outside.iter().enumerate() {
            let lost = load_in(problem, &self.fleet, zone);
            let deficit = zone_loss_deficit(problem, &self.fleet, zone, lost, outside);
            if deficit > 0 {
                least = least.max(deficit);
                unmet.push(Unmet::ZoneLoss { zone, lost });
            }
        }
        (unmet, least)
    }

    fn new_count(&self) -> usize {
        self.fleet.len().saturating_sub(self.problem.bins.len())
    }

    /// Adds an instance with a load, unless a limit over the fleet would be passed for good.
    fn push(&mut self, number: usize, load: usize) -> bool {
        let problem = self.problem;
        let kind = problem.instance(number);
        let counts = problem.loads.counts(load);
        let target = problem.loads.counts(self.target);
        for (service, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let zones = &problem.limits.even[service];
            if !zones.is_empty() {
                let Some(zone) = kind.zone_index.filter(|zone| zones.contains(zone)) else {
                    return false;
                };
                let most = target[service].div_ceil(zones.len() as u64);
                if self.in_zone[zone][service] + count > most {
                    return false;
                }
            }
            let allowed = target[service].saturating_sub(problem.limits.on_demand[service]);
            let spot = kind.purchase_option.may_be_reclaimed();
            if spot && self.on_spot[service] + count > allowed {
                return false;
            }
        }
        let tasks: u64 = counts.iter().sum();
        if let (Some(pool), Some(most)) = (problem.pools[number], problem.limits.pool)
            && self.in_pool[pool] + tasks > most
        {
            return false;
        }
        self.of_type[problem.types[number]] += 1;
        let distinct = self.of_type.iter().filter(|&&count| count > 0).count();
        let is_new = number >= problem.bins.len();
        if is_new && problem.limits.types.is_some_and(|most| distinct > most) {
            self.of_type[problem.types[number]] -= 1;
            return false;
        }
        self.count(number, load, |total, more| *total += more);
        self.fleet.push((number, load));
        self.cost += if is_new { kind.cost } else { 0 };
        true
    }

    fn pop(&mut self) {
        let (number, load) = self.fleet.pop().expect("an instance was pushed");
        self.of_type[self.problem.types[number]] -= 1;
        self.count(number, load, |total, less| *total -= less);
        if number >= self.problem.bins.len() {
            self.cost -= self.problem.instance(number).cost;
        }
    }

    fn count(&mut self, number: usize, load: usize, change: fn(&mut u64, u64)) {
        let problem = self.problem;
        let kind = problem.instance(number);
        for (service, &count) in problem.loads.counts(load).iter().enumerate() {
            if let Some(zone) = kind.zone_index {
                change(&mut self.in_zone[zone][service], count);
            }
            if kind.purchase_option.may_be_reclaimed() {
                change(&mut self.on_spot[service], count);
            }
            if let Some(pool) = problem.pools[number] {
                change(&mut self.in_pool[pool], count);
            }
        }
    }
}
