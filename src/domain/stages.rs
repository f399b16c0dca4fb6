//! The way from a cluster's settings of today to those of a plan, in an order that AWS accepts.
//!
//! ECS refuses to take a capacity provider off a cluster while a service uses it, and `PutClusterCapacityProviders` takes the
//! whole list. So there are three stages: new providers beside the old ones; services moved one after another; the old
//! providers taken off. Source: Amazon ECS API reference, `PutClusterCapacityProviders`, `UpdateService`,
//! `DeleteCapacityProvider`.

use super::capacity::Capacity;
use super::money::UsdPerHour;
use super::weights::WeightedItem;

/// Instances of one kind that run today and are billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledInstances {
    /// Capacity provider; none where they belong to none.
    pub provider: Option<String>,
    /// Instance type.
    pub instance_type: String,
    /// How they are bought.
    pub purchase_option: Capacity,
    /// How many.
    pub count: u64,
    /// Cost of one, in USD per hour.
    pub usd_per_hour: UsdPerHour,
}

/// A provider of today that the plan has no use for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavingProvider {
    /// Its name.
    pub name: String,
    /// Its Auto Scaling group; none for Fargate's providers, and where the file does not show it.
    pub group: Option<String>,
    /// Whether it is one of Managed Instances, whose instances go with their tasks.
    pub is_managed: bool,
    /// The bill once its instances are gone, and those of the providers before it, at most; `None` where today's instances
    /// are not priced.
    pub bill: Option<UsdPerHour>,
}

/// A group that stays and has instances today which the plan does not want: until the services have moved it must not shrink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NarrowedGroup {
    /// Name of the Auto Scaling group.
    pub group: String,
    /// Largest size until the last stage: room for today's instances beside the planned ones.
    pub max_size: u64,
    /// Whether some of its instances are of a type that the plan does not buy there.
    pub is_retyped: bool,
    /// The bill once it has the planned instances alone, after the providers that leave and the groups before it, at most;
    /// `None` where today's instances are not priced.
    pub bill: Option<UsdPerHour>,
}

/// A service that gets another strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Its exported name.
    pub service: String,
    /// Strategy of today; empty where it has none or the file gives none.
    pub today: Vec<WeightedItem>,
    /// The bill once it has moved, at most; `None` where today's instances are not priced.
    pub bill: Option<UsdPerHour>,
}

/// What the instances cost per hour as the stages are carried out.
///
/// An upper bound in between: a new group counts with its smallest size from the first stage and in full from the first
/// service that moves to it, and an instance of today until the last stage, however early managed scaling takes it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageBills {
    /// Before anything is done.
    pub today: UsdPerHour,
    /// With the new groups beside the old ones.
    pub added: UsdPerHour,
    /// With every service moved: the peak.
    pub moved: UsdPerHour,
    /// With the old instances gone: the plan's rows, and what runs outside capacity providers.
    pub retired: UsdPerHour,
    /// The part of each that is today's instances outside capacity providers, which no stage takes away.
    pub outside: UsdPerHour,
}

/// Providers of the cluster's list that are not in the plan and stay on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherProviders {
    /// Services or tasks that the plan does not move use them.
    pub used: Vec<String>,
    /// Fargate's own: they cost nothing, and tasks that no file shows may name them.
    pub of_fargate: Vec<String>,
    /// Those of which the file shows nothing but the name.
    pub unknown: Vec<String>,
}

impl OtherProviders {
    /// All of them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let all = [&self.used, &self.of_fargate, &self.unknown];
        (all.into_iter().flatten()).map(String::as_str)
    }
}

/// The three stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages {
    /// Taken off the cluster in the last stage, and in its list until then.
    pub leaving: Vec<LeavingProvider>,
    /// The cluster's default strategy until the last stage: today's, where the file shows it.
    pub default_strategy: Vec<WeightedItem>,
    /// Groups that stay and get smaller or another type.
    pub narrowed: Vec<NarrowedGroup>,
    /// Services in the order in which they move.
    pub moves: Vec<Move>,
    /// The bill; `None` where some of today's instances have no price.
    pub bills: Option<StageBills>,
}

impl Stages {
    /// The service's move, if it moves.
    #[must_use]
    pub fn move_of(&self, service: &str) -> Option<&Move> {
        self.moves.iter().find(|it| it.service == service)
    }

    /// The group, where it must not shrink before the last stage.
    #[must_use]
    pub fn narrowed(&self, group: &str) -> Option<&NarrowedGroup> {
        self.narrowed.iter().find(|it| it.group == group)
    }
}
