use proptest::prelude::*;

use super::*;

fn item(provider: usize, base: u32, weight: u32) -> StrategyItem {
    StrategyItem {
        provider,
        kind: ProviderKind::AutoScalingGroup,
        base,
        weight,
    }
}

fn strategy(items: &[(u32, u32)], choices: &Choices) -> ProviderStrategy {
    let items = (items.iter().enumerate())
        .map(|(provider, (base, weight))| item(provider, *base, *weight))
        .collect();
    ProviderStrategy::try_new(items, choices).expect("a valid strategy")
}

fn with_rule(rule: RatioRule) -> Choices {
    Choices {
        ratio_rule: rule,
        ..Choices::default()
    }
}

#[test]
fn the_base_comes_first_and_the_rest_goes_by_weight() {
    // Weight 1:4 with base 2 on the first, over 12 tasks: 2 + 2 and 8.
    for rule in RatioRule::ALL {
        let strategy = strategy(&[(2, 1), (0, 4)], &with_rule(*rule));
        assert_eq!(strategy.split(&[0, 0], 12), [4, 8], "{rule:?}");
        assert_eq!(strategy.split(&[0, 0], 2), [2, 0], "{rule:?}");
    }
}

#[test]
fn tasks_that_run_already_count() {
    let strategy = strategy(&[(2, 1), (0, 4)], &Choices::default());
    assert_eq!(strategy.split(&[4, 0], 8), [0, 8]);
    assert_eq!(strategy.split(&[0, 8], 4), [4, 0]);
}

#[test]
fn equal_weights_go_by_list_order() {
    let strategy = strategy(&[(0, 1), (0, 1), (0, 1)], &Choices::default());
    assert_eq!(strategy.next(&[0, 0, 0]), 0);
    assert_eq!(strategy.next(&[1, 0, 0]), 1);
    assert_eq!(strategy.next(&[1, 1, 0]), 2);
}

#[test]
fn a_provider_with_weight_zero_takes_its_base_or_nothing() {
    let places = strategy(&[(3, 0), (0, 1)], &Choices::default());
    assert_eq!(places.split(&[0, 0], 5), [3, 2]);
    let ignored = Choices {
        base_on_weight_zero: BaseOnWeightZero::Ignored,
        ..Choices::default()
    };
    assert_eq!(
        strategy(&[(3, 0), (0, 1)], &ignored).split(&[0, 0], 5),
        [0, 5]
    );
}

#[test]
fn everything_ecs_refuses_is_said_at_once() {
    let mut items = vec![item(0, 1, 0), item(0, 2, 0), item(1, 100_001, 0)];
    items[2].kind = ProviderKind::FargateSpot;
    let errors = ProviderStrategy::try_new(items, &Choices::default()).expect_err("not valid");
    assert_eq!(
        errors,
        [
            StrategyError::Repeated {
                first: 0,
                second: 1
            },
            StrategyError::Base {
                position: 2,
                base: 100_001
            },
            StrategyError::SeveralBases {
                first: 0,
                second: 1
            },
            StrategyError::AllWeightsZero,
            StrategyError::Mixed,
        ]
    );
    let none = ProviderStrategy::try_new(Vec::new(), &Choices::default());
    assert_eq!(none, Err(vec![StrategyError::Empty]));
    let heavy = ProviderStrategy::try_new(vec![item(0, 0, 1001)], &Choices::default());
    assert_eq!(
        heavy,
        Err(vec![StrategyError::Weight {
            position: 0,
            weight: 1001
        }])
    );
}

#[test]
fn many_small_weights_show_where_the_two_rules_part() {
    // The smallest ratio favours the heavy provider beyond its share; the shortfall rule does not.
    let mut weights = vec![(0, 50)];
    weights.extend([(0, 1); 10]);
    let none = vec![0; weights.len()];
    let by_ratio = strategy(&weights, &with_rule(RatioRule::SmallestRatio)).split(&none, 50);
    let by_shortfall = strategy(&weights, &with_rule(RatioRule::LargestShortfall)).split(&none, 50);
    assert_eq!(by_ratio[0], 50);
    // Its exact share is 41.7.
    assert_eq!(by_shortfall[0], 41);
}

proptest! {
    #[test]
    fn no_provider_is_a_whole_task_below_its_share(
        weights in prop::collection::vec(0_u32..=20, 1..=6)
            .prop_filter("some weight", |w| w.iter().any(|x| *x > 0)),
        count in 0_u64..200,
    ) {
        let items: Vec<(u32, u32)> = weights.iter().map(|w| (0, *w)).collect();
        let none = vec![0; items.len()];
        let counts = strategy(&items, &with_rule(RatioRule::SmallestRatio)).split(&none, count);
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        prop_assert_eq!(counts.iter().sum::<u64>(), count);
        for (taken, weight) in counts.iter().zip(&weights) {
            // taken > share - 1, times the total weight.
            prop_assert!((taken + 1) * total > count * u64::from(*weight));
        }
    }

    #[test]
    fn two_providers_stay_within_a_task_of_their_shares(
        a in 1_u32..=1000, b in 1_u32..=1000, base in 0_u32..20, count in 0_u64..300,
        largest_shortfall: bool,
    ) {
        let rule = RatioRule::ALL[usize::from(largest_shortfall)];
        let counts = strategy(&[(base, a), (0, b)], &with_rule(rule)).split(&[0, 0], count);
        let above = count.saturating_sub(u64::from(base));
        let first = counts[0] - u64::from(base).min(count);
        let share = above as f64 * f64::from(a) / f64::from(a + b);
        prop_assert!((first as f64 - share).abs() < 1.0, "{} of {}", first, share);
    }

    #[test]
    fn whole_cycles_are_exact(
        weights in prop::collection::vec(1_u32..=9, 1..=6), cycles in 1_u64..4,
        largest_shortfall: bool,
    ) {
        let rule = RatioRule::ALL[usize::from(largest_shortfall)];
        let items: Vec<(u32, u32)> = weights.iter().map(|w| (0, *w)).collect();
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let counts = strategy(&items, &with_rule(rule)).split(&vec![0; items.len()], total * cycles);
        let exact: Vec<u64> = weights.iter().map(|w| u64::from(*w) * cycles).collect();
        prop_assert_eq!(counts, exact);
    }
}

/// One task after the other.
fn split_one_by_one(strategy: &ProviderStrategy, tasks: &[u64], count: u64) -> Vec<u64> {
    let mut counts = tasks.to_vec();
    for _ in 0..count {
        let next = strategy.next(&counts);
        counts[next] += 1;
    }
    (counts.iter().zip(tasks))
        .map(|(now, before)| now - before)
        .collect()
}

proptest! {
    #[test]
    fn whole_periods_are_what_single_steps_give(
        items in prop::collection::vec((0_u32..=9, 0_u64..12), 1..=5)
            .prop_filter("some weight", |items| items.iter().any(|item| item.0 > 0)),
        base in 0_u32..8, at in 0_usize..5, count in 0_u64..120, starts_empty: bool, largest_shortfall: bool,
    ) {
        let rule = RatioRule::ALL[usize::from(largest_shortfall)];
        let at = at % items.len();
        let given: Vec<(u32, u32)> = (items.iter().enumerate())
            .map(|(position, item)| (if position == at { base } else { 0 }, item.0))
            .collect();
        let tasks: Vec<u64> = items.iter().map(|item| if starts_empty { 0 } else { item.1 }).collect();
        let strategy = strategy(&given, &with_rule(rule));
        prop_assert_eq!(strategy.split(&tasks, count), split_one_by_one(&strategy, &tasks, count));
    }
}

#[test]
fn the_time_of_a_split_does_not_grow_with_the_count() {
    // Task by task this would take minutes.
    let counts = strategy(&[(2, 999), (0, 1), (0, 500)], &Choices::default())
        .split(&[0, 0, 0], 3_000_000_000_000_002);
    assert_eq!(
        counts,
        [
            1_998_000_000_000_002,
            2_000_000_000_000,
            1_000_000_000_000_000
        ]
    );
}
