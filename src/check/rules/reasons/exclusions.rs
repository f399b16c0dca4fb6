//! What of the policy leaves out a type on which a task would have a place.

use crate::catalogue::filter::{exclusions, interruption_exclusion, zone_exclusions};
use crate::check::facts::{Facts, Machine};
use crate::check::rules::{accelerators, capacity};
use crate::domain::capacity::Capacity;
use crate::domain::instance_type::InstanceType;
use crate::domain::plan::Exclusion;
use crate::domain::service::Service;

use super::{Untrue, untrue as not_so};

/// What is not so of a type that is said to be left out, of why it is, and of how many are.
pub(super) fn untrue(
    facts: &Facts<'_>,
    service: &Service,
    name: &str,
    (told, types): (&[Exclusion], u64),
) -> Option<Untrue> {
    let Some(known) = facts.catalogue.instance_type(name) else {
        return not_so(
            format!("{name} left out by the policy"),
            "a type of the catalogue",
        );
    };
    let odd = (told.iter()).find(|exclusion| !is_so(facts, known, exclusion));
    if odd.is_some() || told.is_empty() {
        return not_so(
            format!("why {name} is left out"),
            "rules of the policy, zones or prices that leave it out",
        );
    }
    let all = facts.catalogue.instance_types().len() as u64;
    if types == 0 || types > all {
        return not_so(format!("{types} such types"), format!("1 to {all}"));
    }
    if facts.cluster.is_kubernetes() || holds_one(facts, service, known) {
        return None;
    }
    not_so(
        format!("{name} as a type that would do"),
        "a type that is large enough, of an architecture that the task is built for",
    )
}

fn is_so(facts: &Facts<'_>, known: &InstanceType, exclusion: &Exclusion) -> bool {
    let policy = &facts.cluster.policy;
    let buys_on_demand = policy.purchase_options.allows(Capacity::OnDemand);
    match exclusion {
        Exclusion::AcceleratorNotNeeded => accelerators::must_be_needed(facts, known),
        Exclusion::NotInZone { .. } => {
            zone_exclusions(known, &facts.cluster.zones, facts.catalogue)
                .any(|own| own == *exclusion)
        }
        Exclusion::NoSpot => !buys_on_demand,
        Exclusion::Interruption { .. } => {
            !buys_on_demand
                && interruption_exclusion(known, policy, facts.catalogue).as_ref()
                    == Some(exclusion)
        }
        _ => exclusions(known, policy, facts.catalogue).contains(exclusion),
    }
}

/// Whether an instance of the type is large enough for a task, and of the right architecture.
fn holds_one(facts: &Facts<'_>, service: &Service, known: &InstanceType) -> bool {
    let machine = Machine {
        instance_type: Some(known),
        registered: facts.registered_when_new(known, false),
        external: false,
        managed: false,
        reserved_ports: facts.usual_ports(),
        trunk: facts.has_trunk(false),
    };
    service.task.architectures.contains(&known.architecture)
        && capacity::further(&machine, &[], &facts.cluster.policy, service) > 0
}
