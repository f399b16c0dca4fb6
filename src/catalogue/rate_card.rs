//! Private discounts of an agreement with AWS: list prices become what this customer pays.
//!
//! A row lowers the On-Demand prices of EC2 for types that its glob matches, or the rates of Fargate. Spot prices stay those of
//! the market: they are neither lowered nor derived from a lowered price.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::fargate::FargateRate;
use super::finding::{self, CatalogueFinding};
use super::glob;
use super::price::Price;
use super::table::{Column, Source, Table, TableRow};
use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;

/// What a discount is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Ec2,
    Fargate,
}

/// A row of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Discount {
    service: Service,
    glob: String,
    /// Fraction off, 0 to 1.
    fraction: Decimal,
}

/// Reads a card.
pub(super) fn read(source: Source<'_>) -> (Vec<Discount>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let service_column = table.required("service");
    let glob_column = table.required("instance_type_glob");
    let discount_column = table.required("discount");
    let mut card: Vec<Discount> = Vec::new();
    while let Some(mut row) = table.next_row() {
        let service = service(&mut row, service_column);
        let fraction = fraction(&mut row, discount_column);
        let (Some(service), Some(fraction)) = (service, fraction) else {
            continue;
        };
        let glob = match row.text(glob_column) {
            "" => "*",
            glob => glob,
        };
        if (card.iter()).any(|known| known.service == service && known.glob == glob) {
            row.duplicate(glob_column, &format!("`{glob}` of this service"));
            continue;
        }
        card.push(Discount {
            service,
            glob: glob.to_owned(),
            fraction,
        });
    }
    (card, table.into_findings())
}

fn service(row: &mut TableRow<'_>, column: Column) -> Option<Service> {
    let text = row.filled(column)?;
    match text.to_ascii_lowercase().as_str() {
        "ec2" | "amazonec2" => Some(Service::Ec2),
        "fargate" | "ecs" | "amazonecs" => Some(Service::Fargate),
        _ => {
            let cause = format!("`{text}` is no service that a fleet is billed by");
            let remedy = "write AmazonEC2 or Fargate";
            row.report(finding::VALUE, column, &cause, remedy);
            None
        }
    }
}

fn fraction(row: &mut TableRow<'_>, column: Column) -> Option<Decimal> {
    let value: Decimal = row.parsed(column, "a fraction such as 0.05")?;
    if value < Decimal::ZERO || value > Decimal::ONE {
        let cause = format!("{value} is out of range");
        row.report(
            finding::RANGE,
            column,
            &cause,
            "give a fraction from 0 to 1",
        );
        return None;
    }
    Some(value)
}

/// The part of the price that is paid. Of several rows that match, the one with the longest text before its first wildcard
/// counts, of those the longest, then the first.
fn paid(card: &[Discount], service: Service, name: &str) -> Decimal {
    let rank = |discount: &Discount| {
        (
            glob::literal_prefix(&discount.glob).len(),
            discount.glob.len(),
        )
    };
    let best = (card.iter().rev())
        .filter(|discount| discount.service == service && glob::matches(&discount.glob, name))
        .max_by_key(|discount| rank(discount));
    Decimal::ONE - best.map_or(Decimal::ZERO, |discount| discount.fraction)
}

/// Lowers the prices that the card speaks of.
pub(super) fn apply(
    card: &[Discount],
    on_demand: &mut BTreeMap<String, Price>,
    fargate: &mut [FargateRate],
) {
    for (name, price) in on_demand {
        let usd = price.usd_per_hour.amount() * paid(card, Service::Ec2, name);
        price.usd_per_hour = UsdPerHour::new(usd.normalize());
    }
    for rate in fargate {
        let name = rate.capacity.fargate_provider().unwrap_or_default();
        let paid = match rate.capacity {
            Capacity::Fargate => paid(card, Service::Fargate, name),
            Capacity::FargateSpot
            | Capacity::OnDemand
            | Capacity::Spot
            | Capacity::Managed
            | Capacity::ManagedSpot
            | Capacity::External => Decimal::ONE,
        };
        for usd in [&mut rate.usd_per_vcpu_hour, &mut rate.usd_per_gb_hour] {
            *usd = UsdPerHour::new((usd.amount() * paid).normalize());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(text: &str) -> (Vec<Discount>, Vec<CatalogueFinding>) {
        read(Source {
            name: "card.csv",
            text,
            region: None,
        })
    }

    #[test]
    fn the_row_that_says_most_of_a_type_counts() {
        let (card, findings) = card(
            "service,instance_type_glob,discount\nAmazonEC2,*,0.05\nec2,m7i.*,0.1\nec2,m7i.l*,0.2\nFargate,,0.03\n",
        );
        assert_eq!(findings, []);
        let of = |name: &str| paid(&card, Service::Ec2, name).to_string();
        assert_eq!(
            [of("c7g.large"), of("m7i.xlarge"), of("m7i.large")],
            ["0.95", "0.9", "0.8"]
        );
        assert_eq!(paid(&card, Service::Fargate, "FARGATE").to_string(), "0.97");
    }

    #[test]
    fn every_wrong_cell_is_named() {
        let (card, findings) = card(
            "service,instance_type_glob,discount\nS3,*,0.05\nec2,m7i.*,1.1\nec2,a,0.1\nec2,a,0.2\nec2,b,ten\n",
        );
        assert_eq!(card.len(), 1);
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["C1004", "C1005", "C1006", "C1004"]);
    }
}
