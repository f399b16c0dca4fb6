//! What the reader of an export should know, once for all formats.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::plan::{Assumption, FleetPlan};
use rust_decimal::Decimal;

use super::facts::Facts;
use super::managed;
use super::reset_limits::Moment;
use crate::domain::aws_names;
use crate::domain::money::UsdPerHour;
use crate::domain::schedule::{self, Timing};
use crate::domain::settings::{
    GroupSettings, Launch, Narrowing, RESET_RECURRENCE, RESET_TIME_ZONE, ServiceSettings, Settings,
    Standstill,
};
use crate::domain::stages::{BilledInstances, OtherProviders};
use crate::domain::weights;

/// The notes, each a sentence.
pub(super) fn notes(plan: &FleetPlan, settings: &Settings, facts: &Facts<'_>) -> Vec<String> {
    let mut notes = vec![head(plan)];
    notes.extend(standstills(settings));
    notes.extend(stages(plan, settings));
    notes.extend(others(&settings.others));
    notes.extend(outside(plan, facts));
    for text in renamed(plan) {
        notes.push(text);
    }
    notes.extend(resets(plan, settings));
    notes.extend(schedules(plan, settings, facts));
    notes.extend(resets_at_the_end(settings));
    notes.extend(rounding(settings));
    notes.extend(kept(settings));
    let without: Vec<&str> = (plan.services.iter())
        .filter(|service| service.capacity_provider_strategy.is_empty())
        .map(|service| service.service_name.as_str())
        .filter(|name| !plan.unplaced.iter().any(|left| left.service_name == *name))
        .collect();
    if !without.is_empty() {
        notes.push(format!(
            "Without a strategy in the plan and left as they are (daemons, services outside capacity providers): {}.",
            without.join(", ")
        ));
    }
    let standalone: Vec<&str> = (plan.services.iter())
        .map(|service| service.service_name.as_str())
        .filter(|name| {
            facts
                .services
                .get(*name)
                .is_some_and(|facts| facts.is_standalone)
        })
        .collect();
    if !standalone.is_empty() {
        notes.push(format!(
            "Tasks outside services: give RunTask their strategies yourself: {}.",
            standalone.join(", ")
        ));
    }
    if facts.services.is_empty() && settings.services.iter().any(|service| !service.is_awsvpc) {
        notes.push(
            "Without the cluster file (--cluster) network modes and the agent's reserved memory are not known: services on \
             EC2 get no network configuration, and reserved memory is 0."
                .to_owned(),
        );
    }
    notes.extend(definitions(plan, facts));
    notes.extend(managed::notes(plan, settings, facts));
    if settings.trunking {
        notes.push(
            "The plan counts on ENI trunking: the account setting awsvpcTrunking must be enabled for the instances' role \
             before they start."
                .to_owned(),
        );
    }
    notes
}

/// Of what the settings are: where tasks have no place, that they are for the others only.
fn head(plan: &FleetPlan) -> String {
    let (cluster, region, cost) = (&plan.cluster, &plan.region, plan.cost.usd_per_hour);
    match plan.without_place() {
        Some(without) => format!(
            "Infeasible plan for {cluster} in {region}: {without}. These settings are for the others only: {cost} USD per hour."
        ),
        None => format!("Settings of a plan for {cluster} in {region}: {cost} USD per hour."),
    }
}

/// Services whose new deployment never ends: whoever applies the export would wait for it.
#[must_use]
pub fn standstills(settings: &Settings) -> Option<String> {
    let each: Vec<String> = (settings.standstills())
        .map(|(service, standstill)| format!("{}, {}", service.name, standstill_of(standstill)))
        .collect();
    (!each.is_empty()).then(|| {
        format!(
            "A new deployment, which the plan's strategies need, never ends of {}. Change the limits first (aws ecs update-service \
             --deployment-configuration): they must let ECS stop a task or start one more.",
            each.join("; ")
        )
    })
}

/// Why no task of a service can be stopped or started.
pub(super) fn standstill_of(standstill: Standstill) -> String {
    let Standstill {
        tasks,
        fewest_healthy,
        most_tasks,
        limits,
    } = standstill;
    format!(
        "of whose {tasks} tasks {fewest_healthy} must stay healthy (minimumHealthyPercent {}) and {most_tasks} may exist (maximumPercent {})",
        limits.minimum_healthy_percent, limits.maximum_percent
    )
}

/// The order in which AWS accepts the settings, with the bill after each stage.
fn stages(plan: &FleetPlan, settings: &Settings) -> Vec<String> {
    let Some(stages) = &settings.stages else {
        return Vec::new();
    };
    let leaving: Vec<&str> = stages.leaving.iter().map(|it| it.name.as_str()).collect();
    let mut last = String::new();
    if !leaving.is_empty() {
        last = format!(
            "old providers ({}) taken off and their groups emptied",
            leaving.join(", ")
        );
    }
    if !stages.narrowed.is_empty() {
        let groups: Vec<&str> = stages.narrowed.iter().map(|it| it.group.as_str()).collect();
        let smaller = format!(
            "instances that the plan does not want taken from {}",
            groups.join(", ")
        );
        last = if last.is_empty() {
            smaller
        } else {
            format!("{last}; {smaller}")
        };
    }
    let mut notes = vec![format!(
        "AWS accepts it in stages: 1. new groups and providers beside the old ones; 2. services moved ({}); 3. {last}.",
        stages.moves.len()
    )];
    if let Some(bills) = stages.bills {
        let rows = if bills.outside > UsdPerHour::ZERO {
            " (the plan's rows and what runs outside capacity providers)"
        } else if bills.retired == plan.cost.usd_per_hour {
            ""
        } else {
            " (list prices of the plan's rows)"
        };
        notes.push(format!(
            "The bill in USD per hour: {} today, at most {} after stage 1, at most {} after stage 2, {}{rows} after stage 3.",
            bills.today, bills.added, bills.moved, bills.retired
        ));
    }
    notes
}

/// Providers that stay on the cluster's list beside the plan's, by the reason.
fn others(others: &OtherProviders) -> impl Iterator<Item = String> {
    let lists = [
        (
            "since tasks that the plan does not move use them",
            &others.used,
        ),
        (
            "since they cost nothing there and tasks outside the plan may name them",
            &others.of_fargate,
        ),
        (
            "since the cluster file shows nothing else of them",
            &others.unknown,
        ),
    ];
    (lists.into_iter())
        .filter(|(_, names)| !names.is_empty())
        .map(|(why, names)| format!("Stay on the cluster's list, {why}: {}.", names.join(", ")))
}

/// Today's instances in no capacity provider that the plan does not keep: nothing in an export takes them away.
fn outside(plan: &FleetPlan, facts: &Facts<'_>) -> Option<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut usd = UsdPerHour::ZERO;
    let alone = |row: &&BilledInstances| row.provider.as_deref().is_none_or(str::is_empty);
    for row in facts.billed.iter().flatten().filter(alone) {
        let kept: u64 = (plan.instances.iter())
            .filter(|kept| {
                kept.capacity_provider.is_empty() && kept.instance_type == row.instance_type
            })
            .filter(|kept| kept.purchase_option == row.purchase_option)
            .map(|kept| kept.count)
            .sum();
        let left = row.count.saturating_sub(kept);
        if left > 0 {
            *counts.entry(&row.instance_type).or_default() += left;
            usd += row.usd_per_hour * left;
        }
    }
    let counts: Vec<String> = (counts.iter())
        .map(|(kind, count)| format!("{count} of {kind}"))
        .collect();
    (!counts.is_empty()).then(|| {
        format!(
            "Outside capacity providers run today {}, at {usd} USD per hour together. Nothing here takes them away: once services \
             have moved, drain them, and end them where they were launched.",
            counts.join(", ")
        )
    })
}

/// How groups come back to their planned size.
fn resets(plan: &FleetPlan, settings: &Settings) -> Vec<String> {
    let groups = settings.resets().count();
    if groups == 0 {
        return Vec::new();
    }
    let mut notes = vec![format!(
        "A scheduled action ({RESET_RECURRENCE}, {RESET_TIME_ZONE}) sets the desired capacity of {groups} groups back to the planned one: \
         set it to an hour when services are at their planned counts. It takes the newest instances and drains them; these \
         groups are not protected from scale-in, and instances that run with that protection must be freed of it once."
    )];
    let percentages: Vec<String> = (plan.assumptions.iter())
        .filter_map(|said| match said {
            Assumption::ResetPercentages { services } => Some(services),
            _ => None,
        })
        .flatten()
        .filter(|service| {
            let name = aws_names::valid(&service.service_name);
            !(settings.limits_at_resets().iter()).any(|limits| limits.service == name)
        })
        .map(|service| {
            format!(
                "{} {}/{}",
                service.service_name, service.minimum_healthy_percent, service.maximum_percent
            )
        })
        .collect();
    let set = settings.limits_at_resets().len();
    if set > 0 {
        notes.push(format!(
            "AWS does not say whether tasks on draining instances count for a strategy's weights. Where they do, the reset comes \
             back only with other minimumHealthyPercent and maximumPercent while it goes on: EventBridge Scheduler sets those of \
             {} before it ({}) and sets their own again after it ({}, both {RESET_TIME_ZONE}). Move these \
             together with the reset. A rollout in between goes by the limits of the reset.",
            if set == 1 {
                "1 service".to_owned()
            } else {
                format!("{set} services")
            },
            Moment::Lower.expression(),
            Moment::Restore.expression()
        ));
    }
    if !percentages.is_empty() {
        notes.push(format!(
            "AWS does not say whether tasks on draining instances count for a strategy's weights. Where they do, the reset comes \
             back only with other minimumHealthyPercent and maximumPercent while it goes on. The export does not set them, for the \
             limits to come back to are not known without the cluster file (--cluster): {}.",
            percentages.join(", ")
        ));
    }
    notes
}

/// Groups whose scheduled actions come in the last stage, and those of other types in them.
fn resets_at_the_end(settings: &Settings) -> Vec<String> {
    let of = |holds: fn(&GroupSettings) -> bool| -> Vec<&str> {
        (settings.groups.iter())
            .filter(|group| group.writes_reset() || !group.written_schedule().is_empty())
            .filter(|group| holds(group))
            .map(|group| group.group.as_str())
            .collect()
    };
    let late = of(GroupSettings::acts_at_the_end);
    if late.is_empty() {
        return Vec::new();
    }
    let mut notes = vec![format!(
        "Scheduled actions of {} come in the last stage, once they have the planned sizes.",
        late.join(", ")
    )];
    let retyped = of(|group| group.narrowing == Narrowing::Types);
    if !retyped.is_empty() {
        notes.push(format!(
            "Instances of other types in {} go before the last stage ends: the script launches the planned ones, then drains and ends them with RETIRE=yes; with the other \
             formats drain and end them yourself. Those that are left a scheduled action takes before others, unless they are \
             protected from scale-in.",
            retyped.join(", ")
        ));
    }
    notes
}

/// How groups and services follow the hours of the week, what that costs beside the plan's bill, and what no schedule says.
fn schedules(plan: &FleetPlan, settings: &Settings, facts: &Facts<'_>) -> Vec<String> {
    let (groups, services) = (
        settings.scheduled().count(),
        settings.scheduled_services().count(),
    );
    if groups == 0 && services == 0 {
        return Vec::new();
    }
    let Timing {
        warm_up_minutes,
        drain_minutes,
    } = facts.timing;
    let actions: usize = settings.scheduled().map(|group| group.schedule.len()).sum();
    let of_groups = || {
        format!(
            "{actions} scheduled actions (UTC) set the sizes of {groups} groups: {warm_up_minutes} minutes before an hour that needs more \
         instances and {drain_minutes} minutes after the begin of one that needs fewer, which is {} USD per hour in the week's \
         mean beside the plan's bill. These groups are not protected from scale-in, and instances that run with that \
         protection must be freed of it once. Until its first action a new group has its smallest size.",
            beyond(plan, facts.timing)
        )
    };
    let mut notes: Vec<String> = (groups > 0).then(of_groups).into_iter().collect();
    if services > 0 {
        notes.push(format!(
            "The counts of {services} services follow the cluster file's hours by scheduled actions at the full hour."
        ));
    }
    let laid = |said: &Assumption| {
        matches!(
            said,
            Assumption::WeekOfHours {
                periods_laid: true,
                ..
            }
        )
    };
    if plan.assumptions.iter().any(laid) {
        notes.push(
            "The cluster file names periods and not their hours: they were laid one after the other from Monday 00:00 UTC, and the \
             actions follow that. Give counts by the hour (demand.profiles), or set the recurrences to the hours that are meant."
                .to_owned(),
        );
    }
    notes
}

/// What growing before and shrinking after the hour costs, in the mean of the week.
fn beyond(plan: &FleetPlan, timing: Timing) -> UsdPerHour {
    let week = Decimal::from(schedule::MINUTES_PER_WEEK);
    let usd: Decimal = (plan.groups())
        .filter(|group| group.desired_capacity > 0)
        .map(|group| {
            let minutes = schedule::minutes_beyond(&group.sizes_by_hour(), timing);
            let each = group.usd_per_hour.amount() / Decimal::from(group.desired_capacity);
            each * Decimal::from(minutes) / week
        })
        .sum();
    UsdPerHour::new(usd).rounded()
}

/// Task definitions that must change to run on Fargate: to the planned size, and by a role or a prefix of log
/// streams that they lack.
fn definitions(plan: &FleetPlan, facts: &Facts<'_>) -> Vec<String> {
    let mut notes: Vec<String> = (plan.fargate_tasks.iter())
        .filter(|row| {
            let service = facts.services.get(&row.service_name);
            let stated = service.and_then(|service| service.stated_size);
            stated.is_some_and(|stated| stated != (Some(row.cpu), Some(row.memory_mib)))
        })
        .map(|row| {
            format!(
                "Before it can run on Fargate the task definition of {} must change: cpu {}, memory {}, and FARGATE among \
                 requiresCompatibilities.",
                row.service_name, row.cpu, row.memory_mib
            )
        })
        .collect();
    let roles = plan.fargate_tasks.iter().filter_map(|row| {
        let needs = &facts.services.get(&row.service_name)?.role_needs;
        let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
        (!needs.is_empty()).then(|| {
            format!(
                "Before it can run on Fargate the task definition of {} must have an executionRoleArn, for {}.",
                row.service_name,
                needs.join(" and ")
            )
        })
    });
    notes.extend(roles);
    let prefixes = plan.fargate_tasks.iter().filter_map(|row| {
        let containers = &facts.services.get(&row.service_name)?.without_stream_prefix;
        (!containers.is_empty()).then(|| {
            format!(
                "Before it can run on Fargate the task definition of {} must have an awslogs-stream-prefix among the options of \
                 its log driver awslogs, in {}.",
                row.service_name,
                containers.join(" and ")
            )
        })
    });
    notes.extend(prefixes);
    notes.extend(containers(plan, facts));
    let placed = plan.fargate_tasks.iter().filter_map(|row| {
        let service = facts.services.get(&row.service_name)?;
        (service.exists && service.placement_strategies > 0).then(|| {
            format!(
                "Service {} has placement strategies, which AWS refuses on Fargate: the script and Terraform take them off as it \
                 moves; CloudFormation may leave them, so take them off before (aws ecs update-service with an empty \
                 placementStrategy).",
                row.service_name
            )
        })
    });
    notes.extend(placed);
    let mut said = BTreeSet::new();
    notes.retain(|note| said.insert(note.clone()));
    notes
}

/// Task definitions on Fargate that ECS refuses as they are: containers ask for more than the planned size, or their own limit, has.
fn containers<'a>(plan: &'a FleetPlan, facts: &'a Facts<'_>) -> impl Iterator<Item = String> + 'a {
    plan.fargate_tasks.iter().filter_map(|row| {
        let service = facts.services.get(&row.service_name)?;
        let limits = (service.limits_above.iter())
            .filter(|limit| limit.memory.get() > row.memory_mib)
            .map(|limit| {
                format!(
                    "the memory limit of container {} is {} MiB, above the {} of its task",
                    limit.container,
                    limit.memory.get(),
                    row.memory_mib
                )
            });
        let cpu = (service.cpu_above.filter(|cpu| *cpu > row.cpu)).map(|cpu| {
            let of_task = row.cpu;
            format!("its containers ask for {cpu} CPU units together, above the {of_task} of the task")
        });
        let reserved = (service.reserved_above.filter(|mib| *mib > row.memory_mib)).map(|mib| {
            let of_task = row.memory_mib;
            format!("its containers reserve {mib} MiB of memory together, above the {of_task} of the task")
        });
        let own = service.reservations_above.iter().map(|it| {
            format!(
                "container {} reserves {} MiB of memory, above its own limit of {}",
                it.container,
                it.reserved.get(),
                it.limit.get()
            )
        });
        let above: Vec<String> = limits.chain(reserved).chain(cpu).chain(own).collect();
        (!above.is_empty()).then(|| {
            format!(
                "Before it can run on Fargate the task definition of {} must change, since ECS refuses it as it is: {}.",
                row.service_name,
                above.join("; ")
            )
        })
    })
}

/// How far the weights are from the plan, by service; services whose weights are exact share a sentence.
fn rounding(settings: &Settings) -> Vec<String> {
    let is_exact = |service: &&ServiceSettings| service.rounding == weights::EXACT;
    let mut notes: Vec<String> = (settings.services.iter())
        .filter(|service| !is_exact(service))
        .map(|service| format!("{}: {}.", service.name, service.rounding))
        .collect();
    match settings.services.iter().filter(is_exact).count() {
        0 => {}
        exact if exact == settings.services.len() => {
            notes.push(format!("Every service: {}.", weights::EXACT));
        }
        _ => notes.push(format!("Every other service: {}.", weights::EXACT)),
    }
    notes
}

/// Groups that keep what they have, and what stands in the way of taking them over.
fn kept(settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    for group in &settings.groups {
        if let Launch::Existing(template) = &group.launch {
            let name = template.id.as_ref().or(template.name.as_ref());
            notes.push(format!(
                "Group {} keeps its launch template {} (version {}): image, instance profile and user data are what they are.",
                group.group,
                name.map_or("", String::as_str),
                template.version
            ));
        }
        if group.existing.provider && group.existing.provider_arn.is_none() {
            notes.push(format!(
                "Capacity provider {} exists, and the cluster file does not give its ARN (capacityProviderArn): Terraform \
                 needs it to import the provider.",
                group.name
            ));
        }
    }
    notes
}

/// Names that AWS would not take.
fn renamed(plan: &FleetPlan) -> Vec<String> {
    let services = plan.services.iter().map(|service| &service.service_name);
    (services.chain([&plan.cluster]))
        .map(|name| (name, aws_names::valid(name)))
        .filter(|(name, valid)| *name != valid)
        .map(|(name, valid)| format!("AWS takes no name {name:?}: it is exported as {valid}."))
        .collect()
}
