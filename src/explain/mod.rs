//! Why a plan is as it is: what each service costs, what binds, what would change it.
//!
//! Every claim about another cluster (without a type, with a cheaper one, with a smaller task, without a
//! requirement) is made by planning that cluster: shadow prices only say where to look.

mod allocation;
mod conflict;
mod explanation;
mod fleet_levers;
mod levers;
mod nudges;
mod solver;
mod types;

pub use conflict::{Conflict, conflicts, only};
pub use explanation::{
    Binding, Candidate, Curve, Explanation, FleetLevers, GroupsLever, LeftOut, Lever, Levers,
    MaxSizeLever, Nudge, ServiceShare, Tried, WhyNot, WhyUsed,
};
pub use levers::{lever_count, levers};
pub use nudges::nudges;
pub use solver::{Solved, Solver};
pub use types::{PRICES, TypeWording, why_not, why_used};

use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;

/// What a plan says about itself: shares, shadow prices and what binds on each type. Nothing is solved.
#[must_use]
pub fn explain(cluster: &Cluster, plan: &FleetPlan) -> Explanation {
    Explanation {
        version: 1,
        cluster: plan.cluster.clone(),
        region: plan.region.clone(),
        usd_per_hour: plan.cost.usd_per_hour,
        unplaced: allocation::left_out(plan),
        services: allocation::services(plan),
        bindings: allocation::bindings(cluster, plan),
        trunking: allocation::trunking(plan),
        why_used: Vec::new(),
        why_not: Vec::new(),
        nudges: None,
        levers: None,
        curves: Vec::new(),
        conflicts: Vec::new(),
        notes: Vec::new(),
    }
}
