//! Every choice the replica makes where AWS documents no rule, or documents two that disagree.
//!
//! Each choice is an enumeration whose first variant is the default. [`Choices`] holds them all: it reads
//! `key=value`, and lists itself for the assumptions that belong beside every result.

use std::str::FromStr;

use thiserror::Error;

/// Why a `key=value` is not one of the replica's choices.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// No choice has that key.
    #[error("`{key}` is not a choice of the replica; choose from {known}")]
    UnknownKey {
        /// The key as given.
        key: String,
        /// The keys there are.
        known: String,
    },
    /// The choice has no such value.
    #[error("`{value}` is not a value of `{key}`; choose from {known}")]
    UnknownValue {
        /// The choice.
        key: String,
        /// The value as given.
        value: String,
        /// The values there are.
        known: String,
    },
}

/// A choice as it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Its key.
    pub key: &'static str,
    /// Its value.
    pub value: &'static str,
    /// What the value means.
    pub meaning: &'static str,
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident {
        $default:ident = $default_text:literal : $default_meaning:literal
        $(, $variant:ident = $text:literal : $meaning:literal)+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            #[doc = concat!($default_meaning, " (default).")]
            #[default]
            $default,
            $(#[doc = concat!($meaning, ".")] $variant,)+
        }

        impl $name {
            /// All values, the default first.
            pub const ALL: &'static [Self] = &[Self::$default, $(Self::$variant),+];

            /// The value as it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    Self::$default => $default_text,
                    $(Self::$variant => $text,)+
                }
            }

            /// What the value means, as part of a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    Self::$default => $default_meaning,
                    $(Self::$variant => $meaning,)+
                }
            }
        }

        impl FromStr for $name {
            type Err = String;

            /// The values that would have been accepted are the error.
            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().find(|value| value.name() == text);
                found.copied().ok_or_else(|| {
                    let names: Vec<&str> = Self::ALL.iter().map(|value| value.name()).collect();
                    names.join(", ")
                })
            }
        }
    };
}

choice!(
    /// Which of several instances of equal rank takes a task.
    TieBreak {
        Drawn = "drawn": "of instances with equal rank the first after a place drawn anew for each task, in a seeded order, takes it",
        Fixed = "fixed": "of instances with equal rank the first in a seeded order takes the task, the same order for every task",
    }
);
choice!(
    /// Which provider of a strategy takes the next task, once the base is met.
    RatioRule {
        SmallestRatio = "smallest-ratio": "the next task goes to the provider with the smallest (tasks + 1) / weight, ties by list order",
        LargestShortfall = "largest-shortfall": "the next task goes to the provider furthest below its exact share, ties by list order",
    }
);
choice!(
    /// Whether a provider with weight 0 still takes its base.
    BaseOnWeightZero {
        Places = "places": "a provider with weight 0 still takes its base",
        Ignored = "ignored": "a provider with weight 0 takes no task, not even its base",
    }
);
choice!(
    /// How the groups of waiting tasks become one count of instances.
    Combine {
        Max = "max": "the instances calculated for waiting tasks are the largest count over groups of identical tasks",
        Sum = "sum": "the instances calculated for waiting tasks are the sum over groups of identical tasks",
        Joint = "joint": "the instances calculated for waiting tasks come from packing all groups together, first fit decreasing",
    }
);
choice!(
    /// What the smallest and the largest type of a group are.
    TypeSample {
        PerParameter = "per-parameter": "smallest and largest are taken for each resource by itself, so either may be no real type",
        WholeType = "whole-type": "smallest and largest are real types, ordered by vCPUs, then memory",
    }
);
choice!(
    /// What the instances calculated for waiting tasks are added to.
    NeededBase {
        Present = "present": "instances for waiting tasks are needed beside all that are present",
        NonEmpty = "non-empty": "instances for waiting tasks are needed beside those that run tasks",
    }
);
choice!(
    /// How a group scales out from no instance at all.
    FromZero {
        TwoHundred = "two-hundred": "with no instance and tasks waiting the metric is 200, taken of one instance",
        Calculated = "calculated": "with no instance and tasks waiting the calculated count is launched",
    }
);
choice!(
    /// The metric when no group of waiting tasks fits the smallest type.
    BlockedMetric {
        Target = "target": "when no waiting task fits the smallest type the metric stays at the target",
        Hundred = "hundred": "when no waiting task fits the smallest type the metric is 100",
    }
);
choice!(
    /// How many instances one scale-out adds.
    StepRule {
        Demand = "demand": "a scale-out adds the calculated count, between the minimum and maximum step",
        Legacy = "legacy": "with more than one type or zone a scale-out adds exactly the minimum step",
    }
);
choice!(
    /// `maximumScalingStepSize` where the provider gives none.
    MaximumStepDefault {
        TenThousand = "10000": "maximumScalingStepSize is 10000 where not given",
        One = "1": "maximumScalingStepSize is 1 where not given",
    }
);
choice!(
    /// The metric when nothing waits and some instances are empty.
    ScaleInMetric {
        Ratio = "ratio": "with empty instances the metric is 100 x non-empty / present",
        HundredMinusEmpty = "hundred-minus-empty": "with empty instances the metric is 100 - the number of empty instances",
    }
);
choice!(
    /// The most instances that leave in one minute.
    ScaleInLimit {
        BelowHalf = "below-half": "a minute of scale-in removes at least one instance and less than half",
        FivePercent = "five-percent": "a minute of scale-in removes at least one instance and at most 5 % (before 2022-09-16)",
    }
);
choice!(
    /// Whether `targetCapacity` may be 0, as one text of AWS says.
    TargetZero {
        Refused = "refused": "targetCapacity is 1 to 100",
        AsOne = "as-one": "targetCapacity 0 is accepted and taken as 1",
    }
);
choice!(
    /// How target tracking rounds the desired capacity.
    DesiredRounding {
        Up = "up": "target tracking rounds the desired capacity up",
        Nearest = "nearest": "target tracking rounds the desired capacity to the nearest, halves up",
    }
);
choice!(
    /// How the On-Demand percentage above base is rounded.
    OnDemandRounding {
        Up = "up": "the On-Demand percentage above base is rounded up to whole instances",
        Down = "down": "the On-Demand percentage above base is rounded down to whole instances",
    }
);
choice!(
    /// When a rolling update stops old tasks.
    RolloutStops {
        WhenNeeded = "when-needed": "a rolling update stops old tasks as new ones become healthy, and before that only where new ones have no room or allowance",
        AsAllowed = "as-allowed": "a rolling update stops old tasks as far as minimumHealthyPercent allows, at once",
    }
);
choice!(
    /// Which task of a service with `spread(instanceId)` stops when its count falls: one text of AWS says that with
    /// `spread` a task of the zone is drawn, another that tasks stop so that the spread is kept.
    SpreadStops {
        InZone = "in-zone": "with spread(instanceId) the task that stops is drawn in the zone with the most",
        FullestInstance = "fullest-instance": "with spread(instanceId) the task that stops is one on the instance with the most, in the zone with the most",
    }
);
choice!(
    /// Whether the next task's capacity provider is chosen with tasks counted that run on instances that drain.
    DrainingTasks {
        Counted = "counted": "tasks on instances that drain count for their capacity provider until they stop",
        LeftOut = "left-out": "tasks on instances that drain no longer count for their capacity provider",
    }
);
choice!(
    /// Where in its band an interruption frequency lies.
    BandReading {
        Middle = "middle": "an interruption frequency is the middle of its band",
        Lower = "lower": "an interruption frequency is the lower end of its band",
        Upper = "upper": "an interruption frequency is the upper end of its band",
    }
);

macro_rules! choices {
    ($($field:ident, $key:literal: $type:ident;)+) => {
        /// All choices together; `Choices::default()` follows AWS's present documents.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct Choices {
            $(
                #[doc = concat!("`", $key, "`, see [`", stringify!($type), "`].")]
                pub $field: $type,
            )+
        }

        impl Choices {
            /// The keys, in the order in which they are printed.
            pub const KEYS: &'static [&'static str] = &[$($key),+];

            /// Sets one choice.
            ///
            /// # Errors
            /// When there is no such key, or it has no such value.
            pub fn set(&mut self, key: &str, value: &str) -> Result<(), ChoiceError> {
                match key {
                    $($key => {
                        self.$field = value.parse().map_err(|known| ChoiceError::UnknownValue {
                            key: key.to_owned(),
                            value: value.to_owned(),
                            known,
                        })?;
                    })+
                    _ => {
                        return Err(ChoiceError::UnknownKey {
                            key: key.to_owned(),
                            known: Self::KEYS.join(", "),
                        });
                    }
                }
                Ok(())
            }

            /// Every choice as it is made, in the order of [`Choices::KEYS`].
            #[must_use]
            pub fn made(&self) -> Vec<Made> {
                vec![$(Made {
                    key: $key,
                    value: self.$field.name(),
                    meaning: self.$field.meaning(),
                }),+]
            }
        }
    };
}

choices! {
    tie_break, "tie-break": TieBreak;
    ratio_rule, "ratio-rule": RatioRule;
    base_on_weight_zero, "base-on-weight-zero": BaseOnWeightZero;
    combine, "combine": Combine;
    type_sample, "type-sample": TypeSample;
    needed_base, "needed-base": NeededBase;
    from_zero, "from-zero": FromZero;
    blocked_metric, "blocked-metric": BlockedMetric;
    step_rule, "step-rule": StepRule;
    maximum_step_default, "maximum-step-default": MaximumStepDefault;
    scale_in_metric, "scale-in-metric": ScaleInMetric;
    scale_in_limit, "scale-in-limit": ScaleInLimit;
    target_zero, "target-zero": TargetZero;
    desired_rounding, "desired-rounding": DesiredRounding;
    on_demand_rounding, "on-demand-rounding": OnDemandRounding;
    rollout_stops, "rollout-stops": RolloutStops;
    spread_stops, "spread-stops": SpreadStops;
    draining_tasks, "draining-tasks": DrainingTasks;
    band_reading, "band-reading": BandReading;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_set_by_its_key() {
        let mut choices = Choices::default();
        choices.set("combine", "sum").expect("a known choice");
        assert_eq!(choices.combine, Combine::Sum);
        let made = &choices.made()[3];
        assert_eq!((made.key, made.value), ("combine", "sum"));
    }

    #[test]
    fn unknown_keys_and_values_name_what_there_is() {
        let mut choices = Choices::default();
        let key = choices.set("combination", "sum").expect_err("no such key");
        assert!(key.to_string().contains("combine"), "{key}");
        let value = choices.set("combine", "mean").expect_err("no such value");
        assert_eq!(
            value.to_string(),
            "`mean` is not a value of `combine`; choose from max, sum, joint"
        );
        assert_eq!(choices, Choices::default());
    }
}
