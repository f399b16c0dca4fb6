//! `bayplan apply` of plans around today's instances, and of plans that leave today alone; the later cluster beside the plan.

use std::fs;

use serde_json::{Value, json};

use crate::apply::{Given, snapshot};

/// Eight half-empty instances in one group, each with five tasks of the only service.
fn half_empty() -> Value {
    let mut cluster = snapshot();
    let arn = |number: usize| format!("arn:aws:ecs:us-east-1:0:container-instance/prod/c{number}");
    let instance = |number: usize| {
        let mut one = cluster["containerInstances"][0].clone();
        one["containerInstanceArn"] = json!(arn(number));
        one["ec2InstanceId"] = json!(format!("i-0{number}"));
        one["attributes"] = json!([{"name": "ecs.instance-type", "value": "m5.2xlarge"},
            {"name": "ecs.availability-zone", "value": "us-east-1a"}]);
        one
    };
    let instances: Vec<Value> = (0..8).map(instance).collect();
    let tasks: Vec<Value> = (0..40)
        .map(|task| {
            json!({"containerInstanceArn": arn(task % 8), "group": "service:api", "lastStatus": "RUNNING",
                "taskDefinitionArn": "arn:aws:ecs:us-east-1:0:task-definition/api:3"})
        })
        .collect();
    cluster["availabilityZones"] = json!(["us-east-1a"]);
    cluster["autoScalingGroups"][0]["AvailabilityZones"] = json!(["us-east-1a"]);
    cluster["autoScalingGroups"][0]["VPCZoneIdentifier"] = json!("subnet-a");
    cluster["containerInstances"] = json!(instances);
    cluster["tasks"] = json!(tasks);
    cluster["services"] = json!([cluster["services"][0]]);
    cluster["services"][0]["desiredCount"] = json!(40);
    cluster["taskDefinitions"][0]["cpu"] = json!("512");
    let group = &mut cluster["autoScalingGroups"][0];
    (group["DesiredCapacity"], group["MaxSize"]) = (json!(8), json!(20));
    group["Instances"] = (0..8)
        .map(|n| json!({"InstanceId": format!("i-0{n}"), "InstanceType": "m5.2xlarge"}))
        .collect();
    cluster
}

/// The steps as programs read them.
fn steps(given: &Given, flags: &[&str]) -> Value {
    let (code, text, error) = given.apply(&[flags, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn waves_are_steps_that_launch_before_they_drain_and_name_what_goes() {
    let given = Given::planned(&half_empty(), &["--max-moves", "15"]);
    let plan: Value =
        serde_json::from_slice(&fs::read(given.plan()).expect("a plan")).expect("JSON");
    let waves = plan["moves"]["waves"].as_array().expect("waves");
    let allowed = ["--allow-delete", "--max-instances-changed", "9"];
    let shown = steps(&given, &allowed);
    let of_waves: Vec<&Value> = (shown["steps"].as_array().into_iter().flatten())
        .filter(|step| !step["wave"].is_null())
        .collect();
    let drains = |wave: &Value| wave["drains"] != json!([]);
    for (index, wave) in waves.iter().enumerate().filter(|(_, wave)| drains(wave)) {
        let mut own = of_waves
            .iter()
            .filter(|step| step["wave"] == json!(index + 1));
        let named: Vec<&Value> = own
            .clone()
            .filter_map(|step| step["work"]["drain"]["named"].as_array())
            .flatten()
            .collect();
        let drains: Vec<&Value> = wave["drains"].as_array().into_iter().flatten().collect();
        assert_eq!(named, drains);
        let restarts: u64 = own
            .clone()
            .filter_map(|step| step["restarts"].as_u64())
            .sum();
        assert_eq!(json!(restarts), wave["restarts"]);
        let last = own.next_back().expect("a step");
        assert_eq!(last["usdPerHourAfter"], wave["usdPerHour"]);
        assert_eq!(last["tasksWaitingAfter"], json!(0));
    }
    let drained = plan["moves"]["drained"].as_array().map(Vec::len);
    assert!(drained > Some(0));
    assert_eq!(
        shown["instancesTakenAway"].as_u64(),
        drained.map(|it| it as u64)
    );
    // Nothing of a wave is done where nothing may be taken away.
    let kept = steps(&given, &[]);
    let mut left = kept["steps"].as_array().into_iter().flatten();
    assert!(left.all(|step| step["wave"].is_null()));
    // Waves of somebody's own are refused: by the check what it derives, by the rehearsal the rest.
    let refused = |forged: &Value, why: &str| {
        fs::write(given.plan(), forged.to_string()).expect("written");
        let (code, _, error) = given.apply(&allowed);
        assert!(code == 12 && error.contains(why), "{error}");
    };
    let mut forged = plan.clone();
    let drains = forged["moves"]["waves"][0]["drains"].as_array_mut();
    drains.expect("drains").pop();
    refused(&forged, "V49 moves.waves");
    let mut forged = plan.clone();
    let restarts = &mut forged["moves"]["waves"][0]["restarts"];
    *restarts = json!(restarts.as_u64().expect("a count") + 1);
    refused(&forged, "waves are not those");
    fs::write(given.plan(), plan.to_string()).expect("written");
    let (_, text, _) = given.apply(&allowed);
    assert!(text.contains("no task waits after any"), "{text}");
    let (code, picture, _) = given.apply(&[&allowed[..], &["--format", "svg"]].concat());
    assert!(code == 0 && picture.starts_with("<svg"), "{picture}");
}

/// The group that the wave launches into has its least size from the beginning, which no step waits for: the wave does.
#[test]
fn services_roll_out_before_the_first_wave_and_its_launches_are_waited_for_before_its_drains() {
    let types = ["--allowed-instance-types", "m5.2xlarge,c6a.xlarge"];
    let mut cluster = half_empty();
    // A strategy that no plan has, so that the group is replaced, and not given other types.
    cluster["services"][0]["capacityProviderStrategy"][0]["base"] = json!(1);
    let given = Given::planned(&cluster, &[&["--max-moves", "40"][..], &types].concat());
    let allowed = ["--allow-delete", "--max-instances-changed", "9"];
    let shown = steps(&given, &allowed);
    let all = shown["steps"].as_array().expect("steps");
    let place = |is: &dyn Fn(&Value) -> bool| all.iter().position(is).expect("a step");
    let rollout = place(&|step| step["work"]["change"]["target"]["service"] == "api");
    let first = place(&|step| step["wave"] == 1);
    let waits = place(&|step| step["work"]["change"]["fills"] == true);
    let drains = place(&|step| step["work"]["drain"].is_object());
    assert_eq!((rollout + 1, waits), (first, first), "{shown:#}");
    assert!(waits < drains, "{shown:#}");
    let groups = ["expects", "leaves"].map(|of| &all[waits]["work"]["change"][of]["group"]);
    assert_eq!(groups[0], groups[1]);
    let (_, text, _) = given.apply(&allowed);
    let said = "wave 1: wait for 6 instances of group bayplan-compute-a to take tasks";
    assert!(text.contains(said), "{text}");
}

#[test]
fn a_plan_that_leaves_today_alone_has_no_steps() {
    let given = Given::planned(&half_empty(), &["--max-moves", "5", "--min-saving", "1"]);
    let (code, text, error) = given.apply(&["--allow-delete", "--detailed-exitcode"]);
    assert_eq!(code, 0, "{error}");
    assert!(
        text.contains("nothing to do, the plan leaves today's fleet alone"),
        "{text}"
    );
    assert_eq!(steps(&given, &[])["leavesTodayAlone"], json!(true));
    let (code, _, error) = given.apply(&["--verify"]);
    assert!(
        code == 20 && error.contains("nothing to compare"),
        "{error}"
    );
}

#[test]
fn the_later_cluster_is_held_against_the_plan() {
    let today = half_empty();
    let given = Given::planned(&today, &["--max-moves", "10"]);
    let later = given.snapshot().with_file_name("later.json");
    let against = |cluster: &Value| {
        fs::write(&later, cluster.to_string()).expect("written");
        let file = later.display().to_string();
        given.apply(&["--verify", "--against", &file, "--format", "json"])
    };
    // As before the apply: the instances that go are there still.
    let (code, text, error) = against(&today);
    assert_eq!(code, 12, "{error}");
    let found: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&found["agrees"], &found["instances"]["live"]),
        (&json!(false), &json!(8))
    );
    // As the plan leaves it.
    let done = applied(&today, &given);
    let (code, text, error) = against(&done);
    assert_eq!(code, 0, "{text} {error}");
    // With one thing changed each.
    let codes = |cluster: &Value| -> Vec<String> {
        let (code, text, error) = against(cluster);
        assert_eq!(code, 12, "{text} {error}");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        let rows = found["differences"].as_array().into_iter().flatten();
        rows.map(|row| row["code"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let mut other = done.clone();
    other["autoScalingGroups"][0]["MaxSize"] = json!(77);
    assert_eq!(codes(&other), ["setting"]);
    let mut other = done.clone();
    other["containerInstances"][0]["attributes"][0]["value"] = json!("m5.4xlarge");
    assert_eq!(codes(&other), ["instances", "instances", "bill"]);
    let mut other = done.clone();
    other["tasks"].as_array_mut().expect("tasks").pop();
    assert_eq!(codes(&other), ["tasks"]);
    let mut other = done;
    other["services"][0]["capacityProviderStrategy"][0]["capacityProvider"] = json!("FARGATE");
    assert!(codes(&other).contains(&"setting".to_owned()));
    let (code, _, error) = given.apply(&["--against", "x.json"]);
    assert!(code == 2 && error.contains("--verify"), "{error}");
}

/// The snapshot after the steps: what each change leaves, without the instances that go, whose tasks run elsewhere.
fn applied(today: &Value, given: &Given) -> Value {
    let shown = steps(given, &["--allow-delete", "--max-instances-changed", "9"]);
    let mut after = today.clone();
    let mut gone: Vec<String> = Vec::new();
    for step in shown["steps"].as_array().into_iter().flatten() {
        let leaves = &step["work"]["change"]["leaves"];
        if let Some(group) = leaves["group"].as_object() {
            let own = &mut after["autoScalingGroups"][0];
            (own["MinSize"], own["MaxSize"]) = (group["minSize"].clone(), group["maxSize"].clone());
            own["NewInstancesProtectedFromScaleIn"] = group["protected"].clone();
            // A group that launched by its template alone goes on doing so where all of its instances stay.
            if group["instanceTypes"] == json!([]) {
                continue;
            }
            own["MixedInstancesPolicy"] = json!({
                "LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "nodes", "Version": "8"},
                    "Overrides": group["instanceTypes"].as_array().into_iter().flatten()
                        .map(|kind| json!({"InstanceType": kind})).collect::<Vec<_>>()},
                "InstancesDistribution": {"OnDemandBaseCapacity": group["onDemandBase"],
                    "OnDemandPercentageAboveBaseCapacity": group["onDemandPercent"]}});
        }
        if let Some(service) = leaves["service"].as_object() {
            after["services"][0]["placementStrategy"] = service["placement"].clone();
            after["services"][0]["capacityProviderStrategy"] = service["strategy"].clone();
        }
        let named = step["work"]["drain"]["named"].as_array();
        gone.extend(
            named
                .into_iter()
                .flatten()
                .map(|arn| arn.as_str().unwrap_or_default().to_owned()),
        );
    }
    let is_gone = |arn: &Value| gone.iter().any(|one| arn == one);
    let instances = after["containerInstances"].as_array_mut().expect("a list");
    instances.retain(|one| !is_gone(&one["containerInstanceArn"]));
    let staying: Vec<Value> = instances
        .iter()
        .map(|one| one["containerInstanceArn"].clone())
        .collect();
    let mut next = staying.iter().cycle();
    for task in after["tasks"].as_array_mut().expect("a list") {
        if is_gone(&task["containerInstanceArn"]) {
            task["containerInstanceArn"] = next.next().expect("an instance").clone();
        }
    }
    after
}

/// Steps of a plan that asks for no number of moves are played from what runs.
#[test]
fn no_task_waits_after_a_step_of_an_ordinary_plan() {
    let given = Given::planned(&half_empty(), &[]);
    let allowed = ["--allow-delete", "--max-instances-changed", "9"];
    let shown = steps(&given, &allowed);
    let all = shown["steps"].as_array().expect("steps");
    assert!(all.len() > 5, "{shown}");
    assert!(all.iter().all(|step| step["tasksWaitingAfter"] == 0));
    assert!(shown["notOffered"].is_null());
    let (_, text, _) = given.apply(&allowed);
    assert!(text.contains("none waits after any step"), "{text}");

    // What the file does not show is not played, and said.
    let mut silent = half_empty();
    silent.as_object_mut().expect("an object").remove("tasks");
    let given = Given::planned(&silent, &[]);
    let (code, text, error) = given.apply(&[]);
    assert_eq!(code, 0);
    assert!(!text.contains("none waits"), "{text}");
    assert!(error.contains("was not played"), "{error}");
}

#[test]
fn a_step_after_which_tasks_would_wait_is_not_offered() {
    let mut stuck = half_empty();
    stuck["services"][0]["deploymentConfiguration"] =
        json!({"minimumHealthyPercent": 100, "maximumPercent": 100});
    // Strategies that no plan has, so that the group is replaced, and not given other types.
    for service in stuck["services"].as_array_mut().expect("a list") {
        service["capacityProviderStrategy"][0]["base"] = json!(1);
    }
    let given = Given::planned(&stuck, &[]);
    let shown = steps(&given, &[]);
    let left_out = &shown["notOffered"];
    assert_eq!(left_out["why"], "no-surge", "{shown}");
    assert_eq!(left_out["serviceName"], "api");
    let offered = shown["steps"].as_array().expect("steps").len();
    assert_eq!(left_out["fromStep"], offered + 1);
    let (code, text, error) = given.apply(&[]);
    assert_eq!(code, 0);
    assert!(text.contains("not offered: step"), "{text}");
    assert!(
        error.contains("minimumHealthyPercent or maximumPercent first"),
        "{error}"
    );
    // Nothing is begun that cannot end.
    if cfg!(feature = "aws") {
        let (code, _, error) = given.apply(&["--yes"]);
        assert_eq!(code, 31, "{error}");
        let prefix = format!("give --max-steps {offered} to do the steps before it");
        assert!(error.contains(&prefix), "{error}");
    }
}

/// AWS refuses Fargate to a service that has placement strategies: they go in the request that moves it.
#[test]
fn a_service_that_moves_to_fargate_has_no_placement_strategies_any_more() {
    let mut cluster = snapshot();
    for definition in cluster["taskDefinitions"].as_array_mut().expect("a list") {
        definition["networkMode"] = json!("awsvpc");
        definition["requiresCompatibilities"] = json!(["EC2", "FARGATE"]);
        (definition["cpu"], definition["memory"]) = (json!("512"), json!("1024"));
    }
    let given = Given::planned(&cluster, &["--fargate", "only"]);
    let (code, text, error) = given.apply(&["--fargate", "only", "--format", "json"]);
    assert_eq!(code, 0, "{error}");
    let shown: Value = serde_json::from_str(&text).expect("JSON");
    let moved: Vec<&Value> = (shown["steps"].as_array().into_iter().flatten())
        .map(|step| &step["work"]["change"])
        .filter(|change| change["target"]["service"].is_string())
        .collect();
    assert_eq!(moved.len(), 2, "{shown:#}");
    for change in moved {
        let placement = |state: &str| change[state]["service"]["placement"].clone();
        assert_ne!(placement("expects"), json!([]), "{change}");
        assert_eq!(placement("leaves"), json!([]), "{change}");
    }
}
