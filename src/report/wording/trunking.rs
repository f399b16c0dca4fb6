//! What ENI trunking would give where instances are full of network interfaces, in words. That interfaces are what instances are
//! bought for is said only where the figures show it.

use crate::domain::money::UsdPerHour;
use crate::domain::plan::TrunkingTried;
use crate::report::words::{count, counted};

/// What was found.
#[must_use]
pub fn trunking(tried: &TrunkingTried) -> String {
    let TrunkingTried {
        usd_per_hour,
        bound_usd_per_hour,
        instances,
        unplaced,
        without_usd_per_hour,
        without_bound_usd_per_hour: _,
        without_instances,
        without_unplaced,
    } = tried;
    let with = "with ENI trunking (`eniTrunking: true`, and awsvpcTrunking of the account)";
    let packing = format!(
        "the best packing found costs {usd_per_hour:.4} USD per hour on {}",
        counted(*instances, "instance")
    );
    let bound = bound_usd_per_hour.map_or_else(String::new, |bound| {
        format!("; no plan with it costs less than {bound:.4} USD per hour")
    });
    if *without_unplaced > 0 {
        let places = match unplaced {
            0 => format!(
                "every task has a place, also the {} that have none here",
                count(*without_unplaced)
            ),
            left if left < without_unplaced => format!(
                "{} have no place in place of {}",
                counted(*left, "task"),
                count(*without_unplaced)
            ),
            _ => "as many tasks have no place".to_owned(),
        };
        let before = if unplaced == without_unplaced {
            format!(" ({without_usd_per_hour:.4} without it)")
        } else {
            String::new()
        };
        return format!("{with} {places}, and {packing}{before}{bound}");
    }
    if usd_per_hour >= without_usd_per_hour {
        return format!("{with} no cheaper packing was found{bound}");
    }
    let binds = if tried.shows_that_interfaces_bind() {
        "network interfaces are what instances are bought for: "
    } else {
        ""
    };
    format!(
        "{binds}{with} {packing}, {} less than without it ({without_usd_per_hour:.4}; this fleet has {}){bound}",
        saved(*usd_per_hour, *without_usd_per_hour),
        counted(*without_instances, "instance")
    )
}

/// What is saved, in percent.
fn saved(with: UsdPerHour, without: UsdPerHour) -> String {
    format!("{:.1} %", without.gap_to(with) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::Assumption;
    use crate::report::page::Emphasis;
    use crate::report::sample::{self, usd};
    use crate::report::{markdown, text};

    fn said(usd_per_hour: &str, unplaced: u64, without_unplaced: u64) -> String {
        trunking(&TrunkingTried {
            usd_per_hour: usd(usd_per_hour),
            bound_usd_per_hour: Some(usd("0.9")),
            instances: 1,
            unplaced,
            without_usd_per_hour: usd("2"),
            without_bound_usd_per_hour: Some(usd("1.9")),
            without_instances: 40,
            without_unplaced,
        })
    }

    #[test]
    fn every_report_says_it_on_its_first_screen_and_not_again() {
        let mut plan = sample::plan();
        let tried = TrunkingTried {
            usd_per_hour: usd("1"),
            bound_usd_per_hour: None,
            instances: 1,
            unplaced: 0,
            without_usd_per_hour: usd("2"),
            without_bound_usd_per_hour: None,
            without_instances: 40,
            without_unplaced: 0,
        };
        plan.assumptions.push(Assumption::TrunkingTried { tried });
        let text = text::render(&plan, Emphasis::Plain);
        let markdown = markdown::render(&plan);
        for report in [&text, &markdown] {
            let told: Vec<usize> =
                (report.match_indices("with ENI trunking").map(|(at, _)| at)).collect();
            let first_table = report.find("Instances").expect("a table");
            assert!(told.len() == 1 && told[0] < first_table, "{report}");
        }
        assert!(text.contains("ENIs"), "{text}");
    }

    #[test]
    fn a_saving_is_claimed_only_where_all_tasks_have_a_place_and_it_costs_less() {
        let all: Vec<String> = [
            ("1", 0, 0),
            ("1.95", 0, 0),
            ("2", 0, 0),
            ("3", 0, 12),
            ("3", 5, 12),
            ("3", 12, 12),
        ]
        .map(|(usd, left, before)| said(usd, left, before))
        .to_vec();
        assert!(all[0].contains("50.0 % less"), "{}", all[0]);
        assert!(
            all[2..]
                .iter()
                .all(|said| !said.contains("less than without"))
        );
        // A packing that is cheaper than the best one found without trunks, and not than every one, shows nothing of interfaces.
        assert!(all[1].contains("2.5 % less"), "{}", all[1]);
        let binds = |said: &String| said.contains("what instances are bought for");
        assert!(binds(&all[0]) && !all[1..].iter().any(binds), "{all:?}");
        insta::assert_snapshot!(all.join("\n"));
    }
}
