//! Assumptions and warnings as data.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, DayPart, Filling, Kept, LoweredShare, MemoryClassModel, NotRealised,
    RefusedSetting, ResetOutcome, ResetPercentages, RolloutRemedy, SpotShortage, TrunkingTried,
    UnpricedType, Warning, WeakPrice,
};
use crate::domain::policy::MemoryOverhead;

use super::parts::{
    FillingDocument, MemoryOverheadDocument, NotRealisedDocument, ResetOutcomeDocument,
    RolloutRemedyDocument, SpotShortageDocument, day_parts, kept, lowered_shares, memory_classes,
    refused_settings, reset_percentages, unpriced_types, weak_prices,
};

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Assumption",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum AssumptionDocument {
    MemoryOverhead {
        #[serde(with = "MemoryOverheadDocument")]
        overhead: MemoryOverhead,
    },
    MemoryModel {
        sampled_types: u64,
        #[serde(with = "memory_classes")]
        classes: Vec<MemoryClassModel>,
    },
    RegisteredAsShown,
    NoRootVolume,
    RootVolume {
        gib: u64,
        usd_per_gib_month: Option<Decimal>,
        weak_basis: Option<String>,
    },
    WeakPrices {
        #[serde(with = "weak_prices")]
        prices: Vec<WeakPrice>,
    },
    InstancesStay,
    TasksStay {
        instances: u64,
        services: u64,
        tasks: u64,
    },
    MoreThanMaxInstances {
        instances: u64,
        max_instances: u64,
    },
    NoZones,
    ZoneIdsUnknown {
        zones: Vec<String>,
        zones_in_all: u64,
    },
    ZonesNotKnown {
        region: String,
    },
    SpotPricesOfFile,
    SpotPricesOfAdvisor,
    PoolShareNotEnforced,
    ManagedInstances {
        services: u64,
        instances: u64,
        fees_usd_per_hour: UsdPerHour,
        fees_by_rule: bool,
        daemons: u64,
    },
    ManagedInstancesByHour {
        fewest: u64,
        most: u64,
        usd_per_hour: UsdPerHour,
    },
    ManagedInstancesReplayed {
        #[serde(with = "FillingDocument")]
        filling: Filling,
    },
    SurplusCredits {
        instances: u64,
        usd_per_hour: UsdPerHour,
        #[serde(default)]
        measured: u64,
        #[serde(default)]
        reserved: u64,
    },
    FargateSizes,
    WeakFargateRates {
        bases: Vec<String>,
    },
    SpareForLostZone,
    OneDeploymentAtATime,
    UdpPortsCounted,
    EniTrunkingOn,
    EniTrunkingOff,
    EniTrunkingOffInGroups,
    TrunkingTried {
        tried: TrunkingTried,
    },
    TrunkingNotTried,
    IdealAskedFor,
    NodesOfKubernetes {
        workloads_of_any_architecture: u64,
    },
    IdealFilled {
        #[serde(with = "FillingDocument")]
        filling: Filling,
    },
    CheaperWithoutSpot {
        with_spot_usd_per_hour: Option<UsdPerHour>,
    },
    NotRealised {
        #[serde(with = "NotRealisedDocument")]
        why: NotRealised,
        #[serde(with = "FillingDocument")]
        filling: Filling,
    },
    FleetFilled {
        orders: u64,
        groups: u64,
        uncertified: u64,
    },
    TodayFilled {
        instances: u64,
        #[serde(with = "FillingDocument")]
        filling: Filling,
    },
    TodayCountsDraining {
        instances: u64,
    },
    DaemonsOnNoNode {
        names: Vec<String>,
    },
    PendingAfterZoneLoss {
        names: Vec<String>,
    },
    TodayCountsCordoned {
        instances: u64,
    },
    TodayWithoutPrice {
        #[serde(with = "unpriced_types")]
        unpriced: Vec<UnpricedType>,
        instances: u64,
        others_usd_per_hour: UsdPerHour,
    },
    TodayWithoutFargate,
    TodayCostGiven {
        usd_per_hour: UsdPerHour,
    },
    MinAvailability {
        least: f64,
        #[serde(with = "lowered_shares")]
        lowered: Vec<LoweredShare>,
        pool_share: Option<Decimal>,
        #[serde(with = "kept")]
        kept: Option<Kept>,
    },
    RolloutsNotPlayed,
    RolloutsPartlyPlayed {
        played: u64,
        services: u64,
    },
    Rollouts {
        within: u64,
        launching: Vec<String>,
        comes_back: bool,
        #[serde(default)]
        lowers_percentages: bool,
        #[serde(default)]
        most_more: u64,
        #[serde(default)]
        usd_per_hour_more: UsdPerHour,
    },
    RolloutsLeaveFleetLarger {
        service_names: Vec<String>,
    },
    ResetPercentages {
        #[serde(with = "reset_percentages")]
        services: Vec<ResetPercentages>,
    },
    WeekOfHours {
        classes: u64,
        shown: String,
        periods_laid: bool,
    },
    SizesRaised {
        groups: u64,
        most: u64,
        usd_per_hour: UsdPerHour,
    },
    WeekPlayed {
        weeks: u64,
        size_changes: u64,
        count_changes: u64,
        longest_wait_minutes: u64,
        most_waiting: u64,
        tasks: u64,
        launch_minutes: u64,
        warm_up_minutes: u64,
        drain_minutes: u64,
        usd_per_hour: UsdPerHour,
    },
    WeekNotPlayed,
    Commitments {
        day: Option<String>,
        ended: u64,
        elsewhere: u64,
        estimated: Vec<String>,
    },
    RoutingByWeights {
        services: u64,
    },
    BasesBesideWeightZero {
        services: u64,
    },
    SpotTypes {
        groups: u64,
        types: u64,
        usd_per_hour_more: UsdPerHour,
    },
    InstanceLossPlayed {
        instances: u64,
        instances_with_waiting_tasks: u64,
        worst_instance_type: String,
        worst_tasks: u64,
        tasks: u64,
        most_waiting: u64,
        longest_minutes: Option<u64>,
        #[serde(default)]
        larger_after: u64,
        #[serde(default)]
        most_more: u64,
        #[serde(default)]
        usd_per_hour_more: UsdPerHour,
        #[serde(with = "ResetOutcomeDocument")]
        reset: ResetOutcome,
    },
    ZoneLossPlayed {
        zones: u64,
        worst_zone: String,
        tasks: u64,
        most_waiting: u64,
        waiting_at_end: u64,
        minutes: u64,
        #[serde(with = "ResetOutcomeDocument")]
        reset: ResetOutcome,
    },
    GrowthPlayed {
        services: u64,
        #[serde(default)]
        alone_without_place: Option<Vec<String>>,
        #[serde(default)]
        one_by_one_missing: Option<u64>,
        tasks: u64,
        missing: u64,
        longest_minutes: Option<u64>,
        instances: u64,
        most_instances: u64,
        comes_back: bool,
        #[serde(default)]
        lowers_percentages: bool,
    },
    FallPlayed {
        services: u64,
        fits: bool,
    },
    NoGrowthNamed,
    SpotReclaimPlayed {
        #[serde(with = "SpotShortageDocument")]
        event: SpotShortage,
        tasks: u64,
        most_waiting: u64,
        waiting_at_end: u64,
        minutes: u64,
        #[serde(default)]
        most_more: u64,
        #[serde(default)]
        usd_per_hour_more: UsdPerHour,
        #[serde(with = "ResetOutcomeDocument")]
        reset: ResetOutcome,
    },
    NotPlayed {
        #[serde(with = "day_parts")]
        what: Vec<DayPart>,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct AssumptionValue(#[serde(with = "AssumptionDocument")] pub(super) Assumption);

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Warning",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum WarningDocument {
    InstanceQuota {
        instances: u64,
        quota: u64,
    },
    TaskQuota {
        service_name: String,
        tasks: u64,
        quota: u64,
    },
    DiscoveryQuota {
        service_name: String,
        tasks: u64,
        quota: u64,
    },
    MoreGroupsThanAllowed {
        groups: u64,
        max_capacity_providers: u64,
    },
    MaxShareGivesWay {
        tasks: u64,
    },
    MaxShareGivesWayInReplays,
    MaxShareGivesWayOverWeek,
    NeverRollsOut {
        service_name: String,
        tasks: u64,
        fewest_healthy: u64,
        minimum_healthy_percent: u64,
        most_tasks: u64,
        maximum_percent: u64,
        #[serde(with = "RolloutRemedyDocument")]
        remedy: RolloutRemedy,
    },
    SettingsRefused {
        #[serde(with = "refused_settings")]
        settings: Vec<RefusedSetting>,
    },
    RolloutsDoNotEnd {
        minutes: u64,
        service_names: Vec<String>,
    },
    LeftOut {
        what: String,
        names: Vec<String>,
        today_differs: bool,
    },
    RuleNotModelled {
        what: String,
        names: Vec<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        bound_may_be_too_high: bool,
    },
    BoundAboveToday {
        bound_usd_per_hour: UsdPerHour,
        today_usd_per_hour: UsdPerHour,
    },
    PreferredRules {
        rules: u64,
        names: Vec<String>,
    },
    TakenFromWhatRuns {
        names: Vec<String>,
        differ: bool,
    },
    CapacityTypeAssumed {
        names: Vec<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reserved: bool,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct WarningValue(#[serde(with = "WarningDocument")] pub(super) Warning);
