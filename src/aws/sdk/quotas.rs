//! Quotas of the account.

use crate::aws::actions::Action;
use crate::aws::errors::CallError;

/// Auto Scaling groups of the Region: how many there are, and how many may be.
pub(super) async fn group_limits(
    client: &aws_sdk_autoscaling::Client,
) -> Result<(u64, u64), CallError> {
    let action = Action::DescribeAccountLimits;
    let answer = client
        .describe_account_limits()
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    let number = |value: Option<i32>, key: &str| {
        value
            .and_then(|value| u64::try_from(value).ok())
            .ok_or_else(|| CallError::incomplete(action, key))
    };
    Ok((
        number(
            answer.number_of_auto_scaling_groups,
            "NumberOfAutoScalingGroups",
        )?,
        number(
            answer.max_number_of_auto_scaling_groups,
            "MaxNumberOfAutoScalingGroups",
        )?,
    ))
}

/// The value of a quota, whole numbers alone.
pub(super) async fn value(
    client: &aws_sdk_servicequotas::Client,
    service: &str,
    code: &str,
) -> Result<u64, CallError> {
    let action = Action::GetServiceQuota;
    let answer = client
        .get_service_quota()
        .service_code(service)
        .quota_code(code)
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    let value = answer.quota.and_then(|quota| quota.value);
    let value = value.filter(|value| (0.0..1e15).contains(value));
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 10^15"
    )]
    value
        .map(|value| value as u64)
        .ok_or_else(|| CallError::incomplete(action, "Quota.Value"))
}
