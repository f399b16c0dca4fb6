//! The frontier: cost against copies moved, from below and from above.

use super::Keeping;
use super::bound::{Line, bound_at, least_moves};
use super::choice::choices;
use super::generation::Generation;
use super::residual::Found;
use crate::optimize::lp::LpError;
use crate::optimize::pattern::Pattern;
use crate::optimize::problem::Cost;
use crate::optimize::stop::{Budget, Within};

/// What is known of cost against copies moved.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    /// The best packings found: the more moves, the less cost; no two with the same of either.
    pub found: Vec<Found>,
    /// Lines below every packing.
    pub lines: Vec<Line>,
}

impl Frontier {
    /// No packing that moves at most so many copies costs less; `None` without proof.
    #[must_use]
    pub fn bound(&self, moves: u64) -> Option<Cost> {
        bound_at(&self.lines, moves)
    }

    /// No packing of at most this cost moves fewer copies.
    #[must_use]
    pub fn least_moves(&self, cost: Cost) -> u64 {
        least_moves(&self.lines, cost)
    }

    /// The cheapest packing found that moves at most so many copies.
    #[must_use]
    pub fn best(&self, moves: u64) -> Option<&Found> {
        self.found.iter().rev().find(|found| found.moves <= moves)
    }

    /// Keeps a packing where it is better than those known.
    fn offer(&mut self, new: Found) {
        let beats = |a: &Found, b: &Found| a.moves <= b.moves && a.cost <= b.cost;
        if self.found.iter().any(|known| beats(known, &new)) {
            return;
        }
        self.found.retain(|known| !beats(&new, known));
        let at = self.found.partition_point(|known| known.moves < new.moves);
        self.found.insert(at, new);
    }
}

/// Part of each number's budget for linear programs; the rest is for whole packings.
const PART_OF_BOUND: (u32, u32) = (1, 2);

/// Looks for the best packings that move at most so many copies, for every number of a list, one after another; numbers
/// beyond all that there is are all that there is. The columns of one serve the next.
///
/// # Errors
/// When the LP solver fails before anything is found.
pub fn search(
    keeping: &Keeping,
    start: &[Pattern],
    numbers: &[u64],
    budget: Budget<'_>,
) -> Result<Frontier, LpError> {
    let mut frontier = Frontier::default();
    let mut generation = Generation::try_new(keeping, start.iter().cloned())?;
    for (index, &number) in numbers.iter().enumerate() {
        let part = u32::try_from(numbers.len() - index).unwrap_or(u32::MAX);
        let number = number.min(keeping.most_moves());
        let share = budget.share(1, part);
        match step(keeping, &mut generation, &mut frontier, number, share) {
            Ok(()) => {}
            // What was found stands, and so do the lines.
            Err(_) if !frontier.found.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    frontier.lines = generation.lines;
    Ok(frontier)
}

/// One number: bound, choice, packing.
fn step(
    keeping: &Keeping,
    generation: &mut Generation<'_>,
    frontier: &mut Frontier,
    number: u64,
    budget: Budget<'_>,
) -> Result<(), LpError> {
    let (part, of) = PART_OF_BOUND;
    generation.run(number, budget.share(part, of))?;
    let candidates = choices(keeping, generation, number, budget.share(1, 4))?;
    let patterns: Vec<Pattern> = (generation.promising(START)).into_iter().cloned().collect();
    for (index, kept) in candidates.iter().enumerate() {
        let is_known = frontier.found.iter().any(|found| &found.kept == kept);
        if is_known || (index > 0 && budget.is_over()) {
            continue;
        }
        let part = u32::try_from(candidates.len() - index).unwrap_or(u32::MAX);
        let share = budget.share(1, part);
        let (found, spent) = keeping.pack(kept, &patterns, share.left(), &Within(share))?;
        budget.work.spend(spent);
        if let Some(found) = found {
            frontier.offer(found);
        }
    }
    Ok(())
}

/// Columns that a packing begins with.
const START: usize = 500;

/// Numbers of moves for a frontier of at most so many points between none and `most`, none and `most` among them,
/// ascending: evenly spread.
#[must_use]
pub fn numbers(most: u64, points: u64) -> Vec<u64> {
    let points = points.max(2).min(most.saturating_add(1)).max(1);
    let mut numbers: Vec<u64> = (0..points)
        .map(|point| {
            let wide =
                u128::from(most) * u128::from(point) / u128::from(points.saturating_sub(1).max(1));
            u64::try_from(wide).unwrap_or(u64::MAX)
        })
        .collect();
    numbers.dedup();
    numbers
}
