//! The cluster's list of providers and the services.

use super::super::reasons;
use super::super::tree::{Tree, entry, list};
use super::ids::Ids;
use super::{RETAINED, reference, staged};
use crate::domain::settings::{RESET_TIME_ZONE, ServiceSettings, Settings};

pub(super) fn association(settings: &Settings, ids: &Ids) -> Tree {
    let providers =
        || (settings.association().into_iter()).map(|name| ids.provider(settings, name));
    let leaving: Vec<Tree> = settings.leaving().map(Tree::from).collect();
    let listed = if leaving.is_empty() {
        list(providers())
    } else {
        staged(list(providers().chain(leaving)), list(providers()))
    };
    Tree::from([
        entry("Type", "AWS::ECS::ClusterCapacityProviderAssociations"),
        entry(
            "Properties",
            [
                entry("Cluster", reference("ClusterName")),
                entry("CapacityProviders", listed).because(reasons::association(settings)),
                entry(
                    "DefaultCapacityProviderStrategy",
                    ids.strategy(settings, &settings.default_strategy),
                )
                .because(reasons::DEFAULT_STRATEGY),
            ],
        ),
    ])
}

/// `DeletionPolicy: Retain`, so that a service that runs can be imported into the stack and outlives it.
pub(super) fn service(
    settings: &Settings,
    ids: &Ids,
    service: &ServiceSettings,
    (definition, after): (&str, Option<&str>),
) -> Tree {
    let mut properties = vec![
        entry("Cluster", reference("ClusterName")),
        entry("ServiceName", service.name.as_str()),
        entry("TaskDefinition", reference(definition)),
        entry("DesiredCount", service.desired_count).because(reasons::COUNT),
        entry(
            "CapacityProviderStrategy",
            ids.strategy(settings, &service.strategy),
        )
        .because(reasons::strategy(&service.strategy, &service.rounding)),
    ];
    if !service.placement.is_empty() {
        let placement = (service.placement.iter()).map(|placement| {
            let mut entries = vec![entry("Type", placement.kind)];
            if let Some(field) = &placement.field {
                entries.push(entry("Field", field.as_str()));
            }
            Tree::from(entries)
        });
        properties.push(
            entry("PlacementStrategies", list(placement))
                .because(reasons::placement(settings, service)),
        );
    }
    if !service.constraints.is_empty() {
        let constraints = (service.constraints.iter()).map(|constraint| {
            let mut entries = vec![entry("Type", constraint.kind)];
            if let Some(expression) = &constraint.expression {
                entries.push(entry("Expression", expression.as_str()));
            }
            Tree::from(entries)
        });
        properties.push(entry("PlacementConstraints", list(constraints)).because(reasons::TODAY));
    }
    if let Some(deployment) = service.deployment {
        let percents = [
            entry(
                "MinimumHealthyPercent",
                u64::from(deployment.minimum_healthy_percent),
            ),
            entry("MaximumPercent", u64::from(deployment.maximum_percent)),
        ];
        properties.push(entry("DeploymentConfiguration", percents).because(reasons::TODAY));
    }
    if service.is_awsvpc {
        properties.push(entry(
            "NetworkConfiguration",
            [entry(
                "AwsvpcConfiguration",
                [
                    entry("Subnets", reference("TaskSubnets")),
                    entry("SecurityGroups", reference("TaskSecurityGroups")),
                ],
            )],
        ));
    }
    let mut resource = vec![entry("Type", "AWS::ECS::Service")];
    resource.extend(RETAINED.map(|key| entry(key, "Retain")));
    if let Some(after) = after {
        resource.push(entry("DependsOn", after));
    }
    resource.push(entry("Properties", properties));
    Tree::from(resource)
}

/// The service's counts by the hour. ECS's service-linked role is the default where none is named.
pub(super) fn scheduled_counts(service: &ServiceSettings, id: &str) -> Option<Tree> {
    let (least, most) = service.counts.filter(|_| !service.schedule.is_empty())?;
    let resource = list([
        Tree::from(""),
        list([
            Tree::from("service/"),
            reference("ClusterName"),
            Tree::from(format!("/{}", service.name)),
        ]),
    ]);
    let actions = service.schedule.iter().map(|action| {
        Tree::from([
            entry("ScheduledActionName", action.name()),
            entry("Schedule", action.cron_of_services()),
            entry("Timezone", RESET_TIME_ZONE),
            entry(
                "ScalableTargetAction",
                [
                    entry("MinCapacity", action.size),
                    entry("MaxCapacity", action.size),
                ],
            ),
        ])
    });
    let properties = [
        entry("ServiceNamespace", "ecs"),
        entry("ScalableDimension", "ecs:service:DesiredCount"),
        entry("ResourceId", [entry("Fn::Join", resource)]),
        entry("MinCapacity", least),
        entry("MaxCapacity", most),
        entry("ScheduledActions", list(actions)).because(reasons::SERVICE_SCHEDULE),
    ];
    Some(Tree::from([
        entry("Type", "AWS::ApplicationAutoScaling::ScalableTarget"),
        entry("DependsOn", id),
        entry("Properties", properties),
    ]))
}
