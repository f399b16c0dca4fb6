//! A trace as one table for spreadsheets. The first column says what a row is:
//!
//! | record | filled |
//! |---|---|
//! | `event` | event, count and what it concerns |
//! | `minute` | totals of the minute and the cost so far |
//! | `service` | tasks of one service |
//! | `provider` | reservation and desired capacity of one provider |
//! | `instances` | count of identical instances |

use ::csv::Writer;

use crate::io::csv_cell::text_cell;
use crate::simulate::trace::{
    Event, InstanceCount, Minute, ProviderState, Record, ServiceTasks, Trace,
};

/// Headings, in order.
pub const COLUMNS: [&str; 16] = [
    "record",
    "minute",
    "event",
    "service",
    "capacity_provider",
    "instance_type",
    "availability_zone",
    "purchase_option",
    "count",
    "running",
    "pending",
    "provisioning",
    "instances",
    "desired",
    "reservation_percent",
    "cost_usd",
];

/// One row; what does not apply is empty.
#[derive(Default)]
struct TraceRow {
    record: &'static str,
    minute: u64,
    event: &'static str,
    service: String,
    provider: String,
    instance_type: String,
    zone: String,
    purchase_option: String,
    count: Option<u64>,
    /// Running, pending, provisioning.
    tasks: Option<[u64; 3]>,
    instances: Option<u64>,
    desired: Option<u64>,
    reservation_percent: String,
    cost_usd: String,
}

impl TraceRow {
    fn cells(self) -> [String; 16] {
        let number = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
        let task = |state: usize| number(self.tasks.map(|tasks| tasks[state]));
        let (running, pending, provisioning) = (task(0), task(1), task(2));
        [
            self.record.to_owned(),
            self.minute.to_string(),
            self.event.to_owned(),
            self.service,
            self.provider,
            self.instance_type,
            self.zone,
            self.purchase_option,
            number(self.count),
            running,
            pending,
            provisioning,
            number(self.instances),
            number(self.desired),
            self.reservation_percent,
            self.cost_usd,
        ]
    }
}

/// The whole file.
#[must_use]
pub fn render(trace: &Trace) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |cells: &[String]| {
        writer
            .write_record(cells)
            .expect("as many cells a row as headings, written to memory");
    };
    write(&COLUMNS.map(str::to_owned));
    for record in trace.records() {
        let rows = match record {
            Record::Event(event) => vec![event_row(trace, event)],
            Record::Minute(minute) => minute_rows(trace, minute),
        };
        for row in rows {
            write(&row.cells());
        }
    }
    let bytes = writer.into_inner().expect("flushing to memory");
    String::from_utf8(bytes).expect("cells are UTF-8")
}

fn name(list: &[String], index: Option<usize>) -> String {
    text_cell(Trace::name(list, index))
}

fn event_row(trace: &Trace, event: &Event) -> TraceRow {
    let names = &trace.names;
    TraceRow {
        record: "event",
        minute: event.minute,
        event: event.kind.name(),
        service: name(&names.services, event.service),
        provider: name(&names.providers, event.provider),
        instance_type: name(&names.instance_types, event.instance_type),
        zone: name(&names.zones, event.zone),
        count: Some(event.count),
        ..TraceRow::default()
    }
}

fn minute_rows(trace: &Trace, minute: &Minute) -> Vec<TraceRow> {
    let mut rows = vec![totals(minute)];
    rows.extend(
        minute
            .services
            .iter()
            .map(|row| service_row(trace, minute, row)),
    );
    rows.extend(
        minute
            .providers
            .iter()
            .map(|row| provider_row(trace, minute, row)),
    );
    rows.extend(
        minute
            .instances
            .iter()
            .map(|row| instance_row(trace, minute, row)),
    );
    rows
}

fn totals(minute: &Minute) -> TraceRow {
    TraceRow {
        record: "minute",
        minute: minute.minute,
        tasks: Some([minute.running(), minute.pending(), minute.provisioning()]),
        instances: Some(minute.instances()),
        desired: Some(minute.desired()),
        cost_usd: minute.cost_usd.to_string(),
        ..TraceRow::default()
    }
}

fn service_row(trace: &Trace, minute: &Minute, row: &ServiceTasks) -> TraceRow {
    TraceRow {
        record: "service",
        minute: minute.minute,
        service: name(&trace.names.services, Some(row.service)),
        tasks: Some([row.running, row.pending, row.provisioning]),
        ..TraceRow::default()
    }
}

fn provider_row(trace: &Trace, minute: &Minute, row: &ProviderState) -> TraceRow {
    TraceRow {
        record: "provider",
        minute: minute.minute,
        provider: name(&trace.names.providers, Some(row.provider)),
        desired: Some(row.desired),
        reservation_percent: row
            .reservation_percent
            .map_or(String::new(), |p| p.to_string()),
        ..TraceRow::default()
    }
}

fn instance_row(trace: &Trace, minute: &Minute, row: &InstanceCount) -> TraceRow {
    let names = &trace.names;
    TraceRow {
        record: "instances",
        minute: minute.minute,
        provider: name(&names.providers, row.provider),
        instance_type: name(&names.instance_types, Some(row.instance_type)),
        zone: name(&names.zones, row.zone),
        purchase_option: row.purchase_option.to_string(),
        count: Some(row.count),
        ..TraceRow::default()
    }
}
