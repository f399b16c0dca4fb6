//! The parts of the report together, on plans made by hand.

use rust_decimal::Decimal;

use super::comparison::compare;
use super::document::{CostReport, Subject, budget_words};
use super::findings::Replica;
use super::table::{Cell, Table};
use super::{csv, json, markdown, parquet};
use crate::domain::money::HOURS_PER_MONTH;
use crate::domain::plan::{Change, FleetPlan, Warning};
use crate::report::html::page;
use crate::report::sample::{self, usd};

/// Names that try to be something else.
const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "=cmd()|' /C calc'!A0",
    "a|b",
    "`code` **bold** [x](javascript:alert(1))",
    "\u{202E}txt.exe",
    "\"><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
];

fn report<'a>(
    plans: &'a [(&'a str, &'a FleetPlan)],
    pairs: &'a [(usize, usize)],
) -> CostReport<'a> {
    static NOTHING: std::sync::LazyLock<Replica> = std::sync::LazyLock::new(Replica::default);
    CostReport::new(Subject {
        plans,
        reported: 0,
        pairs,
        cluster: None,
        replica: &NOTHING,
        curves: &[],
        budget: None,
        group_by: &[],
        steps: None,
        billed: None,
        sizes: None,
        notes: &[],
    })
}

fn hostile_plan() -> FleetPlan {
    let mut plan = sample::whole_plan();
    let long = "x".repeat(10_000);
    let names: Vec<&str> = HOSTILE.iter().copied().chain([long.as_str()]).collect();
    plan.services.truncate(1);
    let pattern = plan.services[0].clone();
    plan.services.clear();
    plan.instances[0].tasks.clear();
    for name in names {
        let mut service = pattern.clone();
        service.service_name = name.to_owned();
        plan.services.push(service);
        plan.instances[0].tasks.insert(name.to_owned(), 1);
    }
    plan.cluster = HOSTILE[0].to_owned();
    plan.instances[0].capacity_provider = HOSTILE[5].to_owned();
    plan.changes = vec![Change::AsGiven {
        text: HOSTILE[0].to_owned(),
    }];
    plan.warnings = vec![Warning::AsGiven {
        text: HOSTILE[5].to_owned(),
    }];
    plan
}

fn sum(table: &Table, column: &str) -> Decimal {
    let at = (table.columns.iter()).position(|c| c.name == column);
    let at = at.expect("such a column");
    (table.rows.iter())
        .map(|row| match &row[at] {
            Cell::Decimal(amount) => *amount,
            other => panic!("{other:?} is no amount"),
        })
        .sum()
}

#[test]
fn every_split_of_the_bill_adds_up_to_it() {
    let plan = sample::whole_plan();
    let plans = [("p", &plan)];
    let report = report(&plans, &[]);
    let bill = sum(report.table("charges").expect("a table"), "x_UsdPerHour");
    for name in [
        "cost_by_capacity_provider",
        "cost_by_purchase_option",
        "cost_by_zone",
        "cost_by_instance_type",
    ] {
        let table = report.table(name).expect("a table");
        assert_eq!(sum(table, "x_UsdPerHour"), bill, "{name}");
        let month = bill * Decimal::from(HOURS_PER_MONTH);
        assert_eq!(sum(table, "EffectiveCost"), month, "{name}");
    }
}

#[test]
fn rows_have_as_many_cells_as_columns() {
    let plan = sample::whole_plan();
    let other = sample::plan();
    let plans = [("p", &plan), ("q", &other)];
    for table in report(&plans, &[(0, 1)]).all_tables() {
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}", table.name);
        }
    }
}

#[test]
fn the_causes_of_a_difference_add_up_to_it() {
    let before = sample::plan();
    let mut after = sample::whole_plan();
    after.cost.usd_per_hour = usd("0.61");
    after.instances[0].usd_per_hour = usd("0.09");
    let compared = compare(("a", &before), ("b", &after));
    let total = after.cost.usd_per_hour - before.cost.usd_per_hour;
    assert_eq!(sum(&compared.causes, "x_UsdPerHourChange"), total.amount());
    assert!(!compared.services.rows.is_empty());
    assert!(!compared.offerings.rows.is_empty());
}

#[test]
fn twice_the_tasks_at_the_same_cost_each_is_a_matter_of_tasks_alone() {
    let before = sample::plan();
    let mut after = before.clone();
    for row in &mut after.instances {
        row.count *= 2;
    }
    for service in &mut after.services {
        service.usd_per_hour = service.usd_per_hour * 2;
    }
    after.cost.usd_per_hour = after.services.iter().map(|s| s.usd_per_hour).sum();
    let mut before = before;
    before.cost.usd_per_hour = before.services.iter().map(|s| s.usd_per_hour).sum();
    let causes = compare(("a", &before), ("b", &after)).causes;
    let change: Vec<String> = causes.rows.iter().map(|row| row[2].exact()).collect();
    assert_eq!(change, ["0.403", "0", "0"]);
}

#[test]
fn a_plan_compared_with_itself_has_no_differences() {
    let plan = sample::whole_plan();
    let compared = compare(("a", &plan), ("b", &plan));
    assert!(compared.services.rows.is_empty() && compared.offerings.rows.is_empty());
    assert!(compared.notes.is_empty(), "{:?}", compared.notes);
}

#[test]
fn hostile_names_stay_text_in_html() {
    let plan = hostile_plan();
    let plans = [("p", &plan)];
    let html = page::render(&report(&plans, &[]));
    assert_eq!(html.matches("<script").count(), 1, "only the page's own");
    assert!(!html.contains("<img src=x"), "no element from a name");
    assert!(html.contains("&lt;script&gt;alert(1)"));
    assert!(html.contains("{{ 7 * 7 }}"), "a name is no template");
    assert!(!html.contains('\u{202E}'), "no override of direction");
    assert!(html.contains("⟨U+202E⟩txt.exe"));
    assert!(!html.contains(&"x".repeat(500)), "long names are cut");
}

#[test]
fn hostile_names_stay_text_in_csv() {
    let plan = hostile_plan();
    let plans = [("p", &plan)];
    let report = report(&plans, &[]);
    let text = csv::render(report.table("services").expect("a table"));
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = (reader.records())
        .map(|record| record.expect("valid")[0].to_owned())
        .collect();
    assert_eq!(names.len(), HOSTILE.len() + 1);
    assert!(names.contains(&format!("'{}", HOSTILE[1])), "{names:?}");
    assert!(names.iter().all(|name| !name.starts_with('=')));
    assert!(names.contains(&"x".repeat(10_000)), "data is whole");
}

#[test]
fn hostile_names_stay_text_in_markdown_and_it_fits_a_comment() {
    let plan = hostile_plan();
    let plans = [("p", &plan), ("q", &plan)];
    let text = markdown::render(&report(&plans, &[(0, 1)]));
    assert!(!text.contains("<script"), "{text}");
    let text = markdown::render(&report(&plans[..1], &[]));
    assert!(
        text.contains("a\\|b") && text.contains("\\`code\\`"),
        "{text}"
    );
    assert!(
        !text.contains("<img") && !text.contains('\u{202E}'),
        "{text}"
    );
    assert!(text.len() < 65_536);
}

#[test]
fn json_is_a_document_with_every_table() {
    let plan = sample::whole_plan();
    let plans = [("p", &plan), ("q", &plan)];
    let report = report(&plans, &[(0, 1)]);
    let document: serde_json::Value =
        serde_json::from_str(&json::render(&report)).expect("valid JSON");
    assert_eq!(document["version"], 1);
    for table in &report.tables {
        let rows = document["tables"][table.name].as_array().expect("a list");
        assert_eq!(rows.len(), table.rows.len(), "{}", table.name);
    }
    assert_eq!(document["tables"]["charges"][0]["BillingCurrency"], "USD");
}

#[test]
fn parquet_reads_back_as_it_was_written() {
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    use ::parquet::record::Field;
    let plan = hostile_plan();
    let plans = [("p", &plan)];
    let report = report(&plans, &[]);
    for table in report.all_tables() {
        let bytes = bytes::Bytes::from(parquet::render(table));
        let reader = SerializedFileReader::new(bytes).expect("a Parquet file");
        let rows: Vec<_> = (reader.get_row_iter(None).expect("rows"))
            .map(|row| row.expect("a row"))
            .collect();
        assert_eq!(rows.len(), table.rows.len(), "{}", table.name);
        for (row, written) in rows.iter().zip(&table.rows) {
            for ((name, field), (column, cell)) in
                row.get_column_iter().zip(table.columns.iter().zip(written))
            {
                assert_eq!(name, column.name);
                match (field, cell) {
                    (Field::Null, Cell::Empty) => {}
                    (Field::Str(read), Cell::Text(text)) => assert_eq!(read, text),
                    (Field::Long(read), Cell::Integer(count)) => assert_eq!(read, count),
                    (Field::Double(read), cell) => assert_eq!(Some(*read), cell.number()),
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn a_budget_is_kept_or_broken_to_the_cent() {
    let plan = sample::plan();
    let budget = |text: &str| budget_words(&plan, text.parse().expect("an amount"));
    assert_eq!(
        budget("294.19"),
        "within the budget of 294.19 USD per month, 0.00 below it"
    );
    // The bound is 293.97 USD per month.
    assert_eq!(
        budget("294"),
        "0.19 USD per month over the budget of 294.00"
    );
    assert_eq!(
        budget("200"),
        "94.19 USD per month over the budget of 200.00; no plan under this policy can keep it"
    );
}

#[test]
fn the_comment_of_a_comparison_says_what_changed() {
    let before = sample::plan();
    let after = sample::whole_plan();
    let plans = [("main.json", &before), ("branch.json", &after)];
    insta::assert_snapshot!(markdown::render(&report(&plans, &[(0, 1)])));
}

#[test]
fn the_comment_of_a_plan_shows_where_the_money_goes() {
    let plan = sample::whole_plan();
    insta::assert_snapshot!(markdown::render(&report(&[("p", &plan)], &[])));
}

#[test]
fn charges_speak_focus() {
    let plan = sample::whole_plan();
    insta::assert_snapshot!(csv::render(
        report(&[("p", &plan)], &[])
            .table("charges")
            .expect("a table")
    ));
}

#[test]
fn a_large_fleet_stays_a_page() {
    let mut plan = sample::plan();
    let service = plan.services[0].clone();
    plan.services = (0..1_000)
        .map(|number| {
            let mut service = service.clone();
            service.service_name = format!("service-{number}");
            service
        })
        .collect();
    let row = plan.instances[0].clone();
    plan.instances = (0..5_000)
        .map(|number: u64| {
            let mut row = row.clone();
            row.count = 1;
            row.tasks = (0..20)
                .map(|task| (format!("service-{}", (number * 7 + task * 13) % 1_000), 1))
                .collect();
            row
        })
        .collect();
    let plans = [("p", &plan)];
    let report = report(&plans, &[]);
    let html = page::render(&report);
    assert!(html.len() < 5_000_000, "{}", html.len());
    assert!(markdown::render(&report).len() < 65_536);
}
