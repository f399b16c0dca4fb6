//! The part of the script that has limits of rollouts changed before a reset and back after it.

use std::fmt::Write as _;

use super::reset_limits::{Moment, input, name, policy, target, trust};
use super::shell::{in_path, input as file, quoted, step};
use super::tree::{Tree, comment, entry, pretty};
use super::{ExportedFile, reasons};
use crate::domain::settings::{RESET_TIME_ZONE, ResetLimits, Settings};

/// What the script puts the caller's role in place of: of the form that the API takes.
const ROLE: &str = "arn:aws:iam::000000000000:role/RESET_ROLE_ARN";
const TRUST_FILE: &str = "68-reset-role-trust.json";
const POLICY_FILE: &str = "68-reset-role-policy.json";

const ROLE_FORM: &str = r#"
# The role that sets limits of rollouts around a reset; without one they are left as they are.
: "${RESET_ROLE_ARN:=}"
[[ -z $RESET_ROLE_ARN || $RESET_ROLE_ARN =~ ^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$ ]] || { echo "RESET_ROLE_ARN: not the ARN of a role" >&2; exit 2; }
"#;

/// The role, checked before anything is applied.
pub(super) fn values(settings: &Settings, script: &mut String) {
    if !settings.limits_at_resets().is_empty() {
        script.push_str(ROLE_FORM);
    }
}

const FUNCTION: &str = r#"
schedule() { # name file expression
  local document verb=create-schedule
  document=$(sed "s|@ROLE@|$RESET_ROLE_ARN|" "$2")
  if aws scheduler get-schedule --name "$1" >/dev/null 2>&1; then
    verb=update-schedule
  fi
  aws scheduler "$verb" --cli-input-json "$document" --schedule-expression "$3" >/dev/null
}

"#;

/// Schedules of the services' limits, with the documents of a role for them.
pub(super) fn limits(settings: &Settings, script: &mut String, out: &mut Vec<ExportedFile>) {
    let services = settings.limits_at_resets();
    if services.is_empty() {
        return;
    }
    step(
        script,
        "Limits of rollouts while groups are reset",
        reasons::RESET_LIMITS,
    );
    let role = format!(
        "{} Its documents are {TRUST_FILE} and {POLICY_FILE}: aws iam create-role --role-name bayplan-reset \
         --assume-role-policy-document file://{TRUST_FILE}, then aws iam put-role-policy --role-name bayplan-reset \
         --policy-name bayplan-reset --policy-document file://{POLICY_FILE}.",
        reasons::RESET_ROLE
    );
    script.push_str(&comment(&role, "#", 0));
    script.push_str(&FUNCTION.replace("@ROLE@", ROLE));
    for (moment, why) in [
        (Moment::Lower, reasons::LOWER_AT),
        (Moment::Restore, reasons::RESTORE_AT),
    ] {
        script.push_str(&comment(why, "#", 0));
        // An asterisk in a default of the shell is a text there, inside double quotes.
        let _ = writeln!(
            script,
            ": \"${{{}:={}}}\"",
            variable(moment),
            moment.expression()
        );
    }
    script.push_str("if [[ -n $RESET_ROLE_ARN ]]; then\n");
    for limits in services {
        for moment in Moment::ALL {
            let path = format!(
                "68-limits-{}-{}.json",
                in_path(&limits.service),
                moment.word()
            );
            let name = name(settings, limits, moment);
            let _ = writeln!(
                script,
                "  schedule {} {} \"${}\"",
                quoted(&name),
                quoted(&path),
                variable(moment)
            );
            out.push(file(path, &schedule(settings, limits, moment, name)));
        }
    }
    let left = format!(
        "RESET_ROLE_ARN is not set: no limits of rollouts change around a reset ({TRUST_FILE} and {POLICY_FILE} are for such a role)."
    );
    let _ = write!(script, "else\n  echo {}\nfi\n", quoted(&left));
    out.push(ExportedFile::plain(TRUST_FILE, pretty(&trust())));
    out.push(ExportedFile::plain(POLICY_FILE, pretty(&policy(settings))));
}

const fn variable(moment: Moment) -> &'static str {
    match moment {
        Moment::Lower => "LOWER_LIMITS_AT",
        Moment::Restore => "RESTORE_LIMITS_AT",
    }
}

/// `aws scheduler create-schedule` and `update-schedule`.
fn schedule(settings: &Settings, limits: &ResetLimits, moment: Moment, name: String) -> Tree {
    let (before, after) = input(limits, moment);
    let target = [
        entry("Arn", target(&settings.region)),
        entry("RoleArn", ROLE),
        entry("Input", format!("{before}{}{after}", settings.cluster)),
    ];
    Tree::from([
        entry("Name", name),
        entry("ScheduleExpression", moment.expression()),
        entry("ScheduleExpressionTimezone", RESET_TIME_ZONE),
        entry("FlexibleTimeWindow", [entry("Mode", "OFF")]),
        entry("Target", target),
    ])
}
