//! aws/containers-roadmap#105, comment of 2019-12-05: memory-only tasks of 2 × 7000, 2048, 2 × 768, 2 × 768,
//! 2 × 128 and 512 MiB on m5.large. Its author saw 6 instances in the worst order of arrival, 5 as a rule and
//! 4 in the best. Packed by hand they need 3: {7000, 512}, {7000, 128, 128}, {2048, 4 × 768}.

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::policy::DeploymentSurge;
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use bayplan::simulate::choices::RolloutStops;
use bayplan::simulate::deployment::RolloutRule;
use bayplan::simulate::deployment::shift::TrafficShift;
use bayplan::simulate::engine::{EngineOptions, ScenarioEvent};
use bayplan::simulate::fleet::Fleet;
use bayplan::simulate::managed_scaling::ManagedScalingInput;
use bayplan::simulate::workload::Workload;
use bayplan::simulate::world::World;
use rayon::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use crate::support::{cluster, host_of_type, played, scaled};

const SIZES: [(u64, u64); 6] = [(7000, 2), (2048, 1), (768, 2), (768, 2), (128, 2), (512, 1)];

fn roadmap_cluster() -> Cluster {
    let services =
        SIZES.map(|(memory, count)| json!({"memory": memory, "cpu": 0, "desiredCount": count}));
    cluster(services.to_vec())
}

/// All orders of the services.
fn orders() -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for service in 0..SIZES.len() {
        orders = (orders.into_iter())
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, service);
                    longer
                })
            })
            .collect();
    }
    orders
}

/// Instances held when the services were created one by one, `gap` minutes apart, and an hour later, where
/// `deployed`, all deployed anew in the same way.
fn instances_held(order: &[usize], gap: u64, deployed: bool) -> u64 {
    let cluster = roadmap_cluster();
    let zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    let hosts: Vec<_> = zones
        .map(|zone| (host_of_type("m5.large", zone, false), 0))
        .to_vec();
    let mut workload = Workload::new(&cluster, None);
    for class in 0..SIZES.len() {
        workload.classes[class].count = 0;
        workload.add_revision(class);
    }
    let mut world = World::new(&cluster, &Fleet::new(hosts), workload);
    let groups = scaled(&mut world, &ManagedScalingInput::default(), 100);
    let mut events = Vec::new();
    for (at, &class) in (0..).zip(order) {
        let count = SIZES[class].1;
        events.push((at * gap, ScenarioEvent::DesiredCount { class, count }));
        if deployed {
            let (old, new) = (class, class + SIZES.len());
            let stops = RolloutStops::default();
            let rule = RolloutRule::of(&cluster.services[class], stops, TrafficShift::default());
            events.push((at * gap + 60, ScenarioEvent::Deployment { old, new, rule }));
        }
    }
    let options = EngineOptions {
        minutes: 240,
        ..EngineOptions::default()
    };
    let run = played(&cluster, &world, &groups, false, &events, &options);
    assert_eq!(run.missing, 0, "every task runs in the end");
    run.trace.minutes.last().expect("two hours").instances()
}

/// Best, middle and worst over every tenth order of the services.
fn best_usual_worst(deployed: bool) -> [u64; 3] {
    let mut held: Vec<u64> = (orders().par_iter().step_by(10))
        .map(|order| instances_held(order, 10, deployed))
        .collect();
    held.sort_unstable();
    [held[0], held[held.len() / 2], held[held.len() - 1]]
}

#[test]
fn the_optimum_is_three_instances_and_so_is_the_bound_by_volume() {
    let mut cluster = roadmap_cluster();
    cluster.policy.allowed_instance_types = Some(vec!["m5.large".to_owned()]);
    // The case is of whole services on one instance, without rollouts.
    cluster.policy.max_share_on_instance = Some(Decimal::ONE);
    cluster.policy.deployment_surge = DeploymentSurge::Off;
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    let options = PlanOptions::default();
    let planned = plan(&cluster, &catalogue, &options, &Never, &Silent).expect("a plan");
    let instances: u64 = planned.plan.instances.iter().map(|row| row.count).sum();
    let memory: u64 = SIZES.iter().map(|(memory, count)| memory * count).sum();
    let registered = planned.plan.instances[0].registered.memory_mib;
    assert_eq!(memory, 19_888);
    assert!(registered >= 7_512, "{registered} MiB hold 7000 and 512");
    assert_eq!((instances, memory.div_ceil(registered)), (3, 3));
}

#[test]
fn creating_the_services_one_by_one_takes_three_or_four() {
    assert_eq!(best_usual_worst(false), [3, 4, 4]);
}

/// The rollout of a large task brings instances that small tasks then keep: ECS never moves them.
#[test]
fn after_one_rollout_each_up_to_six_are_held_as_the_issue_reports() {
    assert_eq!(best_usual_worst(true), [3, 6, 6]);
}
