//! Whether the numbers of metric files look like another unit than the headings say. Only who knows the sizes of services can see it.

use crate::cli::diagnostics::Diagnostics;
use crate::domain::cluster::Cluster;
use crate::domain::service::Service;
use crate::domain::text::visible_start;
use crate::rightsize::series::{Metrics, Series};

/// Services that no value above 100 of may be chance.
const CHANCE: usize = 2;
/// Largest percentage.
const WHOLE: f64 = 100.0;
/// How many times its memory a task is not seen to take: kernel memory beside the limit has been seen at three times.
const MOST_TIMES: f64 = 10.0;

/// Says what looks like another unit.
pub(in crate::cli) fn say_doubtful_units(
    metrics: &Metrics,
    cluster: &Cluster,
    diagnostics: Diagnostics,
) {
    for doubt in doubts(metrics, cluster) {
        diagnostics.warning(&doubt);
    }
}

fn doubts(metrics: &Metrics, cluster: &Cluster) -> Vec<String> {
    let measured: Vec<(&Service, f64, f64)> = (cluster.services.iter())
        .filter_map(|service| {
            let (cpu, memory) = largest(metrics.get(&service.name)?);
            Some((service, cpu, memory))
        })
        .filter(|(_, cpu, memory)| *cpu > 0.0 || *memory > 0.0)
        .collect();
    let is_of_a_hundred = |(service, cpu, memory): &(&Service, f64, f64)| {
        let task = &service.task;
        *cpu <= WHOLE && *memory <= WHOLE && task.cpu.get() > 100 && task.memory.get() > 100
    };
    let mut doubts = Vec::new();
    if measured.len() > CHANCE && measured.iter().all(is_of_a_hundred) {
        doubts.push(
            "no value of cpu_units_max and memory_mib_max is above 100: percentages are to be multiplied by the size of the task that was in force"
                .to_owned(),
        );
    }
    let is_rounded = |(service, cpu, _): &(&Service, f64, f64)| {
        let series = metrics.get(&service.name);
        *cpu <= WHOLE && service.task.cpu.get() > 100 && series.is_some_and(has_whole_cpu)
    };
    if doubts.is_empty() && !measured.is_empty() && measured.iter().all(is_rounded) {
        doubts.push(
            "every cpu_units_max is a whole number of 100 at most: if these are percentages, multiply them by the CPU units of the task that \
             were in force, 1,024 a vCPU"
                .to_owned(),
        );
    }
    let above = measured.iter().filter(|(service, _, memory)| {
        let size = service.task.memory.get() as f64;
        size > 0.0 && *memory > MOST_TIMES * size
    });
    doubts.extend(above.map(|(service, _, memory)| {
        format!(
            "the metrics give a task of `{}` up to {memory:.0} MiB, and it has {}: look whether memory_mib_max is in MiB",
            visible_start(&service.name, 100),
            service.task.memory.get()
        )
    }));
    doubts
}

/// Whether all its values of CPU are whole numbers, as percentages are often given.
fn has_whole_cpu(series: &Series) -> bool {
    let mut cpu = (series.samples.iter()).filter_map(|sample| sample.cpu_max);
    cpu.all(|cpu| cpu.fract() == 0.0)
}

/// The largest CPU and memory of a series.
fn largest(series: &Series) -> (f64, f64) {
    let samples = &series.samples;
    let cpu = samples.iter().filter_map(|sample| sample.cpu_max);
    let memory = samples.iter().filter_map(|sample| sample.memory_max);
    (cpu.fold(0.0, f64::max), memory.fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};
    use crate::rightsize::series::Sample;

    fn doubts_of(cpu: f64, memory: f64) -> Vec<String> {
        let services = ["a", "b", "c"].map(|name| {
            format!(
                r#"{{"serviceName": "{name}", "desiredCount": 1, "cpu": 1024, "memory": 2048}}"#
            )
        });
        let text = format!(
            r#"{{"version": 1, "cluster": "c", "region": "us-east-1", "services": [{}]}}"#,
            services.join(", ")
        );
        let cluster = read_cluster(&text, "c.json", &ImportOptions::default());
        let sample = Sample {
            cpu_max: Some(cpu),
            memory_max: Some(memory),
            ..Sample::default()
        };
        let series = Series {
            period: 3_600,
            samples: vec![sample],
        };
        let metrics = ["a", "b", "c"].map(|name| (name.to_owned(), series.clone()));
        doubts(&metrics.into(), &cluster.expect("a cluster").cluster)
    }

    #[test]
    fn percentages_and_kib_are_doubted_and_use_is_not() {
        assert!(doubts_of(200.0, 600.0).is_empty());
        assert!(doubts_of(60.5, 600.0).is_empty());
        let rounded = doubts_of(60.0, 600.0);
        assert!(
            rounded.len() == 1 && rounded[0].contains("whole number of 100 at most"),
            "{rounded:?}"
        );
        assert!(doubts_of(160.0, 600.0).is_empty());
        assert_eq!(doubts_of(60.0, 80.0).len(), 1);
        let kib = doubts_of(200.0, 600_000.0);
        assert!(
            kib.len() == 3 && kib[0].contains("600000 MiB, and it has 2048"),
            "{kib:?}"
        );
    }
}
