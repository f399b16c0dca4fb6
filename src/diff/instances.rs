//! Instances by type and capacity that come or go.

use std::collections::BTreeMap;

use super::observed::Observed;
use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Change, PlannedInstances};

/// By type, then by capacity.
pub(super) fn changes(observed: &Observed<'_>, planned: &[PlannedInstances]) -> Vec<Change> {
    let mut counts: BTreeMap<(&str, Capacity), (u64, u64)> = (observed.by_type.iter())
        .map(|(&kind, &today)| (kind, (today, 0)))
        .collect();
    // Rows of ECS Anywhere stay and cost nothing; they are no purchase.
    let bought = |row: &&PlannedInstances| !(row.existing && row.usd_per_hour == UsdPerHour::ZERO);
    for row in planned.iter().filter(bought) {
        let kind = (row.instance_type.as_str(), row.purchase_option);
        counts.entry(kind).or_default().1 += row.count;
    }
    // A file that shows nothing of today says nothing about it either.
    let unknown = observed.shows_no_instances;
    (counts.into_iter())
        .filter(|(_, (today, planned))| today != planned)
        .map(|((name, purchase_option), (today, planned))| {
            let instance_type = name.to_owned();
            // Managed Instances are counted apart from others; that ECS runs them is said of their provider.
            let purchase_option = purchase_option.in_documents();
            if unknown || planned > today {
                Change::AddInstances {
                    instance_type,
                    purchase_option,
                    today: (!unknown).then_some(today),
                    planned,
                }
            } else {
                Change::RemoveInstances {
                    instance_type,
                    purchase_option,
                    today,
                    planned,
                }
            }
        })
        .collect()
}
