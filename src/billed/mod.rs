//! What a cluster was billed against what the model of its fleet says: by type and purchase, the difference explained.
//!
//! The model is that of `cost.currentUsdPerHour`: every instance of the file that EC2 bills, at its price, for all hours that the bill
//! spans, with a root volume each. A line of the bill is set against it by its instance type and by whether it is Spot:
//!
//! ```text
//! billed − model = (billed hours − model hours) · catalogue price     hours: instances that came or went in between
//!                + (paid − list of the bill), lines of commitments    commitments, and what of them was not used
//!                + the rest                                           prices: the bill's are others than the catalogue's
//! ```
//! What the model has no word for, such as data transfer, load balancers or taxes, is named with its amount.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::{PriceError, billed_today};
use crate::domain::billing::BilledLine;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::HOURS_PER_MONTH;

const SECONDS_AN_HOUR: i64 = 3600;

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Instances of a type.
    Instances {
        /// The type.
        instance_type: String,
        /// Whether they are Spot.
        spot: bool,
    },
    /// Root volumes and whatever gp3 storage there is beside them.
    Volumes,
    /// Commitments that no hour used.
    UnusedCommitments,
    /// Something else, by service and use.
    Other {
        /// `ServiceName`.
        service: String,
        /// What was used or charged.
        usage: String,
    },
}

/// A row: what was billed, what the model says, and why they differ. All in USD for the span of the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What it is about.
    pub subject: Subject,
    /// Hours of instances billed; none for what has no hours.
    pub billed_hours: Option<Decimal>,
    /// Hours of the model.
    pub model_hours: Option<Decimal>,
    /// Billed.
    pub billed: Decimal,
    /// The model.
    pub model: Decimal,
    /// Part of the difference that other hours make.
    pub of_hours: Decimal,
    /// Part that commitments make.
    pub of_commitments: Decimal,
    /// Part that other prices make.
    pub of_prices: Decimal,
    /// Part that the model has no word for.
    pub not_modelled: Decimal,
}

/// The comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Rows, instances first.
    pub rows: Vec<Compared>,
    /// Hours that the bill spans.
    pub hours: Decimal,
    /// Whether lines were chosen by a tag that names the cluster; else all of the Region count.
    pub by_tag: bool,
    /// Lines that were left out, of other clusters or Regions.
    pub left_out: u64,
}

/// What the lines of one subject add up to.
#[derive(Debug, Default)]
struct Sum {
    hours: Decimal,
    billed: Decimal,
    /// Paid less list of the lines that commitments cover.
    committed: Decimal,
}

/// Sets a bill against the model.
///
/// # Errors
/// Every instance of the file without a price.
pub fn compare(
    lines: &[BilledLine],
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<Comparison, Vec<PriceError>> {
    let named = |line: &&BilledLine| names_cluster(&line.tags, &cluster.name);
    let by_tag = lines.iter().any(|line| named(&line));
    let here = |line: &&BilledLine| line.region.is_empty() || line.region == cluster.region;
    let own: Vec<&BilledLine> = (lines.iter())
        .filter(|line| here(line) && (!by_tag || named(line)))
        .collect();
    let left_out = (lines.len() - own.len()) as u64;
    let start = own.iter().map(|line| line.start).min().unwrap_or(0);
    let end = own.iter().map(|line| line.end).max().unwrap_or(0);
    let hours = Decimal::from((end - start).max(0)) / Decimal::from(SECONDS_AN_HOUR);
    let mut sums: BTreeMap<Subject, Sum> = BTreeMap::new();
    for line in own {
        let sum = sums.entry(subject(line)).or_default();
        sum.hours += line.quantity.unwrap_or_default();
        sum.billed += line.cost;
        if line.pricing.eq_ignore_ascii_case("committed") {
            sum.committed += line.cost - line.list.unwrap_or_else(|| list_of(line, catalogue));
        }
    }
    let model = model(cluster, catalogue, hours)?;
    let subjects: BTreeSet<Subject> = sums.keys().chain(model.keys()).cloned().collect();
    let rows = subjects.into_iter().map(|subject| {
        let sum = sums.remove(&subject).unwrap_or_default();
        compared(subject, &sum, &model, catalogue)
    });
    Ok(Comparison {
        rows: rows.collect(),
        hours,
        by_tag,
        left_out,
    })
}

/// Whether tags name the cluster: `aws:ecs:clusterName`, or any tag whose key ends in `cluster` or `clusterName`.
fn names_cluster(tags: &str, cluster: &str) -> bool {
    let words: Vec<&str> = (tags.split(['{', '}', ',', '"', '=', ';', '|', ' ']))
        .map(|word| word.trim_matches(':'))
        .filter(|word| !word.is_empty())
        .collect();
    words.windows(2).any(|pair| {
        let key = pair[0].to_ascii_lowercase();
        (key.ends_with("clustername") || key.ends_with("cluster")) && pair[1] == cluster
    })
}

fn subject(line: &BilledLine) -> Subject {
    if line.commitment_status.eq_ignore_ascii_case("unused") {
        return Subject::UnusedCommitments;
    }
    let is_usage = line.category.is_empty() || line.category.eq_ignore_ascii_case("usage");
    let is_volume = line.usage.contains("VolumeUsage");
    match &line.instance_type {
        Some(name) if is_usage && !is_volume && is_instance(line) => Subject::Instances {
            instance_type: name.clone(),
            spot: line.pricing.eq_ignore_ascii_case("dynamic") || line.usage.contains("SpotUsage"),
        },
        _ if is_usage && is_volume && line.usage.contains("gp3") => Subject::Volumes,
        _ => Subject::Other {
            service: line.service.clone(),
            usage: if is_usage {
                line.usage.clone()
            } else {
                line.category.clone()
            },
        },
    }
}

/// Whether the line is of running an instance, and not of its traffic or its optimisation.
fn is_instance(line: &BilledLine) -> bool {
    let usage = &line.usage;
    let other = [
        "DataTransfer",
        "EBSOptimized",
        "CPUCredits",
        "NatGateway",
        "LoadBalancer",
    ];
    !other.iter().any(|part| usage.contains(part))
}

/// List cost of a line that does not say it.
fn list_of(line: &BilledLine, catalogue: &Catalogue) -> Decimal {
    let price = (line.instance_type.as_deref()).and_then(|name| catalogue.on_demand_price(name));
    let hours = line.quantity;
    (price.zip(hours)).map_or(line.cost, |(price, hours)| {
        price.usd_per_hour.amount() * hours
    })
}

/// What the model says: hours and USD by subject.
fn model(
    cluster: &Cluster,
    catalogue: &Catalogue,
    hours: Decimal,
) -> Result<BTreeMap<Subject, (Decimal, Decimal)>, Vec<PriceError>> {
    let mut model: BTreeMap<Subject, (Decimal, Decimal)> = BTreeMap::new();
    let policy = &cluster.policy;
    let month = catalogue
        .gp3_usd_per_gib_month()
        .map_or(Decimal::ZERO, |price| price.usd);
    let volume = month * Decimal::from(policy.root_volume_gib) / Decimal::from(HOURS_PER_MONTH);
    for row in billed_today(cluster, catalogue)? {
        let running = Decimal::from(row.count) * hours;
        let beside = volume + policy.instance_usd_per_hour.amount();
        let subject = Subject::Instances {
            instance_type: row.instance_type.clone(),
            spot: row.purchase_option.may_be_reclaimed(),
        };
        let own = model.entry(subject).or_default();
        own.0 += running;
        // Rows are rounded to the grid with their volumes: so is what is left of one without it.
        own.1 += running * (row.usd_per_hour.amount() - beside).round_dp(8).normalize();
        let volumes = model.entry(Subject::Volumes).or_default();
        volumes.1 += running * volume;
    }
    Ok(model)
}

fn compared(
    subject: Subject,
    sum: &Sum,
    model: &BTreeMap<Subject, (Decimal, Decimal)>,
    catalogue: &Catalogue,
) -> Compared {
    let (model_hours, of_model) = model.get(&subject).copied().unwrap_or_default();
    let zero = Decimal::ZERO;
    let mut row = Compared {
        billed_hours: None,
        model_hours: None,
        billed: sum.billed,
        model: of_model,
        of_hours: zero,
        of_commitments: zero,
        of_prices: zero,
        not_modelled: zero,
        subject,
    };
    let difference = sum.billed - of_model;
    match &row.subject {
        Subject::Instances {
            instance_type,
            spot,
        } => {
            row.billed_hours = Some(sum.hours);
            row.model_hours = Some(model_hours);
            let price = of_model
                .checked_div(model_hours)
                .or_else(|| price(instance_type, *spot, catalogue));
            row.of_commitments = sum.committed;
            match price {
                Some(price) => {
                    row.of_hours = (sum.hours - model_hours) * price;
                    row.of_prices = difference - row.of_hours - row.of_commitments;
                }
                // Without a price nothing tells hours from prices.
                None => row.not_modelled = difference - row.of_commitments,
            }
        }
        Subject::Volumes => row.of_hours = difference,
        Subject::UnusedCommitments => row.of_commitments = difference,
        Subject::Other { .. } => row.not_modelled = difference,
    }
    row
}

fn price(instance_type: &str, spot: bool, catalogue: &Catalogue) -> Option<Decimal> {
    let capacity = if spot {
        Capacity::Spot
    } else {
        Capacity::OnDemand
    };
    let price = if capacity.may_be_reclaimed() {
        catalogue.spot_price(instance_type, None)?.usd_per_hour
    } else {
        catalogue.on_demand_price(instance_type)?.usd_per_hour
    };
    Some(price.amount())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster, read_focus};

    fn cluster() -> Cluster {
        let instance = |id: &str| {
            format!(
                r#"{{"ec2InstanceId": "{id}", "status": "ACTIVE", "attributes": [{{"name": "ecs.instance-type", "value": "m6i.large"}}]}}"#
            )
        };
        let text = format!(
            r#"{{"version": 1, "cluster": "prod", "region": "us-east-1", "services": [], "containerInstances": [{}, {}]}}"#,
            instance("i-1"),
            instance("i-2")
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        imported.expect("a cluster").cluster
    }

    const HEADING: &str = "ServiceName,ChargeCategory,PricingCategory,CommitmentDiscountStatus,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,EffectiveCost,ListCost,x_UsageType,Tags\n";

    fn bill(rows: &[&str]) -> Comparison {
        let text = format!("{HEADING}{}\n", rows.join("\n"));
        let lines = read_focus(text.as_bytes(), "bill.csv").expect("lines");
        compare(
            &lines,
            &cluster(),
            &Catalogue::embedded("us-east-1").expect("known"),
        )
        .expect("prices")
    }

    #[test]
    fn every_difference_is_explained_and_the_parts_add_up() {
        let found = bill(&[
            "EC2,Usage,Standard,,2026-10-01,2026-10-02,30,3,3,BoxUsage:m6i.large,",
            "EC2,Usage,Committed,Used,2026-10-01,2026-10-02,20,1.4,1.92,BoxUsage:m6i.large,",
            "EC2,Usage,Committed,Unused,2026-10-01,2026-10-02,,0.5,,,",
            "EC2,Usage,Standard,,2026-10-01,2026-10-02,5,0.2,0.2,EBS:VolumeUsage.gp3,",
            "ELB,Usage,Standard,,2026-10-01,2026-10-02,24,0.54,0.54,LoadBalancerUsage,",
            "EC2,Tax,,,2026-10-01,2026-10-02,,0.3,,,",
        ]);
        assert_eq!(found.hours, Decimal::from(24));
        let instances = &found.rows[0];
        // Two instances for a day at 0.096; two hours more were billed, ten cents dearer than the catalogue, 0.52 saved.
        assert_eq!(instances.model, Decimal::new(4608, 3));
        assert_eq!(instances.of_hours, Decimal::new(192, 3));
        assert_eq!(instances.of_commitments, Decimal::new(-52, 2));
        assert_eq!(instances.of_prices, Decimal::new(12, 2));
        for row in &found.rows {
            let parts = row.of_hours + row.of_commitments + row.of_prices + row.not_modelled;
            assert_eq!(parts, row.billed - row.model, "{row:?}");
        }
        let billed: Decimal = found.rows.iter().map(|row| row.billed).sum();
        assert_eq!(billed, Decimal::new(594, 2));
    }

    #[test]
    fn lines_that_name_the_cluster_go_before_all_others() {
        let found = bill(&[
            "EC2,Usage,Standard,,2026-10-01,2026-10-02,48,4.608,4.608,BoxUsage:m6i.large,\"{\"\"aws:ecs:clusterName\"\":\"\"prod\"\"}\"",
            "EC2,Usage,Standard,,2026-10-01,2026-10-02,24,9,9,BoxUsage:c5.large,\"{\"\"aws:ecs:clusterName\"\":\"\"other\"\"}\"",
        ]);
        assert!(found.by_tag);
        assert_eq!(
            (
                found.left_out,
                found.rows[0].billed,
                found.rows[0].of_prices
            ),
            (1, Decimal::new(4608, 3), Decimal::ZERO)
        );
        assert!(!names_cluster("team=prod;env=x", "prod"));
    }
}
