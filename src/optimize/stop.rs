//! When to stop: a question the optimizer asks, never a clock it reads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Answers "should I stop now?".
pub trait Stop: Sync {
    /// Whether to return the best result as soon as possible.
    fn should_stop(&self) -> bool;

    /// Time left until a wall-clock limit; `None` when there is none.
    fn remaining(&self) -> Option<Duration> {
        None
    }
}

/// Never stops early.
#[derive(Debug, Clone, Copy, Default)]
pub struct Never;

impl Stop for Never {
    fn should_stop(&self) -> bool {
        false
    }
}

/// Stops at a point in time (`--time-limit`).
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Instant);

impl Stop for Deadline {
    fn should_stop(&self) -> bool {
        Instant::now() >= self.0
    }

    fn remaining(&self) -> Option<Duration> {
        Some(self.0.saturating_duration_since(Instant::now()))
    }
}

/// A part of the time that another has left; interrupts pass through.
pub struct Share<'a> {
    inner: &'a dyn Stop,
    reserve: Option<Duration>,
}

impl<'a> Share<'a> {
    /// `part / whole` of the time left now.
    pub fn new(inner: &'a dyn Stop, part: u32, whole: u32) -> Self {
        let reserve = (inner.remaining()).map(|left| left.saturating_sub(left / whole * part));
        Self { inner, reserve }
    }
}

impl Stop for Share<'_> {
    fn should_stop(&self) -> bool {
        self.inner.should_stop() || self.remaining().is_some_and(|left| left.is_zero())
    }

    fn remaining(&self) -> Option<Duration> {
        let left = self.inner.remaining()?;
        Some(left.saturating_sub(self.reserve.unwrap_or_default()))
    }
}

/// Stops once somebody says so (Ctrl-C).
#[derive(Debug, Default)]
pub struct Interrupt(AtomicBool);

impl Interrupt {
    /// An interrupt nobody has raised; usable in a `static`.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Asks for the stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Stop for Interrupt {
    fn should_stop(&self) -> bool {
        self.is_raised()
    }
}

/// Stops when either does.
#[derive(Debug, Clone, Copy)]
pub struct Either<A, B>(pub A, pub B);

impl<A: Stop, B: Stop> Stop for Either<A, B> {
    fn should_stop(&self) -> bool {
        self.0.should_stop() || self.1.should_stop()
    }

    fn remaining(&self) -> Option<Duration> {
        match (self.0.remaining(), self.1.remaining()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

impl<S: Stop + ?Sized> Stop for &S {
    fn should_stop(&self) -> bool {
        (**self).should_stop()
    }

    fn remaining(&self) -> Option<Duration> {
        (**self).remaining()
    }
}

/// Counts steps that something else limits.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Nothing counted yet.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts steps. Threads add in any order; the sum is read only at the barriers between rounds, where it no longer
    /// depends on the order.
    pub fn add(&self, steps: u64) {
        self.0.fetch_add(steps, Ordering::Relaxed);
    }

    /// Steps counted so far.
    pub fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counted work: the deterministic limit. One unit is about a microsecond of a 2020s core, counted in
/// simplex pivots and inner loops instead of read off a clock, so that the same input gives the same
/// bytes on any machine.
#[derive(Debug)]
pub struct WorkMeter {
    spent: Counter,
    limit: u64,
}

impl WorkMeter {
    /// A meter that is exhausted after `limit` units.
    pub const fn new(limit: u64) -> Self {
        Self {
            spent: Counter::new(),
            limit,
        }
    }

    /// Counts units.
    pub fn spend(&self, units: u64) {
        self.spent.add(units);
    }

    /// Units spent so far.
    pub fn spent(&self) -> u64 {
        self.spent.total()
    }

    /// Where units are counted by those who do not ask for the limit.
    pub const fn counter(&self) -> &Counter {
        &self.spent
    }

    /// The limit.
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// Whether the limit is reached.
    pub fn is_exhausted(&self) -> bool {
        self.spent() >= self.limit
    }
}

/// What every long loop of the optimizer asks: outside stop or counted work.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// Wall clock, Ctrl-C.
    pub stop: &'a dyn Stop,
    /// Counted work.
    pub work: &'a WorkMeter,
    /// This loop ends once the meter shows so much (at most the meter's own limit).
    until: u64,
    /// Where the outside stop has a clock: this loop ends when less than this is left on it.
    reserve: Duration,
}

impl<'a> Budget<'a> {
    /// All that is left.
    pub fn new(stop: &'a dyn Stop, work: &'a WorkMeter) -> Self {
        Self {
            stop,
            work,
            until: work.limit(),
            reserve: Duration::ZERO,
        }
    }

    /// A part of what is left, of the work and, where there is a clock, of the time.
    #[must_use]
    pub fn share(self, part: u32, whole: u32) -> Self {
        let work = self.left() / u64::from(whole) * u64::from(part);
        let reserve = self.stop.remaining().map_or(self.reserve, |left| {
            let free = left.saturating_sub(self.reserve);
            left.saturating_sub(free / whole * part)
        });
        Self {
            until: self.work.spent().saturating_add(work).min(self.until),
            reserve,
            ..self
        }
    }

    /// At most so many units from now on.
    #[must_use]
    pub fn at_most(self, units: u64) -> Self {
        Self {
            until: self.work.spent().saturating_add(units).min(self.until),
            ..self
        }
    }

    /// A part of the time that is left, where there is a clock; the work stays.
    #[must_use]
    pub fn share_of_time(self, part: u32, whole: u32) -> Self {
        Self {
            until: self.until,
            ..self.share(part, whole)
        }
    }

    /// Whether to stop.
    pub fn is_over(&self) -> bool {
        self.work.spent() >= self.until || self.is_stopped()
    }

    /// Whether something else than the work ends this: the clock, or an interrupt.
    pub fn is_stopped(&self) -> bool {
        self.stop.should_stop()
            || (!self.reserve.is_zero()
                && self
                    .stop
                    .remaining()
                    .is_some_and(|left| left <= self.reserve))
    }

    /// Time left, where there is a clock.
    pub fn time_left(&self) -> Option<Duration> {
        self.stop
            .remaining()
            .map(|left| left.saturating_sub(self.reserve))
    }

    /// Units left.
    pub fn left(&self) -> u64 {
        self.until.saturating_sub(self.work.spent())
    }
}

/// A budget as a stop of its own: its share of the clock; its work is given as a limit.
pub struct Within<'a>(pub Budget<'a>);

impl Stop for Within<'_> {
    fn should_stop(&self) -> bool {
        self.0.stop.should_stop() || self.remaining().is_some_and(|left| left.is_zero())
    }

    fn remaining(&self) -> Option<Duration> {
        self.0.time_left()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_stops_when_one_does() {
        let interrupt = Interrupt::new();
        let both = Either(&interrupt, Never);
        assert!(!both.should_stop());
        interrupt.raise();
        assert!(both.should_stop());
    }

    #[test]
    fn a_share_of_the_time_ends_before_the_deadline() {
        let work = WorkMeter::new(u64::MAX);
        let deadline = Deadline(Instant::now() + Duration::from_hours(1));
        let budget = Budget::new(&deadline, &work);
        let share = budget.share(1, 4);
        let left = share.time_left().expect("there is a clock");
        assert!(left <= Duration::from_mins(15) && left > Duration::from_mins(14));
        assert!(!share.is_over());
        assert!(budget.share(0, 1).is_over());
    }

    #[test]
    fn a_partial_budget_never_exceeds_the_whole() {
        let work = WorkMeter::new(100);
        let budget = Budget::new(&Never, &work);
        work.spend(90);
        assert_eq!(budget.share(1, 2).left(), 5);
        assert_eq!(budget.share(1, 2).share(1, 1).left(), 5);
        work.spend(10);
        assert!(budget.is_over());
    }
}
