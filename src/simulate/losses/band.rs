//! The Spot Instance Advisor's bands of interruption frequency, and the rates they stand for.

use crate::catalogue::SpotSaving;
pub use crate::domain::interruption::InterruptionBand;
use crate::domain::money::HOURS_PER_MONTH;
use crate::simulate::choices::BandReading;

impl InterruptionBand {
    /// The band of a type as the catalogue has it; the worst one where it has none or one unknown, which is
    /// an assumption on the safe side.
    #[must_use]
    pub fn of(saving: Option<&SpotSaving>) -> Self {
        let known = saving.and_then(|saving| saving.interruption_band.parse().ok());
        known.unwrap_or(Self::Above20)
    }

    /// The band's ends, as fractions of a month's instances. The last band has no published upper end; 40 % is
    /// an assumption.
    #[must_use]
    pub const fn ends(self) -> (f64, f64) {
        match self {
            Self::Below5 => (0.0, 0.05),
            Self::From5To10 => (0.05, 0.10),
            Self::From10To15 => (0.10, 0.15),
            Self::From15To20 => (0.15, 0.20),
            Self::Above20 => (0.20, 0.40),
        }
    }

    /// The rate it stands for.
    #[must_use]
    pub fn rate(self, reading: BandReading) -> ReclaimRate {
        let (lower, upper) = self.ends();
        ReclaimRate::of_monthly_share(match reading {
            BandReading::Lower => lower,
            BandReading::Middle => f64::midpoint(lower, upper),
            BandReading::Upper => upper,
        })
    }
}

/// Reclaims of one instance, per hour.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct ReclaimRate(f64);

impl ReclaimRate {
    /// The rate at which a share of the instances, 0 up to but not 1, is reclaimed within a month.
    ///
    /// # Panics
    /// When the share is not in that range.
    #[must_use]
    pub fn of_monthly_share(share: f64) -> Self {
        assert!(
            (0.0..1.0).contains(&share),
            "a share of a month's instances below 1"
        );
        Self(-(-share).ln_1p() / HOURS_PER_MONTH as f64)
    }

    /// Per hour.
    #[must_use]
    pub const fn per_hour(self) -> f64 {
        self.0
    }
}
