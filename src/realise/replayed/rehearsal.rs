//! A candidate before the replica of ECS: how many tasks find no place, or one where a rule of the policy breaks.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::catalogue::Catalogue;
use crate::domain::capacity::ProviderKind;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offering;
use crate::realise::Guide;
use crate::realise::groups::reduced_weights;
use crate::realise::placement::Placement;
use crate::simulate::choices::{Choices, TieBreak};
use crate::simulate::cut::Cut;
use crate::simulate::fleet::{Attachments, Fleet, Host};
use crate::simulate::orders::Arrival;
use crate::simulate::providers::{ProviderStrategy, StrategyItem};
use crate::simulate::replay::{Fill, Replayer, Until, fill};
use crate::simulate::state::State;
use crate::simulate::workload::Workload;
use crate::simulate::world::World;

use super::PROOF_PLACEMENTS;
use super::candidate::Candidate;
use super::kinds::Kinds;

/// Seed of the orders that the search looks at; its first order is the one that plans show.
const SEARCH_SEED: u64 = 0;
/// What an uneven task is worth beside one without a place, in orders that the plan does not show: spreading over
/// zones is ECS's best effort.
const UNEVEN: f64 = 0.02;
/// Seed of the orders that accept a design.
const PROOF_SEED: u64 = 0x90f0;
/// Least and most orders that accept a design.
const PROOF_ORDERS: (u64, u64) = (50, 8_000);

/// What came of some orders.
#[derive(Debug, Clone)]
pub(super) struct Score {
    /// Worth of the tasks without a place, or with one that breaks a rule, mean over the orders.
    pub missing: f64,
    /// The like of tasks that leave a service uneven over zones in orders that are not shown.
    pub uneven: f64,
    /// The same tasks by item, over all orders.
    pub tasks: Vec<u64>,
}

/// What orders that the search has not seen say of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Every task found a place.
    Whole,
    /// A task of this item found none.
    Lacks(usize),
    /// No order was played to its end, or one failed by tasks that are in no group.
    Cut,
}

/// What does not change from one candidate to the next.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    input: PlanningInput<'a>,
    kinds: &'a Kinds,
    workloads: BTreeMap<Placement, Workload>,
    /// Tasks in one order.
    pub tasks: u64,
}

impl<'a> Stage<'a> {
    pub fn new(
        input: PlanningInput<'a>,
        guide: &Guide<'_>,
        kinds: &'a Kinds,
        placements: &[Placement],
    ) -> Self {
        let zones = !input.cluster.zones.is_empty();
        let workload = |&placement: &Placement| {
            let strategies = placement.strategies(zones);
            let mut workload = Workload::new(input.cluster, Some(&strategies));
            for class in &mut workload.classes {
                let is_here = kinds.services.contains(&class.service);
                if !class.daemon {
                    class.count = if is_here {
                        guide.demand.tasks[class.service]
                    } else {
                        0
                    };
                }
            }
            (placement, workload)
        };
        Self {
            input,
            kinds,
            workloads: placements.iter().map(workload).collect(),
            tasks: (kinds.services.iter())
                .map(|&service| guide.demand.tasks[service])
                .sum(),
        }
    }

    /// The candidate's fleet and strategies.
    pub fn world(&self, candidate: &Candidate) -> World {
        let PlanningInput {
            cluster,
            catalogue,
            offerings,
            ..
        } = self.input;
        let hosts = (candidate.groups.iter().enumerate()).flat_map(|(index, group)| {
            let counts = group.counts(self.kinds);
            let own = self.kinds.offerings[group.kind].iter().zip(counts);
            own.filter(|(_, count)| *count > 0)
                .map(move |(&offering, count)| {
                    let offering = &offerings.usable[offering];
                    let trunking = cluster.policy.eni_trunking;
                    (host(offering, catalogue, trunking, &provider(index)), count)
                })
        });
        let fleet = Fleet::new(hosts.collect::<Vec<_>>());
        let workload = self.workloads[&candidate.placement].clone();
        let mut world = World::new(cluster, &fleet, workload);
        for (item, &service) in self.kinds.services.iter().enumerate() {
            let tasks: Vec<u64> = (candidate.groups.iter())
                .map(|group| group.tasks[item])
                .collect();
            // In the plan's order: the larger weight first, then as the groups stand.
            let mut weights: Vec<(usize, u64)> = (reduced_weights(&tasks).into_iter().enumerate())
                .filter(|(_, weight)| *weight > 0)
                .collect();
            weights.sort_by_key(|&(index, weight)| (std::cmp::Reverse(weight), index));
            let items = (weights.into_iter())
                .map(|(index, weight)| StrategyItem {
                    provider: world.provider(&provider(index)),
                    kind: ProviderKind::AutoScalingGroup,
                    base: 0,
                    weight: u32::try_from(weight).unwrap_or(u32::MAX),
                })
                .collect();
            // At most 20 groups with weights of 1 to 1,000: ECS refuses only the strategy of a service without tasks.
            world.strategies[service] = ProviderStrategy::try_new(items, &Choices::default()).ok();
        }
        world
    }

    /// Replays some orders to the end; `None` where they are cut.
    pub fn rehearse(&self, world: &World, orders: Range<u64>, cut: Cut<'_>) -> Option<Score> {
        let mut replayer = Replayer::new(world, TieBreak::default()).until(cut);
        let mut tasks = vec![0; self.kinds.services.len()];
        let mut uneven = tasks.clone();
        let zones = self.zones_of(world);
        for order in orders.clone() {
            let arrival = Arrival::of_order(order);
            let outcome = replayer.replay(arrival, SEARCH_SEED, order, Until::AllTasks);
            if outcome.is_cut {
                return None;
            }
            for (tasks, &service) in tasks.iter_mut().zip(&self.kinds.services) {
                *tasks += outcome.pending_of[service];
            }
            let is_shown = order == 0;
            if !self.input.cluster.zones.is_empty() {
                let counted = if is_shown { &mut tasks } else { &mut uneven };
                self.add_uneven(replayer.state(), &zones, counted);
            }
            if is_shown {
                self.add_crowded(replayer.state(), &mut tasks);
                self.add_with_partners(replayer.state(), &mut tasks);
            }
        }
        let worth = |tasks: &[u64]| -> f64 {
            let each = tasks.iter().zip(&self.kinds.worth);
            each.map(|(&tasks, worth)| tasks as f64 * worth).sum()
        };
        let orders = (orders.end - orders.start).max(1) as f64;
        Some(Score {
            missing: worth(&tasks) / orders,
            uneven: UNEVEN * worth(&uneven) / orders,
            tasks,
        })
    }

    /// Orders that accept a design, where so many tasks may ask for a place.
    fn proof_orders(&self, placements: u64) -> u64 {
        (PROOF_PLACEMENTS.min(placements) / self.tasks.max(1)).clamp(PROOF_ORDERS.0, PROOF_ORDERS.1)
    }

    /// Placements of the shortest proof.
    pub const fn least_proof(&self) -> u64 {
        PROOF_ORDERS.0.saturating_mul(self.tasks)
    }

    /// Whether fresh orders find every task a place, under either rule of ties and wherever odd instances are; and how many
    /// tasks asked for one. The fewer may ask, the fewer orders there are, down to the least that accept a design.
    pub fn prove(&self, candidate: &Candidate, placements: u64, cut: Cut<'_>) -> (Proof, u64) {
        let zones = self.input.cluster.zones.len().max(1);
        let turns = if self.has_odd_instances(candidate) {
            zones
        } else {
            1
        };
        let orders = self.proof_orders(placements) / (turns * TieBreak::ALL.len()) as u64;
        let mut asked = 0;
        for turn in 0..turns {
            let mut turned = candidate.clone();
            for group in &mut turned.groups {
                group.first += turn;
            }
            let world = self.world(&turned);
            for &rule in TieBreak::ALL {
                let found = fill(&world, rule, PROOF_SEED, orders.max(1), cut);
                asked += found.asked(world.workload.tasks());
                match found {
                    Fill::Fails { outcome, .. } => {
                        let pending =
                            |&item: &usize| outcome.pending_of[self.kinds.services[item]] > 0;
                        let lacks = (0..self.kinds.services.len()).find(pending);
                        return (lacks.map_or(Proof::Cut, Proof::Lacks), asked);
                    }
                    Fill::Whole { orders: 0 } => return (Proof::Cut, asked),
                    Fill::Whole { .. } => {}
                }
            }
        }
        (Proof::Whole, asked)
    }

    fn has_odd_instances(&self, candidate: &Candidate) -> bool {
        (candidate.groups.iter()).any(|group| {
            let zones = self.kinds.offerings[group.kind].len() as u64;
            !group.instances.is_multiple_of(zones)
        })
    }

    /// Zone of every host, by position among the cluster's.
    fn zones_of(&self, world: &World) -> Vec<Option<usize>> {
        let zones = &self.input.cluster.zones;
        (world.hosts.iter())
            .map(|host| {
                let label = host.host.availability_zone.as_deref();
                zones.iter().position(|zone| Some(zone.label()) == label)
            })
            .collect()
    }

    /// Tasks that would have to move for every service to be even over its zones.
    fn add_uneven(&self, state: &State<'_>, zones: &[Option<usize>], tasks: &mut [u64]) {
        let all = self.input.cluster.zones.len();
        let mut counts = vec![vec![0_u64; all]; state.world().workload.classes.len()];
        for id in state.present() {
            if let Some(zone) = zones[state.host(id)] {
                for &(class, count) in state.classes_on(id) {
                    counts[class as usize][zone] += u64::from(count);
                }
            }
        }
        for (item, even_over) in self.kinds.even_over.iter().enumerate() {
            let Some(own) = even_over else { continue };
            let counts = &counts[self.kinds.services[item]];
            let there: u64 = own.iter().map(|&zone| counts[zone]).sum();
            let fair = there.div_ceil(own.len().max(1) as u64);
            let least = there / own.len().max(1) as u64;
            let over: u64 = own
                .iter()
                .map(|&zone| counts[zone].saturating_sub(fair))
                .sum();
            let under: u64 = own
                .iter()
                .map(|&zone| least.saturating_sub(counts[zone]))
                .sum();
            tasks[item] += over.max(under);
        }
    }

    /// Tasks whose rules on task groups hold no longer: ECS looks at them when a task starts, never after.
    fn add_with_partners(&self, state: &State<'_>, tasks: &mut [u64]) {
        let classes = &state.world().workload.classes;
        if classes.iter().all(|class| class.rules.is_empty()) {
            return;
        }
        for id in state.present() {
            let there = state.classes_on(id);
            let daemons = &state.world().hosts[state.host(id)].daemons;
            let has = |group: u32, but: u32| {
                let tasks = there.iter().filter(|(class, _)| *class != but);
                tasks
                    .map(|(class, _)| *class as usize)
                    .chain(daemons.iter().copied())
                    .any(|class| classes[class].group == group)
            };
            for &(class, count) in there {
                let broken = classes[class as usize].rules.iter().any(|rule| {
                    let meets = rule.groups.iter().any(|&group| has(group, class));
                    meets != rule.together
                });
                let service = classes[class as usize].service;
                let item = self
                    .kinds
                    .services
                    .iter()
                    .position(|known| *known == service);
                if let Some(item) = item.filter(|_| broken) {
                    tasks[item] += u64::from(count);
                }
            }
        }
    }

    /// Tasks beyond what a Spot pool may hold.
    fn add_crowded(&self, state: &State<'_>, tasks: &mut [u64]) {
        let most = self.kinds.few.most_in_pool;
        if most >= self.tasks {
            return;
        }
        let mut pools: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
        let mut last = BTreeMap::new();
        for id in state.present() {
            let host = &state.world().hosts[state.host(id)].host;
            if host.purchase_option.may_be_reclaimed() {
                let key = (
                    host.instance_type.as_str(),
                    host.availability_zone.as_deref(),
                );
                for &(class, count) in state.classes_on(id) {
                    *pools.entry(key).or_default() += u64::from(count);
                    last.insert(key, class as usize);
                }
            }
        }
        for (key, count) in pools {
            let item = (self.kinds.services.iter()).position(|service| *service == last[&key]);
            if let Some(item) = item {
                tasks[item] += count.saturating_sub(most);
            }
        }
    }
}

/// Name of a candidate's group: sorted, names are in the order of the groups.
fn provider(index: usize) -> String {
    format!("{index:03}")
}

fn host(offering: &Offering, catalogue: &Catalogue, trunking: bool, provider: &str) -> Host {
    let known = catalogue.instance_type(&offering.instance_type);
    Host {
        instance_type: offering.instance_type.clone(),
        availability_zone: offering.availability_zone.clone(),
        capacity_provider: Some(provider.to_owned()),
        purchase_option: offering.purchase_option,
        attributes: offering.attributes.clone(),
        registered: offering.registered,
        reserved_ports: offering.ports.reserved.clone(),
        attachments: Attachments::of(known, trunking),
        usd_per_hour: offering.usd_per_hour,
    }
}
