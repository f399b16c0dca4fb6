//! How far what was asked for has come: statuses of providers, attachments, deployments, and tasks on instances.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::Acting;
use crate::apply::change::Condition;
use crate::apply::live::{LiveInstance, Progress, WHY};
use crate::apply::state::{State, Target};
use crate::aws::accounts;
use crate::aws::actions::Action;
use crate::aws::call::Call;
use crate::aws::errors::CallError;
use crate::aws::reader::{Items, texts};
use crate::domain::text::visible;

fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key].as_str().unwrap_or_default()
}

fn waiting(what: &str) -> Progress {
    Progress::Waiting(visible(what))
}

pub(super) fn progress(live: &Acting<'_>, condition: &Condition) -> Result<Progress, CallError> {
    match condition {
        Condition::ProviderActive(name) => {
            let found = live.described(&Target::Provider(name.clone()))?;
            Ok(found.map_or_else(|| waiting("to be described"), |it| provider(&it)))
        }
        Condition::ProviderGone(name) => {
            let target = Target::Provider(name.clone());
            let found = live.described(&target)?;
            let Some(found) = found.filter(|it| text(it, "status") != "INACTIVE") else {
                return Ok(Progress::Met);
            };
            let update = text(&found, "updateStatus");
            Ok(if update == "DELETE_FAILED" {
                Progress::Failed(update.to_owned())
            } else if State::of(&target, &found).is_none() {
                Progress::Met
            } else {
                waiting(update)
            })
        }
        Condition::ClusterAttached(name) => {
            let found = live
                .described(&Target::Cluster(name.clone()))?
                .unwrap_or_default();
            Ok(match text(&found, "attachmentsStatus") {
                "" | "UPDATE_COMPLETE" => Progress::Met,
                failed @ "UPDATE_FAILED" => Progress::Failed(failed.to_owned()),
                other => waiting(other),
            })
        }
        Condition::Deployed(service) => deployed(live, service, of_deployments),
        Condition::Back(service) => deployed(live, service, back_by_deployments),
        Condition::GroupEmpty(name) => {
            let found = live
                .described(&Target::Group(name.clone()))?
                .unwrap_or_default();
            let instances = found["Instances"].as_array().map_or(0, Vec::len);
            Ok(if instances == 0 {
                Progress::Met
            } else {
                waiting(&format!("{instances} instances in the group {name}"))
            })
        }
        Condition::GroupFilled(name, least) => filled(live, name, *least),
        Condition::GroupGone(name) => {
            let found = live.described(&Target::Group(name.clone()))?;
            Ok(found.map_or(Progress::Met, |group| waiting(text(&group, "Status"))))
        }
    }
}

/// Instances of a group that are registered with the cluster and take tasks: those that Auto Scaling calls in service need not be.
fn filled(live: &Acting<'_>, name: &str, least: u64) -> Result<Progress, CallError> {
    let group = live
        .described(&Target::Group(name.to_owned()))?
        .unwrap_or_default();
    let launched: Vec<&str> = (group["Instances"].as_array().into_iter().flatten())
        .filter_map(|it| it["InstanceId"].as_str())
        .collect();
    let within = |action| Call::new(action).in_cluster(&live.cluster);
    let hosts = live.answer(async {
        let list = within(Action::ListContainerInstances);
        let arns = texts(&live.reader.pages(list).await?.items);
        let described = within(Action::DescribeContainerInstances);
        live.reader.batches(described, &arns).await
    })?;
    let of_group: Vec<&Value> = (hosts.items.iter())
        .filter(|host| launched.contains(&text(host, "ec2InstanceId")))
        .collect();
    let there = of_group.iter().filter(|host| takes_tasks(host)).count() as u64;
    if there >= least {
        return Ok(Progress::Met);
    }
    let drains = |host: &&&Value| text(host, "status") == "DRAINING";
    let draining = match of_group.iter().filter(drains).count() {
        0 => String::new(),
        draining => format!(", and {draining} drain"),
    };
    let why = failed_launch(live, name).map_or_else(String::new, |why| {
        format!("{WHY}its newest launch failed: {why}")
    });
    Ok(waiting(&format!(
        "{there} of {least} instances of the group {name} take tasks{draining}{why}"
    )))
}

/// An agent that is not connected starts nothing.
fn takes_tasks(host: &Value) -> bool {
    text(host, "status") == "ACTIVE" && host["agentConnected"] != Value::Bool(false)
}

/// What Auto Scaling says of a group's newest launch, where it failed. Where that cannot be read it is not known, and stops nothing.
fn failed_launch(live: &Acting<'_>, name: &str) -> Option<String> {
    let attempt = async || live.sdk.failed_launch(name).await;
    let told = live.answer(live.pace.call(Action::DescribeScalingActivities, attempt));
    let why = told.ok().flatten()?;
    Some(accounts::hidden(&why))
}

fn provider(found: &Value) -> Progress {
    let (status, update) = (text(found, "status"), text(found, "updateStatus"));
    if update.ends_with("FAILED") {
        Progress::Failed(update.to_owned())
    } else if status == "ACTIVE" && !update.ends_with("IN_PROGRESS") {
        Progress::Met
    } else {
        waiting(&format!("{status} {update}"))
    }
}

/// By the deployment's own status: a service that was rolled back is stable too. And by the service's: a list may be older
/// than the request.
fn deployed(
    live: &Acting<'_>,
    service: &str,
    read: fn(&[Value], &[Value]) -> Progress,
) -> Result<Progress, CallError> {
    let about = [service.to_owned()];
    let call = Call::new(Action::DescribeServices).in_cluster(&live.cluster);
    // What ECS says of the tasks is shown and kept nowhere.
    let look = |answer: &Value| match answer["services"].as_array() {
        Some(services) => Ok(services.first().cloned().unwrap_or_default()),
        None => Err(CallError::incomplete(
            Action::DescribeServices,
            "`services`",
        )),
    };
    let described = live.answer(live.reader.answer(&call.about(&about), look))?;
    // One that was deleted deploys nothing any more.
    if State::of(&Target::Service(service.to_owned()), &described).is_none() {
        return Ok(Progress::Met);
    }
    let call = Call::new(Action::ListServiceDeployments).in_cluster(&live.cluster);
    let all = live.answer(live.reader.pages(call.about(&about)))?.items;
    let rollouts = described["deployments"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    Ok(match read(&all, rollouts) {
        Progress::Waiting(what) => waiting(&format!("{what}{}", tasks_so_far(&described))),
        ended => ended,
    })
}

/// How many tasks of the newest deployment run, and the newest word of ECS since it began, such as that no instance has room for a task.
fn tasks_so_far(service: &Value) -> String {
    let rollouts = service["deployments"].as_array().into_iter().flatten();
    let mut newest = rollouts.filter(|one| text(one, "status") == "PRIMARY");
    let Some(newest) = newest.next() else {
        return String::new();
    };
    let count = |key: &str| newest[key].as_u64().unwrap_or_default();
    let mut said = format!(
        "{WHY}{} of {} tasks run, {} are pending",
        count("runningCount"),
        count("desiredCount"),
        count("pendingCount")
    );
    match count("failedTasks") {
        0 => {}
        failed => {
            let _ = write!(said, ", {failed} failed to start");
        }
    }
    // ECS lists the newest event first.
    let events = service["events"].as_array();
    let since = created(newest);
    let event = (events.and_then(|events| events.first())).filter(|event| created(event) >= since);
    if let Some(event) = event {
        let _ = write!(said, ". ECS: {}", accounts::hidden(text(event, "message")));
    }
    said
}

/// On the way back a deployment that AWS rolls back by itself goes where it is to.
fn back_by_deployments(all: &[Value], rollouts: &[Value]) -> Progress {
    let newest = (all.iter()).max_by(|a, b| created(a).total_cmp(&created(b)));
    match newest.map(|newest| text(newest, "status")) {
        Some("ROLLBACK_SUCCESSFUL") if rollouts.len() == 1 => Progress::Met,
        Some("ROLLBACK_SUCCESSFUL") => waiting("older deployments have tasks"),
        Some(status @ ("ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS")) => {
            waiting(&format!("its deployment, which is {status}"))
        }
        _ => of_deployments(all, rollouts),
    }
}

fn of_deployments(all: &[Value], rollouts: &[Value]) -> Progress {
    let newest = (all.iter()).max_by(|a, b| created(a).total_cmp(&created(b)));
    let Some(newest) = newest else {
        return waiting("no deployment is listed");
    };
    let status = text(newest, "status");
    let reason = || {
        let reason = accounts::hidden(text(newest, "statusReason"));
        visible(&format!("{status} {reason}")).trim_end().to_owned()
    };
    match status {
        "SUCCESSFUL" => match rollouts {
            [only] if ["COMPLETED", ""].contains(&text(only, "rolloutState")) => Progress::Met,
            _ => waiting("older deployments have tasks"),
        },
        "PENDING" | "IN_PROGRESS" => waiting(&format!("its deployment, which is {status}")),
        // Requested, or under way: whatever it is, it does not end where it was to.
        _ => Progress::Failed(reason()),
    }
}

fn created(deployment: &Value) -> f64 {
    deployment["createdAt"].as_f64().unwrap_or_default()
}

/// A provider's container instances, with the tasks that are on them in any state but STOPPED: two lists, since a task that is
/// stopping is among those that are to be STOPPED.
pub(super) fn instances(live: &Acting<'_>, provider: &str) -> Result<Vec<LiveInstance>, CallError> {
    let within = |action| Call::new(action).in_cluster(&live.cluster);
    let reading = async {
        let describe = async |list: Call, describes: Action| -> Result<Items, CallError> {
            let arns = texts(&live.reader.pages(list).await?.items);
            live.reader.batches(within(describes), &arns).await
        };
        let hosts = describe(
            within(Action::ListContainerInstances),
            Action::DescribeContainerInstances,
        )
        .await?;
        let hosts: Vec<Value> = (hosts.items.into_iter())
            .filter(|host| text(host, "capacityProviderName") == provider)
            .collect();
        let mut tasks = Vec::new();
        if !hosts.is_empty() {
            for status in ["RUNNING", "STOPPED"] {
                let list = within(Action::ListTasks).of_status(status);
                tasks.extend(describe(list, Action::DescribeTasks).await?.items);
            }
        }
        Ok::<_, CallError>((hosts, tasks))
    };
    let (hosts, tasks) = live.answer(reading)?;
    let on = by_instance(&tasks);
    Ok(hosts.iter().map(|host| instance(host, &on)).collect())
}

/// Tasks on an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct On {
    all: u64,
    of_no_service: u64,
}

/// Tasks that are not STOPPED, by the container instance they are on. A service's tasks have the group `service:NAME`
/// (Amazon ECS API reference, `Task`).
fn by_instance(tasks: &[Value]) -> BTreeMap<&str, On> {
    let mut by_instance: BTreeMap<&str, On> = BTreeMap::new();
    for task in (tasks.iter()).filter(|task| text(task, "lastStatus") != "STOPPED") {
        let on = by_instance
            .entry(text(task, "containerInstanceArn"))
            .or_default();
        on.all += 1;
        on.of_no_service += u64::from(!text(task, "group").starts_with("service:"));
    }
    by_instance
}

fn instance(host: &Value, tasks: &BTreeMap<&str, On>) -> LiveInstance {
    let attributes = host["attributes"].as_array().map_or(&[][..], Vec::as_slice);
    let attribute = |name: &str| {
        let found = attributes.iter().find(|one| text(one, "name") == name);
        found.map_or_else(String::new, |one| text(one, "value").to_owned())
    };
    let arn = text(host, "containerInstanceArn");
    let on = tasks.get(arn).copied().unwrap_or_default();
    LiveInstance {
        arn: arn.to_owned(),
        ec2_id: text(host, "ec2InstanceId").to_owned(),
        instance_type: attribute("ecs.instance-type"),
        zone: attribute("ecs.availability-zone"),
        is_draining: text(host, "status") == "DRAINING",
        tasks: on.all,
        tasks_of_no_service: on.of_no_service,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tasks_of_no_service_are_counted_apart_and_stopped_ones_not_at_all() {
        let task = |on: &str, group: &str, status: &str| json!({"containerInstanceArn": on, "group": group, "lastStatus": status});
        let tasks = [
            task("a", "service:api", "RUNNING"),
            task("a", "family:report", "RUNNING"),
            task("a", "nightly", "DEACTIVATING"),
            task("a", "family:report", "STOPPED"),
            task("b", "service:api", "RUNNING"),
        ];
        let on = |all, of_no_service| On { all, of_no_service };
        let expected = BTreeMap::from([("a", on(3, 2)), ("b", on(1, 0))]);
        assert_eq!(by_instance(&tasks), expected);
    }

    #[test]
    fn a_deployment_is_done_when_it_and_the_service_say_so_and_a_way_back_is_a_failure() {
        let of = |status: &str| json!({"status": status, "createdAt": 2.0, "statusReason": "why"});
        let older = json!({"status": "SUCCESSFUL", "createdAt": 1.0});
        let one = [json!({"rolloutState": "COMPLETED"})];
        let two = [
            json!({"rolloutState": "IN_PROGRESS"}),
            json!({"rolloutState": "COMPLETED"}),
        ];
        let all = |status: &str| [of(status), older.clone()];
        assert_eq!(of_deployments(&all("SUCCESSFUL"), &one), Progress::Met);
        // Old tasks may run still, and the list may be older than the request.
        assert!(matches!(
            of_deployments(&all("SUCCESSFUL"), &two),
            Progress::Waiting(_)
        ));
        assert!(matches!(
            of_deployments(&all("IN_PROGRESS"), &one),
            Progress::Waiting(_)
        ));
        for status in [
            "ROLLBACK_SUCCESSFUL",
            "ROLLBACK_IN_PROGRESS",
            "STOPPED",
            "STOP_REQUESTED",
        ] {
            let said = format!("{status} why");
            assert_eq!(of_deployments(&all(status), &one), Progress::Failed(said));
        }
        let back = |status: &str, rollouts: &[Value]| back_by_deployments(&all(status), rollouts);
        for status in ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"] {
            assert_eq!(back(status, &one), Progress::Met);
            assert!(matches!(back(status, &two), Progress::Waiting(_)));
        }
        let under_way = back("ROLLBACK_IN_PROGRESS", &one);
        assert!(matches!(under_way, Progress::Waiting(_)));
        assert!(matches!(back("STOPPED", &one), Progress::Failed(_)));
    }

    #[test]
    fn a_deployment_under_way_says_how_many_tasks_run_and_what_ecs_said_since_it_began() {
        let of = |event: f64, failed: u64| {
            tasks_so_far(&json!({
                "deployments": [
                    {"status": "PRIMARY", "createdAt": 10.0, "runningCount": 1, "desiredCount": 3, "pendingCount": 0, "failedTasks": failed},
                    {"status": "ACTIVE", "createdAt": 1.0, "runningCount": 3, "desiredCount": 3},
                ],
                "events": [{"createdAt": event, "message": "(service web) was unable to place a task in 123456789012"}],
            }))
        };
        let counts = "; 1 of 3 tasks run, 0 are pending";
        assert_eq!(of(9.0, 0), counts);
        assert_eq!(
            of(10.0, 2),
            format!(
                "{counts}, 2 failed to start. ECS: (service web) was unable to place a task in 000000000000"
            )
        );
        assert_eq!(tasks_so_far(&Value::Null), "");
    }

    #[test]
    fn an_instance_takes_tasks_while_it_is_active_and_its_agent_connected() {
        let of =
            |status: &str, is: Value| takes_tasks(&json!({"status": status, "agentConnected": is}));
        assert!(of("ACTIVE", json!(true)) && of("ACTIVE", Value::Null));
        assert!(!of("ACTIVE", json!(false)) && !of("DRAINING", json!(true)));
    }

    #[test]
    fn a_provider_is_ready_when_nothing_goes_on_with_it() {
        let of = |status: &str, update: &str| {
            provider(&json!({"status": status, "updateStatus": update}))
        };
        assert_eq!(of("ACTIVE", "CREATE_COMPLETE"), Progress::Met);
        assert_eq!(of("ACTIVE", ""), Progress::Met);
        assert!(matches!(
            of("PROVISIONING", "CREATE_IN_PROGRESS"),
            Progress::Waiting(_)
        ));
        assert!(matches!(of("ACTIVE", "UPDATE_FAILED"), Progress::Failed(_)));
    }
}
