//! AWS CloudFormation: one template, as JSON or, with the reasons, as YAML.

use super::cli_files::on_off;
use super::settings::{Group, Image, ServiceSettings, Settings, SubnetSet, Template, WeightedItem};
use super::tree::{Entry, Tree, comment, entry, json, list, pretty};
use super::user_data::{Placeholders, lines};
use super::yaml::yaml;
use super::{naming, reasons};

/// Marks that stand for parameters in the script before it is cut into pieces. `\u{1}` occurs in no exported name.
const CLUSTER: &str = "\u{1}ClusterName\u{1}";
const RESERVED: &str = "\u{1}ReservedMemoryMib\u{1}";

/// The template as JSON.
#[must_use]
pub fn cloudformation_json(settings: &Settings) -> String {
    pretty(&json(&Tree::Map(template(settings))))
}

/// The template as YAML, with the reason of each setting.
#[must_use]
pub fn cloudformation_yaml(settings: &Settings) -> String {
    let mut text: String = (settings.notes.iter())
        .map(|note| comment(note, "#", 0))
        .collect();
    text.push_str(&yaml(&template(settings)));
    text
}

fn template(settings: &Settings) -> Vec<Entry> {
    let ids = Ids::new(settings);
    let mut resources = Vec::new();
    for (template, id) in settings.templates.iter().zip(&ids.templates) {
        resources.push(entry(id, launch_template(settings, template)));
    }
    for (group, (id, provider)) in settings.groups.iter().zip(&ids.groups) {
        resources.push(entry(id, auto_scaling_group(settings, &ids, group)));
        resources.push(entry(provider, capacity_provider(group, id)));
    }
    resources.push(entry("ProviderAssociations", association(settings, &ids)));
    for (service, (id, definition)) in settings.services.iter().zip(&ids.services) {
        let resource = service_resource(settings, &ids, service, definition);
        resources.push(entry(id, resource));
    }
    let mut document = vec![
        entry("AWSTemplateFormatVersion", "2010-09-09"),
        entry(
            "Description",
            "Auto Scaling groups, capacity providers and service strategies as planned by bayplan",
        ),
        entry("Parameters", parameters(settings, &ids)),
    ];
    document.push(entry("Resources", resources));
    document
}

/// Logical ids, each given out once.
struct Ids {
    templates: Vec<String>,
    /// Group and provider.
    groups: Vec<(String, String)>,
    /// Service and its task definition's parameter.
    services: Vec<(String, String)>,
}

impl Ids {
    fn new(settings: &Settings) -> Self {
        let mut unique = naming::Unique::default();
        for taken in ["ProviderAssociations", "ClusterName", "ReservedMemoryMib"] {
            unique.take(taken);
        }
        let templates = (settings.templates.iter())
            .map(|t| unique.take(format!("LaunchTemplate{}", naming::pascal(&t.name))))
            .collect();
        let groups = (settings.groups.iter())
            .map(|group| {
                let name = naming::pascal(&group.name);
                let id = unique.take(format!("Group{name}"));
                (id, unique.take(format!("Provider{name}")))
            })
            .collect();
        let services = (settings.services.iter())
            .map(|service| {
                let name = naming::pascal(&service.name);
                let id = unique.take(format!("Service{name}"));
                (id, unique.take(format!("TaskDefinition{name}")))
            })
            .collect();
        Self {
            templates,
            groups,
            services,
        }
    }

    /// The provider as the template refers to it: by the resource, so that it is made first, or Fargate's own name.
    fn provider(&self, settings: &Settings, name: &str) -> Tree {
        let known = settings.groups.iter().position(|group| group.name == name);
        known.map_or_else(
            || Tree::from(name),
            |index| reference(&self.groups[index].1),
        )
    }

    fn strategy(&self, settings: &Settings, items: &[WeightedItem]) -> Tree {
        list(items.iter().map(|item| {
            Tree::from([
                entry("CapacityProvider", self.provider(settings, &item.provider)),
                entry("Base", item.base),
                entry("Weight", item.weight),
            ])
        }))
    }
}

fn reference(id: &str) -> Tree {
    Tree::from([entry("Ref", id)])
}

fn parameters(settings: &Settings, ids: &Ids) -> Vec<Entry> {
    let mut parameters = vec![entry(
        "ClusterName",
        [
            entry("Type", "String"),
            entry("Default", settings.cluster.as_str()),
        ],
    )];
    if !settings.groups.is_empty() {
        parameters.extend(instance_parameters(settings));
    }
    if settings.services.iter().any(|service| service.is_awsvpc) {
        for (id, kind, what) in [
            (
                "TaskSubnets",
                "List<AWS::EC2::Subnet::Id>",
                "Subnets of tasks in awsvpc mode",
            ),
            (
                "TaskSecurityGroups",
                "List<AWS::EC2::SecurityGroup::Id>",
                "Security groups of tasks in awsvpc mode",
            ),
        ] {
            parameters.push(parameter(id, kind, what));
        }
    }
    for (service, (_, definition)) in settings.services.iter().zip(&ids.services) {
        let what = format!(
            "Task definition (family:revision or ARN) of {}",
            service.name
        );
        parameters.push(parameter(definition, "String", &what));
    }
    parameters
}

fn parameter(id: &str, kind: &str, what: &str) -> Entry {
    entry(id, [entry("Type", kind), entry("Description", what)])
}

fn instance_parameters(settings: &Settings) -> Vec<Entry> {
    let mut parameters: Vec<Entry> = (settings.subnets.iter())
        .map(|set| {
            parameter(
                &subnets(set),
                "List<AWS::EC2::Subnet::Id>",
                &reasons::subnets(set),
            )
        })
        .collect();
    parameters.push(parameter(
        "SecurityGroups",
        "List<AWS::EC2::SecurityGroup::Id>",
        "Security groups of the instances",
    ));
    parameters.push(parameter(
        "InstanceProfile",
        "String",
        "Name of the instance profile that lets instances join ECS",
    ));
    parameters.push(entry(
        "ReservedMemoryMib",
        [
            entry("Type", "Number"),
            entry("Default", settings.reserved_memory_mib.unwrap_or(0)),
            entry(
                "Description",
                "MiB of each instance that the ECS agent keeps from tasks",
            ),
        ],
    ));
    for image in images(settings) {
        parameters.push(
            entry(
                image_parameter(image),
                [
                    entry("Type", "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"),
                    entry("Default", image.parameter()),
                ],
            )
            .because(reasons::IMAGE),
        );
    }
    parameters
}

fn images(settings: &Settings) -> Vec<Image> {
    let mut images: Vec<Image> = settings.templates.iter().map(|t| t.image).collect();
    images.sort();
    images.dedup();
    images
}

fn image_parameter(image: Image) -> String {
    format!("Image{}", naming::pascal(image.word()))
}

fn subnets(set: &SubnetSet) -> String {
    format!("Subnets{}", set.suffix)
}

fn launch_template(settings: &Settings, template: &Template) -> Tree {
    let data = vec![
        entry("ImageId", reference(&image_parameter(template.image))),
        entry(
            "IamInstanceProfile",
            [entry("Name", reference("InstanceProfile"))],
        ),
        entry("SecurityGroupIds", reference("SecurityGroups")),
        entry(
            "MetadataOptions",
            [
                entry("HttpTokens", "required"),
                entry("HttpPutResponseHopLimit", 2_u64),
            ],
        )
        .because(reasons::METADATA),
        entry("UserData", user_data(settings, template)).because(reasons::USER_DATA),
    ];
    Tree::from([
        entry("Type", "AWS::EC2::LaunchTemplate"),
        entry(
            "Properties",
            [
                entry("LaunchTemplateName", template.name.as_str()),
                entry("LaunchTemplateData", data),
            ],
        ),
    ])
}

/// The script, joined from plain pieces and parameters: nothing in it is substituted.
fn user_data(settings: &Settings, template: &Template) -> Tree {
    let values = Placeholders {
        cluster: CLUSTER,
        reserved_memory: RESERVED,
    };
    let pieces = (lines(settings, template, &values).into_iter()).map(|line| {
        match line.split_once('\u{1}') {
            Some((before, rest)) => {
                let parameter = rest.trim_end_matches('\u{1}');
                let parts = vec![Tree::from(before), reference(parameter)];
                Tree::from([entry("Fn::Join", vec![Tree::from(""), Tree::List(parts)])])
            }
            None => Tree::from(line),
        }
    });
    let joined = Tree::from([entry(
        "Fn::Join",
        vec![Tree::from("\n"), Tree::List(pieces.collect())],
    )]);
    Tree::from([entry("Fn::Base64", joined)])
}

fn auto_scaling_group(settings: &Settings, ids: &Ids, group: &Group) -> Tree {
    let protected = if group.scaling.enabled {
        reasons::PROTECTED
    } else {
        reasons::NOT_PROTECTED
    };
    let properties = vec![
        entry("AutoScalingGroupName", group.name.as_str()),
        entry(
            "VPCZoneIdentifier",
            reference(&subnets(&settings.subnets[group.subnets])),
        ),
        entry("MinSize", group.min_size.to_string()).because(reasons::sizes(group)),
        entry("MaxSize", group.max_size.to_string()).because(reasons::NO_DESIRED),
        entry("NewInstancesProtectedFromScaleIn", group.scaling.enabled).because(protected),
        entry(
            "MixedInstancesPolicy",
            mixed_instances(&ids.templates[group.template], group),
        ),
        entry(
            "Tags",
            list([Tree::from([
                entry("Key", "AmazonECSManaged"),
                entry("Value", ""),
                entry("PropagateAtLaunch", true),
            ])]),
        )
        .because(reasons::MANAGED_TAG),
    ];
    Tree::from([
        entry("Type", "AWS::AutoScaling::AutoScalingGroup"),
        entry("Properties", properties),
    ])
}

fn mixed_instances(template: &str, group: &Group) -> Tree {
    let version = [template, "LatestVersionNumber"].map(Tree::from).to_vec();
    let overrides = (group.instance_types.iter())
        .map(|name| Tree::from([entry("InstanceType", name.as_str())]));
    Tree::from([
        entry(
            "LaunchTemplate",
            [
                entry(
                    "LaunchTemplateSpecification",
                    [
                        entry("LaunchTemplateId", reference(template)),
                        entry("Version", [entry("Fn::GetAtt", version)]),
                    ],
                ),
                entry("Overrides", list(overrides)).because(format!(
                    "{} {}",
                    reasons::overrides(group),
                    reasons::NO_WEIGHTS
                )),
            ],
        ),
        entry(
            "InstancesDistribution",
            [
                entry("OnDemandAllocationStrategy", "prioritized")
                    .because(reasons::ALLOCATION_ON_DEMAND),
                entry("OnDemandBaseCapacity", group.on_demand_base)
                    .because(reasons::on_demand(group)),
                entry(
                    "OnDemandPercentageAboveBaseCapacity",
                    group.on_demand_percent,
                ),
                entry("SpotAllocationStrategy", "price-capacity-optimized")
                    .because(reasons::ALLOCATION_SPOT),
            ],
        ),
    ])
}

fn capacity_provider(group: &Group, group_id: &str) -> Tree {
    let scaling = group.scaling;
    let provider = vec![
        entry("AutoScalingGroupArn", reference(group_id)),
        entry(
            "ManagedScaling",
            [
                entry("Status", on_off(scaling.enabled)),
                entry("TargetCapacity", scaling.target_capacity),
                entry("MinimumScalingStepSize", scaling.minimum_step),
                entry("MaximumScalingStepSize", scaling.maximum_step),
                entry("InstanceWarmupPeriod", scaling.warmup_seconds),
            ],
        )
        .because(reasons::scaling(group)),
        entry("ManagedTerminationProtection", on_off(scaling.enabled))
            .because(reasons::TERMINATION),
        entry("ManagedDraining", "ENABLED").because(reasons::DRAINING),
    ];
    Tree::from([
        entry("Type", "AWS::ECS::CapacityProvider"),
        entry(
            "Properties",
            [
                entry("Name", group.name.as_str()),
                entry("AutoScalingGroupProvider", provider),
            ],
        ),
    ])
}

fn association(settings: &Settings, ids: &Ids) -> Tree {
    let providers = (settings.providers().into_iter()).map(|name| ids.provider(settings, name));
    Tree::from([
        entry("Type", "AWS::ECS::ClusterCapacityProviderAssociations"),
        entry(
            "Properties",
            [
                entry("Cluster", reference("ClusterName")),
                entry("CapacityProviders", list(providers)).because(reasons::ASSOCIATION),
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
fn service_resource(
    settings: &Settings,
    ids: &Ids,
    service: &ServiceSettings,
    definition: &str,
) -> Tree {
    let mut properties = vec![
        entry("Cluster", reference("ClusterName")),
        entry("ServiceName", service.name.as_str()),
        entry("TaskDefinition", reference(definition)),
        entry("DesiredCount", service.planned).because(reasons::COUNT),
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
                .because(reasons::placement(is_certified(settings, service))),
        );
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
    Tree::from([
        entry("Type", "AWS::ECS::Service"),
        entry("DeletionPolicy", "Retain"),
        entry("UpdateReplacePolicy", "Retain"),
        entry("DependsOn", "ProviderAssociations"),
        entry("Properties", properties),
    ])
}

/// Whether every group that the service uses has a certificate.
pub(super) fn is_certified(settings: &Settings, service: &ServiceSettings) -> bool {
    (settings.groups.iter())
        .filter(|group| {
            service
                .strategy
                .iter()
                .any(|item| item.provider == group.name)
        })
        .all(|group| group.certified)
}
