//! Pods on a node by instance type, as EKS publishes them: interfaces · (addresses − 1) + 2, of the first network card.
//!
//! Source: awslabs/amazon-eks-ami, `eni-max-pods.txt` (figures only; see `data/README.md`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::embedded;
use super::table::Table;

static MAX_PODS: LazyLock<BTreeMap<String, u64>> = LazyLock::new(|| {
    let mut table = Table::new(embedded::MAX_PODS);
    let name_column = table.required("instance_type");
    let pods_column = table.required("max_pods");
    let mut pods = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        if let Some(most) = row.count(pods_column, 1) {
            pods.insert(row.text(name_column).to_owned(), most);
        }
    }
    pods
});

/// The number that EKS publishes for a type, if it does.
#[must_use]
pub fn published_max_pods(instance_type: &str) -> Option<u64> {
    MAX_PODS.get(instance_type).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn twenty_types_have_the_pods_that_aws_publishes() {
        for (name, pods) in [
            ("t3.small", 11),
            ("t3.medium", 17),
            ("t3.xlarge", 58),
            ("t4g.large", 35),
            ("m5.large", 29),
            ("m5.xlarge", 58),
            ("m5.4xlarge", 234),
            ("m5.24xlarge", 737),
            ("m6g.medium", 8),
            ("m4.large", 20),
            ("c5.9xlarge", 234),
            ("c6in.32xlarge", 394),
            ("c7i.metal-48xl", 737),
            ("m8i.large", 59),
            ("c8a.2xlarge", 158),
            ("r8gn.48xlarge", 590),
            ("g4dn.xlarge", 29),
            ("g5.48xlarge", 345),
            ("p4d.24xlarge", 737),
            ("p5.48xlarge", 100),
            ("i4i.24xlarge", 437),
            ("d3.xlarge", 10),
            ("inf1.xlarge", 38),
            ("x1e.xlarge", 29),
        ] {
            assert_eq!(published_max_pods(name), Some(pods), "{name}");
        }
        assert_eq!(published_max_pods("m99.large"), None);
    }

    #[test]
    fn every_type_of_the_table_is_in_the_catalogue() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        assert!(MAX_PODS.len() > 1000);
        for name in MAX_PODS.keys() {
            assert!(catalogue.instance_type(name).is_some(), "{name}");
        }
    }
}
