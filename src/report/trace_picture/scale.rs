//! Scales from values to lengths, and round numbers along them.

/// A linear scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    values: (f64, f64),
    lengths: (f64, f64),
}

impl Scale {
    /// Takes the first pair to the second.
    pub(super) const fn new(values: (f64, f64), lengths: (f64, f64)) -> Self {
        Self { values, lengths }
    }

    /// The length of a value; values beyond the ends stay at the ends.
    pub(super) fn at(&self, value: f64) -> f64 {
        let span = self.values.1 - self.values.0;
        let part = if span > 0.0 {
            (value - self.values.0) / span
        } else {
            0.0
        };
        self.lengths.0 + part.clamp(0.0, 1.0) * (self.lengths.1 - self.lengths.0)
    }

    /// The largest value.
    pub(super) const fn end(&self) -> f64 {
        self.values.1
    }

    /// The smallest value.
    pub(super) const fn start(&self) -> f64 {
        self.values.0
    }

    /// Both ends as lengths.
    pub(super) const fn lengths(&self) -> (f64, f64) {
        self.lengths
    }
}

/// A step of 1, 2 or 5 times a power of ten, never below 1, that cuts `largest` into at most `parts`.
pub(super) fn round_step(largest: f64, parts: f64) -> f64 {
    let mut power = 1.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if largest / (power * factor) <= parts {
                return power * factor;
            }
        }
        power *= 10.0;
    }
}

/// Multiples of `step` from `start` to `end`.
pub(super) fn multiples(start: f64, end: f64, step: f64) -> Vec<f64> {
    let mut ticks = Vec::new();
    let mut tick = (start / step).ceil() * step;
    while tick <= end {
        ticks.push(tick);
        tick += step;
    }
    ticks
}

/// Ticks of a time axis in minutes, the unit to label them in, and minutes in that unit.
pub(super) fn minute_ticks(time: &Scale) -> (Vec<f64>, &'static str, f64) {
    const STEPS: [f64; 13] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0, 720.0, 1440.0, 2880.0,
    ];
    let span = time.end() - time.start();
    let fitting = STEPS.iter().copied().find(|step| span / step <= 13.0);
    let step = fitting.unwrap_or_else(|| 1440.0 * round_step(span / 1440.0, 13.0));
    let (unit, minutes) = if step >= 1440.0 {
        ("days", 1440.0)
    } else if step >= 60.0 {
        ("hours", 60.0)
    } else {
        ("minutes", 1.0)
    };
    (multiples(time.start(), time.end(), step), unit, minutes)
}
