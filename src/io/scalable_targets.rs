//! Limits of services' counts, as `describe-scalable-targets` of Application Auto Scaling prints them.

use super::codes;
use super::cursor::{Cursor, Log};
use super::services::Located;
use crate::domain::policy_keys::MAX_TASKS;

/// Gives services the smallest and largest counts of their targets, where the file says none itself.
pub(super) fn apply(
    targets: &[Cursor<'_>],
    cluster: &str,
    services: &mut [Located<'_>],
    log: &mut Log,
) {
    for target in targets {
        let Some(name) = service_of(target, cluster, log) else {
            continue;
        };
        let mut limit = |key: &str| target.get(key)?.whole(log, 0..=MAX_TASKS);
        let (least, most) = (limit("MinCapacity"), limit("MaxCapacity"));
        let found = (services.iter_mut()).find(|located| {
            let service = &located.service;
            service.name == name && !service.is_daemon() && !service.is_standalone()
        });
        let Some(Located { service, .. }) = found else {
            continue;
        };
        let desired = service.desired_count;
        let outside = least.is_some_and(|n| n > desired) || most.is_some_and(|n| n < desired);
        if outside {
            target.warning(
                log,
                codes::COUNT_OUTSIDE_LIMITS,
                format!("`{name}` runs {desired} tasks, which is outside its scaling's limits"),
                "the limit that it passes is taken to be its desired count",
            );
        }
        service.min_count = service.min_count.or(least.map(|n| n.min(desired)));
        service.max_count = service.max_count.or(most.map(|n| n.max(desired)));
    }
}

/// The service of this cluster that a target scales.
fn service_of<'a>(target: &Cursor<'a>, cluster: &str, log: &mut Log) -> Option<&'a str> {
    target.entries(log)?;
    let field = |key: &str, log: &mut Log| target.get(key)?.text(log);
    let dimension = field("ScalableDimension", log);
    if dimension.is_some_and(|dimension| dimension != "ecs:service:DesiredCount") {
        return None;
    }
    let mut parts = field("ResourceId", log)?.split('/');
    let of_cluster = parts.next() == Some("service") && parts.next() == Some(cluster);
    parts.next().filter(|_| of_cluster)
}
