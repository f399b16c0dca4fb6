//! Small clusters around what runs.

use std::fmt::Write as _;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, Moves, NotDrained, WhyNotDrained};
use crate::domain::service::DeploymentConfiguration;
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Never;
use crate::planner::{
    MovesAsked, NoMoves, ORDERS, PlanError, PlanOptions, Planned, PlayedStep, StuckStep, plan,
    steps_played,
};

/// Instances of one type in one group, each with so many tasks of the only service.
fn cluster(instance_type: &str, tasks: &[u64], policy: &str) -> Cluster {
    let mut instances = String::new();
    let mut running = String::new();
    for (index, &count) in tasks.iter().enumerate() {
        let separator = if index == 0 { "" } else { "," };
        write!(
            instances,
            r#"{separator}{{"containerInstanceArn": "arn:i{index:02}", "status": "ACTIVE", "agentConnected": true,
                "capacityProviderName": "web", "attributes": [{{"name": "ecs.instance-type", "value": "{instance_type}"}}]}}"#
        )
        .expect("a string");
        for _ in 0..count {
            let separator = if running.is_empty() { "" } else { "," };
            write!(
                running,
                r#"{separator}{{"containerInstanceArn": "arn:i{index:02}", "group": "service:api", "lastStatus": "RUNNING"}}"#
            )
            .expect("a string");
        }
    }
    let total: u64 = tasks.iter().sum();
    let text = format!(
        r#"{{"version": 1, "cluster": "c", "region": "us-east-1",
            "services": [{{"serviceName": "api", "desiredCount": {total}, "cpu": 512, "memory": 1024,
                "capacityProviderStrategy": [{{"capacityProvider": "web", "weight": 1}}]}}],
            "capacityProviders": [{{"name": "web", "autoScalingGroupProvider": {{"autoScalingGroupArn": "web-asg"}}}}],
            "autoScalingGroups": [{{"AutoScalingGroupName": "web-asg", "MinSize": 0, "MaxSize": 20, "DesiredCapacity": {}}}],
            "containerInstances": [{instances}], "tasks": [{running}],
            "policy": {{"maxShareOnInstance": 1{policy}}}}}"#,
        tasks.len()
    );
    match read_cluster(&text, "c.json", &ImportOptions::default()) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("{findings:?}"),
    }
}

fn planned(
    cluster: &Cluster,
    ideal: bool,
    moves: Option<MovesAsked>,
) -> Result<FleetPlan, PlanError> {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        ideal,
        moves,
        ..PlanOptions::default()
    };
    plan(cluster, &catalogue, &options, &Never, &Silent)
        .map(|planned: Planned| planned.plan.into_plan())
}

const fn at_most(most: u64) -> MovesAsked {
    MovesAsked {
        most: Some(most),
        frontier: false,
    }
}

fn moved(plan: &FleetPlan) -> &Moves {
    plan.moves.as_ref().expect("asked for")
}

/// Eight half-empty instances of a dear type.
fn half_empty() -> Cluster {
    cluster(
        "m5.2xlarge",
        &[5; 8],
        r#", "allowedInstanceTypes": ["m5.2xlarge", "m7a.large", "m7a.xlarge"]"#,
    )
}

#[test]
fn no_moves_cost_todays_bill() {
    let cluster = half_empty();
    for ideal in [true, false] {
        let plan = planned(&cluster, ideal, Some(at_most(0))).expect("a plan");
        assert_eq!(Some(plan.cost.usd_per_hour), plan.cost.current_usd_per_hour);
        let moves = moved(&plan);
        assert_eq!((moves.restarts, moves.bound_restarts), (0, Some(0)));
        assert_eq!(moves.drained, Vec::<String>::new());
        assert_eq!(plan.changes, []);
    }
}

#[test]
fn all_moves_cost_no_more_than_the_plan_without_a_limit() {
    let cluster = half_empty();
    for ideal in [true, false] {
        let free = planned(&cluster, ideal, None).expect("a plan");
        let plan = planned(&cluster, ideal, Some(at_most(1_000))).expect("a plan");
        assert!(
            plan.cost.usd_per_hour <= free.cost.usd_per_hour,
            "{ideal}: {:?} {:?}",
            plan.cost,
            free.cost
        );
        assert!(moved(&plan).restarts <= 40);
    }
}

#[test]
fn few_moves_drain_whole_instances_onto_the_room_of_others() {
    let cluster = half_empty();
    // 8 vCPUs hold 15 or 16 tasks: five more fit each of the others, so that two instances can go for ten restarts.
    let plan = planned(&cluster, false, Some(at_most(10))).expect("a plan");
    let moves = moved(&plan);
    assert!(
        moves.restarts <= 10 && !moves.drained.is_empty(),
        "{moves:?}"
    );
    assert!(plan.is_realised());
    assert!(Some(plan.cost.usd_per_hour) < plan.cost.current_usd_per_hour);
    let on_rows: u64 = plan
        .instances
        .iter()
        .map(|row| row.count * row.tasks["api"])
        .sum();
    assert_eq!(on_rows, 40);
    // Whoever stays keeps what it holds.
    let kept = plan.instances.iter().filter(|row| row.existing);
    assert!(kept.clone().all(|row| row.tasks["api"] >= 5));
    let kept: u64 = kept.map(|row| row.count).sum();
    assert_eq!(kept, 8 - moves.drained.len() as u64);
}

#[test]
fn the_frontier_falls_and_lies_above_its_bound() {
    let cluster = half_empty();
    let asked = MovesAsked {
        most: None,
        frontier: true,
    };
    let plan = planned(&cluster, true, Some(asked)).expect("a plan");
    let frontier = &moved(&plan).frontier;
    assert!(frontier.len() > 3, "{frontier:?}");
    assert_eq!(
        Some(frontier[0].usd_per_hour),
        plan.cost.current_usd_per_hour
    );
    for pair in frontier.windows(2) {
        assert!(pair[0].restarts < pair[1].restarts);
        assert!(pair[0].usd_per_hour > pair[1].usd_per_hour);
    }
    for point in frontier {
        assert!(
            point
                .bound_usd_per_hour
                .is_some_and(|bound| bound <= point.usd_per_hour)
        );
    }
}

#[test]
fn empty_instances_go_without_a_restart() {
    let cluster = cluster(
        "m5.large",
        &[3, 0, 2],
        r#", "allowedInstanceTypes": ["m5.large"]"#,
    );
    let plan = planned(&cluster, false, Some(at_most(0))).expect("a plan");
    assert_eq!(moved(&plan).drained, ["arn:i01"]);
    assert_eq!(moved(&plan).restarts, 0);
}

/// Forty instances in three zones, four services of different sizes on each, and cheaper types allowed.
fn forty_in_three_zones() -> Cluster {
    let services = [
        ("api", 256, 700),
        ("web", 512, 900),
        ("jobs", 1024, 1500),
        ("cache", 128, 2000),
    ];
    let mut instances = Vec::new();
    let mut running = Vec::new();
    let mut counts = [0_u64; 4];
    for index in 0..40_usize {
        let zone = ["a", "b", "c"][index % 3];
        instances.push(format!(
            r#"{{"containerInstanceArn": "arn:i{index:02}", "status": "ACTIVE", "agentConnected": true, "capacityProviderName": "web",
                "attributes": [{{"name": "ecs.instance-type", "value": "m5.xlarge"}},
                    {{"name": "ecs.availability-zone", "value": "us-east-1{zone}"}}]}}"#
        ));
        for (position, (name, _, _)) in services.iter().enumerate() {
            // The first 39 instances hold one task each, every third round one more of the first two.
            let tasks = if index < 39 {
                1 + u64::from(position < 2 && index / 3 % 3 == 0)
            } else {
                0
            };
            counts[position] += tasks;
            for _ in 0..tasks {
                running.push(format!(
                    r#"{{"containerInstanceArn": "arn:i{index:02}", "group": "service:{name}", "lastStatus": "RUNNING"}}"#
                ));
            }
        }
    }
    let services: Vec<String> = (services.iter().zip(counts))
        .map(|((name, cpu, memory), count)| {
            format!(
                r#"{{"serviceName": "{name}", "desiredCount": {count}, "cpu": {cpu}, "memory": {memory},
                    "placementStrategy": [{{"type": "spread", "field": "attribute:ecs.availability-zone"}}],
                    "capacityProviderStrategy": [{{"capacityProvider": "web", "weight": 1}}],
                    "deploymentConfiguration": {{"minimumHealthyPercent": 100, "maximumPercent": 200}}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"version": 1, "cluster": "forty", "region": "us-east-1",
            "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
            "services": [{}], "containerInstances": [{}], "tasks": [{}],
            "capacityProviders": [{{"name": "web", "autoScalingGroupProvider": {{"autoScalingGroupArn": "web-asg"}}}}],
            "autoScalingGroups": [{{"AutoScalingGroupName": "web-asg", "MinSize": 0, "MaxSize": 60, "DesiredCapacity": 40}}],
            "policy": {{"allowedInstanceTypes": ["m5.xlarge", "r7a.large", "r7a.xlarge"]}}}}"#,
        services.join(","),
        instances.join(","),
        running.join(",")
    );
    match read_cluster(&text, "c.json", &ImportOptions::default()) {
        Ok(imported) => imported.cluster,
        Err(findings) => panic!("{findings:?}"),
    }
}

#[test]
fn forty_instances_move_over_three_zones_without_a_task_that_waits() {
    let cluster = forty_in_three_zones();
    for most in [60, 10_000] {
        let plan = planned(&cluster, false, Some(at_most(most))).expect("a plan");
        let moves = moved(&plan);
        assert!(plan.is_realised(), "{most}: {:?}", plan.assumptions);
        assert!(moves.restarts <= most);
        assert!(!moves.waves.is_empty());
        assert_eq!(moves.not_drained, []);
        assert!(moves.waves.iter().all(|wave| wave.waiting == 0));
        let mut drained: Vec<&String> = moves.waves.iter().flat_map(|wave| &wave.drains).collect();
        drained.sort();
        assert_eq!(drained, moves.drained.iter().collect::<Vec<_>>());
        // What is launched is what the plan adds, and the last wave ends at the plan's bill.
        let added: u64 = plan
            .instances
            .iter()
            .filter(|row| !row.existing)
            .map(|row| row.count)
            .sum();
        let launched: u64 = moves
            .waves
            .iter()
            .flat_map(|wave| &wave.launches)
            .map(|launch| launch.count)
            .sum();
        assert_eq!(launched, added);
        let last = moves.waves.last().expect("a wave");
        assert_eq!(last.usd_per_hour, plan.cost.usd_per_hour);
        assert!(
            moves
                .waves
                .iter()
                .all(|wave| wave.peak_usd_per_hour >= wave.usd_per_hour)
        );
    }
}

#[test]
fn a_service_that_may_have_neither_more_nor_fewer_tasks_is_never_drained() {
    let mut cluster = half_empty();
    for service in &mut cluster.services {
        service.deployment = Some(DeploymentConfiguration {
            minimum_healthy_percent: 100,
            maximum_percent: 100,
        });
    }
    let plan = planned(&cluster, false, Some(at_most(10))).expect("a plan");
    let moves = moved(&plan);
    let why = |refused: &NotDrained| (refused.service_name == "api", refused.why);
    assert_eq!(moves.not_drained.len(), moves.drained.len());
    assert!(
        moves
            .not_drained
            .iter()
            .all(|refused| why(refused) == (true, WhyNotDrained::NoSurge))
    );
}

#[test]
fn a_file_that_does_not_show_what_runs_is_told_so() {
    let mut cluster = half_empty();
    cluster.deployed.tasks = None;
    let error = planned(&cluster, true, Some(at_most(0))).expect_err("not known");
    assert!(matches!(error, PlanError::Moves(NoMoves::TasksNotShown)));
    cluster.container_instances.clear();
    let error = planned(&cluster, true, Some(at_most(0))).expect_err("nothing there");
    assert!(matches!(error, PlanError::Moves(NoMoves::NoInstances)));
}

#[test]
fn tasks_on_instances_without_a_zone_move_in_a_cluster_that_has_zones() {
    let mut cluster = half_empty();
    let tasks: u64 = cluster
        .services
        .iter()
        .map(|service| service.desired_count)
        .sum();
    let text = r#"{"version": 1, "region": "us-east-1", "availabilityZones": ["us-east-1a"],
        "services": [{"serviceName": "api", "desiredCount": 1, "cpu": 512, "memory": 1024}]}"#;
    let zoned = read_cluster(text, "z.json", &ImportOptions::default());
    cluster.zones = zoned.expect("a cluster").cluster.zones;
    let few = planned(&cluster, true, Some(at_most(tasks - 1)));
    assert!(
        matches!(few, Err(PlanError::Moves(NoMoves::None { .. }))),
        "{few:?}"
    );
    let all = planned(&cluster, true, Some(at_most(tasks))).expect("a plan");
    assert_eq!(moved(&all).restarts, tasks);
}

/// The service's rollout and then the drain of its old group, as the replica plays them; nothing where none waits.
fn played(cluster: &Cluster, plan: &FleetPlan) -> Option<StuckStep> {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let drain = PlayedStep::Drain {
        provider: "web",
        types_that_stay: &[],
        most: 0,
        named: &[],
    };
    let steps = [PlayedStep::Rollouts(vec!["api"]), drain];
    steps_played((cluster, &catalogue), plan, &steps, ORDERS).expect("all of today is known")
}

#[test]
fn an_ordinary_plans_rollouts_and_drains_are_played_from_what_runs() {
    let cluster = half_empty();
    let plan = planned(&cluster, false, None).expect("a plan");
    assert!(plan.moves.is_none() && plan.is_realised());
    assert_eq!(played(&cluster, &plan), None);
    // Half of the new instances, and groups that may not grow.
    let mut small = plan.clone();
    for row in &mut small.instances {
        row.count /= 2;
    }
    for provider in &mut small.capacity_providers {
        let rows = small.instances.iter();
        let own = rows.filter(|row| row.capacity_provider == provider.name);
        provider.max_size = own.map(|row| row.count).sum();
        provider.min_size = 0;
    }
    let stuck = played(&cluster, &small).expect("no room");
    assert_eq!((stuck.position, stuck.why), (0, WhyNotDrained::NoPlace));
    assert_eq!((stuck.service_name.as_str(), stuck.orders), ("api", ORDERS));
    let places: u64 = (small.instances.iter())
        .map(|row| row.count * row.tasks["api"])
        .sum();
    let wanted = cluster.services[0].desired_count;
    assert!(stuck.waiting >= wanted - places, "{stuck:?}");
    // What may grow has room again.
    for provider in &mut small.capacity_providers {
        provider.max_size = 100;
    }
    assert_eq!(played(&cluster, &small), None);
}

#[test]
fn a_service_that_can_never_roll_out_is_told_before_its_step() {
    let mut cluster = half_empty();
    cluster.services[0].deployment = Some(DeploymentConfiguration {
        minimum_healthy_percent: 100,
        maximum_percent: 100,
    });
    let plan = planned(&cluster, false, None).expect("a plan");
    let stuck = played(&cluster, &plan).expect("it cannot");
    assert_eq!((stuck.position, stuck.why), (0, WhyNotDrained::NoSurge));
    assert_eq!(stuck.waiting, cluster.services[0].desired_count);
    // One fewer for a while is enough, where the new instances have room.
    cluster.services[0].deployment = Some(DeploymentConfiguration {
        minimum_healthy_percent: 50,
        maximum_percent: 100,
    });
    let plan = planned(&cluster, false, None).expect("a plan");
    assert_eq!(played(&cluster, &plan), None);
}

/// Two services that need all of their new tasks before an old one stops, on three instances with room for one of them at a time.
#[test]
fn what_goes_one_after_another_need_not_go_side_by_side() {
    let service = |name: &str| {
        format!(
            r#"{{"serviceName": "{name}", "desiredCount": 4, "cpu": 1024, "memory": 1024,
                "capacityProviderStrategy": [{{"capacityProvider": "web", "weight": 1}}],
                "deploymentConfiguration": {{"strategy": "BLUE_GREEN", "minimumHealthyPercent": 100, "maximumPercent": 200}}}}"#
        )
    };
    let instance = |index: usize| {
        format!(
            r#"{{"containerInstanceArn": "arn:i{index}", "status": "ACTIVE", "agentConnected": true, "capacityProviderName": "web",
                "attributes": [{{"name": "ecs.instance-type", "value": "m5.xlarge"}}]}}"#
        )
    };
    let task = |index: usize| {
        let name = ["a", "b"][index % 2];
        format!(
            r#"{{"containerInstanceArn": "arn:i{}", "group": "service:{name}", "lastStatus": "RUNNING"}}"#,
            index / 3
        )
    };
    let text = format!(
        r#"{{"version": 1, "cluster": "c", "region": "us-east-1", "services": [{}, {}],
            "capacityProviders": [{{"name": "web", "autoScalingGroupProvider": {{"autoScalingGroupArn": "web-asg"}}}}],
            "autoScalingGroups": [{{"AutoScalingGroupName": "web-asg", "MinSize": 3, "MaxSize": 3, "DesiredCapacity": 3}}],
            "containerInstances": [{}], "tasks": [{}],
            "policy": {{"maxShareOnInstance": 1, "deploymentSurge": false}}}}"#,
        service("a"),
        service("b"),
        (0..3).map(instance).collect::<Vec<_>>().join(","),
        (0..8).map(task).collect::<Vec<_>>().join(",")
    );
    let cluster = read_cluster(&text, "c.json", &ImportOptions::default());
    let cluster = cluster.expect("a cluster").cluster;
    let mut plan = planned(&cluster, true, Some(at_most(0))).expect("a plan");
    for provider in &mut plan.capacity_providers {
        (provider.min_size, provider.max_size) = (3, 3);
    }
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let played = |steps: &[PlayedStep<'_>]| {
        steps_played((&cluster, &catalogue), &plan, steps, ORDERS).expect("all of today is known")
    };
    let one = |name| PlayedStep::Rollouts(vec![name]);
    assert_eq!(played(&[one("a"), one("b")]), None);
    let stuck = played(&[PlayedStep::Rollouts(vec!["a", "b"])]).expect("no room for both");
    assert_eq!((stuck.position, stuck.why), (0, WhyNotDrained::NoPlace));
    // A drain of what is named takes that and nothing else: two instances are not enough for a rollout.
    let named = ["arn:i1".to_owned()];
    let drain = PlayedStep::Drain {
        provider: "web",
        types_that_stay: &[],
        most: 0,
        named: &named,
    };
    assert_eq!(played(std::slice::from_ref(&drain)), None);
    let stuck = played(&[drain, one("a")]).expect("no room any more");
    assert_eq!(stuck.position, 1);
    // Tasks that do not run take room first where they are said to, as after a run that was stopped.
    let mut fewer = cluster.clone();
    let tasks = fewer.deployed.tasks.as_mut().expect("shown");
    tasks.retain(|tasks| tasks.group != "service:b");
    let named = ["arn:i0".to_owned(), "arn:i1".to_owned()];
    let drain = PlayedStep::Drain {
        provider: "web",
        types_that_stay: &[],
        most: 0,
        named: &named,
    };
    let played = |steps: &[PlayedStep<'_>]| {
        steps_played((&fewer, &catalogue), &plan, steps, ORDERS).expect("all of today is known")
    };
    assert_eq!(played(std::slice::from_ref(&drain)), None);
    let stuck = played(&[PlayedStep::Start, drain]).expect("no room for both services");
    assert_eq!((stuck.position, stuck.why), (1, WhyNotDrained::NoPlace));
}
