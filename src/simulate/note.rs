//! What a reader should know of a run's input, and what of the run was cut. Its words stand in `report`.

use crate::domain::plan::ManagedScalingFault;

use super::fleet::LeftOut;
use super::managed_scaling::draining::Termination;
use super::providers::StrategyError;

/// One such thing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Instances in no capacity provider, on which ECS places no task of a service with a strategy.
    OutsideProviders {
        /// How many.
        instances: u64,
    },
    /// A strategy that ECS would refuse: the service's tasks may use any instance here.
    StrategyRefused {
        /// The service.
        service_name: String,
        /// What ECS would refuse.
        errors: Vec<StrategyError>,
    },
    /// Tasks of a plan on Managed Instances, which ECS launches as it needs them: they are not replayed.
    OnManagedInstances {
        /// How many.
        tasks: u64,
    },
    /// Tasks that run on Fargate today; their cost is not in the figures.
    FargateToday {
        /// How many.
        tasks: u64,
    },
    /// Types that a group names and that are not launched.
    TypesLeftOut {
        /// The types, all of one group.
        left_out: Vec<LeftOut>,
    },
    /// Capacity providers that strategies name and of which there is no instance: tasks that ECS sends there wait.
    ProvidersWithoutInstances {
        /// Their names, ascending.
        capacity_providers: Vec<String>,
    },
    /// Services without a strategy, whose tasks go in equal shares to the groups that can run them.
    EqualShares {
        /// Their names.
        service_names: Vec<String>,
    },
    /// Services without a strategy, whose tasks may use any instance.
    AnyInstance {
        /// Their names.
        service_names: Vec<String>,
    },
    /// The file says nothing of strategies: tasks may use any instance.
    NoStrategies,
    /// What the file says or leaves open of a group.
    OfGroup {
        /// Its capacity provider.
        capacity_provider: String,
        /// That.
        said: GroupNote,
    },
    /// The time was over before all was played.
    Cut(CutNote),
}

/// What a file says or leaves open of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupNote {
    /// The file shows no `MaxSize`.
    NoMaxSize {
        /// What is taken in its place, in instances.
        most: u64,
    },
    /// It lets instances go in another way than by default.
    Termination(Termination),
    /// The file does not show the capacity provider: managed scaling is taken as by default.
    ProviderNotShown,
    /// Managed scaling is off: the group keeps its size.
    ScalingOff,
    /// ECS would refuse its managed scaling: the group keeps its size.
    ScalingRefused(Vec<ManagedScalingFault>),
}

/// What of a run was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CutNote {
    /// Orders of arrival.
    Orders {
        /// Orders that were played.
        played: u64,
        /// Orders that were to be played.
        of: u64,
        /// Name of the placement strategies.
        strategy: String,
    },
    /// The scenario.
    Scenario {
        /// Minutes that were played.
        minutes: u64,
    },
    /// Losses of single instances.
    Losses {
        /// Instances whose loss was not played.
        instances: u64,
    },
    /// Monte-Carlo trials.
    Trials {
        /// Trials that were drawn.
        drawn: u64,
        /// Trials that were to be drawn.
        of: u64,
    },
}
