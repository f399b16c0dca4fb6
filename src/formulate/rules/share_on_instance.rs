//! `maxShareOnInstance`: how many tasks of one service an instance may hold.
//!
//! Of a service's `n` planned tasks at most `max(1, ceil(share · n))` are on one new instance: `a_i ≤ m_i` in pricing, and
//! where instances of today stay, which the rule does not change, a dimension in which only new bins are limited.
//! A stated share binds: the smaller of the policy's and the service's own. Where neither states one, the default holds as
//! long as it leaves no task without a place ([`without_default`]). Daemons, standalone tasks and services on EXTERNAL
//! instances are free of it, and so is the room for a rollout or a lost zone: it holds for tasks as they are planned.

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::policy::DEFAULT_SHARE_ON_INSTANCE;
use crate::domain::service::Service;

/// The share that the policy or the service states.
fn stated(cluster: &Cluster, service: &Service) -> Option<Decimal> {
    let own = service.policy.max_share_on_instance;
    cluster
        .policy
        .max_share_on_instance
        .into_iter()
        .chain(own)
        .min()
}

/// Whether a share is stated for the service.
pub fn is_stated(cluster: &Cluster, service: &Service) -> bool {
    stated(cluster, service).is_some()
}

/// Most tasks of a service on one instance, out of all that are planned; `None` where any number may be.
pub fn most_tasks(cluster: &Cluster, service: &Service) -> Option<u64> {
    if service.is_daemon() || service.is_standalone() || service.is_external() {
        return None;
    }
    let share = stated(cluster, service).unwrap_or(DEFAULT_SHARE_ON_INSTANCE);
    let planned = cluster.planned_count(service);
    // Of a workload that its volumes divide, the share is one of the whole.
    let all = (service.whole()).map_or(planned, |whole| cluster.policy.planned_of_whole(whole));
    let most = (share * Decimal::from(all)).ceil();
    let most = u64::try_from(most).unwrap_or(u64::MAX).max(1);
    (most < planned).then_some(most)
}

/// The cluster with the default share off, where some service of several tasks has no other.
pub fn without_default(cluster: &Cluster) -> Option<Cluster> {
    let by_default = |service: &Service| {
        stated(cluster, service).is_none() && most_tasks(cluster, service).is_some()
    };
    if !cluster.services.iter().any(by_default) {
        return None;
    }
    let mut without = cluster.clone();
    without.policy.max_share_on_instance = Some(Decimal::ONE);
    Some(without)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};

    fn most(policy: &str, service: &str, count: u64) -> Option<u64> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {{{policy}}},
                "services": [{{"serviceName": "a", "desiredCount": {count}, "cpu": 256, "memory": 512{service}}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        most_tasks(&cluster, &cluster.services[0])
    }

    #[test]
    fn half_of_the_tasks_by_default_rounded_up_and_always_one() {
        let by_default = |count| most("", "", count);
        assert_eq!(by_default(1), None);
        assert_eq!(by_default(2), Some(1));
        assert_eq!(by_default(3), Some(2));
        assert_eq!(by_default(9), Some(5));
        assert_eq!(most(r#""headroomPercent": 50"#, "", 2), Some(2));
    }

    #[test]
    fn stated_shares_replace_the_default_and_the_smaller_holds() {
        assert_eq!(most(r#""maxShareOnInstance": 1"#, "", 10), None);
        assert_eq!(most(r#""maxShareOnInstance": 0.25"#, "", 10), Some(3));
        assert_eq!(most("", r#", "maxShareOnInstance": 0.8"#, 10), Some(8));
        assert_eq!(
            most(
                r#""maxShareOnInstance": 0.3"#,
                r#", "maxShareOnInstance": 0.8"#,
                10
            ),
            Some(3)
        );
        assert_eq!(most(r#""maxShareOnInstance": 0"#, "", 10), Some(1));
    }

    #[test]
    fn daemons_and_external_services_are_free_of_it() {
        assert_eq!(most("", r#", "schedulingStrategy": "DAEMON""#, 0), None);
        assert_eq!(most("", r#", "launchType": "EXTERNAL""#, 10), None);
    }
}
