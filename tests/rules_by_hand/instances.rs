//! What one instance holds: amounts, interfaces, ports, volumes, GPUs, architectures, daemons.

use bayplan::domain::instance_type::{CpuArchitecture, EbsLimit};
use bayplan::domain::quantity::GpuCount;
use serde_json::{Value, json};

use crate::case::{Case, With, file, service};
use crate::shop::{Shop, small, small_and_large};

/// `m.large` alone: 2 vCPUs and 4,096 MiB at 0.20.
fn large() -> Shop {
    Shop::selling(&[("m.large", 2, 4096, "0.20")])
}

pub fn reserved_cpu_and_memory_stay_free() -> Vec<Case> {
    // Four tasks of 256 CPU units and 512 MiB fill an m.small exactly; with anything kept free three fit.
    let web = json!([service("web", 4, 256, 512)]);
    vec![
        Case::new(&small(), file(&web, &json!({})), "0.10").rows(&["1 x m.small: web=4"]),
        Case::new(&small(), file(&web, &json!({ "reservedCpu": 1 })), "0.20"),
        Case::new(
            &small(),
            file(&web, &json!({ "reservedMemory": 1 })),
            "0.20",
        ),
        // 768 CPU units and 1,536 MiB are left: three tasks still.
        Case::new(
            &small(),
            file(
                &json!([service("web", 3, 256, 512)]),
                &json!({ "reservedCpu": 256, "reservedMemory": 512 }),
            ),
            "0.10",
        ),
    ]
}

pub fn memory_that_the_system_keeps() -> Vec<Case> {
    // 2,048 x 0.9 - 24 - 19 = 1,800.2 MiB: one task of 900 MiB more, none of 901.
    let overhead = json!({ "memoryOverhead": { "percent": 10, "fixedMib": 24, "perVcpuMib": 19 } });
    let of = |memory, policy: &Value| file(&json!([service("web", 2, 256, memory)]), policy);
    vec![
        Case::new(&small(), of(901, &json!({})), "0.10").rows(&["1 x m.small: web=2"]),
        Case::new(&small(), of(900, &overhead), "0.10").rows(&["1 x m.small: web=2"]),
        Case::new(&small(), of(901, &overhead), "0.20").rows(&["2 x m.small: web=1"]),
    ]
}

pub fn interfaces_and_their_trunk() -> Vec<Case> {
    // Three interfaces, one of them the instance's own: two tasks. Ten branches of a trunk: all four.
    let shop = large().interfaces("m.large", 3, 10);
    let web = service("web", 4, 256, 256);
    let awsvpc = json!([web.clone().with(json!({ "networkMode": "awsvpc" }))]);
    let trunk = json!({ "eniTrunking": true });
    vec![
        Case::new(&shop, file(&json!([web]), &json!({})), "0.20"),
        Case::new(&shop, file(&awsvpc, &json!({})), "0.40").rows(&["2 x m.large: web=2"]),
        Case::new(&shop, file(&awsvpc, &trunk), "0.20").rows(&["1 x m.large: web=4"]),
        // A type without branches keeps its interfaces.
        Case::new(
            &large().interfaces("m.large", 3, 0),
            file(&awsvpc, &trunk),
            "0.40",
        ),
    ]
}

fn volume() -> Value {
    json!({ "volumeConfigurations": [{ "name": "data", "managedEBSVolume": {} }] })
}

pub fn attachments_of_their_own() -> Vec<Case> {
    // Three attachments, one for the root volume: two tasks with a volume.
    let shop = large().attachments("m.large", 3, EbsLimit::Dedicated);
    let web = service("web", 4, 256, 256).with(json!({ "networkMode": "awsvpc" }));
    vec![
        Case::new(&shop, file(&json!([web]), &json!({})), "0.20").rows(&["1 x m.large: web=4"]),
        Case::new(
            &shop,
            file(&json!([web.with(volume())]), &json!({})),
            "0.40",
        )
        .rows(&["2 x m.large: web=2"]),
    ]
}

pub fn attachments_shared_with_interfaces() -> Vec<Case> {
    let shop = |most| {
        large()
            .interfaces("m.large", 10, 10)
            .attachments("m.large", most, EbsLimit::Shared)
    };
    let bridge = json!([service("web", 4, 256, 256).with(volume())]);
    let awsvpc = service("web", 4, 256, 256).with(volume());
    let awsvpc = json!([awsvpc.with(json!({ "networkMode": "awsvpc" }))]);
    let trunk = json!({ "eniTrunking": true });
    vec![
        // Five, less the root volume: four volumes.
        Case::new(&shop(5), file(&bridge, &json!({})), "0.20"),
        // Each task takes a volume and an interface: two tasks.
        Case::new(&shop(5), file(&awsvpc, &json!({})), "0.40").rows(&["2 x m.large: web=2"]),
        // The trunk takes one attachment for all interfaces: three volumes, or four out of six.
        Case::new(&shop(5), file(&awsvpc, &trunk), "0.40"),
        Case::new(&shop(6), file(&awsvpc, &trunk), "0.20").rows(&["1 x m.large: web=4"]),
        Case::new(&shop(6), file(&awsvpc, &json!({})), "0.40"),
        // Tasks without volumes are never refused.
        Case::new(
            &shop(2),
            file(
                &json!([service("web", 4, 256, 256).with(json!({ "networkMode": "awsvpc" }))]),
                &json!({}),
            ),
            "0.20",
        ),
    ]
}

pub fn attachments_that_nobody_knows() -> Vec<Case> {
    // m.small's limit is not known, so no task with a volume goes there; m.large takes two.
    let shop = small_and_large().attachments("m.large", 3, EbsLimit::Dedicated);
    let web = service("web", 1, 256, 256);
    vec![
        Case::new(&shop, file(&json!([web]), &json!({})), "0.10").rows(&["1 x m.small: web=1"]),
        Case::new(
            &shop,
            file(&json!([web.with(volume())]), &json!({})),
            "0.18",
        )
        .rows(&["1 x m.large: web=1"]),
    ]
}

pub fn host_ports_exclude_each_other() -> Vec<Case> {
    let of = |a: Value, b: Value| {
        let services = json!([
            service("a", 1, 256, 512).with(a),
            service("b", 1, 256, 512).with(b),
        ]);
        file(&services, &json!({}))
    };
    let port = |port: &str| json!({ "hostPorts": [port] });
    vec![
        Case::new(&small(), of(port("80"), port("443")), "0.10").rows(&["1 x m.small: a=1 b=1"]),
        Case::new(&small(), of(port("80"), port("80")), "0.20")
            .rows(&["1 x m.small: a=1", "1 x m.small: b=1"]),
        Case::new(&small(), of(port("80"), port("80/udp")), "0.10"),
        Case::new(
            &small(),
            of(
                port("80").with(json!({ "networkMode": "awsvpc" })),
                port("80"),
            ),
            "0.10",
        ),
    ]
}

pub fn at_most_a_hundred_reserved_ports() -> Vec<Case> {
    // SSH, Docker and the agent have six of them, whatever the protocol of the others.
    let ports = |first: u64, count: u64, protocol: &str| {
        let ports: Vec<String> = (first..first + count)
            .map(|port| format!("{port}{protocol}"))
            .collect();
        json!({ "hostPorts": ports })
    };
    let pair = |a: u64, b: u64, protocol: &str| {
        let services = json!([
            service("a", 1, 256, 512).with(ports(1000, a, "")),
            service("b", 1, 256, 512).with(ports(2000, b, protocol)),
        ]);
        file(&services, &json!({}))
    };
    vec![
        Case::new(&small(), pair(60, 34, ""), "0.10"),
        Case::new(&small(), pair(60, 35, ""), "0.20"),
        Case::new(&small(), pair(60, 34, "/udp"), "0.10"),
        Case::new(&small(), pair(60, 35, "/udp"), "0.20"),
        Case::new(&small(), pair(1, 95, ""), "0.10").unplaced("b", 1),
    ]
}

pub fn built_in_attributes_of_new_instances() -> Vec<Case> {
    let web = |expression: &str| {
        let constraint = json!([{ "type": "memberOf", "expression": expression }]);
        let web = service("web", 2, 256, 512).with(json!({ "placementConstraints": constraint }));
        file(&json!([web]), &json!({}))
    };
    let holds = [
        "attribute:ecs.os-type == linux",
        "attribute:ecs.os-family == LINUX",
        "attribute:ecs.capability.task-eni exists",
        "attribute:com.amazonaws.ecs.capability.docker-remote-api.1.21 exists",
        "attribute:com.amazonaws.ecs.capability.logging-driver.awslogs exists",
        "attribute:ecs.capability.external !exists",
    ];
    let fails = [
        "attribute:ecs.os-type == windows",
        "attribute:ecs.capability.execute-command !exists",
        "attribute:ecs.capability.gmsa exists",
    ];
    let held = holds
        .iter()
        .map(|text| Case::new(&small(), web(text), "0.10"));
    let failed = (fails.iter()).map(|text| Case::new(&small(), web(text), "0").unplaced("web", 2));
    held.chain(failed).collect()
}

pub fn distinct_instances() -> Vec<Case> {
    let distinct = json!({ "placementConstraints": [{ "type": "distinctInstance" }] });
    let web = service("web", 2, 256, 512);
    vec![
        Case::new(&small(), file(&json!([web]), &json!({})), "0.10"),
        Case::new(
            &small(),
            file(&json!([web.with(distinct)]), &json!({})),
            "0.20",
        )
        .rows(&["2 x m.small: web=1"]),
    ]
}

pub fn gpus_are_whole_devices() -> Vec<Case> {
    let shop = Shop::selling(&[("m.small", 1, 2048, "0.10"), ("g.small", 1, 2048, "0.50")])
        .with("g.small", |t| t.gpus = GpuCount::new(1));
    let web = service("web", 2, 256, 512);
    vec![
        Case::new(&shop, file(&json!([web]), &json!({})), "0.10"),
        Case::new(
            &shop,
            file(&json!([web.with(json!({ "gpu": 1 }))]), &json!({})),
            "1.00",
        )
        .rows(&["2 x g.small: web=1"]),
    ]
}

pub fn architectures() -> Vec<Case> {
    let shop = Shop::selling(&[("m.small", 1, 2048, "0.10"), ("a.small", 1, 2048, "0.08")])
        .with("a.small", |t| t.architecture = CpuArchitecture::Arm64);
    let of = |more| file(&json!([service("web", 1, 256, 512).with(more)]), &json!({}));
    vec![
        // X86_64 where nothing is said.
        Case::new(&shop, of(json!({})), "0.10").rows(&["1 x m.small: web=1"]),
        Case::new(
            &shop,
            of(json!({ "architectures": ["X86_64", "ARM64"] })),
            "0.08",
        )
        .rows(&["1 x a.small: web=1"]),
    ]
}

pub fn daemons_come_off_every_instance() -> Vec<Case> {
    // Four tasks fill an m.small; beside a daemon three do.
    let web = service("web", 4, 256, 512);
    let daemon = service("agent", 0, 64, 64).with(json!({ "schedulingStrategy": "DAEMON" }));
    let elsewhere = daemon.clone().with(json!({ "placementConstraints": [
        { "type": "memberOf", "expression": "attribute:ecs.instance-type == m.large" },
    ] }));
    vec![
        Case::new(&small(), file(&json!([web]), &json!({})), "0.10"),
        Case::new(&small(), file(&json!([web, daemon]), &json!({})), "0.20"),
        // One that runs on m.large alone leaves m.small as it was.
        Case::new(
            &small_and_large(),
            file(&json!([web, elsewhere]), &json!({})),
            "0.10",
        )
        .rows(&["1 x m.small: web=4"]),
    ]
}

pub fn custom_attributes_of_a_group() -> Vec<Case> {
    let gold = json!({ "placementConstraints": [
        { "type": "memberOf", "expression": "attribute:tier == gold" },
    ] });
    let web = json!([service("web", 1, 256, 512).with(gold)]);
    let groups = json!({ "autoScalingGroups": [
        { "AutoScalingGroupName": "gold", "attributes": { "tier": "gold" } },
    ] });
    vec![
        Case::new(&small(), file(&web, &json!({})), "0").unplaced("web", 1),
        Case::new(&small(), file(&web, &json!({})).with(groups), "0.10")
            .rows(&["1 x m.small: web=1"]),
    ]
}
