//! The part of the script that refuses, before anything is done, to wait for deployments that never end.

use std::fmt::Write as _;

use super::cli_stages::listed;
use super::notes;
use super::shell::quoted;
use super::tree::comment;
use crate::domain::settings::Settings;

const WHY: &str = "Deployments that cannot end. What the services have now counts: limits that were changed since let them through.";

const FUNCTION: &str = r#"
can_roll_out() { # cluster service: whether ECS may stop a task of it or start one more; one that is not there is nobody's matter here
  local count least most
  read -r count least most < <(aws ecs describe-services --cluster "$1" --services "$2" --output text --query \
    'services[0].[desiredCount,deploymentConfiguration.minimumHealthyPercent,deploymentConfiguration.maximumPercent]') || true
  [[ "$count $least $most" =~ ^[0-9]+\ [0-9]+\ [0-9]+$ ]] || return 0
  (( count == 0 || count * least <= (count - 1) * 100 || count * most >= (count + 1) * 100 ))
}

"#;

/// A look at each service whose deployment would never end, all of them said before the script gives up.
pub(super) fn refusals(settings: &Settings, script: &mut String) {
    if settings.standstills().next().is_none() {
        return;
    }
    script.push('\n');
    script.push_str(&comment(WHY, "#", 0));
    script.push_str(FUNCTION.trim_start_matches('\n'));
    script.push_str("standstills=0\n");
    for (service, standstill) in settings.standstills() {
        let name = quoted(&service.name);
        // What has its strategy already is not deployed again.
        let moved = (settings.stages.as_ref())
            .map(|_| format!("is_moved {name} {} || ", quoted(&listed(&service.strategy))));
        let said = format!(
            "service {}, {}: a new deployment of it never ends. Change its limits first, or it would be waited for in vain.",
            service.name,
            notes::standstill_of(standstill)
        );
        let _ = writeln!(
            script,
            "{}can_roll_out {} {name} || {{ echo {} >&2; standstills=1; }}",
            moved.unwrap_or_default(),
            quoted(&settings.cluster),
            quoted(&said)
        );
    }
    script.push_str("(( standstills == 0 )) || exit 2\n");
}
