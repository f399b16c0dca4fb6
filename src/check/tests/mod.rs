//! Each rule broken once in a plan that holds: the rule must be reported.

mod certified_fleet;
mod malformed;
mod plain_fleet;
mod zonal_fleet;

use self::plain_fleet::violations_after;
use super::{Rule, Violation, check};

/// Rules about figures that follow from others have mutations of their own: any change that breaks another rule may break
/// them as well.
fn is_of_its_own(violation: &Violation) -> bool {
    violation.rule <= Rule::InstanceLoss
}

#[test]
fn codes_are_v01_upwards_in_the_order_of_the_rules() {
    for (index, rule) in Rule::ALL.iter().enumerate() {
        assert_eq!(rule.code(), format!("V{:02}", index + 1));
        let json = serde_json::to_string(rule).expect("a rule serialises");
        assert_eq!(json, format!("\"{}\"", rule.code()));
    }
}

#[test]
fn a_violation_says_where_what_and_what_instead() {
    let violations = violations_after(|_, plan| plan.region = "eu-west-1".to_owned());
    let words: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        ["V01 region: found `eu-west-1`; expected `us-east-1`"]
    );
}

#[test]
fn every_code_is_documented_and_every_documented_code_exists() {
    let documented: Vec<&str> = include_str!("../../../docs/errors.md")
        .lines()
        .filter_map(|line| line.strip_prefix("### ")?.split(' ').next())
        .filter(|code| code.starts_with('V'))
        .collect();
    assert_eq!(documented, Rule::ALL.map(Rule::code));
}
