//! Progress: the optimizer tells, somebody else prints.

/// A snapshot of the search. Costs are on the problem's cost grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub stage: &'static str,
    /// Columns known.
    pub columns: usize,
    /// Value of the restricted master.
    pub master: Option<f64>,
    /// Proven lower bound.
    pub bound: Option<f64>,
    /// Cost of the best packing.
    pub incumbent: Option<f64>,
    /// Counted work so far.
    pub work: u64,
}

/// Hears of progress.
pub trait Listener: Sync {
    /// Called between rounds; must return quickly.
    fn progress(&self, progress: &Progress);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Listener for Silent {
    fn progress(&self, _: &Progress) {}
}
