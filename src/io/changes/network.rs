//! Where a cluster's file says its network is: subnets, and VPCs where it names them.

use std::collections::BTreeSet;

use super::super::cursor::{Cursor, Log};
use super::super::document::{Node, Value};
use super::super::pasted::section;
use super::ClusterDocument;
use super::apply::child;

impl ClusterDocument {
    /// Ids of the subnets and VPCs that it names: of its groups, of its services, and of pasted subnets.
    #[must_use]
    pub fn network(&self) -> BTreeSet<String> {
        let quiet = &mut Log::default();
        let root = Cursor::new(&self.root, "");
        let mut ids = BTreeSet::new();
        for subnet in section(&root, "subnets", quiet) {
            for key in ["SubnetId", "VpcId"] {
                ids.extend(child(subnet.node, key).and_then(text));
            }
        }
        for group in section(&root, "autoScalingGroups", quiet) {
            let named = child(group.node, "VPCZoneIdentifier").and_then(text);
            let named = named.unwrap_or_default();
            ids.extend(named.split(',').map(|id| id.trim().to_owned()));
        }
        for service in section(&root, "services", quiet) {
            let network = child(service.node, "networkConfiguration");
            let network = network.and_then(|node| child(node, "awsvpcConfiguration"));
            if let Some(Value::List(subnets)) = network
                .and_then(|node| child(node, "subnets"))
                .map(|node| &node.value)
            {
                ids.extend(subnets.iter().filter_map(text));
            }
        }
        ids.remove("");
        ids
    }
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_of_groups_services_and_answers_are_named() {
        let text = r#"{"version": 1, "region": "eu-west-1",
            "subnets": [{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]}],
            "autoScalingGroups": [{"AutoScalingGroupName": "g", "VPCZoneIdentifier": "subnet-2, subnet-3"}],
            "services": [{"serviceName": "s", "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-4"]}}}]}"#;
        let document = ClusterDocument::parse(text, "c.json").expect("a document");
        let ids: Vec<String> = document.network().into_iter().collect();
        assert_eq!(
            ids,
            ["subnet-1", "subnet-2", "subnet-3", "subnet-4", "vpc-1"]
        );
    }
}
