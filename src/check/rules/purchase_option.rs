//! V05: new instances are bought in a way that the policy allows, as Spot only where their type has it;
//! existing ones are as they are today.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Rule, Violation};
use crate::domain::capacity::Capacity;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter_map(|row| {
            let expected = expected_instead(facts, row)?;
            let found = row.planned.purchase_option.to_string();
            Some(Violation::new(
                Rule::PurchaseOption,
                row.place(),
                found,
                expected,
            ))
        })
        .collect()
}

/// What should stand there instead, if it is wrong.
fn expected_instead(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Option<String> {
    let option = row.planned.purchase_option;
    if row.planned.existing {
        let other = match option {
            Capacity::OnDemand | Capacity::Fargate | Capacity::External => Capacity::Spot,
            Capacity::Spot | Capacity::FargateSpot => Capacity::OnDemand,
        };
        let machine = row.machine;
        let agree_but_for_it =
            facts.counterparts(row.planned, machine.registered, machine.external, other);
        return (row.counterparts.is_empty() && !agree_but_for_it.is_empty())
            .then(|| format!("{other}, as they are today"));
    }
    let allowed = facts.cluster.policy.purchase_options;
    if !allowed.allows(option) {
        let options: Vec<String> = Capacity::OF_INSTANCES
            .into_iter()
            .filter(|&option| allowed.allows(option))
            .map(|option| option.to_string())
            .collect();
        return Some(format!("{} (purchaseOptions)", options.join(" or ")));
    }
    let without_spot = (row.machine.instance_type).is_some_and(|known| !known.spot_supported);
    (option.may_be_reclaimed() && without_spot)
        .then(|| "on-demand: this type is not sold as Spot".to_owned())
}
