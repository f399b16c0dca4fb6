//! Placement, scale-in of tasks and capacity provider strategies.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use bayplan::domain::capacity::ProviderKind;
use bayplan::simulate::choices::{Choices, SpreadStops, TieBreak};
use bayplan::simulate::cut::Cut;
use bayplan::simulate::orders::Arrival;
use bayplan::simulate::providers::{ProviderStrategy, StrategyItem};
use bayplan::simulate::rebalance::rebalance;
use bayplan::simulate::replay::{Fill, Replayer, Until, fill, first_failing_order, replay_many};
use bayplan::simulate::scale_in;
use bayplan::simulate::scheduler::{Scheduler, Within};
use bayplan::simulate::state::State;
use bayplan::simulate::ties::Draws;
use serde_json::{Value, json};

use crate::support::{cluster, host, host_of_type, world};

fn service(count: u64, more: &Value) -> Value {
    let mut service = json!({"desiredCount": count, "cpu": 100, "memory": 100});
    for (key, value) in more.as_object().expect("an object") {
        service[key] = value.clone();
    }
    service
}

fn strategy(kind: &str, field: &str) -> Value {
    json!({"placementStrategy": [{"type": kind, "field": field}]})
}

/// Starts so many tasks of the only service; the instance of each.
fn start(state: &mut State<'_>, count: usize) -> Vec<u32> {
    let (mut scheduler, mut draws) = (Scheduler::default(), Draws::new(TieBreak::Drawn, 1));
    (0..count)
        .filter_map(|_| scheduler.start(state, 0, Within::Anywhere, &mut draws))
        .collect()
}

#[test]
fn a_service_without_strategy_prefers_the_zone_then_the_instance_with_the_fewest_of_its_tasks() {
    let cluster = cluster(vec![service(9, &json!({})), service(50, &json!({}))]);
    let (a, b) = (
        host(1000, 1000, "us-east-1a"),
        host(1000, 1000, "us-east-1b"),
    );
    let world = world(&cluster, &[(a, 1), (b, 2)]);
    let mut state = State::new(&world, 1);
    // Tasks of the other service do not count: they fill the first instance of the second zone.
    let busy = state.present().nth(1).expect("three instances");
    for _ in 0..5 {
        state.start(1, busy);
    }
    start(&mut state, 8);
    let tasks = |id: u32| {
        state
            .classes_on(id)
            .iter()
            .find(|(class, _)| *class == 0)
            .map(|(_, n)| *n)
    };
    let placed: Vec<Option<u32>> = state.present().map(tasks).collect();
    assert_eq!(placed, [Some(4), Some(2), Some(2)]);
}

#[test]
fn spread_over_instances_with_a_task_each_leaves_none_empty() {
    let cluster = cluster(vec![service(5, &strategy("spread", "instanceId"))]);
    let world = world(&cluster, &[(host(4000, 4000, "us-east-1a"), 5)]);
    let mut state = State::new(&world, 7);
    start(&mut state, 5);
    assert_eq!(state.used_count(), 5);
}

#[test]
fn binpack_fills_the_instance_with_the_least_of_its_resource_first() {
    let cluster = cluster(vec![service(9, &strategy("binpack", "memory"))]);
    let (small, large) = (host(1000, 400, "us-east-1a"), host(500, 900, "us-east-1a"));
    let world = world(&cluster, &[(small.clone(), 1), (large, 1)]);
    let mut state = State::new(&world, 1);
    let placed = start(&mut state, 6);
    let is_small: Vec<bool> = (placed.iter())
        .map(|&id| world.hosts[state.host(id)].host == small)
        .collect();
    assert_eq!(is_small, [true, true, true, true, false, false]);
}

#[test]
fn under_spread_over_instances_the_choice_says_where_a_task_stops() {
    let cluster = cluster(vec![service(20, &strategy("spread", "instanceId"))]);
    let world = world(&cluster, &[(host(2000, 2000, "us-east-1a"), 10)]);
    let left = |rule: SpreadStops| {
        let mut state = State::new(&world, 1);
        assert_eq!(start(&mut state, 20).len(), 20);
        let mut draws = Draws::new(TieBreak::Drawn, 0);
        for _ in 0..10 {
            let id = scale_in::choose_among(&state, 0, rule, |_| true, &mut draws).expect("a task");
            state.stop(0, id);
        }
        state.present().filter(|&id| state.tasks_on(id) > 0).count()
    };
    assert_eq!(
        left(SpreadStops::FullestInstance),
        10,
        "a task stays on each"
    );
    assert!(left(SpreadStops::InZone) < 10, "drawn, some run empty");
}

#[test]
fn an_interface_per_task_is_two_on_c5_large_and_ten_with_trunking() {
    let cluster = cluster(vec![service(20, &json!({"networkMode": "awsvpc"}))]);
    for (trunking, expected) in [(false, 2), (true, 10)] {
        let large = host_of_type("c5.large", "us-east-1a", trunking);
        let world = world(&cluster, &[(large, 1)]);
        let mut replayer = Replayer::new(&world, TieBreak::Drawn);
        let outcome = replayer.replay(Arrival::Shuffled, 0, 0, Until::AllTasks);
        assert_eq!((outcome.placed, outcome.pending), (expected, 20 - expected));
    }
}

#[test]
fn binpack_scale_in_stops_the_task_that_leaves_the_emptiest_instance() {
    let cluster = cluster(vec![service(9, &strategy("binpack", "memory"))]);
    let world = world(&cluster, &[(host(2000, 1000, "us-east-1a"), 3)]);
    let mut state = State::new(&world, 1);
    for (id, tasks) in [(0, 3), (1, 1), (2, 2)] {
        for _ in 0..tasks {
            state.start(0, id);
        }
    }
    let mut draws = Draws::new(TieBreak::Drawn, 0);
    let stopped: Vec<u32> = (0..3)
        .filter_map(|_| {
            let id = scale_in::choose(&state, 0, &mut draws)?;
            state.stop(0, id);
            Some(id)
        })
        .collect();
    assert_eq!(stopped, [1, 2, 2]);
}

#[test]
fn weights_of_one_to_four_after_a_base_of_two_share_twelve_tasks_four_to_eight() {
    let item = |provider, base, weight| StrategyItem {
        provider,
        kind: ProviderKind::AutoScalingGroup,
        base,
        weight,
    };
    let items = vec![item(0, 2, 1), item(1, 0, 4)];
    let strategy = ProviderStrategy::try_new(items, &Choices::default()).expect("a strategy");
    let cluster = cluster(vec![service(12, &json!({}))]);
    let mut hosts = [
        host(9000, 9000, "us-east-1a"),
        host(9000, 9000, "us-east-1a"),
    ];
    hosts[0].capacity_provider = Some("A".to_owned());
    hosts[1].capacity_provider = Some("B".to_owned());
    let mut world = world(&cluster, &hosts.map(|host| (host, 1)));
    world.strategies[0] = Some(strategy);
    let mut replayer = Replayer::new(&world, TieBreak::Drawn);
    replayer.replay(Arrival::Shuffled, 0, 0, Until::AllTasks);
    let state = replayer.state();
    let mut tasks = BTreeMap::new();
    for id in state.present() {
        let provider = world.hosts[state.host(id)].host.capacity_provider.clone();
        *tasks.entry(provider.expect("given")).or_insert(0) += state.tasks_on(id);
    }
    assert_eq!(
        tasks,
        BTreeMap::from([("A".to_owned(), 4), ("B".to_owned(), 8)])
    );
}

#[test]
fn a_task_waits_for_its_provider_though_another_has_room() {
    let cluster = cluster(vec![service(4, &json!({}))]);
    let world = {
        let mut full = host(100, 100, "us-east-1a");
        full.capacity_provider = Some("full".to_owned());
        let mut world = world(&cluster, &[(full, 1), (host(9000, 9000, "us-east-1a"), 1)]);
        let item = StrategyItem {
            provider: world.provider("full"),
            kind: ProviderKind::AutoScalingGroup,
            base: 0,
            weight: 1,
        };
        world.strategies[0] = ProviderStrategy::try_new(vec![item], &Choices::default()).ok();
        world
    };
    let outcome = replay_many(&world, TieBreak::Drawn, 0, 1, Cut::NEVER).remove(0);
    assert_eq!((outcome.placed, outcome.pending), (1, 3));
}

#[test]
fn rebalancing_levels_zones_and_consolidates_nothing() {
    let cluster = cluster(vec![service(9, &json!({}))]);
    let hosts = ["us-east-1a", "us-east-1b", "us-east-1c"].map(|zone| (host(1000, 1000, zone), 2));
    let world = world(&cluster, &hosts);
    let mut state = State::new(&world, 3);
    for _ in 0..9 {
        state.start(0, 0);
    }
    let (mut scheduler, mut draws) = (Scheduler::default(), Draws::new(TieBreak::Drawn, 0));
    let moves = rebalance(&mut state, &mut scheduler, 0, u64::MAX, &mut draws);
    let mut zones = BTreeMap::new();
    for id in state.present() {
        *zones
            .entry(world.hosts[state.host(id)].host.availability_zone.clone())
            .or_insert(0) += state.tasks_on(id);
    }
    assert_eq!(zones.into_values().collect::<Vec<_>>(), [3, 3, 3]);
    assert_eq!(moves.len(), 6);
    assert_eq!(
        state.used_count(),
        5,
        "spread within each zone, and nothing is emptied for it"
    );
    assert!(rebalance(&mut state, &mut scheduler, 0, u64::MAX, &mut draws).is_empty());
}

#[test]
fn a_replay_is_the_same_however_often_and_on_however_many_threads() {
    let services =
        [300, 200, 128].map(|cpu| json!({"desiredCount": 40, "cpu": cpu, "memory": 200}));
    let cluster = cluster(services.to_vec());
    let hosts = [
        (host(2048, 3000, "us-east-1a"), 6),
        (host(4096, 3000, "us-east-1b"), 2),
    ];
    let world = world(&cluster, &hosts);
    let together = replay_many(&world, TieBreak::Drawn, 5, 20, Cut::NEVER);
    let mut replayer = Replayer::new(&world, TieBreak::Drawn);
    for (number, outcome) in (0_u32..20).zip(&together).rev() {
        let number = u64::from(number);
        let alone = replayer.replay(Arrival::of_order(number), 5, number, Until::AllTasks);
        assert_eq!(alone, *outcome, "order {number}");
    }
    let failing = (0..)
        .zip(&together)
        .find(|(_, outcome)| outcome.pending > 0);
    let (number, outcome) = failing.expect("the fleet is too small for some order");
    let first = first_failing_order(&world, TieBreak::Drawn, 5, 20).expect("the same");
    assert_eq!(
        (first.0, first.1.first_failure),
        (number, outcome.first_failure)
    );
}

#[test]
fn a_replay_that_is_cut_says_so_and_its_order_does_not_count() {
    let cluster = cluster(vec![json!({"desiredCount": 400, "cpu": 10, "memory": 10})]);
    let world = world(&cluster, &[(host(4096, 8000, "us-east-1a"), 4)]);
    let looks = AtomicU64::new(0);
    let second_look = || looks.fetch_add(1, Ordering::Relaxed) > 0;
    let mut replayer = Replayer::new(&world, TieBreak::Drawn).until(Cut::once(&second_look));
    let outcome = replayer.replay(Arrival::Shuffled, 0, 0, Until::AllTasks);
    assert!(outcome.is_cut);
    assert!((1..400).contains(&outcome.placed), "{}", outcome.placed);
    let at_once = || true;
    let cut = Cut::once(&at_once);
    assert_eq!(replay_many(&world, TieBreak::Drawn, 0, 5, cut), []);
    let none = Fill::Whole { orders: 0 };
    assert_eq!(fill(&world, TieBreak::Drawn, 0, 5, cut), none);
    let all = Fill::Whole { orders: 5 };
    assert_eq!(fill(&world, TieBreak::Drawn, 0, 5, Cut::NEVER), all);
}
