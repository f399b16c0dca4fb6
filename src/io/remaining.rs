//! What runs on the container instances today beside the tasks of the file.

use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log};
use super::quantities::MAX_QUANTITY;
use super::services::Located;
use crate::domain::cluster::ContainerInstance;
use crate::domain::task::LaunchType;

/// Compares what the instances' `remainingResources` show to be in use with what the file's tasks take. Where more
/// is in use, tasks run there that the file does not have, and a plan has no room for them.
pub(super) fn report_foreign_tasks(
    items: &[Cursor<'_>],
    instances: &[ContainerInstance],
    services: &[Located<'_>],
    log: &mut Log,
) {
    let Some(first) = items
        .iter()
        .find(|item| item.get("remainingResources").is_some())
    else {
        return;
    };
    // Where more is in use than is registered, the remaining amount is below 0.
    let in_use = |name: &str| -> u64 {
        let sum = (items.iter())
            .filter_map(|item| {
                let registered = amount(item, "registeredResources", name)?;
                Some(registered - amount(item, "remainingResources", name)?)
            })
            .filter(|used| !used.is_sign_negative())
            .fold(Decimal::ZERO, Decimal::saturating_add);
        u64::try_from(sum).unwrap_or(u64::MAX)
    };
    let taken = |of_one: fn(&Located<'_>) -> u64| -> u64 {
        (services.iter())
            .filter(|located| located.service.launch_type != Some(LaunchType::Fargate))
            .map(|located| {
                let service = &located.service;
                let count = if service.is_daemon() {
                    instances.len() as u64
                } else {
                    service.desired_count
                };
                of_one(located).saturating_mul(count)
            })
            .fold(0, u64::saturating_add)
    };
    let cpu = (in_use("CPU"), taken(|s| s.service.task.cpu.get()));
    let memory = (in_use("MEMORY"), taken(|s| s.service.task.memory.get()));
    if cpu.0 <= cpu.1 && memory.0 <= memory.1 {
        return;
    }
    first.warning(
        log,
        codes::FOREIGN_TASKS,
        format!(
            "today's instances show {} CPU units and {} MiB in use, the file's tasks take {} and {}: tasks run there \
             that the file does not have, or a deployment goes on",
            cpu.0, memory.0, cpu.1, memory.1
        ),
        "add them to `services` or `standaloneTasks`; a plan places the file's tasks anew and keeps no room for others",
    );
}

/// An amount of a resource, of which nothing is said when it is wrong.
fn amount(item: &Cursor<'_>, list: &str, name: &str) -> Option<Decimal> {
    let mut log = Log::default();
    let resources = item.list(&mut log, list);
    let is_named = |resource: &&Cursor<'_>| {
        let own = resource.get("name");
        own.is_some_and(|own| own.text(&mut Log::default()) == Some(name))
    };
    let found = resources.iter().find(is_named)?;
    let most = Decimal::from(MAX_QUANTITY);
    found.get("integerValue")?.decimal(&mut log, -most..=most)
}
