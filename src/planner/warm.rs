//! What an earlier plan tells about this cluster: patterns, a packing to begin with, and what tasks are worth.
//!
//! Nothing is taken on trust. Rows whose offering or services are gone are passed over; the optimizer tests
//! every pattern and prices the duals itself.

use rust_decimal::prelude::ToPrimitive;

use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, PlannedInstances};
use crate::formulate::model::{Model, PlanningInput};
use crate::formulate::offering::Offering;
use crate::optimize::pattern::{Content, Packing, Pattern};

/// Worth of one task of each service on the cost grid; 0 where the plan does not tell.
pub(super) fn duals(cluster: &Cluster, plan: &FleetPlan) -> Vec<f64> {
    let worth = |name: &str| {
        let service = plan
            .services
            .iter()
            .find(|service| service.service_name == name)?;
        service.marginal_usd_per_task_hour?.amount().to_f64()
    };
    (cluster.services.iter())
        .map(|service| worth(&service.name).unwrap_or(0.0) * 1e8)
        .collect()
}

/// The plan's rows as bins of the model, as far as both have them.
pub(super) fn packing(input: PlanningInput<'_>, model: &Model, plan: &FleetPlan) -> Packing {
    let mut packing = Packing::default();
    for row in &plan.instances {
        let usable = &input.offerings.usable;
        let found = (0..usable.len()).find(|&offering| is_same(&usable[offering], row));
        let Some(offering) = found else {
            continue;
        };
        let content = content(input, model, offering, row);
        let bin = model.bin_for(offering, &content);
        if let Some(bin) = bin.filter(|_| !content.is_empty()) {
            packing.push(Pattern { bin, content }, row.count);
        }
    }
    for (index, (service, fargate)) in model.groups.iter().enumerate() {
        let name = &input.cluster.services[*service].name;
        let was_outside = plan
            .fargate_tasks
            .iter()
            .any(|row| row.service_name == *name);
        if was_outside && fargate.is_some() {
            packing.outside.push(index);
        }
    }
    packing.normalise();
    packing
}

fn is_same(offering: &Offering, row: &PlannedInstances) -> bool {
    let attributes = || offering.custom_attributes.iter();
    offering.instance_type == row.instance_type
        && offering.purchase_option == row.purchase_option
        && offering.availability_zone == row.availability_zone
        && offering.existing.is_some() == row.existing
        && (row.existing
            || (attributes().count() == row.attributes.len()
                && attributes().all(|(name, value)| {
                    row.attributes
                        .get(name)
                        .is_some_and(|known| known.as_deref() == value)
                })))
}

/// Tasks and spare places of a row as a content.
fn content(
    input: PlanningInput<'_>,
    model: &Model,
    offering: usize,
    row: &PlannedInstances,
) -> Content {
    let zone = input.offerings.usable[offering].zone;
    let mut content = Content::new();
    for (position, service) in input.cluster.services.iter().enumerate() {
        let places =
            |map: &indexmap::IndexMap<String, u64>| map.get(&service.name).copied().unwrap_or(0);
        let copies = places(&row.tasks).saturating_add(places(&row.spare));
        if service.is_daemon() || copies == 0 {
            continue;
        }
        if let Some(item) = model.item(position, zone) {
            content.push((item, copies));
        }
    }
    content.sort_unstable();
    content
}
