//! The proof of a bound, as a document carries it: whole numbers and fractions, so that whoever checks it rounds nothing.
//!
//! What each part claims, and why the claims together prove the bound, is `docs/proof.md`.

use std::collections::BTreeMap;

use super::capacity::Capacity;
use super::money::UsdPerHour;

/// The unit of prices, costs and multipliers.
pub const UNIT: &str = "1e-8 USD/h";

/// A proof that no plan costs less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// No plan that obeys the policy costs less.
    pub bound: UsdPerHour,
    /// What the tasks are worth.
    pub items: Vec<ProvenItem>,
    /// What limits take off, and what minimums and extra copies add.
    pub rows: Vec<ProvenRow>,
    /// Everything that can be bought and is worth anything: no load is worth more than it costs.
    pub offerings: Vec<ProvenOffering>,
}

/// Tasks of a service, in a zone where they are counted zone by zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenItem {
    /// The service's name.
    pub service: String,
    /// The zone's label.
    pub zone: Option<String>,
    /// Tasks.
    pub count: u64,
    /// What one of them is worth, in the unit.
    pub price: u64,
}

/// A row of the problem with its multiplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenRow {
    /// What it says, and of what.
    pub kind: RowKind,
    /// Positions of the items that it counts.
    pub items: Vec<usize>,
    /// Its right-hand side: copies, instances, or for Fargate a cost in the unit.
    pub rhs: u64,
    /// Its multiplier in the unit; not negative.
    pub multiplier: u64,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKind {
    /// So many of the items have one copy more than their count.
    ZoneEven {
        /// The service.
        service: String,
    },
    /// At most so many copies of the items on Spot.
    OnDemandMinimum {
        /// The service.
        service: String,
    },
    /// At most so many copies of the items on Spot and in these zones together.
    OnDemandZones {
        /// The service.
        service: String,
        /// Labels of zones that are too few for its On-Demand tasks.
        zones: Vec<String>,
    },
    /// At most so many copies of all items in a Spot pool.
    PoolCap {
        /// Instance type.
        instance_type: String,
        /// Its zone's label.
        zone: Option<String>,
    },
    /// At most so many instances.
    InstanceLimit,
    /// At least so many instances.
    InstanceMinimum,
    /// At most so many copies of the items on one instance; its multiplier is 0.
    ShareOnInstance {
        /// The service.
        service: String,
    },
    /// The service may run on Fargate, with all its tasks together, at this cost; the multiplier is what its tasks are worth beyond it.
    Fargate {
        /// The service.
        service: String,
    },
    /// The service runs on Fargate at this cost: nothing else takes it. Its multiplier is 1.
    FargateOnly {
        /// The service.
        service: String,
    },
}

impl RowKind {
    /// The document's word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::ZoneEven { .. } => "zone-even",
            Self::OnDemandMinimum { .. } => "on-demand-minimum",
            Self::OnDemandZones { .. } => "on-demand-zones",
            Self::PoolCap { .. } => "pool-cap",
            Self::InstanceLimit => "instance-limit",
            Self::InstanceMinimum => "instance-minimum",
            Self::ShareOnInstance { .. } => "share-on-instance",
            Self::Fargate { .. } => "fargate",
            Self::FargateOnly { .. } => "fargate-only",
        }
    }

    /// The service that the row is about, where it is about one.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::ZoneEven { service }
            | Self::OnDemandMinimum { service }
            | Self::OnDemandZones { service, .. }
            | Self::ShareOnInstance { service }
            | Self::Fargate { service }
            | Self::FargateOnly { service } => Some(service),
            Self::PoolCap { .. } | Self::InstanceLimit | Self::InstanceMinimum => None,
        }
    }
}

/// Something that can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenOffering {
    /// Instance type.
    pub instance_type: String,
    /// On-Demand or Spot.
    pub purchase_option: Capacity,
    /// The zone's label; `None` stands for every zone.
    pub zone: Option<String>,
    /// What one costs, in the unit.
    pub cost: u64,
    /// What one has left for tasks that are placed one by one.
    pub capacity: BTreeMap<Dimension, u64>,
    /// Why no load of it is worth more than it costs.
    pub leaves: Tree,
}

/// A capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// CPU units.
    Cpu,
    /// MiB of memory.
    Memory,
    /// Network interfaces for `awsvpc` tasks.
    Enis,
    /// GPUs.
    Gpus,
}

impl Dimension {
    /// All of them, in the order of the documents.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Memory, Self::Enis, Self::Gpus];

    /// The document's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memoryMib",
            Self::Enis => "enis",
            Self::Gpus => "gpus",
        }
    }

    /// The dimension of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// A case distinction over an item's copies, or multipliers that settle a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree<D = Dimension> {
    /// Two cases that are all there is.
    Split {
        /// Position of the item.
        item: usize,
        /// At most so many copies in the one, more in the other.
        at_most: u64,
        /// The case of few copies.
        yes: Box<Self>,
        /// The case of more.
        no: Box<Self>,
    },
    /// What a unit of each capacity is worth; nothing where it is not named.
    Leaf(BTreeMap<D, Fraction>),
}

impl<D> Tree<D> {
    /// Leaves of the tree.
    #[must_use]
    pub fn leaves(&self) -> u64 {
        match self {
            Self::Split { yes, no, .. } => yes.leaves() + no.leaves(),
            Self::Leaf(_) => 1,
        }
    }

    /// The same with other names of the capacities.
    #[must_use]
    pub fn renamed<E: Ord>(self, name: &impl Fn(D) -> E) -> Tree<E> {
        match self {
            Self::Split {
                item,
                at_most,
                yes,
                no,
            } => Tree::Split {
                item,
                at_most,
                yes: Box::new(yes.renamed(name)),
                no: Box::new(no.renamed(name)),
            },
            Self::Leaf(u) => Tree::Leaf(u.into_iter().map(|(d, worth)| (name(d), worth)).collect()),
        }
    }
}

/// A fraction that is not negative, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

impl Fraction {
    /// The fraction in lowest terms; `None` where the denominator is 0.
    #[must_use]
    pub const fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some(Self {
            numerator: numerator / a,
            denominator: denominator / a,
        })
    }

    /// Above the line.
    #[must_use]
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// Below it; not 0.
    #[must_use]
    pub const fn denominator(self) -> u64 {
        self.denominator
    }
}

impl std::fmt::Display for Fraction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.denominator == 1 {
            return write!(f, "{}", self.numerator);
        }
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl std::str::FromStr for Fraction {
    type Err = NoFraction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u64>().ok()).flatten()
        };
        let (above, below) = text.split_once('/').unwrap_or((text, "1"));
        (whole(above).zip(whole(below)))
            .and_then(|(above, below)| Self::new(above, below))
            .ok_or_else(|| NoFraction(text.to_owned()))
    }
}

/// A text that is no fraction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no fraction such as \"3/7\" or \"12\"")]
pub struct NoFraction(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_read_and_written_in_lowest_terms() {
        let read = |text: &str| text.parse::<Fraction>().map(|f| f.to_string());
        assert_eq!(read("6/4").as_deref(), Ok("3/2"));
        assert_eq!(read("8/4").as_deref(), Ok("2"));
        assert_eq!(read("0/9").as_deref(), Ok("0"));
        for wrong in [
            "",
            "/",
            "1/",
            "/2",
            "-1",
            "+1",
            "1/0",
            "1.5",
            "1/2/3",
            "99999999999999999999",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
