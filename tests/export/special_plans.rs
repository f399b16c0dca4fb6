//! Plans with something that matters, picked from the random ones or made of them.

use std::collections::BTreeSet;

use bayplan::domain::capacity::{Capacity, ProviderKind};
use bayplan::domain::plan::{Assumption, FleetPlan, GroupMode, ResetPercentages};

use bayplan::domain::settings::Settings;
use bayplan::export::{Facts, settings};
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::json;

use super::plans::{plan, type_facts};

/// A plan with a group that is filled with both purchase options, one with Spot alone, and one with On-Demand alone.
pub fn mixed_plan() -> FleetPlan {
    (0..10_000)
        .map(plan)
        .find(|plan| {
            let of = |option: Capacity| {
                (plan.instances.iter())
                    .filter(|row| row.purchase_option == option)
                    .map(|row| row.capacity_provider.as_str())
                    .collect::<BTreeSet<_>>()
            };
            let (on_demand, spot) = (of(Capacity::OnDemand), of(Capacity::Spot));
            on_demand.intersection(&spot).next().is_some()
                && on_demand.difference(&spot).next().is_some()
                && spot.difference(&on_demand).next().is_some()
                && plan
                    .services
                    .iter()
                    .any(|service| !service.capacity_provider_strategy.is_empty())
        })
        .expect("one of them")
}

/// A plan at the limits of ECS and Auto Scaling: 20 providers, 40 types in a group.
pub fn large_plan() -> FleetPlan {
    let mut plan = (0..10_000)
        .map(plan)
        .find(|plan| plan.instances.len() > 1 && plan.fargate_tasks.is_empty())
        .expect("one of them");
    plan.capacity_providers
        .retain(|provider| provider.kind == ProviderKind::AutoScalingGroup);
    let first = plan.capacity_providers[0].clone();
    while plan.capacity_providers.len() < 20 {
        let mut more = first.clone();
        more.name = format!("more-{}", plan.capacity_providers.len());
        plan.capacity_providers.push(more);
    }
    let types = plan.capacity_providers[0].instance_types[0].clone();
    plan.capacity_providers[0].instance_types = vec![types; 40];
    plan
}

/// A plan that counts on resets: certified groups that may grow, and growth from which a reset brings the fleet back.
pub fn resetting_plan() -> FleetPlan {
    let mut plan = mixed_plan();
    for group in &mut plan.capacity_providers {
        if group.kind == ProviderKind::AutoScalingGroup {
            group.mode = Some(GroupMode::Steady);
            group.managed_scaling.enabled = Some(true);
            group.max_size = group.desired_capacity + 2;
        }
    }
    let instances = plan.instances.iter().map(|row| row.count).sum();
    plan.assumptions.push(Assumption::GrowthPlayed {
        services: 1,
        alone_without_place: None,
        one_by_one_missing: None,
        tasks: 40,
        missing: 0,
        longest_minutes: Some(5),
        instances,
        most_instances: instances + 2,
        comes_back: true,
        lowers_percentages: true,
    });
    plan.assumptions.push(Assumption::ResetPercentages {
        services: vec![ResetPercentages {
            service_name: plan.services[0].service_name.clone(),
            minimum_healthy_percent: 75,
            maximum_percent: 100,
        }],
    });
    plan
}

/// The settings of such a plan with the cluster file, which tells the limits that services come back to.
pub fn resetting_settings() -> Settings {
    let plan = resetting_plan();
    let file = json!({"version": 1, "cluster": "prod", "region": "us-east-1",
        "services": [{"serviceName": plan.services[0].service_name, "desiredCount": 4, "cpu": 256, "memory": 512,
            "deploymentConfiguration": {"minimumHealthyPercent": 90, "maximumPercent": 150}}]});
    let cluster = read_cluster(&file.to_string(), "c.json", &ImportOptions::default())
        .expect("a cluster")
        .cluster;
    let facts = Facts::of_catalogue(&type_facts).with_cluster(&cluster);
    settings(&plan, &facts).expect("exportable")
}

/// The settings of such a plan for a cluster whose first group has instances of another type today, and whose others are new.
pub fn retyping_settings() -> Settings {
    let plan = resetting_plan();
    let group = plan.groups().next().expect("a group");
    let account = "us-east-1:123456789012";
    let instance = json!({"ec2InstanceId": "i-0123456789abcdef0", "capacityProviderName": group.name, "status": "ACTIVE",
        "containerInstanceArn": format!("arn:aws:ecs:{account}:container-instance/prod/0123456789abcdef0123456789abcdef"),
        "attributes": [{"name": "ecs.instance-type", "value": "m5.large"}],
        "registeredResources": [{"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 7680}]});
    let file = json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": [],
        "containerInstances": [instance],
        "capacityProviders": [{"name": group.name, "autoScalingGroupProvider": {"autoScalingGroupArn":
            format!("arn:aws:autoscaling:{account}:autoScalingGroup:u:autoScalingGroupName/old-asg")}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "old-asg", "MinSize": 0, "MaxSize": 3, "DesiredCapacity": 1,
            "LaunchTemplate": {"LaunchTemplateId": "lt-0abc", "Version": "3"}}]});
    let cluster = read_cluster(&file.to_string(), "c.json", &ImportOptions::default())
        .expect("a cluster")
        .cluster;
    let facts = Facts::of_catalogue(&type_facts).with_cluster(&cluster);
    settings(&plan, &facts).expect("exportable")
}
