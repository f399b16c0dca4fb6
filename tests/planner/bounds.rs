//! A lower bound is about the cluster and not about one run: no run's bound may exceed any run's cost,
//! whatever its seed, its work limit, or a limit that only removes plans.

use crate::generator;
use crate::support::imported;
use bayplan::catalogue::Catalogue;
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{self, PlanOptions};

/// Clusters large enough for big bins with hundreds of tasks, where ties and rounding live.
const CLUSTERS: [(u64, u64, u64); 4] = [
    (8, 4_000, 1),
    (20, 3_000, 2),
    (30, 30_000, 3),
    (12, 9_000, 4),
];

#[test]
fn no_bound_of_one_run_exceeds_the_cost_of_another() {
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    for (services, tasks, seed) in CLUSTERS {
        let request = generator::Request {
            services,
            tasks,
            seed,
            rules: generator::Rules::Plain,
        };
        let file = generator::cluster(request).expect("the counts can be reached");
        let cluster = imported(&file);
        let mut narrower = cluster.clone();
        narrower.policy.max_vcpus = Some(64);
        let mut runs = Vec::new();
        for (cluster, is_whole) in [(&cluster, true), (&narrower, false)] {
            for (seed, work_limit) in [(0, None), (1, Some(200_000)), (2, Some(40_000))] {
                let options = PlanOptions {
                    seed,
                    work_limit,
                    ..PlanOptions::default()
                };
                let planned = planner::plan(cluster, &catalogue, &options, &Never, &Silent)
                    .expect("a generated cluster can be planned");
                let cost = planned.plan.cost.clone();
                runs.push((cost.ideal_usd_per_hour, cost.bound_usd_per_hour, is_whole));
            }
        }
        let cheapest = runs
            .iter()
            .map(|(ideal, _, _)| *ideal)
            .min()
            .expect("there are runs");
        let cheapest_narrower = runs
            .iter()
            .filter(|run| !run.2)
            .map(|run| run.0)
            .min()
            .expect("there are runs");
        for (_, bound, is_whole) in runs {
            let limit = if is_whole {
                cheapest
            } else {
                cheapest_narrower
            };
            assert!(
                bound.is_some_and(|bound| bound <= limit),
                "{bound:?} above {limit}"
            );
        }
    }
}

/// Instances with accelerators are no more than the places of tasks that need them, and a plan that survives the loss of a
/// zone has more places than tasks.
#[test]
fn a_bound_counts_the_places_that_a_lost_zone_needs_and_not_only_tasks() {
    let file = serde_json::json!({
        "version": 1, "cluster": "zones", "region": "us-east-1",
        "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
        "policy": {"surviveZoneLoss": true, "accelerators": "needed"},
        "taskDefinitions": [{"family": "model", "requiresCompatibilities": ["EC2"], "containerDefinitions": [{
            "name": "model", "cpu": 2048, "memory": 8192,
            "resourceRequirements": [{"type": "GPU", "value": "1"}]}]}],
        "services": [
            {"serviceName": "model", "taskDefinition": "model", "desiredCount": 7, "launchType": "EC2"},
            {"serviceName": "web", "cpu": 512, "memory": 1024, "desiredCount": 9}
        ]
    });
    let cluster = imported(&file);
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    let options = PlanOptions {
        ideal: true,
        ..PlanOptions::default()
    };
    let planned = planner::plan(&cluster, &catalogue, &options, &Never, &Silent).expect("a plan");
    assert!(planned.plan.unplaced.is_empty());
    let (cost, bound) = (
        planned.plan.cost.usd_per_hour,
        planned.plan.cost.bound_usd_per_hour,
    );
    assert!(
        bound.is_some_and(|bound| bound <= cost),
        "{bound:?} above {cost}, or no bound at all"
    );
}
