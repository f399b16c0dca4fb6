//! Tasks that stay on today's instances, in the words of the packing problem and of the replica.

use crate::formulate::model::{Model, PlanningInput};
use crate::formulate::offering::Offering;
use crate::optimize::keeping::Class;
use crate::optimize::keeping::residual::fits;
use crate::optimize::pattern::Content;
use crate::simulate::held::Running;

/// Whether some instance of today keeps its tasks.
pub(super) fn any(input: PlanningInput<'_>) -> bool {
    let holds = |offering: &Offering| {
        (offering.existing.as_ref()).is_some_and(|existing| !existing.held.is_empty())
    };
    input.offerings.usable.iter().any(holds)
}

/// Today's instances as classes of bins with what they hold, ECS Anywhere's left out. An offering of which no bin takes its content
/// is none.
pub(super) fn classes(input: PlanningInput<'_>, model: &Model) -> Vec<Class> {
    let usable = input.offerings.usable.iter().enumerate();
    usable
        .filter_map(|(index, offering)| {
            let existing =
                (offering.existing.as_ref()).filter(|_| !offering.purchase_option.is_external())?;
            let content = content(model, offering)?;
            let first = model.bins.partition_point(|bin| bin.offerings[0] < index);
            let bins: Vec<usize> = (first..model.bins.len())
                .take_while(|&bin| model.bins[bin].offerings[0] == index)
                .filter(|&bin| fits(&model.problem, bin, &content))
                .collect();
            (!bins.is_empty()).then(|| Class {
                bins,
                count: existing.count,
                cost: offering.usd_per_hour.grid_units(),
                content,
            })
        })
        .collect()
}

/// What an instance of today holds, by item; `None` where a service has no item there.
pub(super) fn content(model: &Model, offering: &Offering) -> Option<Content> {
    let mut content = Content::new();
    for (&service, &tasks) in &offering.existing.as_ref()?.held {
        content.push((model.item(service, offering.zone)?, tasks));
    }
    content.sort_unstable();
    Some(content)
}

/// Today's instances with the tasks that run on them, for a replay.
pub(super) fn running(input: PlanningInput<'_>) -> Vec<Running<'_>> {
    (input.offerings.usable.iter())
        .filter_map(|offering| {
            let existing = offering.existing.as_ref()?;
            Some(Running {
                instance_type: &offering.instance_type,
                availability_zone: offering.availability_zone.as_deref(),
                capacity_provider: &existing.capacity_provider,
                purchase_option: offering.purchase_option,
                count: existing.count,
                tasks: &existing.held,
            })
        })
        .collect()
}
