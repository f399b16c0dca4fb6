//! Sizes that change seldom enough: raised in some hours, so that a group has at most so many scheduled changes a week.
//!
//! ```text
//! minimise  Σ_h s'_h
//! so that   s'_h ≥ s_h in every hour of the circle, and s' changes at most B times
//! ```
//! Exactly, by dynamic programming over the runs of equal sizes. The run with the largest size `M` comes first: whatever
//! segment holds it has size `M`, so that the circle may be cut there, and a last segment of size `M` joins it. Then
//! `f(k, i)`, the least sum over runs `0..i` in `k` segments of which the first has size `M`, is
//! `min_j f(k − 1, j) + max(s_j..s_i) · hours(j..i)`.

/// A run of hours with one size.
#[derive(Debug, Clone, Copy)]
struct Run {
    size: u64,
    hours: u64,
}

/// Changes of a size over the week, which repeats.
pub(super) fn changes(sizes: &[u64]) -> usize {
    (0..sizes.len())
        .filter(|&hour| sizes[hour] != sizes[(hour + 1) % sizes.len()])
        .count()
}

/// The least sizes, hour by hour no smaller than these, that change at most so many times.
pub(super) fn raised(sizes: &[u64], most: usize) -> Vec<u64> {
    if changes(sizes) <= most {
        return sizes.to_vec();
    }
    let largest = sizes.iter().copied().max().unwrap_or(0);
    // A size changes twice or never.
    let begin = (0..sizes.len()).find(|&hour| {
        let before = sizes[(hour + sizes.len() - 1) % sizes.len()];
        sizes[hour] == largest && before != largest
    });
    let (Some(begin), true) = (begin, most >= 2) else {
        return vec![largest; sizes.len()];
    };
    let circle: Vec<u64> = (0..sizes.len())
        .map(|after| sizes[(begin + after) % sizes.len()])
        .collect();
    let runs: Vec<Run> = (circle.chunk_by(|a, b| a == b))
        .map(|run| Run {
            size: run[0],
            hours: run.len() as u64,
        })
        .collect();
    let levels = levels(&runs, largest, most);
    let mut raised = vec![0; sizes.len()];
    let mut after = 0;
    for (run, level) in runs.iter().zip(levels) {
        for _ in 0..run.hours {
            raised[(begin + after) % sizes.len()] = level;
            after += 1;
        }
    }
    raised
}

/// The size of each run, of which the first has the largest; at most `most`, two or more, changes around the circle.
fn levels(runs: &[Run], largest: u64, most: usize) -> Vec<u64> {
    let hours_before: Vec<u64> = std::iter::once(0)
        .chain(runs.iter().scan(0, |sum, run| {
            *sum += run.hours;
            Some(*sum)
        }))
        .collect();
    let all = hours_before[runs.len()];
    // By segments and runs covered: the sum, and where the last segment begins.
    let mut table: Vec<Vec<Option<(u64, usize)>>> = vec![vec![None; runs.len() + 1]];
    table.push(
        (0..=runs.len())
            .map(|end| (end > 0).then(|| (largest.saturating_mul(hours_before[end]), 0)))
            .collect(),
    );
    for segments in 2..=most.min(runs.len()) {
        let row = (0..=runs.len())
            .map(|end| {
                let mut level = 0;
                let mut best: Option<(u64, usize)> = None;
                for begin in (1..end).rev() {
                    level = level.max(runs[begin].size);
                    let Some((before, _)) = table[segments - 1][begin] else {
                        continue;
                    };
                    let own = level.saturating_mul(hours_before[end] - hours_before[begin]);
                    let sum = before.saturating_add(own);
                    if best.is_none_or(|(least, _)| sum < least) {
                        best = Some((sum, begin));
                    }
                }
                best
            })
            .collect();
        table.push(row);
    }
    let mut best = (largest.saturating_mul(all), 1, runs.len());
    for (segments, row) in table.iter().enumerate().skip(2) {
        for (end, cell) in row.iter().enumerate() {
            let Some((sum, _)) = cell else { continue };
            let tail = largest.saturating_mul(all - hours_before[end]);
            if sum.saturating_add(tail) < best.0 {
                best = (sum.saturating_add(tail), segments, end);
            }
        }
    }
    let (_, mut segments, mut end) = best;
    let mut levels = vec![largest; runs.len()];
    while segments > 1 {
        let Some((_, begin)) = table[segments][end] else {
            break;
        };
        let level = runs[begin..end].iter().map(|run| run.size).max();
        levels[begin..end].fill(level.unwrap_or(largest));
        (segments, end) = (segments - 1, begin);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every way to cut the circle.
    fn least(sizes: &[u64], most: usize) -> u64 {
        let all = sizes.len();
        (0_u32..1 << all)
            .filter(|cuts| cuts.count_ones() as usize <= most)
            .map(|cuts| {
                let starts: Vec<usize> = (0..all).filter(|hour| cuts >> hour & 1 == 1).collect();
                if starts.len() < 2 {
                    return sizes.iter().max().copied().unwrap_or(0) * all as u64;
                }
                (0..starts.len())
                    .map(|at| {
                        let (begin, next) = (starts[at], starts[(at + 1) % starts.len()]);
                        let long = (next + all - begin - 1) % all + 1;
                        let hours = (0..long).map(|after| sizes[(begin + after) % all]);
                        hours.max().unwrap_or(0) * long as u64
                    })
                    .sum()
            })
            .min()
            .unwrap_or(0)
    }

    #[test]
    fn a_short_rise_is_joined_to_the_next_one() {
        let sizes = [2, 2, 5, 3, 5, 2, 2, 2];
        assert_eq!(raised(&sizes, 4), sizes);
        assert_eq!(raised(&sizes, 2), [2, 2, 5, 5, 5, 2, 2, 2]);
        assert_eq!(raised(&sizes, 1), [5; 8]);
        assert_eq!(raised(&[4; 8], 0), [4; 8]);
    }

    proptest! {
        #[test]
        fn sizes_rise_as_little_as_they_can(
            sizes in prop::collection::vec(0_u64..6, 2..9),
            most in 0_usize..6,
        ) {
            let raised = raised(&sizes, most);
            prop_assert!(raised.iter().zip(&sizes).all(|(raised, size)| raised >= size));
            prop_assert!(changes(&raised) <= most);
            prop_assert_eq!(raised.iter().sum::<u64>(), least(&sizes, most));
        }
    }
}
