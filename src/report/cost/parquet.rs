//! A table as a Parquet file: text, 64-bit integers and doubles, every column optional, one row group.

use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::Type;

use super::table::{Cell, Kind, Table};

/// The bytes of the file.
///
/// # Panics
/// Never: the schema is made of the table, and memory takes every byte.
#[must_use]
pub fn render(table: &Table) -> Vec<u8> {
    named(table, &str::to_owned)
}

/// The same with other names of its columns.
///
/// # Panics
/// As [`render`]: never.
#[must_use]
pub fn named(table: &Table, name: &dyn Fn(&str) -> String) -> Vec<u8> {
    write(table, name).expect("columns as the schema says, written to memory")
}

fn write(table: &Table, name: &dyn Fn(&str) -> String) -> Result<Vec<u8>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("bayplan ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let schema = Arc::new(schema(table, name)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    let mut position = 0;
    while let Some(mut writer) = group.next_column()? {
        let cells = table.rows.iter().map(|row| &row[position]);
        write_column(&mut writer, table.columns[position].kind, cells)?;
        writer.close()?;
        position += 1;
    }
    group.close()?;
    writer.into_inner()
}

fn schema(table: &Table, name: &dyn Fn(&str) -> String) -> Result<Type, ParquetError> {
    let fields = (table.columns.iter())
        .map(|column| field(&name(column.name), column.kind).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder(table.name)
        .with_fields(fields)
        .build()
}

fn field(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (PhysicalType::INT64, None),
        Kind::Decimal(_) | Kind::Number(_) | Kind::Fraction => (PhysicalType::DOUBLE, None),
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

fn write_column<'a>(
    writer: &mut SerializedColumnWriter<'_>,
    kind: Kind,
    cells: impl Iterator<Item = &'a Cell>,
) -> Result<(), ParquetError> {
    let cells: Vec<&Cell> = cells.collect();
    let levels: Vec<i16> = (cells.iter())
        .map(|cell| i16::from(**cell != Cell::Empty))
        .collect();
    match kind {
        Kind::Text => {
            let values: Vec<ByteArray> = (cells.iter())
                .filter(|cell| ***cell != Cell::Empty)
                .map(|cell| ByteArray::from(cell.exact().into_bytes()))
                .collect();
            let typed = writer.typed::<ByteArrayType>();
            typed.write_batch(&values, Some(&levels), None)?;
        }
        Kind::Integer => {
            let values: Vec<i64> = (cells.iter())
                .filter_map(|cell| match cell {
                    Cell::Integer(count) => Some(*count),
                    _ => None,
                })
                .collect();
            let typed = writer.typed::<Int64Type>();
            typed.write_batch(&values, Some(&levels), None)?;
        }
        Kind::Decimal(_) | Kind::Number(_) | Kind::Fraction => {
            let values: Vec<f64> = cells.iter().filter_map(|cell| cell.number()).collect();
            let typed = writer.typed::<DoubleType>();
            typed.write_batch(&values, Some(&levels), None)?;
        }
    }
    Ok(())
}
