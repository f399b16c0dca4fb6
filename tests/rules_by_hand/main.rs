//! Every rule of the policy and of ECS in a small case worked out by hand, with the exact answer, and beside
//! it a case in which that rule alone makes the answer another.
//!
//! The exhaustive search of the random clusters must come to the same costs, so that it is itself held to
//! something.

mod case;
mod fargate;
mod fleet;
mod groups;
mod instances;
mod shop;
mod spot;
#[path = "../support/mod.rs"]
mod support;
mod today;
mod zones;

use case::Case;

/// A test of the planner for each function of cases, and the list of all.
macro_rules! by_hand {
    ($($module:ident: $($name:ident),+;)+) => {
        $($(
            #[test]
            fn $name() {
                for case in $module::$name() {
                    case.is_what_the_planner_finds();
                }
            }
        )+)+

        const ALL: &[(&str, fn() -> Vec<Case>)] = &[
            $($((concat!(stringify!($module), "::", stringify!($name)), $module::$name),)+)+
        ];
    };
}

by_hand! {
    zones:
        spread_evenly_over_two_zones,
        four_tasks_over_three_zones_are_two_one_and_one,
        a_type_only_where_it_is_offered,
        a_service_pinned_to_a_zone_is_spread_over_that_one,
        a_type_pinned_service_is_spread_over_the_zones_of_the_type,
        the_loss_of_one_of_two_zones,
        the_loss_of_one_of_three_zones,
        a_service_of_one_zone_cannot_survive_its_loss,
        a_conflict_holds_after_the_loss_of_a_zone_too;
    spot:
        the_advisors_saving_off_on_demand,
        a_spot_price_by_zone,
        a_spot_price_is_never_above_on_demand,
        a_base_on_demand,
        a_largest_share_on_spot,
        a_largest_share_in_one_pool,
        a_savings_plan_is_off_on_demand_alone;
    fargate:
        a_task_is_rounded_up_to_a_size,
        what_fargate_refuses_in_a_definition,
        a_hard_limit_needs_a_size_that_holds_it,
        forbidden_allowed_and_only,
        a_service_is_all_fargate_or_all_ec2,
        only_fargate_leaves_out_who_cannot,
        bound_to_fargate,
        no_placement_constraint_on_fargate,
        arm_is_cheaper_where_the_task_runs_on_it,
        ephemeral_storage_beyond_twenty_gib,
        fargate_spot_beyond_the_on_demand_minimum,
        tasks_on_fargate_count_for_the_pools;
    instances:
        reserved_cpu_and_memory_stay_free,
        memory_that_the_system_keeps,
        interfaces_and_their_trunk,
        attachments_of_their_own,
        attachments_shared_with_interfaces,
        attachments_that_nobody_knows,
        host_ports_exclude_each_other,
        at_most_a_hundred_reserved_ports,
        built_in_attributes_of_new_instances,
        distinct_instances,
        gpus_are_whole_devices,
        architectures,
        daemons_come_off_every_instance,
        custom_attributes_of_a_group;
    groups:
        beside_a_task_of_another_service,
        beside_a_daemon,
        beside_nobody,
        away_from_another_service,
        away_from_its_own_kind,
        standalone_tasks_are_planned_and_not_spread,
        standalone_tasks_of_one_group,
        standalone_tasks_keep_an_on_demand_minimum;
    today:
        instances_that_stay,
        instances_that_take_no_tasks,
        ports_that_an_instance_registered,
        what_an_instance_registered_counts,
        a_kept_spot_instance_has_its_spot_price,
        tasks_on_a_kept_spot_instance_count_as_spot,
        on_demand_tasks_in_two_zones_beside_a_spot_instance_that_stays,
        kept_instances_and_the_limits_on_the_fleet,
        external_services_run_on_external_instances_for_nothing,
        external_instances_count_for_no_limit,
        external_instances_have_no_zone;
    fleet:
        which_types,
        classes_of_types,
        headroom_rounds_every_count_up,
        counts_at_the_least_and_the_most,
        at_least_so_many_instances,
        at_most_so_many_instances,
        at_most_so_many_types,
        a_fee_and_a_root_volume_for_each_instance,
        a_savings_plan_for_the_whole_fleet,
        room_for_a_rolling_update,
        room_for_blue_and_green,
        room_for_one_rollout_at_a_time,
        a_rollout_obeys_the_rules_of_one_instance,
        standalone_tasks_and_daemons_have_no_rollout;
}

#[test]
fn the_exhaustive_search_agrees_with_every_case() {
    let mut wrong = Vec::new();
    for (name, cases) in ALL {
        for (number, case) in cases().iter().enumerate() {
            if let Err(problem) = case.is_what_the_exhaustive_search_finds() {
                wrong.push(format!("{name}, case {number}: {problem}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
