//! What must hold for every cluster: the plan passes the independent check; more choice never costs more;
//! neither the order of a file nor the number of threads shows; only proportions matter.

use crate::generator;
use crate::support::planned::{plan, printed_on_threads};
use crate::support::{imported, tiny};
use bayplan::catalogue::{Catalogue, CatalogueParts};
use bayplan::check::check;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::{FleetPlan, PlanStatus};
use bayplan::domain::quantity::{CpuUnits, MemoryMib};
use bayplan::io::write_plan;
use bayplan::report::wording::document;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// Sections whose order means nothing.
const UNORDERED: [&str; 3] = ["services", "autoScalingGroups", "containerInstances"];

/// That many cases, or as many as `PROPTEST_CASES` says; failures are kept beside this file.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if asked { default.cases } else { cases },
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource(
            "proptest-regressions",
        ))),
        ..default
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_plan_of_a_tiny_cluster_passes_the_check(seed: u64) {
        let (cluster, catalogue) = tiny_case(seed);
        let violations = check(&cluster, &catalogue, &plan(&cluster, &catalogue));
        prop_assert!(violations.is_empty(), "{:#?}", violations);
    }

    #[test]
    fn one_more_instance_type_never_raises_the_optimum(seed: u64, which in 0_usize..8) {
        let (with_all, catalogue) = tiny_case(seed);
        let mut with_fewer = with_all.clone();
        let left_out = catalogue.instance_types()[which].name.clone();
        with_fewer.policy.excluded_instance_types.push(left_out);
        let (all, fewer) = (plan(&with_all, &catalogue), plan(&with_fewer, &catalogue));
        if !fewer.unplaced.is_empty() {
            return Ok(());
        }
        prop_assert!(all.unplaced.is_empty());
        if let Some(bound) = all.cost.bound_usd_per_hour {
            prop_assert!(bound <= fewer.cost.ideal_usd_per_hour);
        }
        if all.status == PlanStatus::Optimal {
            prop_assert!(all.cost.ideal_usd_per_hour <= fewer.cost.ideal_usd_per_hour);
        }
    }

    #[test]
    fn the_order_of_a_file_does_not_show(seed: u64, order: u64) {
        let file = tiny::cluster(seed);
        let mut shuffled = file.clone();
        shuffle(&mut shuffled, order);
        let catalogue = tiny::catalogue(seed);
        let printed = |file: &Value| write_plan(&document(&plan(&imported(file), &catalogue)));
        prop_assert_eq!(printed(&file), printed(&shuffled));
    }

    #[test]
    fn the_number_of_threads_does_not_show(seed: u64) {
        let (cluster, catalogue) = tiny_case(seed);
        prop_assert_eq!(
            printed_on_threads(&cluster, &catalogue, 1),
            printed_on_threads(&cluster, &catalogue, 2)
        );
    }

    #[test]
    fn sizes_and_capacities_scaled_together_cost_the_same(seed: u64) {
        let mut file = tiny::cluster(seed);
        // Rounding down is the one thing that does not scale.
        file["policy"]["memoryOverhead"] = json!({ "percent": 0, "fixedMib": 0, "perVcpuMib": 0 });
        let catalogue = tiny::catalogue(seed);
        let original = plan(&imported(&file), &catalogue);
        let doubled = plan(&doubled(&imported(&file)), &doubled_types(seed));
        prop_assert_eq!(original.unplaced.is_empty(), doubled.unplaced.is_empty());
        let proven = |plan: &FleetPlan| plan.status == PlanStatus::Optimal;
        if proven(&original) && proven(&doubled) {
            prop_assert_eq!(original.cost.ideal_usd_per_hour, doubled.cost.ideal_usd_per_hour);
        }
    }
}

proptest! {
    // Whole catalogue, hundreds of tasks: a few cases show what tiny clusters cannot.
    #![proptest_config(cases(6))]

    #[test]
    fn a_generated_cluster_passes_the_check_in_any_order_on_any_threads(
        seed: u64,
        services in 2_u64..8,
        tasks in 20_u64..200,
    ) {
        let request = generator::Request { services, tasks, seed, rules: generator::Rules::Plain };
        let file = generator::cluster(request).expect("the counts can be reached");
        let cluster = imported(&file);
        let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
        let planned = plan(&cluster, &catalogue);
        let violations = check(&cluster, &catalogue, &planned);
        prop_assert!(violations.is_empty(), "{:#?}", violations);
        let mut shuffled = file.clone();
        shuffle(&mut shuffled, seed);
        let on_two_threads = printed_on_threads(&imported(&shuffled), &catalogue, 2);
        prop_assert_eq!(write_plan(&document(&planned)), on_two_threads);
    }
}

fn tiny_case(seed: u64) -> (Cluster, Catalogue) {
    (imported(&tiny::cluster(seed)), tiny::catalogue(seed))
}

/// Shuffles every section whose order means nothing.
fn shuffle(file: &mut Value, order: u64) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(order);
    for section in UNORDERED {
        if let Some(items) = file.get_mut(section).and_then(Value::as_array_mut) {
            items.shuffle(&mut random);
        }
    }
}

/// The cluster with every CPU and memory amount doubled.
fn doubled(cluster: &Cluster) -> Cluster {
    let mut doubled = cluster.clone();
    let twice = |amount: u64| amount * 2;
    for service in &mut doubled.services {
        service.task.cpu = CpuUnits::new(twice(service.task.cpu.get()));
        service.task.memory = MemoryMib::new(twice(service.task.memory.get()));
    }
    for instance in &mut doubled.container_instances {
        let registered = &mut instance.registered;
        registered.cpu = registered.cpu.map(|cpu| CpuUnits::new(twice(cpu.get())));
        registered.memory = registered
            .memory
            .map(|memory| MemoryMib::new(twice(memory.get())));
    }
    let policy = &mut doubled.policy;
    policy.reserved_cpu = CpuUnits::new(twice(policy.reserved_cpu.get()));
    policy.reserved_memory = MemoryMib::new(twice(policy.reserved_memory.get()));
    policy.max_vcpus = policy.max_vcpus.map(twice);
    policy.min_vcpus = policy.min_vcpus.map(twice);
    doubled
}

/// The seed's catalogue with vCPUs and memory doubled.
fn doubled_types(seed: u64) -> Catalogue {
    let catalogue = tiny::catalogue(seed);
    let prices = (catalogue.instance_types().iter())
        .filter_map(|t| Some((t.name.clone(), catalogue.on_demand_price(&t.name)?.clone())))
        .collect();
    let storage = "ebs_gp3_storage";
    let other_prices = (catalogue.other_price(storage).into_iter())
        .map(|price| (storage.to_owned(), price.clone()))
        .collect();
    let mut instance_types = catalogue.instance_types().to_vec();
    for instance_type in &mut instance_types {
        instance_type.vcpus *= 2;
        instance_type.memory = MemoryMib::new(instance_type.memory.get() * 2);
    }
    Catalogue::from_parts(CatalogueParts {
        region: catalogue.region().to_owned(),
        from_files: true,
        instance_types,
        on_demand_prices: prices,
        other_prices,
        ..CatalogueParts::default()
    })
}
