//! Which services' rollouts are looked at, and which can never end.

use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, RolloutRemedy, Warning};
use crate::planner::ways_back::rule;
use crate::simulate::deployment::RolloutRule;

/// Whether the service's rollout is ECS's own and runs on instances of groups.
pub fn is_looked_at(cluster: &Cluster, plan: &FleetPlan, position: usize) -> bool {
    let service = &cluster.services[position];
    let has_group = |name: &str| {
        (plan.instances.iter()).any(|row| {
            row.tasks.get(name).is_some_and(|tasks| *tasks > 0) && !row.capacity_provider.is_empty()
        })
    };
    !service.is_daemon()
        && !service.is_standalone()
        && !service.is_external()
        && service.deployment_strategy.is_of_ecs()
        && has_group(&service.name)
}

/// Where the percentages let ECS neither start nor stop a task: the smallest change that mends it.
pub fn never(cluster: &Cluster, position: usize) -> Option<Warning> {
    let service = &cluster.services[position];
    let rule = rule(cluster, position);
    let RolloutRule::Rolling {
        minimum_healthy_percent: minimum,
        maximum_percent: maximum,
        ..
    } = rule
    else {
        return None;
    };
    let tasks = cluster.planned_count(service);
    let (fewest, most) = (rule.fewest_healthy(tasks), rule.most_tasks(tasks));
    if tasks == 0 || most > tasks || fewest < tasks {
        return None;
    }
    let higher = (100 * (tasks + 1)).div_ceil(tasks);
    let lower = 100 * (tasks - 1) / tasks;
    let remedy = if higher - u64::from(maximum) <= u64::from(minimum) - lower {
        RolloutRemedy::MaximumPercent { percent: higher }
    } else {
        RolloutRemedy::MinimumHealthyPercent { percent: lower }
    };
    Some(Warning::NeverRollsOut {
        service_name: service.name.clone(),
        tasks,
        fewest_healthy: fewest,
        minimum_healthy_percent: u64::from(minimum),
        most_tasks: most,
        maximum_percent: u64::from(maximum),
        remedy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};

    fn remedy_of(count: u64, deployment: &str) -> Option<RolloutRemedy> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "services": [{{"serviceName": "a", "desiredCount": {count},
                "cpu": 256, "memory": 512, "deploymentConfiguration": {deployment}}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        match never(&imported.expect("a cluster").cluster, 0)? {
            Warning::NeverRollsOut { remedy, .. } => Some(remedy),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_service_that_can_never_roll_out_is_named_with_the_smallest_change() {
        let one = remedy_of(
            1,
            r#"{"minimumHealthyPercent": 100, "maximumPercent": 134}"#,
        );
        assert_eq!(one, Some(RolloutRemedy::MaximumPercent { percent: 200 }));
        let three = remedy_of(3, r#"{"minimumHealthyPercent": 70, "maximumPercent": 100}"#);
        assert_eq!(
            three,
            Some(RolloutRemedy::MinimumHealthyPercent { percent: 66 })
        );
        let four = remedy_of(
            4,
            r#"{"minimumHealthyPercent": 100, "maximumPercent": 120}"#,
        );
        assert_eq!(four, Some(RolloutRemedy::MaximumPercent { percent: 125 }));
    }

    #[test]
    fn who_may_start_or_stop_a_task_can_roll_out() {
        assert_eq!(
            remedy_of(1, r#"{"minimumHealthyPercent": 0, "maximumPercent": 100}"#),
            None
        );
        assert_eq!(
            remedy_of(3, r#"{"minimumHealthyPercent": 66, "maximumPercent": 100}"#),
            None
        );
        assert_eq!(
            remedy_of(
                3,
                r#"{"minimumHealthyPercent": 100, "maximumPercent": 134}"#
            ),
            None
        );
        assert_eq!(remedy_of(1, "{}"), None);
        let side_by_side =
            r#"{"strategy": "BLUE_GREEN", "minimumHealthyPercent": 100, "maximumPercent": 100}"#;
        assert_eq!(remedy_of(1, side_by_side), None);
    }
}
