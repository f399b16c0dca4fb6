//! Whether a replay or a run is to end before its end. The replica reads no clock: it asks.

use std::fmt;

/// Answers "should I stop now?" on behalf of whoever has the clock.
#[derive(Clone, Copy, Default)]
pub struct Cut<'a>(Option<&'a (dyn Fn() -> bool + Sync)>);

impl<'a> Cut<'a> {
    /// Everything is played to its end.
    pub const NEVER: Self = Self(None);

    /// Cut once `is_due` says so.
    #[must_use]
    pub const fn once(is_due: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self(Some(is_due))
    }

    /// Whether to end.
    #[must_use]
    pub fn is_due(self) -> bool {
        self.0.is_some_and(|is_due| is_due())
    }
}

impl fmt::Debug for Cut<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.0.is_some() {
            "when asked"
        } else {
            "never"
        };
        write!(formatter, "Cut({what})")
    }
}
