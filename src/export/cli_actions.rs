//! The script's lines that put a group's scheduled actions, with their inputs.

use std::fmt::Write as _;

use super::ExportedFile;
use super::cli_files as files;
use super::shell::{in_path, input, quoted};
use crate::domain::settings::GroupSettings;

const PUT_ACTION: &str = "aws autoscaling put-scheduled-update-group-action";

/// The line that puts a group's reset, and its input.
pub(super) fn reset(group: &GroupSettings) -> (String, ExportedFile) {
    let name = format!("65-reset-{}.json", in_path(&group.name));
    let line = format!(
        "{PUT_ACTION} --cli-input-json {} --recurrence \"$RESET_RECURRENCE\"",
        quoted(&format!("file://{name}"))
    );
    (line, input(name, &files::reset(group)))
}

/// The lines that put a group's sizes of the week, and their inputs.
pub(super) fn sizes_of_the_week(
    group: &GroupSettings,
) -> impl Iterator<Item = (String, ExportedFile)> {
    group.written_schedule().iter().map(|action| {
        let name = format!(
            "66-schedule-{}-{}.json",
            in_path(&group.name),
            action.name()
        );
        let file = quoted(&format!("file://{name}"));
        let line = format!("{PUT_ACTION} --cli-input-json {file} >/dev/null");
        (line, input(name, &files::scheduled_size(group, action)))
    })
}

/// The scheduled actions of a group that gets smaller in the last stage, once it has its planned sizes.
pub(super) fn at_the_end(group: &GroupSettings, script: &mut String, out: &mut Vec<ExportedFile>) {
    let reset = group.writes_reset().then(|| reset(group));
    for (line, file) in reset.into_iter().chain(sizes_of_the_week(group)) {
        let _ = writeln!(script, "  {line}");
        out.push(file);
    }
}
