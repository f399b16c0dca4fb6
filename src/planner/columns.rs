//! What one plan's search knew, in words that other clusters understand: patterns by offering and service name.
//!
//! Scenarios of one cluster share most of their patterns. Nothing is taken on trust: a pattern whose offering or
//! services are gone is passed over, and one that does not fit any more is refused by the model.

use std::collections::HashMap;

use crate::domain::capacity::Capacity;
use crate::formulate::model::{Model, PlanningInput};
use crate::formulate::offering::Offering;
use crate::optimize::pattern::{Content, Pattern};

/// Patterns of a finished search, to begin related ones with.
#[derive(Debug, Clone, Default)]
pub struct Columns(Vec<Column>);

#[derive(Debug, Clone)]
struct Column {
    offering: Identity,
    /// Service names and copies.
    content: Vec<(String, u64)>,
}

/// What makes an offering the same in two clusters; the first of several group profiles stands for all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity {
    instance_type: String,
    purchase_option: Capacity,
    availability_zone: Option<String>,
    existing: bool,
}

impl Identity {
    fn of(offering: &Offering) -> Self {
        Self {
            instance_type: offering.instance_type.clone(),
            purchase_option: offering.purchase_option,
            availability_zone: offering.availability_zone.clone(),
            existing: offering.existing.is_some(),
        }
    }
}

impl Columns {
    /// The patterns of a model's search.
    pub(super) fn new(input: PlanningInput<'_>, model: &Model, patterns: &[Pattern]) -> Self {
        let services = &input.cluster.services;
        let column = |pattern: &Pattern| Column {
            offering: Identity::of(&input.offerings.usable[model.bins[pattern.bin].offerings[0]]),
            content: (pattern.content.iter())
                .map(|&(item, copies)| (services[model.items[item].service].name.clone(), copies))
                .collect(),
        };
        Self(patterns.iter().map(column).collect())
    }

    /// The patterns that another model has as well.
    pub(super) fn patterns(&self, input: PlanningInput<'_>, model: &Model) -> Vec<Pattern> {
        let usable = &input.offerings.usable;
        let mut offerings: HashMap<Identity, usize> = HashMap::new();
        for (index, offering) in usable.iter().enumerate() {
            offerings.entry(Identity::of(offering)).or_insert(index);
        }
        let services: HashMap<&str, usize> = (input.cluster.services.iter().enumerate())
            .map(|(position, service)| (service.name.as_str(), position))
            .collect();
        let pattern = |column: &Column| {
            let &offering = offerings.get(&column.offering)?;
            let mut content = Content::new();
            for (name, copies) in &column.content {
                let &service = services.get(name.as_str())?;
                content.push((model.item(service, usable[offering].zone)?, *copies));
            }
            content.sort_unstable();
            let bin = model.bin_for(offering, &content)?;
            Some(Pattern { bin, content })
        };
        self.0.iter().filter_map(pattern).collect()
    }
}
