//! Named random streams: every draw of the replica comes from Xoshiro256++ seeded by the user's seed and
//! by what the draw is for, so that one stream never depends on how much another has used.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator of the replica.
pub type Random = Xoshiro256PlusPlus;

/// The stream of `seed` for the purpose that `path` names: a constant of the module, then indices.
#[must_use]
pub fn stream(seed: u64, path: &[u64]) -> Random {
    let mixed = (path.iter()).fold(mix(seed), |state, step| mix(state ^ mix(*step)));
    Random::seed_from_u64(mixed)
}

/// One step of `SplitMix64` (Steele, Lea, Flood 2014): nearby numbers become unrelated ones.
pub(super) const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A time to the next event of a Poisson process, in the unit that `rate` is per; infinite for rate 0.
#[must_use]
pub fn exponential(random: &mut Random, rate: f64) -> f64 {
    if rate <= 0.0 {
        return f64::INFINITY;
    }
    // `random` is in [0, 1), so the logarithm's argument is never 0.
    -(1.0 - random.random::<f64>()).ln() / rate
}

/// Which of `count` independent trials succeed, each with `probability`: ascending positions. Jumps from
/// success to success, so rare events cost little.
pub fn successes(random: &mut Random, count: u64, probability: f64) -> Vec<u64> {
    if probability >= 1.0 {
        return (0..count).collect();
    }
    let mut positions = Vec::new();
    if probability <= 0.0 {
        return positions;
    }
    // The number of failures before a success is geometric: the floor of an exponential time.
    let rate = -(-probability).ln_1p();
    let mut next = exponential(random, rate).floor();
    while next < count as f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative and below count"
        )]
        positions.push(next as u64);
        next += 1.0 + exponential(random, rate).floor();
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_its_whole_path() {
        let first = |path: &[u64]| stream(7, path).random::<u64>();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
        assert_ne!(stream(8, &[1]).random::<u64>(), first(&[1]));
    }

    #[test]
    fn successes_have_the_frequency_asked_for() {
        let mut random = stream(1, &[]);
        for probability in [0.001, 0.3, 0.9] {
            let hits = successes(&mut random, 100_000, probability).len() as f64;
            let expected = 100_000.0 * probability;
            let deviation = (expected * (1.0 - probability)).sqrt();
            assert!(
                (hits - expected).abs() < 5.0 * deviation,
                "{hits} for {probability}"
            );
        }
        assert_eq!(successes(&mut random, 3, 1.0), [0, 1, 2]);
        assert!(successes(&mut random, 3, 0.0).is_empty());
    }

    #[test]
    fn no_event_ever_comes_at_rate_zero() {
        assert!(exponential(&mut stream(1, &[]), 0.0).is_infinite());
    }
}
