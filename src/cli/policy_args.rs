//! The policy's keys as flags. A flag replaces the file's key of the same name; the importer checks both alike.

use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};
use serde_json::{Map, Number, Value};

use crate::domain::policy::Policy;
use crate::domain::policy_keys::{Choice, Kind, POLICY_KEYS, PolicyKey};

const HEADING: &str = "Policy (each replaces the file's key of the same name)";

/// The names of the flags, in the order of the table: clap keeps references to them.
static FLAGS: LazyLock<Vec<String>> =
    LazyLock::new(|| POLICY_KEYS.iter().map(PolicyKey::flag).collect());

/// Policy flags: one for each key of the policy, made from the table of keys.
#[derive(Debug, Default)]
pub struct PolicyArgs {
    overrides: Map<String, Value>,
}

impl PolicyArgs {
    /// The flags that were given, under the names and in the form the cluster file has them.
    pub fn overrides(&self) -> Map<String, Value> {
        self.overrides.clone()
    }
}

impl Args for PolicyArgs {
    fn augment_args(command: Command) -> Command {
        let flags = POLICY_KEYS.iter().zip(FLAGS.iter());
        command.args(flags.map(|(key, flag)| arg(key, flag)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for PolicyArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for key in POLICY_KEYS {
            let Some(given) = matches.get_many::<Value>(key.name) else {
                continue;
            };
            let mut values: Vec<Value> = given.cloned().collect();
            let value = if takes_list(key) {
                Value::Array(values)
            } else {
                values.pop().unwrap_or_default()
            };
            self.overrides.insert(key.name.to_owned(), value);
        }
        Ok(())
    }
}

/// Whether the file has a list, which the flag separates with commas.
const fn takes_list(key: &PolicyKey) -> bool {
    matches!(
        key.value,
        Kind::Globs { .. } | Kind::Taints { .. } | Kind::PurchaseOptions { .. }
    )
}

/// The flag of a key.
fn arg(key: &'static PolicyKey, flag: &'static str) -> Arg {
    let arg = Arg::new(key.name)
        .long(flag)
        .value_name(key.value_name)
        .help(format!("{} [default: {}]", key.help, key.default))
        .help_heading(HEADING)
        .value_parser(parser(&key.value));
    match &key.value {
        Kind::Bool { .. } => {
            (arg.num_args(0..=1).require_equals(true)).default_missing_value("true")
        }
        Kind::Decimal { .. } | Kind::UsdPerHour { .. } => arg.allow_negative_numbers(true),
        Kind::Globs { .. } | Kind::Taints { .. } | Kind::PurchaseOptions { .. } => {
            arg.value_delimiter(',').num_args(1)
        }
        _ => arg,
    }
}

/// Reads a flag's text as the value that the file would have; the importer looks at its bounds.
fn parser(kind: &'static Kind<Policy>) -> ValueParser {
    match kind {
        Kind::Bool { others, .. } => {
            let words =
                (["true", "false"].into_iter().map(PossibleValue::new)).chain(words(others));
            PossibleValuesParser::new(words)
                .map(|word| match word.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    _ => Value::String(word),
                })
                .into()
        }
        Kind::Whole { .. } => value_parser!(u64).map(Value::from).into(),
        Kind::Decimal { .. } | Kind::UsdPerHour { .. } => {
            ValueParser::new(|text: &str| number(text).map(Value::Number))
        }
        Kind::Choice(choices) => PossibleValuesParser::new(words(choices))
            .map(Value::String)
            .into(),
        Kind::Globs { .. } | Kind::Taints { .. } | Kind::PurchaseOptions { .. } => {
            clap::builder::StringValueParser::new()
                .map(Value::String)
                .into()
        }
        Kind::Cpu { .. } | Kind::Memory { .. } => ValueParser::new(scalar),
        Kind::MemoryOverhead { .. } => ValueParser::new(memory_overhead),
    }
}

fn words(choices: &'static [Choice<Policy>]) -> impl Iterator<Item = PossibleValue> {
    (choices.iter()).map(|choice| PossibleValue::new(choice.word).help(choice.help))
}

fn number(text: &str) -> Result<Number, String> {
    serde_json::from_str(text).map_err(|_| "not a number such as 0.25".to_owned())
}

/// A number or a boolean where the text is one, else the text.
#[expect(clippy::unnecessary_wraps, reason = "the signature clap asks for")]
fn scalar(text: &str) -> Result<Value, String> {
    Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// JSON, or `key=number` pairs with commas between them.
fn memory_overhead(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let mut map = Map::new();
    for pair in text.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("`{pair}` is not key=number, as in `percent=3,fixedMib=100`"))?;
        let key = key.trim().to_owned();
        if map
            .insert(key.clone(), Value::Number(number(value.trim())?))
            .is_some()
        {
            return Err(format!("`{key}` is given twice"));
        }
    }
    Ok(Value::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use serde_json::json;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        policy: PolicyArgs,
    }

    fn overrides(flags: &[&str]) -> Value {
        let line = std::iter::once("bayplan").chain(flags.iter().copied());
        Value::Object(Flags::parse_from(line).policy.overrides())
    }

    #[test]
    fn no_flag_overrides_nothing() {
        assert_eq!(overrides(&[]), json!({}));
    }

    #[test]
    fn flags_become_the_files_keys_and_values() {
        let given = overrides(&[
            "--allowed-instance-types=m7g.*,c7g.*",
            "--current-generation-only",
            "--eni-trunking=false",
            "--bare-metal=included",
            "--headroom-percent=12.5",
            "--keep-instances=all",
            "--min-vcpus=2",
            "--root-volume-gib=0",
            "--reserved-cpu=256",
            "--reserved-memory=1 GB",
            "--instance-usd-per-hour=0.0015",
            "--memory-overhead=percent=3,fixedMib=100",
        ]);
        assert_eq!(
            given,
            json!({
                "allowedInstanceTypes": ["m7g.*", "c7g.*"],
                "currentGenerationOnly": true,
                "bareMetal": "included",
                "headroomPercent": 12.5,
                "keepInstances": "all",
                "minVcpus": 2,
                "eniTrunking": false,
                "memoryOverhead": {"percent": 3, "fixedMib": 100},
                "rootVolumeGib": 0,
                "reservedCpu": 256,
                "reservedMemory": "1 GB",
                "instanceUsdPerHour": 0.0015,
            })
        );
    }

    #[test]
    fn how_to_buy_and_what_to_survive_are_flags_too() {
        let given = overrides(&[
            "--purchase-options=on-demand,spot",
            "--fargate=only",
            "--on-demand-base=2",
            "--spot-max-share=0.7",
            "--spot-max-share-per-pool=0.25",
            "--zone-spread=any",
            "--survive-zone-loss",
            "--deployment-surge=false",
            "--min-instances=3",
            "--max-instance-types=2",
            "--max-capacity-providers=4",
        ]);
        assert_eq!(
            given,
            json!({
                "purchaseOptions": ["on-demand", "spot"],
                "fargate": "only",
                "onDemandBase": 2,
                "spotMaxShare": 0.7,
                "spotMaxSharePerPool": 0.25,
                "zoneSpread": "any",
                "surviveZoneLoss": true,
                "deploymentSurge": false,
                "minInstances": 3,
                "maxInstanceTypes": 2,
                "maxCapacityProviders": 4,
            })
        );
    }

    #[test]
    fn a_repeated_or_bare_part_of_the_overhead_is_refused() {
        assert!(memory_overhead("percent=3,percent=4").is_err());
        assert!(memory_overhead("3").is_err());
        assert!(memory_overhead("percent=x").is_err());
        assert_eq!(
            memory_overhead("{\"percent\":1}"),
            Ok(json!({"percent": 1}))
        );
    }
}
