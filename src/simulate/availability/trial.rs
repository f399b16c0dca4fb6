//! One trial: events of all pools and zones in the order of time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rand::RngExt;

use super::{AvailabilityOptions, Deployment, HostGroup, Outcome, Pool, outage, spot_outage};
use crate::simulate::random::{Random, exponential, stream, successes};

/// Names the streams of pools and of zones.
const POOL: u64 = 0x506f_6f6c;
const ZONE: u64 = 0x5a6f_6e65;

const HOURS_PER_YEAR: f64 = 8760.0;

/// A deployment with its hosts numbered, those of a pool in a row.
pub(super) struct Layout<'a> {
    deployment: &'a Deployment,
    /// Groups in pool order, each with the number of its first host.
    groups: Vec<(u64, &'a HostGroup)>,
    /// First host and number of hosts of each pool.
    pools: Vec<(u64, u64)>,
    zones: Vec<usize>,
    healthy: Vec<u64>,
}

/// What happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A host is back: before anything else of the same second.
    Back(u64),
    /// A host is gone.
    Gone(u64),
    /// One host of a pool gets its notice.
    Reclaim(usize),
    /// A pool runs short.
    Shortage(usize),
    /// A zone is lost.
    ZoneLost(usize),
}

impl<'a> Layout<'a> {
    pub(super) fn new(deployment: &'a Deployment) -> Self {
        let mut groups = Vec::new();
        let mut pools = Vec::new();
        let mut next = 0;
        for pool in 0..deployment.pools.len() {
            let first = next;
            for group in deployment.groups.iter().filter(|group| group.pool == pool) {
                groups.push((next, group));
                next += group.hosts;
            }
            pools.push((first, next - first));
        }
        let mut zones: Vec<usize> = deployment
            .pools
            .iter()
            .filter_map(|pool| pool.zone)
            .collect();
        zones.sort_unstable();
        zones.dedup();
        let mut healthy = vec![0; deployment.minimum_healthy.len()];
        for group in &deployment.groups {
            for (service, tasks) in &group.tasks {
                healthy[*service] += tasks * group.hosts;
            }
        }
        Self {
            deployment,
            groups,
            pools,
            zones,
            healthy,
        }
    }

    /// Plays one trial.
    pub(super) fn play(&self, options: &AvailabilityOptions, trial: u64) -> Outcome {
        let mut play = Play {
            layout: self,
            options,
            streams: (0..self.pools.len())
                .map(|pool| stream(options.seed, &[POOL, trial, pool as u64]))
                .collect(),
            queue: BinaryHeap::new(),
            away: BTreeMap::new(),
            watch: Watch::new(&self.healthy, &self.deployment.minimum_healthy),
        };
        play.schedule_losses(trial);
        play.run()
    }

    fn group_of(&self, host: u64) -> &'a HostGroup {
        let after = self.groups.partition_point(|(first, _)| *first <= host);
        self.groups[after - 1].1
    }
}

/// The state of a trial.
struct Play<'a> {
    layout: &'a Layout<'a>,
    options: &'a AvailabilityOptions,
    /// One stream per pool.
    streams: Vec<Random>,
    queue: BinaryHeap<Reverse<(u64, Event)>>,
    /// Hosts that got their notice or are gone, and the second at which they are replaced.
    away: BTreeMap<u64, u64>,
    watch: Watch<'a>,
}

impl Play<'_> {
    fn schedule_losses(&mut self, trial: u64) {
        for (pool, Pool { reclaim, .. }) in self.layout.deployment.pools.iter().enumerate() {
            let Some(rate) = *reclaim else { continue };
            let hosts = self.layout.pools[pool].1 as f64;
            if hosts > 0.0 {
                let model = self.options.model;
                let random = &mut self.streams[pool];
                let own = times(random, hosts * model.own_rate(rate), self.options.window_s);
                let shared = times(random, model.shortage_rate(rate), self.options.window_s);
                self.queue.extend(
                    own.into_iter()
                        .map(|at| Reverse((at, Event::Reclaim(pool)))),
                );
                self.queue.extend(
                    shared
                        .into_iter()
                        .map(|at| Reverse((at, Event::Shortage(pool)))),
                );
            }
        }
        let per_hour = self.options.zone_losses_per_year / HOURS_PER_YEAR;
        for &zone in &self.layout.zones {
            let mut random = stream(self.options.seed, &[ZONE, trial, zone as u64]);
            let lost = times(&mut random, per_hour, self.options.window_s);
            self.queue.extend(
                lost.into_iter()
                    .map(|at| Reverse((at, Event::ZoneLost(zone)))),
            );
        }
    }

    fn run(mut self) -> Outcome {
        while let Some(Reverse((now, event))) = self.queue.pop() {
            if now >= self.options.window_s {
                break;
            }
            match event {
                Event::Back(host) => self.back(now, host),
                Event::Gone(host) => self.watch.lose(now, &self.layout.group_of(host).tasks),
                Event::Reclaim(pool) => {
                    let (first, count) = self.layout.pools[pool];
                    let host = first + self.streams[pool].random_range(0..count);
                    self.notice(now, host, spot_outage(self.options.replacement_s));
                }
                Event::Shortage(pool) => {
                    let (first, count) = self.layout.pools[pool];
                    let part = self.options.model.part();
                    for position in successes(&mut self.streams[pool], count, part) {
                        self.notice(
                            now,
                            first + position,
                            spot_outage(self.options.replacement_s),
                        );
                    }
                }
                Event::ZoneLost(zone) => self.lose_zone(now, zone),
            }
        }
        self.watch.finish(self.options.window_s)
    }

    fn back(&mut self, now: u64, host: u64) {
        self.away.remove(&host);
        self.watch.regain(now, &self.layout.group_of(host).tasks);
    }

    /// A host that is not away already begins to be, at `outage` after now.
    fn notice(&mut self, now: u64, host: u64, outage: Option<(u64, u64)>) {
        if self.away.get(&host).is_some_and(|until| *until > now) {
            return;
        }
        self.watch.lost += 1;
        if let Some((gone, back)) = outage {
            self.away.insert(host, now + back);
            self.queue.push(Reverse((now + gone, Event::Gone(host))));
            self.queue.push(Reverse((now + back, Event::Back(host))));
        }
    }

    fn lose_zone(&mut self, now: u64, zone: usize) {
        for (pool, details) in self.layout.deployment.pools.iter().enumerate() {
            if details.zone == Some(zone) {
                let (first, count) = self.layout.pools[pool];
                for host in first..first + count {
                    self.notice(now, host, outage(0, self.options.replacement_s));
                }
            }
        }
    }
}

/// The whole seconds within the window at which a Poisson process has events.
fn times(random: &mut Random, rate_per_hour: f64, window_s: u64) -> Vec<u64> {
    let mut at = Vec::new();
    let mut hours = exponential(random, rate_per_hour);
    while hours * 3600.0 < window_s as f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative and below the window"
        )]
        at.push((hours * 3600.0) as u64);
        hours += exponential(random, rate_per_hour);
    }
    at
}

/// Healthy tasks by service over time, and what they say of the minimum.
struct Watch<'a> {
    minimum: &'a [u64],
    healthy: Vec<u64>,
    below_since: Vec<Option<u64>>,
    below_s: Vec<u64>,
    fell_below: Vec<bool>,
    fewest: Vec<u64>,
    lost: u64,
}

impl<'a> Watch<'a> {
    fn new(healthy: &[u64], minimum: &'a [u64]) -> Self {
        let short = |service: usize| healthy[service] < minimum[service];
        let services = 0..healthy.len();
        Self {
            minimum,
            healthy: healthy.to_vec(),
            below_since: services
                .clone()
                .map(|service| short(service).then_some(0))
                .collect(),
            below_s: vec![0; healthy.len()],
            fell_below: services.map(short).collect(),
            fewest: healthy.to_vec(),
            lost: 0,
        }
    }

    fn lose(&mut self, now: u64, tasks: &[(usize, u64)]) {
        for &(service, count) in tasks {
            self.healthy[service] -= count;
            self.fewest[service] = self.fewest[service].min(self.healthy[service]);
            if self.healthy[service] < self.minimum[service] {
                self.below_since[service].get_or_insert(now);
                self.fell_below[service] = true;
            }
        }
    }

    fn regain(&mut self, now: u64, tasks: &[(usize, u64)]) {
        for &(service, count) in tasks {
            self.healthy[service] += count;
            if self.healthy[service] >= self.minimum[service]
                && let Some(since) = self.below_since[service].take()
            {
                self.below_s[service] += now - since;
            }
        }
    }

    fn finish(mut self, window_s: u64) -> Outcome {
        for (service, since) in self.below_since.iter().enumerate() {
            self.below_s[service] += since.map_or(0, |since| window_s - since);
        }
        Outcome {
            below_s: self.below_s,
            fell_below: self.fell_below,
            fewest: self.fewest,
            lost: self.lost,
        }
    }
}
