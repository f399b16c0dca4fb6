//! Claims and the zones of their volumes, and what of these is not looked at.

use std::collections::BTreeSet;

use crate::domain::node_labels::REGION;
use crate::io::cursor::{Cursor, Log};

use super::objects::Objects;
use super::selector::{Requirement, labels};
use super::workload::InZones;

/// Labels that name the zone of a volume.
const ZONE: [&str; 3] = [
    "topology.kubernetes.io/zone",
    "topology.ebs.csi.aws.com/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// Why zones of volumes are not looked at.
pub(super) const NO_CLAIM: &str = "zones of volumes whose claim is not in the file";
const NO_VOLUME: &str = "zones of volumes that are not in the file";
const OF_NODES: &str = "volumes that are reached from some nodes alone";

/// Reads claims of one namespace, and keeps in mind which rules of their volumes are not looked at.
pub(super) struct Reader<'o, 'a> {
    pub objects: &'o Objects<'a>,
    pub namespace: String,
    pub weaker: BTreeSet<&'static str>,
}

impl Reader<'_, '_> {
    pub(super) fn has_claim(&self, claim: &str) -> bool {
        (self.objects).has("PersistentVolumeClaim", &self.namespace, claim)
    }

    /// The zones of a claim's volume; `None` where there is no volume yet, where it is reached from everywhere, and where the file does
    /// not show it.
    pub(super) fn of_claim(&mut self, claim: &str, log: &mut Log) -> Option<InZones> {
        let bound = (self.objects).find("PersistentVolumeClaim", Some(&self.namespace), claim)?;
        let volume = bound.at.get("spec")?.get("volumeName")?;
        let volume = volume.node.value.as_text().filter(|it| !it.is_empty())?;
        let Some(volume) = self.objects.find("PersistentVolume", None, volume) else {
            self.weaker.insert(NO_VOLUME);
            return None;
        };
        let own = labels(volume.at.get("metadata"), "labels");
        let by_label = (ZONE.iter())
            .find_map(|name| own.get(*name))
            .map(|zone| vec![zone.clone()]);
        let by_affinity = self.by_affinity(&volume.at, log);
        Some(InZones {
            zones: by_label.or(by_affinity)?,
            claim: claim.to_owned(),
        })
    }

    /// Zones of the volume's node affinity: of all its terms together, where each names some.
    fn by_affinity(&mut self, volume: &Cursor<'_>, log: &mut Log) -> Option<Vec<String>> {
        let required = volume.get("spec")?.get("nodeAffinity")?.get("required")?;
        let mut all = BTreeSet::new();
        let mut is_told = true;
        for term in required.list(log, "nodeSelectorTerms") {
            let read: Vec<Requirement> = (term.list(log, "matchExpressions").iter())
                .filter_map(|item| Requirement::read(item, log))
                .collect();
            let (zones, others): (Vec<_>, Vec<_>) = (read.into_iter())
                .partition(|it| it.operator == "In" && ZONE.contains(&it.key.as_str()));
            let of_place = |it: &Requirement| REGION.contains(&it.key.as_str());
            if zones.is_empty() || !others.iter().all(of_place) || term.get("matchFields").is_some()
            {
                self.weaker.insert(OF_NODES);
            }
            is_told &= !zones.is_empty();
            all.extend(zones.into_iter().take(1).flat_map(|it| it.values));
        }
        (is_told && !all.is_empty()).then(|| all.into_iter().collect())
    }
}
