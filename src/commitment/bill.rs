//! AWS's own order of applying commitments to an hour, and what comes of it.

use rust_decimal::Decimal;

use super::pool::Pool;

/// Use of one type in an hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The type, or [`FARGATE`](super::pool::FARGATE).
    pub name: String,
    /// Instances, or USD at list price of Fargate.
    pub count: Decimal,
    /// List price of one: 1 of Fargate.
    pub usd_per_hour: Decimal,
}

/// Hours with the same use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// How many.
    pub weight: u64,
    /// What may be covered in each of them.
    pub uses: Vec<Use>,
}

/// What commitments do in the mean of the hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What the commitments cost.
    pub cost: Decimal,
    /// What could be covered, at list price.
    pub eligible: Decimal,
    /// What each holds that is used, in its own unit.
    pub used: Vec<Decimal>,
    /// What each covers, at list price.
    pub covered: Vec<Decimal>,
}

impl Applied {
    /// What the bill is more than list prices; below 0 where commitments save.
    #[must_use]
    pub fn adjustment(&self) -> Decimal {
        self.cost - self.covered.iter().sum::<Decimal>()
    }
}

/// Applies commitments, which stand in AWS's order, to hours.
#[must_use]
pub fn applied(hours: &[Hours], pools: &[Pool]) -> Applied {
    let mut sums = Applied {
        cost: pools.iter().map(|pool| pool.usd_per_hour.amount()).sum(),
        eligible: Decimal::ZERO,
        used: vec![Decimal::ZERO; pools.len()],
        covered: vec![Decimal::ZERO; pools.len()],
    };
    let orders: Vec<Vec<&str>> = pools.iter().map(|pool| order(hours, pool)).collect();
    let mut weights = Decimal::ZERO;
    for hour in hours {
        let weight = Decimal::from(hour.weight);
        weights += weight;
        let mut left: Vec<Decimal> = hour.uses.iter().map(|used| used.count).collect();
        for used in &hour.uses {
            sums.eligible += weight * used.count * used.usd_per_hour;
        }
        for (place, pool) in pools.iter().enumerate() {
            let (used, covered) = cover(&hour.uses, &mut left, pool, &orders[place]);
            sums.used[place] += weight * used;
            sums.covered[place] += weight * covered;
        }
    }
    if !weights.is_zero() {
        sums.eligible /= weights;
        for sum in sums.used.iter_mut().chain(&mut sums.covered) {
            *sum /= weights;
        }
    }
    sums
}

/// Types that a commitment takes, in the order in which it does: the highest saving first, of equal ones the lowest rate; of
/// Reserved Instances the smallest size first.
pub(super) fn order<'a>(hours: &'a [Hours], pool: &Pool) -> Vec<&'a str> {
    let mut known: Vec<(Decimal, Decimal, &str)> = Vec::new();
    for used in hours.iter().flat_map(|hour| &hour.uses) {
        let Some(&takes) = pool.takes.get(&used.name) else {
            continue;
        };
        if used.usd_per_hour.is_zero() || known.iter().any(|(_, _, name)| *name == used.name) {
            continue;
        }
        let paid = if pool.is_of_usd() {
            takes / used.usd_per_hour
        } else {
            Decimal::ZERO
        };
        known.push((paid, takes, &used.name));
    }
    known.sort();
    known.into_iter().map(|(_, _, name)| name).collect()
}

/// Lets a commitment take what it can of what is left of an hour; what it takes, and what that is at list price.
pub(super) fn cover(
    uses: &[Use],
    left: &mut [Decimal],
    pool: &Pool,
    order: &[&str],
) -> (Decimal, Decimal) {
    let mut room = pool.capacity;
    let mut covered = Decimal::ZERO;
    for name in order {
        let Some(place) = uses.iter().position(|used| used.name == *name) else {
            continue;
        };
        if room <= Decimal::ZERO {
            break;
        }
        let takes = pool.takes[*name];
        let all = left[place] * takes;
        let part = if all <= room {
            left[place]
        } else {
            room / takes
        };
        room = if all <= room {
            room - all
        } else {
            Decimal::ZERO
        };
        left[place] -= part;
        covered += part * uses[place].usd_per_hour;
    }
    (pool.capacity - room, covered)
}
