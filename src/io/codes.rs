//! Codes of findings. A code keeps its meaning for good; `docs/errors.md` explains each.
//!
//! `E` codes are errors, `W` codes warnings. The second digit names the part of the input: 0 the file as
//! text, 1 any field, 2 task definitions, 3 services, 4 placement, 5 policy, 6 groups and instances,
//! 7 packing problems, 8 plan files, 9 changes and scenarios. W2007 and E1901 to E1906 were given out once and are never
//! given out again.

pub(super) const SYNTAX: &str = "E1001";
pub(super) const DUPLICATE_KEY: &str = "E1002";
pub(super) const TOO_DEEP: &str = "E1003";
pub(super) const UNSUPPORTED_YAML: &str = "E1004";
pub(super) const NOT_A_CLUSTER_FILE: &str = "E1005";
pub(super) const CSV_HEADER: &str = "E1006";
pub(super) const CSV_ROW: &str = "E1007";

pub(super) const VERSION: &str = "E1101";
pub(super) const NO_REGION: &str = "E1102";
pub(super) const UNKNOWN_KEY: &str = "E1103";
pub(super) const WRONG_TYPE: &str = "E1104";
pub(super) const MISSING_FIELD: &str = "E1105";
pub(super) const OUT_OF_RANGE: &str = "E1106";
pub(super) const UNKNOWN_VALUE: &str = "E1107";
pub(super) const NOT_A_QUANTITY: &str = "E1108";

pub(super) const NO_MEMORY: &str = "E1201";
pub(super) const WINDOWS: &str = "E1202";
pub(super) const ACCELERATOR: &str = "E1203";
pub(super) const GPU_SHARING: &str = "E1204";
pub(super) const DUPLICATE_TASK_DEFINITION: &str = "E1205";
pub(super) const PORT: &str = "E1206";
pub(super) const RESERVED_PORT: &str = "E1207";
pub(super) const PORT_TWICE: &str = "E1208";

pub(super) const DUPLICATE_SERVICE: &str = "E1301";
pub(super) const UNKNOWN_TASK_DEFINITION: &str = "E1302";
pub(super) const TWO_SIZES: &str = "E1303";
pub(super) const COUNT_ORDER: &str = "E1304";
pub(super) const NAME_TAKEN: &str = "E1305";
pub(super) const EXTERNAL_NETWORK: &str = "E1306";
pub(super) const NOT_A_NAME: &str = "E1307";
pub(super) const DEMAND: &str = "E1308";
pub(super) const DAEMON_ON_FARGATE: &str = "E1309";
pub(super) const DAEMON_OF_TASK_GROUPS: &str = "E1310";

pub(super) const CONSTRAINT: &str = "E1401";
pub(super) const EXPRESSION: &str = "E1402";
pub(super) const UNSUPPORTED_SUBJECT: &str = "E1403";
pub(super) const TASK_GROUP: &str = "E1404";

pub(super) const GLOB: &str = "E1501";
pub(super) const VCPU_ORDER: &str = "E1502";
pub(super) const INSTANCE_ORDER: &str = "E1503";
pub(super) const ZONE_LOSS: &str = "E1504";
pub(super) const SPOT_ONLY: &str = "E1505";
pub(super) const NOT_OF_KUBERNETES: &str = "E1506";
pub(super) const COMMITMENT: &str = "E1507";

pub(super) const NO_INSTANCE_TYPE: &str = "E1601";
pub(super) const DUPLICATE_NAME: &str = "E1602";
pub(super) const DUPLICATE_ZONE: &str = "E1603";
pub(super) const EXTERNAL_RESOURCES: &str = "E1604";
pub(super) const UNKNOWN_ZONE: &str = "E1605";

pub(super) const NOT_A_PACKING_PROBLEM: &str = "E1701";
pub(super) const VECTOR_LENGTH: &str = "E1702";
pub(super) const DUPLICATE_ID: &str = "E1703";
pub(super) const NOT_COUNTABLE: &str = "E1704";
pub(super) const VBP_SYNTAX: &str = "E1705";
pub(super) const INCARNATIONS: &str = "E1706";

pub(super) const PLAN_FILE: &str = "E1801";
pub(super) const PLAN_OF_ANOTHER_CLUSTER: &str = "E1802";
pub(super) const PLAN_UNKNOWN_SERVICE: &str = "E1803";
pub(super) const PLAN_WITHOUT_SERVICE: &str = "E1804";
pub(super) const PLAN_UNKNOWN_TYPE: &str = "E1805";
pub(super) const PLAN_UNKNOWN_PROVIDER: &str = "E1806";
pub(super) const PLAN_UNKNOWN_ZONE: &str = "E1807";
pub(super) const PLAN_STRATEGY: &str = "E1808";
pub(super) const PLAN_TOO_LARGE: &str = "E1809";
pub(super) const PROOF_FILE: &str = "E1810";
pub(super) const FOCUS_FILE: &str = "E1811";

pub(super) const CHANGE: &str = "E1907";
pub(super) const UNKNOWN_PATH: &str = "E1908";
pub(super) const SCENARIO_FILE: &str = "E1909";

pub(super) const REGION_OVERRIDDEN: &str = "W2001";
pub(super) const NO_CPU: &str = "W2002";
pub(super) const SPREAD_WITHOUT_ZONES: &str = "W2003";
pub(super) const CONTAINER_OVERRIDE: &str = "W2004";
pub(super) const UNKNOWN_TASK_GROUP: &str = "W2005";
pub(super) const PLAN_OF_OTHER_STATE: &str = "W2006";
pub(super) const NO_ROOM_ON_INSTANCE: &str = "W2008";
pub(super) const PASSED_OVER: &str = "W2009";
pub(super) const INCOMPLETE_ANSWER: &str = "W2010";
pub(super) const COUNT_OUTSIDE_LIMITS: &str = "W2011";
pub(super) const ZONES_FROM_PASTED: &str = "W2012";
pub(super) const LIMIT_ABOVE_TASK: &str = "W2013";
pub(super) const UNIT_ASSUMED: &str = "W2014";
pub(super) const FOREIGN_TASKS: &str = "W2015";
pub(super) const NOTE_OF_SNAPSHOT: &str = "W2016";
pub(super) const DELETED_SERVICE: &str = "W2017";
pub(super) const OTHER_MARKET: &str = "W2018";
pub(super) const TYPES_BY_ATTRIBUTES: &str = "W2019";
pub(super) const ROW_OF_SUMS: &str = "W2020";
pub(super) const OTHER_CLUSTER: &str = "W2021";
pub(super) const LEFT_OUT_OF_KUBERNETES: &str = "W2025";
pub(super) const RULE_NOT_MODELLED: &str = "W2026";
pub(super) const PREFERRED_RULE: &str = "W2027";
pub(super) const TAKEN_FROM_WHAT_RUNS: &str = "W2028";
pub(super) const CAPACITY_TYPE_ASSUMED: &str = "W2029";
pub(super) const PLAN_OF_A_PART: &str = "W2030";
pub(super) const TRUNKING_SETTING: &str = "W2031";
pub(super) const REFUSED_IN_AWSVPC: &str = "W2032";
pub(super) const TASKS_BESIDE: &str = "W2033";
pub(super) const LAUNCH_TYPE_AND_DEFINITION: &str = "W2034";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn codes(text: &str, before: &str, after: &str) -> BTreeSet<String> {
        text.lines()
            .filter_map(|line| line.split_once(before)?.1.split_once(after))
            .map(|(code, _)| code.to_owned())
            .collect()
    }

    #[test]
    fn every_code_is_documented_and_every_documented_code_exists() {
        let in_source = codes(include_str!("codes.rs"), "&str = \"", "\"");
        let mut documented = codes(include_str!("../../docs/errors.md"), "### ", " ");
        // C codes are the catalogue's and V codes the checker's, each held by a test there.
        documented.retain(|code| code.starts_with(['E', 'W']));
        assert!(in_source.len() > 40);
        assert_eq!(in_source, documented);
    }

    #[test]
    fn codes_of_the_past_are_not_given_out_again() {
        let given = codes(include_str!("codes.rs"), "&str = \"", "\"");
        for code in 1901..=1906 {
            assert!(!given.contains(&format!("E{code}")), "E{code}");
        }
    }

    #[test]
    fn no_code_is_given_out_twice() {
        let all = include_str!("codes.rs")
            .lines()
            .filter(|line| line.starts_with("pub(super) const"))
            .count();
        assert_eq!(
            codes(include_str!("codes.rs"), "&str = \"", "\"").len(),
            all
        );
    }
}
