//! What tasks are worth to a search for groups beside instances that stay.

use crate::formulate::model::PlanningInput;
use crate::planner::pack::Packed;

/// What a task of each service costs beside others on new instances: its dual value, and where that is next to nothing, as it
/// is for tasks that fit instances that stay, its part of the instance where that costs least.
pub(super) fn of_tasks(input: PlanningInput<'_>, packed: &Packed) -> Vec<f64> {
    let (model, usable) = (&packed.model, &input.offerings.usable);
    let bins = model.problem.bins();
    let part = |item: usize| {
        let size = &model.problem.items()[item].size;
        let is_new = |bin: usize| usable[model.bins[bin].offerings[0]].existing.is_none();
        (0..bins.len())
            .filter(|&bin| is_new(bin) && model.problem.most_copies(bin, item) > 0)
            .map(|bin| {
                let largest = (size.iter().zip(&bins[bin].capacity))
                    .filter(|(_, capacity)| **capacity > 0)
                    .map(|(&size, &capacity)| size as f64 / capacity as f64)
                    .fold(0.0, f64::max);
                bins[bin].cost as f64 * largest
            })
            .min_by(f64::total_cmp)
    };
    (packed.duals.iter().enumerate())
        .map(|(service, dual)| {
            let item = (model.items.iter()).position(|item| item.service == service);
            let part = item.and_then(part).unwrap_or(0.0);
            dual.unwrap_or(0.0).max(part)
        })
        .collect()
}
