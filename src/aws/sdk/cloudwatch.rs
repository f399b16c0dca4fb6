//! CloudWatch: hours of many series in one call.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy,
};
use serde_json::Value;

use super::{list, object, text};
use crate::aws::call::{Call, MetricQuery};
use crate::aws::errors::CallError;

/// Seconds of a period.
const HOUR: i32 = 3_600;

pub(super) async fn series(client: &Client, call: &Call) -> Result<Value, CallError> {
    let (from, to) = call.between.unwrap_or_default();
    let answer = client
        .get_metric_data()
        .set_metric_data_queries(Some(call.queries.iter().map(query).collect()))
        .start_time(DateTime::from_secs(from))
        .end_time(DateTime::from_secs(to))
        .scan_by(ScanBy::TimestampAscending)
        .set_next_token(call.token.clone())
        .send()
        .await
        .map_err(|error| CallError::of(call.action, &error))?;
    Ok(object([
        (
            "MetricDataResults",
            list(answer.metric_data_results.as_ref(), result),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

fn query(query: &MetricQuery) -> MetricDataQuery {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let metric = Metric::builder()
        .namespace(query.namespace)
        .metric_name(query.metric)
        .dimensions(dimension("ClusterName", &query.of.0))
        .dimensions(dimension("ServiceName", &query.of.1))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(HOUR)
        .stat(query.stat)
        .build();
    MetricDataQuery::builder()
        .id(&query.id)
        .metric_stat(stat)
        .return_data(true)
        .build()
}

fn result(result: &MetricDataResult) -> Value {
    let status = result
        .status_code()
        .map(|status| status.as_str().to_owned());
    object([
        ("Id", text(result.id())),
        ("StatusCode", text(status)),
        (
            "Timestamps",
            list(result.timestamps.as_ref(), |at| Value::from(at.secs())),
        ),
        (
            "Values",
            list(result.values.as_ref(), |value| Value::from(*value)),
        ),
    ])
}
