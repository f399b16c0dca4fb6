//! ECS Managed Instances: which services they take, and in which ways a service may be on instances at all.
//!
//! They take tasks in `awsvpc` and `host` mode whose definition has none of the parameters that they refuse. A service is on
//! them with all its tasks or with none, since a capacity provider strategy holds one kind of provider, and all of it
//! On-Demand or all of it on Spot, since a provider has one `capacityOptionType` and a strategy takes one such provider
//! (`domain::policy`). The *ways* of a service are therefore three: groups of our own, Managed Instances On-Demand, and on Spot.
//! A linear program that leaves them mixed asks for less, so that its bound holds for every choice of ways.
//!
//! Source: Amazon ECS developer guide, "Task definition differences for Amazon ECS Managed Instances".

use crate::domain::capacity::Capacity;
use crate::domain::plan::{FailedTest as Failed, ManagedObstacle};
use crate::domain::service::Service;
use crate::domain::task::NetworkMode;

/// A way of running all tasks of a service on instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Groups of our own, and instances that are there already.
    Own,
    /// Managed Instances, On-Demand.
    Managed,
    /// Managed Instances, Spot.
    ManagedSpot,
}

impl Way {
    /// All, our own first.
    pub const ALL: [Self; 3] = [Self::Own, Self::Managed, Self::ManagedSpot];

    /// The way of an instance that is bought so.
    pub const fn of(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Managed => Self::Managed,
            Capacity::ManagedSpot => Self::ManagedSpot,
            Capacity::OnDemand
            | Capacity::Spot
            | Capacity::Fargate
            | Capacity::FargateSpot
            | Capacity::External => Self::Own,
        }
    }
}

/// Fails where Managed Instances do not take the service.
pub fn test(service: &Service) -> Option<Failed> {
    let task = &service.task;
    let known_mode = matches!(task.network_mode, NetworkMode::Awsvpc | NetworkMode::Host);
    let tests = [
        (
            !service.may_be_on_managed_instances(),
            ManagedObstacle::LaunchType,
        ),
        (!known_mode, ManagedObstacle::NetworkMode),
        (
            task.ephemeral_storage_gib.is_some(),
            ManagedObstacle::EphemeralStorage,
        ),
    ];
    let features = (task.fargate.features.iter().copied())
        .filter(|feature| feature.is_refused_by_managed_instances())
        .map(|feature| ManagedObstacle::Feature { feature });
    let obstacles: Vec<ManagedObstacle> = (tests.into_iter())
        .filter_map(|(fails, obstacle)| fails.then_some(obstacle))
        .chain(features)
        .collect();
    (!obstacles.is_empty()).then_some(Failed::ManagedInstances { obstacles })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task::TaskFeature;
    use crate::io::{ImportOptions, read_cluster};

    fn obstacles(service: &str, definition: &str) -> Vec<ManagedObstacle> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "services": [{{"serviceName": "a", "desiredCount": 1, "taskDefinition": "f"{service}}}],
                "taskDefinitions": [{definition}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        match test(&cluster.services[0]) {
            Some(Failed::ManagedInstances { obstacles }) => obstacles,
            _ => Vec::new(),
        }
    }

    fn definition(fields: &str) -> String {
        format!(
            r#"{{"family": "f", "cpu": "256", "memory": "512"{fields},
                "containerDefinitions": [{{"name": "x", "image": "i"}}]}}"#
        )
    }

    #[test]
    fn awsvpc_and_host_tasks_are_taken_and_no_others() {
        let mode = |mode: &str| definition(&format!(r#", "networkMode": "{mode}""#));
        assert_eq!(obstacles("", &mode("awsvpc")), []);
        assert_eq!(obstacles("", &mode("host")), []);
        for other in ["bridge", "none"] {
            assert_eq!(obstacles("", &mode(other)), [ManagedObstacle::NetworkMode]);
        }
    }

    #[test]
    fn launch_types_and_parameters_are_looked_at() {
        let awsvpc = |more: &str| definition(&format!(r#", "networkMode": "awsvpc"{more}"#));
        let bound = r#", "launchType": "FARGATE""#;
        assert_eq!(obstacles(bound, &awsvpc("")), [ManagedObstacle::LaunchType]);
        let only = awsvpc(r#", "requiresCompatibilities": ["MANAGED_INSTANCES"]"#);
        assert_eq!(obstacles("", &only), []);
        assert_eq!(
            obstacles(
                "",
                &awsvpc(r#", "ipcMode": "host", "ephemeralStorage": {"sizeInGiB": 30}"#)
            ),
            [
                ManagedObstacle::EphemeralStorage,
                ManagedObstacle::Feature {
                    feature: TaskFeature::IpcMode
                }
            ]
        );
    }
}
