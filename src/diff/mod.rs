//! What differs between a cluster as it is observed and a plan for it.
//!
//! [`Observed`] counts today's instances; settings of today stand in the cluster's `deployed` and its services. From
//! these come the differences that a plan names ([`of_instances`], [`of_groups_and_strategies`]) and those that an
//! export writes ([`of_settings`]).
//!
//! Invariant: nothing here knows how a plan came to be or what it is shown as. Why: a plan that was read back from
//! a file, and one that `apply` is about to carry out, must give the same differences as the one just made.

mod groups;
mod instances;
mod observed;
mod settings;
mod strategies;

pub use observed::{Observed, ObservedGroup};
pub use settings::{
    Difference, Differences, Setting, SettingChange, Subject, Value as SettingValue, of_settings,
};
pub use strategies::is_same_ratio;

use crate::domain::cluster::Cluster;
use crate::domain::plan::{Change, FleetPlan, PlannedInstances};

/// Instances by type and capacity that come or go: the first changes of a plan.
#[must_use]
pub fn of_instances(cluster: &Cluster, planned: &[PlannedInstances]) -> Vec<Change> {
    instances::changes(&Observed::of(cluster), planned)
}

/// Groups, then strategies of services, where the file shows today's instances, or groups behind capacity providers with their
/// desired capacities. A file that shows neither says nothing of today's groups: of it only services come that leave Fargate, go
/// there, or change how they buy there.
#[must_use]
pub fn of_groups_and_strategies(cluster: &Cluster, plan: &FleetPlan) -> Vec<Change> {
    let mut observed = Observed::of(cluster);
    if observed.shows_no_instances {
        observed = Observed::by_groups(cluster);
        if observed.by_provider.is_empty() {
            return strategies::changes(cluster, plan, strategies::concerns_fargate);
        }
    }
    let mut changes = groups::changes(cluster, &observed, plan);
    changes.extend(strategies::changes(cluster, plan, |_, _| true));
    changes
}
