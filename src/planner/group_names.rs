//! Names of pattern groups: the type and how it is bought, the zones where not all are used, and a number where
//! several groups would have the same name. The larger group comes first, so that names stay from run to run.

use std::collections::{BTreeMap, BTreeSet};

use crate::formulate::model::PlanningInput;
use crate::realise::groups::DesignedGroup;

/// One name for each group, none of them taken.
pub(super) fn names(
    input: PlanningInput<'_>,
    groups: &[DesignedGroup],
    taken: &BTreeSet<&str>,
) -> Vec<String> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |group: usize| {
            (
                std::cmp::Reverse(groups[group].instances()),
                &groups[group].tasks,
            )
        };
        key(a).cmp(&key(b)).then(a.cmp(&b))
    });
    let mut known: BTreeMap<String, u64> = BTreeMap::new();
    let mut names = vec![String::new(); groups.len()];
    for group in order {
        let base = base(input, &groups[group]);
        let number = known.entry(base.clone()).or_default();
        names[group] = loop {
            *number += 1;
            let name = if *number == 1 {
                base.clone()
            } else {
                format!("{base}-{number}")
            };
            if !taken.contains(name.as_str()) {
                break name;
            }
        };
    }
    names
}

fn base(input: PlanningInput<'_>, group: &DesignedGroup) -> String {
    let usable = &input.offerings.usable;
    let first = &usable[group.offerings[0]];
    let mut name = format!(
        "bayplan-{}-{}",
        first.instance_type.replace('.', "-"),
        first.purchase_option
    );
    if let Some(of) = &first.group {
        name = format!("{name}-{of}");
    }
    if group.offerings.len() < input.cluster.zones.len() {
        let zones =
            (group.offerings.iter()).filter_map(|&o| usable[o].availability_zone.as_deref());
        for zone in zones {
            name = format!("{name}-{zone}");
        }
    }
    name
}
