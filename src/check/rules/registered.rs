//! V08: what a new instance registers is the documented model's figure, or what the cluster's own
//! container instances of that type show. (An existing row that registers something else is nobody's
//! counterpart, which V16 reports.)

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::Registered;
use crate::domain::resources::ResourceVector;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter(|row| !row.planned.existing && row.machine.instance_type.is_some())
        .filter(|row| stated(row.planned.registered) != amounts(&row.machine.registered))
        .map(|row| {
            Violation::new(
                Rule::Registered,
                format!("{}.registered", row.place()),
                words(stated(row.planned.registered)),
                words(amounts(&row.machine.registered)),
            )
        })
        .collect()
}

fn stated(registered: Registered) -> [u64; 4] {
    let Registered {
        cpu,
        memory_mib,
        enis,
        gpus,
    } = registered;
    [cpu, memory_mib, enis, gpus]
}

fn amounts(vector: &ResourceVector) -> [u64; 4] {
    [
        vector.cpu.get(),
        vector.memory.get(),
        vector.enis.get(),
        vector.gpus.get(),
    ]
}

fn words([cpu, memory, enis, gpus]: [u64; 4]) -> String {
    format!("{cpu} CPU units, {memory} MiB, {enis} ENIs, {gpus} GPUs")
}
