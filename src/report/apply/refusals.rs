//! Why nothing, or nothing more, is done: what was looked at and what helps.

use crate::apply::budget::Excess;
use crate::apply::obstacles::Obstacle;
use crate::apply::quotas::{Passed, Pool, Quota};
use crate::apply::remembered::Lost;
use crate::apply::run::Failure;
use crate::apply::sources::Missing;
use crate::apply::state::State;
use crate::apply::steps::Refusal;
use crate::domain::text::visible;

/// What stands against a plan.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Missing(missing) => self::missing(missing),
        Refusal::MustNotBeTouched(target, obstacle) => {
            format!("{target} is not touched: {}", self::obstacle(obstacle))
        }
        Refusal::NameWithoutAccount(target) => format!(
            "{target}: the snapshot has zeros in place of the account's number in this name, and nothing in AWS has it"
        ),
        Refusal::NotInSnapshot(target) => format!(
            "{target} is in the plan and not in the snapshot: take a snapshot and plan again"
        ),
        Refusal::OtherGroup {
            provider,
            today,
            planned,
        } => format!(
            "capacity provider {} has group {} and the plan gives it {}: AWS cannot change the group of a provider",
            visible(provider),
            visible(today),
            visible(planned)
        ),
        Refusal::WithoutProvider(arn) => format!(
            "container instance {} goes by the plan's waves and is of no capacity provider: no group tells how to take it away",
            visible(arn)
        ),
    }
}

fn missing(missing: &Missing) -> String {
    match missing {
        Missing::Template { group, image } => format!(
            "new group {}: no group of today has a numbered launch template for its image ({}): give one with --launch-template {}=NAME:VERSION",
            visible(group),
            image.word(),
            image.word()
        ),
        Missing::Attributes {
            group,
            source,
            attributes,
        } => {
            let names: Vec<String> = attributes.iter().map(|name| visible(name)).collect();
            format!(
                "new group {}: its instances must register {}, which those of {} do not: give a launch template whose user data sets them, with --launch-template",
                visible(group),
                names.join(", "),
                visible(source)
            )
        }
        Missing::Market { group, template } => format!(
            "new group {}: launch template {}:{} asks for Spot instances itself (InstanceMarketOptions), which AWS refuses beside a list of types: give one that does not, with --launch-template",
            visible(group),
            visible(&template.template),
            visible(&template.version)
        ),
        Missing::Subnets { group, zones } => {
            let names: Vec<String> = zones.iter().map(|name| visible(name)).collect();
            let zones = if names.is_empty() {
                String::new()
            } else {
                format!(" in {}", names.join(", "))
            };
            format!(
                "new group {}: the snapshot shows no subnet{zones}: name subnets that it shows with --subnets, or take a snapshot with the right to describe subnets",
                visible(group)
            )
        }
    }
}

fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Express => "ECS manages what an Express service runs on".to_owned(),
        Obstacle::CodeDeploy => {
            "CodeDeploy deploys it, and AWS takes another strategy from CodeDeploy alone".to_owned()
        }
        Obstacle::External => {
            "a controller outside ECS deploys it, and its strategy is that of its task sets"
                .to_owned()
        }
        Obstacle::Operator => {
            "another service made it, and AWS lets nobody else change it (its Operator)".to_owned()
        }
        Obstacle::DeletionProtection => "it is protected from deletion".to_owned(),
        Obstacle::WarmPool => {
            "it has a warm pool, with which AWS does not delete it: delete the pool first".to_owned()
        }
        Obstacle::Strangers(instances) => format!(
            "it has instances that are no container instances of the cluster, and would be terminated with it: {} (one that was launched just now may not be registered yet: take a snapshot again)",
            names(instances)
        ),
        Obstacle::SuspendedProcesses(processes) => {
            let names: Vec<String> = processes.iter().map(|name| visible(name)).collect();
            format!("somebody suspended its processes {}", names.join(", "))
        }
        Obstacle::InstanceRequirements => {
            "its types are chosen by requirements, which an update would replace".to_owned()
        }
        Obstacle::OverrideTemplates => {
            "its overrides have launch templates of their own, which an update would replace"
                .to_owned()
        }
        Obstacle::Weights => {
            "its overrides have weights: its sizes count weights, and the plan's count instances"
                .to_owned()
        }
        Obstacle::TemplateMarket => {
            "its launch template asks for Spot instances itself (InstanceMarketOptions), which AWS refuses beside the plan's list of types"
                .to_owned()
        }
        Obstacle::OverrideImages => {
            "its overrides have images of their own, which an update would replace".to_owned()
        }
        Obstacle::Segments => {
            "its instances are distributed over segments, of which the plan knows nothing"
                .to_owned()
        }
        Obstacle::LaunchConfiguration => {
            "it has a launch configuration, which cannot stand beside a mixed instances policy"
                .to_owned()
        }
    }
}

/// A quota by its name in Service Quotas.
#[must_use]
pub const fn quota(quota: Quota) -> &'static str {
    match quota {
        Quota::Groups => "Auto Scaling groups of the Region",
        Quota::Providers => "capacity providers of the cluster",
        Quota::Vcpus(Pool::Standard) => {
            "vCPUs of running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"
        }
        Quota::Vcpus(Pool::StandardSpot) => {
            "vCPUs of Standard (A, C, D, H, I, M, R, T, Z) Spot instances"
        }
        Quota::Vcpus(Pool::Graphics) => "vCPUs of running On-Demand G and VT instances",
        Quota::Vcpus(Pool::GraphicsSpot) => "vCPUs of G and VT Spot instances",
        Quota::Vcpus(Pool::Accelerated) => "vCPUs of running On-Demand P instances",
    }
}

/// A quota that would be passed.
#[must_use]
pub fn passed(passed: &Passed) -> String {
    let whose = match passed.quota {
        Quota::Groups => "with those that are there",
        Quota::Providers => "in its list on the way",
        Quota::Vcpus(_) => "by this cluster alone, the new instances beside the old",
    };
    format!(
        "{}: {} {whose}, and the quota is {}",
        quota(passed.quota),
        passed.needed,
        passed.allowed
    )
}

/// What goes beyond the budget.
#[must_use]
pub fn excess(excess: &Excess) -> String {
    match excess {
        Excess::Instances { taken, allowed } => format!(
            "{taken} of today's instances are taken away, and {allowed} may be: do a part with --max-steps, or allow more with --max-instances-changed"
        ),
        Excess::Bill { peak, allowed } => format!(
            "the bill rises to {peak} USD per hour on the way, and {allowed} is allowed (--max-usd-per-hour-increase)"
        ),
        Excess::UnknownBill => {
            "how far the bill rises is not known, since today's instances are not all priced, and --max-usd-per-hour-increase limits it".to_owned()
        }
    }
}

/// Why a step failed.
#[must_use]
pub fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Differs {
            target,
            expected,
            found,
        } => differs(&target.to_string(), expected, found.as_ref().as_ref()),
        Failure::Live(error) => error.to_string(),
        Failure::ByAws(why) => format!("AWS says: {}", visible(why)),
        Failure::TimedOut { after, waiting } => format!(
            "nothing moved for {} s (--step-timeout), waiting for {}",
            after.as_secs(),
            visible(waiting)
        ),
        Failure::Journal(error) => format!("{error}: what cannot be written down is not asked for"),
        Failure::InUse { provider, services } => format!(
            "{} in use of capacity provider {}, which goes with all of its instances: {}; nothing more of it is drained. Move what uses it to another provider, or take a snapshot and plan again",
            counted(services.len(), "service is", "services are"),
            visible(provider),
            names(services)
        ),
        Failure::TooMany {
            group,
            taken,
            allowed,
        } => format!(
            "with instances of group {} that the steps did not count, {taken} are taken away in all, and {allowed} may be: look why it has more, or allow them with --max-instances-changed",
            visible(group)
        ),
        Failure::Strangers {
            group,
            instances,
            is_of_run,
        } => format!(
            "group {} has instances that are no container instances of the cluster, and would be terminated with it: {}{}",
            visible(group),
            names(instances),
            if *is_of_run {
                "; the run made the group: where they are instances of it that never registered (look at their system log), give --accept-losses to let them go with it"
            } else {
                ""
            }
        ),
        Failure::Deleted(target) => format!(
            "{target} was deleted, and the journal does not say how it was: nothing is taken back"
        ),
        Failure::NotWhole(all) => {
            let lines: Vec<String> = (all.iter())
                .map(|(target, lost)| {
                    let lost: Vec<String> = lost.iter().map(self::lost).collect();
                    format!("\n  {target}: {}", lost.join(", "))
                })
                .collect();
            format!(
                "nothing was taken back: what was deleted can be made anew, without this{}\ngive --accept-losses to go back without it, and put it back by hand",
                lines.concat()
            )
        }
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The first ten names, and how many more there are.
fn names<'a>(all: impl IntoIterator<Item = &'a String, IntoIter: ExactSizeIterator>) -> String {
    let all = all.into_iter();
    let more = all.len().saturating_sub(10);
    let shown: Vec<String> = all.take(10).map(|name| visible(name)).collect();
    let shown = shown.join(", ");
    if more == 0 {
        return shown;
    }
    format!("{shown} and {more} more")
}

/// What a group made anew lacks.
fn lost(lost: &Lost) -> String {
    match lost {
        Lost::ScalingPolicy(name) => format!("scaling policy {}", visible(name)),
        Lost::ScheduledAction(name) => format!("scheduled action {}", visible(name)),
        Lost::Notifications(topic) => format!("notifications to {}", visible(topic)),
        Lost::WarmPool => "its warm pool".to_owned(),
        Lost::Metrics => "the metrics collected of it".to_owned(),
        Lost::CapacityReservation => "the capacity reservation that it launches into".to_owned(),
        Lost::Setting(name) => format!("its {}", visible(name)),
        Lost::SystemTag(key) => format!(
            "tag {}, which AWS alone sets: another service made it",
            visible(key)
        ),
        Lost::NotTold(action) => format!(
            "whatever {} tells, which was refused before the deletion",
            visible(action)
        ),
    }
}

fn differs(target: &str, expected: &[Option<State>; 2], found: Option<&State>) -> String {
    let Some(found) = found else {
        return format!("{target} is not there any more");
    };
    let Some(before) = &expected[0] else {
        return format!("{target} is there already, and not as the plan would make it");
    };
    let differences = super::differences(before, found);
    if differences.is_empty() {
        return format!("{target} is not as it was left");
    }
    format!("somebody else changed {target}: {}", differences.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_that_never_registered_may_go_with_a_group_of_the_run_alone() {
        let of = |is_of_run| {
            failure(&Failure::Strangers {
                group: "workers".to_owned(),
                instances: vec!["i-1".to_owned(), "i-2".to_owned()],
                is_of_run,
            })
        };
        assert!(of(true).contains("i-1"), "{}", of(true));
        assert!(of(true).contains("--accept-losses"), "{}", of(true));
        assert!(!of(false).contains("--accept-losses"), "{}", of(false));
    }
}
