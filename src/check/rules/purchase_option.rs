//! V05: new instances are bought in a way that the policy allows, as Spot only where their type has it;
//! existing ones are as they are today. With `maxInterruption` the catalogue's interruption band of a new Spot
//! instance's type is known and not above it.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Rule, Violation};
use crate::domain::capacity::Capacity;

/// The Spot Instance Advisor's bands, mildest first.
const BANDS: [&str; 5] = ["<5%", "5-10%", "10-15%", "15-20%", ">20%"];

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
            Capacity::OnDemand | Capacity::Fargate | Capacity::Managed | Capacity::External => {
                Capacity::Spot
            }
            Capacity::Spot | Capacity::FargateSpot | Capacity::ManagedSpot => Capacity::OnDemand,
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
    if !option.may_be_reclaimed() {
        return None;
    }
    if (row.machine.instance_type).is_some_and(|known| !known.spot_supported) {
        return Some("on-demand: this type is not sold as Spot".to_owned());
    }
    (!band_is_allowed(facts, &row.planned.instance_type)).then(|| {
        let band = band(facts, &row.planned.instance_type).unwrap_or("not known");
        "on-demand: its interruption band is ".to_owned() + band + ", by maxInterruption too high"
    })
}

/// The catalogue's interruption band of a type.
fn band<'f>(facts: &'f Facts<'_>, instance_type: &str) -> Option<&'f str> {
    let saving = facts.catalogue.spot_saving(instance_type)?;
    Some(saving.interruption_band.trim()).filter(|band| !band.is_empty())
}

/// Whether `maxInterruption` lets the type be bought on Spot.
pub(in crate::check) fn band_is_allowed(facts: &Facts<'_>, instance_type: &str) -> bool {
    let Some(most) = facts.cluster.policy.max_interruption else {
        return true;
    };
    let rank = |text: &str| BANDS.iter().position(|band| *band == text);
    let own = band(facts, instance_type).and_then(rank);
    own.is_some_and(|own| Some(own) <= rank(most.text()))
}
