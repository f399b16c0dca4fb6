//! Numbers of bins decided one way and the other, and the patterns that this finds put together anew.

use crate::optimize::column_generation::rounds::ColumnGeneration;
use crate::optimize::duals::reduced_bin_costs;
use crate::optimize::exact::counts::Counts;
use crate::optimize::integer::restricted_master;
use crate::optimize::lp::LpError;
use crate::optimize::pattern::Pattern;
use crate::optimize::stop::Budget;

use super::Search;

/// Most patterns of an integer program over known patterns.
const MOST_PATTERNS: usize = 3_000;
/// Work units of it for each of its columns, by experience: more columns than that are not taken.
const WORK_PER_COLUMN: u64 = 1_000;
/// Work units of a node of it, for its node limit.
const WORK_PER_NODE: u64 = 4_000;
/// With less work left than this, all of it goes into packings.
const LEAST_WORK: u64 = 2_000_000;
/// With more bins than this, fractions of them are a small part of the cost.
const MOST_BINS: u64 = 200;
/// Part of what is left that the tree gets at a time, and the integer program.
const PART: u32 = 8;
/// The tree goes on at once while each time brings so much of the gap, so many times at most.
const WORTH: f64 = 0.05;
/// See [`WORTH`].
const MOST_TIMES: u32 = 4;
/// Most doublings of the calls that pass.
const MOST_FAILURES: u32 = 6;

/// The tree over numbers of bins, and whether it is worth its time: after `n` failures in a row `2ⁿ − 1` calls pass without it.
pub(super) struct Counting<'a> {
    tree: Counts<'a>,
    failures: u32,
    pass: u32,
    /// Patterns known when they were last put together.
    put_together: usize,
}

impl<'a> Search<'a> {
    /// The tree over numbers of bins, with what is known so far.
    pub(super) fn counting(&self, generation: &ColumnGeneration<'a>) -> Counting<'a> {
        let bound = self.record.bound().unwrap_or(0) as f64;
        let step = self.record.step();
        let mut tree = Counts::new(self.problem, step, bound, generation.at_bound());
        tree.learn(generation.pool.patterns().iter().cloned());
        let best = self.record.best().bins.iter();
        tree.learn(best.map(|(pattern, _)| pattern.clone()));
        Counting {
            tree,
            failures: 0,
            pass: 0,
            put_together: 0,
        }
    }

    /// Searches the tree for a while, and puts the patterns known by then together anew where they are half as many again as last
    /// time.
    pub(super) fn count(
        &mut self,
        counting: &mut Counting<'a>,
        generation: &ColumnGeneration<'a>,
    ) -> Result<(), LpError> {
        if !self.may_count() {
            return Ok(());
        }
        if counting.pass > 0 {
            counting.pass -= 1;
            return Ok(());
        }
        let mut is_worth_it = false;
        for _ in 0..MOST_TIMES {
            let before = (self.record.cost(), self.record.gap());
            let tree = &mut counting.tree;
            self.search_tree(
                "numbers of bins",
                self.budget.share(1, PART),
                &mut |cost, budget| Ok((tree.run(cost, budget)?, tree.bound())),
            )?;
            let risen =
                (before.1.zip(self.record.gap())).is_some_and(|(b, n)| n < b * (1.0 - WORTH));
            if !risen || self.is_done() {
                is_worth_it |= risen;
                break;
            }
            is_worth_it = true;
        }
        let known = generation.pool.len() + counting.tree.patterns().len();
        if 2 * known >= 3 * counting.put_together {
            counting.put_together = known;
            let before = self.record.cost();
            let more = counting.tree.patterns();
            self.put_together(generation, more, self.budget.share(1, PART))?;
            is_worth_it |= self.record.cost() < before;
        }
        counting.failures = if is_worth_it {
            0
        } else {
            (counting.failures + 1).min(MOST_FAILURES)
        };
        counting.pass = (1 << counting.failures) - 1;
        Ok(())
    }

    /// Whether there is the work, and the packing is of the kind, for which counting bins brings more than packing them anew.
    fn may_count(&self) -> bool {
        let bins = self.record.best().bins.iter().map(|(_, count)| count);
        self.budget.left() >= LEAST_WORK && bins.sum::<u64>() <= MOST_BINS
    }

    /// The best packing out of the patterns that a cheaper one may use, as far as they are known.
    fn put_together(
        &mut self,
        generation: &ColumnGeneration<'a>,
        more: &[Pattern],
        budget: Budget<'_>,
    ) -> Result<(), LpError> {
        let Some(incumbent) = self.record.incumbent().cloned().filter(|_| !self.is_done()) else {
            return Ok(());
        };
        let cost = incumbent.cost(self.problem);
        let affordable = usize::try_from(budget.left() / WORK_PER_COLUMN).unwrap_or(usize::MAX);
        let most = MOST_PATTERNS.min(affordable);
        let mut patterns = self.known_to_matter(generation, more, cost as f64, most);
        patterns.extend(incumbent.bins.iter().map(|(pattern, _)| pattern.clone()));
        patterns.sort();
        patterns.dedup();
        let nodes = u32::try_from((budget.left() / WORK_PER_NODE).clamp(10, 3_000)).unwrap_or(10);
        let outcome = restricted_master::solve(
            self.problem,
            &self.demands,
            &patterns,
            Some(&incumbent),
            nodes,
            budget,
        )?;
        if let Some(packing) = outcome.packing {
            let packing = self.completed(packing);
            self.record.offer(packing);
        }
        self.report("known patterns", Some(generation));
        Ok(())
    }

    /// The known patterns whose reduced cost is at most what a cheaper packing can waste, the most promising of them.
    fn known_to_matter(
        &self,
        generation: &ColumnGeneration<'a>,
        more: &[Pattern],
        cost: f64,
        most: usize,
    ) -> Vec<Pattern> {
        let known = generation.pool.patterns().iter().chain(more).cloned();
        let mut known: Vec<Pattern> = known.collect();
        known.sort();
        known.dedup();
        let (Some(duals), Some(bound)) = (generation.at_bound(), generation.bound()) else {
            known.truncate(most);
            return known;
        };
        let costs = reduced_bin_costs(self.problem, &duals, 1.0);
        let mut keyed: Vec<(f64, Pattern)> = (known.into_iter())
            .map(|pattern| {
                let content = pattern.content.iter().map(|&(i, n)| (i, n as f64));
                let worth = duals.worth(self.problem, pattern.bin, content);
                (costs[pattern.bin] - worth, pattern)
            })
            .filter(|(reduced, _)| *reduced <= cost - bound)
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        keyed.truncate(most);
        keyed.into_iter().map(|(_, pattern)| pattern).collect()
    }
}
