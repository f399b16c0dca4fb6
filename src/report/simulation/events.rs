//! What happens in a scenario, in words.

use crate::domain::plan::SpotShortage;
use crate::report::words::{count, counted};
use crate::simulate::scenario::event::Event;

/// What happens.
#[must_use]
pub fn event(event: &Event) -> String {
    match event {
        Event::AllTasksAsk => "all tasks ask for a place, no instance is there".to_owned(),
        Event::DesiredCountsFall { keep_percent } => {
            format!("the desired count of every service falls to {keep_percent} %")
        }
        Event::DesiredCountsRise {
            services,
            tasks,
            tasks_then,
            falls_at,
        } => format!(
            "{} to maxCount, from {} to {} tasks, until minute {falls_at}",
            if *services == 1 {
                "a service grows".to_owned()
            } else {
                format!("{} services grow", count(*services))
            },
            count(*tasks),
            count(*tasks_then)
        ),
        Event::Deployment {
            service_name,
            tasks,
            fewest_healthy,
            most_tasks,
        } => format!(
            "{service_name} is deployed: {tasks} tasks, at least {fewest_healthy} healthy and at most {most_tasks} at a time"
        ),
        Event::Week {
            begins_at,
            count_changes,
            size_changes,
        } => format!(
            "a week goes by from hour {begins_at} (from Monday 00:00 UTC): services change their counts {count_changes} times, groups their \
             sizes {size_changes} times"
        ),
        Event::ZoneLost {
            zone,
            instances,
            back_at,
        } => {
            let until = back_at.map_or_else(
                || ", and stays lost".to_owned(),
                |minute| format!(" until minute {minute}"),
            );
            format!("the zone {zone} is lost with {instances} instances{until}")
        }
        Event::Shortage(of) => shortage(of),
        Event::EachInstanceLost {
            instances,
            instance_type,
            availability_zone,
            tasks,
            of_tasks,
        } => format!(
            "each of {instances} instances is lost once; the worst, {instance_type}{}, carries {tasks} of {of_tasks} tasks",
            in_zone(availability_zone.as_deref())
        ),
    }
}

/// A Spot pool that runs short.
#[must_use]
pub fn shortage(of: &SpotShortage) -> String {
    let SpotShortage {
        instance_type,
        availability_zone,
        instances,
        probability,
    } = of;
    let instances = counted(*instances, "instance");
    let notice = if *probability >= 1.0 {
        format!("{instances} given notice")
    } else {
        format!("{instances}, each given notice with probability {probability}")
    };
    format!(
        "{instance_type} Spot{} runs short: {notice}",
        in_zone(availability_zone.as_deref())
    )
}

fn in_zone(zone: Option<&str>) -> String {
    zone.map_or_else(String::new, |zone| format!(" in {zone}"))
}
