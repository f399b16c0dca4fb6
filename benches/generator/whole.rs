//! The rules of the whole model laid over generated services: three zones, spread evenly; Spot for at most 0.7
//! of a service's tasks and 0.4 of the cluster's in one pool; Fargate allowed; one daemon. Of the services 10 %
//! have a host port, 8 % are `distinctInstance`, 30 % run on both architectures, 3 % need a GPU (at least one of
//! each), and a fifth may run on Fargate; those that are `awsvpc` and may not are bound to EC2.

use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// The cluster file of services with these rules.
pub fn cluster(
    random: &mut Xoshiro256PlusPlus,
    services: &mut [Value],
    tasks: u64,
    seed: u64,
) -> Value {
    let (bridge, awsvpc): (Vec<usize>, Vec<usize>) =
        (0..services.len()).partition(|&index| services[index]["networkMode"] == "bridge");
    let mut order: Vec<usize> = (0..services.len()).collect();
    order.shuffle(random);
    let count = services.len();
    let share = |percent: usize| (count * percent).div_ceil(100);
    let eligible: Vec<usize> = awsvpc.iter().copied().take(share(20)).collect();
    let mut plain: Vec<usize> = order
        .iter()
        .copied()
        .filter(|i| !eligible.contains(i))
        .collect();
    for index in awsvpc.iter().filter(|index| !eligible.contains(index)) {
        services[*index]["launchType"] = json!("EC2");
    }
    let ports = [80, 443, 3000, 5000, 8080, 8443, 9000, 9090];
    for (place, &index) in bridge.iter().take(share(10)).enumerate() {
        services[index]["hostPorts"] = json!([ports[place % ports.len()]]);
    }
    for &index in order.iter().take(share(30)) {
        services[index]["architectures"] = json!(["X86_64", "ARM64"]);
    }
    plain.shuffle(random);
    let (distinct, gpu) = (share(8), share(3));
    for &index in plain.iter().take(distinct) {
        services[index]["placementConstraints"] = json!([{ "type": "distinctInstance" }]);
    }
    for &index in plain.iter().skip(distinct).take(gpu) {
        services[index]["gpu"] = json!(1);
        services[index]["architectures"] = json!(["X86_64"]);
    }
    let mut all = services.to_vec();
    all.push(json!({
        "serviceName": "agent",
        "schedulingStrategy": "DAEMON",
        "cpu": "64",
        "memory": "128",
        "architectures": ["X86_64", "ARM64"],
    }));
    json!({
        "version": 1,
        "cluster": format!("whole-{}-{tasks}-{seed}", services.len()),
        "region": "us-east-1",
        "availabilityZones": [
            { "zoneName": "us-east-1a", "zoneId": "use1-az1" },
            { "zoneName": "us-east-1b", "zoneId": "use1-az2" },
            { "zoneName": "us-east-1c", "zoneId": "use1-az4" },
        ],
        "services": all,
        "policy": {
            "eniTrunking": true,
            "purchaseOptions": ["on-demand", "spot"],
            "spotMaxShare": 0.7,
            "spotMaxSharePerPool": 0.4,
            "zoneSpread": "even",
            "fargate": "allowed",
        },
    })
}
