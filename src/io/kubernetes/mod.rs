//! Documents of Kubernetes to the domain's [`Cluster`]: workloads are services, pods tasks, nodes container instances.
//!
//! Recognised by `kind`, wherever a cluster file is taken: one object, a `List`, or several YAML documents. Which rules
//! are taken over, which make the bound weaker and what is left out stands in `docs/kubernetes.md`, rule by rule. Keys
//! that planning does not need are passed over, environment and secrets with them: objects are extensible.

mod affinity;
mod apart;
mod decided;
mod documents;
mod no_documents;
mod nodes;
mod notes;
mod objects;
mod passed_over;
mod quantity;
mod request;
mod running;
mod selector;
mod service_of;
mod settings;
mod spread;
mod taints;
#[cfg(test)]
mod tests;
mod volumes;
mod workload;
mod workloads;

use std::collections::BTreeSet;

use serde_json::{Value as JsonValue, json};

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Node, Value};
use super::policy::{self, ReadPolicy};
use super::{policy_checks, zones};
use crate::domain::cluster::{Cluster, Zone};
use crate::domain::deployed::Deployed;
use crate::domain::kubernetes::{Orchestrator, Reading};
use crate::domain::money::UsdPerHour;
use crate::domain::node_labels::{ZONE, ZONE_ID};
use crate::domain::placement::PlacementConstraint;
use crate::domain::policy::{DeploymentSurge, FargateUse, ManagedInstancesUse};
use crate::domain::query::Expression;
use crate::domain::service::Service;

pub(super) use no_documents::instead_of;
use nodes::Nodes;
use notes::Notes;
use objects::Objects;
use workload::Workload;

/// Root volume of EKS's image for Amazon Linux 2023, in GiB: what holds where the policy names none.
const ROOT_VOLUME_GIB: u64 = 20;

/// Whether the document is Kubernetes' own, or a list with such.
pub(super) fn is_document(root: &Cursor<'_>) -> bool {
    if let Value::List(items) = &root.node.value {
        return items.iter().any(|item| is_object(&Cursor::new(item, "")));
    }
    is_object(root)
}

fn is_object(at: &Cursor<'_>) -> bool {
    let is_text =
        |key: &str| (at.get(key)).is_some_and(|it| matches!(it.node.value, Value::Text(_)));
    is_text("kind")
        && (is_text("apiVersion") || at.get("items").is_some() || at.get("metadata").is_some())
}

/// The document with its settings at the top, where it is Kubernetes' own: there changes are laid over it.
pub(super) fn with_settings_on_top(root: Node) -> Node {
    if is_document(&Cursor::new(&root, "")) {
        settings::on_top(root)
    } else {
        root
    }
}

/// Whether documents of Kubernetes have this section beside their objects.
pub(super) fn is_setting(section: &str) -> bool {
    settings::SETTINGS.contains(&section)
}

/// What the command line says beside the policy's flags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub region: Option<&'a str>,
    pub zones: &'a [String],
    /// Whether columns of a CSV are named.
    pub has_columns: bool,
    pub today: Option<UsdPerHour>,
}

/// The cluster of such a document.
pub(super) fn read(
    root: &Cursor<'_>,
    stem: String,
    flags: &[(String, Node)],
    asked: Asked<'_>,
    log: &mut Log,
) -> Option<Cluster> {
    let objects = Objects::read(root, log);
    if asked.has_columns {
        root.error(
            log,
            codes::CSV_HEADER,
            "`--column` is given, and the file is no CSV",
            "leave the flag out",
        );
    }
    if !objects.has_workloads_or_nodes() {
        let (cause, remedy) = no_documents::without_workloads(&objects);
        root.error(log, codes::NOT_A_CLUSTER_FILE, cause, remedy);
        return None;
    }
    let mut notes = Notes::default();
    let policy = read_policy(objects.setting("policy").as_ref(), flags, log);
    let regions = nodes::regions(&objects);
    let region = region(root, &objects, &regions, asked, log);
    let several = regions.len() > 1;
    let only = region.as_deref().filter(|_| several);
    let keep = policy.policy.keep_instances;
    let mut nodes = Nodes::read(&objects, (keep, only), &mut notes, log);
    let zones = zones_of(&objects, &nodes, region.as_deref(), asked, log);
    policy_checks::check(&policy, zones.len(), &[], log);
    let taints = taints::known(&policy.policy.tolerated_taints, &nodes.taints);
    objects.report_repeated(&mut notes);
    passed_over::tell(&objects, &mut notes, log);
    let workloads: Vec<Workload<'_>> = (workloads::read_all(&objects, only, &mut notes, log)
        .into_iter())
    .flat_map(|workload| volumes::divided(workload, &objects, log))
    .collect();
    let mut services = service_of::services(&workloads, &zones, &taints, &mut notes, log);
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let constraints = services.iter().flat_map(Service::constraints);
    nodes.keep_what_is_read(constraints.filter_map(|it| match it {
        PlacementConstraint::MemberOf(expression) => Some(expression),
        _ => None::<&Expression>,
    }));
    let name = (objects.setting("cluster"))
        .and_then(|field| field.name(log).map(str::to_owned))
        .or_else(|| nodes.cluster_name())
        .unwrap_or(stem);
    names_of_zones(root, &services, &zones, log);
    notes.report(root, log);
    // A value that two rules read is wrong once.
    log.forget_repeats();
    let Nodes {
        instances, pools, ..
    } = nodes;
    Some(Cluster {
        name,
        region: region?,
        orchestrator: Orchestrator::Kubernetes(Reading::Strict),
        zones,
        services,
        container_instances: instances,
        deployed: Deployed {
            groups: pools,
            bill: asked.today,
            ..Deployed::default()
        },
        week: None,
        commitments: crate::domain::commitment::Commitments::default(),
        policy: policy.policy,
    })
}

/// The policy, with the defaults of Kubernetes, and without what is ECS's alone.
fn read_policy<'a>(
    section: Option<&Cursor<'a>>,
    flags: &'a [(String, Node)],
    log: &mut Log,
) -> ReadPolicy<'a> {
    let mut read = policy::read(section, flags, log);
    let policy = &mut read.policy;
    if !read.places.contains_key("rootVolumeGib") {
        policy.root_volume_gib = ROOT_VOLUME_GIB;
    }
    if policy.max_share_on_instance.is_none() {
        // Kubernetes has no such rule: without one that is stated, nothing limits a node's share.
        policy.max_share_on_instance = Some(rust_decimal::Decimal::ONE);
    }
    let of_ecs = [
        ("fargate", policy.fargate != FargateUse::Forbidden),
        ("eniTrunking", policy.eni_trunking),
        (
            "managedInstances",
            policy.managed_instances != ManagedInstancesUse::Forbidden,
        ),
        (
            "deploymentSurge",
            policy.deployment_surge == DeploymentSurge::WholeRollout,
        ),
    ];
    for (key, is_asked) in of_ecs {
        if let Some(place) = read.places.get(key).filter(|_| is_asked) {
            place.error(
                log,
                codes::NOT_OF_KUBERNETES,
                format!("`{key}` is not planned for documents of Kubernetes"),
                "leave the key out",
            );
        }
    }
    read
}

fn region(
    root: &Cursor<'_>,
    objects: &Objects<'_>,
    of_nodes: &BTreeSet<String>,
    asked: Asked<'_>,
    log: &mut Log,
) -> Option<String> {
    let own = objects.setting("region");
    let own = own.and_then(|field| field.name(log).map(str::to_owned));
    let only = of_nodes.first().filter(|_| of_nodes.len() == 1);
    let found = (asked.region.map(str::to_owned))
        .or(own)
        .or_else(|| only.cloned());
    if found.is_some() {
        return found;
    }
    let (cause, remedy) = if of_nodes.is_empty() {
        (
            "no Region is given, and no node has the label `topology.kubernetes.io/region`"
                .to_owned(),
            "give `--region us-east-1`, or the nodes of the cluster beside its workloads",
        )
    } else {
        let names: Vec<&str> = of_nodes.iter().map(String::as_str).collect();
        (
            format!(
                "no Region is given, and nodes stand in several: {}",
                names.join(", ")
            ),
            "give `--region` of the one to plan: nodes of the others are left out, and pods on them",
        )
    };
    root.error(
        log,
        codes::NO_REGION,
        format!("{cause}; prices depend on it"),
        remedy,
    );
    None
}

/// Zones of the flag, of the settings, or those that the nodes stand in.
fn zones_of(
    objects: &Objects<'_>,
    nodes: &Nodes,
    region: Option<&str>,
    asked: Asked<'_>,
    log: &mut Log,
) -> Vec<Zone> {
    let of_nodes: Vec<JsonValue> = (nodes.zones.iter())
        .map(|(name, id)| match id {
            Some(id) => json!({"zoneName": name, "zoneId": id}),
            None => json!(name),
        })
        .collect();
    let setting = objects.setting("availabilityZones");
    let chosen = if asked.zones.is_empty() {
        Node::from_flag(&JsonValue::from(of_nodes.clone()))
    } else {
        Node::from_flag(&JsonValue::from(asked.zones.to_vec()))
    };
    let place = Cursor::new(&chosen, "availabilityZones");
    let at = setting.filter(|_| asked.zones.is_empty()).unwrap_or(place);
    let items = at.items(log);
    // Nodes that show the id of their zone give ids their names.
    let known = Node::from_flag(&JsonValue::from(of_nodes));
    let known = Cursor::new(&known, "").items(&mut Log::default());
    zones::read_all(&items, &known, region, log)
}

/// Says where rules ask for a zone by name and the zones are given by id, or the other way round: nothing would hold.
fn names_of_zones(root: &Cursor<'_>, services: &[Service], zones: &[Zone], log: &mut Log) {
    let lacks = |label: &str| {
        (zones.iter()).find(|zone| {
            (ZONE.contains(&label) && zone.name.is_none())
                || (label == ZONE_ID && zone.id.is_none())
        })
    };
    for service in services {
        let rules = service.constraints().filter_map(|it| match it {
            PlacementConstraint::MemberOf(rule) => Some(rule),
            _ => None,
        });
        let labels = rules.flat_map(Expression::attribute_names);
        let Some((label, zone)) = labels.into_iter().find_map(|it| Some((it, lacks(it)?))) else {
            continue;
        };
        root.error(
            log,
            codes::UNKNOWN_ZONE,
            format!(
                "`{}` chooses its zones by the label {label}, and `{}` of availabilityZones has no value for it",
                service.name,
                zone.label()
            ),
            "write name and id of each zone, `{zoneName: us-east-1a, zoneId: use1-az1}`; `aws ec2 describe-availability-zones` shows both",
        );
        return;
    }
}
