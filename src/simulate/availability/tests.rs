use super::*;

fn pool(zone: usize, monthly_share: Option<f64>) -> Pool {
    Pool {
        zone: Some(zone),
        reclaim: monthly_share.map(ReclaimRate::of_monthly_share),
    }
}

fn group(pool: usize, hosts: u64, tasks: &[(usize, u64)]) -> HostGroup {
    HostGroup {
        pool,
        hosts,
        tasks: tasks.to_vec(),
    }
}

fn own_reclaims_only() -> AvailabilityOptions {
    AvailabilityOptions {
        model: SpotModel::try_new(0.0, 1.0).expect("valid"),
        ..AvailabilityOptions::default()
    }
}

#[test]
fn one_instance_survives_a_month_as_often_as_its_band_says() {
    let deployment = Deployment {
        pools: vec![pool(0, Some(0.3))],
        groups: vec![group(0, 1, &[(0, 2)])],
        minimum_healthy: vec![1],
    };
    for options in [own_reclaims_only(), AvailabilityOptions::default()] {
        let options = AvailabilityOptions {
            trials: 200_000,
            confidence: 0.999,
            ..options
        };
        let result = availability(&deployment, &options);
        let kept = result.services[0].kept;
        // With shortages that take half the pool the rate of the one instance is the same. A notice in the
        // last two minutes does no harm within the window, which is far below the interval's width.
        assert!(kept.lower < 0.7 && 0.7 < kept.upper, "{kept:?}");
        assert!(kept.upper - kept.lower < 0.02);
        assert_eq!(result.services[0].fewest_healthy, 0);
        assert_eq!(result.all_kept, kept);
    }
}

#[test]
fn below_the_minimum_lasts_from_the_end_until_the_replacement() {
    let deployment = Deployment {
        pools: vec![pool(0, Some(0.3))],
        groups: vec![group(0, 1, &[(0, 1)])],
        minimum_healthy: vec![1],
    };
    let options = AvailabilityOptions {
        replacement_s: 420,
        ..own_reclaims_only()
    };
    let result = availability(&deployment, &options);
    // 0.357 reclaims a month, 300 s below the minimum for each.
    let expected = -(0.7_f64).ln() * 300.0;
    assert!((result.services[0].mean_below_s / expected - 1.0).abs() < 0.05);
    assert!((result.mean_lost / -(0.7_f64).ln() - 1.0).abs() < 0.05);
}

#[test]
fn a_replacement_within_the_notice_keeps_every_task() {
    let deployment = Deployment {
        pools: vec![pool(0, Some(0.4))],
        groups: vec![group(0, 20, &[(0, 1)])],
        minimum_healthy: vec![20],
    };
    let options = AvailabilityOptions {
        replacement_s: NOTICE_S,
        trials: 500,
        ..AvailabilityOptions::default()
    };
    let result = availability(&deployment, &options);
    assert!((result.services[0].kept.estimate - 1.0).abs() < f64::EPSILON);
    assert!(result.mean_lost > 1.0);
}

#[test]
fn on_demand_instances_stay() {
    let deployment = Deployment {
        pools: vec![pool(0, None)],
        groups: vec![group(0, 3, &[(0, 1)])],
        minimum_healthy: vec![3],
    };
    let result = availability(&deployment, &AvailabilityOptions::default());
    assert!((result.services[0].kept.estimate - 1.0).abs() < f64::EPSILON);
    assert!(result.services[0].kept.lower > 0.999);
    assert!(result.mean_lost.abs() < f64::EPSILON);
}

#[test]
fn shortages_make_a_service_in_one_pool_worse_and_two_pools_better() {
    let together = |model| AvailabilityOptions {
        model,
        trials: 4000,
        ..AvailabilityOptions::default()
    };
    let one_pool = Deployment {
        pools: vec![pool(0, Some(0.2))],
        groups: vec![group(0, 4, &[(0, 1)])],
        minimum_healthy: vec![2],
    };
    let two_pools = Deployment {
        pools: vec![pool(0, Some(0.2)), pool(1, Some(0.2))],
        groups: vec![group(0, 2, &[(0, 1)]), group(1, 2, &[(0, 1)])],
        minimum_healthy: vec![2],
    };
    let shared = SpotModel::try_new(1.0, 1.0).expect("valid");
    let kept = |deployment: &Deployment, model| {
        availability(deployment, &together(model)).services[0].kept
    };
    let alone = kept(&one_pool, SpotModel::try_new(0.0, 1.0).expect("valid"));
    let shock = kept(&one_pool, shared);
    let spread = kept(&two_pools, shared);
    assert!(shock.upper < alone.lower, "{shock:?} {alone:?}");
    assert!(shock.upper < spread.lower, "{shock:?} {spread:?}");
}

#[test]
fn a_lost_zone_takes_everything_in_it() {
    let deployment = Deployment {
        pools: vec![
            pool(0, None),
            pool(1, None),
            Pool {
                zone: None,
                reclaim: None,
            },
        ],
        groups: vec![
            group(0, 2, &[(0, 1), (1, 1)]),
            group(1, 2, &[(0, 1)]),
            group(2, 1, &[(2, 1)]),
        ],
        minimum_healthy: vec![2, 1, 1],
    };
    let options = AvailabilityOptions {
        zone_losses_per_year: 6.0,
        trials: 4000,
        ..AvailabilityOptions::default()
    };
    let result = availability(&deployment, &options);
    // Service 1 lives in zone 0 only, and half a loss a month is expected.
    let survives = (-0.5_f64).exp();
    let kept = result.services[1].kept;
    assert!(kept.lower < survives && survives < kept.upper, "{kept:?}");
    assert!(result.services[0].kept.lower > 0.99);
    assert!((result.services[2].kept.estimate - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_service_short_from_the_start_is_never_kept() {
    let deployment = Deployment {
        pools: vec![pool(0, None)],
        groups: vec![group(0, 1, &[(0, 1)])],
        minimum_healthy: vec![2],
    };
    let options = AvailabilityOptions {
        trials: 10,
        ..AvailabilityOptions::default()
    };
    let result = availability(&deployment, &options);
    assert!(result.services[0].kept.estimate.abs() < f64::EPSILON);
    assert!((result.services[0].mean_below_s - 730.0 * 3600.0).abs() < f64::EPSILON);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let deployment = Deployment {
        pools: vec![pool(0, Some(0.1)), pool(1, Some(0.4))],
        groups: vec![
            group(0, 9, &[(0, 2), (1, 1)]),
            group(1, 4, &[(0, 1)]),
            group(1, 3, &[(1, 3)]),
        ],
        minimum_healthy: vec![16, 12],
    };
    let options = AvailabilityOptions {
        zone_losses_per_year: 1.0,
        trials: 2000,
        ..AvailabilityOptions::default()
    };
    let with_threads = |threads| {
        let workers = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        workers
            .expect("threads")
            .install(|| availability(&deployment, &options))
    };
    let one = with_threads(1);
    assert!(
        one.services
            .iter()
            .all(|service| service.kept.estimate < 1.0)
    );
    assert_eq!(one, with_threads(3));
    let other_seed = AvailabilityOptions { seed: 1, ..options };
    assert_ne!(one, availability(&deployment, &other_seed));
}

#[test]
fn a_cut_leaves_the_trials_that_were_played_and_their_own_intervals() {
    let deployment = Deployment {
        pools: vec![pool(0, Some(0.3))],
        groups: vec![group(0, 3, &[(0, 1)])],
        minimum_healthy: vec![3, 0],
    };
    let options = AvailabilityOptions {
        trials: 2_000,
        ..AvailabilityOptions::default()
    };
    let at_once = availability_until(&deployment, &options, Cut::once(&|| true));
    let few = AvailabilityOptions {
        trials: TRIALS_OF_A_LOOK,
        ..options
    };
    assert_eq!(at_once, availability(&deployment, &few));
    let whole = availability(&deployment, &options);
    assert_eq!(whole.trials, 2_000);
    assert_eq!(deployment.may_be_reclaimed(), [true, false]);
}
