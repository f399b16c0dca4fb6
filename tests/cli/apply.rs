//! `bayplan apply CLUSTER PLAN`: the steps, and what stands against them.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::bayplan;

/// A snapshot as `bayplan snapshot` writes it: two services on a group of m5.large in two zones.
pub fn snapshot() -> Value {
    let instance = |number: u64| {
        json!({"containerInstanceArn": format!("arn:aws:ecs:us-east-1:0:container-instance/prod/c{number}"),
            "ec2InstanceId": format!("i-0{number}"), "status": "ACTIVE", "capacityProviderName": "old",
            "agentConnected": true, "purchaseOption": "on-demand",
            "attributes": [{"name": "ecs.instance-type", "value": "m5.2xlarge"},
                {"name": "ecs.availability-zone", "value": if number.is_multiple_of(2) {"us-east-1a"} else {"us-east-1b"}}],
            "registeredResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 8192},
                {"name": "MEMORY", "type": "INTEGER", "integerValue": 31000}]})
    };
    let definition = |family: &str, cpu: &str| {
        json!({"family": family, "revision": 3, "status": "ACTIVE", "networkMode": "bridge", "cpu": cpu, "memory": "1024",
            "requiresCompatibilities": ["EC2"], "containerDefinitions": [{"name": "app", "cpu": 0, "memory": 512}]})
    };
    let service = |name: &str, count: u64| {
        json!({"serviceArn": format!("arn:aws:ecs:us-east-1:0:service/prod/{name}"), "serviceName": name,
            "status": "ACTIVE", "desiredCount": count, "schedulingStrategy": "REPLICA", "taskDefinition": format!("{name}:3"),
            "capacityProviderStrategy": [{"capacityProvider": "old", "weight": 1, "base": 0}],
            "placementStrategy": [{"type": "binpack", "field": "memory"}],
            "deploymentController": {"type": "ECS"},
            "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 200}})
    };
    json!({
        "version": 1, "cluster": "prod", "region": "us-east-1",
        "snapshot": {"takenAt": "2026-11-01T00:00:00Z", "fingerprint": "f".repeat(64)},
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "clusters": [{"clusterName": "prod", "capacityProviders": ["old", "FARGATE"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": "old", "weight": 1, "base": 0}]}],
        "taskDefinitions": [definition("api", "1024"), definition("web", "512")],
        "services": [service("api", 6), service("web", 4)],
        "capacityProviders": [{"name": "old", "status": "ACTIVE", "autoScalingGroupProvider": {
            "autoScalingGroupArn": "arn:aws:autoscaling:us-east-1:0:autoScalingGroup:u:autoScalingGroupName/old-asg",
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100, "minimumScalingStepSize": 1,
                "maximumScalingStepSize": 10000, "instanceWarmupPeriod": 300},
            "managedTerminationProtection": "ENABLED", "managedDraining": "ENABLED"}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "old-asg", "MinSize": 0, "MaxSize": 6, "DesiredCapacity": 4,
            "AvailabilityZones": ["us-east-1a", "us-east-1b"], "VPCZoneIdentifier": "subnet-a,subnet-b",
            "LaunchTemplate": {"LaunchTemplateName": "nodes", "LaunchTemplateId": "lt-1", "Version": "$Latest"},
            "NewInstancesProtectedFromScaleIn": true, "Tags": [{"Key": "AmazonECSManaged"}],
            "Instances": (0..4).map(|n| json!({"InstanceId": format!("i-0{n}"), "InstanceType": "m5.2xlarge"})).collect::<Vec<_>>()}],
        "launchTemplates": [
            {"LaunchTemplateName": "nodes", "LaunchTemplateId": "lt-1", "VersionNumber": 8, "DefaultVersion": false,
                "LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "m5.2xlarge"}}],
        "containerInstances": (0..4).map(instance).collect::<Vec<_>>(),
        "subnets": [{"SubnetId": "subnet-a", "AvailabilityZone": "us-east-1a"},
            {"SubnetId": "subnet-b", "AvailabilityZone": "us-east-1b"}],
    })
}

/// The same with strategies that no plan has: its group is replaced, and not given other types.
fn replaced() -> Value {
    let mut cluster = snapshot();
    for service in 0..2 {
        cluster["services"][service]["capacityProviderStrategy"][0]["base"] = json!(1);
    }
    cluster
}

/// A snapshot with its plan, in a folder of their own.
pub struct Given {
    folder: TempDir,
}

impl Given {
    fn new(snapshot: &Value) -> Self {
        Self::planned(snapshot, &[])
    }

    /// With further flags of the plan.
    pub fn planned(snapshot: &Value, flags: &[&str]) -> Self {
        let given = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        fs::write(given.snapshot(), snapshot.to_string()).expect("written");
        let mut command = bayplan();
        command.arg("plan").arg(given.snapshot());
        command.args([
            "--format",
            "json",
            "--work-limit",
            "300000",
            "--quiet",
            "--output",
        ]);
        command.arg(given.plan()).args(flags).assert().success();
        given
    }

    pub fn snapshot(&self) -> PathBuf {
        self.folder.path().join("prod.json")
    }

    pub fn plan(&self) -> PathBuf {
        self.folder.path().join("plan.json")
    }

    /// Exit code, stdout and stderr.
    pub fn apply(&self, flags: &[&str]) -> (i32, String, String) {
        let mut command = bayplan();
        command
            .arg("apply")
            .arg(self.snapshot())
            .arg(self.plan())
            .args(flags);
        let output = command.output().expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (
            output.status.code().unwrap_or(-1),
            text(output.stdout),
            text(output.stderr),
        )
    }
}

#[test]
fn steps_are_numbered_with_the_bill_after_each_and_nothing_goes_unless_it_is_allowed() {
    let given = Given::new(&replaced());
    let (code, text, warnings) = given.apply(&["--allow-delete", "--detailed-exitcode"]);
    assert_eq!(code, 3, "{warnings}");
    insta::assert_snapshot!(text);
    assert!(
        warnings.contains("4 of today's instances are taken away, and 2 may be"),
        "{warnings}"
    );
    let (code, text, _) = given.apply(&[]);
    assert_eq!(code, 0);
    assert!(
        text.contains("only with --allow-delete") && !text.contains("delete group"),
        "{text}"
    );
    let (_, text, _) = given.apply(&["--max-steps", "2", "--format", "json"]);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["steps"].as_array().map(Vec::len), Some(2));
    // `$Latest` stands for the version that the snapshot shows, and is never written into a group of ours.
    let template = &document["steps"][0]["work"]["change"]["leaves"]["group"]["template"];
    assert_eq!(template, &json!({"template": "nodes", "version": "8"}));
}

#[test]
fn what_must_not_be_touched_is_refused_and_what_is_missing_is_listed() {
    let mut cluster = replaced();
    cluster["services"][0]["deploymentController"]["type"] = json!("CODE_DEPLOY");
    cluster["services"][1]["resourceManagementType"] = json!("ECS");
    let (code, _, error) = Given::new(&cluster).apply(&["--allow-delete"]);
    assert_eq!(code, 31, "{error}");
    assert!(
        error.contains("service api is not touched: CodeDeploy"),
        "{error}"
    );
    assert!(
        error.contains("service web is not touched: ECS manages"),
        "{error}"
    );

    let mut cluster = replaced();
    cluster["launchTemplates"] = json!([]);
    cluster["subnets"] = json!([]);
    let given = Given::new(&cluster);
    let (code, _, error) = given.apply(&[]);
    assert_eq!(code, 20, "{error}");
    assert!(
        error.contains("--launch-template") && error.contains("no subnet"),
        "{error}"
    );
    let (code, _, error) = given.apply(&["--launch-template", "nodes:$Latest"]);
    assert_eq!(code, 2, "{error}");
}

#[test]
fn instances_with_tasks_that_the_plan_has_no_place_for_are_not_taken_away() {
    let mut cluster = replaced();
    let task = |group: &str| {
        json!({"group": group, "lastStatus": "RUNNING",
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:0:task-definition/x:1",
            "containerInstanceArn": "arn:aws:ecs:us-east-1:0:container-instance/prod/c1"})
    };
    // A service that was left out of the snapshot, and a task of none.
    cluster["tasks"] = json!([
        task("service:api"),
        task("service:win"),
        task("service:win"),
        task("family:job")
    ]);
    let given = Given::new(&cluster);
    let (code, shown, error) = given.apply(&["--allow-delete"]);
    assert_eq!((code, shown.as_str()), (31, ""), "{error}");
    for said in [
        "2 tasks of service:win",
        "1 tasks of family:job",
        "leave out --allow-delete",
    ] {
        assert!(error.contains(said), "{error}");
    }
    assert!(!error.contains("service:api"), "{error}");
    let (code, _, error) = given.apply(&[]);
    assert_eq!(code, 0, "{error}");
}

#[test]
fn a_group_with_members_that_are_not_the_clusters_is_not_retired() {
    let mut cluster = replaced();
    let members = cluster["autoScalingGroups"][0]["Instances"]
        .as_array_mut()
        .expect("a list");
    // One of another cluster, and one that has not registered yet.
    members.push(json!({"InstanceId": "i-foreign", "LifecycleState": "InService"}));
    members.push(json!({"InstanceId": "i-coming", "LifecycleState": "Pending"}));
    let (code, shown, error) = Given::new(&cluster).apply(&["--allow-delete"]);
    assert_eq!((code, shown.as_str()), (31, ""), "{error}");
    assert!(
        error.contains("group old-asg is not touched: it has instances that are no container instances of the cluster")
            && error.contains("i-foreign")
            && !error.contains("i-coming"),
        "{error}"
    );
}

#[test]
fn a_plan_goes_into_the_cluster_of_its_own_snapshot_alone() {
    let given = Given::new(&replaced());
    let (code, _, error) = given.apply(&["--cluster", "other"]);
    assert_eq!(code, 20, "{error}");
    let mut later = replaced();
    later["snapshot"]["fingerprint"] = json!("e".repeat(64));
    fs::write(given.snapshot(), later.to_string()).expect("written");
    let (code, _, error) = given.apply(&[]);
    assert_eq!(code, 20, "{error}");
    assert!(
        error.contains("give the one that the plan was made from"),
        "{error}"
    );
    let mut none = replaced();
    none.as_object_mut().expect("an object").remove("snapshot");
    let (code, _, error) = Given::new(&none).apply(&[]);
    assert_eq!(code, 20, "{error}");
    assert!(error.contains("not made from a snapshot"), "{error}");
}

#[test]
fn a_group_of_todays_gets_other_types_where_its_services_keep_their_strategies() {
    let given = Given::new(&snapshot());
    let (code, text, error) = given.apply(&["--allow-delete", "--max-instances-changed", "9"]);
    assert_eq!(code, 0, "{error}");
    for said in [
        "7 steps, 0 services roll out",
        "4 instances of today taken away",
        "update group old-asg: minSize 0 → 2, instanceTypes [] → [c6a.xlarge]",
        "launch into group old-asg: minSize 2 → 6",
        "drain and terminate all but 2 instances of c6a.xlarge of group old-asg",
    ] {
        assert!(text.contains(said), "{text}");
    }
    assert!(
        !text.contains("create") && !text.contains("delete"),
        "{text}"
    );
}

/// Groups whose desired capacity the exported script resets every day.
fn resets_of_export(given: &Given) -> usize {
    let folder = given.folder.path().join("deploy");
    let mut command = bayplan();
    command.arg("export").arg(given.plan()).arg("--cluster");
    command.arg(given.snapshot()).args(["--format", "cli"]);
    command.arg("--output-dir").arg(&folder).assert().success();
    let files = fs::read_dir(folder).expect("a folder");
    files
        .filter(|file| {
            let name = file.as_ref().expect("a file").file_name();
            name.to_string_lossy().starts_with("65-reset-")
        })
        .count()
}

#[test]
fn resets_that_a_plan_counts_on_and_no_step_sets_are_said_as_many_as_an_export_has() {
    let mut grows = snapshot();
    for service in 0..2 {
        grows["services"][service]["minCount"] = json!(2);
        grows["services"][service]["maxCount"] = json!(12);
    }
    let given = Given::new(&grows);
    let groups = resets_of_export(&given);
    assert!(groups > 0);
    let document = |given: &Given| -> Value {
        let (_, text, error) = given.apply(&["--allow-delete", "--format", "json"]);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{error}"))
    };
    let said = document(&given);
    assert_eq!(said["resetsNotSet"], groups);
    assert!(
        !said["steps"].to_string().contains("bayplan-reset"),
        "{said}"
    );
    let (_, text, _) = given.apply(&["--allow-delete"]);
    let group = if groups == 1 {
        "1 group".to_owned()
    } else {
        format!("{groups} groups")
    };
    let line = format!("  Resets  no step sets the daily reset of {group} that the plan counts on");
    assert!(text.contains(&line), "{text}");

    // A plan that counts on none says nothing of it.
    let mut stays = snapshot();
    stays["policy"] = json!({"deploymentSurge": false});
    let given = Given::new(&stays);
    assert_eq!(resets_of_export(&given), 0);
    assert_eq!(document(&given)["resetsNotSet"], 0);
    let (_, text, _) = given.apply(&["--allow-delete"]);
    assert!(!text.contains("Resets"), "{text}");
}

#[test]
fn what_services_stand_on_that_the_snapshot_left_out_is_not_taken_away() {
    let given = |held: Value| {
        let mut cluster = replaced();
        cluster["leftOut"] = json!([held]);
        let given = Given::new(&cluster);
        let plan: Value =
            serde_json::from_slice(&fs::read(given.plan()).expect("a plan")).expect("JSON");
        let (code, text, error) = given.apply(&["--allow-delete", "--max-instances-changed", "9"]);
        assert_eq!(code, 0, "{error}");
        (plan, text)
    };
    for held in [
        json!({"serviceName": "win", "capacityProviderStrategy": [{"capacityProvider": "old", "weight": 1}]}),
        json!({"serviceName": "win", "launchType": "EC2"}),
    ] {
        let (plan, text) = given(held);
        assert!(
            !text.contains("drain") && !text.contains("delete"),
            "{text}"
        );
        assert_eq!(plan["cost"]["currentUsdPerHour"], Value::Null);
        assert!(
            !plan["changes"].to_string().contains("remove"),
            "{}",
            plan["changes"]
        );
    }
    // What stands on Fargate holds no instance.
    let (plan, text) = given(json!({"serviceName": "f", "launchType": "FARGATE"}));
    assert!(text.contains("delete group old-asg"), "{text}");
    assert!(plan["cost"]["currentUsdPerHour"].is_number());
}

#[test]
fn a_name_that_the_snapshot_changed_is_not_applied() {
    let mut cluster = replaced();
    cluster["clusters"][0]["clusterName"] = json!("prod-000000000000");
    cluster["cluster"] = json!("prod-000000000000");
    let (code, _, error) = Given::new(&cluster).apply(&[]);
    assert_eq!(code, 31, "{error}");
    assert!(error.contains("zeros in place of the account"), "{error}");
}

/// AWS refuses a list of types beside a template that asks for Spot instances itself: known before the first step.
#[test]
fn a_template_that_asks_for_spot_itself_makes_no_group_with_a_list_of_types() {
    let mut cluster = snapshot();
    cluster["launchTemplates"][0]["LaunchTemplateData"]["InstanceMarketOptions"] =
        json!({"MarketType": "spot"});
    let given = Given::new(&cluster);
    let (code, _, error) = given.apply(&[]);
    assert_eq!(code, 20, "{error}");
    assert!(
        error.contains("launch template nodes:8 asks for Spot instances itself"),
        "{error}"
    );
    let (code, _, error) = given.apply(&["--launch-template", "nodes:8"]);
    assert!(code == 20 && error.contains("nodes:8"), "{error}");
    let (code, text, error) = given.apply(&["--launch-template", "plain:3"]);
    assert!(code == 0 && text.contains("template plain:3"), "{error}");
}

/// Another part of On-Demand instances makes Auto Scaling replace what is there: those instances are in the budget.
#[test]
fn instances_that_another_mix_replaces_are_counted() {
    let mut cluster = snapshot();
    let name = "bayplan-general-a";
    cluster["capacityProviders"][0]["name"] = json!(name);
    cluster["capacityProviders"][0]["autoScalingGroupProvider"]["autoScalingGroupArn"] = json!(
        format!("arn:aws:autoscaling:us-east-1:0:autoScalingGroup:u:autoScalingGroupName/{name}")
    );
    cluster["clusters"][0]["capacityProviders"] = json!([name]);
    cluster["clusters"][0]["defaultCapacityProviderStrategy"] = json!([]);
    for service in cluster["services"].as_array_mut().expect("a list") {
        service["capacityProviderStrategy"] =
            json!([{"capacityProvider": name, "weight": 1, "base": 0}]);
    }
    for instance in cluster["containerInstances"]
        .as_array_mut()
        .expect("a list")
    {
        instance["capacityProviderName"] = json!(name);
    }
    let group = &mut cluster["autoScalingGroups"][0];
    group["AutoScalingGroupName"] = json!(name);
    group
        .as_object_mut()
        .expect("an object")
        .remove("LaunchTemplate");
    group["MixedInstancesPolicy"] = json!({
        "LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "nodes", "Version": "8"},
            "Overrides": [{"InstanceType": "m5.2xlarge"}]},
        "InstancesDistribution": {"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 50,
            "SpotAllocationStrategy": "price-capacity-optimized"}});
    let given = Given::planned(&cluster, &["--allowed-instance-types", "m5.2xlarge"]);
    let (code, text, error) =
        given.apply(&["--allowed-instance-types", "m5.2xlarge", "--format", "json"]);
    assert_eq!(code, 0, "{error}");
    let shown: Value = serde_json::from_str(&text).expect("JSON");
    let mixed: Vec<&Value> = (shown["steps"].as_array().into_iter().flatten())
        .filter(|step| step["work"]["change"]["leaves"]["group"]["onDemandPercent"] == 100)
        .filter(|step| step["work"]["change"]["expects"]["group"]["onDemandPercent"] == 50)
        .collect();
    assert_eq!(mixed.len(), 1, "{shown:#}");
    assert_eq!(mixed[0]["instancesTakenAway"], 4);
    let said = mixed[0]["step"].as_str().expect("a text");
    assert!(
        said.contains("Auto Scaling replaces its instances"),
        "{said}"
    );
    assert_eq!(shown["services"], 0, "no service rolls out");
    assert!(error.contains("over the budget"), "{error}");
}
