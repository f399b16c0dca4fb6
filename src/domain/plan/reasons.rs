//! Why tasks have no place, and what would give them one.

use crate::domain::capacity::Capacity;

use super::obstacles::{DaemonsObstacle, Exclusion, FailedTest, FargateObstacle};

/// One reason why tasks of a service have no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// With `surviveZoneLoss` two zones must be able to hold a task.
    TwoZonesNeeded,
    /// With `zoneSpread: even` one of the file's zones must be able to hold a task.
    ZoneNeeded,
    /// Each pod needs a zone of its own, and there are fewer zones that can hold one.
    ZoneOfItsOwnNeeded {
        /// Pods.
        tasks: u64,
    },
    /// An EXTERNAL service, and no active instance from outside AWS.
    NoExternalInstance,
    /// The policy and the price list leave no instance type.
    NoInstanceType,
    /// No offering passes every test.
    NoOffering {
        /// Offerings that were tested.
        offerings: u64,
        /// How many each test excluded, the most first.
        excluded_by: Vec<TestCount>,
    },
    /// The offering that fails fewest tests.
    NearestMiss {
        /// Instance type.
        instance_type: String,
        /// The tests that it fails.
        failed: Vec<FailedTest>,
    },
    /// A type outside the policy would do.
    PolicyExcludes {
        /// The type that breaks fewest of the policy's rules, the cheapest of these.
        instance_type: String,
        /// The rules that it breaks.
        exclusions: Vec<Exclusion>,
        /// How many types that are left out would do.
        types: u64,
    },
    /// Bought in another way, a node would do: the pods choose their nodes by the way in which these are bought.
    OtherPurchaseNeeded {
        /// The way that the policy leaves out.
        purchase_option: Capacity,
    },
    /// No type of the catalogue would do: what about the task stands in the way of all.
    TaskMustChange {
        /// The test that fails everywhere, as it fails on one of them.
        failed: FailedTest,
    },
    /// Daemons or reserved amounts alone fill some offerings.
    NoRoomBesideDaemons {
        /// How many offerings.
        offerings: u64,
        /// The type of one of them.
        instance_type: String,
        /// What does not fit there.
        obstacle: DaemonsObstacle,
    },
    /// The service could run on Fargate if the policy allowed it.
    FargateForbidden,
    /// Why Fargate is no way out.
    NotOnFargate {
        /// Everything that stands in the way.
        obstacles: Vec<FargateObstacle>,
    },
    /// The instances from outside AWS that the file shows are full.
    ExternalInstancesFull,
    /// The work limit ended the search before it was through: with more work there might be a place.
    WorkLimit,
    /// No packing was found, though fewer instances than `maxInstances` are used.
    NoPacking {
        /// What was asked for beside a place for every task.
        room_for: Vec<RoomFor>,
        /// Rules that may be in the way.
        in_the_way: Vec<InTheWay>,
    },
    /// No packing was found on as many instances as `maxInstances` allows.
    NoPackingWithin {
        /// `maxInstances`.
        max_instances: u64,
        /// What was asked for beside a place for every task.
        room_for: Vec<RoomFor>,
    },
    /// Rules that may be in the way beside `maxInstances`.
    AlsoInTheWay {
        /// The rules.
        rules: Vec<InTheWay>,
    },
    /// With ENI trunking there is a place.
    TrunkingGivesPlaces {
        /// For so many of the tasks.
        tasks: u64,
    },
    /// A text of a plan document that says nothing else about it.
    AsGiven {
        /// The text.
        text: String,
    },
}

/// How many offerings a test excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCount {
    /// Name of the test, [`FailedTest::rule`].
    pub rule: String,
    /// Offerings that fail it.
    pub offerings: u64,
}

/// What a fleet keeps room for beside the tasks that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomFor {
    /// The tasks of a lost zone (`surviveZoneLoss`).
    LostZone,
    /// The tasks of a lost instance (`surviveInstanceLoss`).
    LostInstance,
    /// A rollout (`deploymentSurge`).
    Deployments,
}

/// A rule that takes places away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTheWay {
    /// `maxInstanceTypes`.
    MaxInstanceTypes,
    /// `spotMaxSharePerPool`.
    SpotMaxSharePerPool,
    /// Only today's instances are there.
    TodaysInstances,
    /// `task:group` constraints.
    TaskGroups,
}
