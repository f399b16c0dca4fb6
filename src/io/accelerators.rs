//! GPUs of a task, and the accelerators that cannot be planned.

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;
use super::quantities;
use crate::domain::quantity::GpuCount;

/// GPUs over all containers; every other kind of accelerator is an error.
pub(super) fn task_gpus(
    item: &Cursor<'_>,
    containers: &[Cursor<'_>],
    log: &mut Log,
) -> Option<GpuCount> {
    for accelerator in item.list(log, "inferenceAccelerators") {
        unsupported_accelerator(&accelerator, "Elastic Inference accelerators", log);
    }
    let mut total = Some(GpuCount::ZERO);
    for container in containers {
        let mut own = GpuCount::ZERO;
        for requirement in container.list(log, "resourceRequirements") {
            let gpus = requirement_gpus(&requirement, log);
            own = gpus.and_then(|n| own.checked_add(n)).unwrap_or(own);
        }
        total = total.and_then(|sum| sum.checked_add(own));
        report_neuron_devices(container, log);
        if own == GpuCount::ZERO {
            report_gpu_sharing(container, log);
        }
    }
    total
}

fn requirement_gpus(requirement: &Cursor<'_>, log: &mut Log) -> Option<GpuCount> {
    requirement.entries(log)?;
    let kind = requirement.require(log, "type", "the type of an NVIDIA GPU is `GPU`")?;
    if kind.text(log)? != "GPU" {
        unsupported_accelerator(&kind, "resources other than `GPU`", log);
        return None;
    }
    if let Some(strategy) = requirement.get("sharingStrategy") {
        strategy.error(
            log,
            codes::GPU_SHARING,
            "the container shares GPUs with others (`sharingStrategy`); GPU sharing cannot be planned",
            "reserve whole GPUs, or take the task definition out of the file",
        );
        return None;
    }
    let value = requirement.require(log, "value", "give the number of GPUs")?;
    quantities::gpus(&value, log)
}

fn unsupported_accelerator(place: &Cursor<'_>, what: &str, log: &mut Log) {
    place.error(
        log,
        codes::ACCELERATOR,
        format!("{what} cannot be planned"),
        "only whole NVIDIA GPUs (`resourceRequirements` of type `GPU`) can; take the task \
         definition out of the file",
    );
}

fn report_neuron_devices(container: &Cursor<'_>, log: &mut Log) {
    let Some(parameters) = container.get("linuxParameters") else {
        return;
    };
    for device in parameters.list(log, "devices") {
        if let Some(path) = device.get("hostPath")
            && matches!(&path.node.value, Value::Text(text) if text.starts_with("/dev/neuron"))
        {
            unsupported_accelerator(&path, "AWS Neuron devices", log);
        }
    }
}

/// A container that sees GPUs without reserving one shares them with others, which ECS does not count: it may be placed
/// where there are none.
fn report_gpu_sharing(container: &Cursor<'_>, log: &mut Log) {
    report_gpu_devices(container, log);
    let Some(environment) = container.get("environment") else {
        return;
    };
    let Value::List(variables) = &environment.node.value else {
        return;
    };
    for (index, variable) in variables.iter().enumerate() {
        let variable = Cursor::new(variable, format!("{}[{index}]", environment.path));
        let field = |key: &str| match variable.get(key)?.node.value {
            Value::Text(ref text) => Some(text.clone()),
            _ => None,
        };
        let shares = field("name").as_deref() == Some("NVIDIA_VISIBLE_DEVICES")
            && !matches!(field("value").as_deref(), None | Some("" | "void" | "none"));
        if shares {
            shared_gpus(&variable, "NVIDIA_VISIBLE_DEVICES", log);
        }
    }
}

/// The first device of an NVIDIA GPU that the container takes from the instance by its path.
fn report_gpu_devices(container: &Cursor<'_>, log: &mut Log) {
    let Some(parameters) = container.get("linuxParameters") else {
        return;
    };
    // What is wrong with the list is said where Neuron devices are looked for.
    let devices = parameters.list(&mut Log::default(), "devices");
    let paths = devices.iter().filter_map(|device| device.get("hostPath"));
    let of_gpu = |path: &Cursor<'_>| matches!(&path.node.value, Value::Text(text) if text.starts_with("/dev/nvidia"));
    if let Some(path) = paths.into_iter().find(of_gpu) {
        shared_gpus(&path, "the instance's devices", log);
    }
}

fn shared_gpus(place: &Cursor<'_>, through: &str, log: &mut Log) {
    place.error(
        log,
        codes::GPU_SHARING,
        format!("the container uses GPUs through {through} without reserving any; GPU sharing cannot be planned"),
        "reserve whole GPUs with `resourceRequirements`, or take the task definition out of the file",
    );
}
