//! Documents of Kubernetes to the domain's [`Cluster`]: workloads are services, pods tasks, nodes container instances.
//!
//! Recognised by `kind`, wherever a cluster file is taken: one object, a `List`, or several YAML documents. Which rules
//! are taken over, which make the bound weaker and what is left out stands in `docs/kubernetes.md`, rule by rule. Keys
//! that planning does not need are passed over, environment and secrets with them: objects are extensible.

mod affinity;
mod apart;
mod chosen_nodes;
mod claims;
mod daemon_ports;
mod decided;
mod documents;
mod held_back;
mod host_ports;
mod jobs;
mod known_kinds;
mod most_in_zones;
mod no_documents;
mod node_pools;
mod nodes;
mod notes;
mod objects;
mod on_nodes;
mod owners;
mod parts;
mod passed_over;
mod place;
mod quantity;
mod request;
mod running;
mod runtime_class;
mod scalers;
mod selector;
mod service_of;
mod set_up;
mod settings;
mod shared_claims;
mod spread;
mod storage;
mod taints;
#[cfg(test)]
mod tests;
mod volumes;
mod workload;
mod workloads;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Node, Value};
use super::policy::{self, ReadPolicy};
use super::policy_checks;
use crate::domain::cluster::Cluster;
use crate::domain::deployed::Deployed;
use crate::domain::kubernetes::{Orchestrator, Reading};
use crate::domain::money::UsdPerHour;
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
    let has = |key: &str| at.get(key).is_some();
    if !is_text("kind") {
        // Its kind may be what is missing.
        return is_text("apiVersion") && (has("metadata") || has("items"));
    }
    if is_text("apiVersion") || has("items") || has("metadata") {
        return true;
    }
    // A kind of its own says enough: what is missing beside it is told.
    let kind = at.get("kind");
    let kind = kind.as_ref().and_then(|it| it.node.value.as_text());
    kind.is_some_and(documents::is_of_kubernetes) && !documents::is_of_ecs(at)
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
    let objects = objects_of(root, asked, log)?;
    let mut notes = Notes::default();
    let mut policy = read_policy(objects.setting("policy").as_ref(), flags, log);
    let regions = nodes::regions(&objects);
    let region = place::region(root, &objects, &regions, asked, log);
    let several = regions.len() > 1;
    let only = region.as_deref().filter(|_| several);
    let keep = policy.policy.keep_instances;
    let mut nodes = Nodes::read(&objects, (keep, only), &mut notes, log);
    set_up::read(&objects, &nodes, &mut policy.policy, &mut notes, log);
    let zones = place::zones_of(&objects, &nodes, region.as_deref(), asked, log);
    policy_checks::check(&policy, zones.len(), &[], log);
    let taints = taints::known(&policy.policy.tolerated_taints, &nodes.taints);
    objects.report_repeated(&mut notes);
    passed_over::tell(&objects, &mut notes);
    let mut all = workloads::read_all(&objects, only, &mut notes, log);
    shared_claims::hold(&mut all, &objects, &policy.policy, &mut notes);
    storage::tell(&all, &objects, &policy.policy, &mut notes);
    let workloads: Vec<Workload<'_>> = (all.into_iter())
        .flat_map(|workload| volumes::divided(workload, &objects, &policy.policy, &mut notes, log))
        .collect();
    let outside = nodes::outside(&objects, only);
    let left_out = running::left_out(&objects, &outside);
    let counted = nodes.instances.iter().map(|it| it.id.as_str()).collect();
    let around = workload::Surroundings {
        all: &workloads,
        zones: &zones,
        left_out: &left_out,
        taints: &taints,
        policy: &policy.policy,
        unsure: &nodes.unsure,
        pools: &nodes.pools,
        has_zones_elsewhere: nodes.zones.len() > zones.len(),
        standing: workload::Standing {
            counted: &counted,
            outside: &outside,
        },
    };
    let mut services = service_of::services(around, &mut notes, log);
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
    place::names_of_zones(root, &services, &zones, log);
    let has_today = !nodes.instances.is_empty() || asked.today.is_some();
    let passed_over = notes.report(has_today, root, log);
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
        passed_over,
    })
}

/// The objects, where some are planned.
fn objects_of<'a>(root: &Cursor<'a>, asked: Asked<'_>, log: &mut Log) -> Option<Objects<'a>> {
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
    Some(objects)
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
