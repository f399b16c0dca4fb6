//! Rules of pods of Kubernetes that nodes of one provider alone have labels for, where no node of the packing satisfies them.
//!
//! `NotIn` on a label of Karpenter's holds for a node of a managed node group, which has no such label. The packing keeps to it where some node
//! that it may buy does, as if all nodes had the label; where none does, a node of another provider is what is left.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::service::Service;
use crate::formulate::offering::{Offering, Offerings};
use crate::formulate::rules::member_of;

use super::options::PlanError;

/// The cluster without the rules that only a node of another provider than the packing's satisfies: what some fleet of Kubernetes places has a
/// place in the packing too.
pub(super) fn giving_way(
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<Option<Cluster>, PlanError> {
    let has_such = |it: &Service| {
        let pod = it.pod.as_ref();
        pod.is_some_and(|pod| pod.rules_of_providers().next().is_some())
    };
    if !cluster.services.iter().any(has_such) {
        return Ok(None);
    }
    let offerings = Offerings::new(cluster, catalogue).map_err(PlanError::Unpriced)?;
    let without_room = (offerings.without_room_for_daemons.iter()).map(|(offering, _)| offering);
    let all: Vec<&Offering> = offerings.usable.iter().chain(without_room).collect();
    let has_a_node = |service: &Service| {
        (all.iter()).any(|offering| member_of::test(service, &offering.attributes).is_empty())
    };
    Ok(cluster.without_rules_of_providers(has_a_node))
}
