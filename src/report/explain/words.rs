//! Sentences that the text and the markdown form share.

use crate::domain::money::UsdPerHour;
use crate::domain::plan::WithoutPlace;
use crate::explain::{Binding, Conflict, Explanation, Nudge, ServiceShare, Tried, WhyNot, WhyUsed};
use crate::report::wording;
use crate::report::words::{counted, group_thousands};
use crate::sweep::fewer::{Fewer, Point};

/// Headings of the table of services.
pub const SERVICES: [&str; 5] = ["Service", "Tasks", "USD/h", "Share", "USD/h one more"];
/// Headings of the table of types.
pub const TYPES: [&str; 4] = ["Type", "Count", "Binds", "Taken"];

/// The first line: what has no place, where anything has none, and the bill.
pub fn head(explanation: &Explanation) -> String {
    let counts = (explanation.unplaced.iter()).map(|it| (it.service_name.as_str(), it.count));
    let without = WithoutPlace::new(counts)
        .map(|without| format!("infeasible, {without}; the rest costs "))
        .unwrap_or_default();
    format!(
        "{} in {}: {without}{:.4} USD per hour",
        explanation.cluster, explanation.region, explanation.usd_per_hour
    )
}

/// The bill by service.
pub fn services(explanation: &Explanation) -> Vec<Vec<String>> {
    (explanation.services.iter())
        .map(|service| {
            let share = 1.0 - explanation.usd_per_hour.gap_to(service.usd_per_hour);
            let share = if explanation.usd_per_hour == UsdPerHour::ZERO {
                0.0
            } else {
                share
            };
            vec![
                service.service_name.clone(),
                tasks(explanation, service),
                format!("{:.4}", service.usd_per_hour),
                format!("{:.1} %", share * 100.0),
                (service.marginal_usd_per_task_hour)
                    .map_or_else(|| "-".to_owned(), |cost| format!("{cost:.5}")),
            ]
        })
        .collect()
}

/// A service's tasks; where some have no place, how many of them are paid for.
fn tasks(explanation: &Explanation, service: &ServiceShare) -> String {
    let own = (explanation.unplaced.iter()).filter(|it| it.service_name == service.service_name);
    match own.map(|left| left.count).sum() {
        0 => service.tasks.to_string(),
        missing => format!(
            "{} of {}",
            service.tasks.saturating_sub(missing),
            service.tasks
        ),
    }
}

/// What is full on each type.
pub fn bindings(bindings: &[Binding]) -> Vec<Vec<String>> {
    (bindings.iter())
        .map(|binding| {
            let taken: Vec<String> = (binding.used.iter())
                .map(|(name, part)| format!("{name} {:.0} %", part * 100.0))
                .collect();
            vec![
                format!("{} {}", binding.instance_type, binding.purchase_option),
                binding.count.to_string(),
                binding.binds.to_owned(),
                taken.join(", "),
            ]
        })
        .collect()
}

/// Part of the interfaces from which more of them would mean fewer instances.
const NEARLY_FULL: f64 = 0.9;

/// What is full on the types with most instances, in one sentence.
pub fn full(explanation: &Explanation) -> Option<String> {
    let bindings = &explanation.bindings;
    let named: Vec<String> = (bindings.iter().filter(|binding| !binding.used.is_empty()))
        .take(3)
        .map(|binding| {
            let part = binding.used.get(binding.binds).copied().unwrap_or_default();
            format!(
                "{} by {} ({:.0} %)",
                binding.instance_type,
                binding.binds,
                part * 100.0
            )
        })
        .collect();
    let trunks = if buy_interfaces(bindings) && explanation.trunking.is_none() {
        format!("; {ASK_FOR_TRUNKS}")
    } else {
        String::new()
    };
    (!named.is_empty()).then(|| format!("what is full: {}{trunks}", named.join(", ")))
}

/// Where the figure is had that the plan does not say.
const ASK_FOR_TRUNKS: &str = "network interfaces are what is full there: `bayplan what-if --policy eniTrunking=true` says what ENI trunking would give";

/// Whether more interfaces would mean fewer instances of the types with most of them.
fn buy_interfaces(bindings: &[Binding]) -> bool {
    (bindings.iter().take(3)).any(|binding| {
        let part = binding.used.get("enis").copied().unwrap_or_default();
        binding.may_have_trunks && binding.binds == "enis" && part >= NEARLY_FULL
    })
}

/// What ENI trunking would give: what the plan says, or where that is had.
pub fn trunking(explanation: &Explanation) -> Option<String> {
    match &explanation.trunking {
        Some(tried) => Some(wording::trunking(tried)),
        None => buy_interfaces(&explanation.bindings).then(|| ASK_FOR_TRUNKS.to_owned()),
    }
}

/// What a type of the plan is worth.
pub fn why_used(why: &WhyUsed) -> String {
    let name = &why.instance_type;
    let there = match why.count {
        0 => format!("{name} is not in the plan"),
        count => format!("{} of {name} in the plan", counted(count, "instance")),
    };
    format!("{there}; {}", tried("without it", &why.without))
}

/// What an attempt came to.
pub(super) fn tried(change: &str, tried: &Tried) -> String {
    match tried.change_usd_per_hour {
        None if tried.base_unplaced == 0 => {
            let have = if tried.unplaced == 1 { "has" } else { "have" };
            let tasks = counted(tried.unplaced, "task");
            format!("planned again {change}, {tasks} {have} no place")
        }
        None => format!(
            "planned again {change}, the tasks without a place are {} (as it is {})",
            tried.unplaced, tried.base_unplaced
        ),
        Some(more) if more > UsdPerHour::ZERO => {
            format!(
                "planned again {change}, the best packing costs {} more",
                month(more)
            )
        }
        Some(same) if same == UsdPerHour::ZERO => {
            format!("planned again {change}, the best packing costs the same")
        }
        Some(less) => format!(
            "planned again {change}, the best packing costs {} less",
            month(UsdPerHour::ZERO - less)
        ),
    }
}

/// What keeps a type out, a sentence each.
pub fn why_not(why: &WhyNot) -> Vec<String> {
    let mut lines = Vec::new();
    if why.count > 0 {
        lines.push(format!(
            "it is in the plan: {}",
            counted(why.count, "instance")
        ));
    }
    if !why.excluded.is_empty() {
        lines.push(format!("left out: {}", why.excluded.join("; ")));
    }
    if let Some(allowed) = &why.if_allowed {
        lines.push(tried("with it allowed", allowed));
    }
    if let Some(first) = why.candidates.first() {
        let tasks: Vec<String> = first
            .tasks
            .iter()
            .map(|(name, n)| format!("{n} {name}"))
            .collect();
        let price = format!(
            "one {} costs {:.5} USD/h with its root volume and fee; the best load for it ({}) is worth {:.5} USD/h at \
             the linear program's shadow prices",
            first.purchase_option,
            first.usd_per_hour,
            tasks.join(", "),
            first.enters_below_usd_per_hour,
        );
        let verdict = if first.reduced_cost_usd_per_hour > UsdPerHour::ZERO {
            format!(
                "its reduced cost is {:.5} USD/h, and below a cost of {:.5} the linear program would buy it",
                first.reduced_cost_usd_per_hour, first.enters_below_usd_per_hour
            )
        } else {
            "its reduced cost is 0: it is as good as what is bought".to_owned()
        };
        lines.push(format!("{price}; {verdict}"));
    }
    match (&why.enters_at_usd_per_hour, &why.at_that_price) {
        (Some(price), Some(at)) => {
            lines.push(tried(&format!("at a price of {price} USD/h"), at));
        }
        _ if why.stopped => {
            lines.push("the limit came before all lower prices were tried".to_owned());
        }
        _ if why.count == 0 && !why.candidates.is_empty() => {
            lines.push(
                "planned again at lower prices down to half its worth, no cheaper packing uses it"
                    .to_owned(),
            );
        }
        _ => {}
    }
    if !why.refuses.is_empty() {
        let mut named: Vec<String> = (why.refuses.iter().take(3))
            .map(|(service, reason)| format!("{service} ({reason})"))
            .collect();
        if why.refuses.len() > 3 {
            named.push(format!("{} more", why.refuses.len() - 3));
        }
        lines.push(format!(
            "no task of {} fits: {}",
            counted(why.refuses.len() as u64, "service"),
            named.join(", ")
        ));
    }
    if lines.is_empty() {
        lines.push("the catalogue has no such type".to_owned());
    }
    lines
}

/// What came of looking for smaller tasks.
pub fn nudges(nudges: &[Nudge]) -> Vec<String> {
    if nudges.is_empty() {
        return vec!["none of the sizes tried saves anything".to_owned()];
    }
    nudges.iter().map(nudge).collect()
}

/// A nudge in one sentence.
fn nudge(nudge: &Nudge) -> String {
    let unit = if nudge.resource == "cpu" {
        "CPU units"
    } else {
        "MiB"
    };
    let saving = nudge
        .tried
        .change_usd_per_hour
        .map_or(UsdPerHour::ZERO, |change| UsdPerHour::ZERO - change);
    format!(
        "{} {unit} less in {} ({} instead of {}) let {} of it fit beside the others on {}, one more than now, and \
         save {}",
        nudge.from - nudge.to,
        nudge.service_name,
        nudge.to,
        nudge.from,
        counted(nudge.copies, "copy").replace("copys", "copies"),
        nudge.instance_type,
        month(saving),
    )
}

/// Headings of a curve.
pub const CURVE: [&str; 4] = ["At most", "USD/month", "One fewer costs", "Bound"];

/// The title of a curve.
pub const fn curve_title(fewer: Fewer) -> &'static str {
    match fewer {
        Fewer::InstanceTypes => "Fewer instance types (best packings)",
        Fewer::Groups => "Fewer Auto Scaling groups (fleets that ECS can fill)",
    }
}

/// A curve, the most first.
pub fn curve(points: &[Point]) -> Vec<Vec<String>> {
    let cost = |index: usize| points[index].usd_per_hour;
    let amount = |cost: UsdPerHour| group_thousands(&format!("{:.2}", cost.usd_per_month()));
    (0..points.len())
        .rev()
        .map(|index| {
            let fewer = (index.checked_sub(1)).and_then(cost).zip(cost(index));
            vec![
                points[index].most.to_string(),
                cost(index).map_or_else(|| "no plan".to_owned(), amount),
                fewer.map_or_else(|| "-".to_owned(), |(less, own)| amount(less - own)),
                points[index]
                    .bound_usd_per_hour
                    .map_or_else(|| "-".to_owned(), amount),
            ]
        })
        .collect()
}

/// A conflict in one sentence.
pub fn conflict(conflict: &Conflict) -> String {
    let tasks = counted(conflict.count, "task");
    let what = format!("{tasks} of {} without a place", conflict.service_name);
    let how = if conflict.by_search {
        " (as far as the search goes)"
    } else {
        ""
    };
    match conflict.requirements.as_slice() {
        [] => format!("{what}: even with every requirement dropped that can be, nothing holds it"),
        [only] => format!("{what}: {only} alone rules it out{how}"),
        several => format!(
            "{what}: these conflict, and dropping any one of them resolves it{how}: {}",
            several.join("; ")
        ),
    }
}

pub(super) fn month(amount: UsdPerHour) -> String {
    let amount = group_thousands(&format!("{:.2}", amount.usd_per_month()));
    format!("{amount} USD a month")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::capacity::Capacity;
    use crate::report::explain::tests::explanation;

    #[test]
    fn trunking_is_named_where_interfaces_bind_and_the_policy_leaves_it_off() {
        let said = |binds: &'static str, part: f64, may_have_trunks: bool| {
            let binding = Binding {
                instance_type: "c6a.large".to_owned(),
                purchase_option: Capacity::OnDemand,
                count: 4,
                binds,
                used: BTreeMap::from([(binds, part)]),
                may_have_trunks,
            };
            let mut explanation = explanation();
            explanation.bindings = vec![binding];
            let said = full(&explanation).expect("a sentence");
            let more = trunking(&explanation);
            assert_eq!(said.contains("eniTrunking"), more.is_some());
            said.contains("eniTrunking")
        };
        assert!(said("enis", 1.0, true));
        assert!(!said("enis", 1.0, false) && !said("enis", 0.5, true) && !said("cpu", 1.0, true));
    }
}
