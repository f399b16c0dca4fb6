//! Fargate: sizes, rates, who may and who must.

use serde_json::{Value, json};

use crate::case::{Case, With, file, service};
use crate::shop::{Shop, small};

fn awsvpc(name: &str, count: u64, cpu: u64, memory: u64) -> Value {
    service(name, count, cpu, memory).with(json!({ "networkMode": "awsvpc" }))
}

/// A quarter of a vCPU and half a GB cost 0.01 + 0.002 = 0.012 on x86.
fn shop() -> Shop {
    small().fargate()
}

fn only(services: &Value) -> Value {
    file(services, &json!({ "fargate": "only" }))
}

pub fn a_task_is_rounded_up_to_a_size() -> Vec<Case> {
    vec![
        Case::new(&shop(), only(&json!([awsvpc("web", 2, 256, 512)])), "0.024")
            .rows(&["2 x FARGATE: web 256/512"]),
        // 300 CPU units and 1,500 MiB need 512/2048: 0.02 + 0.008 each.
        Case::new(
            &shop(),
            only(&json!([awsvpc("web", 2, 300, 1500)])),
            "0.056",
        )
        .rows(&["2 x FARGATE: web 512/2048"]),
        // A quarter of a vCPU with 900 MiB: 256/1024, 0.01 + 0.004.
        Case::new(&shop(), only(&json!([awsvpc("web", 1, 200, 900)])), "0.014")
            .rows(&["1 x FARGATE: web 256/1024"]),
        // No size has 3,000 MiB.
        Case::new(&shop(), only(&json!([awsvpc("web", 1, 256, 3000)])), "0").unplaced("web", 1),
    ]
}

/// A service of one task of this definition.
fn defined(definition: Value, policy: &Value) -> Value {
    let web = json!({ "serviceName": "web", "desiredCount": 1, "taskDefinition": "web" });
    let whole = json!({ "family": "web", "networkMode": "awsvpc", "cpu": "256", "memory": "512" });
    file(&json!([web]), policy).with(json!({ "taskDefinitions": [whole.with(definition)] }))
}

pub fn what_fargate_refuses_in_a_definition() -> Vec<Case> {
    let container = |more: Value| {
        let whole = json!({ "name": "c" }).with(more);
        json!({ "containerDefinitions": [whole] })
    };
    let linux = |more: Value| container(json!({ "linuxParameters": more }));
    let volume = |more: Value| json!({ "volumes": [json!({ "name": "v" }).with(more)] });
    let refused = [
        container(json!({ "privileged": true })),
        container(json!({ "links": ["other"] })),
        container(json!({ "dnsServers": ["10.0.0.2"] })),
        container(json!({ "dnsSearchDomains": ["corp"] })),
        container(json!({ "dockerSecurityOptions": ["no-new-privileges"] })),
        container(json!({ "extraHosts": [{ "hostname": "a", "ipAddress": "10.0.0.3" }] })),
        container(json!({ "disableNetworking": true })),
        container(json!({ "hostname": "web" })),
        container(json!({ "logConfiguration": { "logDriver": "json-file" } })),
        container(json!({ "stopTimeout": 121 })),
        container(json!({ "startTimeout": 1 })),
        linux(json!({ "maxSwap": 0 })),
        linux(json!({ "swappiness": 60 })),
        linux(json!({ "sharedMemorySize": 64 })),
        linux(json!({ "devices": [{ "hostPath": "/dev/fuse" }] })),
        linux(json!({ "capabilities": { "add": ["NET_ADMIN"] } })),
        volume(json!({ "host": { "sourcePath": "/data" } })),
        volume(json!({ "dockerVolumeConfiguration": { "scope": "task" } })),
        json!({ "ipcMode": "task" }),
        json!({ "pidMode": "host" }),
        json!({ "compatibilities": ["EC2", "EXTERNAL"] }),
    ];
    let taken = [
        container(json!({ "privileged": false, "links": [], "dnsServers": [], "hostname": null })),
        container(json!({ "logConfiguration": { "logDriver": "awslogs" } })),
        container(json!({ "stopTimeout": 120, "startTimeout": 2 })),
        linux(
            json!({ "initProcessEnabled": true, "capabilities": { "add": ["SYS_PTRACE"], "drop": ["ALL"] } }),
        ),
        volume(json!({ "host": {} })),
        volume(json!({ "efsVolumeConfiguration": { "fileSystemId": "fs-1" } })),
        linux(json!({ "tmpfs": [{ "containerPath": "/t", "size": 1 }] })),
        json!({ "pidMode": "task" }),
        json!({ "pidMode": "", "ipcMode": "" }),
        json!({ "compatibilities": ["EC2", "FARGATE"] }),
    ];
    let allowed = json!({ "fargate": "allowed" });
    let on_instances =
        (refused.into_iter()).map(|more| Case::new(&shop(), defined(more, &allowed), "0.10"));
    let on_fargate =
        (taken.into_iter()).map(|more| Case::new(&shop(), defined(more, &allowed), "0.012"));
    on_instances.chain(on_fargate).collect()
}

pub fn a_hard_limit_needs_a_size_that_holds_it() -> Vec<Case> {
    // Without a size of the task the container may use 1,000 MiB: 256/1024, 0.01 + 0.004.
    let container = json!({ "name": "c", "cpu": 256, "memoryReservation": 300, "memory": 1000 });
    let of_containers = json!({ "cpu": null, "memory": null, "containerDefinitions": [container] });
    vec![
        Case::new(
            &shop(),
            defined(of_containers, &json!({ "fargate": "only" })),
            "0.014",
        )
        .rows(&["1 x FARGATE: web 256/1024"]),
    ]
}

pub fn forbidden_allowed_and_only() -> Vec<Case> {
    let of = |fargate: &str| {
        file(
            &json!([awsvpc("web", 1, 256, 512)]),
            &json!({ "fargate": fargate }),
        )
    };
    vec![
        Case::new(&shop(), of("forbidden"), "0.10").rows(&["1 x m.small: web=1"]),
        Case::new(&shop(), of("allowed"), "0.012").rows(&["1 x FARGATE: web 256/512"]),
        Case::new(&shop(), of("only"), "0.012").rows(&["1 x FARGATE: web 256/512"]),
    ]
}

pub fn a_service_is_all_fargate_or_all_ec2() -> Vec<Case> {
    // m.tiny costs 0.02 and takes four tasks (a quarter of a vCPU each); on Fargate each is 0.012.
    let shop = Shop::selling(&[("m.tiny", 1, 2048, "0.02")]).fargate();
    let allowed = |services: Value| file(&services, &json!({ "fargate": "allowed" }));
    vec![
        // Five of one service: two instances 0.04, five on Fargate 0.06; one instance and one on Fargate
        // would be 0.032, and is not possible.
        Case::new(&shop, allowed(json!([awsvpc("web", 5, 256, 512)])), "0.04"),
        // Four and one of two services: it is.
        Case::new(
            &shop,
            allowed(json!([
                awsvpc("web", 4, 256, 512),
                awsvpc("api", 1, 256, 512)
            ])),
            "0.032",
        ),
    ]
}

pub fn only_fargate_leaves_out_who_cannot() -> Vec<Case> {
    let services = json!([
        awsvpc("web", 1, 256, 512),
        service("bridge", 1, 256, 512),
        awsvpc("bound", 1, 256, 512).with(json!({ "launchType": "EC2" })),
        service("agent", 0, 64, 64).with(json!({ "schedulingStrategy": "DAEMON" })),
    ]);
    vec![
        Case::new(&shop(), file(&services, &json!({})), "0.10")
            .rows(&["1 x m.small: agent=1 bound=1 bridge=1 web=1"]),
        Case::new(&shop(), only(&services), "0.012")
            .rows(&["1 x FARGATE: web 256/512"])
            .unplaced("bridge", 1)
            .unplaced("bound", 1),
    ]
}

pub fn bound_to_fargate() -> Vec<Case> {
    // On m.tiny the task would cost 0.01, less than the 0.012 of Fargate.
    let shop = Shop::selling(&[("m.tiny", 1, 2048, "0.01")]).fargate();
    let of = |more: Value, fargate: &str| {
        file(
            &json!([awsvpc("web", 1, 256, 512).with(more)]),
            &json!({ "fargate": fargate }),
        )
    };
    let bound = json!({ "launchType": "FARGATE" });
    vec![
        Case::new(&shop, of(json!({}), "allowed"), "0.01").rows(&["1 x m.tiny: web=1"]),
        Case::new(&shop, of(bound.clone(), "allowed"), "0.012").rows(&["1 x FARGATE: web 256/512"]),
        Case::new(&shop, of(bound, "forbidden"), "0").unplaced("web", 1),
    ]
}

pub fn no_placement_constraint_on_fargate() -> Vec<Case> {
    let constraint = json!({ "placementConstraints": [{ "type": "distinctInstance" }] });
    let of = |more| {
        file(
            &json!([awsvpc("web", 1, 256, 512).with(more)]),
            &json!({ "fargate": "allowed" }),
        )
    };
    vec![
        Case::new(&shop(), of(json!({})), "0.012").rows(&["1 x FARGATE: web 256/512"]),
        Case::new(&shop(), of(constraint), "0.10").rows(&["1 x m.small: web=1"]),
    ]
}

pub fn arm_is_cheaper_where_the_task_runs_on_it() -> Vec<Case> {
    // 0.008 + 0.0016 instead of 0.01 + 0.002.
    let of = |architectures: Value| {
        let web = awsvpc("web", 1, 256, 512).with(json!({ "architectures": architectures }));
        only(&json!([web]))
    };
    vec![
        Case::new(&shop(), of(json!(["X86_64"])), "0.012"),
        Case::new(&shop(), of(json!(["ARM64"])), "0.0096"),
        Case::new(&shop(), of(json!(["X86_64", "ARM64"])), "0.0096"),
    ]
}

pub fn ephemeral_storage_beyond_twenty_gib() -> Vec<Case> {
    let of = |gib: u64| {
        let web = json!({ "serviceName": "web", "desiredCount": 2, "taskDefinition": "web" });
        only(&json!([web])).with(json!({ "taskDefinitions": [{
            "family": "web", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"], "ephemeralStorage": { "sizeInGiB": gib },
            "containerDefinitions": [],
        }] }))
    };
    vec![
        Case::new(&shop(), of(20), "0.024"),
        // Ten more GiB at 0.0001 for each of the two tasks.
        Case::new(&shop(), of(30), "0.026").rows(&["2 x FARGATE: web 256/512"]),
    ]
}

pub fn fargate_spot_beyond_the_on_demand_minimum() -> Vec<Case> {
    // Spot: 0.003 + 0.0006 = 0.0036 a task.
    let of = |policy: Value| {
        let policy = policy.with(json!({ "fargate": "only" }));
        file(&json!([awsvpc("web", 3, 256, 512)]), &policy)
    };
    let both = json!({ "purchaseOptions": ["on-demand", "spot"] });
    vec![
        Case::new(&shop(), of(json!({})), "0.036").rows(&["3 x FARGATE: web 256/512"]),
        Case::new(&shop(), of(both.clone()), "0.0108").rows(&["3 x FARGATE_SPOT: web 256/512"]),
        // 0.012 + 2 x 0.0036
        Case::new(
            &shop(),
            of(both.with(json!({ "onDemandBase": 1 }))),
            "0.0192",
        )
        .rows(&["1 x FARGATE: web 256/512", "2 x FARGATE_SPOT: web 256/512"]),
    ]
}

pub fn tasks_on_fargate_count_for_the_pools() -> Vec<Case> {
    // Two tasks that fill m.small (0.10, on Spot 0.04), and two on Fargate. Half of four is two in a pool;
    // half of two alone would be one. Fargate is on demand here: 2 x 0.012.
    let shop = shop().spot_saving("m.small", 60);
    let services = |fargate_too: bool| {
        let web = service("web", 2, 1024, 2048);
        let api =
            awsvpc("api", 2, 256, 512).with(json!({ "launchType": "FARGATE", "onDemandBase": 2 }));
        if fargate_too {
            json!([web, api])
        } else {
            json!([web])
        }
    };
    let policy = json!({
        "fargate": "allowed", "purchaseOptions": ["on-demand", "spot"], "spotMaxSharePerPool": 0.5,
    });
    vec![
        Case::new(&shop, file(&services(false), &policy), "0.14")
            .rows(&["1 x m.small spot: web=1", "1 x m.small: web=1"]),
        Case::new(&shop, file(&services(true), &policy), "0.104")
            .rows(&["2 x FARGATE: api 256/512", "2 x m.small spot: web=1"]),
    ]
}
