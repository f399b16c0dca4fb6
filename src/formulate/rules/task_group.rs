//! `task:group`: tasks that must, or must not, share an instance with tasks of other groups.
//!
//! A conflict between items `a` and `b` says `a_a = 0 ∨ a_b = 0`; an affinity of `a` to any of `J` says
//! `a_a = 0 ∨ a_j ≥ 1` for some `j ∈ J`. Both are disjunctions over the content of one bin, so a bin type becomes
//! several: one for each way of settling every disjunction, by leaving items out or by requiring one. Variants
//! of a bin type cost the same and share its limits. At most `n_j` bins can require item `j`.

use std::collections::BTreeSet;

use crate::domain::cluster::Cluster;
use crate::domain::placement::{PlacementConstraint, TaskGroupRule};
use crate::domain::service::Service;

use crate::domain::plan::FailedTest as Failed;

/// Most variants of one bin type.
const MOST_VARIANTS: usize = 64;

/// A way of settling every disjunction on one offering.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// Services left out, by position in the cluster.
    pub without: BTreeSet<usize>,
    /// A service of which at least one task is there.
    pub requires: Option<usize>,
}

impl Variant {
    /// With a task of the service, and nothing left out.
    pub const fn requiring(service: usize) -> Self {
        Self {
            without: BTreeSet::new(),
            requires: Some(service),
        }
    }
}

/// A service's rules on task groups.
pub fn rules(service: &Service) -> impl Iterator<Item = &TaskGroupRule> {
    service
        .constraints()
        .filter_map(|constraint| match constraint {
            PlacementConstraint::TaskGroup(rule) => Some(rule),
            _ => None,
        })
}

/// Whether some service has such a rule.
pub fn any(cluster: &Cluster) -> bool {
    (cluster.services.iter()).any(|service| rules(service).next().is_some())
}

/// Whether a conflict with its own group keeps the service's tasks apart.
pub fn excludes_itself(service: &Service) -> bool {
    let own = service.task_group();
    rules(service).any(|rule| !rule.together && rule.groups.contains(&own))
}

/// Fails for a conflict with one of an instance's daemons, by position in the cluster, and for an affinity to groups of which no task can
/// ever be there: neither a daemon's, nor its own, nor one of `others`.
pub fn test(
    cluster: &Cluster,
    service: &Service,
    daemons: &[usize],
    others: &dyn Fn(&str) -> bool,
) -> Vec<Failed> {
    let daemons: BTreeSet<String> = (daemons.iter())
        .map(|&daemon| cluster.services[daemon].task_group())
        .collect();
    let own = service.task_group();
    rules(service)
        .filter(|rule| {
            let beside_daemon = rule.groups.iter().any(|group| daemons.contains(group));
            if rule.together {
                let possible = rule
                    .groups
                    .iter()
                    .any(|group| *group == own || others(group));
                !beside_daemon && !possible
            } else {
                beside_daemon
            }
        })
        .map(|rule| Failed::TaskGroup {
            expression: rule.source.clone(),
        })
        .collect()
}

/// All variants of an offering with these daemons for the services that could run there; the second value is `false` when
/// there are more than can be listed, or when one would need two required items. Where one of the services
/// `required` must be there, each variant requires one of them.
pub fn variants(
    cluster: &Cluster,
    daemons: &[usize],
    there: &[usize],
    required: Option<&[usize]>,
) -> (Vec<Variant>, bool) {
    let mut settled = BTreeSet::new();
    let mut complete = true;
    let mut open = match required {
        Some(services) => (services.iter().copied()).map(Variant::requiring).collect(),
        None => vec![Variant {
            without: BTreeSet::new(),
            requires: None,
        }],
    };
    while let Some(variant) = open.pop() {
        if settled.len() + open.len() >= MOST_VARIANTS {
            complete = false;
            break;
        }
        match unsettled(cluster, daemons, there, &variant) {
            None => {
                settled.insert(variant);
            }
            Some(disjunction) => {
                let (ways, all) = settle(&variant, &disjunction);
                complete &= all;
                open.extend(ways);
            }
        }
    }
    (settled.into_iter().collect(), complete)
}

/// Something about a content that is not settled yet.
enum Disjunction {
    /// Not both of these services.
    Conflict(usize, usize),
    /// Not the first without any of the others.
    Affinity(usize, Vec<usize>),
}

fn unsettled(
    cluster: &Cluster,
    daemons: &[usize],
    there: &[usize],
    variant: &Variant,
) -> Option<Disjunction> {
    let present: Vec<usize> = (there.iter().copied())
        .filter(|service| !variant.without.contains(service))
        .collect();
    let in_groups = |service: usize, rule: &TaskGroupRule| {
        rule.groups
            .contains(&cluster.services[service].task_group())
    };
    for &service in &present {
        for rule in rules(&cluster.services[service]) {
            let others = || present.iter().copied().filter(|&other| other != service);
            if !rule.together {
                if let Some(other) = others().find(|&other| in_groups(other, rule)) {
                    return Some(Disjunction::Conflict(service, other));
                }
                continue;
            }
            let daemon = daemons.iter().any(|&daemon| in_groups(daemon, rule));
            let required = variant
                .requires
                .is_some_and(|required| in_groups(required, rule));
            if !daemon && !required && !in_groups(service, rule) {
                let others = others().filter(|&other| in_groups(other, rule)).collect();
                return Some(Disjunction::Affinity(service, others));
            }
        }
    }
    None
}

/// The ways of settling a disjunction; `false` when one of them cannot be written down.
fn settle(variant: &Variant, disjunction: &Disjunction) -> (Vec<Variant>, bool) {
    let mut ways = Vec::new();
    let mut complete = true;
    let mut leave_out = |service: usize| {
        if variant.requires != Some(service) {
            let mut way = variant.clone();
            way.without.insert(service);
            ways.push(way);
        }
    };
    match disjunction {
        Disjunction::Conflict(a, b) => {
            leave_out(*a);
            leave_out(*b);
        }
        Disjunction::Affinity(service, others) => {
            leave_out(*service);
            if variant.requires.is_none() {
                ways.extend(others.iter().map(|&other| Variant {
                    requires: Some(other),
                    ..variant.clone()
                }));
            } else {
                complete = others.is_empty();
            }
        }
    }
    (ways, complete)
}
