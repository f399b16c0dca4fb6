//! Bills in FOCUS: CSV, or Parquet with the same columns.

use std::collections::BTreeMap;

use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::record::Field;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::codes;
use super::findings::{Finding, Findings, Severity};
use crate::domain::billing::BilledLine;

/// Columns that must be there.
const NEEDED: [&str; 3] = ["ServiceName", "ChargePeriodStart", "ChargePeriodEnd"];
/// Either is what was paid; the first goes before.
const COSTS: [&str; 2] = ["EffectiveCost", "BilledCost"];
/// Findings after which a file is not read on.
const MOST_FINDINGS: usize = 20;
/// Largest amount of a cell, 10^15: a billion lines of it still add up.
const LARGEST: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);
/// Sizes that end the name of an instance type.
const SIZES: [&str; 7] = ["nano", "micro", "small", "medium", "large", "metal", "xl"];

/// Reads the lines of a bill; Parquet is told by its first bytes.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn read_focus(bytes: &[u8], file_name: &str) -> Result<Vec<BilledLine>, Findings> {
    let mut lines = Vec::new();
    let mut findings = Vec::new();
    let is_parquet = bytes.starts_with(b"PAR1");
    let read = if is_parquet {
        of_parquet(bytes, &mut lines, &mut findings)
    } else {
        of_csv(bytes, &mut lines, &mut findings)
    };
    if let Err(cause) = read {
        findings.push(wrong("the whole file", None, cause));
    } else if lines.is_empty() && findings.is_empty() {
        findings.push(wrong("the whole file", None, "it has no lines".to_owned()));
    }
    if findings.is_empty() {
        Ok(lines)
    } else {
        Err(Findings::new(file_name, findings))
    }
}

fn wrong(place: &str, line: Option<usize>, cause: String) -> Finding {
    Finding {
        code: codes::FOCUS_FILE,
        severity: Severity::Error,
        place: place.to_owned(),
        line,
        column: None,
        cause,
        remedy: "give an export in FOCUS 1.0 or later, CSV or Parquet, in USD".to_owned(),
    }
}

type Cells = BTreeMap<String, String>;

fn of_csv(
    bytes: &[u8],
    lines: &mut Vec<BilledLine>,
    findings: &mut Vec<Finding>,
) -> Result<(), String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let headings = reader.headers().map_err(|why| why.to_string())?.clone();
    columns(&headings.iter().collect::<Vec<_>>())?;
    for record in reader.records() {
        let record = record.map_err(|why| why.to_string())?;
        let at = record.position().map_or(0, csv::Position::line);
        let cells: Cells = (headings.iter().zip(&record))
            .map(|(heading, cell)| (heading.to_owned(), cell.to_owned()))
            .collect();
        take(&cells, usize::try_from(at).ok(), lines, findings);
        if findings.len() >= MOST_FINDINGS {
            break;
        }
    }
    Ok(())
}

fn of_parquet(
    bytes: &[u8],
    lines: &mut Vec<BilledLine>,
    findings: &mut Vec<Finding>,
) -> Result<(), String> {
    let file = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes))
        .map_err(|why| why.to_string())?;
    let schema = file.metadata().file_metadata().schema();
    let names: Vec<&str> = schema
        .get_fields()
        .iter()
        .map(|field| field.name())
        .collect();
    columns(&names)?;
    let rows = file.get_row_iter(None).map_err(|why| why.to_string())?;
    for (index, row) in rows.enumerate() {
        let row = row.map_err(|why| format!("row {}: {why}", index + 1))?;
        let cells: Cells = (row.get_column_iter())
            .map(|(name, field)| (name.clone(), text(field)))
            .collect();
        take(&cells, Some(index + 1), lines, findings);
        if findings.len() >= MOST_FINDINGS {
            break;
        }
    }
    Ok(())
}

fn text(field: &Field) -> String {
    let time = |time: Result<Timestamp, jiff::Error>| {
        time.map_or_else(|_| String::new(), |at| at.to_string())
    };
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::TimestampMillis(at) => time(Timestamp::from_millisecond(*at)),
        Field::TimestampMicros(at) => time(Timestamp::from_microsecond(*at)),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        other => other.to_string(),
    }
}

/// That the columns needed are there.
fn columns(names: &[&str]) -> Result<(), String> {
    let mut lacking: Vec<&str> = NEEDED
        .into_iter()
        .filter(|name| !names.contains(name))
        .collect();
    if !COSTS.iter().any(|name| names.contains(name)) {
        lacking.push("EffectiveCost");
    }
    if lacking.is_empty() {
        Ok(())
    } else {
        Err(format!("these columns are missing: {}", lacking.join(", ")))
    }
}

fn take(
    cells: &Cells,
    at: Option<usize>,
    lines: &mut Vec<BilledLine>,
    findings: &mut Vec<Finding>,
) {
    match line(cells) {
        Ok(line) => lines.push(line),
        Err((column, cause)) => findings.push(wrong(column, at, cause)),
    }
}

fn line(cells: &Cells) -> Result<BilledLine, (&'static str, String)> {
    let cell = |name: &str| cells.get(name).map_or("", String::as_str);
    let currency = cell("BillingCurrency");
    if !matches!(currency, "" | "USD") {
        return Err(("BillingCurrency", format!("`{currency}` is not USD")));
    }
    let number = |name: &'static str| -> Result<Option<Decimal>, (&'static str, String)> {
        let text = cell(name);
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = text
            .parse::<Decimal>()
            .or_else(|_| Decimal::from_scientific(text));
        let number = parsed.map_err(|_| (name, format!("`{text}` is no number")))?;
        if number.abs() > LARGEST {
            return Err((name, format!("`{text}` is beyond what a bill can hold")));
        }
        Ok(Some(number))
    };
    let time = |name: &'static str| {
        let text = cell(name);
        second(text).ok_or_else(|| (name, format!("`{text}` is no time")))
    };
    let cost = match number(COSTS[0])? {
        Some(cost) => cost,
        None => number(COSTS[1])?.unwrap_or_default(),
    };
    let usage = ["x_UsageType", "SkuMeter", "ChargeDescription"].map(cell);
    let usage = usage
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or("");
    let quantity = match number("ConsumedQuantity")? {
        Some(quantity) => Some(quantity),
        None => number("PricingQuantity")?,
    };
    let sources = [
        "x_InstanceType",
        "SkuPriceDetails",
        "x_UsageType",
        "ChargeDescription",
    ];
    Ok(BilledLine {
        service: cell("ServiceName").to_owned(),
        category: cell("ChargeCategory").to_owned(),
        pricing: cell("PricingCategory").to_owned(),
        commitment_status: cell("CommitmentDiscountStatus").to_owned(),
        instance_type: sources
            .into_iter()
            .find_map(|name| instance_type(cell(name))),
        usage: usage.to_owned(),
        region: cell("RegionId").to_owned(),
        tags: cell("Tags").to_owned(),
        quantity,
        list: number("ListCost")?,
        cost,
        start: time("ChargePeriodStart")?,
        end: time("ChargePeriodEnd")?,
    })
}

/// Seconds since 1970 of a time; one without an offset is of UTC.
fn second(text: &str) -> Option<i64> {
    let text = text.trim();
    let spaced = text.replacen(' ', "T", 1);
    let tries = [
        spaced.clone(),
        format!("{spaced}Z"),
        format!("{spaced}T00:00:00Z"),
    ];
    (tries.iter())
        .find_map(|text| text.parse::<Timestamp>().ok())
        .map(Timestamp::as_second)
}

/// The first word of a text that is an instance type, such as `m5.large` in `USE1-BoxUsage:m5.large`.
fn instance_type(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    (text.split(|c: char| !is_part(c)))
        .find(|word| {
            let Some((family, size)) = word.split_once('.') else {
                return false;
            };
            let starts = family
                .chars()
                .next()
                .is_some_and(|c| c.is_ascii_lowercase());
            let has_number = family.chars().any(|c| c.is_ascii_digit()) || family.starts_with("u-");
            starts && has_number && SIZES.iter().any(|known| size.contains(known))
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "ServiceName,ChargeCategory,PricingCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,EffectiveCost,ListCost,x_UsageType,BillingCurrency\n";

    #[test]
    fn lines_are_read_with_their_types_and_hours() {
        let text = format!(
            "{HEADING}Amazon Elastic Compute Cloud,Usage,Standard,2026-10-01T00:00:00Z,2026-10-01T01:00:00Z,1,0.096,0.096,USE1-BoxUsage:m6i.large,USD\n\
             Amazon Elastic Compute Cloud,Usage,Standard,2026-10-01 00:00:00,2026-10-02,24,8e-2,,EBS:VolumeUsage.gp3,\n"
        );
        let lines = read_focus(text.as_bytes(), "bill.csv").expect("lines");
        assert_eq!(lines[0].instance_type.as_deref(), Some("m6i.large"));
        assert_eq!(lines[0].end - lines[0].start, 3600);
        assert_eq!(
            (lines[1].cost, lines[1].instance_type.clone()),
            (Decimal::new(8, 2), None)
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let text = format!(
            "{HEADING}EC2,Usage,Standard,soon,2026-10-01,1,1,1,x,USD\nEC2,Usage,Standard,2026-10-01,2026-10-02,one,1,1,x,USD\nEC2,Usage,Standard,2026-10-01,2026-10-02,1,1,1,x,EUR\n\
             EC2,Usage,Standard,2026-10-01,2026-10-02,1,1e27,1,x,USD\n"
        );
        let told = read_focus(text.as_bytes(), "bill.csv").expect_err("errors");
        let lines: Vec<Option<usize>> = told.findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [Some(2), Some(3), Some(4), Some(5)]);
        assert_eq!(LARGEST, Decimal::from(10_u64.pow(15)));
        for (text, why) in [
            ("", "missing"),
            ("a,b\n1,2\n", "EffectiveCost"),
            (HEADING, "no lines"),
        ] {
            let told = read_focus(text.as_bytes(), "bill.csv")
                .expect_err("errors")
                .to_string();
            assert!(told.contains(why), "{told}");
        }
    }
}
