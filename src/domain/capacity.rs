//! How capacity is bought and run.
//!
//! Everything that differs between On-Demand, Spot, Fargate, Fargate Spot, Managed Instances and instances from outside AWS is asked of
//! [`Capacity`] by a method, each an exhaustive match: another way of buying is one more variant, and the compiler
//! then leads to every place that has to decide what it means there. Nothing compares a value with one of the
//! variants: what is not said by name would silently count as On-Demand.

use std::fmt;

/// How an instance, or the room of a task on Fargate, is bought and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capacity {
    /// An EC2 instance, On-Demand.
    OnDemand,
    /// An EC2 instance, Spot.
    Spot,
    /// Fargate.
    Fargate,
    /// Fargate Spot.
    FargateSpot,
    /// An instance that ECS buys and runs (ECS Managed Instances), On-Demand.
    Managed,
    /// The same on Spot.
    ManagedSpot,
    /// An instance registered from outside AWS (ECS Anywhere).
    External,
}

impl Capacity {
    /// The ways in which new EC2 instances can be bought, steady ones first.
    pub const OF_INSTANCES: [Self; 2] = [Self::OnDemand, Self::Spot];
    /// The ways in which Managed Instances can be bought, steady ones first.
    pub const OF_MANAGED: [Self; 2] = [Self::Managed, Self::ManagedSpot];
    /// The ways in which Fargate can be bought, steady ones first.
    pub const OF_FARGATE: [Self; 2] = [Self::Fargate, Self::FargateSpot];

    /// Whether AWS may take it back at two minutes' notice: it counts as Spot under `spotMaxShare` and
    /// `spotMaxSharePerPool`, has an interruption band, and is what interruptions are drawn from.
    #[must_use]
    pub const fn may_be_reclaimed(self) -> bool {
        match self {
            Self::Spot | Self::FargateSpot | Self::ManagedSpot => true,
            Self::OnDemand | Self::Fargate | Self::Managed | Self::External => false,
        }
    }

    /// Whether tasks on it meet `onDemandBase` and the part that `spotMaxShare` leaves.
    #[must_use]
    pub const fn counts_as_on_demand(self) -> bool {
        match self {
            Self::OnDemand | Self::Fargate | Self::Managed | Self::External => true,
            Self::Spot | Self::FargateSpot | Self::ManagedSpot => false,
        }
    }

    /// What `OnDemandPercentageAboveBaseCapacity` says of a group that buys nothing else, in percent; `None` for what no
    /// such figure speaks of.
    #[must_use]
    pub const fn on_demand_percentage(self) -> Option<u64> {
        match self {
            Self::OnDemand => Some(100),
            Self::Spot => Some(0),
            Self::Fargate
            | Self::FargateSpot
            | Self::Managed
            | Self::ManagedSpot
            | Self::External => None,
        }
    }

    /// Whether an Auto Scaling group launches it.
    #[must_use]
    pub const fn has_group(self) -> bool {
        match self {
            Self::OnDemand | Self::Spot => true,
            Self::Fargate
            | Self::FargateSpot
            | Self::Managed
            | Self::ManagedSpot
            | Self::External => false,
        }
    }

    /// Whether ECS buys and runs the instance (ECS Managed Instances).
    #[must_use]
    pub const fn is_managed(self) -> bool {
        match self {
            Self::Managed | Self::ManagedSpot => true,
            Self::OnDemand | Self::Spot | Self::Fargate | Self::FargateSpot | Self::External => {
                false
            }
        }
    }

    /// The same way of buying where ECS runs the instance; what is no instance of EC2 stays what it is.
    #[must_use]
    pub const fn run_by_ecs(self) -> Self {
        match self {
            Self::OnDemand | Self::Managed => Self::Managed,
            Self::Spot | Self::ManagedSpot => Self::ManagedSpot,
            Self::Fargate | Self::FargateSpot | Self::External => self,
        }
    }

    /// Whether tasks run on it without an instance of ours.
    #[must_use]
    pub const fn is_fargate(self) -> bool {
        match self {
            Self::Fargate | Self::FargateSpot => true,
            Self::OnDemand | Self::Spot | Self::Managed | Self::ManagedSpot | Self::External => {
                false
            }
        }
    }

    /// Whether it is registered from outside AWS: it takes EXTERNAL services and no others.
    #[must_use]
    pub const fn is_external(self) -> bool {
        match self {
            Self::External => true,
            Self::OnDemand
            | Self::Spot
            | Self::Fargate
            | Self::FargateSpot
            | Self::Managed
            | Self::ManagedSpot => false,
        }
    }

    /// Whether AWS bills it by the hour.
    #[must_use]
    pub const fn is_priced(self) -> bool {
        match self {
            Self::OnDemand
            | Self::Spot
            | Self::Fargate
            | Self::FargateSpot
            | Self::Managed
            | Self::ManagedSpot => true,
            Self::External => false,
        }
    }

    /// Whether a Savings Plan or `savingsPlanDiscount` lowers its price; Spot prices are never lowered, and the
    /// policy's discount is of EC2 alone.
    #[must_use]
    pub const fn takes_savings_plan_discount(self) -> bool {
        match self {
            Self::OnDemand | Self::Managed => true,
            Self::Spot | Self::ManagedSpot | Self::Fargate | Self::FargateSpot | Self::External => {
                false
            }
        }
    }

    /// The same kind of capacity bought so that AWS does not take it back.
    #[must_use]
    pub const fn steady(self) -> Self {
        match self {
            Self::OnDemand | Self::Spot => Self::OnDemand,
            Self::Fargate | Self::FargateSpot => Self::Fargate,
            Self::Managed | Self::ManagedSpot => Self::Managed,
            Self::External => Self::External,
        }
    }

    /// The same way of buying an instance, as ECS does it for a provider of Managed Instances; anything else as it is.
    #[must_use]
    pub const fn managed(self) -> Self {
        match self {
            Self::OnDemand | Self::Managed => Self::Managed,
            Self::Spot | Self::ManagedSpot => Self::ManagedSpot,
            Self::Fargate | Self::FargateSpot | Self::External => self,
        }
    }

    /// The same as documents name it beside the instance: On-Demand or Spot. What else there is to say of an instance
    /// stands in its provider and its attributes.
    #[must_use]
    pub const fn in_documents(self) -> Self {
        match self {
            Self::Spot | Self::FargateSpot | Self::ManagedSpot => Self::Spot,
            Self::OnDemand | Self::Fargate | Self::Managed | Self::External => Self::OnDemand,
        }
    }

    /// The capacity provider of ECS that it needs no group for; `None` where providers have names of their own.
    #[must_use]
    pub const fn fargate_provider(self) -> Option<&'static str> {
        match self {
            Self::Fargate => Some(ProviderKind::Fargate.word()),
            Self::FargateSpot => Some(ProviderKind::FargateSpot.word()),
            Self::OnDemand | Self::Spot | Self::Managed | Self::ManagedSpot | Self::External => {
                None
            }
        }
    }

    /// Fargate's capacity behind a provider of that name; `None` for every other name.
    #[must_use]
    pub fn of_fargate_provider(name: &str) -> Option<Self> {
        (Self::OF_FARGATE.into_iter()).find(|capacity| capacity.fargate_provider() == Some(name))
    }
}

/// The words of documents and names: `on-demand` and `spot`.
impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnDemand | Self::Managed => "on-demand",
            Self::Spot | Self::ManagedSpot => "spot",
            Self::Fargate => "Fargate",
            Self::FargateSpot => "Fargate Spot",
            Self::External => "external",
        })
    }
}

/// What a capacity provider launches tasks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProviderKind {
    /// The instances of an Auto Scaling group.
    AutoScalingGroup,
    /// Fargate.
    Fargate,
    /// Fargate Spot.
    FargateSpot,
    /// Instances that ECS buys and runs.
    ManagedInstances,
}

impl ProviderKind {
    /// The word of documents; of Fargate's two also the providers' names in ECS.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AutoScalingGroup => "AUTO_SCALING_GROUP",
            Self::Fargate => "FARGATE",
            Self::FargateSpot => "FARGATE_SPOT",
            Self::ManagedInstances => "MANAGED_INSTANCES",
        }
    }

    /// Whether it is an Auto Scaling group.
    #[must_use]
    pub const fn is_group(self) -> bool {
        match self {
            Self::AutoScalingGroup => true,
            Self::Fargate | Self::FargateSpot | Self::ManagedInstances => false,
        }
    }

    /// Whether it needs no instances: its tasks always find room.
    #[must_use]
    pub const fn is_fargate(self) -> bool {
        match self {
            Self::Fargate | Self::FargateSpot => true,
            Self::AutoScalingGroup | Self::ManagedInstances => false,
        }
    }

    /// Whether its instances are Managed Instances.
    #[must_use]
    pub const fn is_managed(self) -> bool {
        match self {
            Self::ManagedInstances => true,
            Self::AutoScalingGroup | Self::Fargate | Self::FargateSpot => false,
        }
    }

    /// Whether ECS launches what its tasks need: nobody has to look for room.
    #[must_use]
    pub const fn brings_room(self) -> bool {
        match self {
            Self::Fargate | Self::FargateSpot | Self::ManagedInstances => true,
            Self::AutoScalingGroup => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Capacity; 7] = [
        Capacity::OnDemand,
        Capacity::Spot,
        Capacity::Managed,
        Capacity::ManagedSpot,
        Capacity::Fargate,
        Capacity::FargateSpot,
        Capacity::External,
    ];

    #[test]
    fn what_may_be_taken_back_never_counts_as_on_demand() {
        for capacity in ALL {
            assert_ne!(capacity.may_be_reclaimed(), capacity.counts_as_on_demand());
            assert!(!capacity.steady().may_be_reclaimed());
            assert!(!(capacity.has_group() && capacity.is_fargate()));
        }
    }

    #[test]
    fn fargate_is_known_by_its_providers_and_nothing_else_is() {
        for capacity in ALL {
            let name = capacity.fargate_provider();
            assert_eq!(name.is_some(), capacity.is_fargate());
            assert_eq!(
                name.and_then(Capacity::of_fargate_provider),
                name.map(|_| capacity)
            );
        }
        assert_eq!(Capacity::of_fargate_provider("AUTO_SCALING_GROUP"), None);
    }

    /// Where a way of buying stands in the lists; another one does not compile until that is said of it.
    const fn lists(capacity: Capacity) -> (bool, bool, bool) {
        match capacity {
            Capacity::OnDemand | Capacity::Spot => (true, false, false),
            Capacity::Fargate | Capacity::FargateSpot => (false, true, false),
            Capacity::Managed | Capacity::ManagedSpot => (false, false, true),
            Capacity::External => (false, false, false),
        }
    }

    #[test]
    fn each_way_of_buying_stands_in_the_lists_that_it_belongs_to() {
        let all: std::collections::BTreeSet<Capacity> = ALL.into_iter().collect();
        assert_eq!(all.len(), ALL.len());
        for list in [
            Capacity::OF_INSTANCES,
            Capacity::OF_FARGATE,
            Capacity::OF_MANAGED,
        ] {
            assert!(list.iter().all(|capacity| all.contains(capacity)));
        }
        for capacity in ALL {
            let stands = (
                Capacity::OF_INSTANCES.contains(&capacity),
                Capacity::OF_FARGATE.contains(&capacity),
                Capacity::OF_MANAGED.contains(&capacity),
            );
            assert_eq!(stands, lists(capacity));
            // What a group launches, Fargate runs or ECS runs can be bought, and the rest cannot.
            assert_eq!(
                stands,
                (
                    capacity.has_group(),
                    capacity.is_fargate(),
                    capacity.is_managed()
                )
            );
        }
    }
}
