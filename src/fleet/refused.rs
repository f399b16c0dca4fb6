//! Flags that a unit may not have: a result is a function of files and flags, and a unit leaves nothing besides it.

use crate::io::Finding;

use super::args::UnitArgs;
use super::codes::{self, error};
use super::words::name_of;

/// Flags that a unit may not have, and why.
const REFUSED: [(&str, &str); 17] = [
    (
        "--time-limit",
        "a result would depend on the machine; --work-limit stops by counted work",
    ),
    ("--output", "the result is kept by the fleet"),
    ("--format", "results are JSON"),
    ("--proof", "a unit writes no further file"),
    ("--write-cluster", "a unit writes no further file"),
    ("--write-plan", "a unit writes no further file"),
    ("--keep-metrics", "a unit writes no further file"),
    ("--results", "a unit writes no further file"),
    ("--prometheus", "a unit writes no further file"),
    ("--webhook", "a unit tells nobody: what was gathered does"),
    ("--history", "a unit's result depends on no earlier run"),
    ("--apply", "a unit changes nothing"),
    ("--yes", "a unit changes nothing"),
    ("--help", "a unit gives a result"),
    ("-h", "a unit gives a result"),
    ("--version", "a unit gives a result"),
    ("--", "the cluster file is the unit's `input`"),
];

impl UnitArgs {
    /// The flags that a unit may not have.
    #[must_use]
    pub fn refused(&self, line: usize) -> Vec<Finding> {
        let flags = self.words.iter().filter_map(|word| {
            let (flag, why) = REFUSED.iter().find(|(flag, _)| *flag == name_of(word))?;
            let cause = format!("`{flag}` is refused in a fleet: {why}");
            Some(error(
                codes::FLAG,
                "args",
                Some(line),
                cause,
                "leave it out",
            ))
        });
        flags.chain(self.refused_metrics(line)).collect()
    }

    /// `--metrics cloudwatch` without an end: the same unit would find other metrics tomorrow, under the key of today's.
    fn refused_metrics(&self, line: usize) -> Option<Finding> {
        let has_end = !self.values("--metrics-until").is_empty();
        (self.asks_cloudwatch() && !has_end).then(|| {
            let cause = "`--metrics cloudwatch` without `--metrics-until TIME` is refused in a fleet: a unit's result would depend on its day";
            let remedy = "say where the metrics end, or read them once by `rightsize --keep-metrics FILE` and name that file";
            error(codes::FLAG, "args", Some(line), cause.to_owned(), remedy)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Result<UnitArgs, Vec<Finding>> {
        UnitArgs::read(Some(value), 1)
    }

    #[test]
    fn a_wall_clock_limit_is_refused_in_every_form() {
        for value in [
            json!({"timeLimit": 5}),
            json!({"time-limit": "5"}),
            json!({"flags": ["--time-limit", "5"]}),
            json!(["--time-limit=5"]),
        ] {
            let findings = read(&value).expect_err("refused");
            assert_eq!(findings.len(), 1);
            assert_eq!(findings[0].code, codes::FLAG);
        }
    }

    #[test]
    fn what_writes_tells_or_reads_what_is_another_tomorrow_is_refused() {
        for flag in [
            "writePlan",
            "keepMetrics",
            "results",
            "prometheus",
            "webhook",
        ] {
            let findings = read(&json!({"command": "rightsize", flag: "x"})).expect_err("refused");
            assert_eq!(findings.len(), 1, "{flag}");
            assert_eq!(findings[0].code, codes::FLAG);
        }
        for live in [
            json!({"command": "rightsize", "metrics": "cloudwatch"}),
            json!(["rightsize", "--metrics", "cloudwatch"]),
        ] {
            let findings = read(&live).expect_err("refused");
            assert!(findings[0].cause.contains("--metrics-until"));
        }
        let until = json!([
            "rightsize",
            "--metrics",
            "cloudwatch",
            "--metrics-until=2026-01-01T00:00:00Z"
        ]);
        assert!(read(&until).is_ok());
        assert!(read(&json!(["rightsize", "--metrics", "use.csv"])).is_ok());
    }
}
