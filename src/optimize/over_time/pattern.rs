//! The cheapest kind, pattern and units for items that stand together.

use super::{Group, OverTime};

/// Kinds whose room that is left is filled, the cheapest before that.
const FILLED: usize = 3;
/// Where room is kept for further copies, units that are tried as well, in hundredths of the fewest: smaller patterns leave more room
/// beside them.
const MORE_UNITS: [u64; 4] = [105, 115, 135, 170];

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
        let copies = |units: u64| -> Option<Vec<u64>> {
            let covered = self.covered(kind, units);
            (covered > 0).then(|| {
                (items.iter())
                    .map(|&item| peak(item).div_ceil(covered).max(1))
                    .collect()
            })
        };
        let has_room = |copies: Option<Vec<u64>>| {
            copies.is_some_and(|copies| self.has_room(items, kind, &copies))
        };
        let mut most = (items.iter())
            .map(|&item| self.units(kind, peak(item), 1))
            .max()?
            .max(self.units(kind, 1, 1));
        if !has_room(copies(most)) {
            return None;
        }
        let mut least = 1;
        while least < most {
            *steps += items.len() as u64;
            let middle = least + (most - least) / 2;
            if has_room(copies(middle)) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        let tried = MORE_UNITS.iter().filter(|_| !self.extra.is_empty());
        let tried = tried.map(|more| most.saturating_mul(*more).div_ceil(100));
        (std::iter::once(most).chain(tried))
            .filter_map(|units| {
                *steps += (items.len() * self.hours.len()) as u64;
                let copies = copies(units).filter(|copies| self.has_room(items, kind, copies))?;
                Some(self.group(items, kind, copies))
            })
            .min_by_key(|group| group.cost)
    }

    fn has_room(&self, items: &[usize], kind: usize, copies: &[u64]) -> bool {
        let own = &self.few.kinds[kind];
        let within = (items.iter().zip(copies)).all(|(&item, &copies)| copies <= own.most[item]);
        let load = self.load(items, copies);
        within
            && load
                .iter()
                .zip(&own.capacity)
                .all(|(load, room)| load <= room)
    }

    /// Copies of an item that one in every bin of so many units covers.
    fn covered(&self, kind: usize, units: u64) -> u64 {
        let kind = &self.few.kinds[kind];
        let all = kind.covers * units;
        if self.few.loses_a_bin {
            all.min((kind.bins * units).saturating_sub(1))
        } else {
            all
        }
    }

    /// Units that cover so many copies with so many in each bin.
    fn units(&self, kind: usize, demand: u64, each: u64) -> u64 {
        let kind = &self.few.kinds[kind];
        let units = demand.div_ceil(kind.covers * each);
        if self.few.loses_a_bin && demand > 0 {
            units.max((demand.div_ceil(each) + 1).div_ceil(kind.bins))
        } else {
            units
        }
    }

    /// Copies of an item that have room beside a whole pattern, no more than `most` of it in all.
    fn beside(&self, kind: usize, load: &[u64], (item, copies): (usize, u64)) -> u64 {
        let own = &self.few.kinds[kind];
        let size = &self.few.items[item].size;
        (size.iter().zip(load).zip(&own.capacity))
            .filter(|((size, _), _)| **size > 0)
            .map(|((size, load), room)| room.saturating_sub(*load) / size)
            .min()
            .unwrap_or(u64::MAX)
            .min(own.most[item].saturating_sub(copies))
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
        let bins = self.few.kinds[kind].bins;
        let load = self.load(items, &copies);
        let units: Vec<u64> = (0..self.hours.len())
            .map(|class| {
                let needed = (items.iter().zip(&copies)).map(|(&item, &copies)| {
                    let demand = self.demand[class][item];
                    let extra = self.extra.get(class).map_or(0, |of| of[item]);
                    let units = self.units(kind, demand, copies.min(self.most[class][item]).max(1));
                    if extra == 0 {
                        return units;
                    }
                    let each = copies.saturating_add(self.beside(kind, &load, (item, copies)));
                    units.max((demand + extra).div_ceil(bins.saturating_mul(each.max(1))))
                });
                needed.max().unwrap_or(0)
            })
            .collect();
        let hours: i128 = (units.iter().zip(&self.hours))
            .map(|(&units, &hours)| i128::from(units) * i128::from(hours))
            .sum();
        Group {
            items: items.to_vec(),
            kind: Some(kind),
            copies,
            cost: hours * i128::from(self.few.kinds[kind].cost),
            units,
        }
    }

    /// The group with more copies of the items whose hours ask for most units, as long as that saves.
    fn filled_up(&self, mut group: Group, steps: &mut u64) -> Group {
        while let Some(position) = group.kind {
            let kind = &self.few.kinds[position];
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
                    let other = self.group(&group.items, position, copies);
                    (other.cost < group.cost).then_some(other)
                })
                .min_by_key(|other| other.cost);
            match better {
                Some(other) => group = other,
                None => return group,
            }
        }
        group
    }
}
