//! Today's instances of a random cluster: such as stay, and such as come from outside AWS.

use bayplan::catalogue::Catalogue;
use serde_json::{Value, json};

use super::super::catalogue::TYPES;
use super::Draft;

/// The section `containerInstances`.
pub(super) fn instances(draft: &mut Draft<'_>, catalogue: &Catalogue) -> Vec<Value> {
    let mut instances = Vec::new();
    if draft.picked.has("external") {
        for _ in 0..draft.any(&[1, 2, 2]) {
            let index = instances.len();
            instances.push(external(draft, index));
        }
    }
    if draft.picked.has("keep") {
        for _ in 0..draft.any(&[1, 1, 2]) {
            let index = instances.len();
            instances.push(kept(draft, index, catalogue));
        }
    }
    instances
}

fn arn(draft: &Draft<'_>, index: usize) -> String {
    let seed = draft.seed;
    format!("arn:aws:ecs:us-east-1:123456789012:container-instance/whole-{seed}/{index}")
}

fn external(draft: &mut Draft<'_>, index: usize) -> Value {
    json!({
        "containerInstanceArn": arn(draft, index),
        "status": "ACTIVE",
        "attributes": [
            { "name": "ecs.capability.external" },
            { "name": "ecs.cpu-architecture", "value": "x86_64" },
            { "name": "ecs.os-type", "value": "linux" },
        ],
        "registeredResources": resources(draft.any(&[1024, 2048, 4096]), draft.any(&[2048, 4096])),
    })
}

fn kept(draft: &mut Draft<'_>, index: usize, catalogue: &Catalogue) -> Value {
    let (name, vcpus, memory, ..) = TYPES[draft.random_index(4)];
    let mut attributes = vec![json!({ "name": "ecs.instance-type", "value": name })];
    let zones = draft.zones.clone();
    if !zones.is_empty() {
        let zone = &zones[draft.random_index(zones.len())];
        attributes.push(json!({ "name": "ecs.availability-zone", "value": zone }));
    }
    let known = catalogue.instance_type(name).expect("a tiny type");
    let spot = known.spot_supported && draft.chance(0.55);
    let lost = draft.any(&[0, 30, 100]);
    json!({
        "containerInstanceArn": arn(draft, index),
        "status": draft.any(&["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "DRAINING"]),
        "attributes": attributes,
        "purchaseOption": if spot { "spot" } else { "on-demand" },
        "registeredResources": resources(vcpus * 1024, memory - lost),
    })
}

fn resources(cpu: u64, memory: u64) -> Value {
    json!([
        { "name": "CPU", "type": "INTEGER", "integerValue": cpu },
        { "name": "MEMORY", "type": "INTEGER", "integerValue": memory },
    ])
}
