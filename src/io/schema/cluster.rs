//! The cluster file: keys of ours in full, sections of the AWS APIs with further fields accepted.

use serde_json::{Map, Value, json};

use super::parts::{aws, decimal, quantity, section, text, whole, words};
use super::policy;
use crate::domain::policy_keys::MAX_TASKS;
use crate::io::known_fields::TOP_LEVEL;
use crate::io::services::MOST_MEASURED_CPU;

/// The whole file.
pub(super) fn schema() -> Value {
    let properties: Map<String, Value> = (TOP_LEVEL.iter())
        .map(|key| ((*key).to_owned(), of_top_level(key)))
        .collect();
    json!({
        "type": "object",
        "required": ["version"],
        "properties": properties,
        "additionalProperties": false,
        "$defs": {
            "service": service(),
            "standaloneTask": standalone_task(),
            "taskDefinition": task_definition(),
            "awsObject": {"type": "object"},
        },
    })
}

fn of_top_level(key: &str) -> Value {
    match key {
        "version" => json!({"description": "Version of the form of this file.", "const": 1}),
        "cluster" => described("Name or ARN of the cluster; else the file's name.", text()),
        "region" => described(
            "AWS Region, such as us-east-1; `--region` overrides it.",
            text(),
        ),
        "snapshot" => json!({
            "description": "When the live cluster was read, and the hash of all that matters to a plan.",
            "type": ["object", "null"],
            "properties": {"takenAt": text(), "fingerprint": text()},
        }),
        "notes" => json!({
            "description": "What was left out when the live cluster was read, and why.",
            "type": ["array", "null"],
            "items": {"type": "string"},
        }),
        "leftOut" => json!({
            "description": "Services that ran when the live cluster was read and cannot be planned: what they stand on stays.",
            "type": ["array", "null"],
            "items": {"type": "object", "required": ["serviceName"], "properties": {
                "serviceName": text(), "launchType": text(),
                "capacityProviderStrategy": {"type": "array"}}},
        }),
        "availabilityZones" => zones(),
        "services" => section(
            "Services, as `describe-services` prints them, with keys of ours beside.",
            "service",
        ),
        "standaloneTasks" => section(
            "Tasks of no service, as `run-task` is asked for them.",
            "standaloneTask",
        ),
        "taskDefinitions" => section(
            "As `describe-task-definition` prints them.",
            "taskDefinition",
        ),
        "demand" => json!({
            "description": "Demand over a week, beside the services' own profiles.",
            "type": ["object", "null"],
            "additionalProperties": false,
            "properties": {
                "profiles": described(
                    "CSV file `service,hour,count`, relative to this file; hours 0 to 23, or 0 to 167 from Monday 00:00 UTC.",
                    text(),
                ),
                "periods": json!({
                    "description": "Parts of the week, 168 hours together.",
                    "type": ["array", "null"],
                    "items": {
                        "type": "object",
                        "required": ["name", "hoursPerWeek", "counts"],
                        "additionalProperties": false,
                        "properties": {
                            "name": text(),
                            "hoursPerWeek": whole(1, 168),
                            "counts": {"type": "object", "additionalProperties": whole(0, MAX_TASKS)},
                        },
                    },
                }),
            },
        }),
        "commitments" => json!({
            "description": "Savings Plans and Reserved Instances that are bought already.",
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "required": ["kind", "usdPerHour"],
                "additionalProperties": false,
                "properties": {
                    "kind": words(&["compute", "ec2-instance", "reserved", "capacity-reservation", "capacity-block"]),
                    "usdPerHour": described("What it costs, used or not.", decimal(1_000_000)),
                    "family": described("Such as m7i.", text()),
                    "region": text(),
                    "endsOn": described("Last day, YYYY-MM-DD.", text()),
                    "instanceType": described("Reserved Instances: of which type.", text()),
                    "count": whole(1, 100_000),
                    "termYears": whole(1, 10),
                    "payment": words(&["no-upfront", "partial-upfront", "all-upfront"]),
                },
            },
        }),
        "policy" => policy::schema(),
        _ => section(
            "As `aws ecs describe-*` and `aws autoscaling describe-*` print it.",
            "awsObject",
        ),
    }
}

fn described(description: &str, mut schema: Value) -> Value {
    schema["description"] = json!(description);
    schema
}

fn zones() -> Value {
    json!({
        "description": "Zones to plan for: names, ids, or both.",
        "type": ["array", "object", "null"],
        "items": {"anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "object"},
        ]},
    })
}

/// The size of a task that refers to no task definition.
fn inline_size() -> Value {
    json!({
        "cpu": described("CPU units (1024 = 1 vCPU) or a text such as `0.5 vCPU`.", quantity()),
        "memory": described("MiB or a text such as `1 GB`.", quantity()),
        "networkMode": words(&["awsvpc", "bridge", "default", "host", "none"]),
        "hostPorts": described("Host ports that the task takes.", json!({"type": ["array", "null"]})),
        "gpu": described("Whole NVIDIA GPUs.", json!({"type": ["integer", "string", "null"], "minimum": 0})),
        "architectures": {
            "type": ["array", "null"],
            "items": {"enum": ["X86_64", "ARM64"]},
            "description": "CPU architectures that the task runs on; X86_64 where it says nothing.",
        },
    })
}

fn service() -> Value {
    let mut schema = aws(
        "A service; further fields of the Amazon ECS API are accepted.",
        &json!({
            "serviceName": text(),
            "serviceArn": text(),
            "desiredCount": whole(0, MAX_TASKS),
            "minCount": described("Fewest tasks that scaling allows.", whole(0, MAX_TASKS)),
            "maxCount": described("Most tasks that scaling allows.", whole(0, MAX_TASKS)),
            "profile": described(
                "Tasks by hour: 24 for a day, or 168 for a week from Monday 00:00 UTC.",
                json!({"type": ["array", "null"], "items": whole(0, MAX_TASKS), "minItems": 24, "maxItems": 168}),
            ),
            "measuredCpu": described(
                "CPU units that one task uses in the mean, as measured; burstable types then charge for it in place of the CPU that it reserves.",
                whole(0, MOST_MEASURED_CPU),
            ),
            "taskDefinition": described("ARN, family:revision or family.", text()),
            "schedulingStrategy": words(&["REPLICA", "DAEMON"]),
            "launchType": words(&["EC2", "FARGATE", "EXTERNAL"]),
            "placementConstraints": {"type": ["array", "null"], "items": {"type": "object"}},
            "placementStrategy": {"type": ["array", "null"], "items": {"type": "object"}},
            "capacityProviderStrategy": {"type": ["array", "null"], "items": {"type": "object"}},
            "deploymentConfiguration": {"type": ["object", "null"]},
        }),
    );
    beside(&mut schema, inline_size());
    beside(&mut schema, Value::Object(policy::of_services()));
    schema
}

fn standalone_task() -> Value {
    let mut schema = aws(
        "Tasks that belong to no service; further fields of `RunTask` are accepted.",
        &json!({
            "taskDefinition": described("ARN, family:revision or family.", text()),
            "count": whole(0, MAX_TASKS),
            "group": text(),
            "launchType": words(&["EC2", "FARGATE", "EXTERNAL"]),
        }),
    );
    beside(&mut schema, inline_size());
    beside(&mut schema, Value::Object(policy::of_services()));
    schema
}

fn task_definition() -> Value {
    aws(
        "A task definition; all fields of the Amazon ECS API are accepted.",
        &json!({
            "family": text(),
            "taskDefinitionArn": text(),
            "cpu": quantity(),
            "memory": quantity(),
            "containerDefinitions": {"type": ["array", "null"], "items": {"type": "object"}},
            "requiresCompatibilities": {"type": ["array", "null"], "items": {"type": "string"}},
            "runtimePlatform": {"type": ["object", "null"]},
        }),
    )
}

/// Adds properties to those of a schema.
fn beside(schema: &mut Value, properties: Value) {
    if let (Value::Object(own), Value::Object(mut further)) =
        (&mut schema["properties"], properties)
    {
        own.append(&mut further);
    }
}
