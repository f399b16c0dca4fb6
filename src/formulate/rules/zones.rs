//! Availability Zones: where types are offered, which zones a service may use, and how tasks spread.
//!
//! *Even*: a service with `n` tasks and `z` usable zones has `⌊n/z⌋` in each and one more in `n mod z` of them.
//! Its tasks in each zone are an item of their own, admitted only by that zone's bins; together they form a
//! group whose `extra` copies go where it is cheapest. Otherwise the service is one item that every zone
//! admits. Pricing and master treat both alike; the duals of a service's items differ from zone to zone.

use crate::catalogue::Catalogue;
use crate::domain::cluster::{Cluster, Zone};
use crate::domain::instance_type::InstanceType;
use crate::domain::service::Service;

/// Zones that a type can be bought in, by position; `None` stands for a cluster without zones.
pub fn of_type(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instance_type: &InstanceType,
) -> Vec<Option<usize>> {
    if cluster.zones.is_empty() {
        return vec![None];
    }
    let used = cluster.zones.len();
    (cluster.zones.iter().enumerate())
        .filter(|(_, zone)| catalogue.is_offered_in(&instance_type.name, zone, used))
        .map(|(index, _)| Some(index))
        .collect()
}

/// A zone's position among the cluster's.
pub fn position(cluster: &Cluster, zone: &Zone) -> Option<usize> {
    cluster.zones.iter().position(|known| known == zone)
}

/// Whether a service's tasks are planned zone by zone: spread evenly, or able to lose a zone.
pub fn by_zone(cluster: &Cluster, service: &Service) -> bool {
    if cluster.zones.is_empty() || service.is_external() {
        return false;
    }
    let by_policy = cluster.spreads_evenly(service) && !service.is_standalone();
    let own = (service.pod.as_ref()).is_some_and(|pod| pod.even_over_zones);
    by_policy || own || cluster.policy.survive_zone_loss
}

/// `count` tasks over `zones` zones: tasks in every zone, and zones with one more.
pub const fn spread(count: u64, zones: u64) -> (u64, u64) {
    (count / zones, count % zones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remainder_goes_to_some_of_the_zones() {
        assert_eq!(spread(7, 3), (2, 1));
        assert_eq!(spread(2, 3), (0, 2));
        assert_eq!(spread(6, 3), (2, 0));
    }
}
