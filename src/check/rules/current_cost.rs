//! V42: the cost of today is what `--today-usd-per-month` gives, else what the instances of the file are billed: every
//! registered one that EC2 bills, whether it takes tasks or not. None where the file shows no such instance, one of
//! them has no price, or services stand on them that the file leaves out.

use crate::check::commitments;
use crate::check::facts::Facts;
use crate::check::instance_price::PricedInstance;
use crate::check::money;
use crate::check::violation::{Rule, Violation};
use crate::domain::cluster::ContainerInstance;
use crate::domain::money::UsdPerHour;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let found = facts.plan.cost.current_usd_per_hour;
    let expected = bill(facts);
    let words = |amount: Option<UsdPerHour>| {
        amount.map_or_else(|| "none".to_owned(), |amount| money::words(Some(amount)))
    };
    (found != expected)
        .then(|| {
            Violation::new(
                Rule::CurrentCost,
                "cost.currentUsdPerHour",
                words(found),
                if facts.cluster.deployed.bill.is_some() {
                    format!("{}, as --today-usd-per-month gives it", words(expected))
                } else {
                    format!("{}, the bill of the file's instances", words(expected))
                },
            )
        })
        .into_iter()
        .collect()
}

/// The bill as it is given, else that of the file's instances.
fn bill(facts: &Facts<'_>) -> Option<UsdPerHour> {
    if let Some(given) = facts.cluster.deployed.bill {
        return Some(given);
    }
    if holds_left_out(facts) {
        return None;
    }
    let mut billed = (facts.cluster.container_instances.iter())
        .filter(|instance| instance.is_registered && !instance.is_external())
        .peekable();
    billed.peek()?;
    let list = billed.map(|instance| price(facts, instance));
    let has_commitments = !facts.cluster.commitments.bought.is_empty();
    let adjustment = has_commitments.then(|| {
        commitments::of_today(facts.cluster, facts.catalogue)
            .map(|usd| UsdPerHour::new(usd).rounded())
    });
    money::total(list.chain(adjustment))
}

/// Whether services that the file leaves out stand on its instances, whose bill is then not that of the others.
fn holds_left_out(facts: &Facts<'_>) -> bool {
    let deployed = &facts.cluster.deployed;
    let has_group = |name: &String| {
        (deployed.providers.iter())
            .any(|provider| provider.name == *name && provider.group.is_some())
    };
    (deployed.left_out.iter())
        .any(|service| service.is_anywhere || service.providers.iter().any(has_group))
}

/// What an instance of today costs an hour; `None` where the catalogue has no price of it.
pub(super) fn price(facts: &Facts<'_>, instance: &ContainerInstance) -> Option<UsdPerHour> {
    let name = instance.availability_zone.as_deref();
    let zone = name.and_then(|name| facts.cluster.zone(name));
    let priced = PricedInstance {
        type_name: &instance.instance_type,
        capacity: instance.purchase_option,
        zone_id: zone.and_then(|zone| zone.id.as_deref()),
        existing: true,
        load: 0,
    };
    priced.price(facts.cluster, facts.catalogue).ok()
}
