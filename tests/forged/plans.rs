//! Small plans that between them have every kind of field.

use bayplan::catalogue::{Catalogue, CatalogueFiles};
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::FleetPlan;
use bayplan::planner::{MovesAsked, PlanOptions};
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
        ("counts that grow and fall", growing()),
        ("groups of today that change", today()),
        ("groups of today that stay", staying()),
        ("task definitions that must change", definitions()),
        ("Managed Instances", managed()),
        ("a week", week()),
        ("commitments", committed()),
    ];
    let mut cases: Vec<Case> = (cases.into_iter())
        .map(|(name, file)| case(name, &file))
        .collect();
    cases.push(with_options(
        "the ideal packing",
        &growing(),
        &PlanOptions {
            ideal: true,
            ..PlanOptions::default()
        },
    ));
    cases.push(with_options(
        "few moves",
        &moving(),
        &PlanOptions {
            moves: Some(MovesAsked {
                most: Some(2),
                frontier: true,
            }),
            ..PlanOptions::default()
        },
    ));
    cases
}

fn case(name: &'static str, file: &Value) -> Case {
    with_options(name, file, &PlanOptions::default())
}

fn with_options(name: &'static str, file: &Value, options: &PlanOptions<'_>) -> Case {
    let cluster = imported(file);
    let catalogue = Catalogue::load(&cluster.region, &CatalogueFiles::default())
        .expect("the embedded catalogue");
    let plan = planned::with(&cluster, &catalogue, options);
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

/// Services that grow to `maxCount` and fall to `minCount`, one of them with a rollout that launches.
fn growing() -> Value {
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "services": [
            {"serviceName": "api", "desiredCount": 4, "minCount": 2, "maxCount": 9, "cpu": 512, "memory": 1024},
            {"serviceName": "web", "desiredCount": 4, "minCount": 2, "maxCount": 6, "cpu": 1024, "memory": 2048},
        ],
        "policy": {"allowedInstanceTypes": ["m7i.large", "m7i.xlarge", "c7i.large"], "purchaseOptions": ["on-demand", "spot"],
            "spotMaxShare": 0.5, "surviveInstanceLoss": true}})
}

/// A fleet of two groups of today, the one with too many instances and the other of another type than is planned.
fn of_today(policy: &Value) -> Value {
    let group = |name: &str, instance_type: &str, size: u64| {
        json!({"AutoScalingGroupName": name, "AutoScalingGroupARN": format!("arn:aws:autoscaling:us-east-1:1:autoScalingGroup:1:autoScalingGroupName/{name}"),
            "MinSize": 1, "MaxSize": 9, "DesiredCapacity": size, "AvailabilityZones": ["us-east-1a"],
            "LaunchTemplate": {"LaunchTemplateName": name}, "Instances": (0..size).map(|number| json!({
                "InstanceId": format!("i-{name}{number}"), "InstanceType": instance_type, "AvailabilityZone": "us-east-1a",
                "LifecycleState": "InService", "HealthStatus": "Healthy"})).collect::<Vec<_>>()})
    };
    let provider = |name: &str| {
        json!({"name": name, "autoScalingGroupProvider": {
            "autoScalingGroupArn": format!("arn:aws:autoscaling:us-east-1:1:autoScalingGroup:1:autoScalingGroupName/{name}"),
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100}}})
    };
    let instance = |name: &str, instance_type: &str, number: u64| {
        json!({"containerInstanceArn": format!("arn:aws:ecs:us-east-1:1:container-instance/shop/{name}{number}"),
            "ec2InstanceId": format!("i-{name}{number}"), "capacityProviderName": name, "status": "ACTIVE",
            "attributes": [{"name": "ecs.instance-type", "value": instance_type}, {"name": "ecs.availability-zone", "value": "us-east-1a"}]})
    };
    let instances: Vec<Value> = (0..3)
        .map(|number| instance("large", "m7i.large", number))
        .chain((0..2).map(|number| instance("old", "m5.2xlarge", number)))
        .collect();
    let strategy = |name: &str| json!([{"capacityProvider": name, "base": 0, "weight": 1}]);
    json!({"version": 1, "cluster": "shop", "region": "us-east-1", "availabilityZones": ["us-east-1a"],
        "services": [
            {"serviceName": "api", "desiredCount": 4, "cpu": 512, "memory": 1024, "capacityProviderStrategy": strategy("large")},
            {"serviceName": "web", "desiredCount": 3, "cpu": 1024, "memory": 4096, "capacityProviderStrategy": strategy("old")},
        ],
        "autoScalingGroups": [group("large", "m7i.large", 3), group("old", "m5.2xlarge", 2)],
        "capacityProviders": [provider("large"), provider("old")],
        "containerInstances": instances, "policy": policy})
}

fn today() -> Value {
    of_today(&json!({"allowedInstanceTypes": ["m7i.large", "m7i.xlarge"]}))
}

fn staying() -> Value {
    let mut file = of_today(
        &json!({"allowedInstanceTypes": ["m7i.large", "m7i.xlarge"], "keepInstances": "all"}),
    );
    file["services"][0]["desiredCount"] = json!(14);
    file
}

/// The tasks of today on their instances, too few for the larger ones.
fn moving() -> Value {
    let mut file = of_today(&json!({"allowedInstanceTypes": ["m7i.large", "m5.2xlarge"]}));
    let task = |service: &str, instance: String| {
        json!({"containerInstanceArn": format!("arn:aws:ecs:us-east-1:1:container-instance/shop/{instance}"),
            "group": format!("service:{service}"), "lastStatus": "RUNNING", "desiredStatus": "RUNNING"})
    };
    let tasks: Vec<Value> = (0..4)
        .map(|number| task("api", format!("large{}", number % 3)))
        .chain((0..3).map(|number| task("web", format!("old{}", number % 2))))
        .collect();
    file["tasks"] = json!(tasks);
    file
}

/// Services on Fargate whose definitions lack each of what Fargate asks for.
fn definitions() -> Value {
    let definition = |family: &str, size: Value, containers: Value| {
        let mut definition = json!({"family": family, "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
            "containerDefinitions": containers});
        for (key, value) in size.as_object().expect("an object") {
            definition[key] = value.clone();
        }
        definition
    };
    let size = |cpu: &str, memory: &str| json!({"cpu": cpu, "memory": memory});
    let service =
        |name: &str| json!({"serviceName": name, "desiredCount": 2, "taskDefinition": name});
    let services = ["unsized", "refused", "logging", "above"].map(service);
    let logs = json!({"logDriver": "awslogs", "options": {"awslogs-group": "/shop"}});
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "taskDefinitions": [
            definition("unsized", json!({}), json!([{"name": "c", "cpu": 256, "memory": 512}])),
            definition("refused", size("4096", "31744"), json!([{"name": "c"}])),
            definition("logging", size("256", "512"), json!([{"name": "c", "logConfiguration": logs}])),
            definition("above", size("256", "512"), json!([
                {"name": "a", "cpu": 200, "memory": 1024, "memoryReservation": 256},
                {"name": "b", "cpu": 100, "memory": 256, "memoryReservation": 300}])),
        ],
        "services": services,
        "policy": {"fargate": "allowed"}})
}

fn managed() -> Value {
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [
            {"serviceName": "api", "desiredCount": 5, "cpu": 512, "memory": 1024, "networkMode": "awsvpc"},
            {"serviceName": "agent", "schedulingStrategy": "DAEMON", "cpu": 64, "memory": 128, "networkMode": "awsvpc"},
        ],
        "policy": {"managedInstances": "only", "allowedInstanceTypes": ["m7i.*"]}})
}

fn week() -> Value {
    let day: Vec<u64> = (0..24)
        .map(|hour| if (8..20).contains(&hour) { 8 } else { 3 })
        .collect();
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [
            {"serviceName": "api", "desiredCount": 8, "cpu": 1024, "memory": 2048, "profile": day},
            {"serviceName": "web", "desiredCount": 2, "cpu": 512, "memory": 1024},
        ],
        "policy": {"allowedInstanceTypes": ["m7i.large", "c7i.large"]}})
}

fn committed() -> Value {
    json!({"version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 6, "cpu": 1024, "memory": 2048}],
        "snapshot": {"takenAt": "2026-11-01T00:00:00Z", "fingerprint": "f".repeat(64)},
        "commitments": [{"kind": "capacity-reservation", "usdPerHour": 0.12, "instanceType": "m7i.large", "count": 1,
            "endsOn": "2027-03-31"}],
        "policy": {"allowedInstanceTypes": ["m7i.large", "c7i.large"]}})
}
