//! What the document says of itself and of its services: names, counts.

use rust_decimal::Decimal;

use super::fixture::usd;
use super::set_tasks;
use crate::domain::policy::CountBasis;

// V01
mutation!(another_cluster, |_, plan| plan.cluster.push('x'), Document);

// V02
mutation!(
    a_service_listed_twice,
    |_, plan| {
        let mut again = plan.services[1].clone();
        again.usd_per_hour = usd("0");
        plan.services.push(again);
    },
    ServiceNames
);
mutation!(
    a_service_not_listed,
    |_, plan| {
        let gone = plan.services.remove(0);
        plan.services[0].usd_per_hour += gone.usd_per_hour;
    },
    ServiceNames
);
mutation!(
    tasks_of_an_unknown_service,
    |_, plan| set_tasks(plan, 1, "nobody", 1),
    ServiceNames
);

// V03
mutation!(
    a_task_too_few,
    |cluster, plan| {
        cluster.services[1].desired_count = 5;
        plan.services[1].desired_count = 5;
    },
    TaskCounts
);
mutation!(
    another_desired_count,
    |_, plan| plan.services[1].desired_count = 5,
    TaskCounts
);
mutation!(
    a_daemon_count_that_is_not_its_instances,
    |_, plan| plan.services[0].desired_count = 1,
    TaskCounts
);
mutation!(
    headroom_not_planned_for,
    |cluster, _| cluster.policy.headroom_percent = Decimal::from(10),
    TaskCounts
);
mutation!(
    the_largest_count_not_planned_for,
    |cluster, _| {
        cluster.policy.count_basis = CountBasis::Max;
        cluster.services[1].max_count = Some(9);
    },
    TaskCounts
);

// V25
mutation!(
    zero_tasks_of_a_service_on_a_row,
    |_, plan| set_tasks(plan, 1, "arm", 0),
    PositiveCounts
);
mutation!(
    a_row_of_no_instances,
    |_, plan| {
        let mut none = plan.instances[1].clone();
        none.count = 0;
        plan.instances.push(none);
    },
    PositiveCounts
);
