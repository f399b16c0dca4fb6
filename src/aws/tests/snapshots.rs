//! What a snapshot reads, writes and leaves out, and what becomes of it when calls fail.

use serde_json::{Value, json};

use super::answers::{ACCOUNT, arn, cluster, definition, service, task};
use super::failing::{Failing, Fault};
use super::recorded::Recorded;
use super::{options, take, take_as};
use crate::aws::actions::Action;
use crate::aws::errors::Cause;
use crate::aws::snapshot::{SnapshotError, SnapshotOptions};
use crate::io::{ImportOptions, read_cluster};

fn file(text: &str) -> Value {
    serde_json::from_str(text).expect("a snapshot is JSON")
}

fn refused() -> Fault {
    Fault::Fails(Cause::Refused {
        said: "User is not authorized".to_owned(),
    })
}

#[test]
fn a_snapshot_is_a_cluster_file() {
    let taken = take(cluster(2, 2, 3)).expect("a snapshot");
    insta::assert_snapshot!(taken.text);
    assert!(taken.notes.is_empty(), "{:?}", taken.notes);
    let read = read_cluster(&taken.text, "c.json", &ImportOptions::default()).expect("readable");
    let stamp = read.cluster.deployed.snapshot.expect("stamped");
    assert_eq!(stamp.taken_at, "2026-11-29T00:00:00Z");
    assert_eq!(stamp.fingerprint.len(), 64);
    let kinds: Vec<_> = (read.cluster.container_instances.iter())
        .map(|one| {
            (
                one.instance_type.as_str(),
                one.capacity().may_be_reclaimed(),
            )
        })
        .collect();
    assert_eq!(kinds, [("m7g.large", false), ("m7g.large", true)]);
}

#[test]
fn pages_are_read_to_the_end_and_batches_are_as_large_as_may_be() {
    let recorded = cluster(111, 201, 301);
    let taken = take(&recorded).expect("a snapshot");
    let calls = |action| recorded.calls(action).len();
    assert_eq!(
        (calls(Action::ListServices), calls(Action::DescribeServices)),
        (2, 12)
    );
    assert_eq!(
        (
            calls(Action::ListContainerInstances),
            calls(Action::DescribeContainerInstances)
        ),
        (3, 3)
    );
    assert_eq!(
        (calls(Action::ListTasks), calls(Action::DescribeTasks)),
        (4, 4)
    );
    assert_eq!(calls(Action::DescribeTaskDefinition), 1);
    assert_eq!(
        (
            calls(Action::DescribeInstances),
            calls(Action::DescribeScalableTargets)
        ),
        (3, 3)
    );
    let written = file(&taken.text);
    let many = |key: &str| written[key].as_array().map_or(0, Vec::len);
    assert_eq!(
        (many("services"), many("containerInstances"), many("tasks")),
        (111, 201, 301)
    );
    for call in recorded.calls(Action::DescribeServices) {
        assert!(call.about.len() <= 10);
    }
    let all: usize = Action::ALL.into_iter().map(calls).sum();
    assert_eq!(taken.calls, all as u64);
}

#[test]
fn the_same_cluster_makes_the_same_bytes_in_whatever_order_it_is_listed() {
    let mut other = cluster(25, 30, 40);
    for action in [
        Action::ListServices,
        Action::ListContainerInstances,
        Action::ListTasks,
    ] {
        for page in other.answers_mut(action) {
            let list = page
                .as_object_mut()
                .and_then(|object| object.values_mut().find_map(Value::as_array_mut));
            list.expect("a list").reverse();
        }
    }
    assert_eq!(
        take(cluster(25, 30, 40)).expect("one").text,
        take(other).expect("another").text
    );
}

#[test]
fn no_account_number_is_written_and_shorter_arns_are_the_same_cluster() {
    let mut fingerprints = Vec::new();
    for redact_arns in [false, true] {
        let options = SnapshotOptions {
            redact_arns,
            ..options()
        };
        let taken = take_as(cluster(3, 3, 3), &options).expect("a snapshot");
        assert!(!taken.text.contains(ACCOUNT));
        assert_eq!(taken.text.contains("arn:"), !redact_arns);
        let read =
            read_cluster(&taken.text, "c.json", &ImportOptions::default()).expect("readable");
        assert_eq!(read.cluster.services.len(), 3);
        assert!(read.cluster.deployed.group_of_provider("web").is_some());
        fingerprints.push(file(&taken.text)["snapshot"]["fingerprint"].clone());
    }
    assert_eq!(fingerprints[0], fingerprints[1]);
}

/// A change of what was answered.
type Change = fn(&mut Value);

fn fingerprint_with(action: Action, change: Change) -> String {
    let mut recorded = cluster(2, 2, 3);
    change(&mut recorded.answers_mut(action)[0]);
    let text = take(recorded).expect("a snapshot").text;
    file(&text)["snapshot"]["fingerprint"]
        .as_str()
        .expect("a text")
        .to_owned()
}

#[test]
fn the_fingerprint_changes_with_what_matters_and_not_with_what_moves_by_itself() {
    let same: Change = |_| {};
    let before = fingerprint_with(Action::DescribeServices, same);
    let moving: [(Action, Change); 6] = [
        (Action::DescribeServices, |a| {
            a["services"][0]["runningCount"] = json!(7);
        }),
        (Action::DescribeServices, |a| {
            a["services"][0]["desiredCount"] = json!(8);
        }),
        (Action::DescribeServices, |a| {
            a["services"][0]["deployments"][0]["rolloutState"] = json!("IN_PROGRESS");
        }),
        (Action::DescribeServices, |a| {
            a["services"][0]["events"] = json!([]);
        }),
        (Action::DescribeTasks, |a| {
            a["tasks"][0]["lastStatus"] = json!("PENDING");
        }),
        (Action::DescribeAutoScalingGroups, |a| {
            a["AutoScalingGroups"][0]["DesiredCapacity"] = json!(9);
        }),
    ];
    for (index, (action, change)) in moving.into_iter().enumerate() {
        assert_eq!(fingerprint_with(action, change), before, "moving {index}");
    }
    let mattering: [(Action, Change); 7] = [
        (Action::DescribeServices, |a| {
            a["services"][1]["desiredCount"] = json!(3);
        }),
        (Action::DescribeServices, |a| {
            a["services"][0]["desiredCount"] = json!(10);
        }),
        (Action::DescribeServices, |a| {
            a["services"][0]["capacityProviderStrategy"][0]["base"] = json!(1);
        }),
        (Action::DescribeTaskDefinition, |a| {
            a["taskDefinition"]["memory"] = json!("1024");
        }),
        (Action::DescribeAutoScalingGroups, |a| {
            a["AutoScalingGroups"][0]["MaxSize"] = json!(21);
        }),
        (Action::DescribeAutoScalingGroups, |a| {
            a["AutoScalingGroups"][0]["SuspendedProcesses"] = json!([{"ProcessName": "Launch"}]);
        }),
        (Action::DescribeScalableTargets, |a| {
            a["ScalableTargets"][0]["MaxCapacity"] = json!(10);
        }),
    ];
    for (index, (action, change)) in mattering.into_iter().enumerate() {
        assert_ne!(
            fingerprint_with(action, change),
            before,
            "mattering {index}"
        );
    }
}

/// A cluster of one service that can be planned and one that is as told.
fn with_odd(odd: &Value, its_definition: Value) -> Recorded {
    let mut recorded = cluster(1, 1, 0);
    recorded.answers_mut(Action::ListServices)[0]["serviceArns"]
        .as_array_mut()
        .expect("a list")
        .push(odd["serviceArn"].clone());
    recorded.answers_mut(Action::DescribeServices)[0]["services"]
        .as_array_mut()
        .expect("a list")
        .push(odd.clone());
    recorded.add(Action::DescribeTaskDefinition, its_definition);
    recorded
}

fn odd_service(change: Change) -> Value {
    let mut odd = service("odd", "odd:1");
    change(&mut odd);
    odd
}

fn odd_definition(change: Change) -> Value {
    let mut odd = definition("odd:1");
    change(&mut odd["taskDefinition"]);
    odd
}

#[test]
fn what_cannot_be_planned_is_left_out_by_name() {
    let same: Change = |_| {};
    let cases: [(Value, Value, &str); 8] = [
        (
            odd_service(|s| s["status"] = json!("INACTIVE")),
            odd_definition(same),
            "INACTIVE",
        ),
        (
            odd_service(|s| s["status"] = json!("DRAINING")),
            odd_definition(same),
            "DRAINING",
        ),
        (
            odd_service(|s| {
                s["deploymentController"] = json!({"type": "EXTERNAL"});
                s["taskDefinition"] = Value::Null;
                s["deployments"] = json!([]);
            }),
            odd_definition(same),
            "no task set",
        ),
        (
            odd_service(same),
            odd_definition(|d| {
                d["runtimePlatform"] = json!({"operatingSystemFamily": "WINDOWS_SERVER_2025_CORE"});
            }),
            "Windows tasks cannot be planned",
        ),
        (
            odd_service(same),
            odd_definition(|d| {
                d["containerDefinitions"][0]["linuxParameters"] =
                    json!({"devices": [{"hostPath": "/dev/neuron0"}]});
            }),
            "Neuron",
        ),
        (
            odd_service(same),
            odd_definition(|d| {
                d["containerDefinitions"][0]["linuxParameters"] =
                    json!({"devices": [{"hostPath": "/dev/nvidia0"}]});
            }),
            "GPU",
        ),
        (
            odd_service(same),
            odd_definition(|d| {
                d["containerDefinitions"][0]["environment"] =
                    json!([{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]);
            }),
            "GPU sharing",
        ),
        (
            odd_service(same),
            odd_definition(|d| {
                d["containerDefinitions"][0]["resourceRequirements"] =
                    json!([{"type": "GPU", "sharingStrategy": {"nvidiaMps": {}}}]);
            }),
            "sharingStrategy",
        ),
    ];
    for (odd, its_definition, reason) in cases {
        let taken = take(with_odd(&odd, its_definition)).expect(reason);
        let notes = taken.notes.join("\n");
        assert!(
            notes.contains("`odd` is left out") && notes.contains(reason),
            "{reason}: {notes}"
        );
        let written = file(&taken.text);
        // What it stands on is named, unless it is gone.
        let names = written["leftOut"].as_array().map_or(0, Vec::len);
        assert_eq!(names, usize::from(reason != "INACTIVE"), "{reason}");
        assert_eq!(
            written["services"].as_array().map(Vec::len),
            Some(1),
            "{reason}"
        );
        assert_eq!(
            written["notes"].as_array().map(Vec::len),
            Some(taken.notes.len())
        );
    }
}

#[test]
fn services_on_managed_instances_stay_with_how_their_provider_buys_and_nothing_else_of_it() {
    let odd = odd_service(|s| s["capacityProviderStrategy"] = json!([]));
    let mut recorded = with_odd(&odd, odd_definition(|_| {}));
    let described = &mut recorded.answers_mut(Action::DescribeClusters)[0]["clusters"][0];
    described["defaultCapacityProviderStrategy"] = json!([{"capacityProvider": "mi", "weight": 1}]);
    recorded.answers_mut(Action::DescribeCapacityProviders)[0]["capacityProviders"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"name": "mi", "cluster": "prod", "type": "MANAGED_INSTANCES", "managedInstancesProvider": {
            "infrastructureRoleArn": "r", "instanceLaunchTemplate": {"ec2InstanceProfileArn": "p",
                "networkConfiguration": {"subnets": ["subnet-of-mi"]}, "capacityOptionType": "SPOT",
                "instanceRequirements": {"vCpuCount": {"min": 2}, "allowedInstanceTypes": ["m7i.*"]}}}}));
    let described = &mut recorded.answers_mut(Action::DescribeContainerInstances)[0];
    described["containerInstances"][0]["capacityProviderName"] = json!("mi");
    let taken = take(recorded).expect("a snapshot");
    assert!(
        !taken.notes.iter().any(|note| note.contains("odd")),
        "{:?}",
        taken.notes
    );
    for withheld in [
        "infrastructureRoleArn",
        "subnet-of-mi",
        "ec2InstanceProfileArn",
    ] {
        assert!(!taken.text.contains(withheld), "{withheld}");
    }
    let read = read_cluster(&taken.text, "s.json", &ImportOptions::default());
    let cluster = read.expect("readable").cluster;
    let managed = (cluster.container_instances.iter())
        .filter(|instance| instance.purchase_option.is_managed());
    assert_eq!(managed.count(), 1);
    assert!(cluster.services.iter().any(|service| service.name == "odd"));
}

#[test]
fn tasks_of_no_service_are_said() {
    let mut recorded = cluster(1, 1, 1);
    recorded.answers_mut(Action::DescribeTasks)[0]["tasks"][0] = task(0, "my secret");
    let taken = take(recorded).expect("a snapshot");
    assert!(
        taken
            .notes
            .iter()
            .any(|note| note.contains("1 tasks that no service runs (api:7)")),
        "{:?}",
        taken.notes
    );
    assert!(!taken.text.contains("my secret"));
}

#[test]
fn a_cluster_that_is_not_there_is_no_empty_file() {
    let mut recorded = cluster(1, 1, 1);
    recorded.answers_mut(Action::DescribeClusters)[0]["clusters"] = json!([]);
    assert!(matches!(
        take(recorded),
        Err(SnapshotError::NoCluster { .. })
    ));
}

/// What a snapshot can do without.
const OPTIONAL: [Action; 5] = [
    Action::ListAccountSettings,
    Action::DescribeScalableTargets,
    Action::DescribeInstances,
    Action::DescribeSubnets,
    Action::DescribeAvailabilityZones,
];

#[test]
fn what_is_optional_is_said_and_passed_over_however_it_fails() {
    let words = "a word of AWS's";
    let said = words.to_owned();
    let causes = [
        (Cause::Refused { said: said.clone() }, "is not allowed"),
        (Cause::Throttled, "was refused for too many calls"),
        (Cause::Passing { said: said.clone() }, "failed each time"),
        (
            Cause::Rejected {
                code: "ValidationException".to_owned(),
                said: said.clone(),
            },
            "takes no such request",
        ),
    ];
    for action in OPTIONAL {
        for (cause, kind) in &causes {
            let fault = Fault::Fails(cause.clone());
            let taken = take(Failing::of(cluster(2, 1, 2), action, fault)).expect("optional");
            let note = format!("{} {kind}", action.name());
            assert!(
                taken.notes.iter().any(|it| it.starts_with(&note)),
                "{note}: {:?}",
                taken.notes
            );
            assert!(!taken.text.contains(words), "a file is passed on");
        }
        let cause = Cause::Credentials { said: said.clone() };
        let failing = Failing::of(cluster(2, 1, 2), action, Fault::Fails(cause));
        take(failing).expect_err("no other call would go better");
    }
}

#[test]
fn what_is_optional_is_said_and_passed_over_and_what_is_not_ends_it() {
    let made = cluster(2, 1, 2);
    take(&made).expect("a snapshot");
    for action in Action::ALL {
        if made.calls(action).is_empty() {
            continue;
        }
        let result = take(Failing::of(cluster(2, 1, 2), action, refused()));
        if OPTIONAL.contains(&action) {
            let taken = result.expect("it is optional");
            assert!(
                taken.notes.iter().any(|note| note.contains(action.name())),
                "{action}: {:?}",
                taken.notes
            );
        } else {
            let error = result.expect_err("it is not optional").to_string();
            assert!(
                error.contains(action.name()) && error.contains("\"Action\""),
                "{error}"
            );
        }
    }
}

#[test]
fn a_fault_at_any_call_passes_or_names_the_call() {
    let whole = take(cluster(12, 2, 3)).expect("a snapshot");
    let passing = Cause::Passing {
        said: "connection reset".to_owned(),
    };
    for fault in [
        Fault::Fails(Cause::Throttled),
        Fault::Fails(passing),
        Fault::Empty,
    ] {
        for call in 0..whole.calls {
            let taken =
                take(Failing::at(cluster(12, 2, 3), call, 5, fault.clone())).expect("it passes");
            assert_eq!(taken.text, whole.text, "{fault:?} at call {call}");
        }
    }
    let mut passed_over = 0;
    for call in 0..whole.calls {
        let fault = Fault::Fails(Cause::Rejected {
            code: "ClientException".to_owned(),
            said: "no".to_owned(),
        });
        match take(Failing::at(cluster(12, 2, 3), call, 1, fault)) {
            Ok(taken) => {
                let is_said = |note: &String| note.contains("takes no such request");
                assert!(
                    taken.notes.iter().any(is_said),
                    "call {call}: {:?}",
                    taken.notes
                );
                passed_over += 1;
            }
            Err(error) => assert!(
                error.to_string().contains(": ClientException: no"),
                "{error}"
            ),
        }
    }
    assert_eq!(passed_over, OPTIONAL.len(), "each of them is one call here");
}

#[test]
fn a_fault_that_does_not_pass_ends_with_the_calls_name() {
    for action in [Action::DescribeServices, Action::DescribeTaskDefinition] {
        for fault in [Fault::Empty, Fault::Fails(Cause::Throttled)] {
            let failing = Failing::of(cluster(1, 1, 1), action, fault);
            let error = take(&failing).expect_err("it never passes");
            assert!(error.to_string().contains(action.name()), "{error}");
            assert!(failing.count() < 80, "attempts end");
        }
    }
}

#[test]
fn a_page_that_leads_to_itself_is_no_endless_list() {
    struct Loops(Recorded);
    impl crate::aws::call::Api for Loops {
        async fn answer(
            &self,
            call: &crate::aws::call::Call,
        ) -> Result<Value, crate::aws::errors::CallError> {
            let mut answer = self.0.answer(call).await?;
            if call.action == Action::ListServices {
                answer["nextToken"] = json!("again");
            }
            Ok(answer)
        }
    }
    let error = take(Loops(cluster(1, 1, 1))).expect_err("it never ends");
    assert!(error.to_string().contains("ecs:ListServices"), "{error}");
}

#[test]
fn instances_without_a_known_type_are_left_out() {
    let mut recorded = cluster(1, 2, 0);
    recorded.answers_mut(Action::DescribeInstances)[0]["Reservations"] = json!([]);
    let taken = take(recorded).expect("a snapshot");
    let lost = arn(&format!("container-instance/prod/{:032x}", 1));
    let lost = lost.rsplit('/').next().expect("an id");
    assert_eq!(
        taken.notes.len(),
        1,
        "the group tells the type of the other: {:?}",
        taken.notes
    );
    assert!(taken.notes[0].contains(lost), "{:?}", taken.notes);
}

#[test]
fn a_folder_of_recorded_answers_is_read_like_the_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    cluster(3, 2, 2).write(folder.path());
    let from_folder = take(Recorded::folder(folder.path())).expect("a snapshot");
    assert_eq!(
        from_folder.text,
        take(cluster(3, 2, 2)).expect("a snapshot").text
    );
}

#[test]
fn a_launch_template_that_is_gone_is_said() {
    let said = "The specified launch template does not exist.".to_owned();
    let code = "InvalidLaunchTemplateId.NotFoundException".to_owned();
    let gone = Fault::Fails(Cause::Rejected { code, said });
    let action = Action::DescribeLaunchTemplateVersions;
    let taken = take(Failing::of(cluster(1, 1, 1), action, gone)).expect("a snapshot");
    assert_eq!(taken.notes.len(), 1, "{:?}", taken.notes);
    assert!(taken.notes[0].starts_with("launch template lt-1, version 3, is not there any more"));
}
