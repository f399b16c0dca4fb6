//! Small plans that between them have every kind of field.

use bayplan::catalogue::{Catalogue, CatalogueFiles};
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::FleetPlan;
use serde_json::{Value, json};

use crate::support::{imported, planned};

/// A plan with what it is of.
pub struct Case {
    pub name: &'static str,
    pub cluster: Cluster,
    pub catalogue: Catalogue,
    pub plan: FleetPlan,
}

pub fn all() -> Vec<Case> {
    let cases = [
        ("on demand, without zones", on_demand()),
        ("zones, Spot and Fargate", zones_spot_and_fargate()),
        ("tasks without a place", unplaced()),
        ("pods on nodes of Kubernetes", pods()),
    ];
    cases
        .into_iter()
        .map(|(name, file)| case(name, &file))
        .collect()
}

fn case(name: &'static str, file: &Value) -> Case {
    let cluster = imported(file);
    let catalogue = Catalogue::load(&cluster.region, &CatalogueFiles::default())
        .expect("the embedded catalogue");
    let plan = planned::realised(&cluster, &catalogue);
    Case {
        name,
        cluster,
        catalogue,
        plan,
    }
}

/// Small tasks that fill instances by their network interfaces.
pub fn of_interfaces() -> Case {
    let file = json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{"serviceName": "small", "desiredCount": 40, "cpu": 128, "memory": 256, "networkMode": "awsvpc"}],
        "policy": {"allowedInstanceTypes": ["m6i.*"], "deploymentSurge": false}});
    case("small tasks with interfaces of their own", &file)
}

/// Services that roll out, grow and run on Spot in two zones.
pub fn of_a_day() -> Case {
    let file = json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "services": [
            {"serviceName": "api", "desiredCount": 6, "maxCount": 9, "cpu": 512, "memory": 1024},
            {"serviceName": "web", "desiredCount": 4, "maxCount": 6, "cpu": 1024, "memory": 2048},
        ],
        "policy": {"purchaseOptions": ["on-demand", "spot"], "spotMaxShare": 0.5,
            "allowedInstanceTypes": ["m7i.*", "c7i.*", "m6i.*"], "deploymentSurge": "one"}});
    case("an ordinary day", &file)
}

/// Groups with certificates, beside instances of today.
fn on_demand() -> Value {
    let today = |number: u64| {
        json!({"containerInstanceArn": format!("arn:aws:ecs:us-east-1:1:container-instance/shop/{number}"),
            "status": "ACTIVE", "attributes": [{"name": "ecs.instance-type", "value": "m5.2xlarge"}]})
    };
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [
            {"serviceName": "api", "desiredCount": 5, "cpu": 512, "memory": 1024, "networkMode": "awsvpc"},
            {"serviceName": "worker", "desiredCount": 3, "cpu": 1024, "memory": 4096},
            {"serviceName": "agent", "schedulingStrategy": "DAEMON", "cpu": 64, "memory": 128},
        ],
        "containerInstances": [today(0), today(1)],
        "policy": {"allowedInstanceTypes": ["m7g.*", "m7i.*", "c7i.*", "m5.2xlarge"], "deploymentSurge": false}})
}

fn zones_spot_and_fargate() -> Value {
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "services": [
            {"serviceName": "api", "desiredCount": 6, "cpu": 512, "memory": 1024, "networkMode": "awsvpc", "onDemandBase": 2},
            {"serviceName": "web", "desiredCount": 4, "cpu": 1024, "memory": 2048, "networkMode": "awsvpc"},
            {"serviceName": "job", "desiredCount": 2, "cpu": 256, "memory": 512, "networkMode": "awsvpc", "launchType": "FARGATE"},
        ],
        "policy": {"purchaseOptions": ["on-demand", "spot"], "fargate": "allowed",
            "allowedInstanceTypes": ["m7i.*", "c7i.*", "r7i.*"], "deploymentSurge": "one"}})
}

fn unplaced() -> Value {
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [
            {"serviceName": "api", "desiredCount": 2, "cpu": 512, "memory": 1024},
            {"serviceName": "trainer", "desiredCount": 1, "cpu": 1024, "memory": 4096, "gpu": 64},
        ],
        "policy": {"allowedInstanceTypes": ["m7i.*"], "deploymentSurge": "one"}})
}

/// Pods and a daemon of Kubernetes on nodes in two zones, beside a node of today.
fn pods() -> Value {
    let workload = |kind: &str, name: &str, replicas: u64, spec: Value| {
        json!({"kind": kind, "apiVersion": "apps/v1", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}})
    };
    let containers = |cpu: &str, memory: &str| json!([{"name": "c", "resources": {"requests": {"cpu": cpu, "memory": memory}}}]);
    let spread = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}}}]);
    let node = json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n", "labels": {
            "node.kubernetes.io/instance-type": "m5.2xlarge", "topology.kubernetes.io/zone": "us-east-1a",
            "karpenter.sh/capacity-type": "on-demand"}},
        "status": {"allocatable": {"cpu": "7910m", "memory": "31000Mi", "pods": "58"}}});
    json!({"kind": "List", "apiVersion": "v1", "cluster": "shop", "region": "us-east-1",
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "policy": {"allowedInstanceTypes": ["m5.large", "m5.xlarge"], "purchaseOptions": ["on-demand", "spot"], "onDemandBase": 2},
        "items": [
            workload("Deployment", "web", 6, json!({"containers": containers("500m", "1Gi"), "topologySpreadConstraints": spread})),
            workload("StatefulSet", "db", 2, json!({"containers": containers("1", "6000M")})),
            workload("DaemonSet", "agent", 0, json!({"containers": containers("50m", "64Mi"), "tolerations": [{"operator": "Exists"}]})),
            node]})
}
