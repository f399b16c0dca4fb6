//! What a reader should look at, and that today's fleet is better left alone.

use rust_decimal::Decimal;

use crate::domain::money::UsdPerHour;

use super::refused::RefusedSetting;

/// A quota of ECS or a limit of the policy that the plan passes, or what it leaves out or does not look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// More container instances than the quota of a cluster.
    InstanceQuota {
        /// Instances of the plan.
        instances: u64,
        /// The quota.
        quota: u64,
    },
    /// More tasks than the quota of a service.
    TaskQuota {
        /// Service name.
        service_name: String,
        /// Its tasks.
        tasks: u64,
        /// The quota.
        quota: u64,
    },
    /// More tasks than the quota of a service with Service Connect or service discovery.
    DiscoveryQuota {
        /// Service name.
        service_name: String,
        /// Its tasks.
        tasks: u64,
        /// The quota.
        quota: u64,
    },
    /// The ideal packing has more groups than `maxCapacityProviders`.
    MoreGroupsThanAllowed {
        /// Auto Scaling groups.
        groups: u64,
        /// `maxCapacityProviders`.
        max_capacity_providers: u64,
    },
    /// The default of `maxShareOnInstance` gives way: with it tasks would have no place.
    MaxShareGivesWay {
        /// Tasks that have a place because it does.
        tasks: u64,
    },
    /// The default of `maxShareOnInstance` gives way: in some order of arrival ECS places more on one instance.
    MaxShareGivesWayInReplays,
    /// The default of `maxShareOnInstance` gives way: with it no plan over the week was found.
    MaxShareGivesWayOverWeek,
    /// A service whose percentages let ECS neither start nor stop a task: it can never roll out, on no fleet.
    NeverRollsOut {
        /// Service name.
        service_name: String,
        /// Its tasks.
        tasks: u64,
        /// How many of them must stay healthy.
        fewest_healthy: u64,
        /// Its `minimumHealthyPercent`.
        minimum_healthy_percent: u64,
        /// How many tasks may exist.
        most_tasks: u64,
        /// Its `maximumPercent`.
        maximum_percent: u64,
        /// The smallest change that mends it.
        remedy: RolloutRemedy,
    },
    /// ECS would refuse settings of the groups, so that neither rollouts nor an ordinary day were played.
    SettingsRefused {
        /// What is refused.
        settings: Vec<RefusedSetting>,
    },
    /// Rollouts that do not end on this fleet, nor on groups twice its size within `maxInstances`.
    RolloutsDoNotEnd {
        /// Minutes that were played.
        minutes: u64,
        /// The services.
        service_names: Vec<String>,
    },
    /// Pods or nodes of documents of Kubernetes that are not planned: costs and bound are of all the others.
    LeftOut {
        /// What they are, and why.
        what: String,
        /// Their names.
        names: Vec<String>,
        /// Whether today's cost is for other pods than the plan's: today's nodes may carry what is left out, or are left out
        /// themselves while pods on them are planned.
        today_differs: bool,
    },
    /// A required rule of Kubernetes that is not looked at: the bound is weaker, and the packing may break it.
    RuleNotModelled {
        /// The rule.
        what: String,
        /// The workloads.
        names: Vec<String>,
        /// Whether it is about how new nodes are set up, which may give pods more room than is planned: the bound may be too high.
        bound_may_be_too_high: bool,
    },
    /// Today's nodes of Kubernetes refute the bound that was found, so that none is claimed.
    BoundAboveToday {
        /// That bound.
        bound_usd_per_hour: UsdPerHour,
        /// What today's nodes cost, which the policy allows and on which all planned pods run.
        today_usd_per_hour: UsdPerHour,
    },
    /// Preferences of Kubernetes, which bind no scheduler.
    PreferredRules {
        /// How many.
        rules: u64,
        /// The workloads.
        names: Vec<String>,
    },
    /// Workloads whose running pods ask for other amounts than their template: planned as they run.
    TakenFromWhatRuns {
        /// The workloads.
        names: Vec<String>,
        /// Whether the pods differ from each other too: the packing counts the most, the bound the least.
        differ: bool,
    },
    /// Nodes of today whose price is taken for the On-Demand one.
    CapacityTypeAssumed {
        /// Their names.
        names: Vec<String>,
        /// Whether they fill a capacity reservation; else they do not say how they were bought.
        reserved: bool,
    },
    /// A text of a plan document that says nothing else about it.
    AsGiven {
        /// The text.
        text: String,
    },
}

/// The smallest change of a service's percentages that lets it roll out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutRemedy {
    /// Another `maximumPercent`.
    MaximumPercent {
        /// The value.
        percent: u64,
    },
    /// Another `minimumHealthyPercent`.
    MinimumHealthyPercent {
        /// The value.
        percent: u64,
    },
}

/// What to do with the plan, where it is not to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recommendation {
    /// Today's fleet is better left alone (`--min-saving`).
    LeaveAlone {
        /// What the plan saves; negative where it costs more.
        saving: UsdPerHour,
        /// Today's cost.
        today: UsdPerHour,
        /// Least part of today's cost that is worth a change.
        least: Decimal,
    },
    /// A text of a plan document.
    AsGiven {
        /// The text.
        text: String,
    },
}
