//! What `aws ecs describe-*` prints of a cluster that runs, pasted together and exported in every format: the stages, and the
//! bill after each, which adds up to the plan's.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::stand_in::{Cluster, billed, bills, exported, list, succeeded, text};

const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];

const ACCOUNT: &str = "arn:aws:ecs:us-east-1:123456789012";

/// A task definition, and the service that runs it, with what planning does not need.
fn running(name: &str, count: u64, (cpu, memory): (u64, u64), place: &Value) -> (Value, Value) {
    let network = if cpu < 512 { "bridge" } else { "awsvpc" };
    let definition = json!({"taskDefinitionArn": format!("{ACCOUNT}:task-definition/{name}:4"), "family": name, "revision": 4,
        "status": "ACTIVE", "networkMode": network, "compatibilities": ["EC2", "FARGATE"], "requiresCompatibilities": ["EC2"],
        "executionRoleArn": "arn:aws:iam::123456789012:role/run", "cpu": cpu.to_string(), "memory": memory.to_string(),
        "containerDefinitions": [{"name": name, "image": "repo/app:1", "cpu": cpu, "memory": memory, "essential": true,
            "environment": [{"name": "KEY", "value": "x"}], "links": [], "mountPoints": [],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/x"}}}]});
    let mut service = json!({"serviceArn": format!("{ACCOUNT}:service/prod/{name}"), "serviceName": name, "status": "ACTIVE",
        "clusterArn": format!("{ACCOUNT}:cluster/prod"), "desiredCount": count, "runningCount": count, "pendingCount": 0,
        "taskDefinition": format!("{ACCOUNT}:task-definition/{name}:4"), "schedulingStrategy": "REPLICA",
        "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200, "strategy": "ROLLING"},
        "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "desiredCount": count, "rolloutState": "COMPLETED"}],
        "events": [{"id": "1", "message": "has reached a steady state."}], "loadBalancers": [], "placementConstraints": [],
        "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "spread", "field": "instanceId"}]});
    for (key, value) in place.as_object().expect("an object") {
        service[key] = value.clone();
    }
    (definition, service)
}

/// Five services and a daemon on twelve instances of two types in two groups and three zones.
fn cluster() -> Value {
    let on = |provider: &str| json!({"capacityProviderStrategy": [{"capacityProvider": provider, "weight": 1, "base": 0}]});
    let rows = [
        running("shop", 6, (512, 1024), &on("general")),
        running("basket", 8, (1024, 2048), &on("general")),
        running("jobs", 4, (512, 2048), &on("general")),
        running("index", 2, (1024, 8192), &on("memory")),
        running("mail", 2, (512, 512), &json!({"launchType": "EC2"})),
        running(
            "agent",
            12,
            (64, 128),
            &json!({"launchType": "EC2", "schedulingStrategy": "DAEMON", "placementStrategy": [],
            "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}}),
        ),
    ];
    let (definitions, services): (Vec<Value>, Vec<Value>) = rows.into_iter().unzip();
    let instances = (0..12).map(|index| {
        let (provider, kind, cpu, memory) = if index < 9 {
            ("general", "m5.xlarge", 4096, 15562)
        } else {
            ("memory", "r5.xlarge", 4096, 31445)
        };
        let id = format!("{index:017x}");
        json!({"containerInstanceArn": format!("{ACCOUNT}:container-instance/prod/{id}"), "ec2InstanceId": format!("i-{id}"),
            "capacityProviderName": provider, "status": "ACTIVE", "agentConnected": true, "runningTasksCount": 3, "tags": [],
            "attributes": [{"name": "ecs.instance-type", "value": kind},
                {"name": "ecs.availability-zone", "value": ZONES[index % 3]}],
            "registeredResources": [{"name": "CPU", "type": "INTEGER", "integerValue": cpu},
                {"name": "MEMORY", "type": "INTEGER", "integerValue": memory}]})
    });
    let provider = |name: &str| {
        json!({"capacityProviderArn": format!("{ACCOUNT}:capacity-provider/{name}"), "name": name, "status": "ACTIVE",
            "autoScalingGroupProvider": {"autoScalingGroupArn":
                format!("arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1-2:autoScalingGroupName/{name}-asg"),
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100}, "managedTerminationProtection": "DISABLED"}})
    };
    let group = |name: &str, count: u64| {
        json!({"AutoScalingGroupName": format!("{name}-asg"), "MinSize": 0, "MaxSize": 30, "DesiredCapacity": count,
            "AvailabilityZones": ZONES, "LaunchTemplate": {"LaunchTemplateId": "lt-0abc", "Version": "$Latest"}})
    };
    json!({"version": 1, "cluster": "prod", "region": "us-east-1", "availabilityZones": ZONES, "services": services,
        "taskDefinitions": definitions, "containerInstances": instances.collect::<Vec<_>>(),
        "capacityProviders": [provider("general"), provider("memory")],
        "autoScalingGroups": [group("general", 9), group("memory", 3)]})
}

fn planned() -> Cluster {
    static FILES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    Cluster::new(cluster(), FILES.get_or_init(|| exported(&cluster())))
}

/// Bills of the stages, from the plan alone: today; with each new group at its smallest size, its dearest instances first; with
/// all of the plan beside today's; the plan's.
fn stage_bills(plan: &Value) -> [f64; 4] {
    let usd = |value: &Value| value.as_f64().expect("an amount");
    let today = usd(&plan["cost"]["currentUsdPerHour"]);
    let (mut least, mut whole) = (0.0, 0.0);
    for provider in list(&plan["capacityProviders"]) {
        let mut prices: Vec<f64> = Vec::new();
        for row in list(&plan["instances"]) {
            if row["capacityProvider"] == provider["name"] {
                let count = usize::try_from(row["count"].as_u64().expect("a count"));
                prices.extend(vec![usd(&row["usdPerHour"]); count.expect("small")]);
            }
        }
        prices.sort_by(|a, b| b.total_cmp(a));
        let smallest = usize::try_from(provider["minSize"].as_u64().expect("a size"));
        least += prices.iter().take(smallest.expect("small")).sum::<f64>();
        whole += prices.iter().sum::<f64>();
    }
    assert!((whole - usd(&plan["cost"]["usdPerHour"])).abs() < 1e-6);
    [today, today + least, today + whole, whole]
}

/// The four numbers of the sentence on the bill, out of a comment of any format.
fn said_bills(text: &str) -> Vec<f64> {
    let (_, rest) = (text.split_once("The bill in USD per hour:")).expect("the bills");
    (rest.split_whitespace())
        .map(|word| word.trim_end_matches(','))
        // The numbers of the stages.
        .filter(|word| !["1", "2"].contains(word))
        .filter_map(|word| word.parse().ok())
        .take(4)
        .collect()
}

fn assert_bills(text: &str, plan: &Value) {
    let (said, right) = (said_bills(text), stage_bills(plan));
    assert_eq!(said.len(), 4, "{said:?}");
    for (said, right) in said.iter().zip(right) {
        assert!((said - right).abs() < 1e-6, "{said} and not {right}");
    }
}

#[test]
fn the_script_moves_a_pasted_cluster_and_its_bills_add_up_to_the_plans() {
    let cluster = planned();
    let said = succeeded(&cluster.apply("yes"));
    let state = cluster.state();
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6;

    let said = bills(&said);
    let right = stage_bills(&cluster.plan);
    assert!(close(said[0].1, right[1]), "{said:?}");
    let moved: Vec<&(String, f64)> = (said.iter())
        .filter(|(what, _)| what.ends_with("has moved."))
        .collect();
    assert_eq!(moved.len(), 5, "{said:?}");
    assert!(close(moved[4].1, right[2]), "{said:?}");
    // Each old provider takes what its instances cost off the bill, and what is left is the plan's.
    let gone = |provider: &str| {
        let what = format!("{provider} is gone.");
        (said.iter().position(|(said, _)| *said == what)).expect("it goes")
    };
    for (provider, count, kind) in [("general", 9.0, "m5.xlarge"), ("memory", 3.0, "r5.xlarge")] {
        let at = gone(provider);
        let taken = said[at - 1].1 - said[at].1;
        assert!(close(taken, count * cluster.price_of(kind)), "{said:?}");
    }
    let last = said.last().expect("a line").1;
    assert!(close(last, cluster.planned_usd()), "{said:?}");

    // The stand-in bills what was said at the ends, and no more in between.
    let lists = billed(&state, "put-cluster-capacity-providers");
    assert!(close(lists[0], right[1]), "{lists:?}");
    for (billed, (what, most)) in (billed(&state, "list-service-deployments").iter()).zip(moved) {
        assert!(*billed <= most + 1e-6, "{what}: {billed} above {most}");
    }
    let ends = billed(&state, "delete-auto-scaling-group");
    assert!(close(*ends.last().expect("a group"), last), "{ends:?}");
    assert_eq!(
        state["cluster"]["capacityProviders"],
        json!(cluster.planned_providers())
    );
}

#[test]
fn every_format_has_the_stages_and_their_bills() {
    let cluster = planned();
    let formats: [&[&str]; 7] = [
        &["terraform"],
        &["terraform", "--style", "modules"],
        &["terraform-json"],
        &["cloudformation-json"],
        &["cloudformation-yaml"],
        &["cdk"],
        &["asg-json"],
    ];
    for format in formats {
        assert_bills(&cluster.exported_as(format), &cluster.plan);
    }
    let script = std::fs::read_to_string(cluster.at("deploy/apply.sh")).expect("a script");
    assert_bills(&script, &cluster.plan);
}

/// The old providers are on the cluster's list while services move, and on none once they have.
#[test]
fn old_providers_leave_the_list_in_the_last_stage_only() {
    let cluster = planned();
    let staged = r#"var.stage == "move" ? ["general", "memory"] : []"#;
    for style in ["resources", "modules"] {
        let text = cluster.exported_as(&["terraform", "--style", style]);
        assert_eq!(text.matches(staged).count(), 1, "{text}");
        assert_eq!(text.matches(r#""general""#).count(), 1, "{text}");
        assert!(
            text.contains(r#"contains(["move", "retire"], var.stage)"#),
            "{text}"
        );
    }
    let template: Value =
        serde_json::from_str(&cluster.exported_as(&["cloudformation-json"])).expect("JSON");
    let listed = &template["Resources"]["ProviderAssociations"]["Properties"]["CapacityProviders"];
    let chosen = list(&listed["Fn::If"]);
    assert_eq!(chosen[0], "Moves");
    let (both, new) = (list(&chosen[1]), list(&chosen[2]));
    assert_eq!(new.len(), cluster.planned_providers().len());
    assert_eq!(both, [new, &[json!("general"), json!("memory")]].concat());
    assert_eq!(template["Parameters"]["Stage"]["Default"], "move");

    // Services wait for the list, and each for the one before it.
    let waits: Vec<&Value> = (template["Resources"]
        .as_object()
        .expect("resources")
        .values())
    .filter(|resource| resource["Type"] == "AWS::ECS::Service")
    .map(|service| &service["DependsOn"])
    .collect();
    assert_eq!(waits.len(), 5);
    let mut names: Vec<&str> = (waits.iter())
        .flat_map(|waits| {
            waits
                .as_array()
                .map_or_else(|| vec![text(waits)], |all| all.iter().map(text).collect())
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(names.contains(&"ProviderAssociations"), "{names:?}");
}

/// A plain Auto Scaling group behind no provider is in nobody's way, and in every bill until somebody ends it.
#[test]
fn instances_outside_providers_are_left_and_billed_to_the_end() {
    let mut today = cluster();
    for instance in &mut today["containerInstances"].as_array_mut().expect("a list")[9..] {
        (instance.as_object_mut().expect("an object")).remove("capacityProviderName");
    }
    today["capacityProviders"] = json!([today["capacityProviders"][0]]);
    today["services"][3]["capacityProviderStrategy"] = json!([]);
    let files = exported(&today);
    let cluster = Cluster::new(today, &files);
    let outside = 3.0 * cluster.price_of("r5.xlarge");
    let (_, script) = (files.iter().find(|(name, _)| name == "deploy/apply.sh")).expect("a script");
    let said = bills(script);
    let (what, last) =
        (said.iter().find(|(what, _)| what.contains("s fleet, and"))).expect("the end");
    assert!(
        (last - outside - cluster.planned_usd()).abs() < 1e-6,
        "{what} {last}"
    );
    let text = cluster.exported_as(&["asg-json"]);
    assert!(
        text.contains("Outside capacity providers run today 3 of r5.xlarge"),
        "{text}"
    );
}
