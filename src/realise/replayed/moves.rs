//! Random changes of a candidate.

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::optimize::few_patterns::draw;
use crate::realise::placement::Placement;

use super::candidate::{Candidate, CandidateGroup};
use super::kinds::Kinds;

/// Makes candidates out of candidates.
#[derive(Debug)]
pub(super) struct Mover<'a> {
    kinds: &'a Kinds,
    placements: &'a [Placement],
    drawn: &'a draw::Kinds,
    pub random: Xoshiro256PlusPlus,
}

impl<'a> Mover<'a> {
    pub fn new(
        (kinds, drawn): (&'a Kinds, &'a draw::Kinds),
        placements: &'a [Placement],
        random: Xoshiro256PlusPlus,
    ) -> Self {
        Self {
            kinds,
            placements,
            drawn,
            random,
        }
    }

    /// A neighbour within the limits, or none this time. `missing` are tasks without a place, by item.
    pub fn neighbour(&mut self, current: &Candidate, missing: &[u64]) -> Option<Candidate> {
        let mut next = current.clone();
        let place = self.random.random_range(0..next.groups.len());
        let lacks = missing.iter().any(|&tasks| tasks > 0);
        match self.random.random_range(0..100) {
            0..30 if lacks => self.help(&mut next, missing)?,
            0..25 => self.resize(&mut next.groups[place]),
            25..45 => self.change_kind(&mut next, place)?,
            45..65 => self.move_service(&mut next, place, true)?,
            65..78 => self.move_service(&mut next, place, false)?,
            78..88 => self.split(&mut next, place)?,
            88..91 => {
                if next.groups.len() < 2 || !next.dissolve(self.kinds, place) {
                    return None;
                }
            }
            91..95 => next.placement = *self.placements.choose(&mut self.random)?,
            _ => {
                let zones = self.kinds.offerings[next.groups[place].kind].len();
                next.groups[place].first = self.random.random_range(0..zones);
            }
        }
        next.tidy();
        let is_new = next != *current && !next.groups.is_empty();
        (is_new && next.is_allowed(self.kinds)).then_some(next)
    }

    /// For a service whose tasks lack a place: an instance more, or another group.
    fn help(&mut self, next: &mut Candidate, missing: &[u64]) -> Option<()> {
        let all: u64 = missing.iter().sum();
        let mut drawn = self.random.random_range(0..all);
        let item = missing.iter().position(|&tasks| {
            let is_it = drawn < tasks;
            drawn = drawn.saturating_sub(tasks);
            is_it
        })?;
        let users: Vec<usize> = (0..next.groups.len())
            .filter(|&place| next.groups[place].tasks[item] > 0)
            .collect();
        let place = *users.choose(&mut self.random)?;
        if self.random.random_bool(0.5) {
            next.groups[place].instances += 1;
            return Some(());
        }
        self.give(next, place, item, 1.0)
    }

    fn resize(&mut self, group: &mut CandidateGroup) {
        let by = self.random.random_range(1..=(group.instances / 8).max(1));
        group.instances = if self.random.random_bool(0.65) {
            group.instances.saturating_sub(by)
        } else {
            group.instances + by
        };
    }

    /// Another kind at about the same cost; services that it does not admit go elsewhere.
    fn change_kind(&mut self, next: &mut Candidate, place: usize) -> Option<()> {
        let kind = self.drawn.draw(&mut self.random);
        let group = &mut next.groups[place];
        let instances =
            group.instances as f64 * self.kinds.cost(group.kind) / self.kinds.cost(kind).max(1.0);
        group.instances = self.rounded(instances);
        group.kind = kind;
        group.first = 0;
        for item in 0..self.kinds.services.len() {
            let stays = self.kinds.few.kinds[kind].most[item] > 0;
            if !stays && next.groups[place].tasks[item] > 0 {
                self.give(next, place, item, 1.0)?;
            }
        }
        Some(())
    }

    /// A service's tasks, all or some, from a group to another.
    fn move_service(&mut self, next: &mut Candidate, place: usize, all: bool) -> Option<()> {
        let users: Vec<usize> = (0..self.kinds.services.len())
            .filter(|&item| next.groups[place].tasks[item] > 0)
            .collect();
        let item = *users.choose(&mut self.random)?;
        let part = if all {
            1.0
        } else {
            self.random.random::<f64>()
        };
        self.give(next, place, item, part)
    }

    fn give(&mut self, next: &mut Candidate, from: usize, item: usize, part: f64) -> Option<()> {
        let others: Vec<usize> = (0..next.groups.len())
            .filter(|&to| to != from && self.kinds.few.kinds[next.groups[to].kind].most[item] > 0)
            .collect();
        let to = *others.choose(&mut self.random)?;
        let tasks = next.groups[from].tasks[item];
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let moved = ((tasks as f64 * part).ceil() as u64).clamp(1, tasks);
        next.groups[from].tasks[item] -= moved;
        next.groups[to].tasks[item] += moved;
        Some(())
    }

    /// A new group for some services of a group, which gives instances for them.
    fn split(&mut self, next: &mut Candidate, place: usize) -> Option<()> {
        if next.groups.len() >= self.kinds.few.slots {
            return None;
        }
        let kind = self.drawn.draw(&mut self.random);
        let mut users: Vec<usize> = (0..self.kinds.services.len())
            .filter(|&item| {
                next.groups[place].tasks[item] > 0 && self.kinds.few.kinds[kind].most[item] > 0
            })
            .collect();
        users.shuffle(&mut self.random);
        users.truncate(self.random.random_range(1..=users.len().clamp(1, 4)));
        let mut tasks = vec![0; self.kinds.services.len()];
        let (mut wanted, mut freed) = (0.0, 0.0);
        for item in users {
            let moved = std::mem::take(&mut next.groups[place].tasks[item]);
            tasks[item] = moved;
            wanted += moved as f64 * self.kinds.shares[kind][item];
            freed += moved as f64 * self.kinds.shares[next.groups[place].kind][item];
        }
        let instances = self.rounded(wanted.max(0.5));
        let freed = self.rounded(freed);
        let group = &mut next.groups[place];
        group.instances = group.instances.saturating_sub(freed).max(1);
        next.groups.push(CandidateGroup {
            kind,
            instances,
            first: 0,
            tasks,
        });
        Some(())
    }

    /// Up or down, at least 1.
    fn rounded(&mut self, instances: f64) -> u64 {
        let up = self.random.random_bool(0.5);
        let rounded = if up {
            instances.ceil()
        } else {
            instances.floor()
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rounded = rounded as u64;
        rounded.max(1)
    }
}
