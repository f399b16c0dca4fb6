//! Sizes and prices of a group over the week.

use crate::catalogue::Catalogue;
use crate::check::instance_price::PricedInstance;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::PlannedProvider;
use crate::domain::week::HOURS_PER_WEEK;

/// A group's size in each hour; `None` where its schedule leaves hours out or names some twice.
pub(super) fn sizes(group: &PlannedProvider) -> Option<Vec<u64>> {
    if group.schedule.is_empty() {
        return Some(vec![group.desired_capacity; HOURS_PER_WEEK]);
    }
    let mut sizes = vec![None; HOURS_PER_WEEK];
    for size in &group.schedule {
        for &hour in &size.hours {
            let place = sizes.get_mut(hour)?;
            if place.replace(size.desired_capacity).is_some() {
                return None;
            }
        }
    }
    sizes.into_iter().collect()
}

/// What an instance of the group in each of its zones costs together.
pub(super) fn unit(
    cluster: &Cluster,
    catalogue: &Catalogue,
    group: &PlannedProvider,
) -> Result<UsdPerHour, &'static str> {
    let (Some(type_name), Some(capacity)) = (group.instance_types.first(), group.purchase_option)
    else {
        return Err("an instance type and a way of buying");
    };
    let price = |zone_id: Option<&str>| {
        let instance = PricedInstance {
            type_name,
            capacity,
            zone_id,
            existing: false,
            // Only of a burstable type the load counts, and no plan over a week buys one.
            load: 0,
        };
        instance.price(cluster, catalogue)
    };
    if group.availability_zones.is_empty() {
        return price(None);
    }
    let mut sum = UsdPerHour::ZERO;
    for name in &group.availability_zones {
        let zone = cluster.zones.iter().find(|zone| zone.label() == name);
        sum += price(zone.and_then(|zone| zone.id.as_deref()))?;
    }
    Ok(sum)
}
