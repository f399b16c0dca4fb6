//! Random clusters of up to eight tasks in which every rule takes part: CPU, memory, interfaces of
//! `awsvpc` tasks, GPUs, static host ports, `distinctInstance`, `memberOf`, architecture, launch type,
//! daemons, custom attributes of groups, reserved amounts, and instances that stay from today.
//!
//! Roughly one in five cannot be planned in full, on purpose.

pub mod document;
pub mod exhaustive;

use std::collections::BTreeMap;

use bayplan::catalogue::{Catalogue, CatalogueParts, OtherPrice, Price};
use bayplan::domain::instance_type::{CpuArchitecture, Hypervisor, InstanceType};
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::quantity::{GpuCount, MemoryMib};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Most tasks of a tiny cluster, daemons apart, before headroom.
const MOST_TASKS: u64 = 8;

/// Name, vCPUs, memory in MiB, interfaces, branch interfaces, GPUs, usual price in 10⁻⁴ USD per hour.
const TYPES: [(&str, u64, u64, u64, u64, u64, i64); 8] = [
    ("ta.small", 1, 2048, 2, 0, 0, 250),
    ("ta.medium", 2, 4096, 3, 6, 0, 480),
    ("ta.large", 4, 8192, 3, 10, 0, 990),
    ("tb.small", 2, 2048, 3, 0, 0, 200),
    ("tg.small", 1, 2048, 2, 4, 0, 200),
    ("tg.large", 4, 8192, 4, 12, 0, 800),
    ("tm.large", 2, 16384, 3, 8, 0, 1300),
    ("tp.large", 4, 8192, 4, 0, 2, 3000),
];

/// The catalogue that goes with a seed: the same eight types, at prices within ±25 % of the usual ones.
pub fn catalogue(seed: u64) -> Catalogue {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x00c0_ffee);
    let mut on_demand_prices = BTreeMap::new();
    for (name, _, _, _, _, _, usual) in TYPES {
        let price = Price {
            usd_per_hour: UsdPerHour::new(Decimal::new(usual * random.random_range(75..=125), 6)),
            basis: "observed".to_owned(),
        };
        on_demand_prices.insert(name.to_owned(), price);
    }
    let gp3 = OtherPrice {
        usd: Decimal::new(8, 2),
        unit: "gb_month".to_owned(),
        basis: "observed".to_owned(),
    };
    Catalogue::from_parts(CatalogueParts {
        region: "us-east-1".to_owned(),
        from_files: true,
        instance_types: TYPES
            .iter()
            .map(|&figures| instance_type(figures))
            .collect(),
        on_demand_prices,
        other_prices: BTreeMap::from([("ebs_gp3_storage".to_owned(), gp3)]),
        ..CatalogueParts::default()
    })
}

fn instance_type(
    (name, vcpus, memory_mib, max_enis, branch_enis, gpus, _): (&str, u64, u64, u64, u64, u64, i64),
) -> InstanceType {
    InstanceType {
        name: name.to_owned(),
        vcpus,
        memory: MemoryMib::new(memory_mib),
        architecture: if name.starts_with("tg.") {
            CpuArchitecture::Arm64
        } else {
            CpuArchitecture::X86_64
        },
        max_enis,
        branch_enis,
        gpus: GpuCount::new(gpus),
        gpu_name: if gpus > 0 { "T4" } else { "" }.to_owned(),
        current_generation: true,
        burstable: name.starts_with("tb."),
        bare_metal: false,
        hypervisor: Hypervisor::Nitro,
        spot_supported: true,
        ecs_image: true,
        ebs_attachments: None,
        ebs_limit: None,
    }
}

/// The cluster file of a seed.
pub fn cluster(seed: u64) -> Value {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let random = &mut random;
    let headroom = random.random_bool(0.1);
    let mut left = if headroom { MOST_TASKS / 2 } else { MOST_TASKS };
    let wanted = random.random_range(1..=5);
    let mut services = Vec::new();
    while services.len() < wanted && left > 0 {
        let count = random.random_range(1..=left.min(4));
        left -= count;
        services.push(replica(random, services.len(), count));
    }
    for index in 0..*[0, 0, 1, 1, 2].choose(random).expect("five numbers") {
        services.push(daemon(random, index));
    }
    let mut policy = policy(random);
    // Drawn apart, so that the other rules of a seed stay what they were.
    let apart = &mut Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x0051_a4e5);
    let share = [1.0, 1.0, 1.0, 0.5, 0.3]
        .choose(apart)
        .expect("a list of shares");
    policy.insert("maxShareOnInstance".to_owned(), json!(share));
    let accelerators = ["needed", "included"].choose(apart).expect("two words");
    policy.insert("accelerators".to_owned(), json!(accelerators));
    if headroom {
        policy.insert("headroomPercent".to_owned(), json!(25));
    }
    let keep = random.random_bool(0.4);
    let instances = if keep || random.random_bool(0.15) {
        random.random_range(1..=3)
    } else {
        0
    };
    if keep {
        policy.insert("keepInstances".to_owned(), json!("all"));
    }
    let container_instances: Vec<Value> = (0..instances)
        .map(|index| container_instance(random, index))
        .collect();
    json!({
        "version": 1,
        "cluster": format!("tiny-{seed}"),
        "region": "us-east-1",
        "services": services,
        "autoScalingGroups": groups(random),
        "containerInstances": container_instances,
        "policy": policy,
    })
}

fn replica(random: &mut Xoshiro256PlusPlus, index: usize, count: u64) -> Value {
    let cpu = *[128, 256, 256, 512, 512, 700, 1024, 1500, 2048]
        .choose(random)
        .expect("a list of sizes");
    let memory = *[256, 512, 512, 900, 1024, 1024, 2000, 3000, 4096]
        .choose(random)
        .expect("a list of sizes");
    let mut service = Map::new();
    let mut set = |key: &str, value: Value| {
        service.insert(key.to_owned(), value);
    };
    set("serviceName", json!(format!("service-{index}")));
    set("desiredCount", json!(count));
    // Rarely more than any instance holds.
    let cpu = if random.random_bool(0.01) { 8192 } else { cpu };
    set("cpu", json!(cpu.to_string()));
    set("memory", json!(memory.to_string()));
    let awsvpc = random.random_bool(0.35);
    set(
        "networkMode",
        json!(if awsvpc { "awsvpc" } else { "bridge" }),
    );
    if !awsvpc && random.random_bool(0.25) {
        set("hostPorts", host_ports(random));
    }
    let gpu = random.random_bool(0.08);
    if gpu {
        set("gpu", json!(random.random_range(1..=2)));
    }
    set("architectures", architectures(random, gpu));
    if random.random_bool(0.3) {
        let fargate = random.random_bool(0.04);
        set("launchType", json!(if fargate { "FARGATE" } else { "EC2" }));
    }
    let mut constraints = Vec::new();
    if random.random_bool(0.2) {
        constraints.push(json!({ "type": "distinctInstance" }));
    }
    if random.random_bool(0.25) {
        constraints.push(member_of(random));
    }
    set("placementConstraints", json!(constraints));
    Value::Object(service)
}

/// Small enough that daemons never fill an instance by themselves.
fn daemon(random: &mut Xoshiro256PlusPlus, index: usize) -> Value {
    let mut constraints = Vec::new();
    if random.random_bool(0.4) {
        constraints.push(member_of(random));
    }
    let mut daemon = json!({
        "serviceName": format!("daemon-{index}"),
        "schedulingStrategy": "DAEMON",
        "cpu": random.random_range(16..=64).to_string(),
        "memory": random.random_range(32..=128).to_string(),
        "architectures": architectures(random, false),
        "placementConstraints": constraints,
    });
    // One port for each daemon, so that two never collide.
    if random.random_bool(0.3) {
        daemon["hostPorts"] = json!([if index == 0 { "80" } else { "443/udp" }]);
    }
    daemon
}

fn host_ports(random: &mut Xoshiro256PlusPlus) -> Value {
    let port = ["80", "80", "443", "443/udp", "8080"]
        .choose(random)
        .expect("a list of ports");
    json!([port])
}

fn architectures(random: &mut Xoshiro256PlusPlus, gpu: bool) -> Value {
    match random.random_range(0..10) {
        0..6 => json!(["X86_64"]),
        6 if !gpu => json!(["ARM64"]),
        _ => json!(["X86_64", "ARM64"]),
    }
}

fn member_of(random: &mut Xoshiro256PlusPlus) -> Value {
    let expression = [
        "attribute:ecs.instance-type =~ ta.*",
        "attribute:ecs.instance-type != ta.small",
        "attribute:ecs.instance-type in [ta.large, tg.large, tm.large]",
        "not(attribute:ecs.instance-type == ta.medium)",
        "attribute:ecs.os-type == linux",
        "attribute:tier == gold",
        "attribute:tier exists",
        "attribute:tier not_exists",
        "attribute:tier == silver or attribute:ecs.instance-type =~ .*large",
    ]
    .choose(random)
    .expect("a list of expressions");
    json!({ "type": "memberOf", "expression": expression })
}

fn groups(random: &mut Xoshiro256PlusPlus) -> Value {
    let gold = json!({ "AutoScalingGroupName": "gold", "attributes": { "tier": "gold" } });
    let silver = json!({
        "AutoScalingGroupName": "silver",
        "attributes": { "tier": "silver", "disk": null },
    });
    match random.random_range(0..10) {
        0..3 => json!([]),
        3..6 => json!([gold]),
        6 => json!([silver]),
        _ => json!([gold, silver]),
    }
}

fn container_instance(random: &mut Xoshiro256PlusPlus, index: usize) -> Value {
    let (name, vcpus, memory, ..) = TYPES.choose(random).expect("eight types");
    let mut attributes = vec![json!({ "name": "ecs.instance-type", "value": name })];
    if random.random_bool(0.3) {
        let tier = ["gold", "silver"].choose(random).expect("two tiers");
        attributes.push(json!({ "name": "tier", "value": tier }));
    }
    let lost = *[0, 30, 100].choose(random).expect("three amounts");
    json!({
        "containerInstanceArn":
            format!("arn:aws:ecs:us-east-1:123456789012:container-instance/tiny/{index}"),
        "status": if random.random_bool(0.85) { "ACTIVE" } else { "DRAINING" },
        "attributes": attributes,
        "registeredResources": [
            { "name": "CPU", "type": "INTEGER", "integerValue": vcpus * 1024 },
            { "name": "MEMORY", "type": "INTEGER", "integerValue": memory - lost },
        ],
    })
}

fn policy(random: &mut Xoshiro256PlusPlus) -> Map<String, Value> {
    let mut policy = Map::new();
    let mut sometimes = |share: f64, key: &str, value: Value| {
        if random.random_bool(share) {
            policy.insert(key.to_owned(), value);
        }
    };
    let overhead = json!({ "percent": 5, "fixedMib": 64, "perVcpuMib": 16 });
    let nominal = json!({ "percent": 0, "fixedMib": 0, "perVcpuMib": 0 });
    sometimes(0.3, "reservedCpu", json!(100));
    sometimes(0.3, "reservedMemory", json!(200));
    sometimes(0.4, "eniTrunking", json!(true));
    sometimes(0.3, "burstable", json!("included"));
    sometimes(0.15, "excludedInstanceTypes", json!(["tg.*"]));
    sometimes(0.1, "allowedInstanceTypes", json!(["ta.*", "tp.*"]));
    sometimes(0.1, "maxVcpus", json!(2));
    sometimes(0.15, "maxInstances", json!(3));
    sometimes(0.2, "savingsPlanDiscount", json!(0.28));
    sometimes(0.2, "instanceUsdPerHour", json!(0.005));
    sometimes(0.3, "rootVolumeGib", json!(0));
    sometimes(0.5, "memoryOverhead", overhead);
    if !policy.contains_key("memoryOverhead") {
        policy.insert("memoryOverhead".to_owned(), nominal);
    }
    policy
}
