//! What AWS's APIs print, pasted in every form that people paste it in.

use serde_json::{Value, json};

use super::{cluster, file, import, problems};

fn definition() -> Value {
    json!({"family": "web", "revision": 1, "memory": "256", "status": "ACTIVE",
        "containerDefinitions": [{"name": "c"}]})
}

fn service(name: &str) -> Value {
    json!({"serviceArn": format!("arn:aws:ecs:us-east-1:1:service/prod/{name}"), "serviceName": name,
        "desiredCount": 2, "runningCount": 2,
        "taskDefinition": "arn:aws:ecs:us-east-1:1:task-definition/web:1"})
}

fn warnings(sections: &Value) -> Vec<String> {
    let imported = import(&file(sections)).expect("readable");
    let warning = imported.warnings.iter();
    (warning.filter(|w| w.code != "W2002"))
        .map(|w| format!("{} {}", w.code, w.place))
        .collect()
}

#[test]
fn pages_and_answers_about_one_thing_are_unwrapped() {
    let pages = json!([{"services": [service("a")], "nextToken": "x", "failures": []},
        {"services": [service("b")], "failures": []}]);
    let one = json!({"taskDefinition": definition(), "tags": []});
    for (definitions, services) in [
        (json!([definition()]), pages.clone()),
        (json!([one]), pages),
        (
            one.clone(),
            json!({"services": [service("a"), service("b")]}),
        ),
        (
            json!({"taskDefinitions": [one]}),
            json!([{"service": service("a")}, service("b")]),
        ),
    ] {
        let sections = json!({"taskDefinitions": definitions, "services": services});
        let names: Vec<_> = (cluster(&sections).services.into_iter())
            .map(|s| s.name)
            .collect();
        assert_eq!(names, ["a", "b"], "{sections}");
        assert_eq!(warnings(&sections), Vec::<String>::new(), "{sections}");
    }
    let groups = json!({"autoScalingGroups": [{"AutoScalingGroups": [{"AutoScalingGroupName": "a"}]},
        {"AutoScalingGroups": [{"AutoScalingGroupName": "b"}]}],
        "AutoScalingGroups": [{"AutoScalingGroupName": "c"}]});
    assert_eq!(cluster(&groups).deployed.groups.len(), 3);
}

#[test]
fn everything_at_the_top_of_an_answer_is_accepted_and_gaps_are_said() {
    let sections = json!({"taskDefinition": definition(), "services": [service("a")], "tags": [],
        "clusters": [{"clusterName": "prod"}], "scalableTargets": [], "Subnets": [], "Reservations": [],
        "failures": [{"arn": "arn:x", "reason": "MISSING"}], "nextToken": "more", "taskArns": []});
    assert_eq!(
        warnings(&sections),
        ["W2010 failures[0]", "W2010 nextToken"]
    );
    assert_eq!(problems(&json!({"servces": []})), ["E1103 servces"]);
}

#[test]
fn fields_that_aws_adds_are_passed_over_and_said_once() {
    let mut new = definition();
    new["quantumMode"] = json!(true);
    new["containerDefinitions"] =
        json!([{"name": "c", "teleport": 1}, {"name": "d", "teleport": 1}]);
    let mut own = service("a");
    own["zeppelin"] = json!({});
    let sections = json!({"taskDefinitions": [new], "services": [own]});
    assert_eq!(
        warnings(&sections),
        [
            "W2009 services[0].zeppelin",
            "W2009 taskDefinitions[0].containerDefinitions[0].teleport",
            "W2009 taskDefinitions[0].quantumMode",
        ]
    );
}

#[test]
fn known_fields_in_another_casing_are_errors_with_the_field() {
    for key in ["networkmode", "network_mode", "NetworkMode", "network-mode"] {
        let mut wrong = definition();
        wrong[key] = json!("awsvpc");
        let findings = import(&file(&json!({"taskDefinitions": [wrong]}))).expect_err("an error");
        let finding = findings
            .findings
            .iter()
            .find(|f| f.code != "W2002")
            .expect("one");
        assert_eq!(
            (finding.code, finding.remedy.contains("`networkMode`")),
            ("E1103", true),
            "{finding:?}"
        );
    }
    for (sections, place) in [
        (
            json!({"autoScalingGroups": [{"AutoScalingGroupName": "a", "minSize": 1}]}),
            "autoScalingGroups[0].minSize",
        ),
        (
            json!({"capacityProviders": [{"name": "a", "autoScalingGroupProvider": {"ManagedScaling": {}}}]}),
            "capacityProviders[0].autoScalingGroupProvider.ManagedScaling",
        ),
    ] {
        assert_eq!(problems(&sections), [format!("E1103 {place}")]);
    }
    // A misspelt key of ours stays an error in a service that AWS wrote.
    let mut ours = service("a");
    ours["minCuont"] = json!(1);
    let sections = json!({"taskDefinitions": [definition()], "services": [ours]});
    assert_eq!(problems(&sections), ["E1103 services[0].minCuont"]);
}

#[test]
fn a_bare_family_is_its_newest_active_revision() {
    let revision = |number: u64, memory: &str, status: &str| json!({"family": "web", "revision": number, "memory": memory, "status": status});
    let sections = |service: &str| {
        json!({"services": [{"serviceName": "s", "desiredCount": 1, "taskDefinition": service}],
            "taskDefinitions": [revision(1, "100", "ACTIVE"), revision(2, "200", "INACTIVE")]})
    };
    assert_eq!(cluster(&sections("web")).services[0].task.memory.get(), 100);
    assert_eq!(
        cluster(&sections("web:2")).services[0].task.memory.get(),
        200
    );
    let none = json!({"services": [{"serviceName": "s", "desiredCount": 1, "taskDefinition": "web"}],
        "taskDefinitions": [revision(2, "200", "INACTIVE")]});
    assert_eq!(problems(&none), ["E1302 services[0].taskDefinition"]);
}

#[test]
fn a_definition_that_only_a_task_set_names_is_read() {
    let service = json!({"serviceName": "s", "desiredCount": 2, "taskSets": [
        {"status": "ACTIVE", "taskDefinition": "old:1"},
        {"status": "PRIMARY", "taskDefinition": "web:1", "launchType": "EC2"}]});
    let read = cluster(&json!({"taskDefinitions": [definition()], "services": [service]}));
    assert_eq!(read.services[0].task.name, "web:1");
}

#[test]
fn launch_templates_give_groups_their_types() {
    let version = |number: u64, default: bool, name: &str| {
        json!({"LaunchTemplateId": "lt-1", "LaunchTemplateName": "apps", "VersionNumber": number,
            "DefaultVersion": default, "LaunchTemplateData": {"InstanceType": name}})
    };
    let types = |version_of_group: Value| {
        let mut template = json!({"LaunchTemplateName": "apps"});
        if !version_of_group.is_null() {
            template["Version"] = version_of_group;
        }
        let sections = json!({
            "LaunchTemplateVersions": [version(1, true, "m5.large"), version(2, false, "m6i.large")],
            "autoScalingGroups": [{"AutoScalingGroupName": "g", "LaunchTemplate": template}]});
        cluster(&sections).deployed.groups[0].instance_types.clone()
    };
    assert_eq!(types(json!("$Latest")), ["m6i.large"]);
    assert_eq!(types(json!("$Default")), ["m5.large"]);
    assert_eq!(types(Value::Null), ["m5.large"]);
    assert_eq!(types(json!("2")), ["m6i.large"]);
    // An answer about versions in the place of the templates.
    let sections = json!({"launchTemplates": {"LaunchTemplateVersions": [version(1, true, "c5.large")]},
        "autoScalingGroups": [{"AutoScalingGroupName": "g", "LaunchTemplate": {"LaunchTemplateId": "lt-1"}}]});
    assert_eq!(
        cluster(&sections).deployed.groups[0].instance_types,
        ["c5.large"]
    );
}

#[test]
fn scalable_targets_give_the_limits_of_counts() {
    let target = |id: &str| {
        json!({"ServiceNamespace": "ecs", "ResourceId": id,
            "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1, "MaxCapacity": 9})
    };
    let read = |id: &str, more: &Value| {
        let mut service = json!({"serviceName": "s", "desiredCount": 4, "cpu": 1, "memory": 1});
        for (key, value) in more.as_object().expect("an object") {
            service[key] = value.clone();
        }
        let sections = json!({"ScalableTargets": [target(id)], "services": [service]});
        let service = cluster(&sections).services.remove(0);
        (service.min_count, service.max_count)
    };
    assert_eq!(read("service/prod/s", &json!({})), (Some(1), Some(9)));
    assert_eq!(read("service/other/s", &json!({})), (None, None));
    assert_eq!(
        read("service/prod/s", &json!({"minCount": 2})),
        (Some(2), Some(9))
    );
    assert_eq!(
        read("service/prod/s", &json!({"desiredCount": 12})),
        (Some(1), Some(12))
    );
}

#[test]
fn names_that_ecs_never_gives_are_errors() {
    for name in ["<b>x</b>", "a/b", "a\"b", &"x".repeat(256)] {
        let service = json!({"serviceName": name, "desiredCount": 1, "cpu": 1, "memory": 1});
        assert_eq!(
            problems(&json!({"services": [service]})),
            ["E1307 services[0].serviceName"]
        );
    }
    assert_eq!(problems(&json!({"cluster": "a<b"})), ["E1307 cluster"]);
    let definition = json!({"family": "a&b", "memory": 1});
    assert_eq!(
        problems(&json!({"taskDefinitions": [definition]})),
        ["E1307 taskDefinitions[0].family"]
    );
}

#[test]
fn services_of_several_clusters_are_said_once_a_cluster() {
    let service = |name: &str, cluster: &str| {
        json!({"serviceName": name, "desiredCount": 1, "cpu": 256, "memory": 512,
            "clusterArn": format!("arn:aws:ecs:us-east-1:1:cluster/{cluster}")})
    };
    let warnings = |services: Vec<Value>| {
        let imported = import(&file(&json!({"services": services}))).expect("a cluster");
        let places = imported.warnings.iter().filter(|w| w.code == "W2021");
        places.map(|w| w.place.clone()).collect::<Vec<_>>()
    };
    let mixed = vec![
        service("a", "stage"),
        service("b", "prod"),
        service("c", "stage"),
        service("d", "test"),
    ];
    assert_eq!(
        warnings(mixed),
        ["services[0].clusterArn", "services[3].clusterArn"]
    );
    // A copy under another name is one cluster's all the same.
    assert!(warnings(vec![service("a", "stage"), service("b", "stage")]).is_empty());
}

#[test]
fn tasks_that_nothing_of_the_file_plans_are_said() {
    let task = |group: &str, status: &str| {
        json!({"taskArn": "arn:aws:ecs:us-east-1:1:task/prod/1", "group": group,
        "lastStatus": status, "desiredStatus": status, "taskDefinitionArn": "arn:aws:ecs:us-east-1:1:task-definition/batch:3"})
    };
    let said = |tasks: Value, snapshot: bool| -> Vec<String> {
        let mut sections = json!({"tasks": tasks,
            "services": [{"serviceName": "api", "desiredCount": 1, "cpu": 256, "memory": 512}],
            "standaloneTasks": [{"group": "nightly", "cpu": 256, "memory": 512}]});
        if snapshot {
            sections["snapshot"] = json!({"takenAt": "2026-11-01T00:00:00Z", "fingerprint": "f"});
        }
        let imported = import(&file(&sections)).expect("readable");
        (imported.warnings.iter())
            .filter(|warning| warning.code == "W2033")
            .map(|warning| format!("{}: {}", warning.place, warning.cause))
            .collect()
    };
    let known = [
        task("service:api", "RUNNING"),
        task("nightly", "RUNNING"),
        task("family:batch", "STOPPED"),
    ];
    assert!(said(json!(known), false).is_empty());
    let odd = json!([
        known[0],
        task("family:batch", "RUNNING"),
        task("family:batch", "PENDING"),
        task("service:old", "RUNNING")
    ]);
    let [only] = &said(odd.clone(), false)[..] else {
        panic!("one warning")
    };
    assert!(only.starts_with("tasks[1]: 3 tasks"), "{only}");
    assert!(
        only.contains("2 of `family:batch`, 1 of `service:old`"),
        "{only}"
    );
    // A snapshot has it among its notes.
    assert!(said(odd, true).is_empty());
    let mut without_group = task("", "RUNNING");
    without_group["startedBy"] = json!("ecs-svc/123");
    assert!(said(json!([without_group]), false).is_empty());
    without_group["startedBy"] = json!("cron");
    assert!(said(json!([without_group]), false)[0].contains("1 of `family:batch`"));
}
