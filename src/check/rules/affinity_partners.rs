//! Whether one task has a place on an empty instance, beside its daemons and the partners that its
//! affinities to task groups ask for.

use crate::check::facts::Facts;
use crate::check::offers::Offer;
use crate::domain::service::Service;

use super::{one_instance, task_group};

/// How many further services are tried in a chain of affinities.
const LONGEST_CHAIN: usize = 3;

/// Whether one task of the service can be there.
pub(in crate::check) fn has_a_place(
    facts: &Facts<'_>,
    offer: &Offer<'_>,
    service: &Service,
) -> bool {
    takes_one(facts, offer, &offer.daemons, service)
        && with_partners(
            facts,
            offer,
            &one_instance::together(&offer.daemons, &[(service, 1)]),
            LONGEST_CHAIN,
        )
}

/// Whether one task has room beside these, affinities apart. What is quickly seen comes first.
fn takes_one(
    facts: &Facts<'_>,
    offer: &Offer<'_>,
    tasks: &[(&Service, u64)],
    service: &Service,
) -> bool {
    one_instance::further_beside_partners(facts, &offer.machine, tasks, service) > 0
        && one_instance::admits(&offer.machine, &offer.host, service)
}

/// Whether all affinities of these tasks hold, or can be made to by at most `most` further tasks.
fn with_partners(
    facts: &Facts<'_>,
    offer: &Offer<'_>,
    tasks: &[(&Service, u64)],
    most: usize,
) -> bool {
    let unmet = (tasks.iter())
        .filter(|(service, _)| !service.is_daemon())
        .find_map(|&(service, _)| task_group::unmet_affinity(tasks, service));
    let Some(rule) = unmet else {
        return true;
    };
    most > 0
        && (facts.replicas())
            .filter(|partner| rule.groups.contains(&partner.task_group()))
            .filter(|partner| facts.planned(partner) > 0)
            .any(|partner| {
                takes_one(facts, offer, tasks, partner)
                    && with_partners(
                        facts,
                        offer,
                        &one_instance::together(tasks, &[(partner, 1)]),
                        most - 1,
                    )
            })
}
