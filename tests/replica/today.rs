//! Without a plan the replica follows what the cluster file says of today.

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::simulate::choices::{Choices, TieBreak};
use bayplan::simulate::cut::Cut;
use bayplan::simulate::engine::{EngineOptions, GroupPlan, Unshown, groups_of_today};
use bayplan::simulate::note::{GroupNote, Note};
use bayplan::simulate::replay::replay_many;
use bayplan::simulate::scenario::{Scenario, Subject, play};
use bayplan::simulate::setup::{Setup, SetupOptions, of_groups, of_today_only};
use serde_json::{Value, json};

fn cluster(file: &Value) -> Cluster {
    read_cluster(&file.to_string(), "c.json", &ImportOptions::default())
        .expect("a cluster file")
        .cluster
}

fn catalogue() -> Catalogue {
    Catalogue::embedded("us-east-1").expect("an embedded Region")
}

fn instance(number: usize, provider: Option<&str>) -> Value {
    let mut instance = json!({"ec2InstanceId": format!("i-{number}"), "instanceType": "m5.large"});
    if let Some(provider) = provider {
        instance["capacityProviderName"] = provider.into();
    }
    instance
}

/// Four tasks of one vCPU; an m5.large holds two.
fn on_instances(service: &Value, providers: &[Option<&str>]) -> Value {
    let mut web = json!({"serviceName": "web", "desiredCount": 4, "cpu": 1024, "memory": 1024, "networkMode": "bridge"});
    for (key, value) in service.as_object().expect("keys") {
        web[key] = value.clone();
    }
    let instances =
        (providers.iter().enumerate()).map(|(number, provider)| instance(number, *provider));
    json!({"version": 1, "cluster": "c", "region": "us-east-1", "services": [web],
        "containerInstances": instances.collect::<Vec<_>>()})
}

fn today(file: &Value) -> Setup {
    of_today_only(&cluster(file), &catalogue(), &SetupOptions::default()).expect("priced types")
}

fn worst_pending(setup: &Setup) -> u64 {
    let outcomes = replay_many(&setup.world, TieBreak::default(), 0, 4, Cut::NEVER);
    outcomes
        .iter()
        .map(|outcome| outcome.pending)
        .max()
        .expect("four orders")
}

#[test]
fn tasks_go_where_the_services_strategy_sends_them_and_wait_there() {
    let a = json!({"capacityProviderStrategy": [{"capacityProvider": "a", "weight": 1}]});
    let setup = today(&on_instances(&a, &[Some("a"), Some("b"), Some("b")]));
    assert_eq!(
        worst_pending(&setup),
        2,
        "one instance of `a` holds two of four"
    );
    assert_eq!(setup.notes, []);
}

#[test]
fn the_clusters_default_strategy_is_for_services_that_name_neither_strategy_nor_launch_type() {
    let default = json!([{"capacityProvider": "a", "weight": 1}]);
    let mut file = on_instances(&json!({}), &[Some("a"), Some("b"), None]);
    file["clusters"] = json!([{"clusterName": "c", "defaultCapacityProviderStrategy": default}]);
    let setup = today(&file);
    assert_eq!(worst_pending(&setup), 2);
    assert_eq!(setup.notes, [Note::OutsideProviders { instances: 1 }]);
    file["services"][0]["launchType"] = "EC2".into();
    assert_eq!(worst_pending(&today(&file)), 0);
}

#[test]
fn only_a_file_without_any_strategy_is_said_to_have_none() {
    let mut file = on_instances(&json!({}), &[Some("a"), Some("b")]);
    assert_eq!(today(&file).notes, [Note::NoStrategies]);
    let other = json!({"serviceName": "other", "desiredCount": 1, "cpu": 1, "memory": 128,
        "capacityProviderStrategy": [{"capacityProvider": "a", "weight": 1}]});
    file["services"].as_array_mut().expect("a list").push(other);
    let notes = today(&file).notes;
    let of_web = Note::AnyInstance {
        service_names: vec!["web".to_owned()],
    };
    assert_eq!(notes, [of_web]);
}

#[test]
fn tasks_of_a_provider_without_instances_wait_and_tasks_of_fargate_need_none() {
    let gone = json!({"capacityProviderStrategy": [{"capacityProvider": "gone", "weight": 1}]});
    let setup = today(&on_instances(&gone, &[Some("a"), Some("a")]));
    assert_eq!(worst_pending(&setup), 4);
    let waits = Note::ProvidersWithoutInstances {
        capacity_providers: vec!["gone".to_owned()],
    };
    assert!(setup.notes.contains(&waits), "{:?}", setup.notes);
    for service in [
        json!({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}),
        json!({"launchType": "FARGATE"}),
    ] {
        let mut fargate = service.clone();
        fargate["networkMode"] = "awsvpc".into();
        let setup = today(&on_instances(&fargate, &[Some("a")]));
        assert_eq!((worst_pending(&setup), setup.fargate_tasks), (0, 4));
        assert_eq!(setup.notes[0], Note::FargateToday { tasks: 4 });
    }
}

/// Two groups, On-Demand and Spot, behind providers of other names.
fn with_groups() -> Value {
    let template =
        json!({"Overrides": [{"InstanceType": "m5.xlarge"}, {"InstanceType": "m5.large"}]});
    let provider = |name: &str, group: &str, status: &str| {
        json!({"name": name, "autoScalingGroupProvider": {"autoScalingGroupArn":
                format!("arn:aws:autoscaling:us-east-1:1:autoScalingGroup:u:autoScalingGroupName/{group}"),
            "managedTerminationProtection": "ENABLED",
            "managedScaling": {"status": status, "targetCapacity": 80, "minimumScalingStepSize": 2}}})
    };
    json!({"version": 1, "cluster": "c", "region": "us-east-1", "availabilityZones": ["us-east-1a", "us-east-1b"],
        "services": [{"serviceName": "w", "desiredCount": 12, "cpu": 512, "memory": 1024, "networkMode": "bridge",
            "capacityProviderStrategy": [{"capacityProvider": "steady", "base": 2, "weight": 1},
                {"capacityProvider": "cheap", "weight": 4}]}],
        "autoScalingGroups": [
            {"AutoScalingGroupName": "od-asg", "MinSize": 1, "MaxSize": 5, "DesiredCapacity": 3,
                "AvailabilityZones": ["us-east-1b"], "MixedInstancesPolicy": {"LaunchTemplate": template}},
            {"AutoScalingGroupName": "spot-asg", "MinSize": 0, "MaxSize": 10, "MixedInstancesPolicy":
                {"LaunchTemplate": template, "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0}}}],
        "capacityProviders": [provider("steady", "od-asg", "ENABLED"), provider("cheap", "spot-asg", "DISABLED")]})
}

fn group<'a>(setup: &Setup, groups: &'a [GroupPlan], name: &str) -> &'a GroupPlan {
    let of = |group: &&GroupPlan| {
        group
            .provider
            .is_some_and(|at| setup.world.providers[at] == name)
    };
    groups.iter().find(of).expect("a group of that provider")
}

#[test]
fn groups_scale_out_as_providers_strategies_and_mixed_instances_policies_say() {
    let (cluster, choices) = (cluster(&with_groups()), Choices::default());
    let setup = of_groups(&cluster, &catalogue(), &SetupOptions::default());
    let strategy = setup.world.strategies[0].as_ref().expect("its own");
    assert_eq!(
        strategy.split(&[0, 0], 12),
        [4, 8],
        "a base of two, then 1 to 4"
    );
    let (groups, notes) = groups_of_today(&setup.world, &cluster, &choices, Unshown::UpTo(7));
    let (steady, cheap) = (
        group(&setup, &groups, "steady"),
        group(&setup, &groups, "cheap"),
    );
    assert_eq!(
        (
            steady.limits.min_size,
            steady.limits.max_size,
            steady.begins_with
        ),
        (1, 5, 3)
    );
    assert_eq!(
        (
            cheap.limits.min_size,
            cheap.limits.max_size,
            cheap.begins_with
        ),
        (0, 10, 0)
    );
    assert!(steady.scaling.is_some() && cheap.scaling.is_none());
    assert!(
        steady
            .termination
            .is_some_and(|own| own.protection && own.draining)
    );
    let hosts = |group: &GroupPlan| {
        let hosts = group
            .hosts
            .iter()
            .map(|&host| &setup.world.hosts[host].host);
        hosts
            .map(|host| {
                (
                    host.instance_type.clone(),
                    host.availability_zone.clone(),
                    host.purchase_option.may_be_reclaimed(),
                )
            })
            .collect::<Vec<_>>()
    };
    let b = Some("us-east-1b".to_owned());
    assert_eq!(
        hosts(steady),
        [
            ("m5.xlarge".to_owned(), b.clone(), false),
            ("m5.large".to_owned(), b, false)
        ],
        "in the order of the overrides, in the group's own zone"
    );
    assert_eq!(hosts(cheap).len(), 4);
    assert!(hosts(cheap).iter().all(|(_, _, spot)| *spot));
    let off = Note::OfGroup {
        capacity_provider: "cheap".to_owned(),
        said: GroupNote::ScalingOff,
    };
    assert!(notes.contains(&off), "{notes:?}");
    let no_max_size = |note: &Note| {
        matches!(
            note,
            Note::OfGroup {
                said: GroupNote::NoMaxSize { .. },
                ..
            }
        )
    };
    assert!(!notes.iter().any(no_max_size), "{notes:?}");
}

#[test]
fn instances_of_today_grow_to_the_groups_max_size_with_types_that_none_of_them_is() {
    let mut file = with_groups();
    file["containerInstances"] = json!([instance(0, Some("steady"))]);
    let (cluster, catalogue) = (cluster(&file), catalogue());
    let launchable = SetupOptions {
        launchable: true,
        ..SetupOptions::default()
    };
    let of = |options: &SetupOptions| {
        of_today_only(&cluster, &catalogue, options).expect("priced types")
    };
    assert_eq!(of(&SetupOptions::default()).world.hosts.len(), 1);
    let setup = of(&launchable);
    assert_eq!(setup.world.instances(), 1);
    let choices = Choices::default();
    let (groups, _) = groups_of_today(&setup.world, &cluster, &choices, Unshown::AsLargeAsNow);
    let steady = group(&setup, &groups, "steady");
    assert_eq!(
        (
            steady.limits.min_size,
            steady.limits.max_size,
            steady.begins_with
        ),
        (1, 5, 1)
    );
    assert!(group(&setup, &groups, "cheap").hosts.len() > 1);
    // A group that the file does not show stays as large as it is, and is said to.
    let alone = on_instances(&json!({}), &[Some("a"), Some("a")]);
    let (alone, setup) = (self::cluster(&alone), today(&alone));
    let (groups, notes) = groups_of_today(&setup.world, &alone, &choices, Unshown::AsLargeAsNow);
    assert_eq!(groups[0].limits.max_size, 2);
    assert_eq!(notes.len(), 2, "{notes:?}");
}

#[test]
fn a_scenario_tells_how_many_tasks_stand_on_which_provider_in_the_end() {
    let mut file = with_groups();
    file["capacityProviders"][1]["autoScalingGroupProvider"]["managedScaling"]["status"] =
        "ENABLED".into();
    let (cluster, catalogue) = (cluster(&file), catalogue());
    let setup = of_groups(&cluster, &catalogue, &SetupOptions::default());
    let choices = Choices::default();
    let (groups, _) = groups_of_today(&setup.world, &cluster, &choices, Unshown::UpTo(7));
    let played = play(
        &cluster,
        &catalogue,
        &setup,
        &groups,
        Scenario::ScaleOut,
        &Subject::default(),
        &EngineOptions::default(),
    );
    let run = played.expect("a scenario").run;
    let tasks: Vec<(Option<&str>, u64)> = (run.at_end.iter())
        .map(|on| (on.capacity_provider.as_deref(), on.tasks))
        .collect();
    assert_eq!(tasks, [(Some("cheap"), 8), (Some("steady"), 4)]);
    let instances: u64 = run.at_end.iter().map(|on| on.instances).sum();
    let last = run.trace.minutes.last().expect("minutes");
    assert_eq!(instances, last.instances());
}
