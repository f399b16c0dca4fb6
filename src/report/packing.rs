//! Packings as people and spreadsheets read them: one in full, several as a table.

use comfy_table::{CellAlignment, Table, presets};
use rust_decimal::Decimal;

use crate::domain::packing::{NoPackingReason, PackingProblem, PackingSolution, PackingStatus};
use crate::domain::text::visible;
use crate::io::csv_cell::text_cell;

/// A problem with its answer.
pub type Row = (PackingProblem, PackingSolution);

const COLUMNS: [&str; 11] = [
    "name",
    "dims",
    "items",
    "bins",
    "status",
    "cost",
    "bound",
    "gap",
    "seconds",
    "best known",
    "note",
];

/// Patterns that the text shows; JSON has all of them.
const MOST_PATTERNS: usize = 40;

/// One packing in full: the decision first, then the bins.
#[must_use]
pub fn text(problem: &PackingProblem, solution: &PackingSolution) -> String {
    let mut lines = vec![format!(
        "{}: {}",
        visible(&problem.name),
        decision(solution)
    )];
    lines.extend((solution.reasons.iter()).map(|reason| format!("  {}", why(problem, *reason))));
    if let Some(bound) = solution.bound {
        let gap = percent(solution.gap());
        let carried = solution.proven.map_or_else(String::new, |proven| {
            format!("; the proof file carries {proven}")
        });
        lines.push(format!(
            "  proven: no packing costs less than {bound}; gap {gap}{carried}"
        ));
    }
    if let Some(known) = best_known(problem) {
        lines.push(format!("  best known: {known}"));
    }
    lines.push(format!("  {:.2} s", solution.seconds));
    if !solution.patterns.is_empty() {
        lines.push(String::new());
        lines.push(patterns(problem, solution));
    }
    let mut text = lines.join("\n");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Why there is no packing, in words.
fn why(problem: &PackingProblem, reason: NoPackingReason) -> String {
    match reason {
        NoPackingReason::FitsNoBin { item } => {
            let id = visible(&problem.items[item].id);
            format!("item `{id}` fits no bin that may be used")
        }
        NoPackingReason::TooFewBins => {
            "the limits leave too few bins for all items: proven".to_owned()
        }
    }
}

fn decision(solution: &PackingSolution) -> String {
    let bins = solution.bins();
    let plural = if bins == 1 { "" } else { "s" };
    match (solution.status, solution.cost) {
        (PackingStatus::Optimal, Some(cost)) => {
            format!("cost {cost} in {bins} bin{plural}, proven optimal")
        }
        (_, Some(cost)) => format!("cost {cost} in {bins} bin{plural}"),
        (PackingStatus::Infeasible, None) => "infeasible".to_owned(),
        (_, None) => {
            "no packing found within the limit, and no proof that there is none".to_owned()
        }
    }
}

fn patterns(problem: &PackingProblem, solution: &PackingSolution) -> String {
    let mut table = table(&["count", "bin", "items"]);
    for packed in solution.patterns.iter().take(MOST_PATTERNS) {
        let items: Vec<String> = (packed.items.iter())
            .map(|&(item, copies)| format!("{} × {copies}", visible(&problem.items[item].id)))
            .collect();
        table.add_row([
            packed.count.to_string(),
            visible(&problem.bins[packed.bin].id),
            items.join(", "),
        ]);
    }
    align(&mut table, &[0]);
    let more = solution.patterns.len().saturating_sub(MOST_PATTERNS);
    let rest = if more > 0 {
        format!("… and {more} more patterns (--format json shows all)\n")
    } else {
        String::new()
    };
    trimmed(&table) + &rest
}

/// Several packings: one line each, then how many are closed.
#[must_use]
pub fn text_table(rows: &[Row]) -> String {
    let mut table = table(&COLUMNS);
    for row in rows {
        table.add_row(cells(row));
    }
    align(&mut table, &[1, 2, 3, 5, 6, 7, 8, 9]);
    let optimal = (rows.iter())
        .filter(|(_, s)| s.status == PackingStatus::Optimal)
        .count();
    format!(
        "{}{optimal} of {} proven optimal\n",
        trimmed(&table),
        rows.len()
    )
}

/// Several packings as CSV with a heading: numbers as such, the gap as a fraction, nothing where there is none.
#[must_use]
pub fn csv(rows: &[Row]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = COLUMNS.map(|column| column.replace(' ', "_"));
    let records =
        std::iter::once(headings.to_vec()).chain(rows.iter().map(|row| record(row).to_vec()));
    for record in records {
        writer
            .write_record(record)
            .expect("writing to memory succeeds");
    }
    let bytes = writer.into_inner().expect("writing to memory succeeds");
    String::from_utf8(bytes).expect("the cells are UTF-8")
}

fn record(row: &Row) -> [String; 11] {
    let (problem, solution) = row;
    let number = |value: Option<Decimal>| value.map_or_else(String::new, |v| v.to_string());
    let mut record = cells(row);
    record[5] = number(solution.cost);
    record[6] = number(solution.bound);
    record[7] = (solution.gap()).map_or_else(String::new, |gap| format!("{gap:.9}"));
    // Name and note are the file's and the solver's words.
    record[0] = text_cell(&record[0]);
    record[10] = text_cell(&record[10]);
    record[9] = number(problem.best_known.and_then(|known| known.value));
    record
}

/// Several packings as a markdown table.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&COLUMNS.map(str::to_owned));
    text.push_str("|---|--:|--:|--:|---|--:|--:|--:|--:|--:|---|\n");
    for row in rows {
        let cells = cells(row).map(|cell| cell.replace('|', "\\|"));
        text.push_str(&line(&cells));
    }
    text
}

fn cells((problem, solution): &Row) -> [String; 11] {
    let dash = || "-".to_owned();
    let number = |value: Option<Decimal>| value.map_or_else(dash, |v| v.to_string());
    let known = problem.best_known.and_then(|known| known.value);
    [
        visible(&problem.name),
        problem.dims.len().to_string(),
        problem.items.len().to_string(),
        problem.bins.len().to_string(),
        solution.status.word().to_owned(),
        number(solution.cost),
        number(solution.bound),
        percent(solution.gap()),
        format!("{:.2}", solution.seconds),
        best_known(problem).unwrap_or_else(dash),
        match (solution.cost, known) {
            (Some(cost), Some(known)) if cost < known => "better than known".to_owned(),
            (Some(cost), Some(known)) if cost > known => "worse than known".to_owned(),
            _ => String::new(),
        },
    ]
}

fn best_known(problem: &PackingProblem) -> Option<String> {
    let known = problem.best_known?;
    let value = known.value?;
    let mark = if known.is_optimal { "" } else { " (open)" };
    Some(format!("{value}{mark}"))
}

fn percent(gap: Option<f64>) -> String {
    gap.map_or_else(|| "-".to_owned(), |gap| format!("{:.3} %", gap * 100.0))
}

fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(headings);
    table
}

fn align(table: &mut Table, right: &[usize]) {
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn trimmed(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packing::{BestKnown, BinKind, ItemKind, PackedBins};

    fn row(status: PackingStatus) -> Row {
        let problem = PackingProblem {
            name: "web|1".to_owned(),
            dims: vec!["cpu".to_owned()],
            bins: vec![BinKind {
                id: "large".to_owned(),
                capacity: vec![Decimal::from(10)],
                cost: Decimal::new(816, 4),
                limit: None,
            }],
            items: vec![ItemKind {
                id: "api".to_owned(),
                size: vec![Decimal::from(4)],
                demand: 4,
            }],
            best_known: Some(BestKnown {
                value: Some(Decimal::ONE),
                is_optimal: false,
            }),
        };
        let is_packed = status != PackingStatus::Infeasible;
        let solution = PackingSolution {
            status,
            cost: is_packed.then(|| Decimal::new(1632, 4)),
            proven: None,
            bound: is_packed.then(|| Decimal::new(816, 4)),
            seconds: 1.25,
            patterns: if is_packed {
                vec![PackedBins {
                    bin: 0,
                    count: 2,
                    items: vec![(0, 2)],
                }]
            } else {
                Vec::new()
            },
            reasons: Vec::new(),
        };
        (problem, solution)
    }

    #[test]
    fn one_packing_says_the_decision_first() {
        let (problem, solution) = row(PackingStatus::Feasible);
        insta::assert_snapshot!(text(&problem, &solution), @r"
        web|1: cost 0.1632 in 2 bins
          proven: no packing costs less than 0.0816; gap 50.000 %
          best known: 1 (open)
          1.25 s

         count  bin    items
             2  large  api × 2
        ");
    }

    #[test]
    fn several_packings_are_a_table_in_every_form() {
        let rows = [row(PackingStatus::Feasible), row(PackingStatus::Infeasible)];
        insta::assert_snapshot!(text_table(&rows));
        insta::assert_snapshot!(csv(&rows));
        insta::assert_snapshot!(markdown(&rows));
    }
}
