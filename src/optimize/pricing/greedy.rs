//! Quick patterns: round the relaxation down, then fill what is left.

use super::knapsack::Knapsack;
use super::relaxation::Relaxation;

/// Positions in the order in which leftover room is offered to them: most profit per value of the
/// resources taken, at the relaxation's duals.
pub fn fill_order(knapsack: &Knapsack, relaxation: &Relaxation<'_>) -> Vec<usize> {
    let ratio = |position: usize| {
        relaxation.profits()[position] / relaxation.resource_value(position).max(1e-12)
    };
    let mut order: Vec<usize> = (0..knapsack.len())
        .filter(|&position| relaxation.profits()[position] > 0.0)
        .collect();
    order.sort_by(|&a, &b| ratio(b).total_cmp(&ratio(a)).then(a.cmp(&b)));
    order
}

/// Fills the room that `content` leaves, position by position in `order`.
///
/// # Panics
/// When the content does not fit to begin with.
pub fn fill(knapsack: &Knapsack, order: &[usize], content: &mut [u64]) {
    let mut residual = knapsack
        .residual(content)
        .expect("the content to fill up fits");
    for &position in order {
        let size = knapsack.size(position);
        let room = size
            .iter()
            .zip(&residual)
            .filter(|(size, _)| **size > 0)
            .map(|(size, left)| left / size)
            .min()
            .unwrap_or(u64::MAX);
        let more = room.min(knapsack.upper[position] - content[position]);
        if more > 0 {
            content[position] += more;
            for (left, size) in residual.iter_mut().zip(size) {
                *left -= size * more;
            }
        }
    }
}

/// The relaxation's point rounded down (with a tolerance) and filled up; exact arithmetic decides
/// whether it fits, so that a rounding error cannot make an infeasible pattern.
pub fn round_and_fill(
    knapsack: &Knapsack,
    relaxation: &Relaxation<'_>,
    order: &[usize],
) -> Vec<u64> {
    let floor = |tolerance: f64| -> Vec<u64> {
        relaxation
            .values
            .iter()
            .zip(&knapsack.upper)
            .map(|(&value, &upper)| {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let copies = (value + tolerance).floor().max(0.0) as u64;
                copies.min(upper)
            })
            .collect()
    };
    let mut content = floor(1e-7);
    if knapsack.residual(&content).is_none() {
        content = floor(-1e-7);
        if knapsack.residual(&content).is_none() {
            content = vec![0; knapsack.len()];
        }
    }
    fill(knapsack, order, &mut content);
    content
}
