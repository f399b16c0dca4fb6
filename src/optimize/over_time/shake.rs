//! Out of a local optimum: some groups are taken apart and put together anew, in another order.
//!
//! Ruin and recreate (Schrimpf et al., Journal of Computational Physics 159, 2000): two or three groups are taken apart, their
//! items go one after the other, in a drawn order, to where they cost least more, which may be a new group; then items change
//! places as long as that saves. What is no dearer is kept, the cheapest is the answer. The draws have a seed of their own, and
//! the work is counted, so that the same problem has the same groups.

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Group;
use super::outside::{cost, slots};
use super::search::{Search, union};
use crate::optimize::stop::Stop;

/// Names the stream.
const SEED: u64 = 0x7368_616b_6564;
/// Rounds without a cheaper answer that end the search.
const MOST_IN_VAIN: u64 = 400;
/// Most items that come back from outside at a time.
const MOST_FROM_OUTSIDE: usize = 4;

impl Search<'_> {
    /// The cheapest groups found from these, within `limit` steps.
    pub(super) fn shaken(&mut self, groups: Vec<Group>, limit: u64, stop: &dyn Stop) -> Vec<Group> {
        if groups.len() < 2 {
            return groups;
        }
        let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
        let mut best = groups.clone();
        let mut current = groups;
        let mut in_vain = 0;
        while self.steps < limit && in_vain < MOST_IN_VAIN && !stop.should_stop() {
            in_vain += 1;
            let Some(other) = self.recreated(&current, &mut random) else {
                continue;
            };
            let other = self.improved(other, limit, stop);
            if cost(&other) <= cost(&current) {
                current = other;
            }
            if cost(&current) < cost(&best) {
                best.clone_from(&current);
                in_vain = 0;
            }
        }
        best
    }

    /// Some groups apart, and their items where they cost least more; `None` where one has no place within the slots.
    fn recreated(
        &mut self,
        groups: &[Group],
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<Vec<Group>> {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            (0..groups.len()).partition(|&place| groups[place].takes_slot());
        let least = if outside.is_empty() { 2 } else { 1 };
        let most = 3.min(inside.len());
        let apart = random.random_range(least.min(most)..=most);
        let mut taken = inside;
        taken.shuffle(random);
        taken.truncate(apart);
        if !outside.is_empty() {
            let mut further = outside;
            let count = random.random_range(0..=MOST_FROM_OUTSIDE.min(further.len()));
            further.shuffle(random);
            taken.extend(further.into_iter().take(count));
        }
        let mut items: Vec<usize> = (taken.iter())
            .flat_map(|&place| groups[place].items.iter().copied())
            .collect();
        items.shuffle(random);
        let mut rebuilt: Vec<Group> = (groups.iter().enumerate())
            .filter(|(place, _)| !taken.contains(place))
            .map(|(_, group)| group.clone())
            .collect();
        for item in items {
            let mut best: Option<(i128, Option<usize>, Group)> = None;
            let outside = self.problem.outside(item).map(|outside| (None, outside));
            let has_slot = slots(&rebuilt) < self.problem.few.slots;
            let beside = (0..rebuilt.len())
                .filter(|&place| has_slot || rebuilt[place].takes_slot())
                .map(Some);
            let alone = has_slot.then_some(None);
            let inside: Vec<Option<usize>> = beside.chain(alone).collect();
            let inside = inside.into_iter().filter_map(|place| {
                let items =
                    place.map_or_else(|| vec![item], |place| union(&rebuilt[place].items, &[item]));
                Some((place, self.cheapest(&items)?))
            });
            for (place, joined) in inside.chain(outside) {
                let more = joined.cost - place.map_or(0, |place| rebuilt[place].cost);
                if best.as_ref().is_none_or(|(least, ..)| more < *least) {
                    best = Some((more, place, joined));
                }
            }
            match best? {
                (_, Some(place), joined) => rebuilt[place] = joined,
                (_, None, joined) => rebuilt.push(joined),
            }
        }
        Some(rebuilt)
    }
}
