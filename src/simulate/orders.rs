//! Arrival orders: in which sequence the tasks of a cluster ask for a place.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::workload::Workload;

/// How tasks arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arrival {
    /// All tasks of a service one after the other, the services in shuffled order: as when services are
    /// created, or restored, one by one.
    ServiceByService,
    /// Tasks of all services mixed, every order equally likely: as when all services scale or recover at
    /// once.
    Shuffled,
}

impl Arrival {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceByService => "service by service",
            Self::Shuffled => "shuffled",
        }
    }

    /// How the tasks of one of many orders arrive: even ones service by service, odd ones shuffled.
    #[must_use]
    pub const fn of_order(order: u64) -> Self {
        if order.is_multiple_of(2) {
            Self::ServiceByService
        } else {
            Self::Shuffled
        }
    }
}

/// Writes an arrival order into `order`: for each task, the service's position in the workload.
///
/// # Panics
/// When there are 2³² services.
pub fn write_order(workload: &Workload, arrival: Arrival, seed: u64, order: &mut Vec<u32>) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut classes: Vec<u32> = (0..workload.classes.len())
        .map(|class| u32::try_from(class).expect("fewer than 2^32 services"))
        .collect();
    if arrival == Arrival::ServiceByService {
        classes.shuffle(&mut random);
    }
    order.clear();
    for class in classes {
        let count = workload.classes[class as usize].count;
        order.extend((0..count).map(|_| class));
    }
    if arrival == Arrival::Shuffled {
        order.shuffle(&mut random);
    }
}
