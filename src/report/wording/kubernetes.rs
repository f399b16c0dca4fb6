//! What documents of Kubernetes hold that a plan leaves out or does not look at, in words.

use crate::domain::plan::Warning;
use crate::domain::text::first_names;

/// The sentence; `None` for a warning of anything else.
pub(super) fn passed_over(warning: &Warning) -> Option<String> {
    Some(match warning {
        Warning::LeftOut {
            what,
            names,
            today_differs,
        } => {
            let today = if *today_differs {
                "; today's cost is not that of the same pods"
            } else {
                ""
            };
            format!(
                "left out, so that costs and bound are those of all the others: {what} ({}){today}",
                first_names(names)
            )
        }
        Warning::RuleNotModelled {
            what,
            names,
            bound_may_be_too_high: true,
        } => format!(
            "the bound may be too high where new nodes are set up alike: {what} ({})",
            first_names(names)
        ),
        Warning::RuleNotModelled { what, names, .. } => format!(
            "not looked at, so that the bound is weaker and holds all the same, and the packing may break the rule: {what} ({})",
            first_names(names)
        ),
        Warning::BoundAboveToday {
            bound_usd_per_hour,
            today_usd_per_hour,
        } => format!(
            "no bound is claimed: the one that was found, {bound_usd_per_hour} USD per hour, is above the {today_usd_per_hour} that today's \
             nodes cost, and the policy allows these, and all planned pods run on them; so a rule or a size of the file is read more \
             strictly than this cluster holds it"
        ),
        Warning::PreferredRules { rules: 1, names } => {
            format!(
                "1 preferred rule is no rule here, of {}",
                first_names(names)
            )
        }
        Warning::PreferredRules { rules, names } => {
            format!(
                "{rules} preferred rules are no rules here, of {}",
                first_names(names)
            )
        }
        Warning::TakenFromWhatRuns {
            names,
            differ: false,
        } => format!(
            "planned as their running pods ask, which is not what their templates say: {}",
            first_names(names)
        ),
        Warning::TakenFromWhatRuns {
            names,
            differ: true,
        } => format!(
            "planned as their running pods ask, which is not what their templates say and not the same for each, so that the packing \
             counts the most and the bound the least: {}",
            first_names(names)
        ),
        Warning::CapacityTypeAssumed { names, reserved } => {
            let which = if *reserved {
                "of capacity reservations"
            } else {
                "without a label of their capacity type"
            };
            format!(
                "today's cost has nodes {which} at On-Demand prices: {}",
                first_names(names)
            )
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_is_said_with_a_few_names() {
        let names: Vec<String> = (0..7).map(|it| format!("shop/w{it}")).collect();
        let left_out = Warning::LeftOut {
            what: "pods of Windows".to_owned(),
            names,
            today_differs: true,
        };
        let text = passed_over(&left_out).expect("a sentence");
        assert!(
            text.ends_with(
                "pods of Windows (shop/w0, shop/w1, shop/w2, shop/w3, shop/w4 and 2 more); today's cost is not that of the same pods"
            ),
            "{text}"
        );
        let quota = Warning::InstanceQuota {
            instances: 1,
            quota: 1,
        };
        assert_eq!(passed_over(&quota), None);
    }
}
