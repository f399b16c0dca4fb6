//! Bounds that today's nodes of Kubernetes refute.
//!
//! A bound says that no fleet of this policy that runs the planned pods costs less. Today's nodes are such a fleet, and their cost is no
//! less than any bound that holds, where all of this is so:
//!
//! ```text
//! pods      of each workload at least as many run on nodes of the file as are planned, and ask for no less than the bound counts: a fleet
//!           that runs more runs these too. Each daemon that the bound counts runs on every node whose own labels and taints it matches
//! nodes     each is an offering of the policy: its type, its zone and its way of buying, at the price that is planned with. All nodes of the
//!           file count, those on which no pod stands too
//! policy    asks nothing of a fleet that today's nodes may lack: no headroom, no share or number of pods off Spot, no spread, no room for
//!           losses, no reserved amounts, no taints of new nodes, no fewer pods on a node, and of nodes and types no other number
//! file      leaves out nothing that may run on these nodes in place of what is planned, and gives no cost of today's by itself
//! ```
//! A bound above that cost is then too high, whatever the reason: a rule of the file is read more strictly than the cluster holds it, or a new
//! node with less room than today's. Which, nobody has looked at, and no bound is claimed. Where any of this is not so, a bound above
//! today's cost may be right, and stands.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{Cluster, ContainerInstance};
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::{FleetPlan, PlanStatus, Warning};
use crate::domain::policy::{KeepInstances, Policy, ZoneSpread};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::Service;
use crate::formulate::offering::{Offering, Offerings};

/// Takes back a bound that today's nodes refute; `counted` is the cluster as the bound reads it.
pub(super) fn withdraw(plan: &mut FleetPlan, counted: &Cluster, catalogue: &Catalogue) {
    let Some(bound) = plan.cost.bound_usd_per_hour else {
        return;
    };
    // Offerings are worked out for nothing where today costs no less.
    let is_above = (plan.cost.current_usd_per_hour).is_some_and(|today| bound > today);
    if !is_above || plan.leaves_out_what_runs() {
        return;
    }
    let Some(today) = cost_of_witness(counted, catalogue).filter(|today| bound > *today) else {
        return;
    };
    plan.cost.bound_usd_per_hour = None;
    let total = plan.cost.usd_per_hour;
    plan.cost.set_realised(total);
    if plan.status == PlanStatus::Optimal {
        plan.status = PlanStatus::Feasible;
    }
    plan.warnings.push(Warning::BoundAboveToday {
        bound_usd_per_hour: bound,
        today_usd_per_hour: today,
    });
}

/// What today's nodes cost, where they are a fleet of this policy that runs all planned pods.
fn cost_of_witness(cluster: &Cluster, catalogue: &Catalogue) -> Option<UsdPerHour> {
    let nodes: Vec<&ContainerInstance> = (cluster.container_instances.iter())
        .filter(|node| node.is_billed())
        .collect();
    if cluster.deployed.bill.is_some()
        || !asks_nothing_more(&cluster.policy, &nodes)
        || !all_run(cluster)
    {
        return None;
    }
    let offerings = Offerings::new(cluster, catalogue).ok()?;
    let refused = (offerings.without_room_for_daemons.iter()).map(|(offering, _)| offering);
    let known: BTreeMap<(&str, Capacity, Option<&str>), &Offering> =
        (offerings.usable.iter().chain(refused))
            .filter(|offering| offering.existing.is_none())
            .map(|offering| {
                let zone = offering.availability_zone.as_deref();
                let of_type = offering.instance_type.as_str();
                ((of_type, offering.purchase_option, zone), offering)
            })
            .collect();
    let mut total = UsdPerHour::ZERO;
    for node in nodes {
        let zone = match node.availability_zone.as_deref() {
            _ if cluster.zones.is_empty() => None,
            name => Some(cluster.zone(name?)?.label()),
        };
        let key = (node.instance_type.as_str(), node.capacity(), zone);
        let offering = known.get(&key)?;
        // Such a node takes other pods only beside one that needs its devices, and no more pods than the policy says.
        let takes_more = node
            .registered
            .pods
            .is_none_or(|own| own > offering.registered.enis);
        if offering.accelerated || (cluster.policy.states_pods_of_nodes() && takes_more) {
            return None;
        }
        total += offering.usd_per_hour;
    }
    Some(total)
}

/// Whether all that is planned runs on the nodes of the file.
fn all_run(cluster: &Cluster) -> bool {
    let mut of_wholes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for service in &cluster.services {
        let Some(on_nodes) = service.pod.as_ref().and_then(|pod| pod.on_nodes.as_ref()) else {
            return false;
        };
        if service.is_daemon() {
            let runs = |node: &ContainerInstance| on_nodes.contains_key(&node.id);
            let mut there = (cluster.container_instances.iter()).filter(|it| matches(service, it));
            if !there.all(runs) {
                return false;
            }
            continue;
        }
        let name = service.whole().map_or(&service.name, |whole| &whole.name);
        let (planned, run) = of_wholes.entry(name).or_default();
        *planned += cluster.planned_count(service);
        *run = on_nodes.values().sum();
    }
    of_wholes.values().all(|(planned, run)| planned <= run)
}

/// Whether a daemon belongs on a node, by what that has.
fn matches(daemon: &Service, node: &ContainerInstance) -> bool {
    daemon.constraints().all(|constraint| match constraint {
        PlacementConstraint::MemberOf(rule) => rule.evaluate(&node.attributes),
        PlacementConstraint::DistinctInstance | PlacementConstraint::TaskGroup(_) => true,
    })
}

/// Whether the policy asks for nothing that these nodes may lack. What it says of types, zones and ways of buying the offerings obey, and what
/// it says of prices they have; numbers of pods are compared by themselves.
fn asks_nothing_more(policy: &Policy, nodes: &[&ContainerInstance]) -> bool {
    let Policy {
        on_demand_base,
        spot_max_share,
        spot_max_share_per_pool,
        max_share_on_instance,
        zone_spread,
        survive_zone_loss,
        survive_instance_loss,
        headroom_percent,
        keep_instances,
        max_instances,
        min_instances,
        max_instance_types,
        reserved_cpu,
        reserved_memory,
        tolerated_taints,
        // Of these the offerings take care.
        allowed_instance_types: _,
        excluded_instance_types: _,
        current_generation_only: _,
        bare_metal: _,
        burstable: _,
        accelerators: _,
        purchase_options: _,
        max_interruption: _,
        min_vcpus: _,
        max_vcpus: _,
        memory_overhead: _,
        root_volume_gib: _,
        instance_usd_per_hour: _,
        credit_usd_per_vcpu_hour: _,
        savings_plan_discount: _,
        prefix_delegation: _,
        max_pods: _,
        // By which count is planned, the counts say; the rest is of spreads, or of ECS.
        count_basis: _,
        on_demand_zones: _,
        fargate: _,
        managed_instances: _,
        deployment_surge: _,
        max_capacity_providers: _,
        deterministic_routing: _,
        eni_trunking: _,
    } = policy;
    let number = nodes.len() as u64;
    let types: BTreeSet<&str> = nodes.iter().map(|it| it.instance_type.as_str()).collect();
    let has_spot = (nodes.iter()).any(|node| node.capacity().may_be_reclaimed());
    let takes_any_spot = *on_demand_base == 0
        && *spot_max_share == Decimal::ONE
        && *spot_max_share_per_pool == Decimal::ONE;
    (takes_any_spot || !has_spot)
        && *max_share_on_instance == Some(Decimal::ONE)
        && *zone_spread != Some(ZoneSpread::Even)
        && !survive_zone_loss
        && !survive_instance_loss
        && *headroom_percent == Decimal::ZERO
        && *keep_instances == KeepInstances::None
        && (*min_instances..=*max_instances).contains(&number)
        && max_instance_types.is_none_or(|most| types.len() as u64 <= most)
        && *reserved_cpu == CpuUnits::ZERO
        && *reserved_memory == MemoryMib::ZERO
        && tolerated_taints.is_empty()
}

#[cfg(test)]
mod tests;
