//! The cluster itself: its name, and the answer of `DescribeClusters` about it.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;
use super::pasted::things;

/// The field with the cluster's name or ARN: the file's own, or that of a described cluster.
pub(super) fn name_field<'a>(root: &Cursor<'a>) -> Option<Cursor<'a>> {
    let own = root.get("cluster");
    if let Some(text) = own.as_ref().filter(|field| is_text(field)) {
        return Some(text.clone());
    }
    let described = described_cluster(root);
    described.as_ref().and_then(name_of).or(own)
}

fn is_text(field: &Cursor<'_>) -> bool {
    matches!(field.node.value, Value::Text(_) | Value::Number(_))
}

fn name_of<'a>(cluster: &Cursor<'a>) -> Option<Cursor<'a>> {
    (cluster.get("clusterName")).or_else(|| cluster.get("clusterArn"))
}

/// The answer of `DescribeClusters` about the cluster, where the file has one: under `cluster` or `clusters`, as it is
/// or in pages. Of several the one that the file names.
pub(super) fn described_cluster<'a>(root: &Cursor<'a>) -> Option<Cursor<'a>> {
    let mut wanted = None;
    let mut all = Vec::new();
    for field in ["cluster", "clusters"]
        .iter()
        .filter_map(|key| root.get(key))
    {
        if is_text(&field) {
            wanted = field.text(&mut Log::default()).map(last_part);
        } else if name_of(&field).is_some() {
            all.push(field);
        } else if is_wrapping(&field) {
            all.extend(things(&field, "clusters", &mut Log::default()));
        }
    }
    if let [only] = all.as_slice() {
        return Some(only.clone());
    }
    let name = |cluster: &Cursor<'a>| Some(last_part(name_of(cluster)?.text(&mut Log::default())?));
    (all.into_iter()).find(|cluster| wanted.is_some() && name(cluster) == wanted)
}

fn is_wrapping(field: &Cursor<'_>) -> bool {
    let keys = ["clusters", "cluster"];
    !field.is_object() || keys.iter().any(|key| field.get(key).is_some())
}

fn last_part(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The cluster that the ARN in a field names.
fn cluster_in(field: &Cursor<'_>) -> Option<String> {
    Some(last_part(field.text(&mut Log::default())?).to_owned())
}

/// Says where services are of several clusters: of each that is not the file's, or not that of the first, its first service.
pub(super) fn report_other_clusters(services: &[Cursor<'_>], name: &str, log: &mut Log) {
    let fields: Vec<_> = (services.iter())
        .filter_map(|service| {
            let field = service.get("clusterArn")?;
            let cluster = cluster_in(&field)?;
            Some((field, cluster))
        })
        .collect();
    let clusters: BTreeSet<&str> = fields.iter().map(|(_, cluster)| cluster.as_str()).collect();
    let Some((_, first)) = fields.first().filter(|_| clusters.len() > 1) else {
        return;
    };
    let own = clusters.get(name).copied().unwrap_or(first);
    let mut said = BTreeSet::from([own]);
    for (field, cluster) in &fields {
        if said.insert(cluster) {
            field.warning(
                log,
                codes::OTHER_CLUSTER,
                format!("the service is of the cluster `{cluster}`, others are of `{own}`: all are planned onto the same instances"),
                "give each cluster a file",
            );
        }
    }
}

/// The cluster that the ARNs of all services name, where they name one.
pub(super) fn cluster_of_services(services: &[Cursor<'_>]) -> Option<String> {
    let of = |service: &Cursor<'_>| cluster_in(&service.get("clusterArn")?);
    let names: BTreeSet<String> = services.iter().filter_map(of).collect();
    let mut names = names.into_iter();
    names
        .next()
        .filter(|name| names.next().is_none() && !name.trim().is_empty())
}

/// Keys that hold the ARN of something of the cluster.
const ARNS: [&str; 7] = [
    "AutoScalingGroupARN",
    "capacityProviderArn",
    "clusterArn",
    "containerInstanceArn",
    "serviceArn",
    "taskArn",
    "taskDefinitionArn",
];

/// The Regions that the ARNs of the cluster's own things name, in the order of their names.
pub(super) fn regions_of_arns(root: &Cursor<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![root.node];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::List(items) => open.extend(items),
            Value::Object(entries) => {
                for entry in entries {
                    match &entry.node.value {
                        Value::Text(arn) if ARNS.contains(&entry.key.as_str()) => {
                            found.extend(region_of(arn).map(str::to_owned));
                        }
                        _ => open.push(&entry.node),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The Region of an ARN: `arn:partition:service:region:account:resource`.
fn region_of(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let (arn, _, _, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (arn == "arn" && !region.is_empty()).then_some(region)
}
