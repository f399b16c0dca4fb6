//! The report as a comment on a pull request: short enough for GitHub, which takes 65,536 characters.

use crate::report::markdown::{escape, line};
use crate::report::{commitment, wording, words};

use super::SHOWN;
use super::comparison::Comparison;
use super::document::CostReport;
use super::table::{Cell, EFFECTIVE_COST, Kind, Table};
use super::week;
use crate::domain::text::visible_start;

/// Rows of a table that a comment shows.
const MOST_ROWS: usize = 15;
/// Lines of a list that a comment shows.
const MOST_LINES: usize = 30;
/// Characters of a line of a list.
const LONGEST_LINE: usize = 300;

/// The whole comment.
#[must_use]
pub fn render(report: &CostReport<'_>) -> String {
    let plan = report.plan;
    let mut text = String::new();
    let title = visible_start(&format!("{} in {}", plan.cluster, plan.region), SHOWN);
    line(&mut text, &format!("### {}", escape(&title)));
    line(&mut text, "");
    let headline = match report.comparisons.last() {
        Some(comparison) => difference(comparison),
        None => words::decision(plan),
    };
    line(&mut text, &format!("**{headline}**"));
    line(&mut text, "");
    unplaced(&mut text, report);
    if !plan.unplaced.is_empty() {
        // Without a heading of their own these would be read as part of what has no place.
        line(&mut text, "\n#### What is planned\n");
    }
    let mut facts = vec![words::proof(plan)];
    facts.extend(words::saving(plan));
    facts.extend(plan.recommendation.as_ref().map(wording::recommendation));
    facts.extend(words::ideal(plan));
    facts.extend(report.budget());
    facts.push(words::fleet(plan));
    facts.extend(words::groups(plan));
    facts.extend(words::other_group_counts(plan));
    facts.extend(wording::trunking_of(plan));
    facts.extend(words::spot(plan));
    facts.extend(week::facts(plan));
    facts.extend(commitment::lines(plan));
    facts.extend(report.subject.notes.iter().cloned());
    for fact in facts {
        line(&mut text, &format!("- {}", escape(&fact)));
    }
    if report.subject.plans.len() > 1 {
        show(&mut text, report.table("plans"), &[0, 1, 2, 4, 9, 12]);
    }
    for comparison in &report.comparisons {
        if report.comparisons.len() > 1 {
            let heading = visible_start(
                &format!("{} → {}", comparison.before, comparison.after),
                SHOWN,
            );
            line(&mut text, &format!("\n#### {}", escape(&heading)));
        }
        show(&mut text, Some(&comparison.causes), &[0, 1, 3]);
        show(&mut text, Some(&comparison.services), &[0, 1, 2, 3, 4, 5]);
        show(&mut text, Some(&comparison.offerings), &[0, 1, 2, 3, 4, 7]);
        list(&mut text, "What else differs", &comparison.notes);
    }
    if report.comparisons.is_empty() {
        show(&mut text, report.table("services"), &[0, 1, 3, 4, 5]);
        show(&mut text, report.table("cost_by_tag"), &[1, 0, 2, 4, 5, 6]);
        show(
            &mut text,
            report.table("cost_by_capacity_provider"),
            &[0, 1, 3, 4, 5],
        );
        show(
            &mut text,
            report.table("cost_by_purchase_option"),
            &[0, 1, 3, 4, 5],
        );
        show(&mut text, report.table("cost_by_zone"), &[0, 1, 3, 4, 5]);
        show(
            &mut text,
            report.table("cost_by_instance_type"),
            &[0, 1, 3, 4, 5],
        );
        show(&mut text, report.table("curves"), &[0, 1, 2, 5, 6, 7]);
        show(&mut text, report.table("steps"), &[0, 1, 2, 3, 4]);
        show(&mut text, report.table("replays"), &[0, 1, 2, 4]);
        show(&mut text, report.table("scenarios"), &[0, 1, 2, 3, 4]);
    }
    list(&mut text, "Warnings", &wording::warnings(plan));
    list(&mut text, "What this rests on", &report.assumptions);
    text
}

/// What the second plan costs more or less than the first. Where tasks have no place that comes first, and bills for
/// different tasks are not called dearer or cheaper.
pub(crate) fn difference(comparison: &Comparison) -> String {
    let before = comparison.before_usd_per_hour;
    let after = comparison.after_usd_per_hour;
    let month = |rate: crate::domain::money::UsdPerHour| {
        words::grouped(&format!("{:.2}", rate.usd_per_month()))
    };
    let bill = format!("{} USD per month", month(after));
    if !comparison.after_unplaced.is_empty() {
        let all: u64 = (comparison.after_unplaced.iter())
            .map(|(_, count)| count)
            .sum();
        let have = if all == 1 { "has" } else { "have" };
        let missing = of_services(&comparison.after_unplaced);
        return format!("{missing} {have} no place; the rest costs {bill}");
    }
    if !comparison.before_unplaced.is_empty() {
        return format!(
            "every task has a place: {bill}; before, {} had none and the rest cost {} USD per month",
            of_services(&comparison.before_unplaced),
            month(before)
        );
    }
    if before == after {
        return format!("{bill}, as before");
    }
    let (by, word) = if after > before {
        (after - before, "more")
    } else {
        (before - after, "less")
    };
    let percent = if before == crate::domain::money::UsdPerHour::ZERO {
        String::new()
    } else {
        let part = by.amount() * rust_decimal::Decimal::from(100) / before.amount();
        format!(" ({:.1} %)", part.round_dp(1))
    };
    format!(
        "{bill}, {} USD per month{percent} {word} than {}",
        month(by),
        month(before)
    )
}

/// `9 tasks of web and 2 of api`: at most three services by name.
fn of_services(unplaced: &[(String, u64)]) -> String {
    const NAMED: usize = 3;
    let mut parts: Vec<String> = (unplaced.iter().take(NAMED).enumerate())
        .map(|(place, (name, count))| {
            let name = visible_start(name, SHOWN);
            if place == 0 {
                format!("{} of {name}", words::counted(*count, "task"))
            } else {
                format!("{} of {name}", words::count(*count))
            }
        })
        .collect();
    if unplaced.len() > NAMED {
        let others: u64 = unplaced[NAMED..].iter().map(|(_, count)| count).sum();
        parts.push(format!("{} of other services", words::count(others)));
    }
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

/// Columns of a table, the first rows of it.
fn show(text: &mut String, table: Option<&Table>, columns: &[usize]) {
    let Some(table) = table.filter(|table| !table.rows.is_empty()) else {
        return;
    };
    let chosen: Vec<_> = columns.iter().map(|&at| (at, table.columns[at])).collect();
    let titles: Vec<&str> = chosen.iter().map(|(_, column)| column.title).collect();
    let rules: Vec<&str> = (chosen.iter())
        .map(|(_, column)| {
            if column.kind == Kind::Text {
                "---"
            } else {
                "---:"
            }
        })
        .collect();
    line(text, &format!("\n#### {}\n", table.title));
    line(text, &format!("| {} |", titles.join(" | ")));
    line(text, &format!("| {} |", rules.join(" | ")));
    for row in table.rows.iter().take(MOST_ROWS) {
        let cells: Vec<String> = (chosen.iter())
            .map(|(at, column)| escape(&visible_start(&row[*at].shown(column.kind), SHOWN)))
            .collect();
        line(text, &format!("| {} |", cells.join(" | ")));
    }
    let left = table.rows.len().saturating_sub(MOST_ROWS);
    if left > 0 {
        line(
            text,
            &format!("\n{} more, {}", words::count(left as u64), rest(table)),
        );
    }
}

/// What the rows that are not shown cost together.
fn rest(table: &Table) -> String {
    let at = (table.columns.iter()).position(|column| column.name == EFFECTIVE_COST.name);
    let sum = at.map(|at| {
        (table.rows[MOST_ROWS..].iter())
            .filter_map(|row| match &row[at] {
                Cell::Decimal(amount) => Some(*amount),
                _ => None,
            })
            .sum::<rust_decimal::Decimal>()
    });
    match sum {
        Some(sum) => format!(
            "together {} USD per month.",
            Cell::Decimal(sum).shown(EFFECTIVE_COST.kind)
        ),
        None => "not shown here.".to_owned(),
    }
}

fn unplaced(text: &mut String, report: &CostReport<'_>) {
    let lines: Vec<String> = (report.plan.unplaced.iter())
        .map(|entry| {
            let tasks = words::counted(entry.count, "task");
            let name = visible_start(&entry.service_name, SHOWN);
            format!("{name}: {tasks}; {}", wording::reasons(entry).join("; "))
        })
        .collect();
    list(text, "Unplaced", &lines);
}

fn list(text: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    line(text, &format!("\n#### {title}\n"));
    for item in items.iter().take(MOST_LINES) {
        line(
            text,
            &format!("- {}", escape(&visible_start(item, LONGEST_LINE))),
        );
    }
    if items.len() > MOST_LINES {
        line(text, &format!("- and {} more", items.len() - MOST_LINES));
    }
}
