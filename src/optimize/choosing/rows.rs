//! The rows of the master, and the coefficients of its columns in them.

use super::Choosing;
use crate::optimize::duals::Duals;
use crate::optimize::lp::Bounds;
use crate::optimize::pattern::Pattern;
use crate::optimize::room::copies_counted;

/// What a column of the master stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// Bins of a pattern.
    Bins(Pattern),
    /// An alternative.
    Chosen(usize),
    /// An extra copy of an item, for its group.
    Extra(usize),
    /// A group served outside the bins.
    Outside(usize),
    /// Empty bins for the least number of bins.
    Empty,
    /// Copies of an item left unpacked.
    Unpacked(usize),
    /// Weight beyond the limit.
    Beyond,
}

/// Where each row stands: demands first, then limits on bins, limits on copies, extra copies of groups, the least number of bins, choices, and
/// the weight last.
#[derive(Debug, Clone)]
pub struct Rows {
    limits_by_bin: Vec<Vec<usize>>,
    limits: usize,
    copies: usize,
    /// The row of the extra copies of each group.
    extras: Vec<Option<usize>>,
    floor: Option<usize>,
    choices: usize,
    weight: usize,
}

impl Rows {
    /// The layout of a problem.
    pub fn new(choosing: &Choosing) -> Self {
        let problem = &choosing.problem;
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
            choices: next,
            weight: next + choosing.choices.len(),
        }
    }

    /// The row of the weight.
    pub const fn weight(&self) -> usize {
        self.weight
    }

    /// What the rows come to where at most so much is chosen: what belongs to an alternative is asked for by its column.
    pub fn bounds(&self, choosing: &Choosing, most: f64) -> Vec<Bounds> {
        let problem = &choosing.problem;
        let asked = |of: Option<usize>, number: u64| if of.is_some() { 0.0 } else { number as f64 };
        let demands = (problem.items().iter().zip(&choosing.of_item))
            .map(|(item, of)| Bounds::at_least(asked(*of, item.demand)));
        let limits = (problem.limits().iter()).map(|limit| Bounds::at_most(limit.upper as f64));
        let alone = alone(choosing);
        let copies = (problem.copy_limits().iter().zip(&alone))
            .map(|(limit, of)| Bounds::at_most(asked(*of, limit.upper)));
        let extras = (problem.groups().iter().zip(&choosing.of_group))
            .filter(|(group, _)| group.extra > 0)
            .map(|(group, of)| Bounds::at_least(asked(*of, group.extra)));
        let floor = (problem.floor()).map(|floor| Bounds::at_least(floor.lower as f64));
        (demands.chain(limits).chain(copies).chain(extras))
            .chain(floor)
            .chain(choosing.choices.iter().map(|_| Bounds::at_least(1.0)))
            .chain([Bounds::at_most(most)])
            .collect()
    }

    /// Row and coefficient of a column.
    pub fn coefficients(&self, choosing: &Choosing, column: &Column) -> Vec<(usize, f64)> {
        let problem = &choosing.problem;
        match column {
            Column::Bins(pattern) => self.of_pattern(choosing, pattern),
            &Column::Chosen(alternative) => self.of_chosen(choosing, alternative),
            &Column::Extra(item) => {
                let group = problem.group_of(item).and_then(|group| self.extras[group]);
                let counted = group.map(|row| (row, 1.0));
                [(item, -1.0)].into_iter().chain(counted).collect()
            }
            &Column::Outside(group) => self.of_group(choosing, group),
            Column::Empty => self.floor.map(|row| (row, 1.0)).into_iter().collect(),
            &Column::Unpacked(item) => vec![(item, 1.0)],
            Column::Beyond => vec![(self.weight, -1.0)],
        }
    }

    /// What a group that is served outside takes off the rows.
    fn of_group(&self, choosing: &Choosing, index: usize) -> Vec<(usize, f64)> {
        let problem = &choosing.problem;
        let group = &problem.groups()[index];
        let served = (group.items.iter()).map(|&item| (item, problem.items()[item].demand as f64));
        let extra = self.extras[index].map(|row| (row, group.extra as f64));
        let copies = (problem.copy_limits_of_group(index).iter()).map(|&limit| {
            let upper = problem.copy_limits()[limit].upper;
            (self.copies + limit, upper as f64)
        });
        (served.chain(extra).chain(copies))
            .filter(|&(_, value)| value > 0.0)
            .collect()
    }

    /// An alternative asks for its items, and counts for its choice and for the weight.
    fn of_chosen(&self, choosing: &Choosing, alternative: usize) -> Vec<(usize, f64)> {
        let problem = &choosing.problem;
        let of = &choosing.alternatives[alternative];
        let single = (of.items.iter())
            .filter(|&&item| problem.group_of(item).is_none())
            .map(|&item| (item, problem.items()[item].demand as f64));
        let groups = (choosing.of_group.iter().enumerate())
            .filter(|(_, of)| **of == Some(alternative))
            .flat_map(|(group, _)| self.of_group(choosing, group));
        let asked = single.chain(groups).map(|(row, value)| (row, -value));
        let choice = (choosing.choices.iter()).position(|choice| choice.contains(&alternative));
        let counted = choice.map(|choice| (self.choices + choice, 1.0));
        (asked.chain(counted).chain([(self.weight, of.weight)]))
            .filter(|&(_, value)| value != 0.0)
            .collect()
    }

    fn of_pattern(&self, choosing: &Choosing, pattern: &Pattern) -> Vec<(usize, f64)> {
        let problem = &choosing.problem;
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
        (held.chain(limits).chain(copies).chain(floor))
            .filter(|&(_, value)| value > 0.0)
            .collect()
    }

    /// Duals of the rows: those that the problem has, and that of the weight.
    pub fn duals(&self, choosing: &Choosing, duals: &[f64]) -> Prices {
        let copies = self.copies + choosing.problem.copy_limits().len();
        let at_least = |dual: &f64| dual.max(0.0);
        let at_most = |dual: &f64| dual.min(0.0);
        let of = |from: usize, to: usize| duals[from..to].iter();
        Prices {
            duals: Duals {
                items: of(0, self.limits).map(at_least).collect(),
                limits: of(self.limits, self.copies).map(at_most).collect(),
                copies: of(self.copies, copies).map(at_most).collect(),
                floor: self.floor.map_or(0.0, |row| duals[row].max(0.0)),
                ..Duals::default()
            },
            weight: (-duals[self.weight]).max(0.0),
        }
    }
}

/// The alternative of each limit on copies that counts copies of one group of an alternative alone.
fn alone(choosing: &Choosing) -> Vec<Option<usize>> {
    let problem = &choosing.problem;
    let mut alone = vec![None; problem.copy_limits().len()];
    for (group, of) in choosing.of_group.iter().enumerate() {
        for &row in problem.copy_limits_of_group(group) {
            alone[row] = *of;
        }
    }
    alone
}

/// Duals of the problem's rows, and what one unit of weight more is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Of the problem's rows.
    pub duals: Duals,
    /// `λ`, not negative.
    pub weight: f64,
}

impl Prices {
    /// `weight · self + (1 − weight) · other`.
    #[must_use]
    pub fn blend(&self, other: &Self, weight: f64) -> Self {
        Self {
            duals: self.duals.blend(&other.duals, weight),
            weight: weight * self.weight + (1.0 - weight) * other.weight,
        }
    }
}
