//! V41: the plan names the catalogue that it is checked with: where the figures come from and of which dates they are.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let stated = &facts.plan.catalogue;
    let (catalogue, dates) = (facts.catalogue, facts.catalogue.as_of());
    [
        (
            "source",
            Some(stated.source.as_str()),
            Some(catalogue.source()),
        ),
        (
            "asOf.onDemand",
            stated.as_of.on_demand.as_deref(),
            dates.on_demand.as_deref(),
        ),
        (
            "asOf.spot",
            stated.as_of.spot.as_deref(),
            dates.spot.as_deref(),
        ),
        (
            "asOf.fargate",
            stated.as_of.fargate.as_deref(),
            dates.fargate.as_deref(),
        ),
    ]
    .into_iter()
    .filter(|(_, found, expected)| found != expected)
    .map(|(field, found, expected)| {
        Violation::new(
            Rule::Catalogue,
            format!("catalogue.{field}"),
            words(found),
            format!("{}, as the catalogue given here", words(expected)),
        )
    })
    .collect()
}

fn words(text: Option<&str>) -> String {
    text.map_or_else(|| "none".to_owned(), |text| format!("`{text}`"))
}
