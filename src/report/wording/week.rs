//! Plans over a week in words.

use crate::domain::plan::Assumption;
use crate::report::words::counted;

/// What a plan over a week shows, and what its schedules rest on.
pub(super) fn hours(classes: u64, shown: &str, periods_laid: bool) -> String {
    let laid = if periods_laid {
        "; the file names periods without their hours: they are laid one after the other from Monday 00:00 UTC"
    } else {
        ""
    };
    format!(
        "demand over the week: {classes} different hours, of which instances and services show the dearest ({shown} from Monday 00:00 UTC); \
         costs, bound and ideal packing are means of the week; every group keeps its certificate with each size of its schedule, \
         an instance that goes is drained first, and rollouts are rehearsed in the hour shown{laid}"
    )
}

/// The week as the replica played it.
pub(super) fn played(said: &Assumption) -> String {
    let Assumption::WeekPlayed {
        weeks,
        size_changes,
        count_changes,
        longest_wait_minutes,
        most_waiting,
        launch_minutes,
        warm_up_minutes,
        drain_minutes,
        usd_per_hour,
        ..
    } = said
    else {
        return String::new();
    };
    let came = if *most_waiting == 0 {
        format!("no task waits for a place (a launch takes {launch_minutes} minutes)")
    } else {
        let than = if longest_wait_minutes <= launch_minutes {
            "no longer than a launch takes"
        } else {
            "longer than a launch takes"
        };
        format!(
            "at the worst moment {} without a place, for {longest_wait_minutes} minutes on end at the longest: {than} ({launch_minutes})",
            counted(*most_waiting, "task")
        )
    };
    format!(
        "{weeks} weeks played minute by minute, {count_changes} changes of services' counts and {size_changes} of groups' sizes each at \
         minutes of their own: {came}; groups grow {warm_up_minutes} minutes before their hour and shrink {drain_minutes} minutes after, \
         with which the bill is {usd_per_hour} USD/h in the mean"
    )
}
