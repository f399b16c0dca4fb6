//! What pods ask for, worked out by hand; the source stands above each group.

use serde_json::{Value, json};

use super::{cluster, container, deployment, service};

/// CPU in thousandths, MiB rounded up, MiB rounded down, GPUs.
fn request(spec: &Value) -> (u64, u64, u64, u64) {
    let cluster = cluster(&json!([deployment("a", 1, spec)]));
    let service = service(&cluster, "shop/a");
    let least = service.pod.as_ref().expect("a pod").least_memory;
    (
        service.task.cpu.get(),
        service.task.memory.get(),
        least.get(),
        service.task.gpus.get(),
    )
}

#[test]
fn requests_of_pods_are_those_worked_out_by_hand() {
    let of = |cpu: &str, memory: &str| container(&json!({"cpu": cpu, "memory": memory}));
    let init = |cpu: &str, memory: &str| of(cpu, memory);
    let sidecar = |cpu: &str, memory: &str| {
        let mut own = of(cpu, memory);
        own["restartPolicy"] = json!("Always");
        own
    };
    let limits = |cpu: &str, memory: &str| json!({"name": "c", "resources": {"limits": {"cpu": cpu, "memory": memory}}});
    let cases = vec![
        (
            "one container",
            json!({"containers": [of("250m", "64Mi")]}),
            (250, 64, 64, 0),
        ),
        (
            "two add up",
            json!({"containers": [of("250m", "64Mi"), of("0.5", "128Mi")]}),
            (750, 192, 192, 0),
        ),
        (
            "no requests",
            json!({"containers": [{"name": "c"}]}),
            (0, 0, 0, 0),
        ),
        (
            "a limit alone is the request",
            json!({"containers": [limits("1", "1Gi")]}),
            (1000, 1024, 1024, 0),
        ),
        (
            "a request wins over a limit, each resource by itself",
            json!({"containers": [{"name": "c", "resources": {"limits": {"cpu": "2", "memory": "2Gi"}, "requests": {"cpu": "500m"}}}]}),
            (500, 2048, 2048, 0),
        ),
        // max(200 + 100, 800) of CPU, max(100 + 50, 60) of memory.
        (
            "the largest init container",
            json!({"initContainers": [init("800m", "60Mi")], "containers": [of("200m", "100Mi"), of("100m", "50Mi")]}),
            (800, 150, 150, 0),
        ),
        // Init containers run one by one: the larger of each.
        (
            "init containers do not add up",
            json!({"initContainers": [init("800m", "60Mi"), init("100m", "900Mi")], "containers": [of("200m", "100Mi")]}),
            (800, 900, 900, 0),
        ),
        // 200 + 50 of the sidecar.
        (
            "a sidecar runs beside the containers",
            json!({"initContainers": [sidecar("50m", "32Mi")], "containers": [of("200m", "100Mi")]}),
            (250, 132, 132, 0),
        ),
        // The init container after the sidecar runs beside it: 50 + 300 > 50 + 200.
        (
            "an init container after a sidecar runs beside it",
            json!({"initContainers": [sidecar("50m", "32Mi"), init("300m", "10Mi")], "containers": [of("200m", "100Mi")]}),
            (350, 132, 132, 0),
        ),
        // Before the sidecar: 300 alone < 250 is false, so 300.
        (
            "an init container before a sidecar runs alone",
            json!({"initContainers": [init("300m", "10Mi"), sidecar("50m", "32Mi")], "containers": [of("200m", "100Mi")]}),
            (300, 132, 132, 0),
        ),
        // 50 + 70 beside the second init container of 400.
        (
            "sidecars before an init container add up",
            json!({"initContainers": [sidecar("50m", "32Mi"), sidecar("70m", "8Mi"), init("400m", "4Mi")],
                "containers": [of("100m", "100Mi")]}),
            (520, 140, 140, 0),
        ),
        (
            "overhead comes on top",
            json!({"overhead": {"cpu": "250m", "memory": "120Mi"}, "containers": [of("100m", "100Mi")]}),
            (350, 220, 220, 0),
        ),
        (
            "overhead comes on top of an init container too",
            json!({"overhead": {"cpu": "100m"}, "initContainers": [init("900m", "1Mi")], "containers": [of("100m", "100Mi")]}),
            (1000, 100, 100, 0),
        ),
        (
            "what the pod states stands for its containers",
            json!({"resources": {"requests": {"cpu": "1", "memory": "500Mi"}}, "containers": [of("100m", "100Mi"), {"name": "d"}]}),
            (1000, 500, 500, 0),
        ),
        (
            "what the pod states of one resource leaves the others",
            json!({"resources": {"requests": {"cpu": "1"}}, "containers": [of("100m", "100Mi")]}),
            (1000, 100, 100, 0),
        ),
        // 0.0005 of a CPU is a thousandth; 100M is 95.37 MiB, 1G is 953.67.
        (
            "a part of a thousandth is one",
            json!({"containers": [of("0.0005", "1Mi")]}),
            (1, 1, 1, 0),
        ),
        (
            "decimal memory",
            json!({"containers": [of("1", "100M")]}),
            (1000, 96, 95, 0),
        ),
        (
            "decimal gigabytes",
            json!({"containers": [of("1500m", "1G")]}),
            (1500, 954, 953, 0),
        ),
        (
            "bytes",
            json!({"containers": [of("1", "1048577")]}),
            (1000, 2, 1, 0),
        ),
        (
            "GPUs are limits",
            json!({"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": 2, "cpu": "4", "memory": "16Gi"}}}]}),
            (4000, 16384, 16384, 2),
        ),
        (
            "numbers of YAML",
            json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": 2, "memory": 1_073_741_824}}}]}),
            (2000, 1024, 1024, 0),
        ),
        // Kubernetes documentation, "Resource Management for Pods and Containers": half a CPU and 128 MiB.
        (
            "the frontend of the documentation",
            json!({"containers": [of("250m", "64Mi"), of("250m", "64Mi")]}),
            (500, 128, 128, 0),
        ),
        // Kubernetes documentation, "Pod Overhead": 2000m and 200Mi of the containers, 250m and 120Mi on top.
        (
            "the overhead of the documentation",
            json!({"overhead": {"cpu": "250m", "memory": "120Mi"}, "containers": [limits("500m", "100Mi"), limits("1500m", "100Mi")]}),
            (2250, 320, 320, 0),
        ),
        // Kubernetes documentation, "Assign Pod-level CPU and memory resources": the pod's own 1 CPU and 100Mi.
        (
            "the pod-level resources of the documentation",
            json!({"resources": {"limits": {"cpu": "1", "memory": "200Mi"}, "requests": {"cpu": "1", "memory": "100Mi"}},
                "containers": [of("0.5", "50Mi"), {"name": "d"}]}),
            (1000, 100, 100, 0),
        ),
        // `defaultPodRequests` of Kubernetes: limits of the pod alone leave what its containers ask for.
        (
            "a limit of the pod is no request beside those of containers",
            json!({"resources": {"limits": {"cpu": "4", "memory": "8Gi"}}, "containers": [of("500m", "512Mi")]}),
            (500, 512, 512, 0),
        ),
        (
            "a limit of the pod is its request where no container asks",
            json!({"resources": {"limits": {"cpu": "2", "memory": "1Gi"}}, "containers": [{"name": "c"}]}),
            (2000, 1024, 1024, 0),
        ),
        (
            "each resource by itself, of the pod too",
            json!({"resources": {"limits": {"cpu": "2", "memory": "1Gi"}}, "containers": [{"name": "c", "resources": {"requests": {"cpu": "300m"}}}]}),
            (300, 1024, 1024, 0),
        ),
        (
            "a pod's own request below its containers' stands",
            json!({"resources": {"requests": {"cpu": "200m"}}, "containers": [of("300m", "64Mi")], "overhead": {"cpu": "10m"}}),
            (210, 64, 64, 0),
        ),
        // `IsSupportedPodLevelResource`: CPU, memory and huge pages.
        (
            "a pod asks for no GPU of its own",
            json!({"resources": {"requests": {"nvidia.com/gpu": 4}}, "containers": [of("1", "1Gi")]}),
            (1000, 1024, 1024, 0),
        ),
        // KEP-753: max(500 + 100 of the sidecar, 100 + 700 beside the sidecar, 300 alone).
        (
            "init containers before and after a sidecar",
            json!({"initContainers": [init("300m", "1Mi"), sidecar("100m", "32Mi"), init("700m", "1Mi")], "containers": [of("500m", "64Mi")]}),
            (800, 96, 96, 0),
        ),
        // KEP-753: the second sidecar starts beside the first, 100 + 900, and both run beside the container, 1000 + 50.
        (
            "a sidecar that starts beside another",
            json!({"initContainers": [sidecar("100m", "32Mi"), sidecar("900m", "32Mi")], "containers": [of("50m", "64Mi")]}),
            (1050, 128, 128, 0),
        ),
        (
            "GPUs of an init container count as the larger",
            json!({"initContainers": [{"name": "i", "resources": {"limits": {"nvidia.com/gpu": 2}}}],
                "containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": 1}}}]}),
            (0, 0, 0, 2),
        ),
        // Kubernetes documentation, "Meaning of memory": 128974848 bytes, 129e6, 129M and 123Mi are about the same.
        (
            "bytes of the documentation",
            json!({"containers": [of("1", "128974848")]}),
            (1000, 123, 123, 0),
        ),
        (
            "an exponent of the documentation",
            json!({"containers": [of("1", "129e6")]}),
            (1000, 124, 123, 0),
        ),
        (
            "a large suffix",
            json!({"containers": [of("0.1", "129M")]}),
            (100, 124, 123, 0),
        ),
        // 128974848000m is 128 974 848 bytes.
        (
            "thousandths of bytes",
            json!({"containers": [of("100m", "128974848000m")]}),
            (100, 123, 123, 0),
        ),
        (
            "tiny CPU is rounded up for each container",
            json!({"containers": [of("100u", "1Mi"), of("100u", "1Mi")]}),
            (2, 2, 2, 0),
        ),
    ];
    assert!(cases.len() >= 35, "{}", cases.len());
    for (name, spec, expected) in cases {
        assert_eq!(request(&spec), expected, "{name}");
    }
}
