//! Reading metric files: rows, gaps, and everything that is wrong with them at once.

use std::sync::Arc;

use ::parquet::basic::{Compression, GzipLevel, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

use super::*;

fn read(text: &str) -> Result<Metrics, String> {
    read_with(text.as_bytes(), None)
}

fn read_with(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Metrics, String> {
    let file = MetricFile { name: "m", bytes };
    read_metrics(&[file], mapping)
        .map(|(metrics, _)| metrics)
        .map_err(|all| {
            all.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        })
}

const HEADING: &str = "service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks";

#[test]
fn rows_come_in_any_order_and_the_period_is_the_smallest_difference() {
    let metrics = read(&format!(
        "{HEADING},oom_kills,reserved_cpu\na,2026-03-02T01:00:00+01:00,5,4,300,2,1,256\na,2026-03-01T23:50:00Z,6,4,300,2,,512\n\
         a,2026-03-01T23:55:00Z,7,,,2,,\n"
    ));
    let series = &metrics.expect("three rows")["a"];
    assert_eq!(series.period, 300);
    let maxima: Vec<Option<f64>> = series.samples.iter().map(|sample| sample.cpu_max).collect();
    assert_eq!(maxima, [Some(6.0), Some(7.0), Some(5.0)]);
    assert_eq!(
        series.samples[1].memory_max, None,
        "an empty cell is no zero"
    );
    assert_eq!(series.samples[2].oom_kills, 1);
    assert_eq!(series.samples[2].reserved_cpu, Some(CpuUnits::new(256)));
}

#[test]
fn everything_wrong_with_the_rows_is_said_with_its_line() {
    let wrong = read(&format!(
        "{HEADING}\na,yesterday,1,1,1,1\n,2026-03-01T00:00:00Z,-1,x,1,1\na,2026-03-01T00:00:00Z,1,1,1,1\n\
         a,2026-03-01T00:00:00Z,1,1,1,1\na,2026-03-01T01:00:00Z,1\n"
    ))
    .expect_err("five faults");
    insta::assert_snapshot!(wrong);
}

#[test]
fn a_heading_says_what_is_missing_and_what_was_meant() {
    let wrong =
        read("service,timestamp,cpu_unit_max,cpu_units_avg,tasks,tasks\n").expect_err("a heading");
    insta::assert_snapshot!(wrong);
}

#[test]
fn further_columns_are_a_warning() {
    let text = format!("{HEADING},cluster_arn\na,2026-03-01T00:00:00Z,1,1,1,1,x\n");
    let file = MetricFile {
        name: "m.csv",
        bytes: text.as_bytes(),
    };
    let (metrics, warnings) = read_metrics(&[file], None).expect("a row");
    assert_eq!(metrics.len(), 1);
    assert!(warnings[0].contains("M2001"), "{warnings:?}");
}

#[test]
fn files_go_on_where_others_ended_and_may_not_overlap() {
    let one = format!("{HEADING}\na,2026-03-01T00:00:00Z,1,1,1,1\n");
    let two =
        format!("{HEADING}\na,2026-03-01T01:00:00Z,1,1,1,1\na,2026-03-01T00:00:00Z,1,1,1,1\n");
    let files = [
        MetricFile {
            name: "one.csv",
            bytes: one.as_bytes(),
        },
        MetricFile {
            name: "two.csv",
            bytes: two.as_bytes(),
        },
    ];
    let wrong = read_metrics(&files, None).expect_err("a row twice");
    let text = wrong[0].to_string();
    assert!(
        text.starts_with("two.csv:3: ") && text.contains("one.csv, line 2"),
        "{text}"
    );
}

#[test]
fn numbers_no_instance_has_are_refused() {
    for cell in ["1e13", "inf", "-0.5", "1,5"] {
        let text = format!("{HEADING}\na,2026-03-01T00:00:00Z,\"{cell}\",1,1,1\n");
        assert!(read(&text).expect_err(cell).contains("M1003"), "{cell}");
    }
    // 700 MiB in bytes.
    let text = format!("{HEADING}\na,2026-03-01T00:00:00Z,1,1,734003200,1\n");
    assert!(
        read(&text)
            .expect_err("bytes")
            .contains("734003200 is more than any machine has")
    );
}

fn parquet(schema: &str) -> Vec<u8> {
    compressed(schema, Compression::UNCOMPRESSED)
}

fn compressed(schema: &str, by: Compression) -> Vec<u8> {
    let in_a_millisecond = if schema.contains("NANOS") {
        1_000_000
    } else {
        1
    };
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let properties = Arc::new(WriterProperties::builder().set_compression(by).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut at = 0;
    while let Some(mut column) = group.next_column().expect("a column") {
        match at {
            0 => {
                let names = [ByteArray::from("a"), ByteArray::from("a")];
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&names, None, None)
                    .expect("names");
            }
            1 => {
                let starts =
                    [1_772_323_200_000_i64, 1_772_326_800_000].map(|at| at * in_a_millisecond);
                column
                    .typed::<Int64Type>()
                    .write_batch(&starts, None, None)
                    .expect("starts");
            }
            // The second value of an optional column is null.
            _ => {
                column
                    .typed::<DoubleType>()
                    .write_batch(&[2.5], Some(&[1, 0]), None)
                    .expect("numbers");
            }
        }
        column.close().expect("closed");
        at += 1;
    }
    group.close().expect("closed");
    writer.into_inner().expect("bytes")
}

#[test]
fn parquet_is_read_with_its_own_timestamps_and_nulls() {
    let bytes = parquet(
        "message m { REQUIRED BYTE_ARRAY service (UTF8); REQUIRED INT64 timestamp (TIMESTAMP_MILLIS); OPTIONAL DOUBLE cpu_units_max; \
         OPTIONAL DOUBLE cpu_units_avg; OPTIONAL DOUBLE memory_mib_max; OPTIONAL DOUBLE tasks; }",
    );
    let series = &read_with(&bytes, None).expect("two rows")["a"];
    assert_eq!(series.period, HOUR);
    assert_eq!(series.samples[0].start, 1_772_323_200);
    assert_eq!(
        (series.samples[0].cpu_max, series.samples[1].cpu_max),
        (Some(2.5), None)
    );
    let cut = &bytes[..bytes.len() / 2];
    assert!(
        read_with(cut, None)
            .expect_err("half a file")
            .contains("M1001")
    );
}

#[test]
fn parquet_timestamps_in_nanoseconds_are_read() {
    let bytes = parquet(
        "message m { REQUIRED BYTE_ARRAY service (UTF8); REQUIRED INT64 timestamp (TIMESTAMP(NANOS,true)); OPTIONAL DOUBLE cpu_units_max; \
         OPTIONAL DOUBLE cpu_units_avg; OPTIONAL DOUBLE memory_mib_max; OPTIONAL DOUBLE tasks; }",
    );
    let series = &read_with(&bytes, None).expect("two rows")["a"];
    assert_eq!(series.samples[0].start, 1_772_323_200);
    assert_eq!(series.period, HOUR);
    let whole = parquet(
        "message m { REQUIRED BYTE_ARRAY service (UTF8); REQUIRED INT64 timestamp; OPTIONAL DOUBLE cpu_units_max; \
         OPTIONAL DOUBLE cpu_units_avg; OPTIONAL DOUBLE memory_mib_max; OPTIONAL DOUBLE tasks; }",
    );
    assert!(
        read_with(&whole, None)
            .expect_err("a number without a unit")
            .contains("M1004")
    );
}

#[test]
fn semicolons_and_tabs_stand_between_cells_too() {
    let plain = format!("{HEADING}\na,2026-03-01T00:00:00Z,1.5,1,1,1\n");
    let expected = read(&plain).expect("one row");
    for (mark, cell) in [(";", "1,5"), ("\t", "1,5"), (";", "1.5")] {
        let text = plain.replace(',', mark).replace("1.5", cell);
        assert_eq!(read(&text).expect("one row"), expected, "{mark} {cell}");
    }
    let ambiguous = plain.replace(',', ";").replace("1.5", "1,024");
    let why = read(&ambiguous).expect_err("1.024 or 1024");
    assert!(why.contains("`1,024` may be 1.024 or 1024"), "{why}");
}

#[test]
fn lines_are_counted_alike_whatever_ends_them() {
    let text =
        format!("{HEADING}\na,2026-03-01T00:00:00Z,1,1,1,1\na,2026-03-01T01:00:00Z,x,1,1,1\n");
    for end in ["\n", "\r\n", "\r"] {
        let why = read(&text.replace('\n', end)).expect_err("`x` is no number");
        assert!(why.contains("m:3"), "{why}");
    }
}

#[test]
fn parquet_is_read_whatever_compressed_it() {
    let schema = "message m { REQUIRED BYTE_ARRAY service (UTF8); REQUIRED INT64 timestamp (TIMESTAMP_MILLIS); OPTIONAL DOUBLE cpu_units_max; \
         OPTIONAL DOUBLE cpu_units_avg; OPTIONAL DOUBLE memory_mib_max; OPTIONAL DOUBLE tasks; }";
    let plain = read_with(&parquet(schema), None).expect("two rows");
    for by in [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let read = read_with(&compressed(schema, by), None);
        assert_eq!(read.expect("two rows"), plain, "{by}");
    }
}

#[test]
fn parquet_without_a_column_says_so() {
    let bytes = parquet(
        "message m { REQUIRED BYTE_ARRAY service (UTF8); REQUIRED INT64 at (TIMESTAMP_MILLIS); }",
    );
    assert!(
        read_with(&bytes, None)
            .expect_err("no timestamp")
            .contains("`timestamp` is missing")
    );
}

fn mapping() -> Mapping {
    read_mapping(
        r#"{"cpu_units_max": {"query": "max by (service) (cpu) * 1024", "serviceLabel": "service"},
            "memory_mib_max": {"query": "memory_mib{cluster=\"prod\"}", "serviceLabel": "ecs_service"},
            "tasks": {"query": "count by (service) (cpu)", "serviceLabel": "service"}}"#,
        "map.json",
    )
    .expect("a mapping")
}

fn answer(label: &str, metric: &str, values: &str) -> String {
    format!(
        r#"{{"status": "success", "data": {{"resultType": "matrix", "result": [
            {{"metric": {{{metric}"{label}": "a"}}, "values": {values}}}]}}}}"#
    )
}

#[test]
fn answers_of_prometheus_fill_the_columns_that_the_mapping_names() {
    let cpu = answer(
        "service",
        "",
        r#"[[1772323200, "100.5"], [1772326800.0, "NaN"]]"#,
    );
    let memory = answer(
        "ecs_service",
        r#""__name__": "memory_mib", "#,
        r#"[[1772323200, "300"]]"#,
    );
    let text = format!(r#"{{"cpu_units_max": {cpu}, "memory_mib{{cluster=\"prod\"}}": {memory}}}"#);
    let series = &read_with(text.as_bytes(), Some(&mapping())).expect("two answers")["a"];
    assert_eq!(series.samples.len(), 1, "what is no number is no period");
    assert_eq!(series.samples[0].cpu_max, Some(100.5));
    assert_eq!(series.samples[0].memory_max, Some(300.0));
    // A single answer is known by the name of its metric.
    let alone = &read_with(memory.as_bytes(), Some(&mapping())).expect("an answer")["a"];
    assert_eq!(alone.samples[0].memory_max, Some(300.0));
}

#[test]
fn the_busiest_of_several_series_counts_and_tasks_add_up() {
    let two = r#"{"query": "max by (service) (cpu) * 1024", "data": {"resultType": "matrix", "result": [
        {"metric": {"service": "a", "pod": "1"}, "values": [[3600, "5"]]},
        {"metric": {"service": "a", "pod": "2"}, "values": [[3600, "9"]]}]}}"#;
    let tasks = two.replace("max by (service) (cpu) * 1024", "count by (service) (cpu)");
    let text = format!("[{two}, {tasks}]");
    let series = &read_with(text.as_bytes(), Some(&mapping())).expect("two answers")["a"];
    assert_eq!(series.samples[0].cpu_max, Some(9.0));
    assert_eq!(series.samples[0].tasks, Some(14.0));
}

#[test]
fn answers_that_nothing_explains_are_findings() {
    let unknown = answer("service", r#""__name__": "other", "#, "[]");
    let wrong = read_with(unknown.as_bytes(), Some(&mapping())).expect_err("no column");
    assert!(wrong.contains("nothing says which query"), "{wrong}");
    assert!(
        read_with(unknown.as_bytes(), None)
            .expect_err("no mapping")
            .contains("--mapping")
    );
    let failed = r#"{"status": "error", "error": "x"}"#;
    assert!(
        read_with(failed.as_bytes(), Some(&mapping()))
            .expect_err("an error")
            .contains("M1001")
    );
}

#[test]
fn a_mapping_says_all_that_is_wrong_with_it() {
    let wrong = read_mapping(
        r#"{"cpu_unit_max": {"query": "x", "serviceLabel": "s"}, "tasks": {"query": "x", "label": "s"}}"#,
        "map.json",
    )
    .expect_err("two faults");
    insta::assert_snapshot!(wrong);
}
