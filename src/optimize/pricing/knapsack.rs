//! The pricing problem of one bin type: a bounded multi-dimensional knapsack.
//!
//! ```text
//! maximise   Σ_j p_j x_j
//! subject to Σ_j w_jd x_j ≤ 1        for every dimension d that can bind
//!            0 ≤ x_j ≤ u_j, integer
//! ```
//! `p_j` are the duals of the demand rows, with those of the limits on copies that count the item in this
//! bin. One copy of an item that the bin requires is put in beforehand. Sizes are divided by the capacity, so that every dimension has
//! capacity 1 and the linear algebra is well scaled. Only items that the bin admits, that fit and that
//! have demand take part; only dimensions that all items together could exceed are kept.

use crate::optimize::duals::Duals;
use crate::optimize::pattern::{Content, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::room::Room;

/// The data of one bin type's pricing problem; profits come with each call.
#[derive(Debug, Clone)]
pub struct Knapsack {
    /// Bin type.
    pub bin: usize,
    /// Item of the problem, by position here.
    pub items: Vec<usize>,
    /// Dimensions kept.
    pub dimensions: usize,
    /// Size over capacity, `dimensions` entries per position.
    pub weights: Vec<f64>,
    /// Sizes in base units, `dimensions` entries per position.
    sizes: Vec<u64>,
    /// Capacity in base units of the dimensions kept.
    capacity: Vec<u64>,
    /// Dimension of the problem, by dimension kept.
    pub kept: Vec<usize>,
    /// Most copies, by position.
    pub upper: Vec<u64>,
    /// The item that was put in beforehand.
    required: Option<usize>,
    /// Limits on copies that count each position, `required` last.
    limited: Vec<Vec<usize>>,
}

impl Knapsack {
    /// The pricing problem of `bin` for these demands and limits on copies (what is left of both in a dive).
    /// It has no items when the bin can hold nothing, or nothing beside the one copy that it requires.
    pub fn new(problem: &Problem, bin: usize, demands: &[u64], room: &Room) -> Self {
        let bin_type = &problem.bins()[bin];
        let mut knapsack = Self {
            bin,
            items: Vec::new(),
            dimensions: 0,
            weights: Vec::new(),
            sizes: Vec::new(),
            capacity: Vec::new(),
            kept: Vec::new(),
            upper: Vec::new(),
            required: bin_type.requires,
            limited: Vec::new(),
        };
        let mut capacity = bin_type.capacity.clone();
        if let Some(item) = bin_type.requires {
            if demands[item] == 0 || !problem.fits(bin, item) {
                // What must be there cannot be: the bin holds nothing at all.
                knapsack.required = None;
                return knapsack;
            }
            for (left, size) in capacity.iter_mut().zip(&problem.items()[item].size) {
                *left -= size;
            }
        }
        let mut take = |item: usize| {
            let most = knapsack.most_copies(problem, item, demands[item], &capacity);
            if most > 0 {
                knapsack.items.push(item);
                knapsack.upper.push(most);
            }
        };
        match &bin_type.admits {
            Some(admitted) => admitted.iter().copied().for_each(&mut take),
            None => (0..demands.len()).for_each(&mut take),
        }
        knapsack.find_limits(problem);
        knapsack.respect_limits(room);
        knapsack.keep_binding_dimensions(problem, &capacity);
        knapsack
    }

    /// No bin holds more copies of an item than a limit allows in all.
    fn respect_limits(&mut self, room: &Room) {
        if self.limited.is_empty() {
            return;
        }
        let most = |rows: &[usize]| rows.iter().map(|&row| room.copies[row]).min();
        if self.required.is_some() && self.limited.last().and_then(|rows| most(rows)) == Some(0) {
            self.items.clear();
            self.upper.clear();
            self.limited.clear();
            self.required = None;
            return;
        }
        for ((upper, rows), &item) in self.upper.iter_mut().zip(&self.limited).zip(&self.items) {
            let there = u64::from(self.required == Some(item));
            *upper = (*upper).min(most(rows).map_or(u64::MAX, |most| most.saturating_sub(there)));
        }
        let kept: Vec<usize> = (0..self.items.len())
            .filter(|&p| self.upper[p] > 0)
            .collect();
        if kept.len() < self.items.len() {
            let required = self.required.and_then(|_| self.limited.last().cloned());
            self.items = kept.iter().map(|&position| self.items[position]).collect();
            self.upper = kept.iter().map(|&position| self.upper[position]).collect();
            self.limited = (kept.iter().map(|&position| self.limited[position].clone()))
                .chain(required)
                .collect();
        }
    }

    /// Most copies beside the one put in beforehand; the bin admits the item.
    fn most_copies(&self, problem: &Problem, item: usize, demand: u64, capacity: &[u64]) -> u64 {
        let there = u64::from(self.required == Some(item));
        let item = &problem.items()[item];
        (item.size.iter().zip(capacity))
            .filter(|(size, _)| **size > 0)
            .map(|(size, left)| left / size)
            .min()
            .unwrap_or(u64::MAX)
            .min(
                item.max_per_bin
                    .map_or(u64::MAX, |most| most.saturating_sub(there)),
            )
            .min(demand.saturating_sub(there))
    }

    fn keep_binding_dimensions(&mut self, problem: &Problem, capacity: &[u64]) {
        let size = |item: usize, d: usize| problem.items()[item].size[d];
        let binding: Vec<usize> = (0..problem.dimensions())
            .filter(|&d| {
                let total: u128 = (self.items.iter().zip(&self.upper))
                    .map(|(&item, &u)| u128::from(size(item, d)) * u128::from(u))
                    .sum();
                total > u128::from(capacity[d])
            })
            .collect();
        for &item in &self.items {
            for &d in &binding {
                self.sizes.push(size(item, d));
                self.weights.push(size(item, d) as f64 / capacity[d] as f64);
            }
        }
        self.dimensions = binding.len();
        self.capacity = binding.iter().map(|&d| capacity[d]).collect();
        self.kept = binding;
    }

    fn find_limits(&mut self, problem: &Problem) {
        let rows = problem.copy_limits_of(self.bin);
        if rows.is_empty() {
            return;
        }
        let mut of_item: Vec<Vec<usize>> = vec![Vec::new(); problem.items().len()];
        for &row in rows {
            for &item in &problem.copy_limits()[row].items {
                of_item[item].push(row);
            }
        }
        let all = self.items.iter().chain(&self.required);
        self.limited = all
            .map(|&item| std::mem::take(&mut of_item[item]))
            .collect();
        // Taken twice where the required item is among the others.
        if let Some(place) = self
            .required
            .and_then(|r| self.items.iter().position(|&i| i == r))
        {
            let rows = self.limited[place].clone();
            self.limited.pop();
            self.limited.push(rows);
        }
    }

    /// Whether a limit on copies counts a position.
    pub fn is_limited(&self, position: usize) -> bool {
        self.limited
            .get(position)
            .is_some_and(|rows| !rows.is_empty())
    }

    /// The same without the copies of a content, taken out as often as what is left allows: the positions kept
    /// go with it. Nothing is left where an item is put in beforehand.
    #[must_use]
    pub fn without(&self, content: &[u64]) -> Option<(Self, Vec<usize>)> {
        if self.required.is_some() {
            return None;
        }
        let times = (content.iter().zip(&self.upper))
            .filter(|(copies, _)| **copies > 0)
            .map(|(copies, upper)| upper / copies)
            .min()?;
        let left = |position: usize| self.upper[position] - content[position] * times;
        let kept: Vec<usize> = (0..self.len()).filter(|&p| left(p) > 0).collect();
        let rest = Self {
            bin: self.bin,
            items: kept.iter().map(|&p| self.items[p]).collect(),
            dimensions: self.dimensions,
            weights: kept
                .iter()
                .flat_map(|&p| self.weight(p).iter().copied())
                .collect(),
            sizes: kept
                .iter()
                .flat_map(|&p| self.size(p).iter().copied())
                .collect(),
            capacity: self.capacity.clone(),
            kept: self.kept.clone(),
            upper: kept.iter().map(|&p| left(p)).collect(),
            required: None,
            limited: Vec::new(),
        };
        (!rest.is_empty()).then_some((rest, kept))
    }

    /// Number of items that take part.
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item takes part in the choice; the one copy that is put in beforehand may be there all the same.
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the bin can hold anything, if only the copy that it requires.
    pub const fn holds_something(&self) -> bool {
        !self.items.is_empty() || self.required.is_some()
    }

    /// Scaled weights of one position.
    pub fn weight(&self, position: usize) -> &[f64] {
        &self.weights[position * self.dimensions..(position + 1) * self.dimensions]
    }

    /// Sizes of one position in base units.
    pub fn size(&self, position: usize) -> &[u64] {
        &self.sizes[position * self.dimensions..(position + 1) * self.dimensions]
    }

    /// Capacity in base units.
    pub fn capacity(&self) -> &[u64] {
        &self.capacity
    }

    /// Residual capacity under a content; `None` when it does not fit. Exact integers: the floating-point
    /// search proposes, this decides.
    pub fn residual(&self, content: &[u64]) -> Option<Vec<u64>> {
        let mut residual = self.capacity.clone();
        for (position, &copies) in content
            .iter()
            .enumerate()
            .filter(|(_, copies)| **copies > 0)
        {
            if copies > self.upper[position] {
                return None;
            }
            for (left, &size) in residual.iter_mut().zip(self.size(position)) {
                *left = left.checked_sub(size.checked_mul(copies)?)?;
            }
        }
        Some(residual)
    }

    /// A content by position as a pattern of the problem.
    pub fn pattern(&self, content: &[u64]) -> Pattern {
        let mut content: Content = content
            .iter()
            .enumerate()
            .filter(|(_, copies)| **copies > 0)
            .map(|(position, &copies)| (self.items[position], copies))
            .collect();
        if let Some(item) = self.required {
            match content.binary_search_by_key(&item, |&(i, _)| i) {
                Ok(place) => content[place].1 += 1,
                Err(place) => content.insert(place, (item, 1)),
            }
        }
        Pattern {
            bin: self.bin,
            content,
        }
    }

    /// A fractional content by position, by item.
    pub fn relaxed_content(&self, values: &[f64]) -> Vec<(usize, f64)> {
        let there = |item: usize| f64::from(u8::from(self.required == Some(item)));
        let mut content: Vec<(usize, f64)> = (values.iter().zip(&self.items))
            .map(|(&value, &item)| (item, value + there(item)))
            .filter(|(_, value)| *value > 1e-9)
            .collect();
        if let Some(item) = self.required.filter(|item| !self.items.contains(item)) {
            content.push((item, 1.0));
        }
        content
    }

    /// Value of a content.
    pub fn value(profits: &[f64], content: &[u64]) -> f64 {
        profits
            .iter()
            .zip(content)
            .map(|(p, &copies)| p * copies as f64)
            .sum()
    }

    /// Profits by position.
    pub fn profits(&self, duals: &Duals) -> Vec<f64> {
        (self.items.iter().enumerate())
            .map(|(position, &item)| self.worth(position, item, duals))
            .collect()
    }

    /// Worth of the copy put in beforehand.
    pub fn required_worth(&self, duals: &Duals) -> f64 {
        (self.required).map_or(0.0, |item| self.worth(self.items.len(), item, duals))
    }

    fn worth(&self, position: usize, item: usize, duals: &Duals) -> f64 {
        let limits = self.limited.get(position).into_iter().flatten();
        duals.items[item] + limits.map(|&row| duals.copies[row]).sum::<f64>()
    }
}
