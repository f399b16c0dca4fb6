//! Services: the API's fields, ours beside them, and the task each of them runs.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::{Cursor, Log};
use super::document::Value;
use super::placement::{self, Owner};
use super::task_definitions::{Definition, LAUNCH_TYPES};
use super::{codes, names, policy, task_of};
use crate::domain::capacity::Capacity;
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::StrategyItem;
use crate::domain::policy_keys::MAX_TASKS;
use crate::domain::quantity::CpuUnits;
use crate::domain::service::{
    DeploymentConfiguration, DeploymentStrategy, SchedulingStrategy, Service, TaskOwner,
};
use crate::domain::task::LaunchType;

/// Most CPU units of one task that are taken: 4,096 vCPUs, more than any instance has.
pub(super) const MOST_MEASURED_CPU: u64 = 4 << 20;

/// A service, or standalone tasks, and where the file says it.
#[derive(Debug)]
pub(super) struct Located<'a> {
    pub service: Service,
    pub at: Cursor<'a>,
}

/// The services that are there: ECS describes a service that was deleted, as `INACTIVE`, for some time after.
/// Source: Amazon ECS API reference, `DeleteService`.
pub(super) fn without_deleted<'a>(mut items: Vec<Cursor<'a>>, log: &mut Log) -> Vec<Cursor<'a>> {
    items.retain(|item| {
        let Some(status) = item.get("status") else {
            return true;
        };
        let deleted = matches!(&status.node.value, Value::Text(text) if text == "INACTIVE");
        if deleted {
            status.warning(
                log,
                codes::DELETED_SERVICE,
                "the service is INACTIVE: it was deleted, and is not planned",
                "leave it out; if it is to run again, give it without `status`",
            );
        }
        !deleted
    });
    items
}

/// Reads all services, in the order of the file.
pub(super) fn read_all<'a>(
    items: &[Cursor<'a>],
    definitions: &[Definition],
    log: &mut Log,
) -> Vec<Located<'a>> {
    let mut names = BTreeSet::new();
    items
        .iter()
        .filter_map(|item| {
            let service = read(item, definitions, &mut names, log)?;
            let at = item.clone();
            Some(Located { service, at })
        })
        .collect()
}

fn read(
    item: &Cursor<'_>,
    definitions: &[Definition],
    names: &mut BTreeSet<String>,
    log: &mut Log,
) -> Option<Service> {
    item.entries(log)?;
    let name = name(item, names, log);
    let task = task_of::read(item, name.as_deref().unwrap_or_default(), definitions, log);
    let scheduling_strategy = match item.get("schedulingStrategy") {
        Some(field) => field.choice(
            log,
            &[
                ("REPLICA", SchedulingStrategy::Replica),
                ("DAEMON", SchedulingStrategy::Daemon),
            ],
        ),
        None => Some(SchedulingStrategy::Replica),
    };
    let daemon = scheduling_strategy == Some(SchedulingStrategy::Daemon);
    let counts = if daemon {
        Some((0, None, None))
    } else {
        counts(item, log)
    };
    let launch_type = (item.get("launchType"))
        .or_else(|| task_of::primary(item, "taskSets", log)?.get("launchType"))
        .and_then(|field| field.choice(log, &LAUNCH_TYPES));
    let placement_constraints = placement::constraints(item, Owner::Service, log);
    let placement_strategy = placement::strategies(item, log);
    let capacity_provider_strategy = provider_strategy(item, "capacityProviderStrategy", log);
    if daemon {
        daemon_on_fargate(item, launch_type, &capacity_provider_strategy, log);
    }
    let deployment = deployment(item, daemon, log);
    let deployment_strategy = deployment_strategy(item, log);
    let service_discovery = service_discovery(item, log);
    let policy = policy::of_service(item, log);
    let measured_cpu = (item.get("measuredCpu"))
        .and_then(|field| field.whole(log, 0..=MOST_MEASURED_CPU))
        .map(CpuUnits::new);
    let (desired_count, min_count, max_count) = counts?;
    let service = Service {
        name: name?,
        owner: TaskOwner::Service,
        exists: item.get("serviceArn").is_some(),
        desired_count,
        min_count,
        max_count,
        scheduling_strategy: scheduling_strategy?,
        launch_type,
        task: task?,
        placement_constraints,
        measured_cpu,
        placement_strategy,
        capacity_provider_strategy,
        deployment,
        deployment_strategy,
        service_discovery,
        tags: tags(item),
        policy,
        pod: None,
    };
    task_of::check_external(item, &service, log);
    task_of::warn_of_launch_type(item, &service, log);
    daemon_of_task_groups(item, &service, log);
    Some(service)
}

/// A DAEMON service whose instances depend on the tasks of others: every instance of a model has its daemons from the start.
fn daemon_of_task_groups(item: &Cursor<'_>, service: &Service, log: &mut Log) {
    let of_groups = service
        .constraints()
        .find_map(|constraint| match constraint {
            PlacementConstraint::TaskGroup(rule) => Some(&rule.source),
            _ => None,
        });
    if let Some(source) = of_groups.filter(|_| service.is_daemon()) {
        let field = item.get("placementConstraints");
        field.as_ref().unwrap_or(item).error(
            log,
            codes::DAEMON_OF_TASK_GROUPS,
            format!("`{source}` of a DAEMON service is not modelled: on which instances it runs would follow from the tasks there"),
            "take it off, so that every instance that the service may be on has room for it",
        );
    }
}

/// A DAEMON service that is bound to Fargate, which ECS does not create.
///
/// Source: Amazon ECS API reference, `CreateService`, `schedulingStrategy`.
fn daemon_on_fargate(
    item: &Cursor<'_>,
    launch_type: Option<LaunchType>,
    strategy: &[StrategyItem],
    log: &mut Log,
) {
    let of_fargate =
        |it: &StrategyItem| Capacity::of_fargate_provider(&it.capacity_provider).is_some();
    let through = if launch_type == Some(LaunchType::Fargate) {
        "launchType"
    } else if strategy.iter().any(of_fargate) {
        "capacityProviderStrategy"
    } else {
        return;
    };
    let field = item.get(through).or_else(|| item.get("schedulingStrategy"));
    field.as_ref().unwrap_or(item).error(
        log,
        codes::DAEMON_ON_FARGATE,
        "a DAEMON service runs a task on each container instance, and Fargate has none".to_owned(),
        "take the service off Fargate, or make it a REPLICA",
    );
}

fn name(item: &Cursor<'_>, names: &mut BTreeSet<String>, log: &mut Log) -> Option<String> {
    let keys = ["serviceName", "serviceArn"];
    let Some(field) = keys.iter().find_map(|key| item.get(key)) else {
        item.require(log, "serviceName", "give the service a name");
        return None;
    };
    let text = field.name(log)?;
    // A `/` in what is no ARN is said with the names; what stands before it is not cut off.
    let is_path = names::is_arn(text) || text.ends_with('/');
    let last = text.rsplit('/').next().filter(|_| is_path);
    let name = last.unwrap_or(text).to_owned();
    if name.trim().is_empty() {
        field.error(
            log,
            codes::OUT_OF_RANGE,
            format!("`{text}` has no name after its last `/`"),
            "give the service's name or its whole ARN",
        );
        return None;
    }
    if !names.insert(name.clone()) {
        field.error(
            log,
            codes::DUPLICATE_SERVICE,
            format!("two services are called `{name}`"),
            "rename one, or remove it",
        );
    }
    Some(name)
}

/// Desired, smallest and largest count.
fn counts(item: &Cursor<'_>, log: &mut Log) -> Option<(u64, Option<u64>, Option<u64>)> {
    let count = |field: Cursor<'_>, log: &mut Log| field.whole(log, 0..=MAX_TASKS);
    let desired = item
        .require(log, "desiredCount", "say how many tasks the service runs")
        .and_then(|field| count(field, log));
    let limits: Vec<_> = ["minCount", "maxCount"]
        .into_iter()
        .map(|key| {
            item.get(key)
                .map(|field| (count(field.clone(), log), field))
        })
        .collect();
    let [min, max] = [0, 1].map(|index| limits[index].as_ref().and_then(|(n, _)| *n));
    let desired = desired?;
    for (index, wrong, word) in [
        (0, min.is_some_and(|min| min > desired), "above"),
        (1, max.is_some_and(|max| max < desired), "below"),
    ] {
        if let (true, Some((Some(limit), field))) = (wrong, &limits[index]) {
            field.error(
                log,
                codes::COUNT_ORDER,
                format!("{limit} is {word} `desiredCount` {desired}"),
                "the counts must rise: minCount, desiredCount, maxCount",
            );
        }
    }
    Some((desired, min, max))
}

fn deployment(item: &Cursor<'_>, daemon: bool, log: &mut Log) -> Option<DeploymentConfiguration> {
    let field = item.get("deploymentConfiguration")?;
    field.entries(log)?;
    let mut percent = |key: &str, most: u32, default: u32| match field.get(key) {
        Some(value) => {
            let percent = value.whole(log, 0..=u64::from(most))?;
            u32::try_from(percent).ok()
        }
        None => Some(default),
    };
    // Defaults of the ECS API for the two scheduling strategies.
    let (least, most) = if daemon { (0, 100) } else { (100, 200) };
    let minimum = percent("minimumHealthyPercent", 1000, least);
    // The API documents no limit but that of its 32-bit integers.
    let maximum = percent("maximumPercent", i32::MAX.unsigned_abs(), most);
    Some(DeploymentConfiguration {
        minimum_healthy_percent: minimum?,
        maximum_percent: maximum?,
    })
}

/// A capacity provider strategy of today: weights 0 where left out, as the API has them.
pub(super) fn provider_strategy(item: &Cursor<'_>, key: &str, log: &mut Log) -> Vec<StrategyItem> {
    let mut items = Vec::new();
    for entry in item.list(log, key) {
        let name = entry
            .require(log, "capacityProvider", "name the capacity provider")
            .and_then(|field| field.name(log));
        let mut number = |key: &str, most: u64| {
            entry
                .get(key)
                .and_then(|field| field.whole(log, 0..=most))
                .unwrap_or(0)
        };
        let (base, weight) = (number("base", 100_000), number("weight", 1000));
        items.extend(name.map(|name| StrategyItem {
            capacity_provider: name.to_owned(),
            base,
            weight,
        }));
    }
    items
}

/// `CodeDeploy` replaces all tasks at once, and so do ECS's own blue/green, linear and canary deployments:
/// the last two shift traffic step by step, but start the new tasks in full.
fn deployment_strategy(item: &Cursor<'_>, log: &mut Log) -> DeploymentStrategy {
    use DeploymentStrategy::{BlueGreen, CodeDeploy, External, Rolling};
    let mut word = |holder: &str, key: &str, choices: &[(&str, DeploymentStrategy)]| {
        item.get(holder)?.get(key)?.choice(log, choices)
    };
    let controllers = [
        ("ECS", Rolling),
        ("CODE_DEPLOY", CodeDeploy),
        ("EXTERNAL", External),
    ];
    let strategies = [
        ("ROLLING", Rolling),
        ("BLUE_GREEN", BlueGreen),
        ("LINEAR", BlueGreen),
        ("CANARY", BlueGreen),
    ];
    let chosen = [
        word("deploymentController", "type", &controllers),
        word("deploymentConfiguration", "strategy", &strategies),
    ];
    let stated = [CodeDeploy, External, BlueGreen];
    (stated.into_iter().find(|one| chosen.contains(&Some(*one)))).unwrap_or(Rolling)
}

/// Tags as the API lists them. What is no tag is passed over: nothing is planned with them.
pub(super) fn tags(item: &Cursor<'_>) -> BTreeMap<String, String> {
    let quiet = &mut Log::default();
    let mut tags = BTreeMap::new();
    for tag in item.list(quiet, "tags") {
        let mut part = |key: &str| Some(tag.get(key)?.text(quiet)?.to_owned());
        if let (Some(key), Some(value)) = (part("key"), part("value")) {
            tags.insert(key, value);
        }
    }
    tags
}

/// Whether tasks are registered for discovery; replies print Service Connect at the deployments.
fn service_discovery(item: &Cursor<'_>, log: &mut Log) -> bool {
    let mut found = !item.list(log, "serviceRegistries").is_empty();
    let mut holders = vec![item.clone()];
    holders.extend(item.list(log, "deployments"));
    for holder in holders {
        let enabled = holder
            .get("serviceConnectConfiguration")
            .and_then(|connect| connect.get("enabled"))
            .and_then(|enabled| enabled.boolean(log));
        found |= enabled == Some(true);
    }
    found
}
