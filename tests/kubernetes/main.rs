//! Tiny clusters of Kubernetes against exhaustive search, and a large dump of one: bound ≤ ideal ≤ today.
//!
//! The exhaustive search knows the clusters as they are made here, and nothing of the crate but prices.

mod documents;
mod search;
mod tiny;

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::FleetPlan;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use serde_json::{Value, json};

use documents::{of_cluster, workload};
use search::{Prices, cheapest};
use tiny::{Generator, Kind, tiny};

/// `KUBERNETES_CLUSTERS=300` is a long run.
fn clusters() -> u64 {
    let asked = std::env::var("KUBERNETES_CLUSTERS").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(60)
}

fn read(document: &Value) -> Cluster {
    let options = ImportOptions::default();
    let read = read_cluster(&document.to_string(), "c.json", &options);
    read.unwrap_or_else(|findings| panic!("{findings}")).cluster
}

fn planned(cluster: &Cluster, work: Option<u64>) -> FleetPlan {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        work_limit: work,
        ..PlanOptions::default()
    };
    let planned = plan(cluster, &catalogue, &options, &Never, &Silent);
    planned
        .unwrap_or_else(|error| panic!("{error}"))
        .plan
        .into_plan()
}

#[test]
fn tiny_clusters_cost_what_exhaustive_search_says() {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let prices = Prices::of(&catalogue);
    let (mut whole, mut without, mut looser, mut spread) = (0, 0, 0, 0);
    for seed in 0..clusters() {
        let tiny = tiny(seed);
        let found = planned(&read(&of_cluster(&tiny)), None);
        let searched = cheapest(&tiny, &prices);
        let bound = found.cost.bound_usd_per_hour.map(UsdPerHour::amount);
        if let (Some(bound), Some(least)) = (bound, searched.kubernetes) {
            assert!(
                bound <= least || !found.unplaced.is_empty(),
                "seed {seed}: bound {bound} above {least}: {tiny:?}"
            );
        }
        let Some(cost) = searched.packing else {
            assert!(!found.unplaced.is_empty(), "seed {seed}: {tiny:?}");
            without += 1;
            continue;
        };
        assert!(
            found.unplaced.is_empty(),
            "seed {seed}: {:?}: {tiny:?}",
            found.unplaced
        );
        whole += 1;
        assert_eq!(
            found.cost.ideal_usd_per_hour.amount(),
            cost,
            "seed {seed}: {tiny:?}"
        );
        // Which zone a pod on Fargate takes is not looked at, and the packing may break the rule.
        let is_held =
            !(tiny.kinds.iter()).any(|it| (it.even || it.one_a_zone) && it.on_fargate.is_some());
        assert!(
            !is_held || searched.kubernetes.is_some_and(|least| least <= cost),
            "seed {seed}: no packing of Kubernetes' own: {tiny:?}"
        );
        spread += u64::from(
            tiny.kinds
                .iter()
                .any(|it| it.even && it.chooses_beyond_zones()),
        );
        let bound = bound.expect("a bound");
        let least = searched.bound.expect("a looser fleet");
        assert!(
            bound <= least,
            "seed {seed}: bound {bound} above {least}: {tiny:?}"
        );
        if least == cost {
            assert_eq!(bound, cost, "seed {seed}: {tiny:?}");
        } else {
            looser += 1;
        }
    }
    assert!(
        whole > 3 * without && without > 0 && looser > 0 && spread > 5,
        "{whole} {without} {looser} {spread}"
    );
    println!(
        "{whole} cost what the search says, {looser} of them with a lower bound by its readings and {spread} with a spread over nodes of a \
         choice; {without} have no place"
    );
}

#[test]
fn one_pod_a_zone_has_no_place_where_the_types_are_in_fewer_zones() {
    let own = json!({"matchLabels": {"app": "a"}});
    let kind = Kind {
        count: 3,
        millis: 500,
        mib: 512,
        one_a_zone: true,
        ..Kind::default()
    };
    let mut item = workload(0, &kind);
    item["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        [0]["labelSelector"] = own;
    item["spec"]["template"]["metadata"]["labels"]["app"] = json!("a");
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let zones = [
        "use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6",
    ];
    let is_there = |name: &str, id: &str| {
        let zone = bayplan::domain::cluster::Zone {
            name: None,
            id: Some(id.to_owned()),
        };
        catalogue.is_offered_in(name, &zone, zones.len())
    };
    let (few, missing) = (catalogue.instance_types().iter())
        .find_map(|it| {
            let known = catalogue.on_demand_price(&it.name).is_some() && it.vcpus >= 2;
            let there = zones.iter().filter(|id| is_there(&it.name, id)).count();
            let missing = zones.iter().find(|id| !is_there(&it.name, id))?;
            (known && there >= 2 && it.name.starts_with('m')).then_some((it.name.clone(), *missing))
        })
        .expect("a type that some zone lacks");
    let there: Vec<&str> = zones
        .iter()
        .copied()
        .filter(|id| is_there(&few, id))
        .take(2)
        .collect();
    let document = json!({"kind": "List", "apiVersion": "v1", "items": [item], "region": "us-east-1",
        "availabilityZones": [there[0], there[1], missing], "policy": {"allowedInstanceTypes": [few]}});
    let found = planned(&read(&document), None);
    assert_eq!(found.unplaced.len(), 1, "{few} is not in {missing}");
    assert_eq!(
        found.unplaced[0].reasons,
        [bayplan::domain::plan::Reason::ZoneOfItsOwnNeeded { tasks: 3 }]
    );
}

/// What `kubectl` would print of a cluster of 300 deployments on 120 nodes, with the pods and replica sets behind them. With
/// `KUBERNETES_DUMP=FILE` it is written there, to plan it with the binary.
fn dump() -> Value {
    let mut random = Generator(7);
    let mut items = Vec::new();
    for number in 0..300 {
        let name = format!("svc-{number:03}");
        let replicas = 1 + random.below(4);
        let cpu = random.one_of(&[50, 100, 250, 500, 1000]);
        let memory = random.one_of(&[64, 128, 256, 512, 1024, 2048]);
        let mut spec = json!({"containers": [{"name": "c", "image": "registry/secret-name:1", "env": [{"name": "PASSWORD", "value": "hunter2"}],
            "resources": {"requests": {"cpu": format!("{cpu}m"), "memory": format!("{memory}Mi")}}}]});
        let own = json!({"matchLabels": {"app": name}});
        match random.below(12) {
            0 => spec["nodeSelector"] = json!({"kubernetes.io/arch": "amd64"}),
            1 => {
                spec["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "DoNotSchedule", "labelSelector": own}]);
            }
            2 => {
                spec["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                    {"labelSelector": own, "topologyKey": "kubernetes.io/hostname"}]}});
            }
            3 => {
                spec["affinity"] = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "podAffinityTerm": {"labelSelector": own, "topologyKey": "kubernetes.io/hostname"}}]}});
            }
            4 => spec["nodeSelector"] = json!({"kubernetes.io/os": "windows"}),
            _ => {}
        }
        let metadata = json!({"name": name, "namespace": format!("team-{}", number % 7)});
        items.push(json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": metadata, "status": {"replicas": replicas},
            "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}}));
        let mut set = metadata.clone();
        set["name"] = json!(format!("{name}-6f7c"));
        set["ownerReferences"] = json!([{"kind": "Deployment", "name": name, "controller": true}]);
        items.push(json!({"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": set,
            "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}}));
        for pod in 0..replicas {
            let mut own = metadata.clone();
            own["name"] = json!(format!("{name}-6f7c-{pod}"));
            own["ownerReferences"] =
                json!([{"kind": "ReplicaSet", "name": format!("{name}-6f7c"), "controller": true}]);
            items.push(json!({"kind": "Pod", "apiVersion": "v1", "metadata": own, "spec": spec, "status": {"phase": "Running"}}));
        }
    }
    for (name, cpu) in [("aws-node", "50m"), ("kube-proxy", "100m")] {
        items.push(json!({"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": name, "namespace": "kube-system"},
            "spec": {"template": {"spec": {"hostNetwork": true, "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]}}}}));
    }
    for number in 0..120 {
        let zone = ["us-east-1a", "us-east-1b", "us-east-1c"][number % 3];
        items.push(json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": format!("ip-10-0-{number}"), "labels": {
                "node.kubernetes.io/instance-type": "m5.xlarge", "topology.kubernetes.io/zone": zone,
                "topology.kubernetes.io/region": "us-east-1", "karpenter.sh/capacity-type": "on-demand",
                "karpenter.sh/nodepool": "general", "kubernetes.io/hostname": format!("ip-10-0-{number}")}},
            "spec": {}, "status": {"allocatable": {"cpu": "3920m", "memory": "15076384Ki", "pods": "58"},
                "conditions": [{"type": "Ready", "status": "True"}]}}));
    }
    json!({"kind": "List", "apiVersion": "v1", "items": items})
}

#[test]
fn a_dump_of_a_whole_cluster_is_read_planned_and_checked() {
    let text = dump().to_string();
    if let Ok(file) = std::env::var("KUBERNETES_DUMP") {
        std::fs::write(&file, &text).unwrap_or_else(|it| panic!("{file}: {it}"));
    }
    let imported = read_cluster(&text, "prod.json", &ImportOptions::default())
        .unwrap_or_else(|it| panic!("{it}"));
    let codes: Vec<&str> = imported.warnings.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["W2025", "W2027"]);
    assert!(!format!("{:?}", imported.cluster).contains("hunter2"));
    let windows = imported.warnings[0].cause.clone();
    assert!(
        windows.starts_with("pods of Windows: left out are `team-"),
        "{windows}"
    );
    assert_eq!(imported.cluster.container_instances.len(), 120);
    // The plan has passed its own check: `plan` hands out no other.
    let found = planned(&imported.cluster, Some(200_000));
    assert!(found.unplaced.is_empty());
    let today = found.cost.current_usd_per_hour.expect("nodes with prices");
    let bound = found.cost.bound_usd_per_hour.expect("a bound");
    assert!(bound <= found.cost.ideal_usd_per_hour);
    assert!(
        found.cost.ideal_usd_per_hour <= today,
        "{} {today}",
        found.cost.ideal_usd_per_hour
    );
    let pods: u64 = found
        .instances
        .iter()
        .map(|row| row.tasks.values().sum::<u64>() * row.count)
        .sum();
    let asked: u64 = imported
        .cluster
        .services
        .iter()
        .map(|it| it.desired_count)
        .sum();
    let daemons: u64 = found.instances.iter().map(|row| 2 * row.count).sum();
    assert_eq!(pods, asked + daemons);
    for row in &found.instances {
        let each: u64 = row.tasks.values().sum();
        assert!(row.registered.pods.is_some_and(|most| each <= most) && row.registered.enis == 0);
    }
}
