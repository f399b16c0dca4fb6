//! At most `K` classes of bin types in one packing.
//!
//! ```text
//! as in the problem, and   x_o ≤ M z_k for every bin o of class k,   Σ_k z_k ≤ K,   z binary
//! ```
//! The linear relaxation of the linking rows is weak, so they are not written down. Without them the problem is
//! a relaxation and gives a bound; with the bins of `K` chosen classes alone it gives packings. Classes are
//! chosen by what the relaxation spends on them, then improved by exchanging one class at a time, and where
//! there are few, branching on a class (in every packing of a node, or in none) closes the gap.

use std::collections::BTreeSet;

use super::listener::Silent;
use super::lp::LpError;
use super::outcome::{Ending, Outcome, Status};
use super::problem::{Cost, Problem};
use super::solve::{Options, default_work_limit, solve};
use super::stop::{Share, Stop};

/// Classes of bin types and how many may be used.
#[derive(Debug, Clone)]
pub struct ClassLimit {
    /// The class of each bin type; `None` counts for nothing.
    pub class: Vec<Option<usize>>,
    /// Most classes.
    pub most: usize,
    /// Classes that are there in any case, and count.
    pub present: BTreeSet<usize>,
}

impl ClassLimit {
    /// Classes that an outcome uses, those present included.
    fn used(&self, problem: &Problem, outcome: &Outcome) -> BTreeSet<usize> {
        let used = outcome.packing.bins_used(problem);
        let found = (0..used.len())
            .filter(|&bin| used[bin] > 0)
            .filter_map(|bin| self.class[bin]);
        found.chain(self.present.iter().copied()).collect()
    }

    /// The classes with what a packing spends on each, dearest first.
    fn by_spending(&self, problem: &Problem, outcome: &Outcome) -> Vec<usize> {
        let mut spent: Vec<(Cost, usize)> = Vec::new();
        for (bin, count) in outcome.packing.bins_used(problem).into_iter().enumerate() {
            let Some(class) = self.class[bin].filter(|_| count > 0) else {
                continue;
            };
            let cost = problem.bins()[bin]
                .cost
                .saturating_mul(i64::try_from(count).unwrap_or(i64::MAX));
            match spent.iter_mut().find(|(_, known)| *known == class) {
                Some((total, _)) => *total += cost,
                None => spent.push((cost, class)),
            }
        }
        spent.sort_by_key(|&(cost, class)| (-cost, class));
        spent.into_iter().map(|(_, class)| class).collect()
    }

    /// The problem with the bins of these classes (and of none) alone.
    fn only(&self, problem: &Problem, keep: &dyn Fn(usize) -> bool) -> Problem {
        problem.only_bins(&|bin| self.class[bin].is_none_or(keep))
    }
}

/// Sub-problems are solved with this part of the work limit.
const PART: u64 = 8;
/// Exchanges tried.
const EXCHANGES: usize = 12;
/// Branching is tried where there are at most so many classes.
const FEW_CLASSES: usize = 16;
/// Nodes of the branching.
const MOST_NODES: usize = 80;

struct Search<'a> {
    problem: &'a Problem,
    limit: &'a ClassLimit,
    options: Options,
    stop: &'a dyn Stop,
    best: Option<Outcome>,
    work: u64,
    left: u64,
}

/// Solves a problem with a limit on classes.
///
/// # Errors
/// When the LP solver fails.
pub fn solve_with_few_classes(
    problem: &Problem,
    limit: &ClassLimit,
    options: &Options,
    stop: &dyn Stop,
) -> Result<Outcome, LpError> {
    let most = options
        .work_limit
        .unwrap_or_else(|| default_work_limit(problem.items().len()));
    let mut search = Search {
        problem,
        limit,
        options: Options {
            work_limit: Some(most / PART),
            ..options.clone()
        },
        stop,
        best: None,
        work: 0,
        left: most,
    };
    if limit.present.len() >= limit.most {
        // Nothing can be added to the classes that are there.
        let problem = limit.only(problem, &|class| limit.present.contains(&class));
        return solve(&problem, options, stop, &Silent);
    }
    let root = search.solve(&problem.clone())?;
    if limit.used(problem, &root).len() <= limit.most {
        // More work may find something cheaper, and may spend the classes: then the root's packing stays.
        let rest = Options {
            work_limit: Some(search.left),
            ..options.clone()
        };
        let mut whole = match solve(problem, &rest, stop, &Silent) {
            Ok(whole) => whole,
            Err(error) => {
                return Ok(Outcome {
                    ending: Ending::SolverFailed(error),
                    ..root
                });
            }
        };
        whole.statistics.work += search.work;
        if limit.used(problem, &whole).len() <= limit.most {
            return Ok(whole);
        }
        return Ok(Outcome {
            bound: whole.bound.max(root.bound),
            statistics: whole.statistics,
            ending: whole.ending,
            ..root
        });
    }
    let (bound, failed) = match search.run(&root) {
        Ok(bound) => (bound, None),
        // What was packed before stays, with the bound without the limit on classes.
        Err(error) if search.best.is_some() => (root.bound, Some(error)),
        Err(error) => return Err(error),
    };
    let is_over = search.stop.should_stop();
    let left = search.left;
    let fallback = || Outcome {
        packing: super::pattern::Packing::default(),
        missing: super::pattern::Packing::default().missing(problem),
        cost: 0,
        status: Status::Incomplete,
        ..root.clone()
    };
    let mut outcome = search.best.unwrap_or_else(fallback);
    outcome.bound = bound;
    outcome.duals = root.duals;
    outcome.at_bound = root.at_bound;
    outcome.statistics.work = search.work;
    if outcome.status != Status::Incomplete {
        let optimal = outcome.bound.is_some_and(|bound| bound >= outcome.cost);
        outcome.status = if optimal {
            Status::Optimal
        } else {
            Status::Feasible
        };
    }
    outcome.ending = match failed {
        Some(error) => Ending::SolverFailed(error),
        None => ending(&outcome, options.gap, (is_over, left)),
    };
    Ok(outcome)
}

/// Why the whole search ended, whatever its parts ended with.
fn ending(outcome: &Outcome, gap: f64, (is_over, left): (bool, u64)) -> Ending {
    let is_close = outcome.bound.is_some_and(|bound| {
        outcome.cost > 0 && (outcome.cost - bound) as f64 <= gap * outcome.cost as f64
    });
    if outcome.status == Status::Optimal {
        Ending::Optimal
    } else if outcome.status == Status::Feasible && is_close {
        Ending::Gap
    } else if is_over {
        Ending::Stopped
    } else if left == 0 {
        Ending::WorkLimit
    } else {
        Ending::GaveUp
    }
}

impl Search<'_> {
    fn solve(&mut self, problem: &Problem) -> Result<Outcome, LpError> {
        let share = Share::new(self.stop, 1, u32::try_from(PART).unwrap_or(8));
        let options = Options {
            work_limit: self.options.work_limit.map(|most| most.min(self.left)),
            ..self.options.clone()
        };
        let outcome = solve(problem, &options, &share, &Silent)?;
        self.work += outcome.statistics.work;
        self.left = self.left.saturating_sub(outcome.statistics.work);
        Ok(outcome)
    }

    fn is_over(&self) -> bool {
        self.left == 0 || self.stop.should_stop()
    }

    /// Chooses classes, exchanges them, branches; returns the best bound.
    fn run(&mut self, root: &Outcome) -> Result<Option<Cost>, LpError> {
        let ranked = self.limit.by_spending(self.problem, root);
        let mut chosen = self.limit.present.clone();
        for &class in &ranked {
            if chosen.len() < self.limit.most {
                chosen.insert(class);
            }
        }
        self.try_classes(&chosen)?;
        self.exchange(&mut chosen, &ranked)?;
        let classes: BTreeSet<usize> = self.limit.class.iter().flatten().copied().collect();
        if classes.len() <= FEW_CLASSES {
            return self.branch(root);
        }
        Ok(root.bound)
    }

    /// A packing with these classes alone; says whether it is the best.
    fn try_classes(&mut self, chosen: &BTreeSet<usize>) -> Result<bool, LpError> {
        let problem = self
            .limit
            .only(self.problem, &|class| chosen.contains(&class));
        let outcome = self.solve(&problem)?;
        Ok(self.offer(outcome))
    }

    fn offer(&mut self, outcome: Outcome) -> bool {
        let missing = |outcome: &Outcome| outcome.missing.iter().sum::<u64>();
        let better = self
            .best
            .as_ref()
            .is_none_or(|best| (missing(&outcome), outcome.cost) < (missing(best), best.cost));
        if better {
            self.best = Some(outcome);
        }
        better
    }

    /// One class out, one in, as long as that helps.
    fn exchange(&mut self, chosen: &mut BTreeSet<usize>, ranked: &[usize]) -> Result<(), LpError> {
        let mut tried = 0;
        for &class in ranked {
            let leaving: Vec<usize> = (ranked.iter().rev().copied())
                .filter(|other| chosen.contains(other) && !self.limit.present.contains(other))
                .collect();
            for other in leaving {
                if chosen.contains(&class) || self.is_over() || tried >= EXCHANGES {
                    break;
                }
                tried += 1;
                let mut exchanged = chosen.clone();
                exchanged.remove(&other);
                exchanged.insert(class);
                if self.try_classes(&exchanged)? {
                    *chosen = exchanged;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Branches on classes, the node with the lowest bound first; returns the bound that is proven.
    fn branch(&mut self, root: &Outcome) -> Result<Option<Cost>, LpError> {
        struct Node {
            bound: Option<Cost>,
            relaxed: Outcome,
            inside: BTreeSet<usize>,
            outside: BTreeSet<usize>,
        }
        let mut open = vec![Node {
            bound: root.bound,
            relaxed: root.clone(),
            inside: self.limit.present.clone(),
            outside: BTreeSet::new(),
        }];
        // Bounds of leaves that could not be closed.
        let mut floor: Option<Option<Cost>> = None;
        let mut nodes = 0;
        while let Some(place) = (0..open.len()).min_by_key(|&place| (open[place].bound, place)) {
            let best = self
                .best
                .as_ref()
                .filter(|best| best.status != Status::Incomplete);
            let best = best.map(|best| best.cost);
            let node = open.swap_remove(place);
            if best.is_some_and(|cost| node.bound.is_some_and(|bound| bound >= cost)) {
                continue;
            }
            nodes += 1;
            if self.is_over() || nodes > MOST_NODES {
                open.push(node);
                break;
            }
            let ranked = self.limit.by_spending(self.problem, &node.relaxed);
            let next = ranked
                .into_iter()
                .find(|class| !node.inside.contains(class));
            let Some(class) = next.filter(|_| {
                self.limit.used(self.problem, &node.relaxed).len() > self.limit.most
                    || node.relaxed.status == Status::Incomplete
            }) else {
                let proven = node.relaxed.status == Status::Optimal;
                if !proven {
                    floor = Some(floor.map_or(node.bound, |least| least.min(node.bound)));
                }
                self.offer(node.relaxed);
                continue;
            };
            let mut children = vec![(node.inside.clone(), node.outside.clone())];
            children[0].1.insert(class);
            let mut with = node.inside.clone();
            with.insert(class);
            children.push((with, node.outside));
            for (inside, outside) in children {
                let full = inside.len() >= self.limit.most;
                let allowed =
                    |class: usize| !outside.contains(&class) && (!full || inside.contains(&class));
                let problem = self.limit.only(self.problem, &allowed);
                let relaxed = self.solve(&problem)?;
                if relaxed.status == Status::Incomplete {
                    // Not proven to be impossible: the parent's bound stays.
                    let impossible = relaxed.is_hopeless(&problem);
                    if !impossible {
                        floor = Some(floor.map_or(node.bound, |least| least.min(node.bound)));
                    }
                    continue;
                }
                open.push(Node {
                    bound: relaxed.bound.max(node.bound),
                    relaxed,
                    inside,
                    outside,
                });
            }
        }
        let cost = self
            .best
            .as_ref()
            .filter(|b| b.status != Status::Incomplete)
            .map(|b| b.cost);
        let open_bounds = open.iter().map(|node| node.bound).chain(floor);
        Ok(match open_bounds.min() {
            Some(least) => least.map(|bound| cost.map_or(bound, |cost| bound.min(cost))),
            None => cost.or(root.bound),
        })
    }
}
