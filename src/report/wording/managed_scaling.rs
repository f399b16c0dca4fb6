//! Settings of managed scaling that ECS refuses, in words.

use crate::domain::plan::{ManagedScalingFault, RefusedSetting};

/// A refused setting with its capacity provider.
#[must_use]
pub fn refused_setting(refused: &RefusedSetting) -> String {
    let fault = managed_scaling_fault(&refused.fault);
    format!("{}: {fault}", refused.capacity_provider)
}

/// Refused settings in one line.
#[must_use]
pub fn refused_settings(refused: &[RefusedSetting]) -> String {
    let each: Vec<String> = refused.iter().map(refused_setting).collect();
    each.join("; ")
}

/// What is wrong with `managedScaling`, in AWS's names.
#[must_use]
pub fn managed_scaling_fault(fault: &ManagedScalingFault) -> String {
    match fault {
        ManagedScalingFault::TargetCapacity { value } => {
            format!("targetCapacity {value} is not within 1 to 100")
        }
        ManagedScalingFault::MinimumStep { value } => {
            format!("minimumScalingStepSize {value} is not within 1 to 10000")
        }
        ManagedScalingFault::MaximumStep { value } => {
            format!("maximumScalingStepSize {value} is not within 1 to 10000")
        }
        ManagedScalingFault::StepsCrossed { minimum, maximum } => format!(
            "minimumScalingStepSize {minimum} is above maximumScalingStepSize {maximum}; lower the first or raise the \
             second"
        ),
        ManagedScalingFault::Warmup { value } => {
            format!("instanceWarmupPeriod {value} is above 10000 seconds")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_setting_names_the_provider_the_setting_and_its_range() {
        let refused = |fault| {
            refused_setting(&RefusedSetting {
                capacity_provider: "web".to_owned(),
                fault,
            })
        };
        let all = [
            refused(ManagedScalingFault::TargetCapacity { value: 101 }),
            refused(ManagedScalingFault::MinimumStep { value: 0 }),
            refused(ManagedScalingFault::MaximumStep { value: 10_001 }),
            refused(ManagedScalingFault::StepsCrossed {
                minimum: 20,
                maximum: 10,
            }),
            refused(ManagedScalingFault::Warmup { value: 10_001 }),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
