//! Why tasks have no place, and what would give them one, in words.

use crate::domain::node_labels;
use crate::domain::plan::{FailedTest, InTheWay, Reason, RoomFor};
use crate::domain::resources::Resource;

use super::obstacles::{daemons_obstacle, exclusion, failed_test, fargate_obstacle};

/// The attribute that only a cluster with zones has.
const ZONE: &str = "attribute:ecs.availability-zone";

/// Whether an unknown attribute is a label of a node's zone.
fn is_zone_of_nodes(attribute: &str) -> bool {
    let label = attribute.trim_start_matches("attribute:");
    node_labels::ZONE.contains(&label) || label == node_labels::ZONE_ID
}

/// Begins the source of a rule of pods that keep away from others: only a daemon is on every such node.
const ANTI_AFFINITY: &str = "required anti-affinity to ";

/// Begins the source of the rule that a node has not a taint.
const NO_TAINT: &str = "no taint ";

/// A reason in words.
#[must_use]
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::TwoZonesNeeded => {
            "with surviveZoneLoss it needs instances in two zones at least; would unlock it: \
             constraints that leave more zones, or instance types that more zones offer"
                .to_owned()
        }
        Reason::ZoneNeeded => {
            "with zoneSpread even it needs an instance in one of the file's zones; would unlock it: \
             zoneSpread any"
                .to_owned()
        }
        Reason::ZoneOfItsOwnNeeded { tasks } => format!(
            "its own anti-affinity asks for a zone for each of {tasks} pods, and instances that it may use are in fewer; would \
             unlock it: more zones, or instance types that more zones offer"
        ),
        Reason::NoExternalInstance => {
            "EXTERNAL services run only on container instances of the file that are registered from \
             outside AWS (attribute ecs.capability.external), and none of them is active; would unlock \
             it: such an instance in `containerInstances`"
                .to_owned()
        }
        Reason::NoInstanceType => {
            "the policy and the price list leave no instance type".to_owned()
        }
        Reason::NoOffering {
            offerings,
            excluded_by,
        } => {
            let tests: Vec<String> = (excluded_by.iter())
                .map(|test| format!("{} {}", test.rule, test.offerings))
                .collect();
            format!(
                "no offering of {offerings} passes every test; excluded by {}",
                tests.join(", ")
            )
        }
        Reason::NearestMiss {
            instance_type,
            failed,
        } => format!("nearest miss: {instance_type}: {}", listed(failed, failed_test)),
        Reason::PolicyExcludes {
            instance_type,
            exclusions,
            types,
        } => format!(
            "would unlock it: {instance_type} fits, but {} ({} left out would fit)",
            listed(exclusions, exclusion),
            counted(*types, "type")
        ),
        Reason::OtherPurchaseNeeded { purchase_option } => format!(
            "would unlock it: `{}` among the policy's purchaseOptions (`--purchase-options on-demand,spot`): its labels ask for such nodes",
            purchase_option.in_documents()
        ),
        Reason::TaskMustChange { failed } => format!("would unlock it: {}", remedy(failed)),
        Reason::NoRoomBesideDaemons {
            offerings,
            instance_type,
            obstacle,
        } => format!(
            "{} have no room for the daemons, such as {instance_type}: {}",
            counted(*offerings, "offering"),
            daemons_obstacle(obstacle)
        ),
        Reason::FargateForbidden => {
            "would unlock it: the policy's fargate allowed; the service can run there".to_owned()
        }
        Reason::NotOnFargate { obstacles } => format!("Fargate: {}", listed(obstacles, fargate_obstacle)),
        Reason::ExternalInstancesFull => {
            "the instances from outside AWS that the file shows are full; would unlock it: more of them"
                .to_owned()
        }
        Reason::NoPacking {
            room_for,
            in_the_way,
        } if in_the_way.is_empty() => format!(
            "no packing was found that fits {}; would unlock it: a larger --work-limit, larger instance types or less strict \
             rules",
            asked(room_for)
        ),
        Reason::NoPacking {
            room_for,
            in_the_way,
        } => format!(
            "no packing was found that fits {}; would unlock it: larger instance types or less strict rules \
             (in the way may be {})",
            asked(room_for),
            rules(in_the_way)
        ),
        Reason::NoPackingWithin {
            max_instances,
            room_for,
        } => format!(
            "no packing was found that fits {} on {max_instances} instances; would unlock it: a larger \
             maxInstances or larger instance types",
            asked(room_for)
        ),
        Reason::WorkLimit => {
            "the work limit ended the search for places; would unlock it, where there is one: a larger --work-limit".to_owned()
        }
        Reason::AlsoInTheWay { rules: others } => {
            format!("also in the way may be {}", rules(others))
        }
        Reason::TrunkingGivesPlaces { tasks } => format!(
            "would unlock it: ENI trunking (`eniTrunking: true`, and awsvpcTrunking of the account): planned again with it, {} of \
             these {} a place",
            counted(*tasks, "task"),
            if *tasks == 1 { "has" } else { "have" }
        ),
        Reason::AsGiven { text } => text.clone(),
    }
}

fn listed<T>(items: &[T], word: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(word).collect();
    items.join("; ")
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn asked(room_for: &[RoomFor]) -> String {
    let asked: Vec<&str> = (room_for.iter())
        .map(|room| match room {
            RoomFor::LostZone => "room for a lost zone",
            RoomFor::LostInstance => "room for a lost instance",
            RoomFor::Deployments => "room for deployments",
        })
        .collect();
    if asked.is_empty() {
        "all tasks".to_owned()
    } else {
        format!("all tasks and {}", asked.join(" and "))
    }
}

fn rules(rules: &[InTheWay]) -> String {
    let rules: Vec<&str> = (rules.iter())
        .map(|rule| match rule {
            InTheWay::MaxInstanceTypes => "maxInstanceTypes",
            InTheWay::SpotMaxSharePerPool => "spotMaxSharePerPool",
            InTheWay::TodaysInstances => "today's instances",
            InTheWay::TaskGroups => "task:group constraints",
        })
        .collect();
    rules.join(", ")
}

/// The change of the task, or around it, that passes a test.
fn remedy(test: &FailedTest) -> String {
    match test {
        FailedTest::LaunchType { .. } => {
            "EC2 among the launch types the service may use".to_owned()
        }
        FailedTest::Architecture { .. } => {
            "an image for another architecture (runtimePlatform or architectures)".to_owned()
        }
        FailedTest::MemberOf { unknown, .. } if unknown.iter().any(|name| name == ZONE) => {
            "the zone in `availabilityZones`; without it instances have no zone".to_owned()
        }
        FailedTest::MemberOf { unknown, .. } if unknown.iter().any(|name| is_zone_of_nodes(name)) => {
            "the zones to use (`--availability-zones`); without them nodes have no zone".to_owned()
        }
        FailedTest::MemberOf { unknown, .. } if !unknown.is_empty() => format!(
            "an Auto Scaling group that declares {} under `attributes`",
            unknown.join(", ")
        ),
        FailedTest::MemberOf { expression, .. } if expression.starts_with(NO_TAINT) => {
            let taint = expression.trim_start_matches(NO_TAINT);
            let taint = taint.split_once(',').map_or(taint, |(taint, _)| taint);
            format!("a toleration of {taint}")
        }
        FailedTest::MemberOf { expression, .. } => {
            format!("another expression than `{expression}`")
        }
        FailedTest::Resource { resource, .. } => {
            let kind = test.rule();
            let less = match resource {
                Resource::Cpu | Resource::Memory => "less",
                Resource::Enis | Resource::Gpus => "fewer",
            };
            format!("a task that needs {less} {kind}; no type has enough")
        }
        FailedTest::Attachments { .. } => "fewer attached volumes a task".to_owned(),
        FailedTest::TaskGroup { expression } if expression.starts_with(ANTI_AFFINITY) => {
            "nodes without the daemon that its anti-affinity keeps it from, or another anti-affinity".to_owned()
        }
        FailedTest::TaskGroup { expression } => {
            format!("a task that `{expression}` asks for, or another expression")
        }
        FailedTest::HostPort { port } => {
            format!("another port than {port} for the task or the daemon")
        }
        FailedTest::ReservedPort { port } => format!("another port than {port} for the task"),
        FailedTest::PortQuota { offered, .. } => {
            format!("at most {offered} host ports a task, or network mode awsvpc")
        }
        FailedTest::Accelerators => {
            "the policy's accelerators included, or a task that asks for a GPU".to_owned()
        }
        FailedTest::ManagedInstances { .. } => {
            "a task definition and a launch type that Managed Instances take".to_owned()
        }
        FailedTest::Daemons => {
            "smaller daemons, or a constraint that keeps them off some types".to_owned()
        }
    }
}
