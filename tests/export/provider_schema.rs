//! Terraform's resources against the schema of the AWS provider, as the type declarations of `@cdktf/provider-aws` carry it:
//! every argument known, of its type, in its place; none of the required ones missing.
//!
//! Ignored in a plain `cargo test`; `make test-export` and CI run it.

use std::collections::BTreeMap;

use bayplan::domain::settings::Settings;
use bayplan::export::{TerraformStyle, terraform_json_text};
use serde_json::{Map, Value};

use super::diff::parts;
use super::existing::with_everything_existing;
use super::plans::{exported, hostile_plan, plan};
use super::schedules::over_a_week;
use super::special_plans::{
    large_plan, mixed_plan, resetting_plan, resetting_settings, retyping_settings,
};
use super::validators::node_modules;

/// Arguments that every resource takes.
const META: [&str; 5] = ["count", "depends_on", "for_each", "lifecycle", "provider"];

/// An argument of a resource or of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument {
    required: bool,
    /// The declared type without what CDK adds.
    kind: String,
}

type Interfaces = BTreeMap<String, BTreeMap<String, Argument>>;

/// The interfaces of a declaration file; the first is the resource's own.
fn interfaces(text: &str) -> (String, Interfaces) {
    let mut interfaces = Interfaces::new();
    let (mut root, mut open, mut name) = (None, None::<String>, String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("export interface ") {
            let interface = rest.split([' ', '{']).next().expect("a name").to_owned();
            root.get_or_insert_with(|| interface.clone());
            interfaces.insert(interface.clone(), BTreeMap::new());
            open = Some(interface);
        } else if line.starts_with('}') {
            open = None;
        } else if let Some((_, link)) = line.split_once("{@link ") {
            // The link ends with `#argument Class#argument}`.
            let part = link.rsplit('#').next().expect("a part");
            part.trim_end_matches('}').clone_into(&mut name);
        } else if let (Some(interface), Some(rest)) = (&open, line.trim().strip_prefix("readonly "))
        {
            let (key, kind) = rest.split_once(':').expect("a type");
            let kind = kind
                .trim()
                .trim_end_matches(';')
                .replace(" | cdktf.IResolvable", "");
            let argument = Argument {
                required: !key.ends_with('?'),
                kind,
            };
            interfaces
                .get_mut(interface)
                .expect("open")
                .insert(name.clone(), argument);
        }
    }
    (root.expect("an interface"), interfaces)
}

/// The schema of a resource or a data source.
fn schema(kind: &str) -> (String, Interfaces) {
    let folder = kind.replace('_', "-");
    let path = node_modules()
        .with_file_name("schemas")
        .join(&folder)
        .join("index.d.ts");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}: scripts/export-validators has no schema of {kind}",
            path.display()
        )
    });
    interfaces(&text)
}

fn check_type(place: &str, kind: &str, value: &Value) {
    // An expression may be of any type.
    let is_expression = value.as_str().is_some_and(|text| text.starts_with("${"));
    let fits = match kind {
        // Terraform turns the other plain values into text.
        "string" => value.is_string() || value.is_boolean() || value.is_number(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "string[]" => value
            .as_array()
            .is_some_and(|items| items.iter().all(Value::is_string)),
        "{" => value.is_object(),
        _ => false,
    };
    assert!(fits || is_expression, "{place} is {value}, not {kind}");
}

fn check(place: &str, interface: &str, interfaces: &Interfaces, body: &Map<String, Value>) {
    let arguments = &interfaces[interface];
    for (name, value) in body
        .iter()
        .filter(|(name, _)| !META.contains(&name.as_str()))
    {
        let place = format!("{place}.{name}");
        let argument = arguments
            .get(name)
            .unwrap_or_else(|| panic!("{place}: no such argument"));
        let (block, is_list) = match argument.kind.strip_suffix("[]") {
            Some(block) => (block, true),
            None => (argument.kind.as_str(), false),
        };
        if !interfaces.contains_key(block) {
            check_type(&place, &argument.kind, value);
            continue;
        }
        let blocks = value
            .as_array()
            .unwrap_or_else(|| panic!("{place}: not blocks"));
        assert!(is_list || blocks.len() == 1, "{place}: one block at most");
        for inner in blocks {
            check(
                &place,
                block,
                interfaces,
                inner.as_object().expect("a block"),
            );
        }
    }
    for (name, argument) in arguments {
        assert!(
            !argument.required || body.contains_key(name),
            "{place}.{name} is missing"
        );
    }
}

fn check_document(document: &Value) -> usize {
    let mut checked = 0;
    for (section, prefix) in [("resource", "aws_"), ("data", "")] {
        let Some(kinds) = document.get(section).and_then(Value::as_object) else {
            continue;
        };
        for (kind, resources) in kinds {
            let stem = kind.strip_prefix(prefix).expect("of the AWS provider");
            let stem = if section == "data" {
                format!("data_{stem}")
            } else {
                stem.to_owned()
            };
            let (root, interfaces) = schema(&stem);
            for (id, body) in resources.as_object().expect("resources") {
                check(
                    &format!("{kind}.{id}"),
                    &root,
                    &interfaces,
                    body.as_object().expect("a body"),
                );
                checked += 1;
            }
        }
    }
    checked
}

#[test]
#[ignore = "needs scripts/export-validators; make test-export runs it"]
fn the_provider_knows_every_argument() {
    let mut plans = vec![mixed_plan(), large_plan(), resetting_plan()];
    plans.extend((0..40).map(plan));
    plans.extend((0..10).map(hostile_plan));
    let mut checked = 0;
    let mut exports: Vec<Settings> = plans.iter().map(exported).collect();
    exports.extend(parts());
    exports.push(over_a_week());
    exports.push(with_everything_existing());
    exports.push(resetting_settings());
    exports.push(retyping_settings());
    for mut settings in exports {
        settings.root_volume_gib = Some(100);
        for style in [TerraformStyle::Resources, TerraformStyle::Modules] {
            let text = terraform_json_text(&settings, style);
            checked += check_document(&serde_json::from_str(&text).expect("JSON"));
        }
    }
    assert!(checked > 500, "{checked}");
}

/// The check sees what it is there to see.
#[test]
#[ignore = "needs scripts/export-validators; make test-export runs it"]
fn the_schema_refuses_what_the_provider_would() {
    let name = "aws_ecs_capacity_provider";
    for wrong in [
        r#"{"name": "a", "nmae": "b"}"#,
        r#"{"auto_scaling_group_provider": [{"auto_scaling_group_arn": "a"}]}"#,
        r#"{"name": "a", "auto_scaling_group_provider": [{}]}"#,
        r#"{"name": ["a"]}"#,
        r#"{"name": "a", "auto_scaling_group_provider": [{"auto_scaling_group_arn": "a",
            "managed_scaling": [{}, {}]}]}"#,
    ] {
        let body: Value = serde_json::from_str(wrong).expect("JSON");
        let document = serde_json::json!({"resource": {name: {"a": body}}});
        let refused = std::panic::catch_unwind(|| check_document(&document));
        assert!(refused.is_err(), "{wrong}");
    }
}
