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
use crate::planner::options::{NoWeek, PlanError, PlanOptions, SearchNote};
use crate::planner::pack::pack;
use crate::planner::plan::rehearse;
use crate::planner::realised;
use crate::planner::search_notes::search_notes;
use crate::planner::today::{NoToday, Today};
use crate::realise::groups::DesignedGroup;

/// The plan of the hour, not certified yet, with what is known beside it.
pub(super) struct Shown {
    pub plan: FleetPlan,
    pub today: Result<Today, NoToday>,
    pub ending: Ending,
    pub columns: Columns,
    pub work: u64,
    pub notes: Vec<SearchNote>,
}

/// Plans the hour with these groups.
///
/// # Errors
/// As [`crate::planner::plan`], and where the replica does not fill the groups.
pub(super) fn plan(
    (hour, offerings): (&Cluster, &Offerings),
    catalogue: &Catalogue,
    (options, groups): (&PlanOptions<'_>, &[DesignedGroup]),
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Shown, PlanError> {
    let hosts = Hosts::new(hour, offerings);
    let input = PlanningInput {
        cluster: hour,
        catalogue,
        offerings,
        hosts: &hosts,
    };
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
    let packed = pack(input, options, (&allowance, for_ideal), listener)?;
    let bill = bill_of_today(hour, catalogue);
    let assembly = Assembly {
        input,
        packed: &packed,
        today: bill.as_ref().ok().copied().flatten(),
    };
    let ideal = assemble(&assembly);
    let filled = realised::filled_with(
        &assembly,
        &ideal,
        (options, groups),
        (&allowance, budget),
        replays,
    );
    let mut plan = filled.map_err(NoWeek::NotFilled)?;
    rehearse(hour, catalogue, &mut plan, options.rehearses, rehearsals);
    plan.changes
        .extend(diff::of_groups_and_strategies(hour, &plan));
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
