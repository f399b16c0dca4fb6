//! `memberOf`: the cluster query expression must hold for the instance.

use crate::domain::attributes::Attributes;
use crate::domain::placement::PlacementConstraint;
use crate::domain::service::Service;

use crate::domain::plan::FailedTest as Failed;

/// One failure for each expression that does not hold, with the attributes it asks for in vain.
pub fn test(service: &Service, attributes: &Attributes) -> Vec<Failed> {
    service
        .constraints()
        .filter_map(|constraint| match constraint {
            PlacementConstraint::MemberOf(expression) if !expression.evaluate(attributes) => {
                let unknown = expression
                    .attribute_names()
                    .into_iter()
                    .filter(|name| attributes.get(name).is_none())
                    .map(|name| format!("attribute:{name}"))
                    .collect();
                Some(Failed::MemberOf {
                    expression: expression.source().to_owned(),
                    unknown,
                })
            }
            _ => None,
        })
        .collect()
}
