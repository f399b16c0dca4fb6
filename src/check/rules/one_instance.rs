//! The rules that look at the tasks of one instance, together: what they say of the plan's rows, and how
//! many more tasks an instance takes by all of them.

use crate::check::facts::{Facts, Machine, Tasks};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::attributes::Attributes;
use crate::domain::service::Service;

use super::{
    architecture, capacity, distinct_instance, ebs_attachments, host_ports, launch_type, member_of,
    task_group,
};

/// What a rule says of the tasks on an instance.
pub(super) type Test = fn(&Facts<'_>, &Machine<'_>, &[(&Service, u64)]) -> Vec<Problem>;

/// Every rule that looks at the tasks of one instance and not at its attributes.
pub(super) const TESTS: [Test; 5] = [
    capacity::problems,
    host_ports::problems,
    distinct_instance::problems,
    ebs_attachments::problems,
    task_group::problems,
];

/// What a rule says of every row's tasks.
pub(super) fn of_rows(facts: &Facts<'_>, rule: Rule, test: Test) -> Vec<Violation> {
    (facts.rows.iter())
        .flat_map(|row| {
            (test(facts, &row.machine, &row.tasks).into_iter())
                .map(|problem| problem.at(rule, row.place()))
        })
        .collect()
}

/// Tasks of a service among these.
pub(super) fn tasks_of(tasks: &[(&Service, u64)], service: &Service) -> u64 {
    (tasks.iter())
        .filter(|(other, _)| other.name == service.name)
        .map(|&(_, each)| each)
        .fold(0, u64::saturating_add)
}

/// Both lots of tasks, every service once.
pub(super) fn together<'a>(tasks: &[(&'a Service, u64)], more: &[(&'a Service, u64)]) -> Tasks<'a> {
    let mut all: Tasks<'a> = tasks.to_vec();
    for &(service, each) in more {
        match all.iter_mut().find(|(other, _)| other.name == service.name) {
            Some((_, there)) => *there = there.saturating_add(each),
            None => all.push((service, each)),
        }
    }
    all
}

/// Whether tasks of the service may be on an instance with these attributes at all.
pub(super) fn admits(machine: &Machine<'_>, host: &Attributes, service: &Service) -> bool {
    launch_type::allows(machine, service)
        && architecture::supports(machine, host, service)
        && member_of::broken(host, service).next().is_none()
}

/// Most further tasks of the service beside these, attributes apart. An affinity to a task group must hold
/// already.
pub(in crate::check) fn further(
    facts: &Facts<'_>,
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
    service: &Service,
) -> u64 {
    further_beside_partners(facts, machine, tasks, service).min(task_group::further(tasks, service))
}

/// As [`further`], as if the service had no affinity to a task group.
pub(in crate::check) fn further_beside_partners(
    facts: &Facts<'_>,
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
    service: &Service,
) -> u64 {
    let by_resources = capacity::further(machine, tasks, &facts.cluster.policy, service);
    if by_resources == 0 {
        return 0;
    }
    by_resources
        .min(host_ports::further(machine, tasks, service))
        .min(distinct_instance::further(tasks, service))
        .min(ebs_attachments::further(machine, tasks, service))
        .min(task_group::further_beside_partners(tasks, service))
}
