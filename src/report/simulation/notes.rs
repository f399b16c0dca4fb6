//! What a reader should know of a run's input, and what of the run was cut, in words.

use crate::report::wording::managed_scaling_fault;
use crate::simulate::fleet::LeftOut;
use crate::simulate::note::{CutNote, GroupNote, Note};

/// Most services that a note names.
const NAMED: usize = 5;

/// One note.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::OutsideProviders { instances } => format!(
            "{instances} instances are in no capacity provider: ECS places no task of a service with a capacity \
             provider strategy on them"
        ),
        Note::StrategyRefused {
            service_name,
            errors,
        } => format!(
            "ECS would refuse the capacity provider strategy of {service_name} ({}); its tasks may use any instance here",
            joined(errors, ToString::to_string)
        ),
        Note::OnManagedInstances { tasks } => format!(
            "{tasks} tasks run on Managed Instances, which ECS launches and fills by rules that are not published: they are not replayed"
        ),
        Note::FargateToday { tasks } => format!(
            "{tasks} tasks run on Fargate today: they need no instance, and their cost is not in the figures"
        ),
        Note::TypesLeftOut { left_out } => types_left_out(left_out),
        Note::ProvidersWithoutInstances { capacity_providers } => format!(
            "strategies name {}, of which there is no instance here: tasks that ECS sends there wait",
            capacity_providers.join(", ")
        ),
        Note::EqualShares { service_names } => format!(
            "tasks of {} go in equal shares to the groups that can run them: they have no capacity provider strategy, \
             and the cluster no default",
            names(service_names)
        ),
        Note::AnyInstance { service_names } => format!(
            "tasks of {} may use any instance: they have no capacity provider strategy, and the cluster no default \
             that would be theirs",
            names(service_names)
        ),
        Note::NoStrategies => {
            "the file says nothing of capacity provider strategies: tasks may use any instance"
                .to_owned()
        }
        Note::OfGroup {
            capacity_provider,
            said,
        } => format!("{capacity_provider}: {}", of_group(said)),
        Note::Cut(cut) => format!("the time was over {}", of_cut(cut)),
    }
}

/// What the file says or leaves open of a group.
fn of_group(said: &GroupNote) -> String {
    match said {
        GroupNote::NoMaxSize { most } => {
            format!("the file shows no MaxSize; at most {most} instances")
        }
        GroupNote::Termination(termination) => format!(
            "managed termination protection is {}, managed draining {}",
            on(termination.protection),
            on(termination.draining)
        ),
        GroupNote::ProviderNotShown => {
            "the file does not show the capacity provider; managed scaling by default".to_owned()
        }
        GroupNote::ScalingOff => "managed scaling is off; its group keeps its size".to_owned(),
        GroupNote::ScalingRefused(faults) => format!(
            "ECS would refuse its managed scaling ({}); its group keeps its size",
            joined(faults, managed_scaling_fault)
        ),
    }
}

/// What was cut, after "the time was over".
fn of_cut(cut: &CutNote) -> String {
    match cut {
        CutNote::Orders {
            played,
            of,
            strategy,
        } => format!("after {played} of {of} orders of arrival (strategies: {strategy})"),
        CutNote::Scenario { minutes } => {
            format!("after {minutes} minutes of the scenario: what follows is not known")
        }
        CutNote::Losses { instances } => {
            format!("before the loss of {instances} instances was played: the others are spoken of")
        }
        CutNote::Trials { drawn, of } => format!("after {drawn} of {of} trials of interruptions"),
    }
}

/// Types of a group that the run does not launch, each cause once.
fn types_left_out(left_out: &[LeftOut]) -> String {
    let each = |left_out: &LeftOut| match &left_out.unpriced {
        None => format!(
            "the catalogue has no instance type {}",
            left_out.instance_type
        ),
        Some(error) => error.to_string(),
    };
    let mut why: Vec<String> = left_out.iter().map(each).collect();
    why.dedup();
    let group = left_out.first().map_or("", |first| first.group.as_str());
    format!(
        "{group}: not every type that the group names is launched here: {}",
        why.join("; ")
    )
}

fn names(service_names: &[String]) -> String {
    let named = &service_names[..service_names.len().min(NAMED)];
    match service_names.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more services", named.join(", ")),
    }
}

fn joined<T>(items: &[T], words: impl Fn(&T) -> String) -> String {
    items.iter().map(words).collect::<Vec<_>>().join("; ")
}

pub(super) const fn on(flag: bool) -> &'static str {
    if flag { "on" } else { "off" }
}
