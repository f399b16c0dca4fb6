//! `surviveZoneLoss`: with any one zone gone every task has a place on what remains.
//!
//! Tasks in the other zones stay where they are, so room must be kept for those of the lost one. With `n`
//! tasks over `z ≥ 2` zones and `D_k` places (tasks and room) in zone `k`, every loss is survived exactly when
//! `Σ_k D_k − max_k D_k ≥ n`. The fewest places with that property are `n + ⌈n/(z−1)⌉`, spread evenly: no zone
//! then has more than `⌈n/(z−1)⌉`. Planning for that many tasks is therefore a certificate.
//!
//! Pods of Kubernetes that keep to one a zone ([`PodRules::most`](crate::domain::kubernetes::PodRules::most)) have a place
//! in another zone only where one is empty: they get at most one place a zone, and the bound below does not count them
//! in the losses.
//!
//! *Bound.* Whatever is moved when a zone goes, each instance serves in `z − 1` of the `z` losses and every loss
//! needs all `n` places: `z·n` tasks fit on `z − 1` times the fleet (here `z` counts the cluster's zones).

/// Places a service needs so that it survives the loss of any of `zones ≥ 2` zones.
pub const fn places(count: u64, zones: u64) -> u64 {
    count + count.div_ceil(zones - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fewest places by trying all.
    fn fewest(count: u64, zones: usize) -> u64 {
        fn go(left: u64, zones: usize, largest: u64, total: u64, count: u64) -> bool {
            if zones == 0 {
                return left == 0 && total - largest >= count;
            }
            (0..=left).any(|here| go(left - here, zones - 1, largest.max(here), total, count))
        }
        (count..=2 * count + 2)
            .find(|&total| go(total, zones, 0, total, count))
            .expect("there is one")
    }

    #[test]
    fn the_formula_is_the_fewest_places_and_even_spread_has_the_property() {
        for zones in 2..=4_u64 {
            for count in 0..=9 {
                let total = places(count, zones);
                assert_eq!(total, fewest(count, usize::try_from(zones).expect("small")));
                assert!(total - total.div_ceil(zones) >= count);
            }
        }
    }
}
