//! Exhaustive search: every way to place the pods of a tiny cluster, and what the cheapest costs.
//!
//! It knows the clusters as they are drawn, and nothing of the crate but prices. Each placement is looked at in three ways at
//! once: as the packing has to obey the rules, as the bound counts them, and as Kubernetes and the policy hold them, on
//! nodes as roomy as any of EKS. No bound may be above the cheapest of the last.

use std::collections::BTreeMap;

use bayplan::catalogue::Catalogue;
use rust_decimal::Decimal;

use super::tiny::{Kind, TYPES, Tiny, ZONES};

/// How rules and amounts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Packing,
    Bound,
    Kubernetes,
}

const READINGS: [Reading; 3] = [Reading::Packing, Reading::Bound, Reading::Kubernetes];

/// Prices by type, On-Demand and Spot.
pub struct Prices([[Decimal; 4]; 2]);

impl Prices {
    pub fn of(catalogue: &Catalogue) -> Self {
        let on_demand = TYPES.map(|it| {
            let price = catalogue.on_demand_price(it.0).expect("a price");
            price.usd_per_hour.amount().round_dp(8)
        });
        let spot = TYPES.map(|it| {
            let price = catalogue.spot_price(it.0, None).expect("a Spot price");
            price.usd_per_hour.amount().round_dp(8)
        });
        Self([on_demand, spot])
    }
}

/// What the cheapest placement costs; `None` where there is none.
#[derive(Debug, Default)]
pub struct Cheapest {
    pub packing: Option<Decimal>,
    pub bound: Option<Decimal>,
    pub kubernetes: Option<Decimal>,
}

/// A pod: its kind, and the zone in which its volume holds it.
type Pod = (usize, Option<&'static str>);

/// A node: its zone, whether it is Spot, and its pods by kind and by whether a volume holds them.
#[derive(Debug, Clone)]
struct Node {
    zone: usize,
    spot: bool,
    pods: Vec<u64>,
    held: Vec<u64>,
}

/// Searches all placements.
pub fn cheapest(tiny: &Tiny, prices: &Prices) -> Cheapest {
    let pods: Vec<Pod> = (tiny.kinds.iter().enumerate())
        .flat_map(|(place, kind)| {
            let placed = placed(tiny, kind).into_iter();
            placed.map(move |zone| (place, zone))
        })
        .collect();
    let mut search = Search {
        tiny,
        prices,
        best: [None; 3],
    };
    search.assign(&pods, &mut Vec::new());
    let [packing, bound, kubernetes] = search.best;
    Cheapest {
        packing,
        bound,
        kubernetes,
    }
}

/// Pods of a kind that ever run, with the zones of their volumes: those beyond one a zone stay pending.
fn placed(tiny: &Tiny, kind: &Kind) -> Vec<Option<&'static str>> {
    let planned = (kind.count * (100 + tiny.headroom)).div_ceil(100);
    let mut all = kind.volumes.clone();
    all.resize(usize::try_from(planned).expect("a few"), None);
    if !kind.one_a_zone {
        return all;
    }
    let mut held: Vec<Option<&str>> = all.iter().copied().flatten().map(Some).collect();
    held.sort_unstable();
    held.dedup();
    let usable = (ZONES.iter()).filter(|zone| kind.zone.is_none_or(|it| it == **zone));
    let open = usable.filter(|zone| !held.contains(&Some(**zone))).count();
    let open = open - usize::from(kind.on_fargate.is_some());
    let free = all.iter().filter(|it| it.is_none()).count();
    held.extend(std::iter::repeat_n(None, free.min(open)));
    held
}

struct Search<'t> {
    tiny: &'t Tiny,
    prices: &'t Prices,
    best: [Option<Decimal>; 3],
}

impl Search<'_> {
    /// Every way to put the next pod on a node that there is, or on a new one of either zone, bought either way.
    fn assign(&mut self, pods: &[Pod], nodes: &mut Vec<Node>) {
        let Some((&(kind, held_in), rest)) = pods.split_first() else {
            self.take(nodes);
            return;
        };
        let is_open = |zone: usize| held_in.is_none_or(|it| it == ZONES[zone]);
        let held = u64::from(held_in.is_some());
        for place in 0..nodes.len() {
            if !is_open(nodes[place].zone) {
                continue;
            }
            nodes[place].pods[kind] += 1;
            nodes[place].held[kind] += held;
            if self.price(&nodes[place], Reading::Bound).is_some() {
                self.assign(rest, nodes);
            }
            nodes[place].pods[kind] -= 1;
            nodes[place].held[kind] -= held;
        }
        let ways: &[bool] = if self.tiny.on_demand.is_some() {
            &[false, true]
        } else {
            &[false]
        };
        for zone in (0..ZONES.len()).filter(|&zone| is_open(zone)) {
            for &spot in ways {
                let mut node = Node {
                    zone,
                    spot,
                    pods: vec![0; self.tiny.kinds.len()],
                    held: vec![0; self.tiny.kinds.len()],
                };
                node.pods[kind] = 1;
                node.held[kind] = held;
                if self.price(&node, Reading::Bound).is_some() {
                    nodes.push(node);
                    self.assign(rest, nodes);
                    nodes.pop();
                }
            }
        }
    }

    /// Keeps a placement where it is the cheapest so far.
    fn take(&mut self, nodes: &[Node]) {
        for (place, reading) in READINGS.into_iter().enumerate() {
            if reading == Reading::Kubernetes && self.tiny.kinds.iter().any(asks_which_nodes) {
                self.take_with_types(nodes, &mut Vec::new(), Decimal::ZERO);
                continue;
            }
            let cost: Option<Decimal> = nodes.iter().map(|it| self.price(it, reading)).sum();
            if let Some(cost) = cost
                && self.best[place].is_none_or(|known| cost < known)
                && self.is_allowed(nodes, reading)
            {
                self.best[place] = Some(cost);
            }
        }
    }

    /// The same as Kubernetes holds it where it counts nodes by what they are: every choice of type and taint for the next node.
    fn take_with_types(&mut self, nodes: &[Node], chosen: &mut Vec<Chosen>, cost: Decimal) {
        let place = READINGS.len() - 1;
        if self.best[place].is_some_and(|known| cost >= known) {
            return;
        }
        let Some(node) = nodes.get(chosen.len()) else {
            if self.is_allowed(nodes, Reading::Kubernetes)
                && (self.tiny.kinds.iter().enumerate())
                    .all(|(at, kind)| is_spread_over_its_nodes(kind, at, nodes, chosen))
            {
                self.best[place] = Some(cost);
            }
            return;
        };
        let prices = &self.prices.0[usize::from(node.spot)];
        let tolerated = (self.tiny.kinds.iter().zip(&node.pods))
            .all(|(kind, &count)| kind.tolerates || count == 0);
        for (of_type, price) in prices.iter().enumerate() {
            if !self.fits(node, of_type, Reading::Kubernetes) {
                continue;
            }
            for tainted in [false, true] {
                if tainted && !(self.tiny.tainted_pool && tolerated) {
                    continue;
                }
                let architecture = TYPES[of_type].3;
                chosen.push(Chosen {
                    architecture,
                    tainted,
                });
                self.take_with_types(nodes, chosen, cost + price);
                chosen.pop();
            }
        }
    }

    /// What the rules on zones and on the way of buying say.
    fn is_allowed(&self, nodes: &[Node], reading: Reading) -> bool {
        (self.tiny.kinds.iter().enumerate()).all(|(place, kind)| {
            is_spread(kind, place, nodes, reading) && self.is_firm(place, nodes, reading)
        })
    }

    /// Whether enough pods of a kind are On-Demand, of the whole kind.
    fn is_firm(&self, kind: usize, nodes: &[Node], reading: Reading) -> bool {
        let Some((base, percent)) = self.tiny.on_demand else {
            return true;
        };
        let least = |count: u64| base.max((count * percent).div_ceil(100)).min(count);
        let own = |of: &dyn Fn(&Node) -> u64| -> (u64, u64) {
            let all = nodes.iter().map(of).sum();
            let firm = nodes.iter().filter(|it| !it.spot).map(of).sum();
            (all, firm)
        };
        let mut parts = vec![own(&|it| it.pods[kind] - it.held[kind])];
        for zone in 0..ZONES.len() {
            parts.push(own(&|it| u64::from(it.zone == zone) * it.held[kind]));
        }
        let (all, firm) = own(&|it| it.pods[kind]);
        match reading {
            Reading::Kubernetes => firm >= least(all),
            Reading::Packing => {
                // The parts by their names: those without a volume first.
                let mut before = 0;
                parts.iter().all(|&(part, firm)| {
                    let own = least(all).saturating_sub(before).min(part);
                    before += part;
                    firm >= own
                })
            }
            Reading::Bound => {
                (parts.iter()).all(|&(part, firm)| firm >= least(all).saturating_sub(all - part))
            }
        }
    }

    /// The price of the cheapest type that holds the pods of a node.
    fn price(&self, node: &Node, reading: Reading) -> Option<Decimal> {
        let prices = &self.prices.0[usize::from(node.spot)];
        (0..TYPES.len())
            .filter(|&of_type| self.fits(node, of_type, reading))
            .map(|of_type| prices[of_type])
            .min()
    }

    /// Whether a node of a type holds its pods beside its daemon.
    fn fits(&self, node: &Node, of_type: usize, reading: Reading) -> bool {
        let tiny = self.tiny;
        let (_, vcpus, _, architecture) = TYPES[of_type];
        // 60 of the first core, 10 of the second, 5 of each of the next two.
        let cpu = 1000 * vcpus - if vcpus == 2 { 70 } else { 80 };
        let (mut used_cpu, mut used_memory, mut pods) = (0, 0, 0);
        if let Some((millis, mib)) = tiny.daemon {
            (used_cpu, used_memory, pods) = (millis, mib, 1);
        }
        let mut ports: BTreeMap<u64, u64> = BTreeMap::new();
        for (kind, &count) in (tiny.kinds.iter().zip(&node.pods)).filter(|(_, count)| **count > 0) {
            used_cpu += kind.millis * count;
            used_memory += kind.mib * count;
            pods += count;
            if let Some(port) = kind.port {
                *ports.entry(port).or_default() += count;
            }
            let alone = kind.alone && !kind.alone_without_label;
            let single = alone || (kind.spread && reading == Reading::Packing);
            let apart = kind.keeps_from.is_some_and(|other| node.pods[other] > 0);
            if (single && count > 1)
                || apart
                || kind.architecture.is_some_and(|it| it != architecture)
                || kind.zone.is_some_and(|it| it != ZONES[node.zone])
                || kind.spot.is_some_and(|it| it != node.spot)
                || (tiny.tainted && !kind.tolerates)
            {
                return false;
            }
        }
        used_cpu <= cpu
            && used_memory <= memory(tiny, of_type, reading)
            && pods <= tiny.max_pods
            && ports.values().all(|&it| it <= 1)
    }
}

/// Memory that the kubelet leaves on a type.
fn memory(tiny: &Tiny, of_type: usize, reading: Reading) -> u64 {
    let (_, vcpus, nominal, _) = TYPES[of_type];
    // Bottlerocket keeps memory for the pods that are stated, Amazon Linux for those that AWS publishes.
    let published = if vcpus == 2 { 29 } else { 58 };
    let usual = |pods: u64| nominal - 255 - 11 * pods - 100;
    if reading == Reading::Packing {
        let shown = tiny.poor_node.filter(|_| of_type == 0);
        shown.unwrap_or_else(|| usual(published))
    } else {
        usual(tiny.max_pods)
    }
}

/// What a node is beside its zone and the way in which it is bought.
struct Chosen {
    architecture: &'static str,
    tainted: bool,
}

/// Whether Kubernetes counts for a kind which nodes there are.
const fn asks_which_nodes(kind: &Kind) -> bool {
    kind.spread || kind.even
}

/// Whether the pods of a kind are spread over the nodes, and the zones of the nodes, that they may use, as Kubernetes counts them.
fn is_spread_over_its_nodes(kind: &Kind, place: usize, nodes: &[Node], chosen: &[Chosen]) -> bool {
    if !asks_which_nodes(kind) {
        return true;
    }
    let is_eligible = |(node, chosen): &(&Node, &Chosen)| {
        kind.architecture.is_none_or(|it| it == chosen.architecture)
            && kind.zone.is_none_or(|it| it == ZONES[node.zone])
            && kind.spot.is_none_or(|it| it == node.spot)
            && !(kind.honours && chosen.tainted && !kind.tolerates)
    };
    let mut of_zones: BTreeMap<usize, u64> = BTreeMap::new();
    let mut of_nodes = Vec::new();
    for (node, _) in nodes.iter().zip(chosen).filter(is_eligible) {
        *of_zones.entry(node.zone).or_default() += node.pods[place];
        of_nodes.push(node.pods[place]);
    }
    let is_even = |counts: &mut dyn Iterator<Item = u64>| {
        let counts: Vec<u64> = counts.collect();
        let most = counts.iter().max().copied().unwrap_or(0);
        most - counts.iter().min().copied().unwrap_or(0) <= 1
    };
    (!kind.spread || is_even(&mut of_nodes.into_iter()))
        && (!kind.even || is_even(&mut of_zones.into_values()))
}

/// Whether the pods of a kind stand in zones as their rules ask; Kubernetes counts the one on Fargate. Of a spread it counts the zones of nodes
/// that a kind may use: the packing spreads over all zones, the bound over none.
fn is_spread(kind: &Kind, place: usize, nodes: &[Node], reading: Reading) -> bool {
    let looked_at = kind.on_fargate.is_none() || reading == Reading::Kubernetes;
    let even = kind.even && looked_at && reading == Reading::Packing;
    if !even && !kind.one_a_zone {
        return true;
    }
    let counts: Vec<u64> = (0..ZONES.len())
        .filter(|&zone| kind.zone.is_none_or(|it| it == ZONES[zone]))
        .map(|zone| {
            let here = nodes.iter().filter(|it| it.zone == zone);
            let on_fargate = looked_at && kind.on_fargate == Some(ZONES[zone]);
            here.map(|it| it.pods[place]).sum::<u64>() + u64::from(on_fargate)
        })
        .collect();
    let most = counts.iter().max().copied().unwrap_or(0);
    let least = counts.iter().min().copied().unwrap_or(0);
    !(even && most - least > 1 || kind.one_a_zone && most > 1)
}
