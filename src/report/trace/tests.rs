use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::simulate::trace::*;

fn short() -> Trace {
    let mut trace = sample::trace();
    trace
        .minutes
        .retain(|minute| (37..=38).contains(&minute.minute));
    trace
        .events
        .retain(|event| (37..=38).contains(&event.minute));
    trace.minutes[0].services.push(ServiceTasks {
        service: 1,
        running: 1,
        ..ServiceTasks::default()
    });
    trace
}

#[test]
fn json_lines() {
    insta::assert_snapshot!(to_json_lines(&short()));
}

#[test]
fn csv_table() {
    insta::assert_snapshot!(to_csv(&short()));
}

#[test]
fn events_come_before_the_state_at_the_end_of_their_minute() {
    let mut trace = short();
    trace.events.push(Event::new(99, EventKind::ScaleIn, 1));
    let text = to_json_lines(&trace);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect();
    let order: Vec<(u64, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["minute"].as_u64().expect("a minute"),
                line["record"].as_str().expect("a kind"),
            )
        })
        .collect();
    assert_eq!(
        order,
        [
            (37, "minute"),
            (38, "event"),
            (38, "event"),
            (38, "minute"),
            (99, "event")
        ]
    );
}

#[test]
fn every_kind_of_event_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> =
        EventKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), EventKind::ALL.len());
}

proptest! {
    #[test]
    fn the_table_parses_back_whatever_the_names(
        service in ".*", zone in "[=+@,\"\n\r\t;a-]{0,8}", count: u64,
    ) {
        let mut trace = short();
        trace.names.services[0].clone_from(&service);
        trace.names.zones[0].clone_from(&zone);
        trace.events[0].count = count;
        let text = to_csv(&trace);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        prop_assert_eq!(reader.headers().expect("headings"), &COLUMNS.to_vec());
        let rows: Vec<::csv::StringRecord> =
            reader.records().map(|row| row.expect("as many cells as headings")).collect();
        let plain = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
        let begins_a_formula = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        prop_assert!(rows.iter().all(|row| !row.iter().any(begins_a_formula)));
        let event = rows.iter().find(|row| &row[0] == "event").expect("an event");
        prop_assert_eq!(plain(&event[6]), zone.strip_prefix('\'').unwrap_or(&zone));
        prop_assert_eq!(&event[8], count.to_string());
        let of_service = rows.iter().find(|row| &row[0] == "service").expect("a service");
        prop_assert_eq!(plain(&of_service[3]), service.strip_prefix('\'').unwrap_or(&service));
        prop_assert_eq!(&of_service[9], trace.minutes[0].services[0].running.to_string());
    }
}
