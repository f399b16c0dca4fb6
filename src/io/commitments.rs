//! `commitments` of the cluster file: Savings Plans, Reserved Instances and reserved capacity that are bought already.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log};
use super::findings::{Finding, Severity};
use crate::domain::commitment::{Commitment, CommitmentKind, Commitments, UpfrontPayment, family};
use crate::domain::money::UsdPerHour;

const KEYS: [&str; 9] = [
    "kind",
    "usdPerHour",
    "family",
    "region",
    "endsOn",
    "instanceType",
    "count",
    "termYears",
    "payment",
];

const KINDS: [(&str, CommitmentKind); 5] = [
    ("capacity-block", CommitmentKind::CapacityBlock),
    ("capacity-reservation", CommitmentKind::CapacityReservation),
    ("compute", CommitmentKind::Compute),
    ("ec2-instance", CommitmentKind::Ec2Instance),
    ("reserved", CommitmentKind::Reserved),
];

const PAYMENTS: [(&str, UpfrontPayment); 3] = [
    ("no-upfront", UpfrontPayment::None),
    ("partial-upfront", UpfrontPayment::Partial),
    ("all-upfront", UpfrontPayment::All),
];

/// Most Reserved Instances in one entry.
const MOST_COUNT: u64 = 100_000;
/// Longest term, in years.
const MOST_YEARS: u64 = 10;
/// Largest commitment, in USD per hour.
const MOST_USD: u64 = 1_000_000;

/// Reads the list, and the day of the flag.
pub(super) fn read(root: &Cursor<'_>, as_of: Option<&str>, log: &mut Log) -> Commitments {
    Commitments {
        bought: (root.list(log, "commitments").iter())
            .filter_map(|item| commitment(item, log))
            .collect(),
        as_of: as_of.and_then(|text| flag(text, log)),
    }
}

/// The day of `--as-of`.
fn flag(text: &str, log: &mut Log) -> Option<Date> {
    let day = date(text);
    if day.is_none() {
        log.push(Finding {
            code: codes::COMMITMENT,
            severity: Severity::Error,
            place: "--as-of".to_owned(),
            line: None,
            column: None,
            cause: format!("`{text}` is no day"),
            remedy: "write it as YYYY-MM-DD".to_owned(),
        });
    }
    day
}

fn date(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.is_ascii();
    is_plain.then(|| text.parse().ok()).flatten()
}

fn commitment(item: &Cursor<'_>, log: &mut Log) -> Option<Commitment> {
    item.entries(log)?;
    item.report_unknown_keys(log, &[&KEYS], "a commitment");
    let kind = (item.require(
        log,
        "kind",
        "say what it is: compute, ec2-instance, reserved, capacity-reservation or capacity-block",
    ))
    .and_then(|field| field.choice(log, &KINDS));
    let most = Decimal::from(MOST_USD);
    let usd = (item.require(log, "usdPerHour", "say what it costs an hour, used or not"))
        .and_then(|field| field.decimal(log, Decimal::ZERO..=most));
    let text = |key: &str, log: &mut Log| {
        let field = item.get(key)?;
        field.name(log).map(str::to_owned)
    };
    let own_family = text("family", log);
    let region = text("region", log);
    let instance_type = text("instanceType", log);
    let ends_on = item.get("endsOn").and_then(|field| {
        let day = date(field.text(log)?);
        if day.is_none() {
            wrong(&field, "this is no day", "write it as YYYY-MM-DD", log);
        }
        day
    });
    let count = (item.get("count")).and_then(|field| field.whole(log, 1..=MOST_COUNT));
    let term_years = (item.get("termYears")).and_then(|field| field.whole(log, 1..=MOST_YEARS));
    let payment = (item.get("payment")).and_then(|field| field.choice(log, &PAYMENTS));
    let (kind, usd) = (kind?, usd?);
    let found = Commitment {
        kind,
        usd_per_hour: UsdPerHour::new(usd).rounded(),
        family: own_family.or_else(|| instance_type.as_deref().map(|name| family(name).to_owned())),
        region,
        ends_on,
        instance_type,
        count: count.unwrap_or(1),
        term_years,
        payment,
    };
    fits(item, &found, log);
    Some(found)
}

/// That a commitment has what its kind has, and nothing else.
fn fits(item: &Cursor<'_>, found: &Commitment, log: &mut Log) {
    let kind = found.kind.word();
    let is_compute = found.kind == CommitmentKind::Compute;
    if is_compute && let Some(field) = item.get("family") {
        let cause = "a compute commitment has no family: it counts for all of them";
        wrong(&field, cause, "leave it out, or make it ec2-instance", log);
    }
    if found.kind.is_capacity() && found.instance_type.is_none() {
        let cause = format!("a {kind} holds instances of one type");
        wrong(
            item,
            &cause,
            "give `instanceType`, such as p5.48xlarge",
            log,
        );
    } else if !is_compute && found.family.is_none() {
        let cause = format!("a commitment of kind {kind} has a family");
        wrong(item, &cause, "give `family`, such as m7i", log);
    }
    if let Some(field) = item.get("family")
        && found.family.as_ref().is_some_and(|own| own.contains('.'))
    {
        let cause = "this is an instance type, and no family";
        wrong(&field, cause, "write what stands before the dot", log);
    }
    for key in ["instanceType", "count"] {
        if let Some(field) = item
            .get(key)
            .filter(|_| found.kind != CommitmentKind::Reserved && !found.kind.is_capacity())
        {
            let cause = format!("a commitment of kind {kind} has no `{key}`");
            wrong(&field, &cause, "leave it out, or make it reserved", log);
        }
    }
    if let Some(field) = item.get("count").filter(|_| found.instance_type.is_none()) {
        let cause = "of which type these are is not said";
        wrong(&field, cause, "give `instanceType`", log);
    }
    if let (Some(name), Some(own)) = (&found.instance_type, &found.family)
        && family(name) != own
    {
        let cause = format!("{name} is not of the family {own}");
        wrong(item, &cause, "correct one of them", log);
    }
}

fn wrong(at: &Cursor<'_>, cause: &str, remedy: &str, log: &mut Log) {
    at.error(log, codes::COMMITMENT, cause, remedy);
}

/// Refuses commitments beside the flat discount that stands for them.
pub(super) fn not_with_discount(root: &Cursor<'_>, discount: Decimal, log: &mut Log) {
    let list = root.get("commitments");
    let has_some = |list: &Cursor<'_>| !list.items(&mut Log::default()).is_empty();
    if let Some(list) = list.filter(|list| !discount.is_zero() && has_some(list)) {
        let cause =
            "`savingsPlanDiscount` is a flat discount in place of commitments, and both are given";
        wrong(&list, cause, "leave one of them out", log);
    }
}

#[cfg(test)]
mod tests {
    use crate::io::{ImportOptions, Imported, read_cluster};

    fn read(commitments: &str, policy: &str, as_of: Option<&str>) -> Result<Imported, String> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "services": [], "commitments": {commitments}, "policy": {{{policy}}}}}"#
        );
        let options = ImportOptions {
            as_of: as_of.map(str::to_owned),
            ..ImportOptions::default()
        };
        read_cluster(&text, "c.json", &options).map_err(|findings| findings.to_string())
    }

    #[test]
    fn every_kind_is_read() {
        let text = r#"[{"kind": "compute", "usdPerHour": 1.5, "endsOn": "2027-01-31"},
            {"kind": "ec2-instance", "usdPerHour": "0.25", "family": "m7i", "region": "us-east-1", "termYears": 3, "payment": "all-upfront"},
            {"kind": "reserved", "usdPerHour": 0.2, "instanceType": "m5.large", "count": 4},
            {"kind": "capacity-reservation", "usdPerHour": 0.384, "instanceType": "m5.large", "count": 4},
            {"kind": "capacity-block", "usdPerHour": 31.464, "instanceType": "p5.48xlarge", "endsOn": "2027-01-07"}]"#;
        let found = read(text, "", Some("2026-11-29")).expect("commitments");
        let all = &found.cluster.commitments;
        assert_eq!(all.bought.len(), 5);
        assert_eq!(
            all.as_of.map(|day| day.to_string()).as_deref(),
            Some("2026-11-29")
        );
        assert_eq!(all.bought[2].family.as_deref(), Some("m5"));
        assert_eq!(
            all.bought[0].ends_on.map(|day| day.to_string()).as_deref(),
            Some("2027-01-31")
        );
    }

    #[test]
    fn what_is_wrong_is_said_all_at_once() {
        let text = r#"[{"kind": "compute", "usdPerHour": 1, "family": "m7i"}, {"kind": "ec2-instance", "usdPerHour": -1, "family": "m5"},
            {"kind": "reserved", "usdPerHour": 1, "count": 2}, {"kind": "spot", "usdPerHour": 1}, {"kind": "ec2-instance", "usdPerHour": 1, "familly": "x", "endsOn": "soon"},
            {"kind": "capacity-block", "usdPerHour": 1, "family": "p5"}]"#;
        let told = read(text, r#""savingsPlanDiscount": 0.2"#, Some("today")).expect_err("errors");
        for place in [
            "commitments[0].family",
            "commitments[1].usdPerHour",
            "commitments[2]",
            "commitments[3].kind",
            "commitments[4].familly",
            "commitments[4].endsOn",
            "commitments[5]",
            "--as-of",
            "savingsPlanDiscount",
        ] {
            assert!(told.contains(place), "{place} in {told}");
        }
        assert!(read("[]", r#""savingsPlanDiscount": 0.2"#, None).is_ok());
    }
}
