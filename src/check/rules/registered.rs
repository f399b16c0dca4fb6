//! V08: what a new instance registers is the documented model's figure, or what the cluster's own
//! container instances of that type show. (An existing row that registers something else is nobody's
//! counterpart, which V16 reports.)

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::Registered;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let derived = |of| Registered::of(of, facts.cluster.is_kubernetes());
    (facts.rows.iter())
        .filter(|row| !row.planned.existing && row.machine.instance_type.is_some())
        .filter(|row| row.planned.registered != derived(&row.machine.registered))
        .map(|row| {
            Violation::new(
                Rule::Registered,
                format!("{}.registered", row.place()),
                words(row.planned.registered),
                words(derived(&row.machine.registered)),
            )
        })
        .collect()
}

fn words(registered: Registered) -> String {
    let Registered {
        cpu,
        memory_mib,
        enis,
        gpus,
        pods,
    } = registered;
    let places = pods.map_or_else(|| format!("{enis} ENIs"), |pods| format!("{pods} pods"));
    format!("{cpu} CPU units, {memory_mib} MiB, {places}, {gpus} GPUs")
}
