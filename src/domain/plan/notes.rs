//! What a plan's figures rest on.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::money::UsdPerHour;
use crate::domain::policy::MemoryOverhead;

use super::filling::{Filling, NotRealised};

/// One thing that the plan's figures rest on.
#[derive(Debug, Clone, PartialEq)]
pub enum Assumption {
    /// Registered memory follows the policy's `memoryOverhead`.
    MemoryOverhead {
        /// What comes off the nominal memory.
        overhead: MemoryOverhead,
    },
    /// Registered memory follows the documented model.
    MemoryModel {
        /// Types with observed values.
        sampled_types: u64,
        /// What comes off the nominal memory of the other types, by class.
        classes: Vec<MemoryClassModel>,
    },
    /// Resources of `containerInstances` replace the model for their types.
    RegisteredAsShown,
    /// No root volume is priced.
    NoRootVolume,
    /// Each instance pays for a gp3 root volume.
    RootVolume {
        /// Size in GiB.
        gib: u64,
        /// USD per GiB-month; `None` where the catalogue has no price.
        usd_per_gib_month: Option<Decimal>,
        /// Basis of the price where it is weak.
        weak_basis: Option<String>,
    },
    /// Types of the plan whose prices have a weak basis.
    WeakPrices {
        /// Types with the basis of each.
        prices: Vec<WeakPrice>,
    },
    /// Demand moves over the week.
    WeekOfHours {
        /// Classes of hours with the same numbers of tasks.
        classes: u64,
        /// Hours of the class that the plan's instances show, as inclusive ranges.
        shown: String,
        /// Whether the file names periods without their hours.
        periods_laid: bool,
    },
    /// Groups would change their sizes more often than that: sizes are raised in some hours.
    SizesRaised {
        /// Groups.
        groups: u64,
        /// Most changes of one group in a week.
        most: u64,
        /// What that adds to the mean bill.
        usd_per_hour: UsdPerHour,
    },
    /// The replica played the week.
    WeekPlayed {
        /// Weeks, each with other minutes.
        weeks: u64,
        /// Changes of groups' sizes in a week.
        size_changes: u64,
        /// Changes of services' counts in a week.
        count_changes: u64,
        /// The most minutes on end in which a task of one service had no place.
        longest_wait_minutes: u64,
        /// The most tasks without a place at the end of a minute.
        most_waiting: u64,
        /// Tasks of the hour that the plan shows.
        tasks: u64,
        /// Minutes that a launch takes.
        launch_minutes: u64,
        /// Minutes before an hour at which groups grow.
        warm_up_minutes: u64,
        /// Minutes after an hour's begin at which groups shrink.
        drain_minutes: u64,
        /// Largest mean bill of a week, instances that start or drain included.
        usd_per_hour: UsdPerHour,
    },
    /// The week is too large to be played, or the time was over.
    WeekNotPlayed,
    /// Commitments are applied as AWS does.
    Commitments {
        /// The day against which their ends were held, where some end.
        day: Option<String>,
        /// Those that have ended.
        ended: u64,
        /// Those of other Regions.
        elsewhere: u64,
        /// Families whose rates are estimates.
        estimated: Vec<String>,
    },
    /// `keepInstances: all`.
    InstancesStay,
    /// Instances of today stay with all their tasks (`--max-moves`), and services whose strategies change roll out.
    TasksStay {
        /// Instances that stay.
        instances: u64,
        /// Services whose capacity provider strategies change.
        services: u64,
        /// Tasks of these services, all of which a deployment replaces.
        tasks: u64,
    },
    /// More instances stay than `maxInstances` allows.
    MoreThanMaxInstances {
        /// Instances that stay.
        instances: u64,
        /// `maxInstances`.
        max_instances: u64,
    },
    /// The file names no zones.
    NoZones,
    /// Zones whose ids the file does not give.
    ZoneIdsUnknown {
        /// Their names.
        zones: Vec<String>,
        /// All zones of the file.
        zones_in_all: u64,
    },
    /// The catalogue does not say for any zone of the Region which types it has.
    ZonesNotKnown {
        /// The Region.
        region: String,
    },
    /// Spot prices are those of a file.
    SpotPricesOfFile,
    /// Spot prices are On-Demand prices less the Spot Instance Advisor's saving.
    SpotPricesOfAdvisor,
    /// `spotMaxSharePerPool` holds for the plan only.
    PoolShareNotEnforced,
    /// Managed Instances: which ones ECS starts and how it fills them is not published.
    ManagedInstances {
        /// Services on them.
        services: u64,
        /// Instances that the packing has.
        instances: u64,
        /// Their fees.
        fees_usd_per_hour: UsdPerHour,
        /// Whether the fees are by AWS's shares of the price and not by figures of the catalogue.
        fees_by_rule: bool,
        /// Daemons that run on them, as managed daemons.
        daemons: u64,
    },
    /// Over a week, what is packed on Managed Instances in its hours.
    ManagedInstancesByHour {
        /// Fewest of them in an hour.
        fewest: u64,
        /// Most of them in an hour.
        most: u64,
        /// What they cost in the mean of the week.
        usd_per_hour: UsdPerHour,
    },
    /// How tasks fill the Managed Instances of the packing, under assumptions about what is not published: zones first, then the fullest
    /// instance.
    ManagedInstancesReplayed {
        /// What the replays say.
        filling: Filling,
    },
    /// Burstable types in unlimited mode: CPU above the baseline is paid, as tasks use it in the mean, or as they reserve it where no use is
    /// known.
    SurplusCredits {
        /// Instances that pay.
        instances: u64,
        /// What all of them pay.
        usd_per_hour: UsdPerHour,
        /// Services on burstable instances whose measured use counts.
        measured: u64,
        /// Those of which what they reserve counts.
        reserved: u64,
    },
    /// Fargate tasks are billed at the cheapest size that holds them.
    FargateSizes,
    /// Fargate rates with a weak basis.
    WeakFargateRates {
        /// The bases.
        bases: Vec<String>,
    },
    /// `surviveZoneLoss`: tasks of a lost zone go to `spare`, the others stay.
    SpareForLostZone,
    /// `deploymentSurge`: one service at a time, and no zone is lost meanwhile.
    OneDeploymentAtATime,
    /// UDP host ports count against ECS's quota of reserved ports, which its documents state of TCP.
    UdpPortsCounted,
    /// `eniTrunking` is on.
    EniTrunkingOn,
    /// `eniTrunking` is off.
    EniTrunkingOff,
    /// `eniTrunking` is off, and Managed Instances, which the plan has too, have trunks all the same.
    EniTrunkingOffInGroups,
    /// Instances are full of network interfaces: what the best packing found with `eniTrunking` is.
    TrunkingTried {
        /// What it gives.
        tried: TrunkingTried,
    },
    /// Instances are full of network interfaces, and the limits of the run left no packing with `eniTrunking`.
    TrunkingNotTried,
    /// The plan is the ideal packing because that was asked for.
    IdealAskedFor,
    /// The plan is of Kubernetes, whose scheduler is not replayed: the ideal packing, and nothing that acts.
    NodesOfKubernetes {
        /// Workloads that no rule of theirs holds to an architecture.
        workloads_of_any_architecture: u64,
    },
    /// How ECS fills the ideal packing, beside a fleet that it can fill.
    IdealFilled {
        /// What the replays say.
        filling: Filling,
    },
    /// The policy allows Spot, and the fleet is one of On-Demand instances alone, because that is cheaper than what was found with
    /// Spot.
    CheaperWithoutSpot {
        /// What the fleet with Spot cost; `None` where no groups were found with it.
        with_spot_usd_per_hour: Option<UsdPerHour>,
    },
    /// The plan is the ideal packing because no fleet that ECS can fill was found.
    NotRealised {
        /// Why none was found.
        why: NotRealised,
        /// What replays of the ideal packing say.
        filling: Filling,
    },
    /// Every task found a place in every order that was replayed.
    FleetFilled {
        /// Orders of arrival.
        orders: u64,
        /// Groups of the plan.
        groups: u64,
        /// Groups without a certificate for every order.
        uncertified: u64,
    },
    /// How ECS fills today's container instances.
    TodayFilled {
        /// Instances of today.
        instances: u64,
        /// What the replays say.
        filling: Filling,
    },
    /// Today's cost counts instances that take no new tasks: EC2 bills them.
    TodayCountsDraining {
        /// How many.
        instances: u64,
    },
    /// Today's cost counts nodes on which no new pod starts: EC2 bills them.
    TodayCountsCordoned {
        /// How many.
        instances: u64,
    },
    /// `DaemonSet`s of Kubernetes that no node of the plan runs.
    DaemonsOnNoNode {
        /// Their names.
        names: Vec<String>,
    },
    /// `surviveZoneLoss`, and workloads of Kubernetes whose anti-affinity leaves the pods of a lost zone no other.
    PendingAfterZoneLoss {
        /// Their names.
        names: Vec<String>,
    },
    /// Today's cost is not known, since some instances have no price.
    TodayWithoutPrice {
        /// Their types, with the instances of each.
        unpriced: Vec<UnpricedType>,
        /// All instances that AWS bills.
        instances: u64,
        /// What the others cost.
        others_usd_per_hour: UsdPerHour,
    },
    /// Today's cost is that of the container instances alone.
    TodayWithoutFargate,
    /// Today's cost is as given, and not added up from instances.
    TodayCostGiven {
        /// The cost.
        usd_per_hour: UsdPerHour,
    },
    /// What `--min-availability` lowered.
    MinAvailability {
        /// The probability that was asked for.
        least: f64,
        /// Spot shares that were lowered.
        lowered: Vec<LoweredShare>,
        /// `spotMaxSharePerPool`, where it was lowered.
        pool_share: Option<Decimal>,
        /// What trials say of the services on Spot; `None` where none is, so that no interruption takes part.
        kept: Option<Kept>,
    },
    /// Rollouts could not be played to their end within the limits of work and time.
    RolloutsNotPlayed,
    /// Rollouts were played of some services alone: the time was over, or all together are too many.
    RolloutsPartlyPlayed {
        /// Services whose rollout was played.
        played: u64,
        /// Services whose rollout could be.
        services: u64,
    },
    /// Which rollouts end, one service at a time, as the replica plays them.
    Rollouts {
        /// Services whose rollout ends on the instances that are there.
        within: u64,
        /// Services whose rollout ends by launches that `maxSize` allows.
        launching: Vec<String>,
        /// Whether a reset of the desired capacities afterwards brings the fleet back to its size after each of these.
        comes_back: bool,
        /// Whether it needs lower percentages of some services meanwhile.
        lowers_percentages: bool,
        /// Instances that what a rollout launched leaves beyond those before it, until the reset, at most.
        most_more: u64,
        /// What an hour of the fleet costs more until then, at most.
        usd_per_hour_more: UsdPerHour,
    },
    /// After some rollouts a reset of the desired capacities does not bring the fleet back to its size with every task
    /// running.
    RolloutsLeaveFleetLarger {
        /// The services.
        service_names: Vec<String>,
    },
    /// With which percentages of services that use several groups a reset of the desired capacities brings the fleet
    /// back to its size, where their own do not.
    ResetPercentages {
        /// The services.
        services: Vec<ResetPercentages>,
    },
    /// Services that use several groups: their strategies' weights are taken to decide how many tasks each gets.
    RoutingByWeights {
        /// How many services.
        services: u64,
    },
    /// Services whose On-Demand tasks are the base of a provider of weight 0: AWS says that such a provider takes no tasks, and not
    /// whether it takes its base.
    BasesBesideWeightZero {
        /// How many services.
        services: u64,
    },
    /// Certified Spot groups may launch further instance types.
    SpotTypes {
        /// How many groups.
        groups: u64,
        /// Further types of all of them.
        types: u64,
        /// What the bill would rise by if every instance were of its group's dearest type.
        usd_per_hour_more: UsdPerHour,
    },
    /// The replica lost each instance once.
    InstanceLossPlayed {
        /// Instances, each lost by itself.
        instances: u64,
        /// Those whose loss leaves a task waiting.
        instances_with_waiting_tasks: u64,
        /// Type of the worst one.
        worst_instance_type: String,
        /// Tasks on it.
        worst_tasks: u64,
        /// Tasks on all instances.
        tasks: u64,
        /// Most tasks that waited at a time.
        most_waiting: u64,
        /// Minutes until the last of them ran; `None` where some waited to the end.
        longest_minutes: Option<u64>,
        /// Instances after whose loss the fleet is larger at the end of the hour than before.
        larger_after: u64,
        /// By so many instances at most.
        most_more: u64,
        /// What an hour of the fleet costs more then, at most.
        usd_per_hour_more: UsdPerHour,
        /// What a reset of the desired capacities comes to after each of these.
        reset: ResetOutcome,
    },
    /// The replica lost each zone once.
    ZoneLossPlayed {
        /// Zones, each lost by itself.
        zones: u64,
        /// The one whose loss leaves most tasks waiting.
        worst_zone: String,
        /// Tasks on all instances.
        tasks: u64,
        /// Most tasks that waited at a time.
        most_waiting: u64,
        /// Tasks that waited at the end.
        waiting_at_end: u64,
        /// Minutes from the loss to the end.
        minutes: u64,
        /// What a reset of the desired capacities comes to once the zone is there again, after each.
        reset: ResetOutcome,
    },
    /// The replica let services grow to `maxCount` and come back.
    GrowthPlayed {
        /// Services that grew.
        services: u64,
        /// Those that leave a task without a place where each grows alone; `None` where that was not played.
        alone_without_place: Option<Vec<String>>,
        /// Tasks without a place where all grow one task after another; `None` where that was not played.
        one_by_one_missing: Option<u64>,
        /// Tasks of all services then.
        tasks: u64,
        /// Tasks without a place at the end of growth.
        missing: u64,
        /// Minutes until every task ran; `None` where some waited to the end.
        longest_minutes: Option<u64>,
        /// Instances before.
        instances: u64,
        /// Most instances meanwhile.
        most_instances: u64,
        /// Whether a reset of the desired capacities afterwards brings the fleet back to its size, with every task running.
        comes_back: bool,
        /// Whether it needs lower percentages of some services meanwhile.
        lowers_percentages: bool,
    },
    /// The replica let services fall to `minCount`.
    FallPlayed {
        /// Services that fell.
        services: u64,
        /// Whether every task has a place on groups of `minSize`; where not, `minSize` is the planned size.
        fits: bool,
    },
    /// No service on groups names a `maxCount` above its planned count.
    NoGrowthNamed,
    /// The replica let the Spot pool with the most CPU run short, with all its instances.
    SpotReclaimPlayed {
        /// The pool and what it is short of.
        event: SpotShortage,
        /// Tasks on all instances.
        tasks: u64,
        /// Most tasks that waited at a time.
        most_waiting: u64,
        /// Tasks that waited at the end.
        waiting_at_end: u64,
        /// Minutes from the shortage to the end.
        minutes: u64,
        /// Instances that there are then beyond those before it.
        most_more: u64,
        /// What an hour of the fleet costs more then.
        usd_per_hour_more: UsdPerHour,
        /// What a reset of the desired capacities comes to after that.
        reset: ResetOutcome,
    },
    /// What the replica did not play within the limits of work and time.
    NotPlayed {
        /// Parts of an ordinary day.
        what: Vec<DayPart>,
    },
    /// A text of a plan document that says nothing else about it.
    AsGiven {
        /// The text.
        text: String,
    },
}

/// Instances of a type without a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpricedType {
    /// Instance type.
    pub instance_type: String,
    /// How many run today.
    pub instances: u64,
}

/// A part of an ordinary day that the replica plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayPart {
    /// Services grow to `maxCount` and come back.
    Growth,
    /// Services fall to `minCount`.
    Fall,
    /// Each instance is lost once.
    InstanceLoss,
    /// Each zone is lost once.
    ZoneLoss,
    /// The Spot pool with the most CPU runs short.
    SpotReclaim,
    /// A reset of the desired capacities after a loss.
    Reset,
}

/// What a scheduled reset of all desired capacities comes to, as the replica plays it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResetOutcome {
    /// It was not played: nothing is known of it.
    #[default]
    NotPlayed,
    /// The fleet has its size without it.
    NotNeeded,
    /// The fleet is back at its size, and every task runs.
    ComesBack,
    /// So it is where services that use several groups have lower percentages meanwhile.
    ComesBackLowered,
    /// The fleet stays larger, or a task waits.
    DoesNotComeBack,
}

/// A Spot pool that runs short.
#[derive(Debug, Clone, PartialEq)]
pub struct SpotShortage {
    /// Instance type.
    pub instance_type: String,
    /// Zone; `None` where zones are not planned.
    pub availability_zone: Option<String>,
    /// Instances in it.
    pub instances: u64,
    /// Probability with which each is given notice.
    pub probability: f64,
}

/// Types that lose memory to hypervisor, kernel and agent in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryClass {
    /// Nitro, and bare metal, which has no samples and no hypervisor that would take a share.
    Nitro,
    /// t3 and t3a, which keep far more than other types on Nitro.
    NitroT3,
    /// Xen, 4 GiB and up: the kernel keeps a 64 MiB buffer for DMA.
    Xen,
    /// Xen below 4 GiB: it does not.
    XenBelow4Gib,
}

/// What comes off the nominal memory of a class of types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryClassModel {
    /// The class.
    pub class: MemoryClass,
    /// What comes off.
    pub overhead: MemoryOverhead,
}

/// A price with a weak basis.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeakPrice {
    /// Instance type.
    pub instance_type: String,
    /// Basis of its price.
    pub basis: String,
}

/// Percentages of a service while a reset of the desired capacities goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetPercentages {
    /// The service.
    pub service_name: String,
    /// `minimumHealthyPercent` meanwhile.
    pub minimum_healthy_percent: u64,
    /// `maximumPercent` meanwhile.
    pub maximum_percent: u64,
}

/// A Spot share that was lowered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoweredShare {
    /// Service name.
    pub service_name: String,
    /// Its share now.
    pub spot_max_share: Decimal,
}

/// How often services on Spot keep their minimum of healthy tasks through a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// Lower end of the 95 % interval of the service that is kept least often.
    pub probability: f64,
    /// Monte-Carlo trials.
    pub trials: u64,
}

/// The cluster packed again with ENI trunking, beside a plan whose instances are full of network interfaces.
///
/// Plans and explanations write it as it is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrunkingTried {
    /// What the best packing found costs.
    pub usd_per_hour: UsdPerHour,
    /// What no plan with trunks costs less than; `None` where nothing is proven.
    pub bound_usd_per_hour: Option<UsdPerHour>,
    /// Its instances.
    pub instances: u64,
    /// Tasks that have no place in it either.
    pub unplaced: u64,
    /// The best packing without trunks.
    pub without_usd_per_hour: UsdPerHour,
    /// What no plan without trunks costs less than; `None` where nothing is proven.
    pub without_bound_usd_per_hour: Option<UsdPerHour>,
    /// The plan's instances.
    pub without_instances: u64,
    /// The plan's tasks without a place.
    pub without_unplaced: u64,
}

impl TrunkingTried {
    /// Whether network interfaces are shown to be what instances are bought for: with trunks every task has a place for less
    /// than any plan without them can cost.
    #[must_use]
    pub fn shows_that_interfaces_bind(&self) -> bool {
        let all_placed = self.unplaced == 0 && self.without_unplaced == 0;
        let beats = |bound: UsdPerHour| self.usd_per_hour < bound;
        all_placed && self.without_bound_usd_per_hour.is_some_and(beats)
    }
}
