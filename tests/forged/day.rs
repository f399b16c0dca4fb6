//! What a real plan says of an ordinary day, each figure forged together with the text that says it.

use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{Assumption, DayPart, ResetOutcome, ResetPercentages};
use bayplan::report::wording::document;

use crate::is_refused;
use crate::plans::{self, Case};

/// Other words on the same matter, none of which may pass.
fn forgeries(said: &Assumption) -> Vec<Assumption> {
    let mut forged = Vec::new();
    let mut with = |change: &dyn Fn(&mut Assumption)| {
        let mut other = said.clone();
        change(&mut other);
        if other != *said {
            forged.push(other);
        }
    };
    match said {
        Assumption::Rollouts { .. } => {
            with(&|it| {
                if let Assumption::Rollouts { most_more, .. } = it {
                    *most_more = 1000;
                }
            });
            with(&|it| {
                if let Assumption::Rollouts {
                    usd_per_hour_more, ..
                } = it
                {
                    *usd_per_hour_more = thousand();
                }
            });
            with(&|it| {
                if let Assumption::Rollouts { launching, .. } = it {
                    launching.push("nobody".to_owned());
                }
            });
            with(&|it| {
                if let Assumption::Rollouts { comes_back, .. } = it {
                    *comes_back = !*comes_back;
                }
            });
        }
        Assumption::GrowthPlayed { .. } => {
            with(&|it| {
                if let Assumption::GrowthPlayed {
                    one_by_one_missing, ..
                } = it
                {
                    *one_by_one_missing = Some(1000);
                }
            });
            with(&|it| {
                if let Assumption::GrowthPlayed {
                    alone_without_place,
                    ..
                } = it
                {
                    *alone_without_place = Some(vec!["nobody".to_owned()]);
                }
            });
            with(&|it| {
                if let Assumption::GrowthPlayed { missing, .. } = it {
                    *missing = 1000;
                }
            });
        }
        Assumption::SpotReclaimPlayed { .. } => {
            with(&|it| {
                if let Assumption::SpotReclaimPlayed { most_more, .. } = it {
                    *most_more = 1000;
                }
            });
            with(&|it| {
                if let Assumption::SpotReclaimPlayed {
                    usd_per_hour_more, ..
                } = it
                {
                    *usd_per_hour_more = thousand();
                }
            });
            with(&|it| {
                if let Assumption::SpotReclaimPlayed { reset, .. } = it {
                    *reset = turned(*reset);
                }
            });
        }
        Assumption::InstanceLossPlayed { .. } => {
            with(&|it| {
                if let Assumption::InstanceLossPlayed { reset, .. } = it {
                    *reset = turned(*reset);
                }
            });
        }
        Assumption::ZoneLossPlayed { .. } => {
            with(&|it| {
                if let Assumption::ZoneLossPlayed { reset, .. } = it {
                    *reset = turned(*reset);
                }
            });
        }
        Assumption::SpotTypes { .. } => {
            with(&|it| {
                if let Assumption::SpotTypes { types, .. } = it {
                    *types += 1;
                }
            });
            with(&|it| {
                if let Assumption::SpotTypes { groups, .. } = it {
                    *groups += 1;
                }
            });
            with(&|it| {
                if let Assumption::SpotTypes {
                    usd_per_hour_more, ..
                } = it
                {
                    *usd_per_hour_more = thousand();
                }
            });
        }
        Assumption::ResetPercentages { .. } => {
            with(&|it| {
                if let Assumption::ResetPercentages { services } = it {
                    services.clear();
                }
            });
            with(&|it| {
                if let Assumption::ResetPercentages { services } = it {
                    services[0].minimum_healthy_percent = 0;
                }
            });
        }
        _ => {}
    }
    forged
}

fn thousand() -> UsdPerHour {
    "1000".parse().expect("an amount")
}

/// A reset where none is needed, none where one is.
const fn turned(reset: ResetOutcome) -> ResetOutcome {
    match reset {
        ResetOutcome::NotNeeded => ResetOutcome::ComesBack,
        _ => ResetOutcome::NotNeeded,
    }
}

fn is_refused_with(case: &Case, change: impl FnOnce(&mut Vec<Assumption>)) -> bool {
    let mut plan = case.plan.clone();
    change(&mut plan.assumptions);
    let written = serde_json::to_string(&document(&plan)).expect("a plan is JSON");
    is_refused(case, &written)
}

#[test]
fn a_forged_figure_of_an_ordinary_day_is_refused_whatever_its_text_says() {
    let case = plans::of_a_day();
    assert!(!is_refused_with(&case, |_| ()), "the plan itself");
    let mut forged = 0;
    for (index, said) in case.plan.assumptions.iter().enumerate() {
        for other in forgeries(said) {
            forged += 1;
            let words = format!("{other:?} in place of {said:?}");
            assert!(is_refused_with(&case, |all| all[index] = other), "{words}");
        }
    }
    // Rollouts, growth, a reclaim, losses of instances and zones, further types.
    assert!(forged >= 14, "{forged}: {:#?}", case.plan.assumptions);
    let says = |which: fn(&Assumption) -> bool| case.plan.assumptions.iter().any(which);
    if !says(|it| matches!(it, Assumption::ResetPercentages { .. })) {
        let services = vec![ResetPercentages {
            service_name: "api".to_owned(),
            minimum_healthy_percent: 50,
            maximum_percent: 100,
        }];
        let told = Assumption::ResetPercentages { services };
        assert!(is_refused_with(&case, |all| all.push(told)), "percentages");
    }
    if !says(|it| matches!(it, Assumption::NotPlayed { .. })) {
        let what = vec![DayPart::Reset];
        let told = Assumption::NotPlayed { what };
        assert!(is_refused_with(&case, |all| all.push(told)), "not played");
    }
}
