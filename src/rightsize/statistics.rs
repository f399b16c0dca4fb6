//! Order statistics, means and a straight line: what the rules are written in.

/// The values in order.
pub(super) fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The `p`-quantile of ordered values by nearest rank: the smallest that at least the share `p` of them does not exceed; 0 of none.
pub(super) fn quantile(ordered: &[f64], p: f64) -> f64 {
    let rank = (p * ordered.len() as f64).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A rank within the list.
    let rank = rank.max(1.0) as usize;
    ordered
        .get(rank.min(ordered.len()).wrapping_sub(1))
        .copied()
        .unwrap_or(0.0)
}

/// The median of values in any order: the mean of the middle two of an even number; 0 of none.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let ordered = sorted(values);
    let half = ordered.len() / 2;
    match (ordered.get(half), ordered.len() % 2) {
        (None, _) => 0.0,
        (Some(upper), 1) => *upper,
        (Some(upper), _) => f64::midpoint(ordered[half - 1], *upper),
    }
}

/// The mean; 0 of none.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of values that are all there is; 0 of none.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: Vec<f64> = (values.iter())
        .map(|value| (value - centre).powi(2))
        .collect();
    mean(&squares).sqrt()
}

/// A straight line by least squares through points, and how much of the spread it explains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub slope: f64,
    pub intercept: f64,
    /// r², from 0 to 1; 0 where the values do not differ.
    pub explained: f64,
}

impl Line {
    /// The line through points (x, y); `None` where they do not make one.
    pub(super) fn through(points: &[(f64, f64)]) -> Option<Self> {
        let x: Vec<f64> = points.iter().map(|point| point.0).collect();
        let y: Vec<f64> = points.iter().map(|point| point.1).collect();
        let (x_mean, y_mean) = (mean(&x), mean(&y));
        let along: f64 = x.iter().map(|x| (x - x_mean).powi(2)).sum();
        let across: f64 = y.iter().map(|y| (y - y_mean).powi(2)).sum();
        let both: f64 = points
            .iter()
            .map(|(x, y)| (x - x_mean) * (y - y_mean))
            .sum();
        if along <= 0.0 {
            return None;
        }
        let slope = both / along;
        let explained = if across > 0.0 {
            both * both / (along * across)
        } else {
            0.0
        };
        Some(Self {
            slope,
            intercept: y_mean - slope * x_mean,
            explained,
        })
    }

    /// Its value at `x`.
    pub(super) fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let ordered = sorted([4.0, 1.0, 3.0, 2.0]);
        assert!((quantile(&ordered, 0.5) - 2.0).abs() < f64::EPSILON);
        assert!((quantile(&ordered, 0.51) - 3.0).abs() < f64::EPSILON);
        assert!((quantile(&ordered, 0.0) - 1.0).abs() < f64::EPSILON);
        assert!((quantile(&ordered, 1.0) - 4.0).abs() < f64::EPSILON);
        assert!(quantile(&[], 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert!((median([1.0, 4.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_line_is_found_and_noise_explains_less() {
        let line = Line::through(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).expect("a line");
        assert!((line.slope - 2.0).abs() < 1e-12 && (line.explained - 1.0).abs() < 1e-12);
        assert!((line.at(10.0) - 21.0).abs() < 1e-12);
        let flat = Line::through(&[(0.0, 1.0), (1.0, 1.0)]).expect("a line");
        assert!(flat.explained.abs() < f64::EPSILON);
        assert_eq!(Line::through(&[(1.0, 1.0)]), None);
    }
}
