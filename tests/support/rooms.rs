//! Small random clusters that keep room for a lost zone and for rollouts, with task groups in each other's way.

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// Up to four services over two or three zones, with Spot shares, task groups, distinct instances and room.
pub fn cluster(seed: u64) -> Value {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let count = random.random_range(1..=4);
    let services: Vec<Value> = (0..count)
        .map(|index| service(index, count, &mut random))
        .collect();
    let zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    let mut policy = json!({
        "purchaseOptions": ["on-demand", "spot"],
        "zoneSpread": pick(&["any", "even"], &mut random),
        "surviveZoneLoss": random.random_bool(0.7),
        "deploymentSurge": random.random_bool(0.7),
        "spotMaxShare": pick(&[0.3, 0.5, 0.7, 1.0], &mut random),
        "headroomPercent": pick(&[0, 25, 50], &mut random),
        "allowedInstanceTypes": [pick(&["m5.*", "c6i.*", "m7i.*"], &mut random)],
    });
    if random.random_bool(0.3) {
        policy["onDemandBase"] = json!(random.random_range(0..=4));
    }
    if random.random_bool(0.2) {
        policy["spotMaxSharePerPool"] = json!(pick(&[0.3, 0.5], &mut random));
    }
    if random.random_bool(0.1) {
        policy["maxInstances"] = json!(random.random_range(2..=8));
    }
    json!({
        "version": 1,
        "cluster": format!("room-{seed}"),
        "region": "us-east-1",
        "availabilityZones": zones[..random.random_range(2..=3)],
        "services": services,
        "policy": policy,
    })
}

fn service(index: usize, count: usize, random: &mut Xoshiro256PlusPlus) -> Value {
    let mut constraints = Vec::new();
    if random.random_bool(0.35) {
        let test = pick(&["==", "!="], random);
        let other = random.random_range(0..count);
        constraints.push(json!({
            "type": "memberOf",
            "expression": format!("task:group {test} service:s{other}"),
        }));
    }
    if random.random_bool(0.2) {
        constraints.push(json!({ "type": "distinctInstance" }));
    }
    let mut service = json!({
        "serviceName": format!("s{index}"),
        "desiredCount": random.random_range(1..=7),
        "cpu": pick(&[128, 256, 512, 1024, 2000], random),
        "memory": pick(&[128, 512, 1024, 3000, 7000], random),
        "networkMode": pick(&["bridge", "bridge", "awsvpc"], random),
        "placementConstraints": constraints,
    });
    if random.random_bool(0.3) {
        service["spotMaxShare"] = json!(pick(&[0.0, 0.3, 0.5, 1.0], random));
    }
    if random.random_bool(0.3) {
        service["deploymentConfiguration"] = json!({
            "minimumHealthyPercent": pick(&[50, 100], random),
            "maximumPercent": pick(&[100, 150, 200], random),
        });
    }
    service
}

fn pick<T: Copy>(among: &[T], random: &mut Xoshiro256PlusPlus) -> T {
    *among.choose(random).expect("something to pick from")
}
