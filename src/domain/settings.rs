//! What a plan asks to be deployed: launch templates, groups, providers, services; the counterpart of
//! [`deployed`](super::deployed). Every export format writes it, and differences from today are taken from it.

use indexmap::IndexMap;

use super::capacity::{Capacity, ProviderKind};
use super::deployed::LaunchTemplateReference;
use super::plan::GroupMode;
use super::schedule::Action;
use super::service::DeploymentConfiguration;
use super::stages::{OtherProviders, Stages};
pub use super::weights::WeightedItem;

mod managed;

pub use managed::{ManagedSettings, NO_PRICE_PROTECTION};

/// The ECS-optimised image of Amazon Linux 2023 that a group runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Image {
    /// 64-bit x86.
    X86,
    /// 64-bit ARM.
    Arm,
    /// 64-bit x86 with NVIDIA drivers.
    Gpu,
}

/// Size of the ECS-optimised image's own root volume, and the device it is. Source: Amazon ECS developer guide, "Amazon
/// ECS-optimized Linux AMIs", storage configuration.
const IMAGE_VOLUME_GIB: u64 = 30;
/// Device of that volume.
pub const ROOT_DEVICE: &str = "/dev/xvda";

impl Image {
    /// The public SSM parameter that holds the newest image's id. Source: Amazon ECS developer guide, "Retrieving
    /// Amazon ECS-optimized Linux AMI metadata".
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::X86 => "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
            Self::Arm => {
                "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
            }
            Self::Gpu => {
                "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
            }
        }
    }

    /// A short name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::Arm => "arm64",
            Self::Gpu => "gpu",
        }
    }
}

/// A launch template: an image and the attributes its instances register with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Name.
    pub name: String,
    /// Image.
    pub image: Image,
    /// Custom attributes.
    pub attributes: IndexMap<String, Option<String>>,
}

/// Subnets in certain zones; which ones, the plan cannot know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubnetSet {
    /// Suffix that tells this set from others; empty when it is the only one.
    pub suffix: String,
    /// Zones; empty where the plan names none.
    pub zones: Vec<String>,
}

/// Managed scaling of a capacity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaling {
    /// Whether ECS sets the group's size.
    pub enabled: bool,
    /// Percent, 1 to 100.
    pub target_capacity: u64,
    /// Instances, 1 to 10,000.
    pub minimum_step: u64,
    /// Instances, 1 to 10,000.
    pub maximum_step: u64,
    /// Seconds, 0 to 10,000.
    pub warmup_seconds: u64,
}

/// Where a group's instances get their image and user data from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launch {
    /// A launch template of the export, by index.
    Planned(usize),
    /// The one that the group has today.
    Existing(LaunchTemplateReference),
}

/// What of a group and its provider is there today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Existing {
    /// Whether the group is.
    pub group: bool,
    /// The group's ARN, where the cluster file gives it.
    pub group_arn: Option<String>,
    /// Whether the provider is.
    pub provider: bool,
    /// The provider's ARN, where the cluster file gives it.
    pub provider_arn: Option<String>,
    /// Whether all planned instances run in it today and stay.
    pub all_stay: bool,
}

/// What is taken from a group of today in the last stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrowing {
    /// Nothing: it has its planned sizes from the first stage.
    No,
    /// Instances beyond its largest size.
    Size,
    /// Instances of types that the plan does not buy there.
    Types,
}

/// An Auto Scaling group and its capacity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSettings {
    /// Name of the capacity provider.
    pub name: String,
    /// Name of the group: the provider's, unless the provider has another group today.
    pub group: String,
    /// What is there today.
    pub existing: Existing,
    /// Whether the export has the group.
    pub writes_group: bool,
    /// Whether the export has the provider.
    pub writes_provider: bool,
    /// CPU units of all planned instances.
    pub cpu: u64,
    /// Its launch template.
    pub launch: Launch,
    /// Index of its subnets.
    pub subnets: usize,
    /// Instance types in the plan's order.
    pub instance_types: Vec<String>,
    /// How the plan buys.
    pub purchase_option: Capacity,
    /// Instances that are always On-Demand.
    pub on_demand_base: u64,
    /// Percent of the others that are On-Demand: 0 or 100.
    pub on_demand_percent: u64,
    /// Smallest size.
    pub min_size: u64,
    /// Planned size.
    pub planned: u64,
    /// Largest size.
    pub max_size: u64,
    /// Managed scaling.
    pub scaling: Scaling,
    /// The desired capacity that a scheduled action sets, where the plan says that the group comes back so after growth and
    /// rollouts.
    pub reset_to: Option<u64>,
    /// The sizes that scheduled actions set over the week; none where the size is the same in all hours.
    pub schedule: Vec<Action>,
    /// What is taken from it in the last stage; its scheduled actions come after that.
    pub narrowing: Narrowing,
    /// Tasks on one instance that always find a place, where the plan proves it.
    pub certified: bool,
    /// What the group is designed for, where ECS is to fill it.
    pub mode: Option<GroupMode>,
}

/// Name of the scheduled action that resets a group's desired capacity.
pub const RESET_NAME: &str = "bayplan-reset";
/// When it does so where nobody says otherwise: cron in UTC, daily at four.
pub const RESET_RECURRENCE: &str = "0 4 * * *";
/// Time zone of that.
pub const RESET_TIME_ZONE: &str = "Etc/UTC";
/// The termination policy by which a reset takes the instances that were launched last, so that those of the plan stay.
/// Source: Amazon EC2 Auto Scaling user guide, "Configure termination policies".
pub const RESET_POLICY: &str = "NewestInstance";

/// When the limits of rollouts that a reset asks for begin to hold, and when the services' own come back, where nobody says
/// otherwise: expressions of `EventBridge` Scheduler, ten minutes before the reset and two hours after it, as long as the
/// replica gives it.
pub const RESET_LOWERS_AT: &str = "cron(50 3 * * ? *)";
/// See [`RESET_LOWERS_AT`].
pub const RESET_RESTORES_AT: &str = "cron(0 6 * * ? *)";

/// Limits of a service's rollouts while groups are reset, by which its tasks move off the instances that go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetLimits {
    /// Name of the service.
    pub service: String,
    /// While the reset goes on.
    pub meanwhile: DeploymentConfiguration,
    /// Before and afterwards.
    pub own: DeploymentConfiguration,
}

impl GroupSettings {
    /// Whether new instances are protected from scale-in and managed termination protection is on. Scale-in takes no protected
    /// instance, so that a group that is reset or follows a schedule has neither: managed draining moves tasks before an
    /// instance goes.
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.scaling.enabled && self.reset_to.is_none() && self.schedule.is_empty()
    }

    /// The scheduled actions that the export has.
    #[must_use]
    pub fn written_schedule(&self) -> &[Action] {
        if self.writes_group {
            &self.schedule
        } else {
            &[]
        }
    }

    /// Whether its scheduled actions come in the last stage: before that they would take instances whose tasks have no other
    /// place yet.
    #[must_use]
    pub const fn acts_at_the_end(&self) -> bool {
        !matches!(self.narrowing, Narrowing::No)
    }

    /// The termination policies of a group that is reset; none where it is not. Instances of types that it no longer has go
    /// before the newest. Source: Amazon EC2 Auto Scaling user guide, "Configure termination policies": `AllocationStrategy` is
    /// for preferred types that have changed, and policies are carried out in the order of their list.
    #[must_use]
    pub const fn termination_policies(&self) -> &'static [&'static str] {
        match (self.reset_to, self.narrowing) {
            (None, _) => &[],
            (Some(_), Narrowing::Types) => &["AllocationStrategy", RESET_POLICY],
            (Some(_), Narrowing::No | Narrowing::Size) => &[RESET_POLICY],
        }
    }

    /// Whether the export has the scheduled action.
    #[must_use]
    pub const fn writes_reset(&self) -> bool {
        self.writes_group && self.reset_to.is_some()
    }
}

/// A placement strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// `spread`, `binpack` or `random`.
    pub kind: &'static str,
    /// By what; none for `random`.
    pub field: Option<String>,
}

/// A placement constraint of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// `memberOf` or `distinctInstance`.
    pub kind: &'static str,
    /// The expression of `memberOf`.
    pub expression: Option<String>,
}

/// A service's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ServiceSettings {
    /// Name.
    pub name: String,
    /// Tasks of the service: the cluster file's count, without it the plan's, which may hold headroom.
    pub desired_count: u64,
    /// Limits of a rollout, where the cluster file has them.
    pub deployment: Option<DeploymentConfiguration>,
    /// Placement constraints of the cluster file.
    pub constraints: Vec<Constraint>,
    /// Whether the cluster file shows that the service runs.
    pub exists: bool,
    /// Capacity provider strategy.
    pub strategy: Vec<WeightedItem>,
    /// That of today; empty where it has none or the cluster file gives none.
    pub strategy_today: Vec<WeightedItem>,
    /// Smallest and largest count of its scaling, where the cluster file has both.
    pub counts: Option<(u64, u64)>,
    /// The counts that scheduled actions set over the week, where the cluster file gives counts by the hour and no limits of a
    /// scaling of its own.
    pub schedule: Vec<Action>,
    /// Placement strategies in order.
    pub placement: Vec<Placement>,
    /// Whether it runs on Fargate.
    pub is_fargate: bool,
    /// Whether it runs on Managed Instances.
    pub is_managed: bool,
    /// Whether its tasks need subnets and security groups.
    pub is_awsvpc: bool,
    /// How far the weights are from the plan, in words.
    pub rounding: String,
    /// Why no new deployment of it ever ends, where none does.
    pub standstill: Option<Standstill>,
}

/// Why ECS can neither stop nor start a task of a service, so that no rolling update of it ever ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standstill {
    /// Its tasks.
    pub tasks: u64,
    /// How many of them must stay healthy.
    pub fewest_healthy: u64,
    /// How many may exist.
    pub most_tasks: u64,
    /// The percentages that say so.
    pub limits: DeploymentConfiguration,
}

/// Everything an export writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Cluster.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Launch templates.
    pub templates: Vec<Template>,
    /// Subnets.
    pub subnets: Vec<SubnetSet>,
    /// Groups.
    pub groups: Vec<GroupSettings>,
    /// Providers of Managed Instances.
    pub managed: Vec<ManagedSettings>,
    /// Zones of Managed Instances; empty where the plan names none.
    pub managed_zones: Vec<String>,
    /// Fargate's providers in use.
    pub fargate: Vec<ProviderKind>,
    /// Services with a strategy.
    pub services: Vec<ServiceSettings>,
    /// Services whose limits of a rollout are others while groups are reset, as far as their own are known.
    pub reset_limits: Vec<ResetLimits>,
    /// The cluster's default strategy.
    pub default_strategy: Vec<WeightedItem>,
    /// Whether the plan counts on ENI trunking.
    pub trunking: bool,
    /// MiB that the agent keeps from tasks, where known.
    pub reserved_memory_mib: Option<u64>,
    /// Size of an instance's root volume, where known.
    pub root_volume_gib: Option<u64>,
    /// Whether the export has the cluster's list of providers with the default strategy.
    pub writes_association: bool,
    /// Providers that stay on that list beside the plan's.
    pub others: OtherProviders,
    /// Whether the cluster file shows that the cluster runs.
    pub cluster_runs: bool,
    /// The order in which AWS accepts it all, where the cluster file shows providers that leave or groups that get smaller.
    pub stages: Option<Stages>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

impl ServiceSettings {
    /// Whether ECS takes placement strategies of it: neither on Fargate nor on Managed Instances.
    #[must_use]
    pub const fn takes_placement(&self) -> bool {
        !self.is_fargate && !self.is_managed
    }
}

impl Settings {
    /// Groups with a scheduled action.
    pub fn resets(&self) -> impl Iterator<Item = &GroupSettings> {
        self.groups.iter().filter(|group| group.writes_reset())
    }

    /// Groups whose sizes follow a schedule.
    pub fn scheduled(&self) -> impl Iterator<Item = &GroupSettings> {
        (self.groups.iter()).filter(|group| !group.written_schedule().is_empty())
    }

    /// Services whose counts follow a schedule, with the least and the largest of their counts.
    pub fn scheduled_services(&self) -> impl Iterator<Item = (&ServiceSettings, (u64, u64))> {
        (self.services.iter())
            .filter(|service| !service.schedule.is_empty())
            .filter_map(|service| Some((service, service.counts?)))
    }

    /// Services whose limits of a rollout the export changes while groups are reset; none where it resets none.
    #[must_use]
    pub fn limits_at_resets(&self) -> &[ResetLimits] {
        if self.resets().next().is_some() {
            &self.reset_limits
        } else {
            &[]
        }
    }

    /// Whether something in the export needs the cluster's name.
    #[must_use]
    pub fn names_cluster(&self) -> bool {
        !self.templates.is_empty()
            || self.writes_association
            || !self.services.is_empty()
            || self.writes_managed()
            || !self.limits_at_resets().is_empty()
    }

    /// The launch template of the export that a group uses.
    #[must_use]
    pub fn template(&self, group: &GroupSettings) -> Option<&Template> {
        match group.launch {
            Launch::Planned(index) if group.writes_group => self.templates.get(index),
            Launch::Planned(_) | Launch::Existing(_) => None,
        }
    }

    /// The groups that a service uses.
    pub fn groups_of<'a>(
        &'a self,
        service: &'a ServiceSettings,
    ) -> impl Iterator<Item = &'a GroupSettings> {
        (self.groups.iter())
            .filter(|group| (service.strategy.iter()).any(|item| item.provider == group.name))
    }

    /// Names of providers that the cluster's list keeps until the services have moved; those of Managed Instances are on it by
    /// themselves.
    pub fn leaving(&self) -> impl Iterator<Item = &str> {
        let stages = self.stages.iter();
        stages.flat_map(|stages| {
            (stages.leaving.iter())
                .filter(|it| !it.is_managed)
                .map(|it| it.name.as_str())
        })
    }

    /// Whether the export has a provider of Managed Instances.
    #[must_use]
    pub fn writes_managed(&self) -> bool {
        self.managed.iter().any(|provider| provider.writes_provider)
    }

    /// The cluster's list of providers once all is done, as `PutClusterCapacityProviders` takes it: the plan's, and those that
    /// stay beside them. One of Managed Instances is made for its cluster and put on the list by that.
    #[must_use]
    pub fn association(&self) -> Vec<&str> {
        (self.providers().into_iter())
            .filter(|name| !self.is_managed(name))
            .chain(self.others.names())
            .collect()
    }

    /// Whether a provider of the plan is one of Managed Instances.
    #[must_use]
    pub fn is_managed(&self, provider: &str) -> bool {
        self.managed.iter().any(|managed| managed.name == provider)
    }

    /// A group's largest size before the last stage.
    #[must_use]
    pub fn max_size_at_first(&self, group: &GroupSettings) -> u64 {
        (self.stages.as_ref())
            .and_then(|stages| stages.narrowed(&group.group))
            .map_or(group.max_size, |narrowed| narrowed.max_size)
    }

    /// Whether a service gets a new deployment: where there are stages, one with the strategy that it has does not.
    #[must_use]
    pub fn restarts(&self, service: &ServiceSettings) -> bool {
        (self.stages.as_ref()).is_none_or(|stages| stages.move_of(&service.name).is_some())
    }

    /// Services that get a new deployment which never ends, and why.
    pub fn standstills(&self) -> impl Iterator<Item = (&ServiceSettings, Standstill)> {
        (self.services.iter())
            .filter(|service| self.restarts(service))
            .filter_map(|service| Some((service, service.standstill?)))
    }

    /// Images of the launch templates, each once.
    #[must_use]
    pub fn images(&self) -> Vec<Image> {
        let mut images: Vec<Image> = self.templates.iter().map(|t| t.image).collect();
        images.sort();
        images.dedup();
        images
    }

    /// The root volume's size where it is not the image's own.
    #[must_use]
    pub fn other_root_volume(&self) -> Option<u64> {
        self.root_volume_gib.filter(|gib| *gib != IMAGE_VOLUME_GIB)
    }

    /// Names of all providers, Fargate's last.
    #[must_use]
    pub fn providers(&self) -> Vec<&str> {
        let groups = self.groups.iter().map(|group| group.name.as_str());
        groups
            .chain(self.managed.iter().map(|managed| managed.name.as_str()))
            .chain(self.fargate.iter().map(|kind| kind.word()))
            .collect()
    }
}
