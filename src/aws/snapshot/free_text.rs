//! Texts that users write, of which a plan needs only those that something in the file refers to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{list, text};
use crate::domain::attributes::is_capability;

/// What AWS itself registers about an instance.
const OF_ECS: &str = "ecs.";
/// What an expression or a strategy calls an attribute by.
const REFERENCE: &str = "attribute:";

/// Leaves out attributes of instances that nothing in the file speaks of, and names of volumes that no task definition has.
pub(super) fn trim(sections: &mut Map<String, Value>) {
    let names = attributes_spoken_of(sections);
    for instance in items(sections, "containerInstances") {
        if let Some(attributes) = array(instance, "attributes") {
            attributes.retain(|attribute| is_needed(text(attribute, "name"), &names));
            attributes
                .iter_mut()
                .for_each(only_the_name_of_a_capability);
        }
    }
    let volumes = volumes(sections);
    for service in items(sections, "services") {
        for deployment in array(service, "deployments").into_iter().flatten() {
            let configured = array(deployment, "volumeConfigurations");
            let unknown = (configured.into_iter().flatten())
                .filter(|volume| !volumes.contains(text(volume, "name")));
            for volume in unknown.filter_map(Value::as_object_mut) {
                volume.remove("name");
            }
        }
    }
}

fn items<'a>(
    sections: &'a mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a mut Value> {
    let section = sections.get_mut(key).and_then(Value::as_array_mut);
    section.into_iter().flatten()
}

/// The list under a key, which an index would make where there is none.
fn array<'a>(item: &'a mut Value, key: &str) -> Option<&'a mut Vec<Value>> {
    item.get_mut(key)?.as_array_mut()
}

fn is_needed(name: &str, spoken_of: &BTreeSet<String>) -> bool {
    name.starts_with(OF_ECS) || is_capability(name) || spoken_of.contains(name)
}

/// A capability is there or not; it has no value.
fn only_the_name_of_a_capability(attribute: &mut Value) {
    if is_capability(text(attribute, "name"))
        && let Some(attribute) = attribute.as_object_mut()
    {
        attribute.remove("value");
    }
}

/// The attributes in the constraints and strategies of services and task definitions.
fn attributes_spoken_of(sections: &Map<String, Value>) -> BTreeSet<String> {
    let of_both = ["services", "taskDefinitions"].into_iter();
    let owners = of_both
        .filter_map(|key| sections.get(key)?.as_array())
        .flatten();
    let mut names = BTreeSet::new();
    for owner in owners {
        let constraints = list(owner, "placementConstraints").iter();
        let expressions = constraints.map(|constraint| text(constraint, "expression"));
        let strategies = list(owner, "placementStrategy").iter();
        for words in expressions.chain(strategies.map(|strategy| text(strategy, "field"))) {
            let after = words.split(REFERENCE).skip(1);
            names.extend(
                after
                    .filter_map(|rest| rest.split(ends_a_name).next())
                    .map(str::to_owned),
            );
        }
    }
    names
}

/// Names of attributes are of letters, digits and `-_./\`.
fn ends_a_name(c: char) -> bool {
    !c.is_ascii_alphanumeric() && !"-_./\\".contains(c)
}

/// The names of the volumes that task definitions have.
fn volumes(sections: &Map<String, Value>) -> BTreeSet<String> {
    let definitions = sections.get("taskDefinitions").and_then(Value::as_array);
    let volumes = (definitions.into_iter().flatten()).flat_map(|one| list(one, "volumes"));
    volumes
        .map(|volume| text(volume, "name").to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_and_volumes_that_nothing_refers_to_stay_behind() {
        let mut sections = json!({
            "taskDefinitions": [{"volumes": [{"name": "data"}],
                "placementConstraints": [{"expression": "attribute:stack == prod and attribute:tier exists"}]}],
            "services": [{"placementStrategy": [{"type": "spread", "field": "attribute:rack"}],
                "deployments": [{"volumeConfigurations": [{"name": "data"}, {"name": "hunter2"}]}]}],
            "containerInstances": [{"attributes": [
                {"name": "stack", "value": "prod"}, {"name": "tier"}, {"name": "rack", "value": "7"},
                {"name": "owner", "value": "someone"}, {"name": "ecs.os-type", "value": "linux"},
                {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.17", "value": "x"}]}],
        });
        let sections = sections.as_object_mut().expect("an object");
        trim(sections);
        assert_eq!(
            sections["containerInstances"][0]["attributes"],
            json!([{"name": "stack", "value": "prod"}, {"name": "tier"}, {"name": "rack", "value": "7"},
                {"name": "ecs.os-type", "value": "linux"},
                {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.17"}])
        );
        assert_eq!(
            sections["services"][0]["deployments"][0]["volumeConfigurations"],
            json!([{"name": "data"}, {}])
        );
    }
}
