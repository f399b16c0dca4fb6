//! Task groups that expressions name.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::Log;
use super::services::Located;
use super::suggest::did_you_mean;
use crate::domain::placement::PlacementConstraint;

/// Warns of groups in which nothing of the file is: a misspelt affinity would leave the service without a
/// place, a misspelt conflict would keep nothing apart.
pub(super) fn warn_unknown(services: &[Located<'_>], log: &mut Log) {
    let known: BTreeSet<_> = services.iter().map(|s| s.service.task_group()).collect();
    for Located { service, at } in services {
        let mut said = BTreeSet::new();
        for constraint in service.constraints() {
            let PlacementConstraint::TaskGroup(rule) = constraint else {
                continue;
            };
            for group in &rule.groups {
                if !known.contains(group) && said.insert(group) {
                    at.warning(
                        log,
                        codes::UNKNOWN_TASK_GROUP,
                        format!("no tasks of the file are in the task group `{group}`"),
                        format!(
                            "{}tasks of a service are in `service:NAME`, standalone tasks in their \
                             `group`",
                            did_you_mean(group, known.iter().map(String::as_str))
                        ),
                    );
                }
            }
        }
    }
}
