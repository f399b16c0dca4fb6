//! A trace as JSON Lines: one object a line, `record` says of which kind.
//!
//! ```text
//! {"record":"event","minute":3,"event":"spot-notice","instanceType":"m7i.large","availabilityZone":"a","count":2}
//! {"record":"minute","minute":3,"running":8,"pending":0,"provisioning":2,"instances":4,"desired":5,
//!  "costUsd":0.0136,"services":[…],"capacityProviders":[…],"instanceCounts":[…]}
//! ```

use rust_decimal::Decimal;
use serde::Serialize;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::simulate::trace::{
    Event, InstanceCount, Minute, ProviderState, Record, ServiceTasks, Trace,
};

/// The whole file.
#[must_use]
pub fn render(trace: &Trace) -> String {
    let mut text = String::new();
    for record in trace.records() {
        let line = match record {
            Record::Event(event) => serde_json::to_string(&event_line(trace, event)),
            Record::Minute(minute) => serde_json::to_string(&minute_line(trace, minute)),
        };
        text.push_str(&line.expect("strings and numbers have a JSON form"));
        text.push('\n');
    }
    text
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventLine<'a> {
    record: &'static str,
    minute: u64,
    event: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    service_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    capacity_provider: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    instance_type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    availability_zone: &'a str,
    count: u64,
}

fn event_line<'a>(trace: &'a Trace, event: &Event) -> EventLine<'a> {
    let names = &trace.names;
    EventLine {
        record: "event",
        minute: event.minute,
        event: event.kind.name(),
        service_name: Trace::name(&names.services, event.service),
        capacity_provider: Trace::name(&names.providers, event.provider),
        instance_type: Trace::name(&names.instance_types, event.instance_type),
        availability_zone: Trace::name(&names.zones, event.zone),
        count: event.count,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MinuteLine<'a> {
    record: &'static str,
    minute: u64,
    running: u64,
    pending: u64,
    provisioning: u64,
    instances: u64,
    desired: u64,
    cost_usd: Number,
    services: Vec<ServiceLine<'a>>,
    capacity_providers: Vec<ProviderLine<'a>>,
    instance_counts: Vec<InstanceLine<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceLine<'a> {
    service_name: &'a str,
    running: u64,
    pending: u64,
    provisioning: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProviderLine<'a> {
    capacity_provider: &'a str,
    reservation_percent: Option<Number>,
    desired: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceLine<'a> {
    capacity_provider: Option<&'a str>,
    instance_type: &'a str,
    availability_zone: Option<&'a str>,
    #[serde(with = "crate::io::purchase_option")]
    purchase_option: Capacity,
    count: u64,
}

/// A decimal as a JSON number, written like the plan's amounts.
#[derive(Serialize)]
#[serde(transparent)]
struct Number(UsdPerHour);

impl Number {
    const fn of(value: Decimal) -> Self {
        Self(UsdPerHour::new(value))
    }
}

fn minute_line<'a>(trace: &'a Trace, minute: &Minute) -> MinuteLine<'a> {
    let names = &trace.names;
    let service = |row: &ServiceTasks| ServiceLine {
        service_name: Trace::name(&names.services, Some(row.service)),
        running: row.running,
        pending: row.pending,
        provisioning: row.provisioning,
    };
    let provider = |row: &ProviderState| ProviderLine {
        capacity_provider: Trace::name(&names.providers, Some(row.provider)),
        reservation_percent: row.reservation_percent.map(Number::of),
        desired: row.desired,
    };
    let instances = |row: &InstanceCount| InstanceLine {
        capacity_provider: row
            .provider
            .map(|_| Trace::name(&names.providers, row.provider)),
        instance_type: Trace::name(&names.instance_types, Some(row.instance_type)),
        availability_zone: row.zone.map(|_| Trace::name(&names.zones, row.zone)),
        purchase_option: row.purchase_option,
        count: row.count,
    };
    MinuteLine {
        record: "minute",
        minute: minute.minute,
        running: minute.running(),
        pending: minute.pending(),
        provisioning: minute.provisioning(),
        instances: minute.instances(),
        desired: minute.desired(),
        cost_usd: Number::of(minute.cost_usd),
        services: minute.services.iter().map(service).collect(),
        capacity_providers: minute.providers.iter().map(provider).collect(),
        instance_counts: minute.instances.iter().map(instances).collect(),
    }
}
