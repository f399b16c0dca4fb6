//! The independent check of a packing: bins, items and cost counted again in exact decimals.

use rust_decimal::Decimal;

use crate::domain::packing::{PackedBins, PackingProblem, PackingSolution, PackingStatus};

/// Everything wrong with a solution, in words; empty when it holds.
#[must_use]
pub fn check_packing(problem: &PackingProblem, solution: &PackingSolution) -> Vec<String> {
    let mut wrong = Vec::new();
    let packed = matches!(
        solution.status,
        PackingStatus::Optimal | PackingStatus::Feasible
    );
    if !packed {
        if solution.cost.is_some() || !solution.patterns.is_empty() {
            wrong.push("a solution without a packing has a cost or patterns".to_owned());
        }
        return wrong;
    }
    let mut copies = vec![0_u64; problem.items.len()];
    let mut bins = vec![0_u64; problem.bins.len()];
    let mut cost = Some(Decimal::ZERO);
    for (index, pattern) in solution.patterns.iter().enumerate() {
        let Some(bin) = problem.bins.get(pattern.bin) else {
            wrong.push(format!("pattern {index} is of a bin that does not exist"));
            continue;
        };
        check_pattern(problem, index, pattern, &mut wrong);
        for &(item, each) in &pattern.items {
            if let Some(total) = copies.get_mut(item) {
                *total = total.saturating_add(each.saturating_mul(pattern.count));
            }
        }
        bins[pattern.bin] = bins[pattern.bin].saturating_add(pattern.count);
        cost = cost
            .and_then(|cost| cost.checked_add(bin.cost.checked_mul(Decimal::from(pattern.count))?));
    }
    for (item, packed) in problem.items.iter().zip(&copies) {
        if *packed != item.demand {
            wrong.push(format!(
                "{packed} copies of `{}` are packed, {} are to be",
                item.id, item.demand
            ));
        }
    }
    for (bin, used) in problem.bins.iter().zip(&bins) {
        if bin.limit.is_some_and(|limit| *used > limit) {
            wrong.push(format!(
                "{used} bins of `{}` are used, above its limit",
                bin.id
            ));
        }
    }
    if cost.is_none() || cost != solution.cost {
        wrong.push(format!(
            "the bins cost {cost:?}, the solution says {:?}",
            solution.cost
        ));
    }
    check_proof(solution, &mut wrong);
    wrong
}

/// Whether the content fits the bin, and every item is named once.
fn check_pattern(
    problem: &PackingProblem,
    index: usize,
    pattern: &PackedBins,
    wrong: &mut Vec<String>,
) {
    let ascending = pattern.items.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let known = pattern
        .items
        .iter()
        .all(|&(item, _)| item < problem.items.len());
    if !ascending || !known {
        wrong.push(format!(
            "pattern {index} names an item twice, or one that does not exist"
        ));
        return;
    }
    for (d, dimension) in problem.dims.iter().enumerate() {
        let load = pattern
            .items
            .iter()
            .try_fold(Decimal::ZERO, |load, &(item, copies)| {
                load.checked_add(problem.items[item].size[d].checked_mul(Decimal::from(copies))?)
            });
        let capacity = problem.bins[pattern.bin].capacity[d];
        if load.is_none_or(|load| load > capacity) {
            wrong.push(format!(
                "pattern {index} holds more `{dimension}` than its bin"
            ));
        }
    }
}

/// Whether bound, cost and status agree.
fn check_proof(solution: &PackingSolution, wrong: &mut Vec<String>) {
    if let (Some(cost), Some(bound)) = (solution.cost, solution.bound)
        && bound > cost
    {
        wrong.push(format!("the bound {bound} is above the cost {cost}"));
    }
    if solution.status == PackingStatus::Optimal && solution.bound.is_none() {
        wrong.push("`optimal` without a bound".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packing::{BinKind, ItemKind};

    fn problem() -> PackingProblem {
        PackingProblem {
            name: "p".to_owned(),
            dims: vec!["d".to_owned()],
            bins: vec![BinKind {
                id: "b".to_owned(),
                capacity: vec![Decimal::from(10)],
                cost: Decimal::new(15, 1),
                limit: Some(2),
            }],
            items: vec![ItemKind {
                id: "i".to_owned(),
                size: vec![Decimal::from(4)],
                demand: 4,
            }],
            best_known: None,
        }
    }

    fn solution() -> PackingSolution {
        PackingSolution {
            status: PackingStatus::Optimal,
            cost: Some(Decimal::from(3)),
            proven: None,
            bound: Some(Decimal::from(3)),
            seconds: 0.0,
            patterns: vec![PackedBins {
                bin: 0,
                count: 2,
                items: vec![(0, 2)],
            }],
            reasons: Vec::new(),
        }
    }

    #[test]
    fn a_right_packing_passes_and_every_wrong_one_is_caught() {
        assert_eq!(check_packing(&problem(), &solution()), Vec::<String>::new());
        let changes: [fn(&mut PackingSolution); 7] = [
            |s| s.patterns[0].items[0].1 = 3,
            |s| s.patterns[0].count = 3,
            |s| s.patterns[0].bin = 7,
            |s| s.patterns[0].items = vec![(0, 1), (0, 1)],
            |s| s.cost = Some(Decimal::from(2)),
            |s| s.bound = Some(Decimal::from(4)),
            |s| s.bound = None,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = solution();
            change(&mut changed);
            assert!(
                !check_packing(&problem(), &changed).is_empty(),
                "change {index}"
            );
        }
    }
}
