//! The trace of a run, and the names of types and zones behind its indices.

use crate::domain::money::UsdPerHour;
use crate::simulate::cost::CostMeter;
use crate::simulate::trace::{
    Event, EventKind, InstanceCount, Minute, Names, ProviderState, ServiceTasks, Trace,
};
use crate::simulate::world::World;

use super::group::SimulatedGroup;

/// What instances outside every zone are called.
const NO_ZONE: &str = "(no zone)";

/// Names, and for each host of the world its type and zone.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub names: Names,
    pub type_of: Vec<usize>,
    pub zone_of: Vec<usize>,
}

impl Places {
    pub fn new(world: &World) -> Self {
        let mut names = Names {
            services: world
                .workload
                .classes
                .iter()
                .map(|c| c.name.clone())
                .collect(),
            providers: world.providers.clone(),
            instance_types: Vec::new(),
            zones: Vec::new(),
        };
        let mut type_of = Vec::new();
        let mut zone_of = Vec::new();
        for host in &world.hosts {
            let zone = host.host.availability_zone.as_deref().unwrap_or(NO_ZONE);
            type_of.push(position(
                &mut names.instance_types,
                &host.host.instance_type,
            ));
            zone_of.push(position(&mut names.zones, zone));
        }
        Self {
            names,
            type_of,
            zone_of,
        }
    }
}

fn position(names: &mut Vec<String>, name: &str) -> usize {
    let known = names.iter().position(|known| known == name);
    known.unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

/// Collects events and minutes.
#[derive(Debug)]
pub(super) struct Recorder {
    pub trace: Trace,
    meter: CostMeter,
    fargate: UsdPerHour,
    minute: u64,
}

impl Recorder {
    pub fn new(places: &Places, fargate: UsdPerHour) -> Self {
        Self {
            trace: Trace {
                names: places.names.clone(),
                ..Trace::default()
            },
            meter: CostMeter::default(),
            fargate,
            minute: 0,
        }
    }

    /// Notes something that happened in the minute under way; the same thing twice in a minute is one event.
    pub fn note(&mut self, kind: EventKind, count: u64, with: impl Fn(Event) -> Event) {
        if count == 0 {
            return;
        }
        let event = with(Event::new(self.minute, kind, count));
        let same = |known: &&mut Event| {
            let counted = Event {
                count: event.count,
                ..**known
            };
            counted == event
        };
        let this_minute = (self.trace.events.iter_mut().rev())
            .take_while(|known| known.minute == event.minute)
            .find(same);
        match this_minute {
            Some(known) => known.count += count,
            None => self.trace.events.push(event),
        }
    }

    /// Ends the minute.
    pub fn end_minute(
        &mut self,
        world: &World,
        places: &Places,
        groups: &[SimulatedGroup],
        reservations: &[Option<rust_decimal::Decimal>],
        services: Vec<ServiceTasks>,
    ) {
        let mut rate = self.fargate;
        let mut instances = Vec::new();
        let mut providers = Vec::new();
        for (group, reservation) in groups.iter().zip(reservations) {
            for (host, count) in group.by_host() {
                rate += world.hosts[host].host.usd_per_hour * count;
                instances.push(InstanceCount {
                    provider: group.provider,
                    instance_type: places.type_of[host],
                    zone: Some(places.zone_of[host]),
                    purchase_option: world.hosts[host].host.purchase_option,
                    count,
                });
            }
            if let Some(provider) = group.provider {
                providers.push(ProviderState {
                    provider,
                    reservation_percent: *reservation,
                    desired: group.desired,
                });
            }
        }
        self.meter.add(rate, 60);
        self.trace.minutes.push(Minute {
            minute: self.minute,
            services,
            providers,
            instances,
            cost_usd: self.meter.usd(),
            usd_per_hour: rate,
        });
        self.minute += 1;
    }

    /// USD so far.
    pub fn usd(&self) -> rust_decimal::Decimal {
        self.meter.usd()
    }
}
