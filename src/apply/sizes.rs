//! The steps that give services other task sizes, one service each: a new revision of its task definition, and a rollout of it.
//!
//! Less comes before more: what is given back may be what the others need. Sizes say nothing of the fleet, so the bill after a step is not known;
//! instances come and go as the providers' managed scaling sees fit, and the next plan starts from what runs then.

use serde_json::Value;

use super::change::Change;
use super::obstacles::Use;
use super::state::{SizeState, State, Target};
use super::step::{Step, Work};
use super::steps::Refusal;
use super::today::Today;

/// The steps from a snapshot to the same document with other sizes, and what stands against them.
///
/// # Errors
/// Where one of them is no JSON.
pub fn size_steps(
    snapshot: &str,
    proposed: &str,
) -> Result<(Vec<Step>, Vec<Refusal>), serde_json::Error> {
    let (before, after): (Value, Value) = (
        serde_json::from_str(snapshot)?,
        serde_json::from_str(proposed)?,
    );
    let today = Today::read(snapshot)?;
    let (mut steps, mut refusals) = (Vec::new(), Vec::new());
    for service in items(&before, "services") {
        let Some(name) = service["serviceName"].as_str() else {
            continue;
        };
        let reference = |service: &Value| service["taskDefinition"].as_str().map(str::to_owned);
        let later = items(&after, "services").iter();
        let mut later = later.filter(|later| later["serviceName"] == service["serviceName"]);
        let (from, to) = (reference(service), later.find_map(reference));
        if from == to {
            continue;
        }
        let size = |document: &Value, reference: Option<String>| {
            SizeState::of(definition(document, &reference?)?)
        };
        let target = Target::Size(name.to_owned());
        let of_service = Target::Service(name.to_owned());
        if let Some(obstacle) = today.obstacle(&of_service, Use::Change) {
            refusals.push(Refusal::MustNotBeTouched(of_service, obstacle));
            continue;
        }
        let (Some(from), Some(to)) = (size(&before, from), size(&after, to)) else {
            refusals.push(Refusal::NotInSnapshot(target));
            continue;
        };
        let grows = grows(&from, &to);
        let restarts = service["desiredCount"].as_u64().unwrap_or_default();
        let leaves = Some(State::Size(to.of_any_revision()));
        let change = Change::new(target, Some(State::Size(from)), leaves);
        steps.push((grows, step(change, restarts)));
    }
    steps.sort_by_key(|(grows, _)| *grows);
    let steps = steps.into_iter().map(|(_, step)| step);
    Ok((steps.collect(), refusals))
}

fn step(change: Change, restarts: u64) -> Step {
    Step {
        work: Work::Change(Box::new(change)),
        bill: None,
        restarts,
        instances: 0,
        retires: false,
        wave: None,
        waiting: None,
    }
}

fn items<'a>(document: &'a Value, section: &str) -> &'a [Value] {
    document[section].as_array().map_or(&[], Vec::as_slice)
}

/// The task definition of a reference, by the family and revision at its end.
fn definition<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    let end = |arn: &str| arn.rsplit('/').next().map(str::to_owned);
    items(document, "taskDefinitions")
        .iter()
        .find(|definition| {
            let arn = definition["taskDefinitionArn"].as_str();
            arn.and_then(end) == end(reference)
        })
}

/// Whether a task takes more of anything.
fn grows(from: &SizeState, to: &SizeState) -> bool {
    let more = |from: Option<u64>, to: Option<u64>| to > from;
    let containers = (to.containers.iter()).any(|(name, to)| {
        let from = from.containers.get(name).copied().unwrap_or_default();
        to.cpu > from.cpu
            || more(from.memory, to.memory)
            || more(from.memory_reservation, to.memory_reservation)
    });
    containers || more(from.cpu, to.cpu) || more(from.memory, to.memory)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(references: [&str; 3]) -> String {
        let services: Vec<Value> = (["up", "down", "same"].iter().zip(references))
            .map(|(name, end)| {
                json!({"serviceName": name, "status": "ACTIVE", "desiredCount": 3,
                    "taskDefinition": format!("arn:aws:ecs:eu-west-1:000000000000:task-definition/{end}")})
            })
            .collect();
        let definition = |revision: u64, cpu: u64| {
            json!({"taskDefinitionArn": format!("arn:aws:ecs:eu-west-1:000000000000:task-definition/web:{revision}"),
                "family": "web", "revision": revision,
                "containerDefinitions": [{"name": "app", "cpu": cpu, "memory": 512}]})
        };
        let definitions = [definition(1, 256), definition(2, 512), definition(3, 128)];
        json!({"services": services, "taskDefinitions": definitions}).to_string()
    }

    #[test]
    fn less_comes_before_more_and_what_stays_is_no_step() {
        let (before, after) = (
            document(["web:1", "web:1", "web:1"]),
            document(["web:2", "web:3", "web:1"]),
        );
        let (steps, refusals) = size_steps(&before, &after).expect("JSON");
        assert_eq!(refusals, []);
        let seen: Vec<(String, u64)> = (steps.iter())
            .map(|step| match &step.work {
                Work::Change(change) => (change.target.name().to_owned(), step.restarts),
                Work::Drain(_) => (String::new(), 0),
            })
            .collect();
        assert_eq!(seen, [("down".to_owned(), 3), ("up".to_owned(), 3)]);
    }

    #[test]
    fn a_service_whose_definition_is_not_there_is_refused() {
        let (before, after) = (
            document(["web:1", "web:1", "web:1"]),
            document(["web:9", "web:1", "web:1"]),
        );
        let (steps, refusals) = size_steps(&before, &after).expect("JSON");
        assert_eq!(steps, []);
        assert_eq!(
            refusals,
            [Refusal::NotInSnapshot(Target::Size("up".to_owned()))]
        );
    }
}
