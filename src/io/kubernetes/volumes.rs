//! Volumes by zone: a claim is bound to a volume, and the volume is reached from some zones only.
//!
//! Claims and volumes are read where they are in the file (`kubectl get pvc,pv`). The claims of a stateful set differ by
//! replica: `TEMPLATE-NAME-0` and so on. Replicas with volumes in different zones are then workloads of their own, one for
//! each set of zones.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::kubernetes::{HeadroomOfWhole, Whole};
use crate::domain::policy::Policy;
use crate::domain::policy_keys::MAX_TASKS;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::claims::{NO_CLAIM, Reader};
use super::notes::Notes;
use super::objects::Objects;
use super::workload::{InZones, Workload};

/// Claims that a pod names.
pub(super) fn claims<'s>(spec: &Cursor<'s>) -> impl Iterator<Item = &'s str> {
    let volumes = spec.get("volumes").map(|it| &it.node.value);
    let items = match volumes {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(|item| {
        let claim = Cursor::new(item, "")
            .get("persistentVolumeClaim")?
            .get("claimName")?;
        claim.node.value.as_text()
    })
}

/// The workload with the zones of its volumes; several where its replicas' volumes are in different zones.
pub(super) fn divided<'a>(
    mut workload: Workload<'a>,
    objects: &Objects<'a>,
    policy: &Policy,
    notes: &mut Notes,
    log: &mut Log,
) -> Vec<Workload<'a>> {
    let mut reader = Reader {
        objects,
        namespace: workload.namespace.clone(),
        weaker: BTreeSet::new(),
    };
    let shared: Vec<&str> = claims(&workload.spec).collect();
    for claim in shared {
        if !reader.has_claim(claim) {
            reader.weaker.insert(NO_CLAIM);
        }
        workload.volumes.extend(reader.of_claim(claim, log));
    }
    let (templates, first) = templates(objects, &workload, log);
    let mut parts = vec![workload];
    if !templates.is_empty() {
        parts = by_replica(&parts[0], (&templates, first), &mut reader, policy, log);
    }
    for part in &parts {
        for what in &reader.weaker {
            notes.not_modelled(&part.name, what);
        }
    }
    parts
}

/// The replicas of a set, as their volumes divide them.
fn by_replica<'a>(
    workload: &Workload<'a>,
    (templates, first): (&[String], u64),
    reader: &mut Reader<'_, 'a>,
    policy: &Policy,
    log: &mut Log,
) -> Vec<Workload<'a>> {
    if workload.elsewhere > 0 {
        // Which of its replicas are planned nobody can tell.
        reader
            .weaker
            .insert("zones of volumes of a set of which some pods are left out");
        return vec![workload.clone()];
    }
    let name = workload.object.clone();
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    // Replicas beyond the claims of the file have no volume yet, and are free.
    let counts = Counts::of(workload);
    let known = counts.largest().min(MOST_REPLICAS);
    let mut has_claims = false;
    for replica in 0..known {
        let own: Vec<InZones> = (templates.iter())
            .filter_map(|template| {
                let claim = format!("{template}-{name}-{}", first + replica);
                has_claims |= reader.has_claim(&claim);
                reader.of_claim(&claim, log)
            })
            .collect();
        let part = parts.entry(places(&own)).or_insert_with(|| Part::of(own));
        part.counts.add(counts.of_replica(replica));
    }
    if !has_claims && !workload.pods.is_empty() {
        // Its pods run, and so they have volumes.
        reader.weaker.insert(NO_CLAIM);
    }
    let free = parts
        .entry(places(&[]))
        .or_insert_with(|| Part::of(Vec::new()));
    free.counts.add(counts.beyond(known));
    let is_held = parts.values().any(|part| !part.volumes.is_empty());
    // Pods of headroom are further replicas, which have no volume yet either.
    let has_headroom = is_held && workload.planned(policy) > workload.count_at(policy.count_basis);
    parts.retain(|_, part| part.counts.largest() > 0 || (has_headroom && part.volumes.is_empty()));
    let several = parts.len() > 1;
    let has_free = parts.values().any(|part| part.volumes.is_empty());
    (parts.into_iter().enumerate())
        .map(|(number, (place, part))| {
            let mut own = workload.clone();
            let headroom = match (part.volumes.is_empty(), has_free || number > 0) {
                (true, _) => HeadroomOfWhole::Here,
                (false, true) => HeadroomOfWhole::Elsewhere,
                (false, false) => HeadroomOfWhole::HereInPacking,
            };
            own.whole = is_held.then(|| Whole {
                name: workload.origin.clone(),
                desired_count: workload.count,
                min_count: workload.min_count,
                max_count: workload.max_count,
                headroom,
            });
            own.volumes.extend(part.volumes);
            own.count = part.counts.now;
            if several {
                own.name = format!("{}@{place}", workload.name);
            }
            own.min_count = workload.min_count.map(|_| part.counts.least);
            own.max_count = workload.max_count.map(|_| part.counts.most);
            own
        })
        .collect()
}

/// The zones that volumes leave, as a part is named after them: claims in different zones have none in common.
fn places(volumes: &[InZones]) -> String {
    let mut all: Vec<BTreeSet<&str>> = (volumes.iter())
        .map(|it| it.zones.iter().map(String::as_str).collect())
        .collect();
    let Some(first) = all.first().cloned() else {
        return "any".to_owned();
    };
    let common = all.iter().fold(first, |left, zones| &left & zones);
    if !common.is_empty() {
        return common.into_iter().collect::<Vec<_>>().join("+");
    }
    all.sort();
    all.dedup();
    let each = all
        .into_iter()
        .map(|it| it.into_iter().collect::<Vec<_>>().join("+"));
    each.collect::<Vec<_>>().join("&")
}

/// Replicas of a workload that need the same zones.
struct Part {
    volumes: Vec<InZones>,
    counts: Counts,
}

impl Part {
    fn of(volumes: Vec<InZones>) -> Self {
        Self {
            volumes,
            counts: Counts::default(),
        }
    }
}

/// Replicas now, and at the limits of an autoscaler, which starts and stops the last ones first.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    now: u64,
    least: u64,
    most: u64,
}

impl Counts {
    fn of(workload: &Workload<'_>) -> Self {
        Self {
            now: workload.count,
            least: workload.min_count.unwrap_or(0),
            most: workload.max_count.unwrap_or(0),
        }
    }

    fn largest(self) -> u64 {
        self.now.max(self.least).max(self.most)
    }

    fn each(self, of: impl Fn(u64) -> u64) -> Self {
        Self {
            now: of(self.now),
            least: of(self.least),
            most: of(self.most),
        }
    }

    /// Whether a replica, by its place from 0, is there.
    fn of_replica(self, replica: u64) -> Self {
        self.each(|count| u64::from(replica < count))
    }

    fn beyond(self, known: u64) -> Self {
        self.each(|count| count.saturating_sub(known))
    }

    fn add(&mut self, other: Self) {
        self.now += other.now;
        self.least += other.least;
        self.most += other.most;
    }
}

/// Replicas whose claims are looked for.
const MOST_REPLICAS: u64 = 10_000;

/// Names of the claim templates of a stateful set, and the number of its first replica.
fn templates(objects: &Objects<'_>, workload: &Workload<'_>, log: &mut Log) -> (Vec<String>, u64) {
    let set = objects.find(&workload.kind, Some(&workload.namespace), &workload.object);
    let Some(set) = set.filter(|_| workload.kind == "StatefulSet") else {
        return (Vec::new(), 0);
    };
    let spec = set.at.get("spec");
    let ordinals = spec.as_ref().and_then(|it| it.get("ordinals"));
    let first = ordinals.and_then(|it| it.get("start")?.whole(log, 0..=MAX_TASKS));
    let templates = spec.map(|it| it.list(log, "volumeClaimTemplates"));
    let names = (templates.unwrap_or_default().iter())
        .filter_map(|it| {
            it.get("metadata")?
                .get("name")?
                .node
                .value
                .as_text()
                .map(str::to_owned)
        })
        .collect();
    (names, first.unwrap_or_default())
}
