//! Plans over a week: demand that moves by the hour, groups whose sizes follow it.
//!
//! 1. Hours with equal numbers of tasks are one class ([`classes`]).
//! 2. Each class is packed on its own, for the bound and the best packing of the week ([`relaxed`]).
//! 3. One design serves all hours ([`design`]); only the groups' sizes differ, and tasks on Fargate ([`on_fargate`]) follow their numbers. Managed
//!    Instances are packed hour by hour ([`managed`]); services whose demand nobody knows may have groups of their own ([`elastic`]).
//! 4. The dearest hour is filled by the replica and checked like any plan; the plan shows it ([`dearest`]).
//! 5. The sizes of the other hours are the schedule, and the bill is the mean of the week ([`finish`]).
//! 6. The replica plays the week, minute by minute ([`rehearsal`]).

mod bounds;
mod by_hour;
mod chosen;
mod classes;
mod dearest;
mod design;
mod elastic;
mod finish;
mod managed;
mod on_fargate;
mod refusals;
mod rehearsal;
mod relaxed;
mod steps;
#[cfg(test)]
mod tests;
mod trimmed;
mod ways;

use crate::catalogue::Catalogue;
use crate::check::certify;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, Warning};
use crate::domain::week::HOURS_PER_WEEK;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offerings;
use crate::formulate::rules::share_on_instance;
use crate::optimize::listener::Listener;
use crate::optimize::stop::{Share, Stop};

use super::options::{DemandPattern, NoWeek, PlanError, PlanOptions, Planned};
use super::work::default_work;
use chosen::Chosen;
use classes::Class;
use design::{WeeklyFleet, WeeklyGroup};
pub(super) use rehearsal::rehearse;
use relaxed::Relaxed;
pub(super) use relaxed::{HoursAlike, hours_alike};

/// Most changes of a group's size in a week: Amazon EC2 Auto Scaling takes 125 scheduled actions a group, and days with the
/// same change share one. Source: Amazon EC2 Auto Scaling user guide, quotas.
const MOST_CHANGES: u64 = 125;

/// Plans a cluster whose demand moves over the week. The default of `maxShareOnInstance` gives way where it alone leaves a task
/// without a place in some hour.
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
    let first = attempt(cluster, cluster, catalogue, (options, stop, listener));
    if options.demand == DemandPattern::Moving && matches!(&first, Err(PlanError::Week(_))) {
        let loose = elastic::without_default_share(cluster);
        return attempt(&loose, cluster, catalogue, (options, stop, listener)).or(first);
    }
    let by_share = match &first {
        Err(PlanError::Week(NoWeek::Unplaced | NoWeek::NoGroups)) => {
            share_on_instance::without_default(&cluster.at_peaks())
        }
        _ => None,
    };
    let Some(without) = by_share else {
        return first;
    };
    let relaxed = Cluster {
        policy: without.policy,
        ..cluster.clone()
    };
    // Where that does not help, what was said first is the reason.
    attempt(&relaxed, cluster, catalogue, (options, stop, listener)).or(first)
}

/// One pass: a plan of `cluster`, certified against `asked`, which differs in defaults that gave way alone.
fn attempt(
    cluster: &Cluster,
    asked: &Cluster,
    catalogue: &Catalogue,
    (options, stop, listener): (&PlanOptions<'_>, &dyn Stop, &dyn Listener),
) -> Result<Planned, PlanError> {
    let classes = classes::classes(cluster);
    let class_of = classes::class_of(&classes);
    let peaks = cluster.at_peaks();
    let offerings = Offerings::new(&peaks, catalogue).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(&peaks, &offerings);
    let input = PlanningInput {
        cluster: &peaks,
        catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let (mut chosen, relaxed) = designed(input, (cluster, &classes), options, stop)?;
    let costs: Vec<i128> = (classes.iter().enumerate())
        .map(|(place, class)| chosen.cost(input, place, class.hours[0]))
        .collect();
    let ideal = relaxed.ideal(&classes, &costs);
    let most = options.max_schedule_changes.unwrap_or(MOST_CHANGES);
    let raised = raise(input, &mut chosen.groups, most.min(MOST_CHANGES));
    let shown = dearest_hour(input, (&classes, &class_of), &chosen);
    for group in (chosen.groups.iter_mut()).filter(|group| group.sizes[shown] == 0) {
        show_in(group, shown, most.min(MOST_CHANGES));
    }
    let hour = cluster.at_hour(shown);
    let mut planned = dearest::plan(
        (&hour, &offerings, catalogue),
        &dearest::Week {
            classes: &classes,
            chosen: &chosen,
            shown,
            class: class_of[shown],
        },
        options,
        stop,
        listener,
    )?;
    let week = finish::Week {
        cluster,
        classes: &classes,
        chosen: &chosen,
        class: class_of[shown],
        bound: relaxed.bound,
        ideal,
    };
    let mut plan = finish::finish(input, &week, planned.plan.clone());
    plan.assumptions.extend(raised);
    if options.demand == DemandPattern::Moving {
        (plan.warnings).extend(elastic::too_many_on_one(asked, &plan));
    } else if !std::ptr::eq(cluster, asked) {
        plan.warnings.push(Warning::MaxShareGivesWayOverWeek);
    }
    // Managed Instances and tasks on Fargate are in no replay.
    if options.rehearses && plan.groups().next().is_some() {
        planned.work += rehearse(cluster, catalogue, &mut plan, stop);
    }
    planned.work += relaxed.work + chosen.work;
    Ok(Planned {
        plan: certify(asked, catalogue, plan)?,
        today: planned.today,
        ending: planned.ending,
        proof: None,
        columns: planned.columns,
        work: planned.work,
        notes: planned.notes,
    })
}

/// The groups and services on Fargate, Managed Instances where they may be bought, and the hours' packings.
fn designed(
    input: PlanningInput<'_>,
    (cluster, classes): (&Cluster, &[Class]),
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<(Chosen, Relaxed), PlanError> {
    let usual = options
        .work_limit
        .unwrap_or_else(|| default_work(input.cluster, false));
    let most = managed::most_packings(input);
    let packed = |clock: &dyn Stop| -> Result<Relaxed, PlanError> {
        let of = (cluster, input.offerings);
        let relaxed = relaxed::relaxed(of, input.catalogue, (classes, most), options, clock)?;
        Ok(relaxed.ok_or(NoWeek::Unplaced)?)
    };
    let (third, half) = (Share::new(stop, 1, 3), Share::new(stop, 1, 2));
    if cluster.policy.buys_managed_instances() {
        let relaxed = packed(&third)?;
        let of = (cluster, classes, &relaxed);
        let chosen = managed::choose(input, of, (options, usual / 4), &half)?;
        return Ok((chosen, relaxed));
    }
    let (fleet, work) = if options.demand == DemandPattern::Moving {
        beside_elastic(input, classes, (options, usual / 4), &third)?
    } else {
        let (fleet, work) = design::design(input, classes, usual / 4, &third)?;
        (fleet.ok_or(NoWeek::NoGroups)?, work)
    };
    let relaxed = packed(&half)?;
    Ok((Chosen::of_fleet(fleet, classes, work), relaxed))
}

/// Packed groups for services whose demand is not known by the hour, and the design of the others beside them.
fn beside_elastic(
    input: PlanningInput<'_>,
    classes: &[Class],
    (options, most_work): (&PlanOptions<'_>, u64),
    stop: &dyn Stop,
) -> Result<(WeeklyFleet, u64), PlanError> {
    let packed = elastic::groups(input, options, &Share::new(stop, 1, 2))?;
    let rest = elastic::beside(input.cluster, &packed.groups);
    let input = PlanningInput {
        cluster: &rest,
        ..input
    };
    let (fleet, work) = design::design(input, classes, most_work, stop)?;
    let mut fleet = fleet.ok_or(NoWeek::NoGroups)?;
    fleet.groups.extend(packed.groups);
    Ok((fleet, work + packed.work))
}

/// Raises sizes until no group changes its own more often than that, and says so.
fn raise(input: PlanningInput<'_>, groups: &mut [WeeklyGroup], most: u64) -> Option<Assumption> {
    let changes = usize::try_from(most).unwrap_or(usize::MAX);
    let all = |groups: &[WeeklyGroup]| -> i128 {
        let of_hour =
            |hour: usize| -> i128 { groups.iter().map(|group| group.cost(input, hour)).sum() };
        (0..HOURS_PER_WEEK).map(of_hour).sum()
    };
    let before = all(groups);
    let mut raised = 0;
    for group in groups.iter_mut() {
        if steps::changes(&group.sizes) > changes {
            group.sizes = steps::raised(&group.sizes, changes);
            raised += 1;
        }
    }
    let more = (all(groups) - before) / HOURS_PER_WEEK as i128;
    (raised > 0).then(|| Assumption::SizesRaised {
        groups: raised,
        most,
        usd_per_hour: UsdPerHour::from_grid_units(i64::try_from(more).unwrap_or(i64::MAX)),
    })
}

/// An instance in the hour that the plan shows, so that strategies have a group to name; in every hour that has none, where the
/// size would change too often otherwise. The hour stays the dearest.
fn show_in(group: &mut WeeklyGroup, shown: usize, most: u64) {
    group.sizes[shown] = 1;
    if steps::changes(&group.sizes) as u64 > most {
        for size in &mut group.sizes {
            *size = (*size).max(1);
        }
    }
}

/// The hour that costs most; of equal ones that with more tasks, then the first.
fn dearest_hour(
    input: PlanningInput<'_>,
    (classes, class_of): (&[Class], &[usize]),
    chosen: &Chosen,
) -> usize {
    (0..HOURS_PER_WEEK)
        .max_by_key(|&hour| {
            (
                chosen.cost(input, class_of[hour], hour),
                classes[class_of[hour]].tasks(),
                std::cmp::Reverse(hour),
            )
        })
        .unwrap_or(0)
}
