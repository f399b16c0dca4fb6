//! Values of one problem in another's words: by service, by item, by limit, by instance type.

use super::fleet::Fleet;
use crate::formulate::model::{Model, PlanningInput};
use crate::optimize::few_classes::ClassLimit;
use crate::optimize::outcome::{Ending, Outcome};
use crate::optimize::problem::Problem;
use crate::optimize::relax::Relaxed;
use std::collections::BTreeMap;

/// Duals of the limits on a service's copies; other limits get none.
pub(super) fn spread_copy_duals(model: &Model, merged: &Model, relaxed: &Relaxed) -> Vec<f64> {
    let service = |model: &Model, row: usize| {
        let mut of = model.problem.copy_limits()[row]
            .items
            .iter()
            .map(|&i| model.items[i].service);
        let first = of.next()?;
        of.all(|other| other == first).then_some(first)
    };
    let known: BTreeMap<usize, f64> = (relaxed.copy_duals.iter().enumerate())
        .filter_map(|(row, dual)| Some((service(merged, row)?, *dual)))
        .collect();
    (0..model.problem.copy_limits().len())
        .map(|row| {
            let dual = service(model, row).and_then(|service| known.get(&service));
            dual.copied().unwrap_or(0.0)
        })
        .collect()
}

/// One value per item out of one per service.
pub(super) fn by_item(model: &Model, by_service: &[f64]) -> Vec<f64> {
    model
        .items
        .iter()
        .map(|item| by_service[item.service])
        .collect()
}

/// Instance types as classes of bins; those of today count.
pub(super) fn class_limit(input: PlanningInput<'_>, model: &Model, most: u64) -> ClassLimit {
    let usable = &input.offerings.usable;
    let mut names: Vec<&str> = (usable
        .iter()
        .filter(|offering| !offering.purchase_option.is_external()))
    .map(|offering| offering.instance_type.as_str())
    .collect();
    names.sort_unstable();
    names.dedup();
    let class_of = |offering: usize| {
        let name = usable[offering].instance_type.as_str();
        names
            .binary_search(&name)
            .ok()
            .filter(|_| !usable[offering].purchase_option.is_external())
    };
    ClassLimit {
        class: model
            .bins
            .iter()
            .map(|bin| class_of(bin.offerings[0]))
            .collect(),
        most: usize::try_from(most).unwrap_or(usize::MAX),
        present: (0..usable.len())
            .filter(|&offering| usable[offering].existing.is_some())
            .filter_map(class_of)
            .collect(),
    }
}

/// Shadow prices by service: of its cheapest zone, or of one more task on Fargate.
///
/// Where the search was cut, columns may be missing of which the linear program would have made a task worth less. A task
/// is then worth no more than the cheapest new instance that holds it alone, as long as no row but its demand counts it;
/// today's instances cost nothing and may be full.
pub(super) fn duals_by_service(
    input: PlanningInput<'_>,
    model: &Model,
    fleet: &Fleet,
    outcome: &Outcome,
) -> Vec<Option<f64>> {
    let mut duals: Vec<Option<f64>> = vec![None; input.cluster.services.len()];
    let was_cut = !matches!(outcome.ending, Ending::Optimal | Ending::Gap)
        && model.problem.copy_limits().is_empty();
    let bins = model.problem.bins();
    let is_new = |&bin: &usize| {
        let offering = &input.offerings.usable[model.bins[bin].offerings[0]];
        offering.existing.is_none()
    };
    let mut by_cost: Vec<usize> = (0..bins.len()).filter(is_new).collect();
    by_cost.sort_by_key(|&bin| bins[bin].cost);
    for (index, (item, dual)) in model.items.iter().zip(&outcome.duals).enumerate() {
        let alone = was_cut
            .then(|| cheapest_alone(&model.problem, &by_cost, index))
            .flatten();
        let dual = dual.map(|dual| alone.map_or(dual, |alone| dual.min(alone)));
        let known = &mut duals[item.service];
        *known = match (*known, dual) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    for (service, plan) in &fleet.fargate {
        let cheapest = plan
            .tasks
            .iter()
            .map(|(task, _)| task.usd_per_hour.grid_units())
            .min();
        duals[*service] = cheapest.map(|units| units as f64);
    }
    duals
}

/// The cost of the cheapest bin that holds one copy of an item.
fn cheapest_alone(problem: &Problem, by_cost: &[usize], item: usize) -> Option<f64> {
    (by_cost.iter())
        .find(|&&bin| problem.fits(bin, item))
        .map(|&bin| problem.bins()[bin].cost as f64)
}
