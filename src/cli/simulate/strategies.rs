//! Names of placement strategies on the command line.

use crate::cli::exit::{Exit, Failure};
use crate::domain::placement::PlacementStrategy;
use crate::simulate::strategy::MAX_STRATEGIES;

/// A strategy to replay with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedStrategy {
    /// As given.
    pub name: String,
    /// For every service; `None` for each its own.
    pub strategies: Option<Vec<PlacementStrategy>>,
}

/// Reads the values of `--strategy`; without any, each service's own.
///
/// # Errors
/// The first name that is none.
pub fn parse(names: &[String]) -> Result<Vec<NamedStrategy>, Failure> {
    if names.is_empty() {
        return parse(&["own".to_owned()]);
    }
    let mut parsed: Vec<NamedStrategy> = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        let strategies = match name {
            "own" => None,
            "default" => Some(Vec::new()),
            _ => Some(joined(name)?),
        };
        let named = NamedStrategy {
            name: name.to_owned(),
            strategies,
        };
        if !parsed.contains(&named) {
            parsed.push(named);
        }
    }
    Ok(parsed)
}

fn joined(name: &str) -> Result<Vec<PlacementStrategy>, Failure> {
    let parts: Vec<PlacementStrategy> = (name.split('+'))
        .map(|part| one(part.trim()).ok_or_else(|| unknown(part)))
        .collect::<Result<_, _>>()?;
    if parts.len() > MAX_STRATEGIES {
        let message = format!("--strategy {name}: ECS takes at most {MAX_STRATEGIES} in order");
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(parts)
}

fn one(name: &str) -> Option<PlacementStrategy> {
    let spread = |field: &str| Some(PlacementStrategy::Spread(field.to_owned()));
    let binpack = |resource: &str| Some(PlacementStrategy::Binpack(resource.to_owned()));
    match name {
        "random" => Some(PlacementStrategy::Random),
        "binpack-cpu" => binpack("cpu"),
        "binpack-memory" => binpack("memory"),
        "spread-zone" => spread("attribute:ecs.availability-zone"),
        "spread-instance" => spread("instanceId"),
        _ => {
            let attribute = name.strip_prefix("spread:")?;
            (!attribute.is_empty()).then(|| spread(attribute))?
        }
    }
}

fn unknown(name: &str) -> Failure {
    let message = format!(
        "--strategy: `{name}` is not one of own, default, random, binpack-cpu, binpack-memory, spread-zone, \
         spread-instance, spread:ATTRIBUTE, or several of these joined by `+`"
    );
    Failure::new(Exit::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(names: &[&str]) -> Result<Vec<NamedStrategy>, Failure> {
        parse(
            &names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn names_become_what_the_api_takes() {
        let found = parsed(&["spread-zone+binpack-memory", "spread:rack", "default"]);
        let found = found.expect("three names");
        let first = found[0].strategies.as_ref().expect("given");
        assert_eq!(
            first[0],
            PlacementStrategy::Spread("attribute:ecs.availability-zone".to_owned())
        );
        assert_eq!(first[1], PlacementStrategy::Binpack("memory".to_owned()));
        assert_eq!(
            found[1].strategies,
            Some(vec![PlacementStrategy::Spread("rack".to_owned())])
        );
        assert_eq!(found[2].strategies, Some(Vec::new()));
        assert_eq!(parsed(&[]).expect("own")[0].strategies, None);
    }

    #[test]
    fn other_names_are_usage_errors() {
        for name in [
            "",
            "binpack",
            "spread:",
            "own+random",
            "random+random+random+random+random+random",
        ] {
            let failure = parsed(&[name]).expect_err(name);
            assert_eq!(failure.exit, Exit::Usage, "{name}");
        }
    }
}
