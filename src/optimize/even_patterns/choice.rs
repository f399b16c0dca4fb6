//! One item's cheapest choice for given costs of copies in each slot, exact but where said.
//!
//! Tables ([`table`](super::table)) of the slots of each place alone, `G_zp(k)` (at least `k`), and of those over all of
//! the item's places, `E_p(e)` (exactly `e` in each place), `p` firm or not:
//!
//! - Where nothing is asked of firm tasks: `min_{e ≤ q} E(e) + Σ_z G_z(q − e) + the r smallest G_z(q − e + 1) − G_z(q − e)`.
//! - Few tasks (`MOST_BY_STATES`): a dynamic program over places, whose state is the extras used, the firm tasks and
//!   the places with firm tasks, each up to what is asked for.
//! - Many: firm tasks get a bonus, found by bisection, that makes the first form choose enough of them; where they
//!   are in too few places, a copy is put in the cheapest further one (not exact).
//! - One slot over all places that need not be full (B), where that is cheaper.
//!
//! An item that need not be even is covered by all slots together.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sums, copies and states index tables that are in memory"
)]

use super::EvenPatterns;
use super::states::{Parts, States, Wanted};
use super::table::{Coin, Table};

/// Tasks up to which firm tasks are counted exactly.
const MOST_BY_STATES: u64 = 9;
/// Steps of the bisection of the bonus, those that put firm tasks in a further place among them. With 14 within the same work, of two
/// generated clusters of 20 services with Spot one cost the same and one 8 % more: fewer slots are tried (2026-11-30).
const BISECTIONS: usize = 8;

/// What one slot is to the item.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// Its places.
    pub places: &'a [usize],
    /// Whether its tasks are firm.
    pub firm: bool,
    /// Tasks in each place for a copy on every bin.
    pub units: u64,
    /// Tasks in all places for a copy on every bin, less than that where a bin may be lost.
    pub held: u64,
    /// Copies and their costs; `value` is set by the choice.
    pub coin: Coin,
}

impl Offer<'_> {
    /// Whether it may be filled exactly: not where a bin may be lost.
    const fn may_be_full(&self) -> bool {
        self.held == self.units * self.places.len() as u64
    }
}

/// What was chosen: by slot, copies on every bin and tasks.
pub type Chosen = Vec<(usize, u64, u64)>;

/// Tables kept from one choice to the next.
#[derive(Debug, Default)]
pub struct Chooser {
    /// By place and firmness, and for all places; grown as needed.
    tables: Vec<Table>,
    coins: Vec<Coin>,
    /// Inner steps so far.
    pub steps: u64,
}

/// Tasks of each place in the slots of that place alone, and in those over all places.
#[derive(Debug, Clone)]
struct Split {
    cost: f64,
    over_all: u64,
    of_place: Vec<u64>,
}

impl Chooser {
    /// The cheapest choice of an item; `None` where its slots cannot hold it.
    pub fn choose(
        &mut self,
        problem: &EvenPatterns,
        item: usize,
        offers: &[Offer<'_>],
    ) -> Option<Chosen> {
        let data = &problem.few.items[item];
        let Some(places) = &problem.even_over[item] else {
            return self.anywhere(data.demand, data.firm, offers);
        };
        let count = places.len() as u64;
        let wanted = Wanted {
            places,
            tasks: data.demand,
            each: data.demand / count,
            extras: usize::try_from(data.demand % count).unwrap_or(0),
            firm: data.firm,
            firm_places: problem.firm_places.min(count),
        };
        let markets = |firm: bool| {
            offers
                .iter()
                .any(|offer| offer.firm == firm && offer.coin.most > 0)
        };
        let counts_firm =
            markets(false) && (wanted.firm > 0 || (wanted.firm_places > 1 && markets(true)));
        let exact = if !counts_firm {
            self.plainly(wanted, offers, 0.0, &[])
                .map(|split| (split.cost, self.taken(wanted, &split, offers, &[])))
        } else if wanted.tasks <= MOST_BY_STATES {
            self.by_states(wanted, offers)
        } else {
            self.by_bonus(wanted, offers)
        };
        let whole = whole(wanted, offers);
        match (exact, whole) {
            (Some((cost, _)), Some((least, chosen))) if least < cost => Some(chosen),
            (Some((_, chosen)), _) => Some(chosen),
            (None, whole) => whole.map(|(_, chosen)| chosen),
        }
    }

    /// Tables of the slots that `admits` lets through, with copies of value `value`.
    fn build(
        &mut self,
        table: usize,
        most: u64,
        offers: &[Offer<'_>],
        bonus: f64,
        admits: impl Fn(&Offer<'_>) -> bool,
    ) {
        while self.tables.len() <= table {
            self.tables.push(Table::default());
        }
        self.coins.clear();
        for (place, offer) in offers.iter().enumerate() {
            if offer.coin.most > 0 && admits(offer) {
                let off = if offer.firm {
                    bonus * offer.units as f64 * offer.places.len() as f64
                } else {
                    0.0
                };
                self.coins.push(Coin {
                    slot: place,
                    value: offer.units,
                    cost: (offer.coin.cost - off).max(0.0),
                    beyond: (offer.coin.beyond - off).max(0.0),
                    ..offer.coin
                });
            }
        }
        self.steps += self.tables[table].build(&self.coins, most);
    }

    /// The cheapest even split, firm tasks being worth a bonus each; `given` slots have one copy already.
    fn plainly(
        &mut self,
        wanted: Wanted<'_>,
        offers: &[Offer<'_>],
        bonus: f64,
        given: &[usize],
    ) -> Option<Split> {
        let Wanted {
            places,
            each,
            extras,
            ..
        } = wanted;
        for (table, &place) in places.iter().enumerate() {
            self.build(table, each + 1, offers, bonus, |offer| {
                *offer.places == [place]
            });
        }
        let all = places.len();
        self.build(all, each, offers, bonus, |offer| {
            offer.places == places && offer.may_be_full()
        });
        let ahead = |place: usize| -> u64 {
            (given
                .iter()
                .filter(|&&slot| *offers[slot].places == [places[place]]))
            .map(|&slot| offers[slot].units)
            .sum()
        };
        let ahead: Vec<u64> = (0..places.len()).map(ahead).collect();
        let of = |tables: &[Table], place: usize, tasks: u64| {
            tables[place].at_least(tasks.saturating_sub(ahead[place]))
        };
        let mut best: Option<Split> = None;
        let mut more: Vec<(f64, usize)> = Vec::with_capacity(places.len());
        for over_all in 0..=each {
            let mut cost = self.tables[all].exactly(over_all);
            if cost.is_infinite() {
                continue;
            }
            self.steps += places.len() as u64;
            let rest = each - over_all;
            more.clear();
            for place in 0..places.len() {
                let least = of(&self.tables, place, rest);
                cost += least;
                more.push((of(&self.tables, place, rest + 1) - least, place));
            }
            if cost.is_infinite() || best.as_ref().is_some_and(|best| cost >= best.cost) {
                continue;
            }
            more.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            cost += more[..extras].iter().map(|&(cost, _)| cost).sum::<f64>();
            if cost.is_finite() && best.as_ref().is_none_or(|best| cost < best.cost) {
                let mut of_place = vec![rest; places.len()];
                for &(_, place) in &more[..extras] {
                    of_place[place] += 1;
                }
                best = Some(Split {
                    cost,
                    over_all,
                    of_place,
                });
            }
        }
        best
    }

    /// Copies and tasks of a split by the tables that [`plainly`](Self::plainly) left; firm slots first.
    fn taken(
        &self,
        wanted: Wanted<'_>,
        split: &Split,
        offers: &[Offer<'_>],
        given: &[usize],
    ) -> Chosen {
        let places = wanted.places.len();
        let mut chosen: Chosen = (self.tables[places].copies_of(split.over_all))
            .map(|(slot, copies)| (slot, copies, copies * offers[slot].units * places as u64))
            .collect();
        for (place, &tasks) in split.of_place.iter().enumerate() {
            let here = |slot: &&usize| *offers[**slot].places == [wanted.places[place]];
            let ahead: u64 = given
                .iter()
                .filter(here)
                .map(|&slot| offers[slot].units)
                .sum();
            let mut copies: Vec<(usize, u64)> = self.tables[place]
                .copies_for(tasks.saturating_sub(ahead))
                .collect();
            for &slot in given.iter().filter(here) {
                match copies.iter_mut().find(|known| known.0 == slot) {
                    Some(known) => known.1 += 1,
                    None => copies.push((slot, 1)),
                }
            }
            share(&mut chosen, copies, tasks, offers);
        }
        chosen
    }

    /// With firm tasks counted: the dynamic program over places.
    fn by_states(&mut self, wanted: Wanted<'_>, offers: &[Offer<'_>]) -> Option<(f64, Chosen)> {
        let Wanted {
            places,
            each,
            extras,
            ..
        } = wanted;
        let count = places.len();
        for (index, &place) in places.iter().enumerate() {
            for firm in [false, true] {
                let table = 2 * index + usize::from(firm);
                self.build(table, each + 1, offers, 0.0, |offer| {
                    offer.firm == firm && *offer.places == [place]
                });
            }
        }
        for firm in [false, true] {
            self.build(2 * count + usize::from(firm), each, offers, 0.0, |offer| {
                offer.firm == firm && offer.places == places && offer.may_be_full()
            });
        }
        let states = States::new(wanted);
        let mut best: Option<(f64, u64, u64, Parts)> = None;
        for firm_all in 0..=each {
            for other_all in 0..=each - firm_all {
                let start = self.tables[2 * count + 1].exactly(firm_all)
                    + self.tables[2 * count].exactly(other_all);
                if start.is_infinite() || best.as_ref().is_some_and(|best| start >= best.0) {
                    continue;
                }
                let rest = each - firm_all - other_all;
                let least = best.as_ref().map_or(f64::INFINITY, |best| best.0);
                let found =
                    states.run(&self.tables, rest, extras, firm_all, start, &mut self.steps);
                if let Some((cost, parts)) = found.filter(|(cost, _)| *cost < least) {
                    best = Some((cost, firm_all, other_all, parts));
                }
            }
        }
        let (cost, firm_all, other_all, parts) = best?;
        let mut chosen: Chosen = [(2 * count + 1, firm_all), (2 * count, other_all)]
            .into_iter()
            .flat_map(|(table, tasks)| self.tables[table].copies_of(tasks))
            .map(|(slot, copies)| (slot, copies, copies * offers[slot].units * count as u64))
            .collect();
        for (place, (tasks, firm)) in parts.into_iter().enumerate() {
            for (table, tasks) in [(2 * place + 1, firm), (2 * place, tasks - firm)] {
                let copies = self.tables[table].copies_for(tasks).collect();
                share(&mut chosen, copies, tasks, offers);
            }
        }
        Some((cost, chosen))
    }

    /// With firm tasks made cheaper until there are enough of them.
    fn by_bonus(&mut self, wanted: Wanted<'_>, offers: &[Offer<'_>]) -> Option<(f64, Chosen)> {
        let cost = |chosen: &Chosen| -> f64 {
            chosen
                .iter()
                .map(|&(slot, copies, _)| offers[slot].coin.cost_of(copies))
                .sum()
        };
        let mut given: Vec<usize> = Vec::new();
        let mut best: Option<(f64, Chosen)> = None;
        let most = (offers.iter().filter(|offer| offer.firm))
            .map(|offer| offer.coin.beyond / (offer.units * offer.places.len() as u64) as f64)
            .fold(0.0, f64::max);
        let (mut low, mut high, mut bonus) = (0.0, most, 0.0);
        for _ in 0..BISECTIONS {
            let Some(split) = self.plainly(wanted, offers, bonus, &given) else {
                break;
            };
            let chosen = self.taken(wanted, &split, offers, &given);
            let firm = firm_tasks(&chosen, offers);
            if firm < wanted.firm {
                low = bonus;
                bonus = if bonus == 0.0 {
                    most
                } else {
                    f64::midpoint(low, high)
                };
                if low >= most {
                    break;
                }
                continue;
            }
            if let Some(slot) = further_place(wanted, &chosen, offers) {
                given.push(slot);
                continue;
            }
            let cost = cost(&chosen);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, chosen));
            }
            if bonus == 0.0 {
                break;
            }
            high = bonus;
            bonus = f64::midpoint(low, high);
        }
        best.or_else(|| {
            let firm: Vec<Offer<'_>> = (offers.iter())
                .map(|&offer| Offer {
                    coin: Coin {
                        most: if offer.firm { offer.coin.most } else { 0 },
                        ..offer.coin
                    },
                    ..offer
                })
                .collect();
            let split = self.plainly(wanted, &firm, 0.0, &[])?;
            Some((split.cost, self.taken(wanted, &split, &firm, &[])))
        })
    }

    /// An item that need not be even: covered by firm slots and by others, the cheapest numbers of each.
    fn anywhere(&mut self, tasks: u64, firm: u64, offers: &[Offer<'_>]) -> Option<Chosen> {
        let everywhere: Vec<Offer<'_>> = (offers.iter())
            .map(|&offer| Offer {
                units: offer.held,
                ..offer
            })
            .collect();
        for wants_firm in [false, true] {
            self.build(usize::from(wants_firm), tasks, &everywhere, 0.0, |offer| {
                offer.firm == wants_firm
            });
        }
        let cost = |of_firm: u64| {
            self.tables[1].at_least(of_firm) + self.tables[0].at_least(tasks - of_firm)
        };
        let of_firm = (firm..=tasks).min_by(|&a, &b| cost(a).total_cmp(&cost(b)))?;
        if cost(of_firm).is_infinite() {
            return None;
        }
        let mut chosen = Chosen::new();
        for (table, tasks) in [(1, of_firm), (0, tasks - of_firm)] {
            let copies = self.tables[table].copies_for(tasks).collect();
            share(&mut chosen, copies, tasks, &everywhere);
        }
        Some(chosen)
    }
}

/// Divides tasks among slots with so many copies, firm ones first; copies that hold none are given up.
fn share(chosen: &mut Chosen, mut copies: Vec<(usize, u64)>, tasks: u64, offers: &[Offer<'_>]) {
    copies.sort_by_key(|&(slot, _)| {
        (
            !offers[slot].firm,
            std::cmp::Reverse(offers[slot].units),
            slot,
        )
    });
    let mut left = tasks;
    for (slot, copies) in copies {
        let part = (copies * offers[slot].units).min(left);
        left -= part;
        if part > 0 {
            chosen.push((slot, part.div_ceil(offers[slot].units), part));
        }
    }
}

fn firm_tasks(chosen: &Chosen, offers: &[Offer<'_>]) -> u64 {
    (chosen.iter().filter(|&&(slot, ..)| offers[slot].firm))
        .map(|&(_, _, tasks)| tasks)
        .sum()
}

/// A firm slot in a place without firm tasks, the cheapest, where those are in too few places.
fn further_place(wanted: Wanted<'_>, chosen: &Chosen, offers: &[Offer<'_>]) -> Option<usize> {
    let with_firm = |place: usize| {
        (chosen.iter()).any(|&(slot, ..)| offers[slot].firm && offers[slot].places.contains(&place))
    };
    let known = wanted
        .places
        .iter()
        .filter(|&&place| with_firm(place))
        .count() as u64;
    if known >= firm_tasks(chosen, offers).min(wanted.firm_places) {
        return None;
    }
    (offers.iter().enumerate())
        .filter(|(_, offer)| offer.firm && offer.coin.most > 0 && offer.units <= wanted.each)
        .filter(|(_, offer)| matches!(offer.places, [place] if wanted.places.contains(place) && !with_firm(*place)))
        .min_by(|(_, a), (_, b)| a.coin.cost_of(1).total_cmp(&b.coin.cost_of(1)))
        .map(|(slot, _)| slot)
}

/// The cheapest single slot over all places that holds the whole item (B).
fn whole(wanted: Wanted<'_>, offers: &[Offer<'_>]) -> Option<(f64, Chosen)> {
    (offers.iter().enumerate())
        .filter(|(_, offer)| offer.places == wanted.places && (offer.firm || wanted.firm == 0))
        .filter_map(|(slot, offer)| {
            let copies = wanted.tasks.div_ceil(offer.held.max(1));
            (copies <= offer.coin.most).then(|| (offer.coin.cost_of(copies), slot, copies))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(cost, slot, copies)| (cost, vec![(slot, copies, wanted.tasks)]))
}
