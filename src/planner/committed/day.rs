//! What a plan beside commitments says of an ordinary day, at list prices.
//!
//! The day was played at the prices of the search, at which an instance that launches may seem cheaper than it is: whether a
//! commitment is left for it, no price says. Rows are at list price, and so is what runs beyond them.

use crate::domain::plan::{Assumption, FleetPlan, Warning};
use crate::optimize::stop::{Budget, Stop, WorkMeter};
use crate::planner::plan::rehearse;

use super::Beside;

/// Plays the day once more on the plan at list prices, as far as the clock goes; the work that it took.
pub(super) fn at_list(
    beside: &Beside<'_>,
    plan: &mut FleetPlan,
    with_day: bool,
    stop: &dyn Stop,
) -> u64 {
    let Some(at) = plan.assumptions.iter().position(is_of_day) else {
        return 0;
    };
    let rest: Vec<Assumption> = (plan.assumptions.drain(..))
        .filter(|said| !is_of_day(said))
        .collect();
    plan.warnings.retain(|warning| !is_of_rollouts(warning));
    let work = WorkMeter::new(u64::MAX);
    let budget = Budget::new(stop, &work);
    rehearse(beside.bare, beside.catalogue, plan, with_day, budget);
    let day = std::mem::replace(&mut plan.assumptions, rest);
    plan.assumptions.splice(at..at, day);
    work.spent()
}

/// Whether it is said by whoever plays the day.
const fn is_of_day(said: &Assumption) -> bool {
    matches!(
        said,
        Assumption::Rollouts { .. }
            | Assumption::RolloutsNotPlayed
            | Assumption::RolloutsPartlyPlayed { .. }
            | Assumption::RolloutsLeaveFleetLarger { .. }
            | Assumption::ResetPercentages { .. }
            | Assumption::InstanceLossPlayed { .. }
            | Assumption::ZoneLossPlayed { .. }
            | Assumption::GrowthPlayed { .. }
            | Assumption::NoGrowthNamed
            | Assumption::FallPlayed { .. }
            | Assumption::SpotReclaimPlayed { .. }
            | Assumption::NotPlayed { .. }
    )
}

const fn is_of_rollouts(warning: &Warning) -> bool {
    matches!(
        warning,
        Warning::NeverRollsOut { .. }
            | Warning::RolloutsDoNotEnd { .. }
            | Warning::SettingsRefused { .. }
    )
}
