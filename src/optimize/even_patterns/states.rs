//! The dynamic program over the places of an item: how its tasks, and the firm ones among them, are dealt to them.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sums, copies and states index tables that are in memory"
)]

use super::table::Table;

/// What is asked for, of an even item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) places: &'a [usize],
    pub(super) tasks: u64,
    /// Tasks in every place, and places with one more.
    pub(super) each: u64,
    pub(super) extras: usize,
    pub(super) firm: u64,
    pub(super) firm_places: u64,
}

/// States of the dynamic program over places.
#[derive(Debug, Clone, Copy)]
pub(super) struct States {
    places: usize,
    /// Largest number of firm tasks that is told apart.
    firm: usize,
    /// Largest number of places with firm tasks that is.
    with_firm: usize,
    least_firm: u64,
}

/// Tasks and firm tasks of each place.
pub(super) type Parts = Vec<(u64, u64)>;

/// How a state was reached: the state before, tasks and firm tasks of the place.
type Step = (u32, u8, u8);

impl States {
    pub(super) fn new(wanted: Wanted<'_>) -> Self {
        Self {
            places: wanted.places.len(),
            firm: wanted.firm.max(wanted.firm_places) as usize,
            with_firm: wanted.firm_places as usize,
            least_firm: wanted.firm,
        }
    }

    const fn index(self, extras: usize, firm: usize, with_firm: usize) -> usize {
        (extras * (self.firm + 1) + firm) * (self.with_firm + 1) + with_firm
    }

    /// The cheapest tasks and firm tasks of each place.
    pub(super) fn run(
        self,
        tables: &[Table],
        rest: u64,
        extras: usize,
        firm_all: u64,
        start: f64,
        steps: &mut u64,
    ) -> Option<(f64, Vec<(u64, u64)>)> {
        let size = self.index(extras, self.firm, self.with_firm) + 1;
        let mut costs = vec![f64::INFINITY; size];
        let first = if firm_all > 0 { self.with_firm } else { 0 };
        let firm_there = (firm_all as usize * self.places).min(self.firm);
        costs[self.index(0, firm_there, first)] = start;
        let mut reached: Vec<Vec<Step>> = Vec::with_capacity(self.places);
        for place in 0..self.places {
            let mut next = vec![f64::INFINITY; size];
            let mut how = vec![(0, 0, 0); size];
            for more in 0..=usize::from(extras > 0) {
                let tasks = rest + more as u64;
                for firm in 0..=tasks {
                    let cost = tables[2 * place + 1].at_least(firm)
                        + tables[2 * place].at_least(tasks - firm);
                    if cost.is_infinite() {
                        continue;
                    }
                    self.extend(
                        &costs,
                        &mut next,
                        &mut how,
                        (extras, more, tasks, firm, cost),
                    );
                    *steps += size as u64;
                }
            }
            costs = next;
            reached.push(how);
        }
        let ends =
            (0..=self.firm).flat_map(|firm| (0..=self.with_firm).map(move |with| (firm, with)));
        let (firm, with) = ends
            .filter(|&(firm, with)| {
                firm as u64 >= self.least_firm && with >= firm.min(self.with_firm)
            })
            .min_by(|a, b| {
                let cost = |end: &(usize, usize)| costs[self.index(extras, end.0, end.1)];
                cost(a).total_cmp(&cost(b))
            })?;
        let mut state = self.index(extras, firm, with);
        let cost = costs[state];
        if cost.is_infinite() {
            return None;
        }
        let mut parts = vec![(0, 0); self.places];
        for place in (0..self.places).rev() {
            let (before, tasks, firm) = reached[place][state];
            parts[place] = (u64::from(tasks), u64::from(firm));
            state = before as usize;
        }
        Some((cost, parts))
    }

    fn extend(
        self,
        costs: &[f64],
        next: &mut [f64],
        how: &mut [Step],
        (extras, more, tasks, firm, cost): (usize, usize, u64, u64, f64),
    ) {
        for used in 0..=extras - more {
            for known in 0..=self.firm {
                for with in 0..=self.with_firm {
                    let from = self.index(used, known, with);
                    let total = costs[from] + cost;
                    let there = (known + firm as usize).min(self.firm);
                    let with = (with + usize::from(firm > 0)).min(self.with_firm);
                    let to = self.index(used + more, there, with);
                    if total < next[to] {
                        next[to] = total;
                        how[to] = (from as u32, tasks as u8, firm as u8);
                    }
                }
            }
        }
    }
}
