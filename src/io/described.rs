//! The cluster itself: its name, and the answer of `DescribeClusters` about it.

use super::cursor::{Cursor, Log};

/// The field with the cluster's name or ARN: the file's own, or that of a described cluster.
pub(super) fn name_field<'a>(root: &Cursor<'a>) -> Option<Cursor<'a>> {
    let of =
        |cluster: &Cursor<'a>| (cluster.get("clusterName")).or_else(|| cluster.get("clusterArn"));
    let own = root.get("cluster");
    let own = own.map(|field| of(&field).unwrap_or(field));
    own.or_else(|| of(&described_cluster(root)?))
}

/// The answer of `DescribeClusters` about the cluster, where the file has one.
pub(super) fn described_cluster<'a>(root: &Cursor<'a>) -> Option<Cursor<'a>> {
    let own = root.get("cluster").filter(Cursor::is_object);
    own.or_else(|| {
        let clusters = root.get("clusters")?;
        let clusters = clusters.get("clusters").unwrap_or(clusters);
        match clusters.items(&mut Log::default()).as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    })
}
