//! Packings made from what is known: groups outside, dives, blocks, completions.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::optimize::column_generation::rounds::ColumnGeneration;
use crate::optimize::heuristics::dot_product;
use crate::optimize::integer::blocks::Blocks;
use crate::optimize::integer::diving::{self, DiveOptions};
use crate::optimize::listener::Silent;
use crate::optimize::lp::LpError;
use crate::optimize::outcome::Outcome;
use crate::optimize::pattern::{Packing, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::reduce::Reduction;
use crate::optimize::room::Room;
use crate::optimize::stop::{Budget, Within};

use super::{Options, Search, Start, solve};

/// Demands with the groups decided: nothing for those outside; extra copies to the items that lean to them
/// most, in turn from group to group among equals.
fn settle(problem: &Problem, outside: &[usize], leaning: &[f64]) -> Vec<u64> {
    let mut demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    let mut given: Vec<u64> = Vec::new();
    for (index, group) in problem.groups().iter().enumerate() {
        if outside.binary_search(&index).is_ok() {
            for &item in &group.items {
                demands[item] = 0;
            }
            continue;
        }
        // The place within the group stands for the zone, the block, or whatever the items differ in.
        let mut places: Vec<usize> = (0..group.items.len()).collect();
        given.resize(given.len().max(places.len()), 0);
        #[allow(clippy::cast_possible_truncation)]
        let lean = |place: usize| -((leaning[group.items[place]] * 1e3).round() as i64);
        places.sort_by_key(|&place| (lean(place), given[place], place));
        for &place in places
            .iter()
            .take(usize::try_from(group.extra).unwrap_or(usize::MAX))
        {
            demands[group.items[place]] += 1;
            given[place] += 1;
        }
    }
    demands
}

impl<'a> Search<'a> {
    /// Where every group that can be is served outside, greedy packs the rest.
    pub(super) fn offer_outside(&mut self) {
        let outside: Vec<usize> = (0..self.problem.groups().len())
            .filter(|&group| self.problem.groups()[group].outside.is_some())
            .collect();
        if !outside.is_empty() {
            let demands = settle(self.problem, &outside, &vec![0.0; self.demands.len()]);
            let rest = self.problem.settled(&demands, &Room::new(self.problem));
            self.record.offer(Packing {
                outside,
                ..dot_product::dot_product(&rest, &Within(self.budget))
            });
        }
    }

    /// Greedy packings of the blocks, with every item's copies shared out over them first: bin by bin, greedy packings use limits
    /// on copies up wherever they begin, and may leave copies for which the limits have no place.
    pub(super) fn offer_by_blocks(&mut self, blocks: &Blocks) {
        let shares = blocks.filled(self.problem, &self.demands);
        let mut packing = Packing::default();
        for (block, share) in shares.iter().enumerate() {
            let own = self
                .problem
                .settled(share, &Room::new(self.problem))
                .only_bins(&|bin| blocks.of_bin[bin] == block);
            let packed = dot_product::dot_product(&own, &Within(self.budget));
            packing.bins.extend(packed.bins);
        }
        let packing = self.completed(packing);
        self.record.offer(packing);
    }

    /// The patterns known beforehand that fit this problem.
    pub(super) fn known_patterns(&self, reduction: &Reduction) -> Vec<Pattern> {
        let known = Packing {
            bins: (self.options.start.patterns.iter())
                .map(|pattern| (pattern.clone(), 1))
                .collect(),
            outside: Vec::new(),
        };
        let mut patterns: Vec<Pattern> = (reduction.project(&known).bins.into_iter())
            .map(|(pattern, _)| pattern)
            .filter(|pattern| pattern.is_feasible(self.problem))
            .collect();
        patterns.sort();
        patterns.dedup();
        patterns
    }

    /// Dives with the groups decided as the master's last solution leans.
    pub(super) fn dive(
        &mut self,
        generation: &mut ColumnGeneration<'a>,
        options: DiveOptions,
    ) -> Result<(), LpError> {
        let patterns = generation.promising((6 * self.demands.len()).max(400));
        let (outside, extra) = generation.choices();
        let outside: Vec<usize> = (0..outside.len()).filter(|&g| outside[g] > 0.5).collect();
        let demands = settle(self.problem, &outside, &extra);
        let settled = self.problem.settled(&demands, &Room::new(self.problem));
        let dive = diving::dive(&settled, &demands, patterns, options, self.budget)?;
        self.record.offer(Packing {
            outside,
            ..dive.packing
        });
        for pattern in dive.patterns {
            generation.add(pattern)?;
        }
        self.learn(generation, "diving");
        Ok(())
    }

    /// Takes the problem apart into blocks and solves them one by one, as the master's last solution shares
    /// the items out.
    pub(super) fn solve_blocks(
        &mut self,
        blocks: &Blocks,
        generation: &mut ColumnGeneration<'a>,
    ) -> Result<(), LpError> {
        let (outside, extra) = generation.choices();
        let outside: Vec<usize> = (0..outside.len()).filter(|&g| outside[g] > 0.5).collect();
        let demands = settle(self.problem, &outside, &extra);
        let shares = blocks.shares(self.problem, &demands, &generation.solution_bins());
        let duals = generation.duals();
        let mut wanted: Vec<usize> = (0..blocks.count)
            .filter(|&block| shares[block].iter().any(|&copies| copies > 0))
            .collect();
        // The smallest first: what they do not use of their time is left to the others.
        wanted.sort_by_key(|&block| (shares[block].iter().sum::<u64>(), block));
        let known = generation.pool.patterns();
        let jobs: Vec<(Problem, Start)> = (wanted.iter())
            .map(|&block| {
                let of_block = |bin: usize| blocks.of_bin[bin] == block;
                let settled = self
                    .problem
                    .settled(&shares[block], &Room::new(self.problem));
                let fits = |p: &&Pattern| {
                    of_block(p.bin) && p.content.iter().all(|&(i, n)| n <= shares[block][i])
                };
                let start = Start {
                    patterns: known.iter().filter(fits).cloned().collect(),
                    duals: duals.clone(),
                    ..Start::default()
                };
                (settled.only_bins(&of_block), start)
            })
            .collect();
        let solved = self.solve_jobs(jobs, self.budget.share(2, 3))?;
        let mut packing = Packing {
            bins: Vec::new(),
            outside,
        };
        let mut room = Room::new(self.problem);
        for (pattern, count) in solved.into_iter().flat_map(|packing| packing.bins) {
            // What the limits do not allow for all blocks together is packed with the rest.
            let times = room.times(self.problem, &pattern).min(count);
            if times > 0 {
                room.take(self.problem, &pattern, times);
                generation.add(pattern.clone())?;
                packing.push(pattern, times);
            }
        }
        let packing = self.completed(packing);
        self.record.offer(packing);
        self.report("blocks", Some(generation));
        Ok(())
    }

    /// Solves problems side by side, each with an equal part of the work, and of the clock what the number of
    /// threads gives it.
    fn solve_jobs(
        &self,
        jobs: Vec<(Problem, Start)>,
        budget: Budget<'_>,
    ) -> Result<Vec<Packing>, LpError> {
        let work = budget.left() / jobs.len().max(1) as u64;
        let threads = rayon::current_num_threads().max(1);
        let waiting = AtomicUsize::new(jobs.len());
        let solved: Vec<Result<Outcome, LpError>> = jobs
            .into_par_iter()
            .map(|(problem, start)| {
                let left = waiting.fetch_sub(1, Ordering::Relaxed);
                let part = u32::try_from(left.div_ceil(threads)).unwrap_or(1);
                let options = Options {
                    gap: 0.0,
                    work_limit: Some(work),
                    seed: self.options.seed,
                    start,
                    blocks: false,
                };
                solve(&problem, &options, &Within(budget.share(1, part)), &Silent)
            })
            .collect();
        (solved.into_iter())
            .map(|outcome| {
                let outcome = outcome?;
                self.budget.work.spend(outcome.statistics.work);
                Ok(outcome.packing)
            })
            .collect()
    }

    /// A packing within the limits, with what is missing packed greedily.
    pub(super) fn completed(&self, mut packing: Packing) -> Packing {
        packing.trim(self.problem);
        let missing = packing.missing(self.problem);
        if missing.iter().any(|&copies| copies > 0)
            && let Some(room) = Room::beside(self.problem, &packing)
        {
            let rest = self.problem.settled(&missing, &room);
            let greedy = dot_product::dot_product(&rest, &Within(self.budget));
            packing.bins.extend(greedy.bins);
        }
        packing
    }
}
