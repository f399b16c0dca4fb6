//! Why each setting is as it is: the comments of the formats that have comments.

use crate::domain::plan::GroupMode;

use crate::domain::settings::{
    GroupSettings, Launch, ManagedSettings, Narrowing, ServiceSettings, Settings, SubnetSet,
    WeightedItem,
};

pub(super) const IMAGE: &str = "The ECS-optimised Amazon Linux 2023 image of the right architecture; GPU types need the one with NVIDIA drivers.";
pub(super) const USER_DATA: &str = "Tells the ECS agent its cluster and its settings.";
pub(super) const METADATA: &str =
    "Session tokens only; two hops let containers in bridge mode reach the metadata service.";
pub(super) const ALLOCATION_SPOT: &str =
    "Spot pools with the least chance of interruption first, price second.";
pub(super) const ALLOCATION_ON_DEMAND: &str = "On-Demand types in the order below.";
pub(super) const NO_WEIGHTS: &str =
    "Without weights: managed scaling counts instances, and weighted capacity would mislead it.";
const PROTECTED: &str =
    "Managed termination protection needs it: ECS lifts it from instances without tasks.";
const NOT_PROTECTED: &str =
    "Managed scaling is off, so nobody would lift the protection from empty instances.";
const NOT_PROTECTED_FOR_RESETS: &str = "Scale-in takes no protected instance, and the reset could take none; managed draining moves the tasks first.";
const RESET_POLICY: &str =
    "A reset takes the instances that growth and rollouts launched, not those of the plan.";
const RESET_POLICY_OF_TYPES: &str = "A reset takes instances of types that the group no longer has first, then those that growth and rollouts launched.";
pub(super) const ACTS_AT_THE_END: &str = "In the last stage: until the services have moved it would take instances whose tasks have no other place.";
pub(super) const RESET: &str = "Comes back to the planned size after growth and rollouts: spread leaves no instance empty, so that managed scaling would not.";
pub(super) const RESET_RECURRENCE: &str = "When groups are reset to their planned size: cron in UTC, at an hour when services are at their planned counts";
const NOT_PROTECTED_FOR_SCHEDULES: &str = "Scale-in takes no protected instance, and the schedule could take none; managed draining moves the tasks first.";
pub(super) const SCHEDULE: &str = "The sizes of the week, UTC: the group grows before the hour that needs it and shrinks after the hour that did. The smallest size moves with the desired one, so that managed scaling does not undo it.";
pub(super) const SERVICE_SCHEDULE: &str =
    "The service's counts by the hour, as the cluster file has them.";
pub(super) const RESET_LIMITS: &str = "AWS does not say whether tasks on draining instances count for a strategy's weights. With these limits a task stops before \
     the other starts, and the fleet comes back whichever it is; a change of them starts no deployment.";
pub(super) const LOWER_AT: &str = "When services get the limits of rollouts that a reset asks for: an expression of EventBridge Scheduler in UTC, some minutes before the reset";
pub(super) const RESTORE_AT: &str = "When services get their own limits of rollouts back: an expression of EventBridge Scheduler in UTC, two hours after the reset";
pub(super) const RESET_ROLE: &str =
    "EventBridge Scheduler takes this role to set those limits, and nothing else.";
pub(super) const MANAGED_TAG: &str = "ECS sets this tag on groups behind managed scaling; declared here, it is not removed by the next deployment.";
pub(super) const DRAINING: &str = "Tasks move before an instance is terminated.";
pub(super) const TERMINATION: &str = "Scale-in never takes an instance that runs tasks.";
pub(super) const NO_DESIRED: &str =
    "Desired capacity is left out: managed scaling owns it between minimum and maximum.";
pub(super) const ASSOCIATION: &str =
    "Every provider that the services use. This list replaces the cluster's present one.";
pub(super) const STAGE: &str = "move, until every service has its new strategy; then retire, which takes the old capacity providers off the cluster";
pub(super) const BOTH_LISTS: &str = "Old and new ones: ECS takes the whole list, and drops none that a service uses. The default strategy stays.";
pub(super) const STAGE_1: &str = "Stage 1: new groups and providers beside the old ones.";
pub(super) const MOVES: &str = "ECS changes a strategy only with a new deployment; the next service waits until it has ended well. A service that \
                                has its strategy already is not started again.";
pub(super) const RETIRE: &str = "Deleting is yours to decide: with RETIRE=yes their tasks move away, then the groups are emptied and deleted.";
pub(super) const COUNTS: &str =
    "As the cluster file has them: the plan was made for counts between them.";
pub(super) const TRUNKING: &str = "The plan counts on it, and only instances that start later get it. INSTANCE_ROLE_ARN enables it for the \
                                   instances' role alone, else it is the account's default.";
pub(super) const DEFAULT_STRATEGY: &str =
    "For tasks that name no capacity themselves: the steadiest group.";
pub(super) const COUNT: &str =
    "Service auto scaling may move it within the room the plan was made for.";
pub(super) const TODAY: &str = "As the cluster file has it.";
pub(super) const ROOT_VOLUME: &str = "The root volume whose price is in the plan.";
pub(super) const NEW_DEPLOYMENT: &str = "A strategy applies to tasks when they start.";

pub(super) const MANAGED_SCALING: &str =
    "ECS launches what the tasks need and takes away what stands idle; there are no sizes to set.";
pub(super) const MANAGED_STORAGE: &str =
    "The volume whose price is in the plan; AWS's own size is another.";
pub(super) const MANAGED_TAGS: &str =
    "Tags that the provider is given reach its instances, so that bills can be told apart.";
pub(super) const MANAGED_PRICES: &str = "Off: else ECS leaves out types that are dearer than the cheapest by more than a share, whatever the plan has.";
pub(super) const MANAGED_ROLES_ARE_GIVEN: &str =
    "Roles and security groups are given; the module would make its own.";
pub(super) const MANAGED_ROLE: &str = "ARN of the role by which ECS runs Managed Instances (AmazonECSInfrastructureRolePolicyForManagedInstances)";
pub(super) const MANAGED_PROFILE: &str = "ARN of the instance profile of Managed Instances; with that policy its role's name begins with ecsInstanceRole";
pub(super) const MANAGED_SECURITY_GROUPS: &str = "Security groups of Managed Instances";

pub(super) const GROUP_IS_KEPT: &str = "The group exists and is kept.";
pub(super) const PROVIDER_IS_KEPT: &str = "The capacity provider exists and is kept.";
pub(super) const CLUSTER_IS_KEPT: &str = "The cluster exists and is kept.";
pub(super) const LIST_IS_KEPT: &str = "The cluster's list of providers exists and is changed.";
pub(super) const SERVICE_IS_KEPT: &str = "The service runs and is kept.";
pub(super) const MOVED: &str =
    "What was applied as plain resources before is moved into the modules and not made anew.";
pub(super) const CLUSTER_STAYS: &str =
    "What the plan does not speak of stays as it is; the module would set it.";
pub(super) const ONLY_THE_SERVICE: &str =
    "Only what the plan speaks of; add the service's roles, load balancer and scaling here.";
pub(super) const NO_NETWORK: &str = "Tasks without network interfaces of their own.";

/// Of the cluster's list of providers.
pub(super) const fn association(settings: &Settings) -> &'static str {
    if settings.stages.is_some() {
        "Old and new providers until the services have moved: ECS drops none that a service uses. Then the plan's."
    } else {
        ASSOCIATION
    }
}

pub(super) const fn launch(launch: &Launch) -> &'static str {
    match launch {
        Launch::Planned(_) => {
            "The newest version, so that a new image or setting reaches new instances."
        }
        Launch::Existing(_) => {
            "The launch template that the group has; its image and user data stay."
        }
    }
}

pub(super) fn overrides(group: &GroupSettings) -> String {
    match group.instance_types.as_slice() {
        [_] => "One type: the plan's tasks per instance were worked out for it.".to_owned(),
        [planned, further @ ..] if group.certified => format!(
            "{planned} is planned; the other {} hold the same tasks where its Spot pool has no room.",
            further.len()
        ),
        types => format!(
            "The {} types that the plan uses in this group.",
            types.len()
        ),
    }
}

pub(super) fn on_demand(group: &GroupSettings) -> String {
    match (group.on_demand_base, group.on_demand_percent) {
        (0, 0) => "All Spot: services that must have On-Demand tasks get them from other groups."
            .to_owned(),
        (0, _) => "All On-Demand.".to_owned(),
        (base, _) => {
            format!("The plan has {base} On-Demand instances here and buys the others as Spot.")
        }
    }
}

pub(super) fn sizes(group: &GroupSettings) -> String {
    let plural = if group.planned == 1 { "" } else { "s" };
    let planned = format!("{} instance{plural} planned", group.planned);
    let moves = group.min_size < group.max_size;
    if group.mode == Some(GroupMode::Elastic) && moves {
        format!(
            "{planned}; managed scaling takes empty instances away down to the minimum and adds them up to the maximum."
        )
    } else if group.certified || group.mode == Some(GroupMode::Steady) {
        format!(
            "{planned}; the plan was made for sizes from {} to {}.",
            group.min_size, group.max_size
        )
    } else if group.max_size == group.planned {
        format!("{planned}, and no more.")
    } else {
        format!("{planned}; the plan's own limits.")
    }
}

pub(super) fn scaling(group: &GroupSettings) -> String {
    format!(
        "ECS keeps the group {} % full and assumes {} s until a new instance counts.",
        group.scaling.target_capacity, group.scaling.warmup_seconds
    )
}

pub(super) fn placement(settings: &Settings, service: &ServiceSettings) -> &'static str {
    let all = |holds: fn(&GroupSettings) -> bool| settings.groups_of(service).all(holds);
    if all(|group| group.certified) {
        "Spread over instances: the plan's proof that every task finds a place rests on it."
    } else if service.placement.iter().any(|by| by.kind == "binpack")
        && all(|group| group.mode == Some(GroupMode::Elastic))
    {
        "Packed, so that instances fall empty and managed scaling can take them away."
    } else if all(|group| group.mode.is_some()) {
        "As in the replays in which every task found a place."
    } else {
        "As the plan was made."
    }
}

pub(super) fn strategy(items: &[WeightedItem], rounding: &str) -> String {
    if items.len() == 1 {
        format!("All tasks on one provider: {rounding}.")
    } else {
        format!("Tasks by weight: {rounding}.")
    }
}

pub(super) fn subnets(set: &SubnetSet) -> String {
    if set.zones.is_empty() {
        "Subnets for the instances".to_owned()
    } else {
        format!(
            "Subnets for the instances, one in each of {}",
            set.zones.join(", ")
        )
    }
}

/// Subnets of Managed Instances.
pub(super) fn managed_subnets(settings: &Settings) -> String {
    if settings.managed_zones.is_empty() {
        "Subnets of Managed Instances".to_owned()
    } else {
        format!(
            "Subnets of Managed Instances, one in each of {}",
            settings.managed_zones.join(", ")
        )
    }
}

/// Types of Managed Instances.
pub(super) fn managed_types(managed: &ManagedSettings) -> String {
    let plural = if managed.planned == 1 { "" } else { "s" };
    format!(
        "{} instance{plural} planned: ECS chooses among the plan's types, as many as the tasks need.",
        managed.planned
    )
}

/// Why new instances of a group are protected from scale-in, or are not.
pub(super) fn protection(group: &GroupSettings) -> &'static str {
    if group.is_protected() {
        PROTECTED
    } else if group.reset_to.is_some() {
        NOT_PROTECTED_FOR_RESETS
    } else if !group.schedule.is_empty() {
        NOT_PROTECTED_FOR_SCHEDULES
    } else {
        NOT_PROTECTED
    }
}

/// Which instances a reset takes.
pub(super) const fn reset_policy(group: &GroupSettings) -> &'static str {
    match group.narrowing {
        Narrowing::Types => RESET_POLICY_OF_TYPES,
        Narrowing::No | Narrowing::Size => RESET_POLICY,
    }
}

/// Why managed termination protection is on, or is not.
pub(super) fn termination(group: &GroupSettings) -> &'static str {
    if group.reset_to.is_some() {
        NOT_PROTECTED_FOR_RESETS
    } else if !group.schedule.is_empty() {
        NOT_PROTECTED_FOR_SCHEDULES
    } else {
        TERMINATION
    }
}
