//! The dearest hour: its groups filled by the replica, its rollouts rehearsed, as for a plan of one number of tasks.

use crate::catalogue::Catalogue;
use crate::catalogue::offered::bill_of_today;
use crate::diff;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan};
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offerings;
use crate::optimize::listener::Listener;
use crate::optimize::outcome::Ending;
use crate::optimize::stop::{Budget, Stop};
use crate::planner::assemble::{Assembly, assemble};
use crate::planner::budget::{self, Allowance};
use crate::planner::columns::Columns;
use crate::planner::counted::{Meters, Parts};
use crate::planner::fargate_definitions;
use crate::planner::options::{NoWeek, PlanError, PlanOptions, SearchNote};
use crate::planner::pack::pack;
use crate::planner::plan::rehearse;
use crate::planner::search_notes::search_notes;
use crate::planner::today::{NoToday, Today};
use crate::planner::{managed, realised};
use crate::realise::groups::DesignedGroup;

use super::by_hour;
use super::chosen::Chosen;
use super::classes::Class;
use super::on_fargate;

/// The plan of the hour, not certified yet, with what is known beside it.
pub(super) struct Shown {
    pub plan: FleetPlan,
    pub today: Result<Today, NoToday>,
    pub ending: Ending,
    pub columns: Columns,
    pub work: u64,
    pub notes: Vec<SearchNote>,
}

/// What is designed for the week, and which of its hours is shown.
pub(super) struct Week<'a> {
    pub classes: &'a [Class],
    pub chosen: &'a Chosen,
    /// The hour.
    pub shown: usize,
    /// Position of its class.
    pub class: usize,
}

/// Plans the hour with the week's groups and services on Fargate.
///
/// # Errors
/// As [`crate::planner::plan`], and where the replica does not fill the groups.
pub(super) fn plan(
    (hour, offerings, catalogue): (&Cluster, &Offerings, &Catalogue),
    week: &Week<'_>,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Shown, PlanError> {
    let any = Hosts::new(hour, offerings);
    let input = PlanningInput {
        cluster: hour,
        catalogue,
        offerings,
        hosts: &any,
    };
    let hosts = week.chosen.hosts(hour, input);
    let hosts = hosts.with_on_fargate(week.chosen.services_on_fargate());
    let input = PlanningInput {
        hosts: &hosts,
        ..input
    };
    let groups: Vec<DesignedGroup> = (week.chosen.groups.iter())
        .map(|group| group.at(week.shown, hour))
        .collect();
    let parts = Parts::new(hour, options, stop);
    let allowance = Allowance::new(options, parts.searches);
    let meters = Meters::new(Parts {
        searches: allowance.whole,
        ..parts
    });
    let budget = Budget::new(stop, &meters.searches);
    let replays = Budget::new(stop, &meters.replays);
    let rehearsals = Budget::new(stop, &meters.rehearsals);
    let for_ideal = budget::of_ideal(budget, false);
    // What is on Managed Instances is packed already.
    let own = week.chosen.without_managed(hour.clone());
    let of_own = PlanningInput {
        cluster: &own,
        ..input
    };
    let mut packed = pack(of_own, options, (&allowance, for_ideal), listener)?;
    let managed = &week.chosen.managed[week.class];
    packed.fleet.rows.extend(managed.iter().cloned());
    let bill = bill_of_today(hour, catalogue);
    let assembly = Assembly {
        input,
        packed: &packed,
        today: bill.as_ref().ok().copied().flatten(),
    };
    let mut ideal = assemble(&assembly);
    // One strategy serves all hours, and the hour has what follows from it.
    ideal.fargate_tasks = Vec::new();
    for own in &week.chosen.on_fargate {
        let name = &hour.services[own.service].name;
        ideal.fargate_tasks.extend(own.rows_at(name, week.shown));
        ideal.services[own.service].capacity_provider_strategy = own.strategy_at(week.shown);
    }
    let mut plan = if groups.is_empty() && ideal.has_managed_instances() {
        // What ECS launches and fills by rules of its own is not for groups, and in no replay.
        ideal
    } else {
        let filled = realised::filled_with(
            &assembly,
            &ideal,
            (options, &groups),
            (&allowance, budget),
            replays,
        );
        let mut plan = filled.map_err(NoWeek::NotFilled)?;
        rehearse(hour, catalogue, &mut plan, options.rehearses, rehearsals);
        plan
    };
    by_hour::add(&assembly, (week.classes, week.chosen), &mut plan);
    on_fargate::write(input, &week.chosen.on_fargate, week.shown, &mut plan);
    let filled = managed::replayed(input, &plan, replays);
    plan.assumptions.extend(filled);
    plan.changes
        .extend(diff::of_groups_and_strategies(hour, &plan));
    let definitions = managed::definitions(hour, &plan);
    plan.changes.extend(definitions);
    let definitions = fargate_definitions::changes(hour, catalogue, &plan);
    plan.changes.extend(definitions);
    let today = if options.rehearses {
        Today::new(hour, catalogue, bill, rehearsals)
    } else {
        Err(NoToday::NotAsked)
    };
    if let Ok(today) = &today {
        plan.assumptions.extend(today.assumptions(hour));
    }
    let given = hour.deployed.bill;
    plan.assumptions
        .extend(given.map(|usd_per_hour| Assumption::TodayCostGiven { usd_per_hour }));
    Ok(Shown {
        plan,
        today,
        notes: search_notes(input, &packed, &meters),
        ending: packed.ending,
        columns: packed.columns,
        work: meters.spent(),
    })
}
