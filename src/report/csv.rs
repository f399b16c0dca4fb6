//! The plan as a table for spreadsheets and scripts: one line per instance row, then one per Fargate row.
//!
//! Tasks without a place are not in the table; the exit code and the other formats tell of them. Rows of a plan over a week are those of
//! the hour that it shows, and a last line leads from there to the week's mean.

use ::csv::Writer;
use indexmap::IndexMap;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::io::csv_cell::text_cell;

use super::cost::charges::{WEEK_LESS_HOUR, week_less_hour};

/// Headings, in order.
pub const COLUMNS: [&str; 13] = [
    "instance_type",
    "purchase_option",
    "availability_zone",
    "capacity_provider",
    "count",
    "usd_per_hour",
    "total_usd_per_hour",
    "tasks",
    "interruption_band",
    "spare",
    "existing",
    "fargate_cpu",
    "fargate_memory_mib",
];

/// The whole table. `tasks` holds `service=n` per instance, separated by semicolons, and `spare` the room
/// kept on each in the same form; a Fargate row has no instance type, purchase option or zone, and one task
/// per count.
#[must_use]
pub fn render(plan: &FleetPlan) -> String {
    let mut records: Vec<[String; 13]> = vec![COLUMNS.map(str::to_owned)];
    for row in &plan.instances {
        records.push([
            text_cell(&row.instance_type),
            row.purchase_option.to_string(),
            text_cell(row.availability_zone.as_deref().unwrap_or("")),
            text_cell(&row.capacity_provider),
            row.count.to_string(),
            money(row.usd_per_hour),
            money(row.usd_per_hour * row.count),
            by_service(&row.tasks),
            text_cell(row.interruption_band.as_deref().unwrap_or("")),
            by_service(&row.spare),
            row.existing.to_string(),
            String::new(),
            String::new(),
        ]);
    }
    for row in &plan.fargate_tasks {
        records.push([
            String::new(),
            String::new(),
            String::new(),
            text_cell(&row.capacity_provider),
            row.count.to_string(),
            money(row.usd_per_hour),
            money(row.usd_per_hour * row.count),
            text_cell(&format!("{}=1", row.service_name)),
            String::new(),
            String::new(),
            String::new(),
            row.cpu.to_string(),
            row.memory_mib.to_string(),
        ]);
    }
    records.extend(week(plan));
    let mut writer = Writer::from_writer(Vec::new());
    for record in records {
        writer
            .write_record(record)
            .expect("as many cells a record as headings, written to memory");
    }
    let bytes = writer.into_inner().expect("flushing to memory");
    String::from_utf8(bytes).expect("cells are UTF-8")
}

/// Of a plan over a week, whose rows are those of the hour that it shows: what leads from there to the week's mean, so that the column of
/// totals adds up to the bill before commitments.
fn week(plan: &FleetPlan) -> Option<[String; 13]> {
    let beside = week_less_hour(plan)?;
    let mut record = [const { String::new() }; 13];
    WEEK_LESS_HOUR.clone_into(&mut record[0]);
    record[6] = money(beside);
    Some(record)
}

/// `service=n` for each service, separated by semicolons.
fn by_service(counts: &IndexMap<String, u64>) -> String {
    let listed: Vec<String> = counts.iter().map(|(s, n)| format!("{s}={n}")).collect();
    text_cell(&listed.join(";"))
}

fn money(amount: UsdPerHour) -> String {
    amount.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{PeriodCost, PlannedFargateTasks};
    use crate::report::sample::{self, usd};

    #[test]
    fn one_line_per_row() {
        insta::assert_snapshot!(render(&sample::plan()));
    }

    #[test]
    fn formulas_in_names_are_disarmed() {
        for name in ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\tx"] {
            let mut plan = sample::plan();
            plan.instances.truncate(1);
            plan.instances[0].tasks = [(name.to_owned(), 1)].into_iter().collect();
            let text = render(&plan);
            let mut reader = ::csv::Reader::from_reader(text.as_bytes());
            let record = reader.records().next().expect("a row").expect("valid");
            assert_eq!(record[7], format!("'{name}=1"));
        }
    }

    #[test]
    fn fargate_rows_follow_and_the_total_column_is_the_bill() {
        let mut plan = sample::plan();
        plan.fargate_tasks.push(PlannedFargateTasks {
            service_name: "web".to_owned(),
            capacity_provider: "FARGATE".to_owned(),
            count: 2,
            cpu: 256,
            memory_mib: 512,
            usd_per_hour: usd("0.01"),
            schedule: Vec::new(),
        });
        let text = render(&plan);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let total: UsdPerHour = reader
            .records()
            .map(|record| usd(&record.expect("valid")[6]))
            .sum();
        assert_eq!(total, plan.cost.usd_per_hour + usd("0.02"));
        assert!(
            text.ends_with(",,,FARGATE,2,0.01,0.02,web=1,,,,256,512\n"),
            "{text}"
        );
    }

    #[test]
    fn a_week_has_a_line_that_leads_to_its_mean() {
        let mut plan = sample::plan();
        let hour = plan.cost.usd_per_hour;
        plan.cost.periods = vec![PeriodCost {
            name: "all".to_owned(),
            hours_per_week: 168,
            usd_per_hour: hour,
        }];
        plan.cost.usd_per_hour = hour - usd("0.25");
        let text = render(&plan);
        assert!(
            text.ends_with("The mean of the week less the hour shown,,,,,,-0.25,,,,,,\n"),
            "{text}"
        );
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let total: UsdPerHour = (reader.records())
            .map(|record| usd(&record.expect("valid")[6]))
            .sum();
        assert_eq!(total, plan.cost.usd_per_hour);
    }

    #[test]
    fn bands_spare_room_and_kept_instances_stand_in_the_last_columns() {
        insta::assert_snapshot!(render(&sample::whole_plan()));
    }
}
