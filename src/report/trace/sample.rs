//! Traces for the tests of writers and of the picture.

use rust_decimal::Decimal;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::simulate::cost::CostMeter;
use crate::simulate::trace::{
    Event, EventKind, InstanceCount, Minute, Names, ProviderState, ServiceTasks, Trace,
};

pub fn names() -> Names {
    let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Names {
        services: list(&["web", "worker, \"night\""]),
        providers: list(&["general"]),
        instance_types: list(&["m7i.large"]),
        zones: list(&["us-east-1a", "us-east-1b"]),
    }
}

/// A scale-out from zero, a Spot reclaim and a scale-in, an hour and a half long.
pub fn trace() -> Trace {
    let mut meter = CostMeter::default();
    let rate: UsdPerHour = "0.1008".parse().expect("a rate");
    let mut trace = Trace {
        names: names(),
        ..Trace::default()
    };
    for minute in 0..90_u64 {
        let instances = instances_at(minute);
        let wanted = if minute < 60 { 24 } else { 9 };
        let running = wanted.min(instances * 3);
        let waiting = wanted - running;
        meter.add(rate * instances, 60);
        trace.minutes.push(Minute {
            minute,
            services: vec![ServiceTasks {
                service: 0,
                running,
                pending: waiting.min(2),
                provisioning: waiting.saturating_sub(2),
            }],
            providers: vec![ProviderState {
                provider: 0,
                reservation_percent: Some(reservation_at(minute)),
                desired: instances_at(minute + 2).max(instances),
            }],
            instances: vec![InstanceCount {
                provider: Some(0),
                instance_type: 0,
                zone: Some(0),
                purchase_option: Capacity::Spot,
                count: instances,
            }],
            cost_usd: meter.usd(),
            usd_per_hour: rate * instances,
        });
    }
    trace.events = events();
    trace
}

fn instances_at(minute: u64) -> u64 {
    match minute {
        0..3 => 0,
        3..8 => 2,
        38..42 | 75 => 5,
        8..38 | 42..75 => 8,
        76 => 4,
        _ => 3,
    }
}

fn reservation_at(minute: u64) -> Decimal {
    match minute {
        0..3 => Decimal::from(200),
        3..8 => Decimal::from(400),
        38..42 => Decimal::from(160),
        60..76 => Decimal::new(375, 1),
        76 => Decimal::from(75),
        _ => Decimal::from(100),
    }
}

fn events() -> Vec<Event> {
    let of_provider = |minute, kind, count| Event::new(minute, kind, count).of_provider(0);
    vec![
        Event::new(0, EventKind::DesiredCountChanged, 24).of_service(0),
        of_provider(0, EventKind::ScaleOut, 2),
        Event::new(3, EventKind::TasksStarted, 6).of_service(0),
        of_provider(6, EventKind::ScaleOut, 6),
        Event::new(36, EventKind::SpotNotice, 3)
            .of_type(0)
            .in_zone(0),
        Event::new(38, EventKind::SpotReclaimed, 3)
            .of_type(0)
            .in_zone(0),
        Event::new(38, EventKind::TasksKilled, 9).of_service(0),
        of_provider(39, EventKind::ScaleOut, 3),
        Event::new(60, EventKind::DesiredCountChanged, 9).of_service(0),
        of_provider(75, EventKind::ScaleIn, 3),
        of_provider(76, EventKind::ScaleIn, 1),
        of_provider(77, EventKind::ScaleIn, 1),
    ]
}
