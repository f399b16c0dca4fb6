//! Counts in the document.

// V03
mutation!(
    standalone_tasks_too_few,
    |it| {
        it.service("job").desired_count = 2;
        it.plan.services[6].desired_count = 2;
    },
    TaskCounts
);

// V25
mutation!(
    room_for_no_task,
    |it| it.set_spare(3, "job", 0),
    PositiveCounts
);
