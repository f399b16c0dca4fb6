//! Plans over a week: demand that moves by the hour, groups whose sizes follow it.
//!
//! 1. Hours with equal numbers of tasks are one class ([`classes`]).
//! 2. Each class is packed on its own, for the bound and the best packing of the week ([`relaxed`]).
//! 3. One design serves all hours ([`design`]); only the groups' sizes differ.
//! 4. The dearest hour is filled by the replica and checked like any plan; the plan shows it ([`dearest`]).
//! 5. The sizes of the other hours are the schedule, and the bill is the mean of the week ([`finish`]).

mod classes;
mod dearest;
mod design;
mod finish;
mod refusals;
mod relaxed;
#[cfg(test)]
mod tests;

use crate::catalogue::Catalogue;
use crate::check::certify;
use crate::domain::cluster::Cluster;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offerings;
use crate::optimize::listener::Listener;
use crate::optimize::stop::{Share, Stop};

use super::options::{NoWeek, PlanError, PlanOptions, Planned};
use super::work::default_work;
use classes::Class;
use design::WeeklyGroup;

/// Plans a cluster whose demand moves over the week.
///
/// # Errors
/// As [`super::plan`], and where the policy or the options ask for what is not planned over a week.
pub(super) fn plan(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    let refused = refusals::refusals(cluster, options);
    if !refused.is_empty() {
        return Err(NoWeek::NotBuilt(refused).into());
    }
    let classes = classes::classes(cluster);
    let peaks = cluster.at_peaks();
    let offerings = Offerings::new(&peaks, catalogue).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(&peaks, &offerings);
    let input = PlanningInput {
        cluster: &peaks,
        catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let usual = options
        .work_limit
        .unwrap_or_else(|| default_work(&peaks, false));
    let clock = Share::new(stop, 1, 3);
    let (groups, of_design) = design::design(input, &classes, usual / 4, &clock)?;
    let mut groups = groups.ok_or(NoWeek::NoGroups)?;
    let shown = dearest_class(input, &classes, &groups);
    for group in &mut groups {
        // The plan shows an instance of every group, so that its strategies have a group to name.
        group.sizes[shown] = group.sizes[shown].max(1);
    }
    let clock = Share::new(stop, 1, 2);
    let designed: Vec<i128> = (0..classes.len())
        .map(|class| cost(input, &groups, class))
        .collect();
    let relaxed = relaxed::relaxed(cluster, catalogue, (&classes, &designed), options, &clock)?
        .ok_or(NoWeek::Unplaced)?;
    let hour = cluster.at_hour(classes[shown].hours[0]);
    let designed: Vec<_> = (groups.iter())
        .map(|group| group.at(shown, &classes[shown].counts))
        .collect();
    let mut planned = dearest::plan(
        (&hour, &offerings),
        catalogue,
        (options, &designed),
        stop,
        listener,
    )?;
    let week = finish::Week {
        cluster,
        classes: &classes,
        groups: &groups,
        shown,
        relaxed,
    };
    let plan = finish::finish(input, &week, planned.plan.clone())?;
    planned.work += relaxed.work + of_design;
    Ok(Planned {
        plan: certify(cluster, catalogue, plan)?,
        today: planned.today,
        ending: planned.ending,
        proof: None,
        columns: planned.columns,
        work: planned.work,
        notes: planned.notes,
    })
}

/// The class of hours that costs most; of equal ones that with more tasks, then the first.
fn dearest_class(input: PlanningInput<'_>, classes: &[Class], groups: &[WeeklyGroup]) -> usize {
    (0..classes.len())
        .max_by_key(|&class| {
            (
                cost(input, groups, class),
                classes[class].tasks(),
                std::cmp::Reverse(class),
            )
        })
        .unwrap_or(0)
}

/// What the fleet costs in a class of hours, on the cost grid.
fn cost(input: PlanningInput<'_>, groups: &[WeeklyGroup], class: usize) -> i128 {
    groups.iter().map(|group| group.cost(input, class)).sum()
}
