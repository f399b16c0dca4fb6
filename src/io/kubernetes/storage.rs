//! What storage asks of nodes beyond the zones of volumes: how many a node attaches, and which zones a class allows.
//!
//! Neither is looked at, and both are said where they may bear on pods. How many volumes of EBS a node attaches depends on its type, its
//! network interfaces, its local disks and the driver's settings; a class with `allowedTopologies` keeps volumes that are still to be made to
//! some zones. Source: Kubernetes documentation, "Storage Classes" and "Node-specific Volume Limits"; Amazon EBS CSI driver.

use std::collections::BTreeSet;

use crate::domain::policy::Policy;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::notes::Notes;
use super::objects::Objects;
use super::selector::labels;
use super::volumes::claims;
use super::workload::Workload;

const ATTACHED: &str = "how many volumes a node attaches";
const ALLOWED: &str =
    "zones that the StorageClass allows for volumes which are still to be made (allowedTopologies)";
/// Drivers and provisioners whose volumes are of EBS. The last is that of EKS Auto Mode.
const OF_EBS: [&str; 3] = [
    "ebs.csi.aws.com",
    "kubernetes.io/aws-ebs",
    "ebs.csi.eks.amazonaws.com",
];
/// What marks the class of claims that name none.
const IS_DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

/// How claims named their class before they had a field for it.
const CLASS_OF_OLD: &str = "volume.beta.kubernetes.io/storage-class";

/// What one claim, or one template of claims, asks for.
struct Asked<'a> {
    /// Claims that many pods may share.
    shared: Option<&'a str>,
    may_be_of_ebs: bool,
    has_allowed_zones: bool,
}

/// Says what is not looked at.
pub(super) fn tell(
    workloads: &[Workload<'_>],
    objects: &Objects<'_>,
    policy: &Policy,
    notes: &mut Notes,
) {
    let mut volumes = 0_u64;
    let mut shared = BTreeSet::new();
    let mut with_volumes = Vec::new();
    for workload in workloads.iter().filter(|it| !it.is_daemon) {
        let asked = of_workload(workload, objects);
        if asked.iter().any(|it| it.has_allowed_zones) {
            notes.not_modelled(&workload.name, ALLOWED);
        }
        let pods = workload.planned(policy);
        let mut of_ebs = (asked.iter()).filter(|it| it.may_be_of_ebs).peekable();
        if of_ebs.peek().is_none() || pods == 0 {
            continue;
        }
        with_volumes.push(&workload.name);
        for one in of_ebs {
            match one.shared {
                Some(claim) => volumes += u64::from(shared.insert((&workload.namespace, claim))),
                None => volumes = volumes.saturating_add(pods),
            }
        }
    }
    // Every node attaches one.
    if volumes > 1 {
        for name in with_volumes {
            notes.not_modelled(name, ATTACHED);
        }
    }
}

fn of_workload<'w>(workload: &'w Workload<'_>, objects: &Objects<'_>) -> Vec<Asked<'w>> {
    let named = claims(&workload.spec).map(|claim| {
        let own = objects.find("PersistentVolumeClaim", Some(&workload.namespace), claim);
        Asked {
            shared: Some(claim),
            ..of_claim(own.map(|it| &it.at), objects)
        }
    });
    let mut unheard = Log::default();
    let ephemeral = workload.spec.list(&mut unheard, "volumes");
    let ephemeral = (ephemeral.iter()).filter_map(|volume| {
        let template = volume.get("ephemeral")?.get("volumeClaimTemplate")?;
        Some(of_claim(Some(&template), objects))
    });
    let templates = of_templates(workload, objects);
    named.chain(ephemeral).chain(templates).collect()
}

/// Claims of a stateful set: of its templates, or of those that are bound where one of them is of another driver.
fn of_templates<'w>(workload: &Workload<'_>, objects: &Objects<'_>) -> Vec<Asked<'w>> {
    let set = objects.find(&workload.kind, Some(&workload.namespace), &workload.object);
    let Some(spec) =
        (set.filter(|_| workload.kind == "StatefulSet")).and_then(|it| it.at.get("spec"))
    else {
        return Vec::new();
    };
    let templates = spec.list(&mut Log::default(), "volumeClaimTemplates");
    (templates.iter())
        .map(|template| {
            let name = template.get("metadata").and_then(|it| it.get("name"));
            let name = name.and_then(|it| it.node.value.as_text().map(str::to_owned));
            let bound = name.and_then(|name| {
                let first = format!("{name}-{}-0", workload.object);
                objects.find("PersistentVolumeClaim", Some(&workload.namespace), &first)
            });
            let mut asked = of_claim(Some(template), objects);
            if let Some(bound) = bound {
                asked.may_be_of_ebs = of_claim(Some(&bound.at), objects).may_be_of_ebs;
            }
            asked
        })
        .collect()
}

/// By a claim, or a template of one; where it is not in the file it may be anything.
fn of_claim<'w>(claim: Option<&Cursor<'_>>, objects: &Objects<'_>) -> Asked<'w> {
    let text = |key: &str| {
        let field = claim?.get("spec")?.get(key)?;
        field.node.value.as_text().map(str::to_owned)
    };
    let by_annotation = || {
        let notes = labels(claim?.get("metadata"), "annotations");
        notes.get(CLASS_OF_OLD).cloned()
    };
    let named = text("storageClassName").or_else(by_annotation);
    let class = class(claim.is_some(), named, objects);
    let volume = text("volumeName").filter(|it| !it.is_empty());
    let has_volume = volume.is_some();
    let volume = volume.and_then(|name| objects.find("PersistentVolume", None, &name));
    let may_be_of_ebs = match (volume, &class) {
        (Some(volume), _) => is_of_ebs(&volume.at),
        (None, Some(class)) => {
            let provisioner = class.get("provisioner");
            provisioner
                .and_then(|it| it.node.value.as_text())
                .is_none_or(|it| OF_EBS.contains(&it))
        }
        (None, None) => true,
    };
    let allowed = class.and_then(|it| it.get("allowedTopologies"));
    let has_allowed_zones =
        allowed.is_some_and(|it| matches!(&it.node.value, Value::List(all) if !all.is_empty()));
    Asked {
        shared: None,
        may_be_of_ebs,
        has_allowed_zones: has_allowed_zones && !has_volume,
    }
}

/// Whether the volume of a claim of the file is of EBS, as far as the file tells.
pub(super) fn may_be_of_ebs(claim: &Cursor<'_>, objects: &Objects<'_>) -> bool {
    of_claim(Some(claim), objects).may_be_of_ebs
}

fn is_of_ebs(volume: &Cursor<'_>) -> bool {
    let Some(spec) = volume.get("spec") else {
        return true;
    };
    let driver = spec.get("csi").and_then(|it| it.get("driver"));
    let others = ["nfs", "local", "hostPath", "fc", "iscsi"];
    match driver.and_then(|it| it.node.value.as_text().map(str::to_owned)) {
        Some(driver) => OF_EBS.contains(&driver.as_str()),
        None => !others.iter().any(|kind| spec.get(kind).is_some()),
    }
}

/// The class that a claim names, or the default one.
fn class<'a>(is_known: bool, named: Option<String>, objects: &Objects<'a>) -> Option<Cursor<'a>> {
    match named {
        Some(name) => objects.find("StorageClass", None, &name),
        None if is_known => objects.of_kind("StorageClass").find(|it| {
            let notes = labels(it.at.get("metadata"), "annotations");
            notes.get(IS_DEFAULT).is_some_and(|it| it == "true")
        }),
        None => None,
    }
    .map(|it| it.at.clone())
}
