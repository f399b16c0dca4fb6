//! Tiny clusters of Kubernetes against exhaustive search, and a large dump of one: bound ≤ ideal ≤ today.
//!
//! The exhaustive search knows the clusters as they are made here, and nothing of the crate but prices.

use std::collections::BTreeMap;

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::FleetPlan;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// `KUBERNETES_CLUSTERS=300` is a long run.
fn clusters() -> u64 {
    let asked = std::env::var("KUBERNETES_CLUSTERS").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(60)
}

/// Types of the tiny clusters with vCPUs, nominal MiB and the word for their architecture.
const TYPES: [(&str, u64, u64, &str); 4] = [
    ("m5.large", 2, 8192, "amd64"),
    ("c6g.large", 2, 4096, "arm64"),
    ("m6g.xlarge", 4, 16384, "arm64"),
    ("c5.xlarge", 4, 8192, "amd64"),
];
const ZONES: [&str; 2] = ["us-east-1a", "us-east-1b"];
const TAINT: &str = "dedicated=batch:NoSchedule";

struct Generator(u64);

impl Generator {
    fn below(&mut self, most: u64) -> u64 {
        // Knuth's linear congruential generator.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn place_below(&mut self, most: u64) -> usize {
        usize::try_from(self.below(most)).expect("a place of a list")
    }

    fn one_of(&mut self, all: &[u64]) -> u64 {
        all[self.place_below(all.len() as u64)]
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent rules of Kubernetes, not one state"
)]
struct Kind {
    count: u64,
    millis: u64,
    mib: u64,
    architecture: Option<&'static str>,
    zone: Option<&'static str>,
    port: Option<u64>,
    alone: bool,
    spread: bool,
    even: bool,
    one_a_zone: bool,
    keeps_from: Option<usize>,
    tolerates: bool,
    /// Zones of the replicas' volumes, where it is a set with some; replicas without a volume may stand in any.
    volumes: Vec<Option<&'static str>>,
}

#[derive(Debug)]
struct Tiny {
    kinds: Vec<Kind>,
    daemon: Option<(u64, u64)>,
    max_pods: u64,
    tainted: bool,
}

fn tiny(seed: u64) -> Tiny {
    let mut random = Generator(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
    let tainted = random.one_in(4);
    let mut left = 5;
    let mut kinds = Vec::new();
    while left > 0 && kinds.len() < 3 {
        let count = 1 + random.below(left.min(3));
        left -= count;
        let place = kinds.len();
        kinds.push(Kind {
            count,
            millis: 100 * (1 + random.below(18)),
            mib: 256 * (1 + random.below(10)),
            architecture: random
                .one_in(4)
                .then(|| if random.one_in(2) { "arm64" } else { "amd64" }),
            zone: random
                .one_in(6)
                .then(|| ZONES[usize::from(random.one_in(2))]),
            port: random.one_in(5).then(|| 8000 + random.below(2)),
            alone: random.one_in(5),
            spread: random.one_in(6),
            even: random.one_in(4),
            one_a_zone: random.one_in(7),
            keeps_from: (place > 0 && random.one_in(4)).then_some(0),
            tolerates: !tainted || !random.one_in(6),
            volumes: Vec::new(),
        });
    }
    // Drawn by a generator of their own, so that the other figures of a seed stay what they were.
    let mut of_volumes = Generator(seed.wrapping_mul(0xD1B5_4A32_D192_ED03) + 7);
    for kind in &mut kinds {
        if of_volumes.one_in(4) {
            // What is spread over zones and held in them by volumes is weaker, and of no packing that is the cheapest.
            kind.even = false;
            kind.volumes = (0..kind.count)
                .map(|_| [None, Some(ZONES[0]), Some(ZONES[1])][of_volumes.place_below(3)])
                .collect();
        }
    }
    Tiny {
        kinds,
        daemon: random.one_in(3).then(|| (100 * (1 + random.below(3)), 128)),
        max_pods: 2 + random.below(3),
        tainted,
    }
}

impl Tiny {
    fn document(&self) -> Value {
        let mut items: Vec<Value> = (self.kinds.iter().enumerate())
            .map(|(place, kind)| workload(place, kind))
            .collect();
        for (place, kind) in self.kinds.iter().enumerate() {
            items.extend(volumes(place, kind));
        }
        if let Some((millis, mib)) = self.daemon {
            items.push(json!({"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": "agent"},
                "spec": {"template": {"spec": {"tolerations": [{"operator": "Exists"}],
                    "containers": [{"name": "c", "resources": {"requests": {"cpu": format!("{millis}m"), "memory": format!("{mib}Mi")}}}]}}}}));
        }
        let taints: Vec<&str> = if self.tainted {
            vec![TAINT]
        } else {
            Vec::new()
        };
        json!({"kind": "List", "apiVersion": "v1", "items": items, "region": "us-east-1", "availabilityZones": ZONES,
            "policy": {"allowedInstanceTypes": TYPES.map(|it| it.0), "maxPods": self.max_pods, "rootVolumeGib": 0,
                "memoryOverhead": {"percent": 0}, "toleratedTaints": taints}})
    }

    /// Whether a node of a type in a zone holds these pods, by kind, beside its daemon.
    fn fits(&self, content: &[u64], of_type: usize, zone: usize, loose: bool) -> bool {
        let (_, vcpus, nominal, architecture) = TYPES[of_type];
        // 60 of the first core, 10 of the second, 5 of each of the next two.
        let cpu = 1000 * vcpus - if vcpus == 2 { 70 } else { 80 };
        // Bottlerocket keeps memory for the pods that are stated, Amazon Linux for those that AWS publishes.
        let published = if vcpus == 2 { 29 } else { 58 };
        let kept_for = if loose { self.max_pods } else { published };
        let memory = nominal - 255 - 11 * kept_for - 100;
        let (mut used_cpu, mut used_memory, mut pods) = (0, 0, 0);
        if let Some((millis, mib)) = self.daemon {
            (used_cpu, used_memory, pods) = (millis, mib, 1);
        }
        let mut ports: BTreeMap<u64, u64> = BTreeMap::new();
        for (kind, &count) in self
            .kinds
            .iter()
            .zip(content)
            .filter(|(_, count)| **count > 0)
        {
            used_cpu += kind.millis * count;
            used_memory += kind.mib * count;
            pods += count;
            if let Some(port) = kind.port {
                *ports.entry(port).or_default() += count;
            }
            let single = kind.alone || (kind.spread && !loose);
            let apart = kind.keeps_from.is_some_and(|other| content[other] > 0);
            if (single && count > 1)
                || apart
                || kind.architecture.is_some_and(|it| it != architecture)
                || kind.zone.is_some_and(|it| it != ZONES[zone])
                || (self.tainted && !kind.tolerates)
            {
                return false;
            }
        }
        used_cpu <= cpu
            && used_memory <= memory
            && pods <= self.max_pods
            && ports.values().all(|&it| it <= 1)
    }

    /// Pods of a kind that ever run, with the zones of their volumes: those beyond one a zone stay pending.
    fn placed(kind: &Kind) -> Vec<Option<&'static str>> {
        let mut all = kind.volumes.clone();
        all.resize(usize::try_from(kind.count).expect("a few"), None);
        if !kind.one_a_zone {
            return all;
        }
        let mut held: Vec<Option<&str>> = all.iter().copied().flatten().map(Some).collect();
        held.sort_unstable();
        held.dedup();
        let usable = (ZONES.iter()).filter(|zone| kind.zone.is_none_or(|it| it == **zone));
        let open = usable.filter(|zone| !held.contains(&Some(**zone))).count();
        let free = all.iter().filter(|it| it.is_none()).count();
        held.extend(std::iter::repeat_n(None, free.min(open)));
        held
    }

    /// The cheapest fleet of all, in units of 10⁻⁸ USD; `None` where there is none.
    fn cheapest(&self, prices: &[Decimal], loose: bool) -> Option<Decimal> {
        let pods: Vec<(usize, Option<&str>)> = (self.kinds.iter().enumerate())
            .flat_map(|(place, kind)| {
                let placed = Self::placed(kind).into_iter();
                placed.map(move |zone| (place, zone))
            })
            .collect();
        let mut best = None;
        self.assign(&pods, &mut Vec::new(), prices, loose, &mut best);
        best
    }

    /// Every way to put the next pod on a node that there is, or on a new one of either zone.
    fn assign(
        &self,
        pods: &[(usize, Option<&str>)],
        nodes: &mut Vec<(usize, Vec<u64>)>,
        prices: &[Decimal],
        loose: bool,
        best: &mut Option<Decimal>,
    ) {
        let Some((&(kind, held_in), rest)) = pods.split_first() else {
            if let Some(cost) = self.cost(nodes, prices, loose)
                && best.is_none_or(|known| cost < known)
            {
                *best = Some(cost);
            }
            return;
        };
        let is_open = |zone: usize| held_in.is_none_or(|it| it == ZONES[zone]);
        for place in 0..nodes.len() {
            if !is_open(nodes[place].0) {
                continue;
            }
            nodes[place].1[kind] += 1;
            self.assign(rest, nodes, prices, loose, best);
            nodes[place].1[kind] -= 1;
        }
        for zone in (0..ZONES.len()).filter(|&zone| is_open(zone)) {
            let mut content = vec![0; self.kinds.len()];
            content[kind] = 1;
            nodes.push((zone, content));
            self.assign(rest, nodes, prices, loose, best);
            nodes.pop();
        }
    }

    fn cost(
        &self,
        nodes: &[(usize, Vec<u64>)],
        prices: &[Decimal],
        loose: bool,
    ) -> Option<Decimal> {
        let spread =
            (self.kinds.iter().enumerate()).filter(|(_, kind)| kind.even || kind.one_a_zone);
        for (place, kind) in spread {
            let usable: Vec<usize> = (0..ZONES.len())
                .filter(|&zone| kind.zone.is_none_or(|it| it == ZONES[zone]))
                .collect();
            let counts: Vec<u64> = (usable.iter())
                .map(|&zone| {
                    nodes
                        .iter()
                        .filter(|it| it.0 == zone)
                        .map(|it| it.1[place])
                        .sum()
                })
                .collect();
            let most = *counts.iter().max()?;
            let uneven = kind.even && most - counts.iter().min()? > 1;
            if uneven || (kind.one_a_zone && most > 1) {
                return None;
            }
        }
        (nodes.iter())
            .map(|(zone, content)| {
                (0..TYPES.len())
                    .filter(|&of_type| self.fits(content, of_type, *zone, loose))
                    .map(|of_type| prices[of_type])
                    .min()
            })
            .sum()
    }
}

fn workload(place: usize, kind: &Kind) -> Value {
    let name = format!("k{place}");
    let own = json!({"matchLabels": {"app": name}});
    let mut selector = serde_json::Map::new();
    if let Some(architecture) = kind.architecture {
        selector.insert("kubernetes.io/arch".to_owned(), json!(architecture));
    }
    if let Some(zone) = kind.zone {
        selector.insert("topology.kubernetes.io/zone".to_owned(), json!(zone));
    }
    let mut apart = Vec::new();
    if kind.alone {
        apart.push(json!({"labelSelector": own, "topologyKey": "kubernetes.io/hostname"}));
    }
    if let Some(other) = kind.keeps_from {
        let other = json!({"matchExpressions": [{"key": "app", "operator": "In", "values": [format!("k{other}")]}]});
        apart.push(json!({"labelSelector": other, "topologyKey": "kubernetes.io/hostname"}));
    }
    if kind.one_a_zone {
        apart.push(json!({"labelSelector": own, "topologyKey": "topology.kubernetes.io/zone"}));
    }
    let mut spread = Vec::new();
    for (is_asked, key) in [
        (kind.even, "topology.kubernetes.io/zone"),
        (kind.spread, "kubernetes.io/hostname"),
    ] {
        if is_asked {
            spread.push(json!({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": own}));
        }
    }
    let ports: Vec<Value> = kind
        .port
        .iter()
        .map(|port| json!({"containerPort": 80, "hostPort": port}))
        .collect();
    let tolerations = if kind.tolerates {
        json!([{"key": "dedicated", "operator": "Exists"}])
    } else {
        json!([])
    };
    let (of_kind, claims) = if kind.volumes.is_empty() {
        ("Deployment", json!(null))
    } else {
        ("StatefulSet", json!([{"metadata": {"name": "data"}}]))
    };
    json!({"kind": of_kind, "apiVersion": "apps/v1", "metadata": {"name": name},
        "spec": {"replicas": kind.count, "volumeClaimTemplates": claims, "template": {"metadata": {"labels": {"app": name}}, "spec": {
            "nodeSelector": selector, "tolerations": tolerations, "topologySpreadConstraints": spread,
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart}},
            "containers": [{"name": "c", "ports": ports,
                "resources": {"requests": {"cpu": format!("{}m", kind.millis), "memory": format!("{}Mi", kind.mib)}}}]}}}})
}

/// Claims and volumes of a kind.
fn volumes(place: usize, kind: &Kind) -> Vec<Value> {
    let of_replica = |(replica, zone): (usize, Option<&str>)| {
        let zone = zone?;
        let volume = format!("pv-k{place}-{replica}");
        Some([
            json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": format!("data-k{place}-{replica}")},
                "spec": {"volumeName": volume}}),
            json!({"kind": "PersistentVolume", "apiVersion": "v1", "metadata": {"name": volume,
                "labels": {"topology.kubernetes.io/zone": zone}}}),
        ])
    };
    let all = (kind.volumes.iter().copied().enumerate()).filter_map(of_replica);
    all.flatten().collect()
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
    let prices = TYPES.map(|it| {
        catalogue
            .on_demand_price(it.0)
            .expect("a price")
            .usd_per_hour
            .amount()
            .round_dp(8)
    });
    let (mut whole, mut without, mut looser) = (0, 0, 0);
    for seed in 0..clusters() {
        let tiny = tiny(seed);
        let found = planned(&read(&tiny.document()), None);
        let strict = tiny.cheapest(&prices, false);
        let loose = tiny.cheapest(&prices, true);
        let Some(cheapest) = strict else {
            assert!(!found.unplaced.is_empty(), "seed {seed}: {tiny:?}");
            without += 1;
            continue;
        };
        assert!(
            found.unplaced.is_empty(),
            "seed {seed}: {:?}",
            found.unplaced
        );
        whole += 1;
        assert_eq!(
            found.cost.ideal_usd_per_hour.amount(),
            cheapest,
            "seed {seed}: {tiny:?}"
        );
        let bound = found.cost.bound_usd_per_hour.expect("a bound").amount();
        let least = loose.expect("a looser fleet");
        assert!(
            bound <= least,
            "seed {seed}: bound {bound} above {least}: {tiny:?}"
        );
        if least == cheapest {
            assert_eq!(bound, cheapest, "seed {seed}: {tiny:?}");
        } else {
            looser += 1;
        }
    }
    assert!(
        whole > 3 * without && without > 0 && looser > 0,
        "{whole} {without} {looser}"
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

/// What `kubectl` would print of a cluster of 300 deployments on 120 nodes, with the pods and replica sets behind them.
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
