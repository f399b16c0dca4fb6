//! A linear or integer program as data.
//!
//! ```text
//! minimise   Σ_j c_j x_j
//! subject to lower_r ≤ Σ_j a_rj x_j ≤ upper_r    for every row r
//!            0 ≤ x_j ≤ u_j                       x_j whole where the variable says so
//! ```

/// What a row may come to; infinite where there is no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Least value.
    pub lower: f64,
    /// Largest value.
    pub upper: f64,
}

impl Bounds {
    /// At least so much.
    pub const fn at_least(lower: f64) -> Self {
        Self {
            lower,
            upper: f64::INFINITY,
        }
    }

    /// At most so much.
    pub const fn at_most(upper: f64) -> Self {
        Self {
            lower: f64::NEG_INFINITY,
            upper,
        }
    }

    /// So much.
    pub const fn exactly(value: f64) -> Self {
        Self {
            lower: value,
            upper: value,
        }
    }
}

/// A variable of a program; never below 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variable {
    /// Cost of a unit.
    pub cost: f64,
    /// Largest value; infinite where there is none.
    pub upper: f64,
    /// Whether only whole values are allowed.
    pub is_whole: bool,
}

impl Variable {
    /// Any value from 0 on.
    pub const fn continuous(cost: f64) -> Self {
        Self {
            cost,
            upper: f64::INFINITY,
            is_whole: false,
        }
    }

    /// Any whole value from 0 on.
    pub const fn whole(cost: f64) -> Self {
        Self {
            is_whole: true,
            ..Self::continuous(cost)
        }
    }

    /// The same, at most so much.
    #[must_use]
    pub const fn at_most(self, upper: f64) -> Self {
        Self { upper, ..self }
    }
}

/// Rows and columns with their coefficients. Rows come first: a column names the rows it has a coefficient in.
#[derive(Debug, Clone, Default)]
pub struct Program {
    rows: Vec<Bounds>,
    variables: Vec<Variable>,
    /// Where the coefficients of each column end among `coefficients`.
    ends: Vec<usize>,
    /// Row and value, column after column.
    coefficients: Vec<(usize, f64)>,
}

impl Program {
    /// A program with these rows and no columns.
    pub fn with_rows(rows: Vec<Bounds>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Adds a row; returns its index.
    pub fn add_row(&mut self, bounds: Bounds) -> usize {
        self.rows.push(bounds);
        self.rows.len() - 1
    }

    /// Adds a column with its coefficients, at most one a row; returns its index.
    ///
    /// # Panics
    /// In builds with debug assertions, when a row does not exist or a number is not one.
    pub fn add_column(
        &mut self,
        variable: Variable,
        coefficients: impl IntoIterator<Item = (usize, f64)>,
    ) -> usize {
        let first = self.coefficients.len();
        self.coefficients.extend(coefficients);
        debug_assert!(variable.cost.is_finite() && variable.upper >= 0.0);
        debug_assert!(
            (self.coefficients[first..].iter())
                .all(|&(row, value)| row < self.rows.len() && value.is_finite()),
            "coefficients are finite and stand in rows"
        );
        self.variables.push(variable);
        self.ends.push(self.coefficients.len());
        self.variables.len() - 1
    }

    /// Replaces the bounds of a row.
    pub fn set_row(&mut self, row: usize, bounds: Bounds) {
        self.rows[row] = bounds;
    }

    /// Replaces the largest value of a variable.
    pub fn set_upper(&mut self, column: usize, upper: f64) {
        self.variables[column].upper = upper;
    }

    /// The rows.
    pub fn rows(&self) -> &[Bounds] {
        &self.rows
    }

    /// The variables, one a column.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Every variable with the coefficients of its column.
    pub fn columns(&self) -> impl Iterator<Item = (&Variable, &[(usize, f64)])> {
        self.variables.iter().enumerate().map(|(column, variable)| {
            let first = column.checked_sub(1).map_or(0, |before| self.ends[before]);
            (variable, &self.coefficients[first..self.ends[column]])
        })
    }

    /// Whether some variable must be whole.
    pub fn is_integer(&self) -> bool {
        self.variables.iter().any(|variable| variable.is_whole)
    }
}
