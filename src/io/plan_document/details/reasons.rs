//! Reasons why a task has no place, as data.

use serde::{Deserialize, Serialize};

use crate::domain::capacity::Capacity;
use crate::domain::plan::{
    DaemonsObstacle, Exclusion, FailedTest, FargateObstacle, InTheWay, Reason, RoomFor, TestCount,
};

use super::obstacles::{
    DaemonsObstacleDocument, FailedTestDocument, exclusions, failed_tests, fargate_obstacles,
};

use super::parts::{hindrances, rooms_for, test_counts};

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Reason",
    tag = "code",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum ReasonDocument {
    TwoZonesNeeded,
    ZoneNeeded,
    ZoneOfItsOwnNeeded {
        tasks: u64,
    },
    NoExternalInstance,
    NoInstanceType,
    NoOffering {
        offerings: u64,
        #[serde(with = "test_counts")]
        excluded_by: Vec<TestCount>,
    },
    NearestMiss {
        instance_type: String,
        #[serde(with = "failed_tests")]
        failed: Vec<FailedTest>,
    },
    PolicyExcludes {
        instance_type: String,
        #[serde(with = "exclusions")]
        exclusions: Vec<Exclusion>,
        types: u64,
    },
    OtherPurchaseNeeded {
        #[serde(with = "crate::io::purchase_option")]
        purchase_option: Capacity,
    },
    TaskMustChange {
        #[serde(with = "FailedTestDocument")]
        failed: FailedTest,
    },
    NoRoomBesideDaemons {
        offerings: u64,
        instance_type: String,
        #[serde(with = "DaemonsObstacleDocument")]
        obstacle: DaemonsObstacle,
    },
    FargateForbidden,
    NotOnFargate {
        #[serde(with = "fargate_obstacles")]
        obstacles: Vec<FargateObstacle>,
    },
    ExternalInstancesFull,
    WorkLimit,
    NoPacking {
        #[serde(with = "rooms_for")]
        room_for: Vec<RoomFor>,
        #[serde(with = "hindrances")]
        in_the_way: Vec<InTheWay>,
    },
    NoPackingWithin {
        max_instances: u64,
        #[serde(with = "rooms_for")]
        room_for: Vec<RoomFor>,
    },
    AlsoInTheWay {
        #[serde(with = "hindrances")]
        rules: Vec<InTheWay>,
    },
    TrunkingGivesPlaces {
        tasks: u64,
    },
    AsGiven {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct ReasonValue(#[serde(with = "ReasonDocument")] pub(super) Reason);
