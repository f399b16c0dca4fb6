//! V15: a daemon runs once on every instance that matches its launch type, architecture and constraints,
//! and on no other. Only where the matching daemons together do not fit an instance of today's, or want the
//! same host port, may some be missing there: such an instance cannot be chosen away.

use crate::check::facts::{Facts, Row};
use crate::check::violation::{Rule, Violation};
use crate::domain::placement::Attributes;
use crate::domain::service::Service;

use super::{architecture, capacity, host_ports, launch_type, member_of};

/// Daemons that are missing, doubled or out of place on this host.
pub(super) fn problems(facts: &Facts<'_>, row: &Row<'_>, host: &Attributes) -> Vec<Violation> {
    let daemons = || {
        facts
            .services
            .values()
            .filter(|service| service.is_daemon())
    };
    let matching: Vec<(&Service, u64)> = daemons()
        .filter(|daemon| matches(row, host, daemon))
        .map(|daemon| (*daemon, 1))
        .collect();
    let run_together = capacity::fits(row, &matching, &facts.cluster.policy)
        && host_ports::are_disjoint(&matching);
    let may_be_missing = row.planned.existing && !run_together;
    daemons()
        .filter_map(|daemon| {
            let found = row.planned.tasks.get(&daemon.name).copied().unwrap_or(0);
            let expected = u64::from(matching.iter().any(|(other, _)| other.name == daemon.name));
            let excused = may_be_missing && found < expected;
            (found != expected && !excused).then(|| {
                Violation::new(
                    Rule::Daemons,
                    row.place(),
                    format!("{found} tasks of the daemon {}", daemon.name),
                    match expected {
                        1 => "one, since it matches these instances",
                        _ => "none, since it does not match these instances",
                    },
                )
            })
        })
        .collect()
}

/// Whether ECS would start the daemon on this host.
fn matches(row: &Row<'_>, host: &Attributes, daemon: &Service) -> bool {
    daemon.may_run_on(launch_type::launch_type(host))
        && architecture::supports(row, daemon)
        && member_of::broken(host, daemon).next().is_none()
}
