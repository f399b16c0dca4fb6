//! The cheapest kind, pattern and units for items that stand together.

use super::{Group, OverTime};

/// Kinds whose room that is left is filled, the cheapest before that.
const FILLED: usize = 3;

impl OverTime<'_> {
    /// Kinds that no other kind beats in everything, in the order of the problem.
    pub(super) fn kinds_worth_knowing(&self) -> Vec<usize> {
        let kinds = &self.few.kinds;
        let beats = |a: usize, b: usize| {
            let (x, y) = (&kinds[a], &kinds[b]);
            let no_worse = x.cost <= y.cost
                && x.covers >= y.covers
                && x.bins <= y.bins
                && (x.firm || !y.firm)
                && x.capacity.iter().zip(&y.capacity).all(|(x, y)| x >= y)
                && x.most.iter().zip(&y.most).all(|(x, y)| x >= y);
            no_worse && (a < b || (x.cost, &x.capacity, &x.most) != (y.cost, &y.capacity, &y.most))
        };
        (0..kinds.len())
            .filter(|&kind| !(0..kinds.len()).any(|other| other != kind && beats(other, kind)))
            .collect()
    }

    /// The cheapest group of these items, of these kinds; `None` where no kind holds one copy of each.
    pub(super) fn cheapest(
        &self,
        items: &[usize],
        kinds: &[usize],
        steps: &mut u64,
    ) -> Option<Group> {
        let mut best: Vec<Group> = Vec::new();
        for &kind in kinds {
            *steps += 1;
            let Some(found) = self.of_kind(items, kind, steps) else {
                continue;
            };
            let place = best.partition_point(|known| known.cost <= found.cost);
            if place < FILLED {
                best.insert(place, found);
                best.truncate(FILLED);
            }
        }
        (best.into_iter())
            .map(|group| self.filled_up(group, steps))
            .min_by_key(|group| group.cost)
    }

    fn of_kind(&self, items: &[usize], kind: usize, steps: &mut u64) -> Option<Group> {
        let own = &self.few.kinds[kind];
        let admits =
            |&item: &usize| own.most[item] > 0 && (own.firm || self.few.items[item].firm == 0);
        if !items.iter().all(admits) {
            return None;
        }
        let peak = |item: usize| self.demand.iter().map(|of| of[item]).max().unwrap_or(0);
        let copies = |units: u64| -> Vec<u64> {
            (items.iter())
                .map(|&item| peak(item).div_ceil(own.covers * units).max(1))
                .collect()
        };
        let has_room = |copies: &[u64]| {
            let within = items
                .iter()
                .zip(copies)
                .all(|(&item, &copies)| copies <= own.most[item]);
            within
                && self
                    .load(items, copies)
                    .iter()
                    .zip(&own.capacity)
                    .all(|(load, room)| load <= room)
        };
        let mut most = (items.iter())
            .map(|&item| peak(item).div_ceil(own.covers))
            .max()?
            .max(1);
        if !has_room(&copies(most)) {
            return None;
        }
        let mut least = 1;
        while least < most {
            *steps += items.len() as u64;
            let middle = least + (most - least) / 2;
            if has_room(&copies(middle)) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        let copies = copies(most);
        *steps += (items.len() * self.hours.len()) as u64;
        Some(self.group(items, kind, copies))
    }

    fn load(&self, items: &[usize], copies: &[u64]) -> Vec<u64> {
        let dimensions = self.few.items.first().map_or(0, |item| item.size.len());
        let mut load = vec![0_u64; dimensions];
        for (&item, &copies) in items.iter().zip(copies) {
            for (load, size) in load.iter_mut().zip(&self.few.items[item].size) {
                *load = load.saturating_add(size.saturating_mul(copies));
            }
        }
        load
    }

    /// The group with the units that its pattern needs.
    fn group(&self, items: &[usize], kind: usize, copies: Vec<u64>) -> Group {
        let covers = self.few.kinds[kind].covers;
        let units: Vec<u64> = (self.demand.iter().zip(&self.most))
            .map(|(demand, most)| {
                (items.iter().zip(&copies))
                    .map(|(&item, &copies)| {
                        demand[item].div_ceil(covers * copies.min(most[item]).max(1))
                    })
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let hours: i128 = (units.iter().zip(&self.hours))
            .map(|(&units, &hours)| i128::from(units) * i128::from(hours))
            .sum();
        Group {
            items: items.to_vec(),
            kind,
            copies,
            cost: hours * i128::from(self.few.kinds[kind].cost),
            units,
        }
    }

    /// The group with more copies of the items whose hours ask for most units, as long as that saves.
    fn filled_up(&self, mut group: Group, steps: &mut u64) -> Group {
        loop {
            let kind = &self.few.kinds[group.kind];
            let load = self.load(&group.items, &group.copies);
            let better = (0..group.items.len())
                .filter_map(|place| {
                    let item = group.items[place];
                    let size = &self.few.items[item].size;
                    let has_room = (load.iter().zip(size).zip(&kind.capacity))
                        .all(|((load, size), room)| load.saturating_add(*size) <= *room);
                    if !has_room || group.copies[place] >= kind.most[item] {
                        return None;
                    }
                    let mut copies = group.copies.clone();
                    copies[place] += 1;
                    *steps += (group.items.len() * self.hours.len()) as u64;
                    let other = self.group(&group.items, group.kind, copies);
                    (other.cost < group.cost).then_some(other)
                })
                .min_by_key(|other| other.cost);
            match better {
                Some(other) => group = other,
                None => return group,
            }
        }
    }
}
