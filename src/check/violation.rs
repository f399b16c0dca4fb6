//! What the checker reports.

use std::fmt;

use serde::Serialize;

/// The rules of a plan. Codes stay; new rules get new codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Rule {
    /// The document is of version 1 and speaks of this cluster and Region.
    #[serde(rename = "V01")]
    Document,
    /// Every service of the cluster is listed once, and no other name appears.
    #[serde(rename = "V02")]
    ServiceNames,
    /// Placed, unplaced and Fargate tasks add up to the planned count.
    #[serde(rename = "V03")]
    TaskCounts,
    /// Instance types exist and the policy allows the new ones.
    #[serde(rename = "V04")]
    InstanceType,
    /// Instances are bought as the policy allows, existing ones as they are today.
    #[serde(rename = "V05")]
    PurchaseOption,
    /// Instances are in the zones of the cluster.
    #[serde(rename = "V06")]
    Zone,
    /// Custom attributes are those of a declared Auto Scaling group.
    #[serde(rename = "V07")]
    Attributes,
    /// Registered resources are the documented model's, or what the cluster shows.
    #[serde(rename = "V08")]
    Registered,
    /// Tasks, daemons and reserved amounts fit what an instance registers.
    #[serde(rename = "V09")]
    Capacity,
    /// No host port of an instance is taken twice.
    #[serde(rename = "V10")]
    HostPorts,
    /// `distinctInstance`: at most one task of the service on an instance.
    #[serde(rename = "V11")]
    DistinctInstance,
    /// Tasks run on a launch type that they may use.
    #[serde(rename = "V12")]
    LaunchType,
    /// Tasks run on an architecture that they support.
    #[serde(rename = "V13")]
    Architecture,
    /// `memberOf` expressions hold on every instance of the service.
    #[serde(rename = "V14")]
    MemberOf,
    /// A daemon runs once on every instance it matches and nowhere else.
    #[serde(rename = "V15")]
    Daemons,
    /// Existing rows are today's active instances, as `keepInstances` says, and all external ones.
    #[serde(rename = "V16")]
    ExistingInstances,
    /// Prices of instances and of Fargate tasks follow from the catalogue and the policy.
    #[serde(rename = "V17")]
    RowPrice,
    /// The bill is the sum of its rows, and the month 730 hours of it.
    #[serde(rename = "V18")]
    Bill,
    /// The services' shares add up to the bill.
    #[serde(rename = "V19")]
    ServiceShares,
    /// bound ≤ ideal ≤ bill, and the gaps follow from them.
    #[serde(rename = "V20")]
    BoundAndGaps,
    /// The status is what unplaced tasks and the bound allow.
    #[serde(rename = "V21")]
    Status,
    /// Capacity providers cover their rows and add up.
    #[serde(rename = "V22")]
    CapacityProviders,
    /// Capacity provider strategies name the providers that hold the tasks.
    #[serde(rename = "V23")]
    Strategies,
    /// The fleet has `minInstances` to `maxInstances` instances.
    #[serde(rename = "V24")]
    FleetSize,
    /// Counts in the document are at least 1.
    #[serde(rename = "V25")]
    PositiveCounts,
    /// Fargate is used as the policy allows.
    #[serde(rename = "V26")]
    Fargate,
    /// Enough tasks of every service are On-Demand.
    #[serde(rename = "V27")]
    OnDemandMinimum,
    /// No Spot pool holds more of the cluster's tasks than the policy allows.
    #[serde(rename = "V28")]
    PoolCap,
    /// Tasks of a service, and instances of a group, are spread evenly over zones.
    #[serde(rename = "V29")]
    ZoneSpread,
    /// The fleet has at most `maxInstanceTypes` distinct instance types.
    #[serde(rename = "V30")]
    InstanceTypeCount,
    /// Volumes of tasks are within an instance's attachments.
    #[serde(rename = "V31")]
    EbsAttachments,
    /// `task:group` affinities and conflicts hold on every instance.
    #[serde(rename = "V32")]
    TaskGroup,
    /// With any one zone gone, its tasks have a place on what remains.
    #[serde(rename = "V33")]
    ZoneLoss,
    /// There is room for the rollout of any one service.
    #[serde(rename = "V34")]
    DeploymentSurge,
    /// Room is kept only for zone loss, and only for replica services.
    #[serde(rename = "V35")]
    Spare,
    /// A group's certificate holds: its tasks find a place in every order of arrival.
    #[serde(rename = "V36")]
    Certificate,
    /// Accelerated instances hold a task that needs an accelerator.
    #[serde(rename = "V37")]
    Accelerators,
    /// On-Demand tasks of a service stand in enough zones.
    #[serde(rename = "V38")]
    OnDemandZones,
    /// No instance holds more than the stated share of a service's tasks.
    #[serde(rename = "V39")]
    ShareOnInstance,
    /// With any one instance gone, its tasks have a place on the others.
    #[serde(rename = "V40")]
    InstanceLoss,
    /// The plan names the catalogue that it is checked with.
    #[serde(rename = "V41")]
    Catalogue,
    /// Today's cost is the bill of the file's instances.
    #[serde(rename = "V42")]
    CurrentCost,
    /// Managed scaling has the settings that a plan writes.
    #[serde(rename = "V43")]
    ManagedScaling,
    /// Sizes of groups follow from the services' smallest and largest counts.
    #[serde(rename = "V44")]
    GroupSizes,
    /// Placement strategies are the service's own or its groups'.
    #[serde(rename = "V45")]
    PlacementStrategies,
    /// What one more task costs is possible.
    #[serde(rename = "V46")]
    MarginalCost,
    /// What other numbers of groups would cost is possible.
    #[serde(rename = "V47")]
    OtherGroupCounts,
    /// Texts say what `details` say. Told by whoever has the words: the checker has none.
    #[serde(rename = "V48")]
    Texts,
    /// What the plan says it moves is so.
    #[serde(rename = "V49")]
    Moves,
    /// Instance types that a group may launch in place of the planned one.
    #[serde(rename = "V50")]
    FurtherTypes,
    /// A plan over a week holds in every hour, and its bill is their mean.
    #[serde(rename = "V51")]
    Week,
    /// Commitments are the file's and the proposed ones, and change the bill as AWS applies them.
    #[serde(rename = "V52")]
    Commitment,
    /// Managed Instances are used as the policy allows.
    #[serde(rename = "V53")]
    ManagedInstances,
    /// What ENI trunking would give is possible.
    #[serde(rename = "V54")]
    Trunking,
    /// What is said of an ordinary day on the fleet is possible.
    #[serde(rename = "V55")]
    OrdinaryDay,
    /// What is said of replays agrees with itself, with the fleet and with the cluster.
    #[serde(rename = "V56")]
    Notes,
    /// Why tasks have no place is so.
    #[serde(rename = "V57")]
    Reasons,
}

impl Rule {
    /// Every rule, in the order of its code.
    pub const ALL: [Self; 57] = [
        Self::Document,
        Self::ServiceNames,
        Self::TaskCounts,
        Self::InstanceType,
        Self::PurchaseOption,
        Self::Zone,
        Self::Attributes,
        Self::Registered,
        Self::Capacity,
        Self::HostPorts,
        Self::DistinctInstance,
        Self::LaunchType,
        Self::Architecture,
        Self::MemberOf,
        Self::Daemons,
        Self::ExistingInstances,
        Self::RowPrice,
        Self::Bill,
        Self::ServiceShares,
        Self::BoundAndGaps,
        Self::Status,
        Self::CapacityProviders,
        Self::Strategies,
        Self::FleetSize,
        Self::PositiveCounts,
        Self::Fargate,
        Self::OnDemandMinimum,
        Self::PoolCap,
        Self::ZoneSpread,
        Self::InstanceTypeCount,
        Self::EbsAttachments,
        Self::TaskGroup,
        Self::ZoneLoss,
        Self::DeploymentSurge,
        Self::Spare,
        Self::Certificate,
        Self::Accelerators,
        Self::OnDemandZones,
        Self::ShareOnInstance,
        Self::InstanceLoss,
        Self::Catalogue,
        Self::CurrentCost,
        Self::ManagedScaling,
        Self::GroupSizes,
        Self::PlacementStrategies,
        Self::MarginalCost,
        Self::OtherGroupCounts,
        Self::Texts,
        Self::Moves,
        Self::FurtherTypes,
        Self::Week,
        Self::Commitment,
        Self::ManagedInstances,
        Self::Trunking,
        Self::OrdinaryDay,
        Self::Notes,
        Self::Reasons,
    ];

    /// The code such as `V09`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Document => "V01",
            Self::ServiceNames => "V02",
            Self::TaskCounts => "V03",
            Self::InstanceType => "V04",
            Self::PurchaseOption => "V05",
            Self::Zone => "V06",
            Self::Attributes => "V07",
            Self::Registered => "V08",
            Self::Capacity => "V09",
            Self::HostPorts => "V10",
            Self::DistinctInstance => "V11",
            Self::LaunchType => "V12",
            Self::Architecture => "V13",
            Self::MemberOf => "V14",
            Self::Daemons => "V15",
            Self::ExistingInstances => "V16",
            Self::RowPrice => "V17",
            Self::Bill => "V18",
            Self::ServiceShares => "V19",
            Self::BoundAndGaps => "V20",
            Self::Status => "V21",
            Self::CapacityProviders => "V22",
            Self::Strategies => "V23",
            Self::FleetSize => "V24",
            Self::PositiveCounts => "V25",
            Self::Fargate => "V26",
            Self::OnDemandMinimum => "V27",
            Self::PoolCap => "V28",
            Self::ZoneSpread => "V29",
            Self::InstanceTypeCount => "V30",
            Self::EbsAttachments => "V31",
            Self::TaskGroup => "V32",
            Self::ZoneLoss => "V33",
            Self::DeploymentSurge => "V34",
            Self::Spare => "V35",
            Self::Certificate => "V36",
            Self::Accelerators => "V37",
            Self::OnDemandZones => "V38",
            Self::ShareOnInstance => "V39",
            Self::InstanceLoss => "V40",
            Self::Catalogue => "V41",
            Self::CurrentCost => "V42",
            Self::ManagedScaling => "V43",
            Self::GroupSizes => "V44",
            Self::PlacementStrategies => "V45",
            Self::MarginalCost => "V46",
            Self::OtherGroupCounts => "V47",
            Self::Texts => "V48",
            Self::Moves => "V49",
            Self::FurtherTypes => "V50",
            Self::Week => "V51",
            Self::Commitment => "V52",
            Self::ManagedInstances => "V53",
            Self::Trunking => "V54",
            Self::OrdinaryDay => "V55",
            Self::Notes => "V56",
            Self::Reasons => "V57",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One rule broken at one place of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The broken rule; its code in JSON.
    #[serde(rename = "code")]
    pub rule: Rule,
    /// Where in the plan document: `instances[3]`, `services[api]`.
    pub place: String,
    /// What the document says, in words.
    pub found: String,
    /// What it should say, in words.
    pub expected: String,
}

impl Violation {
    /// Puts one together.
    pub fn new(
        rule: Rule,
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            place: place.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// What is wrong, before it has a rule and a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// What is there, in words.
    pub found: String,
    /// What should be there, in words.
    pub expected: String,
}

impl Problem {
    /// Puts one together.
    pub fn new(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// The violation of a rule that it is at a place.
    pub fn at(self, rule: Rule, place: impl Into<String>) -> Violation {
        Violation::new(rule, place, self.found, self.expected)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            place,
            found,
            expected,
        } = self;
        write!(f, "{rule} {place}: found {found}; expected {expected}")
    }
}
