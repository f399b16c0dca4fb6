//! What the plan itself tells: the bill by service, and what is full on each type.

use std::collections::BTreeMap;

use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan, PlannedInstances, TrunkingTried};

use super::explanation::{Binding, LeftOut, ServiceShare};

/// Each service's part of the bill.
pub(super) fn services(plan: &FleetPlan) -> Vec<ServiceShare> {
    (plan.services.iter())
        .map(|service| ServiceShare {
            service_name: service.service_name.clone(),
            tasks: service.desired_count,
            usd_per_hour: service.usd_per_hour,
            marginal_usd_per_task_hour: service.marginal_usd_per_task_hour,
        })
        .collect()
}

/// What the plan says that ENI trunking would give.
pub(super) fn trunking(plan: &FleetPlan) -> Option<TrunkingTried> {
    (plan.assumptions.iter()).find_map(|said| match said {
        Assumption::TrunkingTried { tried } => Some(*tried),
        _ => None,
    })
}

/// What the plan leaves without a place.
pub(super) fn left_out(plan: &FleetPlan) -> Vec<LeftOut> {
    (plan.unplaced.iter())
        .map(|left| LeftOut {
            service_name: left.service_name.clone(),
            count: left.count,
        })
        .collect()
}

/// CPU, memory, interfaces and GPUs that are taken and there, over the instances of a type.
type Amounts = [(u64, u64); 4];

/// Names of amounts; nodes of Kubernetes have pods in place of network interfaces.
fn names(cluster: &Cluster) -> [&'static str; 4] {
    let third = if cluster.is_kubernetes() {
        "pods"
    } else {
        "enis"
    };
    ["cpu", "memory", third, "gpus"]
}

/// What is full on the instances of each type, the type with most instances first.
pub(super) fn bindings(cluster: &Cluster, plan: &FleetPlan) -> Vec<Binding> {
    let mut by_type: BTreeMap<(&str, Capacity), (u64, Amounts)> = BTreeMap::new();
    for row in &plan.instances {
        let entry = by_type
            .entry((&row.instance_type, row.purchase_option))
            .or_default();
        entry.0 += row.count;
        for (sum, one) in entry.1.iter_mut().zip(amounts(cluster, row)) {
            sum.0 = sum.0.saturating_add(one.0.saturating_mul(row.count));
            sum.1 = sum.1.saturating_add(one.1.saturating_mul(row.count));
        }
    }
    let names = names(cluster);
    let mut bindings: Vec<Binding> = (by_type.into_iter())
        .map(|((instance_type, purchase_option), (count, amounts))| {
            let used: BTreeMap<&'static str, f64> = (names.into_iter().zip(amounts))
                .filter(|(_, (_, offered))| *offered > 0)
                .map(|(name, (taken, offered))| (name, taken as f64 / offered as f64))
                .collect();
            let binds = names.into_iter().filter(|name| used.contains_key(name));
            let binds = binds.max_by(|a, b| used[a].total_cmp(&used[b]).then(b.cmp(a)));
            Binding {
                instance_type: instance_type.to_owned(),
                purchase_option,
                count,
                binds: binds.unwrap_or("cpu"),
                may_have_trunks: !cluster.policy.eni_trunking,
                used,
            }
        })
        .collect();
    bindings.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then(a.instance_type.cmp(&b.instance_type))
    });
    bindings
}

/// Taken and there on one instance.
fn amounts(cluster: &Cluster, row: &PlannedInstances) -> Amounts {
    let mut taken = [
        cluster.policy.reserved_cpu.get(),
        cluster.policy.reserved_memory.get(),
        0,
        0,
    ];
    for (name, &tasks) in &row.tasks {
        let Some(service) = cluster
            .services
            .iter()
            .find(|service| service.name == *name)
        else {
            continue;
        };
        let one = service.task.resources();
        let each = [
            one.cpu.get(),
            one.memory.get(),
            one.enis.get(),
            one.gpus.get(),
        ];
        for (sum, each) in taken.iter_mut().zip(each) {
            *sum = sum.saturating_add(each.saturating_mul(tasks));
        }
    }
    let there = row.registered;
    let third = there.pods.unwrap_or(there.enis);
    let there = [there.cpu, there.memory_mib, third, there.gpus];
    [0, 1, 2, 3].map(|index| (taken[index], there[index]))
}
