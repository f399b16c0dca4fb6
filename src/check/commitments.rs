//! V52: what a plan says of commitments holds: they are those of the file and those it proposes, and applied as AWS applies them they
//! change the bill by what it says.
//!
//! For each commitment is derived here what it holds and what an hour of each type takes of it: of Savings Plans its rates, by term and
//! payment, or the estimate of its family; of Reserved Instances the normalisation factors; of reserved capacity one for each of its type. Hour by hour they take what is On-Demand in
//! the plan: reserved capacity first, Reserved Instances, EC2 Instance Savings Plans, Compute Savings Plans, in each the highest saving first.
//! How much to propose is the planner's choice; that it is the best is not derived again.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::violation::{Rule, Violation};
use crate::catalogue::{Catalogue, SavingsPlanKind, SavingsPlanRate};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::commitment::{Commitment, CommitmentKind, UpfrontPayment, family};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{CommitmentPart, FleetPlan, PlannedCommitment, PlannedFargateTasks};
use crate::domain::week::HOURS_PER_WEEK;

/// Figures of families, of 2023-08-30.
const FAMILIES: &str = include_str!("../../data/family_discounts.csv");
/// The name under which Fargate is covered.
const FARGATE: &str = "FARGATE";
/// Storage of Fargate without charge.
const FREE_GIB: u64 = 20;
/// Families of which a Reserved Instance counts for its own type alone.
const OWN_TYPE_ALONE: [&str; 22] = [
    "g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "g6f", "gr6", "gr6f", "hpc6a", "hpc6id", "hpc7a",
    "hpc7g", "inf1", "inf2", "p4d", "p4de", "p5", "p5e", "p5en", "trn1", "trn2",
];

/// Every violation of what is said of commitments.
pub(super) fn violations(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
) -> Vec<Violation> {
    let Some(said) = &plan.commitment else {
        let some = counting(cluster, catalogue).is_none_or(|counting| !counting.is_empty());
        return (some.then(|| violation("", "none", "the commitments of the file")))
            .into_iter()
            .collect();
    };
    let mut found = Vec::new();
    if !cluster.policy.savings_plan_discount.is_zero() {
        found.push(violation(
            "",
            "commitments beside savingsPlanDiscount",
            "one of them",
        ));
    }
    bought(cluster, catalogue, said, &mut found);
    if !said.parts.is_sorted_by_key(|part| part.kind) {
        found.push(violation(
            ".parts",
            "another order",
            "AWS's order of applying",
        ));
    }
    let mut held = Vec::new();
    for (place, part) in said.parts.iter().enumerate() {
        match Held::of(part, cluster, catalogue) {
            Some(own) => held.push(own),
            None => found.push(violation(
                &format!(".parts[{place}]"),
                "a commitment of which no rates are known",
                "term and payment of rates of the catalogue, or a family with an estimate",
            )),
        }
    }
    if held.len() == said.parts.len() {
        match Figures::of(cluster, catalogue, plan, &held) {
            Some(figures) => figures.compare(said, &mut found),
            None => found.push(violation("", "amounts beyond decimals", "payable amounts")),
        }
    }
    found
}

fn violation(place: &str, found: impl Into<String>, expected: impl Into<String>) -> Violation {
    Violation::new(
        Rule::Commitment,
        format!("commitment{place}"),
        found,
        expected,
    )
}

/// The file's commitments that count on the day; `None` where the day is not known.
fn counting<'a>(cluster: &'a Cluster, catalogue: &Catalogue) -> Option<Vec<&'a Commitment>> {
    let date = |text: &str| -> Option<Date> { text.get(0..10)?.parse().ok() };
    let taken = cluster.deployed.snapshot.as_ref();
    let day = (cluster.commitments.as_of)
        .or_else(|| date(&taken?.taken_at))
        .or_else(|| date(catalogue.as_of().on_demand.as_deref()?));
    let mut counting = Vec::new();
    for commitment in &cluster.commitments.bought {
        let here = commitment.kind == CommitmentKind::Compute
            || commitment
                .region
                .as_deref()
                .is_none_or(|region| region == cluster.region);
        let lasts = match commitment.ends_on {
            Some(end) if here => end >= day?,
            _ => true,
        };
        if here && lasts {
            counting.push(commitment);
        }
    }
    Some(counting)
}

/// That the parts that are not proposed are the file's.
fn bought(
    cluster: &Cluster,
    catalogue: &Catalogue,
    said: &PlannedCommitment,
    found: &mut Vec<Violation>,
) {
    let Some(mut counting) = counting(cluster, catalogue) else {
        found.push(violation("", "commitments that end", "a day (--as-of)"));
        return;
    };
    counting.sort_by_key(|commitment| commitment.kind);
    let own: Vec<&CommitmentPart> = said.parts.iter().filter(|part| !part.proposed).collect();
    let agrees = |(own, given): (&&CommitmentPart, &&Commitment)| {
        let terms = own.terms.is_none_or(|terms| {
            given.term_years.is_none_or(|years| years == terms.years)
                && given.payment.is_none_or(|payment| payment == terms.payment)
        });
        let of_family = given.instance_type.as_deref().map(family);
        terms
            && own.kind == given.kind
            && !(own.kind.is_capacity() && own.estimated)
            && own.usd_per_hour == given.usd_per_hour
            && own.instance_type == given.instance_type
            && own.family.as_deref() == of_family.or(given.family.as_deref())
    };
    if own.len() != counting.len() || !own.iter().zip(&counting).all(agrees) {
        found.push(violation(
            ".parts",
            format!("{} bought commitments", own.len()),
            format!(
                "the {} of the file that count, as they are there",
                counting.len()
            ),
        ));
    }
}

/// A commitment by what it holds and what an hour takes of it.
struct Held {
    usd: Decimal,
    holds: Decimal,
    of_usd: bool,
    takes: BTreeMap<String, Decimal>,
}

impl Held {
    fn of(part: &CommitmentPart, cluster: &Cluster, catalogue: &Catalogue) -> Option<Self> {
        let usd = part.usd_per_hour.amount();
        if usd < Decimal::ZERO {
            return None;
        }
        if let Some(name) = &part.instance_type {
            let bought = (cluster.commitments.bought.iter()).find(|own| {
                own.kind == part.kind
                    && own.instance_type.as_ref() == Some(name)
                    && own.usd_per_hour == part.usd_per_hour
            })?;
            if part.kind.is_capacity() {
                // An instance is an instance, of that type alone.
                return Some(Self {
                    usd,
                    holds: Decimal::from(bought.count),
                    of_usd: false,
                    takes: BTreeMap::from([(name.clone(), Decimal::ONE)]),
                });
            }
            return Some(Self {
                usd,
                holds: size_factor(name, catalogue)?.checked_mul(Decimal::from(bought.count))?,
                of_usd: false,
                takes: reserved(name, catalogue),
            });
        }
        let takes = if part.estimated {
            estimated(part, catalogue)?
        } else {
            rated(part, catalogue)
        };
        (!takes.is_empty()).then_some(Self {
            usd,
            holds: usd,
            of_usd: true,
            takes,
        })
    }
}

fn reserved(name: &str, catalogue: &Catalogue) -> BTreeMap<String, Decimal> {
    let alone = OWN_TYPE_ALONE.contains(&family(name));
    (catalogue.on_demand_prices().keys())
        .filter(|other| other.as_str() == name || (!alone && family(other) == family(name)))
        .filter_map(|other| Some((other.clone(), size_factor(other, catalogue)?)))
        .collect()
}

/// Normalisation factor: 1 a `small`, 8 an `xlarge`, 8 times N an `Nxlarge`; of whole machines that of as many vCPUs.
fn size_factor(instance_type: &str, catalogue: &Catalogue) -> Option<Decimal> {
    let (_, size) = instance_type.split_once('.')?;
    let small = [
        ("nano", 25),
        ("micro", 50),
        ("small", 100),
        ("medium", 200),
        ("large", 400),
        ("xlarge", 800),
    ];
    if let Some((_, hundredths)) = small.iter().find(|(name, _)| *name == size) {
        return Some(Decimal::new(*hundredths, 2));
    }
    let digits: String = (size.trim_start_matches("metal-").chars())
        .take_while(char::is_ascii_digit)
        .collect();
    if let Ok(times) = digits.parse::<u32>() {
        return Some(Decimal::from(times) * Decimal::from(8));
    }
    let vcpus = catalogue.instance_type(instance_type)?.vcpus;
    Decimal::from(vcpus).checked_mul(Decimal::TWO)
}

fn estimated(part: &CommitmentPart, catalogue: &Catalogue) -> Option<BTreeMap<String, Decimal>> {
    let (own, terms) = (part.family.as_deref()?, part.terms?);
    if terms.years != 1 || part.kind == CommitmentKind::Compute {
        return None;
    }
    let figure: Decimal = (FAMILIES.lines())
        .find_map(|line| line.strip_prefix(own)?.strip_prefix(',')?.parse().ok())?;
    let times = Decimal::new(
        match terms.payment {
            UpfrontPayment::None => 10_714,
            UpfrontPayment::Partial => 10_204,
            UpfrontPayment::All => 10_000,
        },
        4,
    );
    let rates = (catalogue.on_demand_prices().iter())
        .filter(|(name, _)| family(name) == own)
        .filter_map(|(name, price)| {
            let public = catalogue.public_price(name).unwrap_or(price.usd_per_hour);
            let rate = public.amount().checked_mul(figure * times)?;
            Some((name.clone(), UsdPerHour::new(rate).rounded().amount()))
        });
    Some(rates.collect())
}

fn rated(part: &CommitmentPart, catalogue: &Catalogue) -> BTreeMap<String, Decimal> {
    let plan = if part.kind == CommitmentKind::Compute {
        SavingsPlanKind::Compute
    } else {
        SavingsPlanKind::Ec2Instance
    };
    let own = |rate: &&SavingsPlanRate| {
        let of_family =
            (part.family.as_deref()).is_none_or(|own| own == family(&rate.instance_type));
        let terms = part
            .terms
            .is_some_and(|terms| (terms.years, terms.payment) == (rate.term_years, rate.payment));
        rate.kind == plan && of_family && terms
    };
    let rates: Vec<&SavingsPlanRate> = catalogue.savings_plan_rates().iter().filter(own).collect();
    let mut takes = BTreeMap::new();
    let whole = rates
        .iter()
        .filter(|rate| !rate.instance_type.contains('.'));
    for rate in whole {
        let name = rate.instance_type.as_str();
        let usd = rate.usd_per_hour.amount();
        if name == FARGATE {
            let list = catalogue.fargate_rate(CpuArchitecture::X86_64, Capacity::Fargate);
            let part = list.and_then(|list| usd.checked_div(list.usd_per_vcpu_hour.amount()));
            takes.extend(part.map(|part| (FARGATE.to_owned(), part)));
            continue;
        }
        let large = catalogue.on_demand_price(&format!("{name}.large"));
        let large = large.map(|price| price.usd_per_hour.amount());
        for (other, price) in catalogue.on_demand_prices() {
            let scaled = (price.usd_per_hour.amount().checked_mul(usd))
                .zip(large)
                .and_then(|(usd, large)| usd.checked_div(large))
                .filter(|_| family(other) == name);
            takes
                .extend(scaled.map(|usd| (other.clone(), UsdPerHour::new(usd).rounded().amount())));
        }
    }
    for rate in rates.iter().filter(|rate| rate.instance_type.contains('.')) {
        if catalogue.on_demand_price(&rate.instance_type).is_some() {
            takes.insert(rate.instance_type.clone(), rate.usd_per_hour.amount());
        }
    }
    takes
}

/// On-Demand use of one hour by name: quantity and list price of one.
type Hour = BTreeMap<String, (Decimal, Decimal)>;

/// What follows from the plan's rows and the commitments.
struct Figures {
    cost: Decimal,
    eligible: Decimal,
    used: Vec<Decimal>,
    covered: Vec<Decimal>,
    holds: Vec<Decimal>,
    usd: Vec<Decimal>,
}

impl Figures {
    fn of(
        cluster: &Cluster,
        catalogue: &Catalogue,
        plan: &FleetPlan,
        held: &[Held],
    ) -> Option<Self> {
        let hours = if plan.cost.periods.is_empty() {
            vec![of_rows(cluster, catalogue, plan)?]
        } else {
            (0..HOURS_PER_WEEK)
                .map(|hour| of_hour(cluster, catalogue, plan, hour))
                .collect::<Option<_>>()?
        };
        let number = Decimal::from(hours.len());
        let mut figures = Self {
            cost: held.iter().map(|own| own.usd).sum(),
            eligible: Decimal::ZERO,
            used: vec![Decimal::ZERO; held.len()],
            covered: vec![Decimal::ZERO; held.len()],
            holds: held.iter().map(|own| own.holds).collect(),
            usd: held.iter().map(|own| own.usd).collect(),
        };
        for hour in hours {
            let mut left = hour;
            for (count, list) in left.values() {
                figures.eligible = figures.eligible.checked_add(count.checked_mul(*list)?)?;
            }
            for (place, own) in held.iter().enumerate() {
                let (used, covered) = take(own, &mut left)?;
                figures.used[place] = figures.used[place].checked_add(used)?;
                figures.covered[place] = figures.covered[place].checked_add(covered)?;
            }
        }
        figures.eligible /= number;
        for sum in figures.used.iter_mut().chain(&mut figures.covered) {
            *sum /= number;
        }
        Some(figures)
    }

    fn compare(&self, said: &PlannedCommitment, found: &mut Vec<Violation>) {
        let covered: Decimal = self.covered.iter().sum();
        let adjustment = UsdPerHour::new(self.cost - covered).rounded();
        let mut money = |place: &str, stated: UsdPerHour, expected: Decimal| {
            let unit = Decimal::new(1, 8);
            let far = (stated.amount().checked_sub(expected)).is_none_or(|off| off.abs() > unit);
            if far {
                found.push(violation(
                    place,
                    format!("{stated} USD per hour"),
                    format!("{} USD per hour", UsdPerHour::new(expected).rounded()),
                ));
            }
        };
        money(".usdPerHour", said.usd_per_hour, self.cost);
        money(
            ".adjustmentUsdPerHour",
            said.adjustment_usd_per_hour,
            adjustment.amount(),
        );
        for (place, part) in said.parts.iter().enumerate() {
            let at = format!(".parts[{place}].coveredUsdPerHour");
            money(&at, part.covered_usd_per_hour, self.covered[place]);
        }
        let used: Decimal = (0..self.used.len())
            .filter_map(|place| {
                let share = self.used[place].checked_div(self.holds[place])?;
                Some(share * self.usd[place])
            })
            .sum();
        let month = -said.adjustment_usd_per_hour.amount() * Decimal::from(730);
        let mut fractions = vec![
            (
                ".coverage".to_owned(),
                said.coverage,
                covered.checked_div(self.eligible),
            ),
            (
                ".utilisation".to_owned(),
                said.utilisation,
                used.checked_div(self.cost),
            ),
            (
                ".breakEvenUtilisation".to_owned(),
                said.break_even_utilisation,
                used.checked_div(covered),
            ),
            (
                ".savingUsdPerMonth".to_owned(),
                Some(said.saving_usd_per_month),
                Some(month),
            ),
        ];
        for (place, part) in said.parts.iter().enumerate() {
            let share = self.used[place].checked_div(self.holds[place]);
            fractions.push((
                format!(".parts[{place}].utilisation"),
                part.utilisation,
                share,
            ));
        }
        for (place, stated, expected) in fractions {
            let expected = expected.and_then(|expected| expected.to_f64());
            // As many decimals as the plan writes, and no other number that rounds to them.
            let decimals = if place == ".savingUsdPerMonth" {
                1e2
            } else {
                1e6
            };
            let is_rounded =
                |stated: f64| ((stated * decimals).round() / decimals - stated).abs() < 1e-9;
            let agrees = match (stated, expected) {
                (None, None) => true,
                (Some(stated), Some(expected)) => {
                    is_rounded(stated) && (stated - expected).abs() * decimals <= 0.51
                }
                _ => false,
            };
            if !agrees {
                let words = |value: Option<f64>| {
                    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
                };
                found.push(violation(&place, words(stated), words(expected)));
            }
        }
        for (place, other) in said.demands.iter().enumerate() {
            let ordered = other.best_usd_per_hour <= other.usd_per_hour;
            if !ordered || other.demand.is_nan() || other.demand <= 0.0 {
                found.push(violation(
                    &format!(".demands[{place}]"),
                    "a best bill above that of the plan",
                    "one that is no higher",
                ));
            }
        }
    }
}

/// Lets a commitment take what it can; what it takes of what it holds, and what that is at list price.
fn take(held: &Held, left: &mut Hour) -> Option<(Decimal, Decimal)> {
    let mut order: Vec<(Decimal, Decimal, String)> = Vec::new();
    for (name, (_, list)) in left.iter() {
        if let Some(takes) = held.takes.get(name).filter(|_| !list.is_zero()) {
            let paid = if held.of_usd {
                takes.checked_div(*list)?
            } else {
                Decimal::ZERO
            };
            order.push((paid, *takes, name.clone()));
        }
    }
    order.sort();
    let (mut taken, mut covered) = (Decimal::ZERO, Decimal::ZERO);
    for (_, takes, name) in order {
        let room = held.holds - taken;
        let (count, list) = left.get_mut(&name)?;
        let whole = count.checked_mul(takes)?;
        let part = if whole <= room {
            *count
        } else {
            room.checked_div(takes)?
        };
        taken = if whole <= room {
            taken + whole
        } else {
            held.holds
        };
        *count -= part;
        covered = covered.checked_add(part.checked_mul(*list)?)?;
    }
    Some((taken, covered))
}

fn of_rows(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan) -> Option<Hour> {
    let mut hour = Hour::new();
    for row in &plan.instances {
        let covered = row.purchase_option.takes_savings_plan_discount();
        if !covered || row.usd_per_hour == UsdPerHour::ZERO {
            continue;
        }
        let Some(list) = catalogue.on_demand_price(&row.instance_type) else {
            continue;
        };
        let entry = hour.entry(row.instance_type.clone());
        let (count, _) = entry.or_insert((Decimal::ZERO, list.usd_per_hour.amount()));
        *count = count.checked_add(Decimal::from(row.count))?;
    }
    for row in &plan.fargate_tasks {
        on_fargate(cluster, catalogue, (row, row.count), &mut hour)?;
    }
    Some(hour)
}

/// Adds so many tasks of a row on Fargate, without their storage; Fargate Spot is not covered.
fn on_fargate(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (row, count): (&PlannedFargateTasks, u64),
    hour: &mut Hour,
) -> Option<()> {
    if row.capacity_provider != FARGATE || count == 0 {
        return Some(());
    }
    let service = (cluster.services.iter()).find(|own| own.name == row.service_name);
    let gib = service
        .and_then(|own| own.task.ephemeral_storage_gib)
        .unwrap_or(0);
    let price = catalogue.other_price("fargate_ephemeral_storage");
    let price = price.map_or(Decimal::ZERO, |price| price.usd);
    let storage = price.checked_mul(Decimal::from(gib.saturating_sub(FREE_GIB)))?;
    let usd =
        (row.usd_per_hour.amount().checked_sub(storage)?).checked_mul(Decimal::from(count))?;
    let (sum, _) = (hour.entry(FARGATE.to_owned())).or_insert((Decimal::ZERO, Decimal::ONE));
    *sum = sum.checked_add(usd)?;
    Some(())
}

fn of_hour(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan, at: usize) -> Option<Hour> {
    let mut hour = of_groups(catalogue, plan, at)?;
    for row in &plan.fargate_tasks {
        let scheduled = row.schedule.iter().find(|of| of.hours.contains(&at));
        let count = scheduled.map_or(row.count, |of| of.count);
        on_fargate(cluster, catalogue, (row, count), &mut hour)?;
    }
    Some(hour)
}

fn of_groups(catalogue: &Catalogue, plan: &FleetPlan, at: usize) -> Option<Hour> {
    let mut hour = Hour::new();
    for group in plan.groups() {
        let option = group.purchase_option;
        if !option.is_some_and(Capacity::takes_savings_plan_discount) {
            continue;
        }
        let scheduled = group.schedule.iter().find(|size| size.hours.contains(&at));
        let size = scheduled.map_or(group.desired_capacity, |size| size.desired_capacity);
        let name = group.instance_types.first()?;
        let list = catalogue.on_demand_price(name)?.usd_per_hour.amount();
        let (count, _) = hour.entry(name.clone()).or_insert((Decimal::ZERO, list));
        *count = count.checked_add(Decimal::from(size))?;
    }
    Some(hour)
}

/// What the bought commitments of the file change in the bill of these instances; `None` where it cannot be told.
pub(super) fn of_today(cluster: &Cluster, catalogue: &Catalogue) -> Option<Decimal> {
    let mut parts: Vec<CommitmentPart> = (counting(cluster, catalogue)?.into_iter())
        .map(|own| part_of(own, catalogue))
        .collect();
    parts.sort_by_key(|part| part.kind);
    let mut left = Hour::new();
    let billed =
        (cluster.container_instances.iter()).filter(|own| own.is_registered && !own.is_external());
    for own in billed.filter(|own| own.purchase_option.takes_savings_plan_discount()) {
        let list = catalogue
            .on_demand_price(&own.instance_type)?
            .usd_per_hour
            .amount();
        let entry = left.entry(own.instance_type.clone());
        entry.or_insert((Decimal::ZERO, list)).0 += Decimal::ONE;
    }
    let mut adjustment = Decimal::ZERO;
    for part in &parts {
        let held = Held::of(part, cluster, catalogue)?;
        let (_, covered) = take(&held, &mut left)?;
        adjustment += held.usd - covered;
    }
    Some(adjustment)
}

/// A commitment of the file with the terms that count for it: those it states, else the shortest and least paid at once of the rates.
fn part_of(own: &Commitment, catalogue: &Catalogue) -> CommitmentPart {
    let plan = if own.kind == CommitmentKind::Compute {
        SavingsPlanKind::Compute
    } else {
        SavingsPlanKind::Ec2Instance
    };
    let fits = |rate: &&SavingsPlanRate| {
        rate.kind == plan
            && (own.family.as_deref()).is_none_or(|of| of == family(&rate.instance_type))
            && own.term_years.is_none_or(|years| years == rate.term_years)
            && own.payment.is_none_or(|payment| payment == rate.payment)
    };
    let given = (catalogue.savings_plan_rates().iter().filter(fits))
        .map(|rate| (rate.term_years, rate.payment))
        .min();
    let (years, payment) = given.unwrap_or((
        own.term_years.unwrap_or(1),
        own.payment.unwrap_or(UpfrontPayment::None),
    ));
    CommitmentPart {
        kind: own.kind,
        family: own.family.clone(),
        instance_type: own.instance_type.clone(),
        terms: Some(crate::domain::commitment::Terms { years, payment }),
        estimated: given.is_none(),
        proposed: false,
        usd_per_hour: own.usd_per_hour,
        utilisation: None,
        covered_usd_per_hour: UsdPerHour::ZERO,
    }
}
