//! Commitments to AWS: Savings Plans and Reserved Instances, bought ones and proposed ones.
//!
//! A Savings Plan is USD per hour of use at its rates, whether or not the use comes: hour by hour, what is not used is lost.

use jiff::civil::Date;

use super::money::UsdPerHour;

/// What is committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommitmentKind {
    /// A Capacity Block: instances of one type that are paid for in advance.
    CapacityBlock,
    /// An On-Demand Capacity Reservation: instances of one type that are paid for whether they run or not.
    CapacityReservation,
    /// Reserved Instances.
    Reserved,
    /// An EC2 Instance Savings Plan: one family in one Region.
    Ec2Instance,
    /// A Compute Savings Plan: any instance in any Region, and Fargate.
    Compute,
}

impl CommitmentKind {
    /// Every kind, in the order in which AWS applies them to an hour.
    pub const ALL: [Self; 5] = [
        Self::CapacityBlock,
        Self::CapacityReservation,
        Self::Reserved,
        Self::Ec2Instance,
        Self::Compute,
    ];

    /// Its word in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CapacityBlock => "capacity-block",
            Self::CapacityReservation => "capacity-reservation",
            Self::Reserved => "reserved",
            Self::Ec2Instance => "ec2-instance",
            Self::Compute => "compute",
        }
    }

    /// Whether it is room for so many instances of one type, and no discount.
    #[must_use]
    pub const fn is_capacity(self) -> bool {
        match self {
            Self::CapacityBlock | Self::CapacityReservation => true,
            Self::Reserved | Self::Ec2Instance | Self::Compute => false,
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How much of a commitment is paid at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpfrontPayment {
    /// Nothing.
    None,
    /// A half.
    Partial,
    /// All of it.
    All,
}

impl UpfrontPayment {
    /// Every way of paying.
    pub const ALL: [Self; 3] = [Self::None, Self::Partial, Self::All];

    /// Its word in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "no-upfront",
            Self::Partial => "partial-upfront",
            Self::All => "all-upfront",
        }
    }

    /// The way of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// Term and payment of a Savings Plan: which of its rates count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    /// Years it binds.
    pub years: u64,
    /// How it is paid.
    pub payment: UpfrontPayment,
}

/// A commitment that is bought already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// What it is.
    pub kind: CommitmentKind,
    /// What it costs, used or not; payments in advance spread over its term.
    pub usd_per_hour: UsdPerHour,
    /// Family such as `m7i`, for the kinds that have one.
    pub family: Option<String>,
    /// Region, for the kinds that have one; the cluster's where the file is silent.
    pub region: Option<String>,
    /// Last day on which it counts; none where the file does not say.
    pub ends_on: Option<Date>,
    /// Of which type: Reserved Instances that name one, capacity always.
    pub instance_type: Option<String>,
    /// Reserved Instances and capacity: how many.
    pub count: u64,
    /// Years, where the file says.
    pub term_years: Option<u64>,
    /// Payment, where the file says.
    pub payment: Option<UpfrontPayment>,
}

/// What is bought already, and the day it is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commitments {
    /// In the order of the file.
    pub bought: Vec<Commitment>,
    /// The day, where a flag gives one.
    pub as_of: Option<Date>,
}

/// The family of an instance type: `m7i` of `m7i.2xlarge`.
#[must_use]
pub fn family(instance_type: &str) -> &str {
    instance_type.split('.').next().unwrap_or(instance_type)
}
