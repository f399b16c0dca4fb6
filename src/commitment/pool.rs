//! Commitments as what they hold and what an hour of each type takes of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use thiserror::Error;

use super::estimate;
use crate::catalogue::{Catalogue, SavingsPlanKind, SavingsPlanRate};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::commitment::{Commitment, CommitmentKind, Terms, UpfrontPayment, family};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;

/// Use of Fargate, whose quantity is USD of list price.
pub const FARGATE: &str = "FARGATE";

/// Families of which a Reserved Instance counts for its own type alone.
/// Source: Amazon EC2 user guide, "How Reserved Instance discounts are applied".
const INFLEXIBLE: [&str; 22] = [
    "g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "g6f", "gr6", "gr6f", "hpc6a", "hpc6id", "hpc7a",
    "hpc7g", "inf1", "inf2", "p4d", "p4de", "p5", "p5e", "p5en", "trn1", "trn2",
];

/// A commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// What it is.
    pub kind: CommitmentKind,
    /// Family, for the kinds that have one.
    pub family: Option<String>,
    /// Reserved Instances: of which type.
    pub instance_type: Option<String>,
    /// Term and payment, where rates depend on them.
    pub terms: Option<Terms>,
    /// Whether the rates are the estimate of the family.
    pub estimated: bool,
    /// Whether it is still to be bought: what it costs is then chosen.
    pub proposed: bool,
    /// What it costs, used or not.
    pub usd_per_hour: UsdPerHour,
    /// What it holds: USD at its rates, normalised units of Reserved Instances, or instances of reserved capacity.
    pub capacity: Decimal,
    /// What one hour of a type, or one USD of Fargate at list price, takes of it.
    pub takes: BTreeMap<String, Decimal>,
}

impl Pool {
    /// The same with so much committed to.
    #[must_use]
    pub fn of(&self, usd_per_hour: Decimal) -> Self {
        Self {
            usd_per_hour: UsdPerHour::new(usd_per_hour),
            capacity: usd_per_hour,
            ..self.clone()
        }
    }

    /// Whether it holds USD at rates, and not normalised units.
    #[must_use]
    pub const fn is_of_usd(&self) -> bool {
        self.instance_type.is_none()
    }
}

/// Why commitments cannot be worked with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommitmentError {
    /// Nothing says what a commitment's hours cost.
    #[error(
        "a {kind} commitment{} has no rates; give --savings-plan-rates CSV \
         (`region,instance_type,kind,term_years,payment,usd_per_hour,basis`, as `bayplan catalogue refresh` writes it)",
        family.as_ref().map_or_else(String::new, |family| format!(" of {family}"))
    )]
    NoRates {
        /// Its kind.
        kind: &'static str,
        /// Its family.
        family: Option<String>,
    },
    /// Reserved Instances or capacity of an unknown type.
    #[error("a commitment names {0}, which is no instance type with a price in this Region")]
    NoType(String),
    /// It is not known whether a commitment has ended.
    #[error(
        "commitments end on days, and of which day the figures are is not known; give --as-of YYYY-MM-DD"
    )]
    NoDay,
    /// Both ways of saying what On-Demand costs less.
    #[error(
        "savingsPlanDiscount is a flat discount in place of commitments, and commitments are given or asked for as well; leave one of them out"
    )]
    AndDiscount,
    /// Something is asked for that is not planned with commitments.
    #[error("not built yet with commitments: {}; leave it out, or the commitments", .0.join(", "))]
    NotBuilt(Vec<&'static str>),
}

/// The day against which ends are held: the flag's, else the snapshot's, else that of the prices.
///
/// # Errors
/// Where none of them is known.
pub fn day(cluster: &Cluster, catalogue: &Catalogue) -> Result<Date, CommitmentError> {
    let snapshot = (cluster.deployed.snapshot.as_ref()).map(|stamp| stamp.taken_at.as_str());
    let prices = catalogue.as_of().on_demand.as_deref();
    let read = |text: &str| text.get(..10)?.parse::<Date>().ok();
    (cluster.commitments.as_of)
        .or_else(|| snapshot.and_then(read))
        .or_else(|| prices.and_then(read))
        .ok_or(CommitmentError::NoDay)
}

/// Why a commitment of the file does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// It ended.
    Ended,
    /// It is of another Region.
    Elsewhere,
}

/// Whether a commitment counts for the cluster on that day, or why not.
///
/// # Errors
/// Where it ends and no day is known.
pub fn idle(
    commitment: &Commitment,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<Option<Idle>, CommitmentError> {
    let elsewhere = commitment.kind != CommitmentKind::Compute
        && (commitment.region.as_ref()).is_some_and(|region| *region != cluster.region);
    if elsewhere {
        return Ok(Some(Idle::Elsewhere));
    }
    let Some(end) = commitment.ends_on else {
        return Ok(None);
    };
    Ok((end < day(cluster, catalogue)?).then_some(Idle::Ended))
}

/// The commitments of the file that count, in the order in which AWS applies them.
///
/// # Errors
/// Where one has no rates, or its end cannot be told.
pub fn bought(cluster: &Cluster, catalogue: &Catalogue) -> Result<Vec<Pool>, CommitmentError> {
    let mut pools = Vec::new();
    for commitment in &cluster.commitments.bought {
        if idle(commitment, cluster, catalogue)?.is_none() {
            pools.push(of_commitment(commitment, catalogue)?);
        }
    }
    pools.sort_by_key(|pool: &Pool| pool.kind);
    Ok(pools)
}

fn of_commitment(commitment: &Commitment, catalogue: &Catalogue) -> Result<Pool, CommitmentError> {
    if let Some(name) =
        (commitment.instance_type.as_ref()).filter(|_| commitment.kind.is_capacity())
    {
        return of_capacity(commitment, name, catalogue);
    }
    if let Some(name) = &commitment.instance_type {
        return of_reserved(commitment, name, catalogue);
    }
    let of_family = commitment.family.as_deref();
    let stated = |terms: &Terms| {
        commitment
            .term_years
            .is_none_or(|years| years == terms.years)
            && commitment
                .payment
                .is_none_or(|payment| payment == terms.payment)
    };
    // One year and nothing upfront where the file does not say and rates allow it.
    let usual = |terms: &Terms| (terms.years, terms.payment);
    let terms = terms_of(commitment.kind, of_family, catalogue)
        .into_iter()
        .filter(stated)
        .min_by_key(usual);
    let terms = terms.unwrap_or(Terms {
        years: commitment.term_years.unwrap_or(1),
        payment: commitment.payment.unwrap_or(UpfrontPayment::None),
    });
    let rates = rates(commitment.kind, of_family, terms, catalogue);
    let (takes, estimated) = rates.ok_or_else(|| CommitmentError::NoRates {
        kind: commitment.kind.word(),
        family: commitment.family.clone(),
    })?;
    Ok(Pool {
        kind: commitment.kind,
        family: commitment.family.clone(),
        instance_type: None,
        terms: Some(terms),
        estimated,
        proposed: false,
        usd_per_hour: commitment.usd_per_hour,
        capacity: commitment.usd_per_hour.amount(),
        takes,
    })
}

/// Reserved capacity: so many instances of its own type run at no further cost.
fn of_capacity(
    commitment: &Commitment,
    name: &str,
    catalogue: &Catalogue,
) -> Result<Pool, CommitmentError> {
    if catalogue.on_demand_price(name).is_none() {
        return Err(CommitmentError::NoType(name.to_owned()));
    }
    Ok(Pool {
        kind: commitment.kind,
        family: Some(family(name).to_owned()),
        instance_type: Some(name.to_owned()),
        terms: None,
        estimated: false,
        proposed: false,
        usd_per_hour: commitment.usd_per_hour,
        capacity: Decimal::from(commitment.count),
        takes: BTreeMap::from([(name.to_owned(), Decimal::ONE)]),
    })
}

/// Reserved Instances: regional ones of Linux on shared tenancy count for every size of the family, by normalisation factors.
fn of_reserved(
    commitment: &Commitment,
    name: &str,
    catalogue: &Catalogue,
) -> Result<Pool, CommitmentError> {
    let own = factor(name, catalogue).ok_or_else(|| CommitmentError::NoType(name.to_owned()))?;
    let is_flexible = !INFLEXIBLE.contains(&family(name));
    let takes = (catalogue.on_demand_prices().keys())
        .filter(|other| *other == name || (is_flexible && family(other) == family(name)))
        .filter_map(|other| Some((other.clone(), factor(other, catalogue)?)))
        .collect();
    Ok(Pool {
        kind: CommitmentKind::Reserved,
        family: Some(family(name).to_owned()),
        instance_type: Some(name.to_owned()),
        terms: None,
        estimated: false,
        proposed: false,
        usd_per_hour: commitment.usd_per_hour,
        capacity: own * Decimal::from(commitment.count),
        takes,
    })
}

/// The normalisation factor of a size; of bare metal that of the virtual size with as many vCPUs.
/// Source: Amazon EC2 user guide, "Instance size flexibility".
fn factor(instance_type: &str, catalogue: &Catalogue) -> Option<Decimal> {
    let size = instance_type.split_once('.')?.1;
    let whole = |factor: u64| Some(Decimal::from(factor));
    match size {
        "nano" => Some(Decimal::new(25, 2)),
        "micro" => Some(Decimal::new(5, 1)),
        "small" => whole(1),
        "medium" => whole(2),
        "large" => whole(4),
        "xlarge" => whole(8),
        _ => {
            let times = size.strip_prefix("metal-").unwrap_or(size);
            let times = times
                .strip_suffix("xlarge")
                .or_else(|| times.strip_suffix("xl"));
            match times.and_then(|times| times.parse::<u64>().ok()) {
                Some(times) => whole(8 * times),
                None => whole(2 * catalogue.instance_type(instance_type)?.vcpus),
            }
        }
    }
}

/// Terms of which rates of a kind, and of a family where it has one, are given.
fn terms_of(
    kind: CommitmentKind,
    of_family: Option<&str>,
    catalogue: &Catalogue,
) -> BTreeSet<Terms> {
    (given(kind, of_family, catalogue))
        .map(|rate| Terms {
            years: rate.term_years,
            payment: rate.payment,
        })
        .collect()
}

/// Rates of the file for a kind; Reserved Instances that are known by their family have those of EC2 Instance Savings Plans.
fn given<'a>(
    kind: CommitmentKind,
    of_family: Option<&'a str>,
    catalogue: &'a Catalogue,
) -> impl Iterator<Item = &'a SavingsPlanRate> {
    let plan = match kind {
        CommitmentKind::Compute => SavingsPlanKind::Compute,
        CommitmentKind::Ec2Instance
        | CommitmentKind::Reserved
        | CommitmentKind::CapacityReservation
        | CommitmentKind::CapacityBlock => SavingsPlanKind::Ec2Instance,
    };
    (catalogue.savings_plan_rates().iter()).filter(move |rate| {
        rate.kind == plan && of_family.is_none_or(|own| family(&rate.instance_type) == own)
    })
}

/// What an hour of each type takes, and whether that is an estimate; `None` where nothing is known.
fn rates(
    kind: CommitmentKind,
    of_family: Option<&str>,
    terms: Terms,
    catalogue: &Catalogue,
) -> Option<(BTreeMap<String, Decimal>, bool)> {
    let mut takes = BTreeMap::new();
    let own =
        |rate: &&SavingsPlanRate| (rate.term_years, rate.payment) == (terms.years, terms.payment);
    // Rates of families first, so that a type's own rate stands.
    for rate in given(kind, of_family, catalogue).filter(own) {
        of_family_row(rate, catalogue, &mut takes);
    }
    for rate in given(kind, of_family, catalogue).filter(own) {
        let name = &rate.instance_type;
        if catalogue.on_demand_price(name).is_some() {
            takes.insert(name.clone(), rate.usd_per_hour.amount());
        }
    }
    if !takes.is_empty() {
        return Some((takes, false));
    }
    let of_family = of_family.filter(|_| kind != CommitmentKind::Compute)?;
    let paid = estimate::paid(of_family, terms.payment).filter(|_| terms.years == 1)?;
    for (name, price) in catalogue.on_demand_prices() {
        if family(name) == of_family {
            let public = catalogue.public_price(name).unwrap_or(price.usd_per_hour);
            let rate = UsdPerHour::new(public.amount() * paid).rounded();
            takes.insert(name.clone(), rate.amount());
        }
    }
    (!takes.is_empty()).then_some((takes, true))
}

/// A row of a family is the rate of its `large`, other sizes in proportion to their On-Demand prices; one of Fargate is the rate of a
/// vCPU-hour on `x86_64`, memory and ARM with the same discount.
fn of_family_row(
    rate: &SavingsPlanRate,
    catalogue: &Catalogue,
    takes: &mut BTreeMap<String, Decimal>,
) {
    let name = rate.instance_type.as_str();
    if name == FARGATE {
        let list = catalogue.fargate_rate(CpuArchitecture::X86_64, Capacity::Fargate);
        let list = list.map(|list| list.usd_per_vcpu_hour.amount());
        if let Some(list) = list.filter(|list| !list.is_zero()) {
            takes.insert(FARGATE.to_owned(), rate.usd_per_hour.amount() / list);
        }
        return;
    }
    if name.contains('.') {
        return;
    }
    let Some(large) = catalogue.on_demand_price(&format!("{name}.large")) else {
        return;
    };
    let large = large.usd_per_hour.amount();
    if large.is_zero() {
        return;
    }
    for (other, price) in catalogue.on_demand_prices() {
        if family(other) == name {
            let usd = price.usd_per_hour.amount() * rate.usd_per_hour.amount() / large;
            takes.insert(other.clone(), UsdPerHour::new(usd).rounded().amount());
        }
    }
}

/// What may be bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitAsked {
    /// Compute Savings Plans.
    pub compute: bool,
    /// EC2 Instance Savings Plans.
    pub ec2_instance: bool,
    /// Only of so many years.
    pub term_years: Option<u64>,
    /// Only paid so.
    pub payment: Option<UpfrontPayment>,
}

/// Savings Plans that may be bought, of nothing yet: of each kind and family the terms whose rates are lowest in the mean of the
/// types. Families of which nothing is known have none.
///
/// # Errors
/// Where a kind is asked for alone and has no rates.
pub fn candidates(asked: CommitAsked, catalogue: &Catalogue) -> Result<Vec<Pool>, CommitmentError> {
    let mut pools = Vec::new();
    if asked.ec2_instance {
        let families: BTreeSet<&str> = (catalogue.on_demand_prices().keys())
            .map(|name| family(name))
            .collect();
        let of_families = families.into_iter().filter_map(|name| {
            candidate(CommitmentKind::Ec2Instance, Some(name), asked, catalogue)
        });
        pools.extend(of_families);
    }
    if asked.compute {
        pools.extend(candidate(CommitmentKind::Compute, None, asked, catalogue));
    }
    let lacks = |kind: CommitmentKind| !pools.iter().any(|pool: &Pool| pool.kind == kind);
    let kinds = [
        (asked.compute, CommitmentKind::Compute),
        (asked.ec2_instance, CommitmentKind::Ec2Instance),
    ];
    if let Some((_, kind)) = kinds
        .into_iter()
        .find(|(asked, kind)| *asked && lacks(*kind))
    {
        return Err(CommitmentError::NoRates {
            kind: kind.word(),
            family: None,
        });
    }
    Ok(pools)
}

fn candidate(
    kind: CommitmentKind,
    of_family: Option<&str>,
    asked: CommitAsked,
    catalogue: &Catalogue,
) -> Option<Pool> {
    let mut terms = terms_of(kind, of_family, catalogue);
    if terms.is_empty() {
        // The estimate is of one year; nothing upfront is what binds least.
        terms.insert(Terms {
            years: 1,
            payment: asked.payment.unwrap_or(UpfrontPayment::None),
        });
    }
    let allowed = |terms: &Terms| {
        asked.term_years.is_none_or(|years| years == terms.years)
            && asked.payment.is_none_or(|payment| payment == terms.payment)
    };
    let dear = |takes: &BTreeMap<String, Decimal>| -> Decimal {
        let parts = takes.iter().filter_map(|(name, rate)| {
            let list = catalogue.on_demand_price(name)?.usd_per_hour.amount();
            rate.checked_div(list)
        });
        let (sum, number) =
            parts.fold((Decimal::ZERO, 0_u64), |(sum, n), part| (sum + part, n + 1));
        sum / Decimal::from(number.max(1))
    };
    let (terms, takes, estimated) = (terms.into_iter().filter(allowed))
        .filter_map(|terms| {
            let (takes, estimated) = rates(kind, of_family, terms, catalogue)?;
            Some((terms, takes, estimated))
        })
        .min_by_key(|(_, takes, _)| dear(takes))?;
    Some(Pool {
        kind,
        family: of_family.map(str::to_owned),
        instance_type: None,
        terms: Some(terms),
        estimated,
        proposed: true,
        usd_per_hour: UsdPerHour::ZERO,
        capacity: Decimal::ZERO,
        takes,
    })
}
