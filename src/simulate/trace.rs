//! What a replay did, minute by minute and event by event, as data.
//!
//! Records hold dense indices; [`Names`] gives the names, so that a long trace stays small. The
//! events of a minute come before the minute's own record, which is the state at its end.

mod event;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;

use rust_decimal::Decimal;

pub use self::event::{Event, EventKind};

/// Names behind the dense indices of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Services.
    pub services: Vec<String>,
    /// Capacity providers.
    pub providers: Vec<String>,
    /// Instance types.
    pub instance_types: Vec<String>,
    /// Availability Zones.
    pub zones: Vec<String>,
}

/// A whole trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Names behind the indices.
    pub names: Names,
    /// One record per minute, ascending.
    pub minutes: Vec<Minute>,
    /// Events, ascending by minute, in the order in which they happened.
    pub events: Vec<Event>,
}

/// The state at the end of a minute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Minute {
    /// Which, from 0.
    pub minute: u64,
    /// Each service that has tasks.
    pub services: Vec<ServiceTasks>,
    /// Each capacity provider with managed scaling.
    pub providers: Vec<ProviderState>,
    /// Instances, identical ones together.
    pub instances: Vec<InstanceCount>,
    /// USD since the start.
    pub cost_usd: Decimal,
    /// What an hour of all that runs costs.
    pub usd_per_hour: UsdPerHour,
}

/// Tasks of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceTasks {
    /// Which service.
    pub service: usize,
    /// Tasks that run.
    pub running: u64,
    /// Tasks that have a place and do not run yet, or that ECS tries to place again and again.
    pub pending: u64,
    /// Tasks in PROVISIONING: they wait for their capacity provider.
    pub provisioning: u64,
}

/// A capacity provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderState {
    /// Which provider.
    pub provider: usize,
    /// `CapacityProviderReservation`, in percent; `None` before its first value.
    pub reservation_percent: Option<Decimal>,
    /// Desired capacity of its group.
    pub desired: u64,
}

/// Identical instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceCount {
    /// Capacity provider, if any.
    pub provider: Option<usize>,
    /// Instance type.
    pub instance_type: usize,
    /// Zone, where known.
    pub zone: Option<usize>,
    /// How they are bought.
    pub purchase_option: Capacity,
    /// How many run, those that drain included.
    pub count: u64,
}

impl Minute {
    /// Tasks that run.
    #[must_use]
    pub fn running(&self) -> u64 {
        self.services.iter().map(|service| service.running).sum()
    }

    /// Tasks with a place that do not run yet, or tried again and again.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.services.iter().map(|service| service.pending).sum()
    }

    /// Tasks in PROVISIONING.
    #[must_use]
    pub fn provisioning(&self) -> u64 {
        self.services
            .iter()
            .map(|service| service.provisioning)
            .sum()
    }

    /// Instances of all kinds.
    #[must_use]
    pub fn instances(&self) -> u64 {
        self.instances.iter().map(|row| row.count).sum()
    }

    /// Desired capacity of all groups.
    #[must_use]
    pub fn desired(&self) -> u64 {
        self.providers.iter().map(|provider| provider.desired).sum()
    }
}

/// One entry of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record<'a> {
    /// Something that happened.
    Event(&'a Event),
    /// The state at the end of a minute.
    Minute(&'a Minute),
}

impl Trace {
    /// Events and minutes in the order of time; events after the last minute come last.
    #[must_use]
    pub fn records(&self) -> Vec<Record<'_>> {
        let mut events = self.events.iter().peekable();
        let mut records = Vec::with_capacity(self.events.len() + self.minutes.len());
        for minute in &self.minutes {
            while let Some(event) = events.next_if(|event| event.minute <= minute.minute) {
                records.push(Record::Event(event));
            }
            records.push(Record::Minute(minute));
        }
        records.extend(events.map(Record::Event));
        records
    }

    /// The name of an index, or nothing.
    #[must_use]
    pub fn name(list: &[String], index: Option<usize>) -> &str {
        index
            .and_then(|index| list.get(index))
            .map_or("", String::as_str)
    }
}
