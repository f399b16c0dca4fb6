//! The whole way: cluster + catalogue + policy → problem → packing → fleet → checked plan.

mod assemble;
mod assumptions;
pub mod bare;
mod budget;
mod changes;
mod choice;
mod choices;
mod columns;
mod committed;
mod counted;
mod entry;
mod fargate_definitions;
mod fleet;
mod giving_way;
mod group_names;
mod held;
mod instance_loss;
mod kept_groups;
mod kubernetes;
mod limits;
mod managed;
mod moves;
mod on_demand_zones;
mod options;
mod ordinary_day;
mod pack;
mod places;
mod plan;
mod proven;
mod proven_packing;
mod providers;
mod realised;
mod refuted;
mod replayed;
mod resets;
mod robust;
mod rollouts;
mod rounds;
mod search_notes;
mod shares;
mod sizes;
mod spot_types;
mod surge;
mod today;
mod translate;
mod trunking;
mod uncommitted;
mod warm;
mod warnings;
mod ways_back;
mod week;
mod without_spot;
mod work;

pub use crate::commitment::pool::{CommitAsked, CommitmentError};
pub use crate::proof::NotProven;
pub use budget::least_time;
pub use choices::{SizeOption, bounds_of_choices};
pub use columns::Columns;
pub use entry::{Entry, TypeAssessment, TypeExclusion, assess_type};
pub use moves::{ORDERS, PlayedStep, StuckStep, steps_played, waves_again};
pub use options::{
    DemandPattern, MovesAsked, NoMoves, NoWeek, PlanError, PlanOptions, Planned, SearchNote,
};
pub use today::{NoToday, Today, apply_min_saving};
pub use work::{default_work, work_with_searches};

// What a plan says of its search.
pub use crate::optimize::lp::LpError;
pub use crate::optimize::outcome::Ending;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::optimize::listener::Listener;
use crate::optimize::stop::Stop;

/// Plans a cluster.
///
/// # Errors
/// When prices are missing, numbers are out of range, the limits leave no plan, the solver fails, or the plan does not pass its own
/// check. A
/// cluster that cannot be planned is not an error: its plan names the unplaced tasks and the reasons.
pub fn plan(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    managed::refuse(cluster, options)?;
    if committed::applies(cluster, options) {
        return committed::plan(cluster, catalogue, options, stop, listener);
    }
    if !trunking::applies(cluster, options) {
        return uncommitted::without_commitments(cluster, catalogue, options, stop, listener);
    }
    let clock = trunking::time_of_plan(cluster, stop);
    let planned = uncommitted::without_commitments(cluster, catalogue, options, &clock, listener)?;
    trunking::told(cluster, catalogue, options, planned, stop)
}
