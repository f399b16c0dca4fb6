//! Task definitions: sizes, GPUs, platforms, ports, references.

use serde_json::{Value, json};

use super::{cluster, definition_problems, file, import, service_of};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};

#[test]
fn containers_add_up_where_the_task_has_no_size() {
    let service = service_of(&json!({"family": "t", "containerDefinitions": [
        {"name": "a", "cpu": 128, "memory": 512, "memoryReservation": 200},
        {"name": "b", "memory": 300}]}));
    assert_eq!(service.task.cpu, CpuUnits::new(128));
    assert_eq!(service.task.memory, MemoryMib::new(500));
    assert_eq!(service.task.architectures, [CpuArchitecture::X86_64]);
}

#[test]
fn the_size_of_the_task_wins_over_its_containers_in_every_spelling() {
    for (cpu, memory) in [
        (json!("512"), json!("1024")),
        (json!(512), json!(1024)),
        (json!("0.5 vCPU"), json!("1 GB")),
    ] {
        let service = service_of(&json!({"family": "t", "cpu": cpu, "memory": memory,
            "containerDefinitions": [{"name": "a", "cpu": 9, "memory": 9}]}));
        assert_eq!(service.task.cpu, CpuUnits::new(512));
        assert_eq!(service.task.memory, MemoryMib::new(1024));
    }
}

#[test]
fn a_task_without_memory_is_an_error_and_without_cpu_a_warning() {
    let none = json!({"family": "t", "containerDefinitions": [{"name": "a"}, {"name": "b"}]});
    assert_eq!(
        definition_problems(&none),
        [
            "E1201 taskDefinitions[0].containerDefinitions[0]",
            "E1201 taskDefinitions[0].containerDefinitions[1]"
        ]
    );
    let zero = json!({"family": "t", "memory": 0, "containerDefinitions": []});
    assert_eq!(
        definition_problems(&zero),
        ["E1106 taskDefinitions[0].memory"]
    );
    let text = file(&json!({"taskDefinitions":
        [{"family": "t", "containerDefinitions": [{"name": "a", "memory": 5}]}]}));
    assert_eq!(import(&text).expect("read").warnings[0].code, "W2002");
}

#[test]
fn containers_above_their_task_are_told() {
    let warnings = |cpu: u64, memory: u64| -> Vec<String> {
        let container = json!({"name": "a", "cpu": cpu, "memory": memory});
        let text = file(
            &json!({"taskDefinitions": [{"family": "t", "cpu": "512", "memory": "1024",
            "containerDefinitions": [container, {"name": "b", "cpu": 200}]}]}),
        );
        let warnings = import(&text).expect("read").warnings;
        (warnings.iter())
            .map(|it| format!("{} {}", it.code, it.place))
            .collect()
    };
    assert_eq!(warnings(312, 1024), [] as [&str; 0]);
    assert_eq!(warnings(313, 1024), ["W2013 taskDefinitions[0].cpu"]);
    assert_eq!(
        warnings(312, 1025),
        ["W2013 taskDefinitions[0].containerDefinitions[0].memory"]
    );
}

#[test]
fn reservations_above_their_task_or_their_own_limit_are_told() {
    let told = |size: &Value, containers: &Value| -> Vec<String> {
        let mut definition = json!({"family": "t", "containerDefinitions": containers});
        for (key, value) in size.as_object().expect("an object") {
            definition[key] = value.clone();
        }
        let text = file(&json!({ "taskDefinitions": [definition] }));
        let warnings = import(&text).expect("read").warnings;
        (warnings.iter())
            .filter(|it| it.code == "W2013")
            .map(|it| format!("{}: {}", it.place, it.cause))
            .collect()
    };
    let size = json!({"cpu": "256", "memory": "1024"});
    let two = |first: u64, second: u64| json!([{"name": "a", "memoryReservation": first}, {"name": "b", "memoryReservation": second}]);
    assert_eq!(told(&size, &two(512, 512)), [] as [&str; 0]);
    for containers in [two(512, 513), two(1025, 0)] {
        assert_eq!(
            told(&size, &containers),
            [
                "taskDefinitions[0].memory: the containers reserve 1025 MiB together, above the 1024 MiB of their task"
            ]
        );
    }
    // Without a size of the task the containers' reservations are its size.
    assert_eq!(
        told(&json!({"cpu": "256"}), &two(512, 513)),
        [] as [&str; 0]
    );
    let own = |memory: u64| json!([{"name": "a", "memoryReservation": 512, "memory": memory}]);
    for size in [json!({"cpu": "256"}), size] {
        assert_eq!(told(&size, &own(512)), [] as [&str; 0]);
        assert_eq!(
            told(&size, &own(511)),
            [
                "taskDefinitions[0].containerDefinitions[0].memoryReservation: the container reserves 512 MiB, above its own \
              limit of 511 MiB"
            ]
        );
    }
}

#[test]
fn gpus_add_up_and_what_is_no_whole_nvidia_gpu_is_named() {
    let container = json!({"memory": 9, "resourceRequirements": [{"type": "GPU", "value": "2"}]});
    let service = service_of(&json!({"family": "t", "cpu": 1,
        "containerDefinitions": [container.clone(), container]}));
    assert_eq!(service.task.gpus, GpuCount::new(4));
    let wrong = json!({"family": "t", "cpu": 1, "memory": 9,
        "inferenceAccelerators": [{"deviceName": "d", "deviceType": "eia1.medium"}],
        "containerDefinitions": [
            {"resourceRequirements": [{"type": "InferenceAccelerator", "value": "d"}]},
            {"resourceRequirements": [{"type": "GPU", "value": "0.5"}]},
            {"linuxParameters": {"devices": [{"hostPath": "/dev/neuron0"}]}},
            {"environment": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]},
            {"linuxParameters": {"devices": [{"hostPath": "/dev/fuse"}, {"hostPath": "/dev/nvidiactl"}, {"hostPath": "/dev/nvidia0"}]}},
            {"linuxParameters": {"devices": [{"hostPath": "/dev/nvidia0"}]},
                "resourceRequirements": [{"type": "GPU", "value": "1"}]}]});
    let containers = "taskDefinitions[0].containerDefinitions";
    let mut found = definition_problems(&wrong);
    found.sort();
    assert_eq!(
        found,
        [
            format!("E1203 {containers}[0].resourceRequirements[0].type"),
            format!("E1203 {containers}[2].linuxParameters.devices[0].hostPath"),
            "E1203 taskDefinitions[0].inferenceAccelerators[0]".to_owned(),
            format!("E1204 {containers}[1].resourceRequirements[0].value"),
            format!("E1204 {containers}[3].environment[0]"),
            format!("E1204 {containers}[4].linuxParameters.devices[1].hostPath"),
        ]
    );
}

#[test]
fn gpus_that_containers_share_are_refused() {
    let definition = json!({"family": "t", "cpu": 1, "memory": 9, "containerDefinitions": [{"name": "a",
        "resourceRequirements": [{"type": "GPU", "value": "1", "sharingStrategy": {"nvidiaMps": {}}}]}]});
    assert_eq!(
        definition_problems(&definition),
        [
            "E1204 taskDefinitions[0].containerDefinitions[0].resourceRequirements[0].sharingStrategy"
        ]
    );
}

#[test]
fn windows_is_refused_and_arm_is_read() {
    let platform = |platform: Value| json!({"family": "t", "cpu": 1, "memory": 9, "runtimePlatform": platform});
    let windows = platform(json!({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}));
    assert_eq!(
        definition_problems(&windows),
        ["E1202 taskDefinitions[0].runtimePlatform.operatingSystemFamily"]
    );
    let arm = platform(json!({"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}));
    assert_eq!(
        service_of(&arm).task.architectures,
        [CpuArchitecture::Arm64]
    );
}

#[test]
fn host_ports_follow_the_network_mode() {
    let ports = |mode: &str| {
        let service = service_of(
            &json!({"family": "t", "cpu": 1, "memory": 9, "networkMode": mode,
            "containerDefinitions": [{"portMappings": [
                {"containerPort": 80, "hostPort": if mode == "host" { 80 } else { 8080 }},
                {"containerPort": 53, "protocol": "udp"},
                {"containerPort": 9000, "hostPort": 0},
                {"containerPortRange": "7000-7001"}]}]}),
        );
        let ports = service.task.host_ports.iter().map(ToString::to_string);
        ports.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ports("bridge"), "8080/tcp");
    assert_eq!(ports("default"), "8080/tcp");
    assert_eq!(ports("host"), "53/udp 80/tcp 7000/tcp 7001/tcp 9000/tcp");
    assert_eq!(ports("awsvpc"), "");
    assert_eq!(ports("none"), "");
}

#[test]
fn what_ecs_refuses_in_awsvpc_mode_is_told() {
    let warnings = |mode: &str| -> Vec<String> {
        let text = file(
            &json!({"taskDefinitions": [{"family": "t", "cpu": 1, "memory": 9, "networkMode": mode,
            "containerDefinitions": [
                {"portMappings": [
                    {"containerPort": 8080, "hostPort": 8080}, {"containerPort": 8080, "hostPort": 80},
                    {"containerPort": 80}, {"containerPort": 90, "hostPort": 0}]},
                {"links": []},
                {"links": ["a"]}]}]}),
        );
        let warnings = import(&text).expect("read").warnings;
        (warnings.iter())
            .map(|it| format!("{} {}", it.code, it.place))
            .collect()
    };
    let containers = "taskDefinitions[0].containerDefinitions";
    assert_eq!(
        warnings("awsvpc"),
        [
            format!("W2032 {containers}[0].portMappings[1]"),
            format!("W2032 {containers}[2].links"),
        ]
    );
    assert_eq!(warnings("bridge"), [] as [&str; 0]);
}

#[test]
fn ports_that_cannot_be_had_are_errors() {
    let definition = |mode: &str, mappings: Value| {
        json!({"family": "t", "cpu": 1, "memory": 9, "networkMode": mode,
               "containerDefinitions": [{"portMappings": mappings}]})
    };
    let mappings = "taskDefinitions[0].containerDefinitions[0].portMappings";
    for (mode, mapping, problem) in [
        (
            "bridge",
            json!([{"containerPort": 1, "hostPort": 22}]),
            format!("E1207 {mappings}[0].hostPort"),
        ),
        (
            "bridge",
            json!([{"containerPort": 1, "hostPort": 70000}]),
            format!("E1106 {mappings}[0].hostPort"),
        ),
        (
            "host",
            json!([{"containerPortRange": "51670-51690"}]),
            format!("E1207 {mappings}[0].containerPortRange"),
        ),
        (
            "host",
            json!([{"containerPortRange": "9-8"}]),
            format!("E1206 {mappings}[0].containerPortRange"),
        ),
        (
            "host",
            json!([{"containerPort": 80, "hostPort": 81}]),
            format!("E1206 {mappings}[0]"),
        ),
        (
            "host",
            json!([{"containerPort": 80}, {"containerPort": 80}]),
            format!("E1208 {mappings}[1].containerPort"),
        ),
        ("host", json!([{}]), format!("E1105 {mappings}[0]")),
    ] {
        assert_eq!(definition_problems(&definition(mode, mapping)), [problem]);
    }
    let reserved_elsewhere = definition("awsvpc", json!([{"containerPort": 22}]));
    assert!(service_of(&reserved_elsewhere).task.host_ports.is_empty());
}

#[test]
fn references_may_be_arns_revisions_or_families() {
    let definition =
        |revision: u64| json!({"family": "t", "revision": revision, "cpu": revision, "memory": 9});
    let cpu = |reference: &str| {
        let sections = json!({
            "taskDefinitions": [definition(2), {"taskDefinition": definition(10)}, definition(9)],
            "services": [{"serviceName": "s", "desiredCount": 1, "taskDefinition": reference}]});
        cluster(&sections).services[0].task.cpu.get()
    };
    assert_eq!(cpu("t:9"), 9);
    assert_eq!(cpu("t"), 10);
    assert_eq!(
        cpu("arn:aws:ecs:us-east-1:123456789012:task-definition/t:2"),
        2
    );
    let missing = json!({"taskDefinitions": [{"family": "checkout", "cpu": 1, "memory": 9}],
        "services": [{"serviceName": "s", "desiredCount": 1, "taskDefinition": "chekout:3"}]});
    let findings = import(&file(&missing)).expect_err("unknown").findings;
    assert_eq!(findings[0].code, "E1302");
    assert!(
        findings[0].remedy.contains("`checkout`"),
        "{}",
        findings[0].remedy
    );
}
