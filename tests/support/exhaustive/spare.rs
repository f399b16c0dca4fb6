//! Room beside the tasks: for a rollout of any one service, and for the tasks of a lost zone.

use super::loads::NEVER;
use super::problem::Problem;

/// Instances by number with the load of each.
pub type Fleet = [(usize, usize)];

/// A wish that a fleet does not fulfil yet, and the least that fulfilling it costs.
#[derive(Debug, Clone, Copy)]
pub enum Unmet {
    /// More instances.
    Count,
    /// Room for further tasks of a service.
    Rollout {
        /// The service.
        service: usize,
    },
    /// Room outside a zone for a load of its tasks.
    ZoneLoss {
        /// The zone.
        zone: usize,
        /// Its tasks.
        lost: usize,
    },
}

impl Unmet {
    /// Whether one more empty instance of the kind can help at all.
    pub fn is_helped_by(self, problem: &Problem<'_>, kind: usize) -> bool {
        let holds = &problem.kind_holds[kind];
        match self {
            Self::Count => true,
            Self::Rollout { service } => holds[problem.loads.of(service, 1)],
            Self::ZoneLoss { zone, lost } => {
                problem.kinds[kind].zone_index != Some(zone)
                    && (problem.loads.parts(lost)).any(|part| part > 0 && holds[part])
            }
        }
    }
}

/// How many further tasks of a service an instance takes beside its load.
pub fn further(problem: &Problem<'_>, (number, load): (usize, usize), service: usize) -> u64 {
    let holds = problem.holds(number);
    let room =
        problem.counts[service] + problem.surge[service] - problem.loads.counts(load)[service];
    (1..=room)
        .take_while(|&more| holds[load + problem.loads.of(service, more)])
        .last()
        .unwrap_or(0)
}

/// Tasks of a service beyond the room there is for its rollout.
pub fn rollout_deficit(problem: &Problem<'_>, fleet: &Fleet, service: usize) -> u64 {
    let room: u64 = (fleet.iter())
        .map(|&filled| further(problem, filled, service))
        .sum();
    problem.surge[service].saturating_sub(room)
}

/// All tasks of the fleet in a zone.
pub fn load_in(problem: &Problem<'_>, fleet: &Fleet, zone: usize) -> usize {
    (fleet.iter())
        .filter(|&&(number, _)| problem.instance(number).zone_index == Some(zone))
        .map(|&(_, load)| load)
        .sum()
}

/// Which parts of a load find places on the fleet's instances outside a zone, beside what runs there.
pub fn absorbed(problem: &Problem<'_>, fleet: &Fleet, zone: usize, lost: usize) -> Vec<bool> {
    let loads = &problem.loads;
    let mut reached = vec![false; lost + 1];
    reached[0] = true;
    let remaining =
        (fleet.iter()).filter(|&&(number, _)| problem.instance(number).zone_index != Some(zone));
    for &(number, load) in remaining {
        let holds = problem.holds(number);
        let parts: Vec<usize> = (loads.parts(lost))
            .filter(|&part| part > 0 && holds[load + part])
            .collect();
        let before: Vec<usize> = (0..=lost).filter(|&placed| reached[placed]).collect();
        for placed in before {
            for &part in &parts {
                if loads.within(part, lost - placed) {
                    reached[placed + part] = true;
                }
            }
        }
    }
    reached
}

/// Least cost of instances outside the zone for what finds no place yet; 0 when all does.
pub fn zone_loss_deficit(
    problem: &Problem<'_>,
    fleet: &Fleet,
    zone: usize,
    lost: usize,
    least_outside: &[i64],
) -> i64 {
    let reached = absorbed(problem, fleet, zone, lost);
    (0..=lost)
        .filter(|&placed| reached[placed])
        .map(|placed| least_outside[lost - placed])
        .min()
        .unwrap_or(NEVER)
}
