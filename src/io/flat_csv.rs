//! Flat CSV: one service a row, turned into the tree that a cluster file gives, so that one importer
//! checks both.

use rust_decimal::Decimal;

use super::codes;
use super::csv_cells::is_nothing;
use super::csv_columns::{self, Column, Columns, Unit};
use super::csv_marks::Marks;
use super::csv_rows;
use super::cursor::{Cell, Cursor, Log, exact_decimal};
use super::document::{Entry, Node, Position, Value};
use super::findings::{Finding, Severity};

/// Whether a first line looks like the heading of a flat CSV.
pub(super) fn is_heading(line: &str) -> bool {
    let separator = char::from(separator(line));
    let names = || {
        line.split(separator)
            .filter_map(|cell| csv_columns::usual(cell.trim()))
    };
    line.contains(separator) && !line.contains(": ") && names().count() > 1
}

/// What separates the cells: the commonest in the heading of comma, semicolon, tab and bar.
fn separator(heading: &str) -> u8 {
    let count = |byte: u8| heading.bytes().filter(|&b| b == byte).count();
    // Of equally common ones the last wins: the comma.
    *(SEPARATORS.iter().max_by_key(|&&byte| count(byte))).unwrap_or(&b',')
}

const SEPARATORS: [u8; 4] = [b'|', b'\t', b';', b','];

/// The first line, or the one below it where a spreadsheet names the separator there, `sep=;`.
pub(super) fn first_line(text: &str) -> &str {
    text.lines().nth(separator_lines(text)).unwrap_or("")
}

fn separator_lines(text: &str) -> usize {
    usize::from(names_separator(text.lines().next().unwrap_or("")))
}

/// Lines in which a heading is looked for below titles.
const MOST_TITLES: usize = 10;

/// The line with the headings, and how many stand above it: people put titles there. Below the first line only a whole
/// heading is one.
fn heading_of(text: &str) -> (usize, &str) {
    let above = separator_lines(text);
    let first = first_line(text);
    if is_heading(first) {
        return (above, first);
    }
    let is_whole = |line: &str| {
        let separator = char::from(separator(line));
        let cells = line.split(separator);
        let names = cells.filter_map(|cell| csv_columns::usual(cell.trim()));
        is_heading(line) && names.count() >= csv_columns::REQUIRED
    };
    (text.lines().enumerate().skip(above + 1).take(MOST_TITLES))
        .find(|(_, line)| is_whole(line))
        .unwrap_or((above, first))
}

fn names_separator(line: &str) -> bool {
    let name = line.trim_end_matches('\r').to_ascii_lowercase();
    let named = name.strip_prefix("sep=").map(str::as_bytes);
    matches!(named, Some([byte]) if SEPARATORS.contains(byte))
}

/// The rows as a list of services; `None` when the heading leaves nothing to read.
pub(super) fn read(text: &str, mapped: &[(String, String)], log: &mut Log) -> Option<Node> {
    let (above, heading) = heading_of(text);
    let separator = separator(heading);
    let reported = log.findings.len();
    let rows = rows_below(text, (above, separator), mapped, log);
    for finding in &mut log.findings[reported..] {
        if finding.place == "(heading)" {
            finding.line = Some(above + 1);
        }
    }
    if above > separator_lines(text) {
        log.push(Finding {
            code: codes::PASSED_OVER,
            severity: Severity::Warning,
            place: "(above the heading)".to_owned(),
            line: Some(1),
            column: None,
            cause: format!(
                "the headings stand in line {}: what stands above them is passed over",
                above + 1
            ),
            remedy: "otherwise nothing: the rows are read from there".to_owned(),
        });
    }
    rows
}

/// The rows below a heading that so many lines stand above.
fn rows_below(
    text: &str,
    (above, separator): (usize, u8),
    mapped: &[(String, String)],
    log: &mut Log,
) -> Option<Node> {
    // Empty lines in the place of those above keep the lines' numbers.
    let below: usize = (text.split_inclusive('\n').take(above).map(str::len)).sum();
    let text = format!("{}{}", "\n".repeat(above), &text[below..]);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let heading = match records.next() {
        Some(Ok(record)) => record,
        Some(Err(error)) => {
            report_error(&error, log);
            return None;
        }
        None => csv::StringRecord::new(),
    };
    let Columns { mut planned, tags } = csv_columns::read(&heading, mapped, log)?;
    let records: Vec<_> = records.collect();
    let mut marks = Marks::of(&records, &planned, separator);
    marks.say_thousands(log);
    let records: Vec<_> = (records.into_iter())
        .map(|record| record.map(|record| marks.plain(&record)))
        .collect();
    let records = csv_rows::of_services(records, &planned, &tags, log);
    let records = marks.without_ambiguous(records, log);
    settle_units(&mut planned, &records, log);
    let mut rows = Vec::new();
    for record in records {
        match record {
            Ok(record) => {
                let line = record.position().map_or(1, csv::Position::line);
                let line = usize::try_from(line).unwrap_or(usize::MAX);
                let mut row = row(&record, &planned, heading.len(), (line, rows.len()), log);
                keep_as_written(&row, &planned, (&marks, line, rows.len()), log);
                add_tags(&mut row, &record, &heading, &tags);
                rows.push(row);
            }
            Err(error) => report_error(&error, log),
        }
    }
    Some(Node {
        position: Some(Position { line: 1, column: 1 }),
        value: Value::List(rows),
    })
}

/// Memory in MiB below which Docker starts no container: numbers below it are GB.
/// Source: Amazon ECS API reference, `ContainerDefinition`, `memory`.
const LEAST_MIB: u64 = 6;

/// Largest number of a column of memory beside vCPUs that is taken for GB.
const MOST_GB: u64 = 512;

/// The fewest CPU units that a task on Fargate or EC2 is usually given, which no task has in vCPUs beside parts of one.
const LEAST_UNITS: u64 = 128;

type Record = Result<csv::StringRecord, csv::Error>;

/// Decides what numbers without a unit in their heading are, and says so: CPU units are whole, so that a part of
/// one is vCPUs, where no other number can only be CPU units and the heading does not say so; memory that no container could start with is GB, and so are small numbers beside vCPUs.
fn settle_units(columns: &mut [Column], records: &[Record], log: &mut Log) {
    let numbers = |at: usize| -> Vec<Decimal> {
        (records.iter().flatten())
            .filter_map(|record| exact_decimal(record.get(at)?))
            .collect()
    };
    let mut vcpus = columns.iter().any(|column| column.unit == Unit::Vcpu);
    for column in columns.iter_mut() {
        let numbers = numbers(column.at);
        let fraction = numbers.iter().any(|number| !number.fract().is_zero());
        let are_vcpus = (numbers.iter()).all(|&number| number < Decimal::from(LEAST_UNITS));
        let decided = match (column.name, column.unit) {
            ("cpu", Unit::Plain | Unit::Unsaid) if fraction && are_vcpus => Unit::Vcpu,
            ("memory_mib", Unit::Unsaid) => {
                let small = numbers
                    .iter()
                    .any(|&number| number < Decimal::from(LEAST_MIB));
                let few = numbers
                    .iter()
                    .all(|&number| number <= Decimal::from(MOST_GB));
                if !(fraction || small || (vcpus && few)) {
                    continue;
                }
                Unit::Gb
            }
            _ => continue,
        };
        vcpus |= decided == Unit::Vcpu;
        column.unit = decided;
        let (what, unit) = if decided == Unit::Vcpu {
            ("CPU", "vCPUs, 1,024 CPU units each")
        } else {
            ("memory", "GB of 1,024 MiB")
        };
        log.push(Finding {
            code: codes::UNIT_ASSUMED,
            severity: Severity::Warning,
            place: "(heading)".to_owned(),
            line: Some(1),
            column: None,
            cause: format!("the numbers of {what} are taken for {unit}"),
            remedy:
                "write the unit into the heading (`vCPU`, `CPU units`, `Memory GB`, `Memory MiB`)"
                    .to_owned(),
        });
    }
}

fn row(
    record: &csv::StringRecord,
    columns: &[Column],
    cells: usize,
    (line, index): (usize, usize),
    log: &mut Log,
) -> Node {
    if record.len() != cells {
        let problem = (
            format!("the row has {} cells, the heading {}", record.len(), cells),
            "write one cell a column; put cells that hold commas in double quotes".to_owned(),
        );
        report(
            log,
            codes::CSV_ROW,
            &format!("rows[{index}]"),
            line,
            problem,
        );
    }
    let position = Some(Position { line, column: 1 });
    let cells = (columns.iter())
        .filter_map(|column| Some((column, record.get(column.at)?)))
        .filter(|(column, cell)| !cell.is_empty() && !is_missing(column, cell));
    let entries = cells
        .map(|(column, cell)| {
            let (heading, key) = (column.name, column.key);
            let text = |text: &str| Value::Text(text.to_owned());
            let value = if matches!(key, "hostPorts" | "architectures") {
                let items = cell
                    .split([';', ',', '|', ' '])
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                let node = |item| Node {
                    position,
                    value: text(item),
                };
                Value::List(items.map(node).collect())
            } else {
                match column.unit {
                    Unit::Vcpu if exact_decimal(cell).is_some() => text(&format!("{cell} vCPU")),
                    Unit::Gb if exact_decimal(cell).is_some() => text(&format!("{cell} GB")),
                    _ => text(cell),
                }
            };
            Entry {
                key: key.to_owned(),
                shown: Some(heading),
                position,
                node: Node { position, value },
            }
        })
        .collect();
    Node {
        position,
        value: Value::Object(entries),
    }
}

/// Whether a cell of a column that may be empty holds what stands for nothing. A network mode `none` is one of ECS's.
fn is_missing(column: &Column, cell: &str) -> bool {
    let needed = ["serviceName", "cpu", "memory", "desiredCount"];
    let is_mode = column.key == "networkMode" && cell.eq_ignore_ascii_case("none");
    !needed.contains(&column.key) && !is_mode && is_nothing(cell)
}

/// Keeps the cells of a row whose numbers are read in another form, so that findings quote the file.
fn keep_as_written(
    row: &Node,
    columns: &[Column],
    (marks, line, index): (&Marks, usize, usize),
    log: &mut Log,
) {
    let Value::Object(entries) = &row.value else {
        return;
    };
    for entry in entries {
        let Some(column) = columns.iter().find(|column| column.key == entry.key) else {
            continue;
        };
        let (Some(read), Some(written)) = (
            entry.node.value.as_text(),
            marks.as_written(line, column.at),
        ) else {
            continue;
        };
        if read != written {
            let cell = Cell {
                read: read.to_owned(),
                written: written.to_owned(),
            };
            log.cells
                .insert(format!("rows[{index}].{}", column.name), cell);
        }
    }
}

/// Puts the cells of further columns into the tags of a row's service, in the form of the API.
fn add_tags(
    row: &mut Node,
    record: &csv::StringRecord,
    heading: &csv::StringRecord,
    columns: &[usize],
) {
    let position = row.position;
    let entry = |key: &str, value: Value| Entry {
        key: key.to_owned(),
        shown: None,
        position,
        node: Node { position, value },
    };
    let tags = columns.iter().filter_map(|&at| {
        let (key, value) = (heading.get(at)?, record.get(at)?);
        let text = |text: &str| Value::Text(text.to_owned());
        let value = vec![entry("key", text(key)), entry("value", text(value))];
        let value = Value::Object(value);
        Some(Node { position, value })
    });
    let tags: Vec<Node> = tags.collect();
    if let (Value::Object(entries), false) = (&mut row.value, tags.is_empty()) {
        entries.push(entry("tags", Value::List(tags)));
    }
}

/// The rows as the services they are, with places such as `rows[2].memory_mib`.
pub(super) fn rows<'a>(list: &'a Node, log: &mut Log) -> Vec<Cursor<'a>> {
    Cursor::new(list, "rows").items(log)
}

fn report_error(error: &csv::Error, log: &mut Log) {
    let line = error.position().map_or(1, csv::Position::line);
    let problem = (
        "the row cannot be read".to_owned(),
        "check the quotes of this row".to_owned(),
    );
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    report(log, codes::CSV_ROW, "(row)", line, problem);
}

fn report(
    log: &mut Log,
    code: &'static str,
    place: &str,
    line: usize,
    (cause, remedy): (String, String),
) {
    log.push(Finding {
        code,
        severity: Severity::Error,
        place: place.to_owned(),
        line: Some(line),
        column: None,
        cause,
        remedy,
    });
}
