//! Clusters of Kubernetes: the ideal packing and the bound, and nothing that acts.
//!
//! What bounds the cost of every fleet that Kubernetes accepts must not ask for more than Kubernetes does. Where sizes and
//! rules are read in two ways ([`Cluster::for_bound`]), the bound is that of the looser reading and the packing obeys the
//! stricter one: two plans, of which one gives its bound.

use crate::catalogue::Catalogue;
use crate::catalogue::offered::{bill_of_today, part_of_today};
use crate::check::certify;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{
    Assumption, FleetPlan, PlanStatus, PlannedInstances, Reason, Unplaced, UnpricedType, Warning,
};
use crate::domain::service::Service;
use crate::formulate::offering::has_rooms_apart;
use crate::optimize::listener::Listener;
use crate::optimize::stop::{Share, Stop};

use super::giving_way::giving_way;
use super::options::{PlanError, PlanOptions, Planned};
use super::plan::plan_once;
use super::refuted;
use super::today::NoToday;

/// Plans a cluster of Kubernetes.
///
/// # Errors
/// As [`super::plan`]; and where something is asked for that needs the scheduler of ECS.
pub(super) fn plan(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    if options.moves.is_some() {
        return Err(PlanError::OfEcs("--max-moves and --moves"));
    }
    if options.min_availability.is_some() {
        return Err(PlanError::OfEcs("--min-availability"));
    }
    let options = PlanOptions {
        ideal: true,
        rehearses: false,
        ..*options
    };
    let given_way = giving_way(cluster, catalogue)?;
    let cluster = given_way.as_ref().unwrap_or(cluster);
    let looser = cluster.for_bound().filter(|looser| {
        cluster.has_pods_in_two_ways() || has_rooms_apart(cluster, looser, catalogue)
    });
    let Some(looser) = looser else {
        let planned = plan_once(cluster, catalogue, &options, stop, listener)?;
        return finished(cluster, catalogue, planned, |plan| {
            refuted::withdraw(plan, cluster, catalogue);
        });
    };
    let half = Share::new(stop, 1, 2);
    let planned = plan_once(cluster, catalogue, &options, &half, listener)?;
    let of_bound = PlanOptions {
        warm_start: None,
        columns: None,
        proof: false,
        ..options
    };
    let bounding = plan_once(&looser, catalogue, &of_bound, stop, listener)?;
    let work = planned.work + bounding.work;
    let bounding = bounding.plan.into_plan();
    let mut planned = finished(cluster, catalogue, planned, |plan| {
        take_bound(plan, &bounding);
        refuted::withdraw(plan, &looser, catalogue);
    })?;
    planned.work = work;
    Ok(planned)
}

/// The plan of an auditor: no change is proposed, and what it is for is said.
fn finished(
    cluster: &Cluster,
    catalogue: &Catalogue,
    planned: Planned,
    last: impl FnOnce(&mut FleetPlan),
) -> Result<Planned, PlanError> {
    let mut plan = planned.plan.into_plan();
    plan.changes.clear();
    // Quotas of ECS, and its ways out.
    plan.warnings.retain(|warning| {
        !matches!(
            warning,
            Warning::TaskQuota { .. }
                | Warning::InstanceQuota { .. }
                | Warning::DiscoveryQuota { .. }
        )
    });
    (plan.warnings).extend(cluster.passed_over.iter().cloned());
    for unplaced in &mut plan.unplaced {
        unplaced
            .reasons
            .retain(|reason| *reason != Reason::FargateForbidden);
    }
    for said in &mut plan.assumptions {
        if *said == Assumption::IdealAskedFor {
            *said = Assumption::NodesOfKubernetes {
                workloads_of_any_architecture: of_any_architecture(cluster),
            };
        }
    }
    (plan.assumptions).retain(|said| {
        !matches!(
            said,
            Assumption::EniTrunkingOn
                | Assumption::EniTrunkingOff
                | Assumption::EniTrunkingOffInGroups
                | Assumption::UdpPortsCounted
        )
    });
    (plan.assumptions).extend(daemons_on_no_node(cluster, &plan.instances));
    (plan.assumptions).extend(pending_after_zone_loss(cluster));
    plan.assumptions.extend(of_today(cluster, catalogue));
    last(&mut plan);
    let unpriced = bill_of_today(cluster, catalogue).err();
    Ok(Planned {
        plan: certify(cluster, catalogue, plan)?,
        today: unpriced.map_or(planned.today, |errors| Err(NoToday::Unpriced(errors))),
        ..planned
    })
}

/// Daemons whose pods the plan has nowhere: of GPUs where no node has one, or of a pool that no pod needs.
fn daemons_on_no_node(cluster: &Cluster, rows: &[PlannedInstances]) -> Option<Assumption> {
    let runs = |name: &String| rows.iter().any(|row| row.tasks.contains_key(name));
    let daemons = cluster.services.iter().filter(|it| it.is_daemon());
    let names: Vec<String> = (daemons.map(|it| &it.name))
        .filter(|name| !runs(name))
        .cloned()
        .collect();
    (!names.is_empty()).then_some(Assumption::DaemonsOnNoNode { names })
}

/// Workloads of one pod a zone, in all zones that they may use: whose pods the loss of a zone leaves pending.
fn pending_after_zone_loss(cluster: &Cluster) -> Option<Assumption> {
    let fills_its_zones = |service: &&Service| {
        let most = service.pod.as_ref().and_then(|pod| pod.most);
        let planned = cluster.planned_count(service);
        most.is_some_and(|most| planned > 0 && planned >= most)
    };
    let names: Vec<String> = (cluster.services.iter())
        .filter(|_| cluster.policy.survive_zone_loss)
        .filter(fills_its_zones)
        .map(|it| it.name.clone())
        .collect();
    (!names.is_empty()).then_some(Assumption::PendingAfterZoneLoss { names })
}

/// What today's cost counts beside nodes that take pods, or why there is none.
fn of_today(cluster: &Cluster, catalogue: &Catalogue) -> Option<Assumption> {
    if cluster.deployed.bill.is_some() {
        return None;
    }
    if bill_of_today(cluster, catalogue).is_err() {
        let part = part_of_today(cluster, catalogue);
        let unpriced: Vec<UnpricedType> = (part.unpriced.into_iter())
            .map(|(instance_type, instances)| UnpricedType {
                instance_type,
                instances,
            })
            .collect();
        let without: u64 = unpriced.iter().map(|of_type| of_type.instances).sum();
        return Some(Assumption::TodayWithoutPrice {
            instances: part.priced + without,
            others_usd_per_hour: part.usd_per_hour,
            unpriced,
        });
    }
    let nodes = cluster.container_instances.iter();
    let instances = nodes
        .filter(|node| !node.active && node.is_billed())
        .count() as u64;
    (instances > 0).then_some(Assumption::TodayCountsCordoned { instances })
}

/// Workloads that no rule of theirs holds to an architecture: what their images are built for, no document says.
fn of_any_architecture(cluster: &Cluster) -> u64 {
    let asks = |name: &str| ["kubernetes.io/arch", "beta.kubernetes.io/arch"].contains(&name);
    (cluster.services.iter())
        .filter(|service| !service.is_daemon())
        .filter(|service| {
            !(service.constraints()).any(|constraint| match constraint {
                crate::domain::placement::PlacementConstraint::MemberOf(expression) => {
                    expression.attribute_names().into_iter().any(asks)
                }
                _ => false,
            })
        })
        .count() as u64
}

/// The bound of the looser reading; none where that places pods which the plan leaves without a place. It is taken as it was proven: one
/// above the ideal packing is a fault, for which the check withholds the plan.
fn take_bound(plan: &mut FleetPlan, looser: &FleetPlan) {
    let placed = |unplaced: &[Unplaced]| -> Vec<(String, u64)> {
        unplaced
            .iter()
            .map(|it| (it.service_name.clone(), it.count))
            .collect()
    };
    let same = placed(&plan.unplaced) == placed(&looser.unplaced);
    let ideal = plan.cost.ideal_usd_per_hour;
    let bound = looser.cost.bound_usd_per_hour.filter(|_| same);
    plan.cost.bound_usd_per_hour = bound;
    let total = plan.cost.usd_per_hour;
    plan.cost.set_realised(total);
    if plan.status != PlanStatus::Infeasible {
        let proven = bound.is_some_and(|bound| bound >= ideal);
        plan.status = if proven {
            PlanStatus::Optimal
        } else {
            PlanStatus::Feasible
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::capacity::Capacity;
    use crate::domain::money::UsdPerHour;
    use crate::formulate::offering::registered_when_new;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;

    fn cluster(nodes: &str) -> Cluster {
        let text = format!(
            r#"{{"kind": "List", "apiVersion": "v1", "region": "us-east-1", "policy": {{"allowedInstanceTypes": ["m5.large", "g4dn.xlarge"]}},
                "items": [{nodes} {{"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {{"name": "a"}}, "spec": {{"replicas": 3,
                    "template": {{"spec": {{"containers": [{{"name": "c", "resources": {{"requests": {{"cpu": "1"}}}}}}]}}}}}}}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        imported.unwrap_or_else(|it| panic!("{it}")).cluster
    }

    fn node(name: &str, of_type: &str, allocatable: &str) -> String {
        format!(
            r#"{{"kind": "Node", "apiVersion": "v1", "metadata": {{"name": "{name}", "labels": {{"node.kubernetes.io/instance-type": "{of_type}"}}}},
                "status": {{"allocatable": {{{allocatable}}}}}}},"#
        )
    }

    /// Pods, memory and GPUs that packing and bound count on a new node.
    fn rooms(cluster: &Cluster, of_type: &str) -> [(u64, u64, u64); 2] {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let known = catalogue.instance_type(of_type).expect("known");
        let looser = cluster.for_bound().unwrap_or_else(|| cluster.clone());
        [cluster, &looser].map(|of| {
            let room = registered_when_new(of, known, Capacity::OnDemand);
            (room.enis.get(), room.memory.get(), room.gpus.get())
        })
    }

    #[test]
    fn the_bound_counts_the_most_room_that_a_new_node_may_have() {
        let [usual, most] = rooms(&cluster(""), "m5.large");
        // The lowest memory that such an instance was seen with, and the highest.
        assert_eq!((usual.0, usual.2, usual.1 + 10), (most.0, most.2, most.1));
        // Less than the kubelet usually leaves, more, and one of each.
        let small = node("s", "m5.large", r#""memory": "6000Mi", "pods": "8""#);
        let large = node("l", "m5.large", r#""memory": "7900Mi", "pods": "110""#);
        assert_eq!(rooms(&cluster(&small), "m5.large"), [(8, 6000, 0), most]);
        assert_eq!(
            rooms(&cluster(&large), "m5.large"),
            [(110, 7900, 0), (110, 7900, 0)]
        );
        assert_eq!(
            rooms(&cluster(&(small + &large)), "m5.large"),
            [(8, 6000, 0), (110, 7900, 0)]
        );
        let shared = node("g", "g4dn.xlarge", r#""nvidia.com/gpu": "4""#);
        let [(.., packing), (.., bound)] = rooms(&cluster(&shared), "g4dn.xlarge");
        assert_eq!((packing, bound), (4, 4));
        assert_eq!(rooms(&cluster(&shared), "m5.large"), [usual, most]);
    }

    #[test]
    fn a_bound_above_the_ideal_packing_is_shown_and_its_plan_withheld() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let cluster = cluster("");
        let options = PlanOptions::default();
        let found = plan(&cluster, &catalogue, &options, &Never, &Silent);
        let mut found = found.unwrap_or_else(|it| panic!("{it}")).plan.into_plan();
        let mut looser = found.clone();
        take_bound(&mut found, &looser);
        assert!(certify(&cluster, &catalogue, found.clone()).is_ok());
        let ideal = found.cost.ideal_usd_per_hour;
        looser.cost.bound_usd_per_hour = Some(ideal + UsdPerHour::new(rust_decimal::Decimal::ONE));
        take_bound(&mut found, &looser);
        assert!(found.cost.bound_usd_per_hour > Some(ideal));
        let rejected = certify(&cluster, &catalogue, found).expect_err("a fault");
        assert!(
            rejected
                .violations
                .iter()
                .any(|it| it.rule == crate::check::Rule::BoundAndGaps),
            "{rejected}"
        );
    }
}
