//! The Spot Instance Advisor's bands of interruption frequency.

use std::fmt;
use std::str::FromStr;

/// The share of a type's Spot instances that was interrupted in the trailing month, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterruptionBand {
    /// `<5%`.
    Below5,
    /// `5-10%`.
    From5To10,
    /// `10-15%`.
    From10To15,
    /// `15-20%`.
    From15To20,
    /// `>20%`.
    Above20,
}

impl InterruptionBand {
    /// All bands, mildest first.
    pub const ALL: [Self; 5] = [
        Self::Below5,
        Self::From5To10,
        Self::From10To15,
        Self::From15To20,
        Self::Above20,
    ];

    /// As the advisor writes it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Below5 => "<5%",
            Self::From5To10 => "5-10%",
            Self::From10To15 => "10-15%",
            Self::From15To20 => "15-20%",
            Self::Above20 => ">20%",
        }
    }
}

impl fmt::Display for InterruptionBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for InterruptionBand {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        (Self::ALL.into_iter())
            .find(|band| band.text() == text.trim())
            .ok_or_else(|| {
                format!(
                    "`{text}` is not one of the advisor's bands: <5%, 5-10%, 10-15%, 15-20%, >20%"
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_ordered_and_read_as_they_are_written() {
        assert!(
            InterruptionBand::ALL
                .windows(2)
                .all(|pair| pair[0] < pair[1])
        );
        for band in InterruptionBand::ALL {
            assert_eq!(band.to_string().parse(), Ok(band));
        }
        assert!("25%".parse::<InterruptionBand>().is_err());
    }
}
