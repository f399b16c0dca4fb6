//! What a run takes for given beside the files.

use crate::simulate::auto_scaling_group::TerminationPolicy;
use crate::simulate::choices::Choices;
use crate::simulate::managed_scaling::draining::Termination;

/// Times, quotas and switches of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Seed of every draw.
    pub seed: u64,
    /// Undocumented choices.
    pub choices: Choices,
    /// Minutes from the launch of an instance until it registers; an assumption.
    pub launch_minutes: u64,
    /// Tasks in PROVISIONING that a cluster may have; not published for every account, 500 as users report.
    pub provisioning_quota: u64,
    /// Minutes after which a task gives up in PROVISIONING; AWS says 10 to 30.
    pub provisioning_minutes: u64,
    /// Managed termination protection and managed draining.
    pub termination: Termination,
    /// Which instances a group lets go first.
    pub termination_policy: TerminationPolicy,
    /// Whether services rebalance over zones.
    pub zone_rebalancing: bool,
    /// Minutes to replay at most.
    pub minutes: u64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            choices: Choices::default(),
            launch_minutes: 2,
            provisioning_quota: 500,
            provisioning_minutes: 15,
            termination: Termination::default(),
            termination_policy: TerminationPolicy::Default,
            zone_rebalancing: false,
            minutes: 180,
        }
    }
}
