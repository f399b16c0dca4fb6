//! The rows of the master, and the coefficients of its columns in them.

use super::Keeping;
use crate::optimize::duals::Duals;
use crate::optimize::lp::Bounds;
use crate::optimize::pattern::Pattern;
use crate::optimize::room::copies_counted;

/// What a column of the master stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// Bins of a pattern, in all that they hold.
    Bins(Pattern),
    /// An extra copy of an item, for its group.
    Extra(usize),
    /// A group served outside the bins.
    Outside(usize),
    /// Empty bins for the least number of bins.
    Empty,
    /// Copies of an item left unpacked.
    Unpacked(usize),
    /// Copies moved beyond the limit.
    MovedBeyond,
}

/// Where each row stands: demands first, then limits on bins, limits on copies, extra copies of groups, the least number of
/// bins, and moves last.
#[derive(Debug, Clone)]
pub struct Rows {
    limits_by_bin: Vec<Vec<usize>>,
    limits: usize,
    copies: usize,
    /// The row of the extra copies of each group.
    extras: Vec<Option<usize>>,
    floor: Option<usize>,
    moves: usize,
}

impl Rows {
    /// The layout of a problem.
    pub fn new(keeping: &Keeping) -> Self {
        let problem = &keeping.whole;
        let limits = problem.items().len();
        let copies = limits + problem.limits().len();
        let mut next = copies + problem.copy_limits().len();
        let mut take = || {
            next += 1;
            next - 1
        };
        let extras = (problem.groups().iter())
            .map(|group| (group.extra > 0).then(&mut take))
            .collect();
        let floor = problem.floor().map(|_| take());
        Self {
            limits_by_bin: problem.limits_by_bin(),
            limits,
            copies,
            extras,
            floor,
            moves: take(),
        }
    }

    /// The row of moves.
    pub const fn moves(&self) -> usize {
        self.moves
    }

    /// What the rows come to where at most so many copies move.
    pub fn bounds(&self, keeping: &Keeping, most_moves: u64) -> Vec<Bounds> {
        let problem = &keeping.whole;
        let at_least = |lower: u64| Bounds::at_least(lower as f64);
        let at_most = |upper: u64| Bounds::at_most(upper as f64);
        let demands = problem.items().iter().map(|item| at_least(item.demand));
        let limits = problem.limits().iter().map(|limit| at_most(limit.upper));
        let copies = problem
            .copy_limits()
            .iter()
            .map(|limit| at_most(limit.upper));
        let extras = (problem.groups().iter())
            .filter(|group| group.extra > 0)
            .map(|group| at_least(group.extra));
        let floor = problem.floor().map(|floor| at_least(floor.lower));
        (demands.chain(limits).chain(copies).chain(extras))
            .chain(floor)
            .chain([self.moves_bounds(keeping, most_moves)])
            .collect()
    }

    /// What the row of moves comes to where at most so many copies move.
    pub fn moves_bounds(&self, keeping: &Keeping, most_moves: u64) -> Bounds {
        Bounds::at_least(keeping.most_moves().saturating_sub(most_moves) as f64)
    }

    /// Row and coefficient of a column.
    pub fn coefficients(&self, keeping: &Keeping, column: &Column) -> Vec<(usize, f64)> {
        let problem = &keeping.whole;
        match column {
            Column::Bins(pattern) => self.of_pattern(keeping, pattern),
            &Column::Extra(item) => {
                let group = problem.group_of(item).and_then(|group| self.extras[group]);
                let counted = group.map(|row| (row, 1.0));
                [(item, -1.0)].into_iter().chain(counted).collect()
            }
            &Column::Outside(index) => {
                let group = &problem.groups()[index];
                let served =
                    (group.items.iter()).map(|&item| (item, problem.items()[item].demand as f64));
                let extra = self.extras[index].map(|row| (row, group.extra as f64));
                let copies = (problem.copy_limits_of_group(index).iter()).map(|&limit| {
                    let upper = problem.copy_limits()[limit].upper;
                    (self.copies + limit, upper as f64)
                });
                (served.chain(extra).chain(copies))
                    .filter(|&(_, value)| value > 0.0)
                    .collect()
            }
            Column::Empty => self.floor.map(|row| (row, 1.0)).into_iter().collect(),
            &Column::Unpacked(item) => vec![(item, 1.0)],
            Column::MovedBeyond => vec![(self.moves, 1.0)],
        }
    }

    fn of_pattern(&self, keeping: &Keeping, pattern: &Pattern) -> Vec<(usize, f64)> {
        let problem = &keeping.whole;
        let held = (pattern.content.iter()).map(|&(item, copies)| (item, copies as f64));
        let limits =
            (self.limits_by_bin[pattern.bin].iter()).map(|&limit| (self.limits + limit, 1.0));
        let copies = (problem.copy_limits_of(pattern.bin).iter()).map(|&limit| {
            let counted = copies_counted(problem, limit, &pattern.content);
            (self.copies + limit, counted as f64)
        });
        let is_counted =
            (problem.floor()).is_some_and(|floor| floor.bins.binary_search(&pattern.bin).is_ok());
        let floor = self.floor.filter(|_| is_counted).map(|row| (row, 1.0));
        let stays = keeping.class_of[pattern.bin]
            .map(|class| (self.moves, keeping.classes[class].copies() as f64));
        (held.chain(limits).chain(copies).chain(floor).chain(stays))
            .filter(|&(_, value)| value > 0.0)
            .collect()
    }

    /// Duals of the rows: those that the problem has, and that of moves.
    pub fn duals(&self, keeping: &Keeping, duals: &[f64]) -> Prices {
        let copies = self.copies + keeping.whole.copy_limits().len();
        let at_least = |dual: &f64| dual.max(0.0);
        let at_most = |dual: &f64| dual.min(0.0);
        Prices {
            duals: Duals {
                items: duals[..self.limits].iter().map(at_least).collect(),
                limits: duals[self.limits..self.copies]
                    .iter()
                    .map(at_most)
                    .collect(),
                copies: duals[self.copies..copies].iter().map(at_most).collect(),
                floor: self.floor.map_or(0.0, |row| duals[row].max(0.0)),
                ..Duals::default()
            },
            moves: duals[self.moves].max(0.0),
        }
    }
}

/// Duals of the problem's rows, and what one move more is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Of the problem's rows.
    pub duals: Duals,
    /// `ρ`, not negative.
    pub moves: f64,
}

impl Prices {
    /// `weight · self + (1 − weight) · other`.
    #[must_use]
    pub fn blend(&self, other: &Self, weight: f64) -> Self {
        Self {
            duals: self.duals.blend(&other.duals, weight),
            moves: weight * self.moves + (1.0 - weight) * other.moves,
        }
    }
}
