//! Confidence intervals for a probability from counted trials.
//!
//! Clopper and Pearson's interval (*Biometrika* 26, 1934) never covers less than it says, also at 0 and 1,
//! where services that are nearly always healthy live. With `k` of `n` and `I_x(a, b)` the regularised
//! incomplete beta function, its ends solve
//!
//! ```text
//! I_lower(k, n − k + 1) = α/2        I_upper(k + 1, n − k) = 1 − α/2        lower(0) = 0, upper(n) = 1
//! ```
//!
//! `I` comes from its continued fraction (DLMF 8.17.22), evaluated by Lentz's method.

use std::f64::consts::PI;

/// A probability as trials show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The share of successes; 0 without trials.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// The interval for `successes` of `trials` that covers the true probability in at least `confidence` (such
/// as 0.95) of all experiments.
///
/// # Panics
/// When there are more successes than trials, or the confidence is not between 0 and 1.
#[must_use]
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> Interval {
    assert!(successes <= trials, "no more successes than trials");
    assert!(
        confidence > 0.0 && confidence < 1.0,
        "a confidence between 0 and 1"
    );
    if trials == 0 {
        return Interval {
            estimate: 0.0,
            lower: 0.0,
            upper: 1.0,
        };
    }
    let tail = (1.0 - confidence) / 2.0;
    let (k, n) = (successes as f64, trials as f64);
    let lower = if successes == 0 {
        0.0
    } else {
        beta_quantile(tail, k, n - k + 1.0)
    };
    let upper = if successes == trials {
        1.0
    } else {
        beta_quantile(1.0 - tail, k + 1.0, n - k)
    };
    Interval {
        estimate: k / n,
        lower,
        upper,
    }
}

/// The x with `I_x(a, b) = probability`, by bisection: slow, certain and needed a few times a report.
fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    // 60 halvings reach the spacing of doubles below 1.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if incomplete_beta(middle, a, b) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// `I_x(a, b)`.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on this side of the mean only; the other side is its mirror image.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta_below_mean(1.0 - x, b, a);
    }
    incomplete_beta_below_mean(x, a, b)
}

fn incomplete_beta_below_mean(x: f64, a: f64, b: f64) -> f64 {
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    front.exp() / (a * continued_fraction(x, a, b))
}

/// `1 + d1/(1 + d2/(1 + …))` of DLMF 8.17.22.
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    // Ratios of successive numerators and denominators of the convergents, in Lentz's scheme.
    let (mut value, mut above, mut below) = (1.0, 1.0, 0.0);
    for term in 1..=20_000_u32 {
        let coefficient = coefficient(term, x, a, b);
        below = 1.0 / away_from_zero(1.0 + coefficient * below);
        above = away_from_zero(1.0 + coefficient / above);
        value *= above * below;
        if (above * below - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// `d_term` of DLMF 8.17.23.
fn coefficient(term: u32, x: f64, a: f64, b: f64) -> f64 {
    let half = f64::from(term / 2);
    if term.is_multiple_of(2) {
        half * (b - half) * x / ((a + 2.0 * half - 1.0) * (a + 2.0 * half))
    } else {
        -(a + half) * (a + b + half) * x / ((a + 2.0 * half) * (a + 2.0 * half + 1.0))
    }
}

/// `ln Γ(z)` for z > 0, by Stirling's series after shifting z above 10; error below 10⁻¹⁴ of the value.
fn ln_gamma(z: f64) -> f64 {
    let (mut z, mut shift) = (z, 0.0);
    while z < 10.0 {
        shift += z.ln();
        z += 1.0;
    }
    let inverse = 1.0 / z;
    let square = inverse * inverse;
    let series =
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * PI).ln() + series - shift
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn nothing_and_everything_have_closed_forms() {
        let none = clopper_pearson(0, 10, 0.95);
        assert!(close(none.lower, 0.0) && close(none.upper, 1.0 - 0.025_f64.powf(0.1)));
        let all = clopper_pearson(10_000, 10_000, 0.99);
        assert!(close(all.upper, 1.0) && close(all.lower, 0.005_f64.powf(0.0001)));
        assert!(close(clopper_pearson(0, 0, 0.95).upper, 1.0));
    }

    #[test]
    fn a_table_value_is_met() {
        // 10 of 20 at 95 %: 0.2720 to 0.7280.
        let interval = clopper_pearson(10, 20, 0.95);
        assert!((interval.lower - 0.2720).abs() < 5e-5, "{interval:?}");
        assert!((interval.upper - 0.7280).abs() < 5e-5, "{interval:?}");
    }

    #[test]
    fn factorials_are_met() {
        let mut factorial = 1.0_f64;
        for n in 1..30_u32 {
            assert!(
                (ln_gamma(f64::from(n)) - factorial.ln()).abs() < 1e-11,
                "{n}"
            );
            factorial *= f64::from(n);
        }
    }

    /// The probability of k successes in n trials.
    fn binomial(k: u64, n: u64, p: f64) -> f64 {
        let (k, n) = (k as f64, n as f64);
        let ways = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
        (ways + k * p.ln() + (n - k) * (-p).ln_1p()).exp()
    }

    proptest! {
        #[test]
        fn it_covers_at_least_as_often_as_it_says(
            n in 1_u64..120, p in 0.001_f64..0.999, confidence in 0.5_f64..0.999,
        ) {
            let covered: f64 = (0..=n)
                .filter(|&k| {
                    let interval = clopper_pearson(k, n, confidence);
                    interval.lower <= p && p <= interval.upper
                })
                .map(|k| binomial(k, n, p))
                .sum();
            prop_assert!(covered >= confidence - 1e-9, "{} < {}", covered, confidence);
        }

        #[test]
        fn it_holds_the_estimate(n in 1_u64..1_000_000, part in 0.0_f64..=1.0) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of n")]
            let k = (part * n as f64) as u64;
            let interval = clopper_pearson(k, n, 0.95);
            prop_assert!(interval.lower <= interval.estimate && interval.estimate <= interval.upper);
        }
    }
}
