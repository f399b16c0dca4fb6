//! No input makes a parser panic, and printing an expression loses nothing.

use bayplan::domain::attributes::Attributes;
use bayplan::domain::query::{
    Comparison, Condition, Conjunct, Expression, Operator, Pattern, Subject, Test,
};
use bayplan::io::{ImportOptions, read_cluster, read_plan};
use proptest::prelude::*;

const EXAMPLES: [(&str, &str); 4] = [
    (
        "webshop.json",
        include_str!("../../data/examples/webshop-us-east-1.json"),
    ),
    (
        "payments.yaml",
        include_str!("../../data/examples/payments-ap-northeast-2.yaml"),
    ),
    (
        "two-t2-micro.json",
        include_str!("../../data/examples/two-t2-micro.json"),
    ),
    ("every-section.json", EVERY_SECTION),
];

/// A file that uses what the bundled examples do not: zones, standalone tasks, EBS volumes, task groups,
/// instances from outside AWS, Spot groups and every kind of policy key.
const EVERY_SECTION: &str = r#"{"version": 1, "cluster": "c", "region": "us-east-1",
"availabilityZones": ["us-east-1a", "use1-az2", {"zoneName": "us-east-1c", "zoneId": "use1-az4"}],
"taskDefinitions": [{"family": "batch", "revision": 2, "cpu": 512, "memory": 1024,
  "volumes": [{"name": "v", "configuredAtLaunch": true}]}],
"services": [
  {"serviceName": "web", "desiredCount": 3, "cpu": 256, "memory": 512,
   "deploymentConfiguration": {"strategy": "CANARY", "maximumPercent": 150},
   "serviceConnectConfiguration": {"enabled": true},
   "placementConstraints": [{"type": "memberOf",
     "expression": "attribute:stack == web and not(task:group in [family:batch, service:edge])"}]},
  {"serviceName": "edge", "desiredCount": 1, "cpu": 1, "memory": 9, "launchType": "EXTERNAL"}],
"standaloneTasks": [
  {"taskDefinition": "batch:2", "count": 4, "overrides": {"memory": "2 GB"},
   "volumeConfigurations": [{"name": "v", "managedEBSVolume": {"sizeInGiB": 10}}]},
  {"group": "nightly", "cpu": 1, "memory": 9, "onDemandBase": 1, "spotMaxShare": 0.5}],
"capacityProviders": [{"name": "p", "autoScalingGroupProvider": {"autoScalingGroupArn":
  "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:0:autoScalingGroupName/g"}}],
"autoScalingGroups": [{"AutoScalingGroupName": "g", "MixedInstancesPolicy":
  {"InstancesDistribution": {"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 0}}}],
"containerInstances": [
  {"containerInstanceArn": "arn:a", "instanceType": "m7g.large", "capacityProviderName": "p"},
  {"containerInstanceArn": "arn:b", "attributes": [{"name": "ecs.capability.external"}],
   "registeredResources": [{"name": "CPU", "integerValue": 4096}, {"name": "MEMORY", "integerValue": 8000}]}],
"policy": {"purchaseOptions": ["on-demand", "spot"], "fargate": "allowed", "onDemandBase": 1,
  "spotMaxShare": 0.7, "spotMaxSharePerPool": 0.25, "zoneSpread": "even", "surviveZoneLoss": true,
  "deploymentSurge": true, "minInstances": 3, "maxInstanceTypes": 4, "maxCapacityProviders": 5}}"#;

const CSV: &str = "service,cpu,memory_mib,desired_count,gpu,network_mode,host_ports,architectures\n\
                   web,256,512,3,0,bridge,80;53/udp,X86_64;ARM64\napi,\"0.5 vCPU\",1 GB,2,,awsvpc,,\n";

/// Pieces that make texts which are nearly documents.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "'",
    "\n",
    "  ",
    "- ",
    "version",
    "1",
    "services",
    "\"a\"",
    "&x ",
    "*x",
    "<<: ",
    "!tag ",
    "!!str ",
    "|\n",
    ">\n",
    "---\n",
    "...\n",
    "? ",
    "# c\n",
    "null",
    "true",
    "-1",
    "1e999",
    "0.1",
    "\\u",
    "\\ud800",
    "\t",
    "\u{feff}",
    "é",
    "%YAML 1.2\n",
    "~",
    "taskDefinitions",
    "policy",
];

const NAMES: [&str; 4] = ["c.json", "c.yaml", "c.csv", "c"];

/// Reads a text in every format; the outcome does not matter, findings must print.
fn read_in_every_format(text: &str) {
    let options = ImportOptions {
        region: Some("us-east-1".to_owned()),
        ..ImportOptions::default()
    };
    for name in NAMES {
        if let Err(findings) = read_cluster(text, name, &options) {
            assert!(!findings.findings.is_empty());
            assert!(!findings.to_string().is_empty());
        }
    }
    if let Err(findings) = read_plan(text, "plan.json") {
        assert!(!findings.to_string().is_empty());
    }
}

/// A change to a valid file: text cut out at one place and other text put in.
fn mutated(text: &str, at: usize, cut: usize, insert: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let start = at % (characters.len() + 1);
    let end = (start + cut).min(characters.len());
    characters.splice(start..end, insert.chars());
    characters.into_iter().collect()
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z0-9.:/*-]{1,8}",
        1 => prop::sample::select(&["and", "or", "not", "in", "exists", "", "two words", "it's", "a\"b", "(x)", "[1,2]"][..])
            .prop_map(str::to_owned),
        1 => "[ -!#-~]{0,8}",
    ]
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        6 => "[a-zA-Z0-9._/-]{1,10}".prop_map(Subject::Attribute),
        1 => Just(Subject::TaskGroup),
        1 => Just(Subject::AgentConnected),
        1 => Just(Subject::AgentVersion),
        1 => Just(Subject::Ec2InstanceId),
        1 => Just(Subject::RegisteredAt),
        1 => Just(Subject::RunningTasksCount),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    prop::sample::select(
        &[
            "t2.*",
            "(c|m)7g\\.(large|xlarge)",
            "[a-c]{2,3}",
            "a b",
            "",
            "it's",
            "\"",
            "a&&b",
            "and",
            "x|y||z",
        ][..],
    )
    .prop_map(|text| Pattern::parse(text).expect("a pattern"))
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let operator = prop::sample::select(
        &[
            Operator::Equals,
            Operator::NotEquals,
            Operator::GreaterThan,
            Operator::GreaterThanEqual,
            Operator::LessThan,
            Operator::LessThanEqual,
        ][..],
    );
    prop_oneof![
        Just(Comparison::Exists),
        Just(Comparison::NotExists),
        (operator, value()).prop_map(|(operator, value)| Comparison::Value(operator, value)),
        prop::collection::vec(value(), 1..4).prop_map(Comparison::In),
        prop::collection::vec(value(), 1..4).prop_map(Comparison::NotIn),
        pattern().prop_map(Comparison::Matches),
        pattern().prop_map(Comparison::NotMatches),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let test = (subject(), comparison()).prop_map(|(subject, comparison)| {
        Condition::Test(Test {
            subject,
            comparison,
        })
    });
    test.prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(512), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_is_read_or_refused(text in any::<String>()) {
        read_in_every_format(&text);
    }

    #[test]
    fn nearly_documents_are_read_or_refused(pieces in prop::collection::vec(piece(), 0..60)) {
        read_in_every_format(&pieces.concat());
    }

    #[test]
    fn changed_examples_are_read_or_refused(
        example in 0_usize..EXAMPLES.len(),
        at in any::<usize>(),
        cut in 0_usize..40,
        insert in prop::collection::vec(piece(), 0..4),
    ) {
        let (name, text) = EXAMPLES[example];
        let _ = read_cluster(&mutated(text, at, cut, &insert.concat()), name, &ImportOptions::default());
    }

    #[test]
    fn changed_csv_is_read_or_refused(
        at in any::<usize>(), cut in 0_usize..20, insert in prop::collection::vec(piece(), 0..4),
    ) {
        read_in_every_format(&mutated(CSV, at, cut, &insert.concat()));
    }

    #[test]
    fn arbitrary_text_is_an_expression_or_an_error(text in any::<String>()) {
        let _ = Expression::parse(&text).map(|e| e.evaluate(&Attributes::default()));
    }

    #[test]
    fn token_soup_is_an_expression_or_an_error_and_survives_printing(
        words in prop::collection::vec(prop::sample::select(&[
            "attribute:a", "task:group", "runningTasksCount", "==", "!=", ">=", "=~", "!~", "in", "!in",
            "not_in", "exists", "!exists", "!", "not", "and", "&&", "or", "||", "(", ")", "[", "]", "{",
            "}", ",", "a", "t2.*", "\"q r\"", "'s'", "\\", "|",
        ][..]), 0..24),
        spaced in any::<bool>(),
    ) {
        let text = words.join(if spaced { " " } else { "" });
        if let Ok(expression) = Expression::parse(&text) {
            let printed = expression.to_string();
            prop_assert_eq!(Expression::parse(&printed), Ok(expression), "{}", printed);
        }
    }

    #[test]
    fn taking_an_expression_apart_loses_no_part(condition in condition()) {
        let Ok(whole) = Expression::parse(&condition.to_string()) else {
            return Ok(());
        };
        let mut texts = Vec::new();
        for part in whole.conjuncts() {
            texts.push(match part {
                Conjunct::Instance(part) => {
                    prop_assert!(!part.reads_task_group());
                    part.to_string()
                }
                Conjunct::TaskGroup { groups, source, .. } => {
                    prop_assert!(!groups.is_empty());
                    source
                }
                Conjunct::Other(text) => text,
            });
        }
        // Joined again they are the whole, but for parentheses around `and` inside `and`.
        let joined = texts.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" and ");
        prop_assume!(joined.chars().count() <= 2000);
        let again = Expression::parse(&joined)
            .map_err(|error| TestCaseError::fail(format!("{joined}: {error}")))?;
        prop_assert_eq!(whole.other_subjects(), again.other_subjects());
        prop_assert_eq!(whole.attribute_names(), again.attribute_names());
    }

    #[test]
    fn printing_and_parsing_gives_the_same_tree(condition in condition()) {
        let printed = condition.to_string();
        // Longer texts are refused, as by ECS.
        prop_assume!(printed.chars().count() <= 2000);
        let parsed = Expression::parse(&printed)
            .map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
        prop_assert_eq!(parsed.condition(), &condition, "{}", printed);
    }
}

#[test]
fn the_examples_are_read_without_a_word() {
    for (name, text) in EXAMPLES {
        match read_cluster(text, name, &ImportOptions::default()) {
            Ok(imported) => assert_eq!(imported.warnings, [], "{name}"),
            Err(findings) => panic!("{findings}"),
        }
    }
}
