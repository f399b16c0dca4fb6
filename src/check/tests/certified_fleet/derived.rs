//! Figures that follow from cluster, catalogue and the other figures of the plan.

use super::fixture::over;
use super::{Change, Rule, all_violations_after};
use crate::check::tests::plain_fleet::fixture::usd;
use crate::domain::attributes::Attributes;
use crate::domain::cluster::{ContainerInstance, RegisteredResources};
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::OtherGroupCount;
use crate::domain::policy::DeploymentSurge;

/// Changes that break one rule, at one place.
macro_rules! refused {
    ($name:ident, $change:expr, $rule:ident, $place:literal) => {
        #[test]
        fn $name() {
            let found: Vec<(Rule, String)> = (all_violations_after($change).into_iter())
                .map(|violation| (violation.rule, violation.place))
                .collect();
            assert_eq!(found, [(Rule::$rule, $place.to_owned())]);
        }
    };
}

/// Changes that leave a valid plan.
macro_rules! accepted {
    ($name:ident, $change:expr) => {
        #[test]
        fn $name() {
            assert_eq!(all_violations_after($change), []);
        }
    };
}

accepted!(the_plan_and_all_its_figures_hold, |_| ());

// V41
refused!(
    another_source,
    |it| it.plan.catalogue.source = "file".to_owned(),
    Catalogue,
    "catalogue.source"
);
refused!(
    a_date_that_the_catalogue_has_not,
    |it| it.plan.catalogue.as_of.spot = Some("2026-01-01".to_owned()),
    Catalogue,
    "catalogue.asOf.spot"
);

// V42
fn runs_today(it: &mut Change) {
    it.cluster.container_instances.push(ContainerInstance {
        id: "i-1".to_owned(),
        instance_type: "r9.large".to_owned(),
        availability_zone: Some("us-east-1a".to_owned()),
        capacity_provider: None,
        registered: RegisteredResources::default(),
        attributes: Attributes::default(),
        reserved_ports: crate::domain::task::ReservedPorts::default(),
        active: false,
        is_registered: true,
        purchase_option: crate::domain::capacity::Capacity::OnDemand,
    });
}
refused!(
    a_cost_of_today_without_instances,
    |it| it.plan.cost.current_usd_per_hour = Some(usd("1")),
    CurrentCost,
    "cost.currentUsdPerHour"
);
refused!(
    no_cost_of_an_instance_that_drains,
    runs_today,
    CurrentCost,
    "cost.currentUsdPerHour"
);
accepted!(the_cost_of_an_instance_that_drains, |it| {
    runs_today(it);
    it.plan.cost.current_usd_per_hour = Some(usd("0.13"));
});
accepted!(no_cost_where_an_instance_has_no_price, |it| {
    runs_today(it);
    it.cluster.container_instances[0].instance_type = "z1.huge".to_owned();
});

// V43
refused!(
    another_target_capacity,
    |it| {
        let settings = &mut it.plan.capacity_providers[0].managed_scaling;
        settings.target_capacity = Some(99);
    },
    ManagedScaling,
    "capacityProviders[od-a].managedScaling"
);
refused!(
    a_setting_left_out,
    |it| {
        let settings = &mut it.plan.capacity_providers[1].managed_scaling;
        settings.instance_warmup_period_s = None;
    },
    ManagedScaling,
    "capacityProviders[od-b].managedScaling"
);

// V44
refused!(
    a_group_that_may_shrink_without_a_smallest_count,
    |it| it.plan.capacity_providers[0].min_size = 1,
    GroupSizes,
    "capacityProviders[od-a].minSize"
);
refused!(
    a_group_that_may_grow_without_a_largest_count,
    |it| it.plan.capacity_providers[0].max_size = 3,
    GroupSizes,
    "capacityProviders[od-a].maxSize"
);
accepted!(a_group_that_grows_with_its_service, |it| {
    // 12 of `web` in place of 4: 6 in the group, 1 on each instance.
    it.cluster.services[2].max_count = Some(12);
    it.cluster.services[2].min_count = Some(1);
    it.plan.capacity_providers[0].max_size = 6;
    it.plan.capacity_providers[1].max_size = 6;
});
accepted!(a_group_that_keeps_its_size_for_the_smallest_counts, |it| {
    it.cluster.services[2].min_count = Some(1);
    it.plan.capacity_providers[0].min_size = it.plan.capacity_providers[0].desired_capacity;
});
accepted!(a_group_that_grows_further_than_its_pattern, |it| {
    it.cluster.services[2].max_count = Some(12);
    it.plan.capacity_providers[0].max_size = 12;
    it.plan.capacity_providers[1].max_size = 12;
});
refused!(
    a_group_that_grows_further_than_any_growth_needs,
    |it| {
        it.cluster.services[2].max_count = Some(12);
        it.plan.capacity_providers[0].max_size = 13;
        it.plan.capacity_providers[1].max_size = 6;
    },
    GroupSizes,
    "capacityProviders[od-a].maxSize"
);
accepted!(a_group_that_grows_for_a_rollout, |it| {
    it.cluster.policy.deployment_surge = DeploymentSurge::OneByOne;
    it.plan.capacity_providers[0].max_size = 4;
});
refused!(
    a_group_that_grows_further_than_any_rollout_needs,
    |it| {
        it.cluster.policy.deployment_surge = DeploymentSurge::OneByOne;
        it.plan.capacity_providers[0].max_size = 5;
    },
    GroupSizes,
    "capacityProviders[od-a].maxSize"
);

// V45
refused!(
    no_spread_over_zones_behind_that_over_instances,
    |it| it.api().placement_strategy = vec![over("instanceId")],
    PlacementStrategies,
    "services[api].placementStrategy"
);
refused!(
    strategies_of_a_daemon_that_the_file_has_not,
    |it| it.plan.services[0].placement_strategy = vec![over("instanceId")],
    PlacementStrategies,
    "services[agent].placementStrategy"
);
refused!(
    strategies_of_a_daemon_left_out,
    |it| it.cluster.services[0].placement_strategy = vec![PlacementStrategy::Random],
    PlacementStrategies,
    "services[agent].placementStrategy"
);

// V46
refused!(
    a_marginal_cost_below_nothing,
    |it| it.api().marginal_usd_per_task_hour = Some(usd("-0.01")),
    MarginalCost,
    "services[api].marginalUsdPerTaskHour"
);
accepted!(a_marginal_cost_that_zones_may_have_added_to, |it| it
    .api()
    .marginal_usd_per_task_hour =
    Some(usd("5")));

// V47
fn other(groups: u64, cost: &str) -> OtherGroupCount {
    OtherGroupCount {
        groups,
        usd_per_hour: usd(cost),
    }
}
accepted!(fewer_groups_that_cost_more, |it| {
    it.plan.other_group_counts = vec![other(2, "1"), other(6, "0.4")];
});
refused!(
    more_groups_that_cost_more,
    |it| it.plan.other_group_counts = vec![other(6, "1")],
    OtherGroupCounts,
    "otherGroupCounts[0].usdPerHour"
);
refused!(
    numbers_of_groups_that_do_not_rise,
    |it| it.plan.other_group_counts = vec![other(2, "1"), other(2, "1")],
    OtherGroupCounts,
    "otherGroupCounts[1].groups"
);
