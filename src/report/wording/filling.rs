//! In how many orders of arrival ECS fills a fleet, and why the plan shows none that it fills, in words.

use crate::domain::plan::{Filling, NotRealised};
use crate::report::words::counted;

/// In how many orders of arrival ECS fills the ideal packing.
pub(super) fn ideal_filled(filling: &Filling) -> String {
    let Filling {
        orders,
        whole,
        most_unplaced,
    } = filling;
    if *orders == 0 {
        return "ECS's placement was not replayed on the ideal packing within the limits of work and time"
            .to_owned();
    }
    if filling.is_whole() {
        return format!(
            "as the replica has it, ECS finds every task of the ideal packing a place on it in all of {orders} orders of arrival"
        );
    }
    format!(
        "as the replica has it, ECS finds every task of the ideal packing a place on it in {whole} of {orders} orders of \
         arrival, and leaves at most {most_unplaced} without one"
    )
}

/// What replays on Managed Instances say, and under which assumptions.
pub(super) fn managed_filled(filling: &Filling) -> String {
    let Filling {
        orders,
        whole,
        most_unplaced,
    } = *filling;
    let outcome = if filling.is_whole() {
        format!("every task found a place in each of {orders} orders of arrival")
    } else {
        format!(
            "every task found a place in {whole} of {orders} orders of arrival, and at most {} did not, for which ECS would start further \
             instances",
            counted(most_unplaced, "task")
        )
    };
    format!(
        "Managed Instances, replayed as if ECS had started those of the packing and filled zones first and then the instance with the least \
         memory left, neither of which is published: {outcome}"
    )
}

/// Why the plan is no fleet that ECS fills.
#[must_use]
pub fn not_realised(why: &NotRealised) -> String {
    match why {
        NotRealised::InstancesStay => {
            "around instances of today, which stay, no fleet was found that ECS fills in every order of arrival: the fleet is \
             the ideal packing"
                .to_owned()
        }
        NotRealised::NoGroups => {
            "no groups were found that ECS fills in every order of arrival within the policy's limits (groups, instances, \
             types): the fleet is the ideal packing"
                .to_owned()
        }
        NotRealised::RoomNotReplayed => {
            "groups for numbers of tasks that move are shown by replays, and room for a lost zone or for deployments \
             (surviveZoneLoss, deploymentSurge) is not replayed: no groups were searched, and the fleet is the ideal packing"
                .to_owned()
        }
        NotRealised::RoutingNotReplayed => {
            "groups for numbers of tasks that move are shown by replays, and their strategies rest on weights, which \
             deterministicRouting false does not trust: no groups were searched, and the fleet is the ideal packing"
                .to_owned()
        }
        NotRealised::RoutingBesideToday => {
            "instances of today stay, and beside them strategies rest on weights, which deterministicRouting false does not \
             trust: no groups were searched, and the fleet is the ideal packing"
                .to_owned()
        }
        NotRealised::MovingBesideToday => {
            "groups for numbers of tasks that move are not searched beside instances of today that stay: the fleet is the \
             ideal packing"
                .to_owned()
        }
        NotRealised::TooDear => {
            "the groups that were found cost more than twice the ideal packing: the fleet is the ideal packing".to_owned()
        }
        NotRealised::BreaksRule { rule } => format!(
            "the groups that were designed break rule {} of `bayplan check` as ECS fills them: the fleet is the ideal packing",
            rule.as_str()
        ),
        NotRealised::OutOfTime => {
            "the time was over before a replay showed that ECS fills the groups that were designed: the fleet is the ideal \
             packing"
                .to_owned()
        }
        NotRealised::OutOfWork => {
            "the work limit was reached (--work-limit) before a replay showed that ECS fills the groups that were designed: \
             the fleet is the ideal packing"
                .to_owned()
        }
        NotRealised::NotFilled => {
            "the groups that were designed leave a task without a place in some order of arrival: the fleet is the ideal \
             packing"
                .to_owned()
        }
        NotRealised::TooManyOnOne => {
            "the groups that were designed hold more than maxShareOnInstance of a service's tasks on one instance in some \
             order of arrival: the fleet is the ideal packing"
                .to_owned()
        }
    }
}

/// What replays of the fleet say, and how many of its groups have no certificate.
pub(super) fn fleet_filled(orders: u64, groups: u64, uncertified: u64) -> String {
    let replayed = format!(
        "every task that the plan places found its place in {orders} orders of arrival, half service by service and half shuffled, as the \
         replica of ECS places them"
    );
    if uncertified == 0 {
        return format!("{replayed}; the groups' certificates say so of every order");
    }
    let which = match (uncertified, groups) {
        (1, 1) => "the group has".to_owned(),
        (1, _) => format!("1 of {groups} groups has"),
        _ => format!("{uncertified} of {groups} groups have"),
    };
    format!(
        "{replayed}, and in further orders before the groups were accepted; {which} no certificate for every order"
    )
}

/// In how many orders of arrival ECS fills today's fleet.
pub(super) fn today_filled(instances: u64, filling: &Filling) -> String {
    let Filling {
        orders,
        whole,
        most_unplaced,
    } = filling;
    let plural = if instances == 1 { "" } else { "s" };
    let fleet = format!("today's {instances} container instance{plural}");
    if *orders == 0 {
        return format!(
            "{fleet}: ECS's placement was not replayed on them within the limits of work and time"
        );
    }
    if filling.is_whole() {
        return format!(
            "{fleet}: as the replica has it, ECS finds every task a place in all of {orders} orders of arrival"
        );
    }
    format!(
        "{fleet}: as the replica has it, ECS finds every task a place in {whole} of {orders} orders of arrival, and leaves \
         at most {most_unplaced} without one"
    )
}
