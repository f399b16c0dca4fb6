//! What the figures of a simulation rest on, in words.

use crate::simulate::availability::AvailabilityOptions;
use crate::simulate::choices::Choices;
use crate::simulate::engine::EngineOptions;
use crate::simulate::losses::SpotModel;
use crate::simulate::scenario::Scenario;

use super::notes::on;

/// Replays of orders of arrival.
pub const REPLAYS: &str = "replays begin with empty instances that stay as they are; tasks come one at a time and never move";

/// What a simulation did.
#[derive(Debug, Clone, Copy)]
pub struct Simulated<'a> {
    /// Whether capacity provider strategies were left out.
    pub any_provider: bool,
    /// The scenario that was played, with the run's options.
    pub played: Option<(Scenario, &'a EngineOptions)>,
    /// Whether the planned sizes were set again after it.
    pub resets: bool,
    /// The Monte-Carlo that was drawn.
    pub drawn: Option<&'a AvailabilityOptions>,
    /// Undocumented choices.
    pub choices: &'a Choices,
}

/// All of them, one line each.
#[must_use]
pub fn assumptions(of: Simulated<'_>) -> Vec<String> {
    let mut lines = vec![REPLAYS.to_owned()];
    if of.any_provider {
        lines.push(
            "capacity provider strategies are left out: tasks may use any instance".to_owned(),
        );
    }
    lines.push(
        "an instance without an attribute to spread over counts as a value of its own".to_owned(),
    );
    if let Some((_, options)) = of.played {
        lines.extend(of_run(options));
    }
    lines.extend(of.drawn.into_iter().flat_map(availability));
    let keys = relevant_choices(of.played.map(|(scenario, _)| scenario), of.resets);
    lines.extend(choices(of.choices, &keys));
    lines
}

/// Times, quotas and switches of a run.
fn of_run(options: &EngineOptions) -> Vec<String> {
    vec![
        format!(
            "an instance registers {} min after its launch and is paid for from its launch",
            options.launch_minutes
        ),
        format!(
            "at most {} tasks are in PROVISIONING, each for at most {} min; a task runs, and is healthy, in the minute in \
             which it has a place",
            options.provisioning_quota, options.provisioning_minutes
        ),
        format!(
            "managed termination protection is {}, managed draining {}, zone rebalancing of services {}",
            on(options.termination.protection),
            on(options.termination.draining),
            on(options.zone_rebalancing)
        ),
    ]
}

/// The Monte-Carlo of availability.
#[must_use]
pub fn availability(options: &AvailabilityOptions) -> Vec<String> {
    let mut lines = spot(&options.model);
    lines.push(format!(
        "replacement: what is lost runs again {} s after its notice, in the same pool, which has the capacity",
        options.replacement_s
    ));
    lines.push(if options.zone_losses_per_year > 0.0 {
        format!(
            "zones: each is lost {} times a year on average, without notice",
            options.zone_losses_per_year
        )
    } else {
        "zones: none is lost".to_owned()
    });
    lines.push(
        "On-Demand instances and Fargate tasks that are not Spot never fail by themselves"
            .to_owned(),
    );
    lines
}

fn spot(model: &SpotModel) -> Vec<String> {
    vec![
        format!(
            "Spot reclaims: {} % come from shortages of a pool (type x zone), each of which takes every instance of the \
             pool with probability {}; AWS publishes no figure",
            model.shared() * 100.0,
            model.part()
        ),
        "Spot reclaims: the advisor's share p of a month is the rate -ln(1 - p) / 730 per hour; pools are independent of \
         each other"
            .to_owned(),
        "Spot notice: two minutes, and ECS drains the instance from then on".to_owned(),
    ]
}

/// The choices of these keys, one line each: key, value and what it means.
fn choices(choices: &Choices, keys: &[&str]) -> Vec<String> {
    (choices.made().into_iter())
        .filter(|made| keys.contains(&made.key))
        .map(|made| format!("{}={}: {}", made.key, made.value, made.meaning))
        .collect()
}

/// Keys of the choices that take part in replays and in a scenario.
fn relevant_choices(scenario: Option<Scenario>, resets: bool) -> Vec<&'static str> {
    let mut keys = vec!["tie-break", "ratio-rule", "base-on-weight-zero"];
    if scenario.is_some() {
        keys.extend([
            "combine",
            "type-sample",
            "needed-base",
            "from-zero",
            "blocked-metric",
            "step-rule",
            "maximum-step-default",
            "scale-in-metric",
            "scale-in-limit",
            "target-zero",
            "desired-rounding",
            "on-demand-rounding",
        ]);
    }
    match scenario {
        Some(Scenario::Deploy) => {
            keys.extend(["rollout-stops", "spread-stops"]);
            keys.extend(resets.then_some("draining-tasks"));
        }
        Some(Scenario::ScaleIn | Scenario::Week | Scenario::Growth) => {
            keys.extend(["spread-stops", "draining-tasks"]);
        }
        Some(Scenario::InstanceLoss | Scenario::ZoneLoss) if resets => {
            keys.extend(["spread-stops", "draining-tasks"]);
        }
        Some(Scenario::SpotReclaim) => keys.extend(["draining-tasks", "band-reading"]),
        _ => {}
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_choices_are_printed_with_their_meaning() {
        let lines = choices(&Choices::default(), Choices::KEYS);
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn every_relevant_choice_is_one() {
        let all =
            [Scenario::Deploy, Scenario::SpotReclaim].map(|s| relevant_choices(Some(s), false));
        let named: std::collections::BTreeSet<&str> = all.concat().into_iter().collect();
        let known: std::collections::BTreeSet<&str> = Choices::KEYS.iter().copied().collect();
        assert_eq!(named, known);
    }
}
