//! What a plan's searches came upon, for whoever asks for details (`-v`). Its words stand in `report`.

use crate::formulate::model::PlanningInput;

use super::counted::Meters;
use super::options::SearchNote;
use super::pack::Packed;

/// What a pass came upon.
pub(super) fn search_notes(
    input: PlanningInput<'_>,
    packed: &Packed,
    work: &Meters,
) -> Vec<SearchNote> {
    let unpriced = input.catalogue.unpriced();
    let instance_types: Vec<String> = unpriced.map(|t| t.name.clone()).collect();
    let statistics = &packed.statistics;
    let mut notes = Vec::new();
    if !instance_types.is_empty() {
        notes.push(SearchNote::Unpriced {
            region: input.cluster.region.clone(),
            instance_types,
        });
    }
    notes.extend([
        SearchNote::Offerings {
            usable: input.offerings.usable.len(),
            excluded: input.offerings.excluded.len(),
        },
        SearchNote::Problem {
            items: statistics.items,
            bins: statistics.bins,
            columns: statistics.columns,
            rounds: statistics.rounds,
        },
        SearchNote::Work {
            searches: work.searches.spent(),
            replays: work.replays.spent(),
            rehearsals: work.rehearsals.spent(),
        },
        SearchNote::Ended(packed.ending.clone()),
    ]);
    notes
}
