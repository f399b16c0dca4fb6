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
use crate::optimize::listener::Listener;
use crate::optimize::stop::{Share, Stop};

use super::options::{PlanError, PlanOptions, Planned};
use super::plan::plan_once;
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
    let Some(looser) = cluster.for_bound() else {
        let planned = plan_once(cluster, catalogue, &options, stop, listener)?;
        return finished(cluster, catalogue, planned, |_| {});
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
            Assumption::EniTrunkingOn | Assumption::EniTrunkingOff | Assumption::UdpPortsCounted
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

/// The bound of the looser reading; none where that places pods which the plan leaves without a place.
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
    plan.cost.bound_usd_per_hour = bound.map(|bound| bound.min(ideal));
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
