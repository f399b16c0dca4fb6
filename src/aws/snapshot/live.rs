//! The calls that a snapshot takes, and their answers.
//!
//! With S services of D task definitions, I container instances, T tasks and G groups: S/100 + S/10 + D + 2·I/100 +
//! 2·T/100 + I/100 + S/50 + G/50 + templates + a handful.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{SnapshotError, SnapshotOptions, list, templates, text};
use crate::aws::actions::Action;
use crate::aws::allowed;
use crate::aws::call::{Api, Call, list_key};
use crate::aws::errors::{CallError, Cause};
use crate::aws::pace::Clock;
use crate::aws::reader::{Items, Reader, is_gone, texts};

/// Everything that was read, as it is allowed.
#[derive(Debug, Default)]
pub(super) struct Live {
    pub cluster: Value,
    pub services: Vec<Value>,
    /// Services that run and cannot be planned: name, launch type, strategy.
    pub left_out: Vec<Value>,
    pub definitions: Vec<Value>,
    /// References of task definitions whose containers use GPUs that they do not reserve.
    pub sharing_gpus: BTreeSet<String>,
    pub instances: Vec<Value>,
    pub tasks: Vec<Value>,
    pub providers: Vec<Value>,
    pub groups: Vec<Value>,
    pub templates: Vec<Value>,
    pub ec2_instances: Vec<Value>,
    pub targets: Vec<Value>,
    pub subnets: Vec<Value>,
    pub zones: Vec<Value>,
    /// Whether new container instances get a trunk, where that may be read.
    pub trunking: Option<bool>,
    pub notes: Vec<String>,
}

/// Reads a cluster and everything that it refers to.
pub(super) async fn read<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &SnapshotOptions,
) -> Result<Live, SnapshotError> {
    let cluster = cluster(reader, options).await?;
    let name = text(&cluster, "clusterName").to_owned();
    let asked = options.cluster.as_str();
    let (services, instances, tasks, settings) = tokio::try_join!(
        listed(
            reader,
            asked,
            Action::ListServices,
            Action::DescribeServices
        ),
        listed(
            reader,
            asked,
            Action::ListContainerInstances,
            Action::DescribeContainerInstances
        ),
        listed(reader, asked, Action::ListTasks, Action::DescribeTasks),
        optional(reader.pages(Call::new(Action::ListAccountSettings))),
    )?;
    let mut live = Live {
        cluster,
        ..Live::default()
    };
    live.services = live.found(services, "services");
    live.instances = live.found(instances, "container instances");
    live.tasks = live.found(tasks, "tasks");
    live.trunking = live
        .allowed(settings, "whether awsvpc trunking is on")
        .map(|items| is_on(&items));
    let resources = resources_of(&live.services, &name);
    let providers = providers_of(&live);
    let (definitions, providers, targets) = tokio::try_join!(
        definitions(reader, references(&live)),
        reader.batches(
            Call::new(Action::DescribeCapacityProviders).in_cluster(asked),
            &providers
        ),
        optional(reader.batches(Call::new(Action::DescribeScalableTargets), &resources)),
    )?;
    for (definition, shares_gpus) in definitions {
        if shares_gpus {
            live.sharing_gpus
                .insert(text(&definition, "taskDefinitionArn").to_owned());
        }
        live.definitions.push(definition);
    }
    live.providers = live.found(providers, "capacity providers");
    live.targets = live
        .allowed(targets, "limits of services' counts")
        .unwrap_or_default();
    live.groups = groups(reader, &live).await?;
    let ids = instance_ids(&live.instances);
    let subnets = subnets_of(&live);
    let (templates, ec2_instances, subnets, zones) = tokio::try_join!(
        templates::read(reader, &live.groups),
        optional(reader.batches(Call::new(Action::DescribeInstances), &ids)),
        optional(reader.batches(Call::new(Action::DescribeSubnets), &subnets)),
        optional(reader.pages(Call::new(Action::DescribeAvailabilityZones))),
    )?;
    live.templates = templates.versions;
    live.notes.extend(templates.notes);
    let reservations = live
        .allowed(ec2_instances, "how instances were bought")
        .unwrap_or_default();
    live.ec2_instances = reservations
        .iter()
        .flat_map(|one| list(one, "Instances").to_vec())
        .collect();
    live.subnets = live
        .allowed(subnets, "zones of subnets")
        .unwrap_or_default();
    live.zones = live
        .allowed(zones, "ids of Availability Zones")
        .unwrap_or_default();
    Ok(live)
}

async fn cluster<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &SnapshotOptions,
) -> Result<Value, SnapshotError> {
    let call = Call::new(Action::DescribeClusters).about(std::slice::from_ref(&options.cluster));
    let found = reader.pages(call).await?;
    // A cluster that was deleted is described as INACTIVE for a while.
    let mut active =
        (found.items.into_iter()).filter(|cluster| text(cluster, "status") != "INACTIVE");
    active.next().ok_or_else(|| SnapshotError::NoCluster {
        name: options.cluster.clone(),
        region: options.region.clone(),
    })
}

/// Lists, then describes.
async fn listed<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    cluster: &str,
    lists: Action,
    describes: Action,
) -> Result<Items, CallError> {
    let arns = texts(
        &reader
            .pages(Call::new(lists).in_cluster(cluster))
            .await?
            .items,
    );
    reader
        .batches(Call::new(describes).in_cluster(cluster), &arns)
        .await
}

/// What a snapshot can do without: that it cannot be had is no error, and is said. Credentials that are not accepted are
/// none for any call.
async fn optional(
    reading: impl Future<Output = Result<Items, CallError>>,
) -> Result<Result<Items, CallError>, CallError> {
    match reading.await {
        Ok(items) => Ok(Ok(items)),
        Err(error) if matches!(error.cause, Cause::Credentials { .. }) => Err(error),
        Err(error) => Ok(Err(error)),
    }
}

impl Live {
    /// The items of an answer; what AWS could not describe is said, unless it went away meanwhile.
    fn found(&mut self, answer: Items, what: &str) -> Vec<Value> {
        let kept = answer.failures.iter().filter(|failure| !is_gone(failure));
        for (arn, reason) in kept {
            self.notes.push(format!(
                "AWS could not describe one of the {what}: {arn} ({reason})"
            ));
        }
        answer.items
    }

    /// The items of an answer, or the note that they could not be had. AWS's words are not in it: a file is passed on.
    fn allowed(&mut self, answer: Result<Items, CallError>, what: &str) -> Option<Vec<Value>> {
        match answer {
            Ok(items) => Some(self.found(items, what)),
            Err(error) => {
                let (action, why) = (error.action, error.cause.kind());
                self.notes
                    .push(format!("{action} {why}: {what} could not be read"));
                None
            }
        }
    }
}

fn is_on(settings: &[Value]) -> bool {
    let trunking = settings
        .iter()
        .find(|setting| text(setting, "name") == "awsvpcTrunking");
    trunking.is_some_and(|setting| ["enabled", "on"].contains(&text(setting, "value")))
}

/// Each distinct task definition once: of services, of their task sets and deployments, of tasks.
fn references(live: &Live) -> Vec<String> {
    let mut all = BTreeSet::new();
    for service in &live.services {
        let inside = ["taskSets", "deployments"]
            .into_iter()
            .flat_map(|key| list(service, key));
        all.extend(
            inside
                .chain([service])
                .map(|holder| text(holder, "taskDefinition").to_owned()),
        );
    }
    all.extend(
        (live.tasks.iter())
            .filter(|task| !text(task, "group").starts_with("service:"))
            .map(|task| text(task, "taskDefinitionArn").to_owned()),
    );
    all.remove("");
    all.into_iter().collect()
}

async fn definitions<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    references: Vec<String>,
) -> Result<Vec<(Value, bool)>, CallError> {
    let action = Action::DescribeTaskDefinition;
    let one = async |reference: &String| {
        let call = Call::new(action).about(std::slice::from_ref(reference));
        let look = |answer: &Value| match answer.get(list_key(action)) {
            Some(definition) if definition.is_object() => {
                Ok((allowed::keep(action, definition), shares_gpus(definition)))
            }
            _ => Err(CallError::incomplete(action, "`taskDefinition`")),
        };
        reader.answer(&call, look).await
    };
    reader.each(&references, one).await
}

/// Whether a container sees GPUs without reserving one, which only its environment tells; that goes no further.
fn shares_gpus(definition: &Value) -> bool {
    list(definition, "containerDefinitions")
        .iter()
        .any(|container| {
            let reserves = list(container, "resourceRequirements")
                .iter()
                .any(|one| text(one, "type") == "GPU");
            let sees = list(container, "environment").iter().any(|variable| {
                text(variable, "name") == "NVIDIA_VISIBLE_DEVICES"
                    && !["", "void", "none"].contains(&text(variable, "value"))
            });
            sees && !reserves
        })
}

/// Names of the capacity providers that are behind something; Fargate's have no settings.
fn providers_of(live: &Live) -> Vec<String> {
    let mut all: BTreeSet<String> = texts(list(&live.cluster, "capacityProviders"))
        .into_iter()
        .collect();
    let strategies =
        (live.services.iter()).flat_map(|service| list(service, "capacityProviderStrategy"));
    let default = list(&live.cluster, "defaultCapacityProviderStrategy");
    let of_strategy = strategies
        .chain(default)
        .map(|item| text(item, "capacityProvider"));
    let of_instances = live
        .instances
        .iter()
        .map(|instance| text(instance, "capacityProviderName"));
    all.extend(of_strategy.chain(of_instances).map(str::to_owned));
    all.retain(|name| !name.is_empty() && !name.starts_with("FARGATE"));
    all.into_iter().collect()
}

fn resources_of(services: &[Value], cluster: &str) -> Vec<String> {
    let replicas = services
        .iter()
        .filter(|service| text(service, "schedulingStrategy") != "DAEMON");
    replicas
        .map(|service| format!("service/{cluster}/{}", text(service, "serviceName")))
        .collect()
}

/// The groups behind capacity providers. Where instances have no provider, every group that lists one of them too.
async fn groups<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    live: &Live,
) -> Result<Vec<Value>, CallError> {
    let names: BTreeSet<String> = (live.providers.iter())
        .map(|provider| text(&provider["autoScalingGroupProvider"], "autoScalingGroupArn"))
        .filter_map(|arn| Some(arn.split_once("autoScalingGroupName/")?.1.to_owned()))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let call = Call::new(Action::DescribeAutoScalingGroups);
    let without_provider = |instance: &&Value| text(instance, "capacityProviderName").is_empty();
    let alone: Vec<Value> = live
        .instances
        .iter()
        .filter(without_provider)
        .cloned()
        .collect();
    let ids = instance_ids(&alone);
    if ids.is_empty() {
        return Ok(reader.batches(call, &names).await?.items);
    }
    let mut all = reader.pages(call).await?.items;
    all.retain(|group| {
        let holds = || {
            list(group, "Instances")
                .iter()
                .any(|one| ids.iter().any(|id| text(one, "InstanceId") == id))
        };
        names
            .iter()
            .any(|name| text(group, "AutoScalingGroupName") == name)
            || holds()
    });
    Ok(all)
}

/// Ids of EC2 instances; instances from outside AWS have ids that EC2 does not know.
fn instance_ids(instances: &[Value]) -> Vec<String> {
    let ids = instances
        .iter()
        .map(|instance| text(instance, "ec2InstanceId"));
    let ids: BTreeSet<&str> = ids.filter(|id| id.starts_with("i-")).collect();
    ids.into_iter().map(str::to_owned).collect()
}

/// Subnets of groups; where there is none, those of services.
fn subnets_of(live: &Live) -> Vec<String> {
    let of_groups =
        (live.groups.iter()).flat_map(|group| text(group, "VPCZoneIdentifier").split(','));
    let mut all: BTreeSet<String> = of_groups.map(|id| id.trim().to_owned()).collect();
    all.remove("");
    if all.is_empty() {
        for service in &live.services {
            let network = &service["networkConfiguration"]["awsvpcConfiguration"];
            all.extend(texts(list(network, "subnets")));
        }
    }
    all.into_iter().collect()
}
