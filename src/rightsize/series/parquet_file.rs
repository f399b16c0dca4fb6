//! Metrics as Parquet: the columns of the CSV, timestamps as text or as Parquet's own.

use ::parquet::basic::{LogicalType, TimeUnit};
use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::record::{Field, Row};
use ::parquet::schema::types::Type;

use super::Sample;
use super::cells::{Column, in_range, number, timestamp};
use super::codes::{self, error};
use super::csv_file::{columns, twice};
use super::gathered::Gathered;
use crate::io::Finding;

/// Reads the rows; what is wrong comes back, warnings among it.
pub(super) fn read(bytes: &[u8], gathered: &mut Gathered) -> Vec<Finding> {
    let unreadable = |why: String| {
        let remedy = "write it anew, compressed by Snappy, gzip, Zstandard or not at all";
        error(codes::FORM, "(the whole file)", None, why, remedy)
    };
    let file = match SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)) {
        Ok(file) => file,
        Err(why) => return vec![unreadable(why.to_string())],
    };
    let mut findings = Vec::new();
    let schema = file.metadata().file_metadata().schema();
    let names: Vec<String> = (schema.get_fields().iter())
        .map(|field| field.name().to_owned())
        .collect();
    let Some(columns) = columns(names.iter().map(String::as_str), &mut findings) else {
        for finding in &mut findings {
            finding.line = None;
        }
        return findings;
    };
    let nanoseconds: Vec<bool> = (schema.get_fields().iter())
        .map(|field| in_nanoseconds(field))
        .collect();
    let form = Form {
        columns: &columns,
        nanoseconds: &nanoseconds,
    };
    let rows = match file.get_row_iter(None) {
        Ok(rows) => rows,
        Err(why) => return vec![unreadable(why.to_string())],
    };
    for (index, row) in rows.enumerate() {
        match row {
            Ok(row) => read_row(&row, index + 1, &form, gathered, &mut findings),
            // What follows a page that cannot be read cannot either.
            Err(why) => {
                findings.push(unreadable(format!("row {}: {why}", index + 1)));
                break;
            }
        }
    }
    findings
}

/// What the columns of a file are.
struct Form<'a> {
    columns: &'a [Option<Column>],
    nanoseconds: &'a [bool],
}

/// Whether a column holds timestamps in nanoseconds, as pandas and Arrow write them. Their unit came to Parquet after the types that rows
/// are read as, where they are whole numbers.
fn in_nanoseconds(field: &Type) -> bool {
    let logical = field.get_basic_info().logical_type_ref();
    matches!(logical, Some(LogicalType::Timestamp(time)) if matches!(time.unit, TimeUnit::NANOS))
}

fn read_row(
    row: &Row,
    at: usize,
    form: &Form<'_>,
    gathered: &mut Gathered,
    findings: &mut Vec<Finding>,
) {
    let mut service = String::new();
    let mut sample = Sample::default();
    let mut good = true;
    let columns = form.columns.iter().zip(form.nanoseconds);
    for ((_, field), (column, nanoseconds)) in row.get_column_iter().zip(columns) {
        let Some(column) = column else { continue };
        let (code, read) = match column {
            Column::Service => (codes::VALUE, name(field).map(|name| service = name)),
            Column::Timestamp => (
                codes::TIMESTAMP,
                start(field, *nanoseconds).map(|at| sample.start = at),
            ),
            _ => {
                let value = value(field, *column);
                (
                    codes::VALUE,
                    value.map(|value| {
                        if let Some(value) = value {
                            column.set(&mut sample, value);
                        }
                    }),
                )
            }
        };
        if let Err(why) = read {
            good = false;
            let place = format!("{}, row {at}", column.heading());
            let remedy =
                "columns hold text, RFC 3339 or Parquet timestamps, and numbers of at least 0";
            findings.push(error(code, &place, None, why, remedy));
        }
    }
    if good && let Err(why) = gathered.row(&service, sample, Some(at)) {
        findings.push(twice(&service, None, format!("row {at}: {why}")));
    }
}

fn name(field: &Field) -> Result<String, String> {
    match field {
        Field::Str(name) if !name.is_empty() => Ok(name.clone()),
        Field::Bytes(name) => String::from_utf8(name.data().to_vec())
            .map_err(|_| "the service's name is not UTF-8".to_owned()),
        _ => Err("the service has no name".to_owned()),
    }
}

fn start(field: &Field, nanoseconds: bool) -> Result<i64, String> {
    match field {
        Field::Long(at) if nanoseconds => Ok(at.div_euclid(1_000_000_000)),
        Field::Str(text) => timestamp(text),
        Field::TimestampMillis(at) => Ok(at.div_euclid(1_000)),
        Field::TimestampMicros(at) => Ok(at.div_euclid(1_000_000)),
        Field::Bytes(text) => timestamp(&String::from_utf8_lossy(text.data())),
        _ => Err(
            "this is no timestamp: text, or Parquet's in milliseconds, microseconds or nanoseconds"
                .to_owned(),
        ),
    }
}

fn value(field: &Field, column: Column) -> Result<Option<f64>, String> {
    let value = match field {
        Field::Null => return Ok(None),
        Field::Byte(n) => f64::from(*n),
        Field::Short(n) => f64::from(*n),
        Field::Int(n) => f64::from(*n),
        Field::Long(n) => *n as f64,
        Field::UByte(n) => f64::from(*n),
        Field::UShort(n) => f64::from(*n),
        Field::UInt(n) => f64::from(*n),
        Field::ULong(n) => *n as f64,
        Field::Float(n) => f64::from(*n),
        Field::Double(n) => *n,
        Field::Str(text) => return number(text, column),
        // Parquet's decimals are whole numbers with a scale, which are written out.
        Field::Decimal(_) => return number(&field.to_string(), column),
        _ => return Err("this is no number".to_owned()),
    };
    if value.is_nan() {
        return Ok(None);
    }
    in_range(value, column).map(Some)
}

#[cfg(test)]
mod tests {
    use ::parquet::data_type::Decimal;

    use super::*;

    #[test]
    fn decimals_are_numbers() {
        let decimal = Field::Decimal(Decimal::from_i64(1_250, 10, 2));
        assert_eq!(value(&decimal, Column::CpuMax), Ok(Some(12.5)));
        let below = Field::Decimal(Decimal::from_i64(-1_250, 10, 2));
        assert!(value(&below, Column::CpuMax).is_err());
    }
}
