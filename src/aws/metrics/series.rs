//! The series of all services, as many a call as fit: each hour is a point, and a call may ask for 100,800 of them in 500 series.
//!
//! Container Insights is asked for by what it says was reserved; who has none of that is asked no further.

use std::collections::BTreeMap;

use super::{HOUR, MetricOptions};
use crate::aws::actions::Action;
use crate::aws::call::{Api, Call, MetricQuery};
use crate::aws::errors::CallError;
use crate::aws::pace::Clock;
use crate::aws::reader::Reader;

/// Points that a call may ask for.
const POINTS: i64 = 100_800;
/// Series that a call may ask for.
const QUERIES: i64 = 500;

/// A series of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    CpuMax,
    CpuAverage,
    CpuSamples,
    MemoryMax,
    UnitsMax,
    UnitsAverage,
    UnitsReserved,
    MibMax,
    MibReserved,
}

/// Without Container Insights.
const PLAIN: [Of; 4] = [Of::CpuMax, Of::CpuAverage, Of::CpuSamples, Of::MemoryMax];
/// With it, what is asked of those that have it.
const INSIGHTS: [Of; 4] = [Of::UnitsMax, Of::UnitsAverage, Of::MibMax, Of::MibReserved];

impl Of {
    /// Namespace, metric and statistic.
    const fn asked(self) -> (&'static str, &'static str, &'static str) {
        const ECS: &str = "AWS/ECS";
        const CONTAINERS: &str = "ECS/ContainerInsights";
        match self {
            Self::CpuMax => (ECS, "CPUUtilization", "Maximum"),
            Self::CpuAverage => (ECS, "CPUUtilization", "Average"),
            Self::CpuSamples => (ECS, "CPUUtilization", "SampleCount"),
            Self::MemoryMax => (ECS, "MemoryUtilization", "Maximum"),
            Self::UnitsMax => (CONTAINERS, "CpuUtilized", "Maximum"),
            Self::UnitsAverage => (CONTAINERS, "CpuUtilized", "Average"),
            Self::UnitsReserved => (CONTAINERS, "CpuReserved", "Maximum"),
            Self::MibMax => (CONTAINERS, "MemoryUtilized", "Maximum"),
            Self::MibReserved => (CONTAINERS, "MemoryReserved", "Maximum"),
        }
    }
}

/// Values by series of a service and second at which their hour begins.
pub(super) type Series = BTreeMap<(String, Of), BTreeMap<i64, f64>>;

/// All series of the services.
pub(super) async fn read<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &MetricOptions,
    between: (i64, i64),
) -> Result<Series, CallError> {
    let every = |of: &[Of]| -> Vec<(String, Of)> {
        let services = options.services.iter();
        services
            .flat_map(|service| of.iter().map(|of| (service.clone(), *of)))
            .collect()
    };
    let mut asked = every(&PLAIN);
    asked.extend(every(&[Of::UnitsReserved]));
    let mut series = ask(reader, options, &asked, between).await?;
    let has_insights: Vec<(String, Of)> = (every(&INSIGHTS).into_iter())
        .filter(|(service, _)| {
            (series.get(&(service.clone(), Of::UnitsReserved)))
                .is_some_and(|values| !values.is_empty())
        })
        .collect();
    series.extend(ask(reader, options, &has_insights, between).await?);
    Ok(series)
}

async fn ask<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &MetricOptions,
    asked: &[(String, Of)],
    between: (i64, i64),
) -> Result<Series, CallError> {
    let hours = ((between.1 - between.0) / HOUR).max(1);
    let at_once = usize::try_from((POINTS / hours).clamp(1, QUERIES)).unwrap_or(1);
    let batches: Vec<&[(String, Of)]> = asked.chunks(at_once).collect();
    let one = async |batch: &&[(String, Of)]| {
        let queries: Vec<MetricQuery> = (batch.iter().enumerate())
            .map(|(number, (service, of))| {
                let (namespace, metric, stat) = of.asked();
                MetricQuery {
                    id: format!("q{number}"),
                    namespace,
                    metric,
                    stat,
                    of: (options.cluster.clone(), service.clone()),
                }
            })
            .collect();
        let call = Call::new(Action::GetMetricData).for_series(&queries, between);
        reader.pages(call).await
    };
    let answers = reader.each(&batches, one).await?;
    let mut series = Series::new();
    for (batch, answer) in batches.into_iter().zip(answers) {
        for result in answer.items {
            if ["Forbidden", "InternalError"].contains(&super::text(&result, "StatusCode")) {
                return Err(CallError::incomplete(
                    Action::GetMetricData,
                    "one of the series",
                ));
            }
            let number = super::text(&result, "Id")
                .strip_prefix('q')
                .map(str::parse::<usize>);
            let Some(Ok(number)) = number else { continue };
            let Some(asked) = batch.get(number) else {
                continue;
            };
            let values = series.entry(asked.clone()).or_default();
            let list = |key: &str| result[key].as_array().cloned().unwrap_or_default();
            for (at, value) in list("Timestamps").iter().zip(list("Values")) {
                if let (Some(at), Some(value)) = (at.as_i64(), value.as_f64()) {
                    values.insert(at, value);
                }
            }
        }
    }
    Ok(series)
}
