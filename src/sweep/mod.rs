//! The cluster planned again and again with something varied: one setting of the policy for a curve here, whole scenarios
//! in `what_if`.
//!
//! A plan under a stricter setting obeys a looser one too, so a point takes the cheapest plan of those at least as strict: no
//! curve ever gets dearer as its setting is loosened, whatever the searches found. The points are planned apart from each
//! other ([`each_apart`]) and come out the same for any number of threads.

mod apart;
pub mod fewer;
pub mod trade_offs;

pub use apart::each_apart;

/// Lets every point know the one before it, from the strictest to the loosest.
///
/// `rises`: whether a higher setting is looser, so that the first point is the strictest; else the last is.
fn from_the_strictest<P>(points: &mut [P], rises: bool, learn: impl Fn(&mut P, &P)) {
    if !rises {
        points.reverse();
    }
    for at in 1..points.len() {
        let (stricter, rest) = points.split_at_mut(at);
        learn(&mut rest[0], &stricter[at - 1]);
    }
    if !rises {
        points.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smallest_so_far(mut points: Vec<u64>, rises: bool) -> Vec<u64> {
        from_the_strictest(&mut points, rises, |point, stricter| {
            *point = (*point).min(*stricter);
        });
        points
    }

    #[test]
    fn the_strictest_comes_first_whichever_end_it_is_at() {
        assert_eq!(smallest_so_far(vec![3, 4, 2], true), [3, 3, 2]);
        assert_eq!(smallest_so_far(vec![3, 4, 2], false), [2, 2, 2]);
        assert_eq!(smallest_so_far(Vec::new(), true), Vec::<u64>::new());
    }
}
