//! Horizontal autoscalers: the fewest and the most pods of what they scale.

use std::collections::BTreeMap;

use crate::domain::policy_keys::MAX_TASKS;
use crate::io::cursor::Log;

use super::objects::Objects;

/// The fewest and the most replicas.
pub(super) type Limits = (Option<u64>, Option<u64>);

/// Limits of horizontal autoscalers, by kind and full name of what they scale.
pub(super) fn limits(objects: &Objects<'_>, log: &mut Log) -> BTreeMap<(String, String), Limits> {
    let mut limits = BTreeMap::new();
    for object in objects.of_kind("HorizontalPodAutoscaler") {
        let Some(spec) = object.at.get("spec") else {
            continue;
        };
        let target = spec.get("scaleTargetRef");
        let text = |key: &str| {
            target
                .as_ref()
                .and_then(|it| it.get(key)?.node.value.as_text().map(str::to_owned))
        };
        let (Some(kind), Some(name)) = (text("kind"), text("name")) else {
            continue;
        };
        let whole =
            |key: &str, log: &mut Log| spec.get(key).and_then(|it| it.whole(log, 0..=MAX_TASKS));
        let own = (
            whole("minReplicas", log).or(Some(1)),
            whole("maxReplicas", log),
        );
        limits.insert((kind, format!("{}/{name}", object.namespace)), own);
    }
    limits
}
