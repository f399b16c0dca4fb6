//! `--min-availability`: as little Spot as every service needs to keep its minimum of healthy tasks, and no less.

use crate::support::imported;
use bayplan::catalogue::Catalogue;
use bayplan::check::check;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::FleetPlan;
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use bayplan::report::wording;
use bayplan::simulate::availability::{AvailabilityOptions, Deployment, availability};
use bayplan::simulate::choices::Choices;
use serde_json::json;

/// One service may lose a third of its tasks, the other none.
fn cluster() -> Cluster {
    imported(&json!({
        "version": 1, "cluster": "spot", "region": "us-east-1",
        "services": [
            {"serviceName": "patient", "desiredCount": 24, "cpu": 1024, "memory": 3000,
             "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 200}},
            {"serviceName": "strict", "desiredCount": 6, "cpu": 2048, "memory": 4096,
             "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200}}
        ],
        "policy": {"purchaseOptions": ["on-demand", "spot"], "allowedInstanceTypes": ["m5.*", "c5.*", "m6i.*", "c6i.*"]}
    }))
}

fn planned(cluster: &Cluster, catalogue: &Catalogue, least: Option<f64>) -> FleetPlan {
    let options = PlanOptions {
        min_availability: least,
        ..PlanOptions::default()
    };
    let planned = plan(cluster, catalogue, &options, &Never, &Silent).expect("a plan");
    assert_eq!(check(cluster, catalogue, &planned.plan), []);
    planned.plan.into_plan()
}

/// Tasks of a service on Spot, and the probability that it keeps its minimum.
fn fared(cluster: &Cluster, plan: &FleetPlan, service: usize) -> (u64, f64) {
    let name = &cluster.services[service].name;
    let on_spot = (plan.instances.iter())
        .filter(|row| row.purchase_option.may_be_reclaimed())
        .map(|row| row.count * row.tasks.get(name).copied().unwrap_or(0))
        .sum();
    let reading = Choices::default().band_reading;
    let deployment = Deployment::of_plan(cluster, &plan.instances, &plan.fargate_tasks, reading);
    // Other trials than the planner's.
    let options = AvailabilityOptions {
        seed: 77,
        ..AvailabilityOptions::default()
    };
    let kept = availability(&deployment, &options).services[service].kept;
    (on_spot, kept.estimate)
}

#[test]
fn every_service_is_kept_and_spot_is_used_where_that_allows_it() {
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    let cluster = cluster();
    let cheap = planned(&cluster, &catalogue, None);
    let kept = planned(&cluster, &catalogue, Some(0.98));

    let (on_spot, before) = fared(&cluster, &cheap, 1);
    assert!(
        on_spot > 0 && before < 0.98,
        "{on_spot} on Spot, kept {before}"
    );
    for service in 0..2 {
        let (on_spot, after) = fared(&cluster, &kept, service);
        assert!(
            on_spot == 0 || after >= 0.98,
            "{service}: {on_spot} on Spot, kept {after}"
        );
    }
    assert!(cheap.cost.usd_per_hour < kept.cost.usd_per_hour);

    // Without Spot it costs more: the patient service still has some.
    let mut firm = cluster.clone();
    firm.policy.spot_max_share = rust_decimal::Decimal::ZERO;
    let firm = planned(&firm, &catalogue, None);
    assert!(kept.cost.usd_per_hour < firm.cost.usd_per_hour);
    assert!(
        wording::assumptions(&kept)
            .iter()
            .any(|line| line.contains("strict 0"))
    );
}
