//! Proposed sizes as a document for programs.

use serde_json::{Value, json};

use crate::rightsize::{
    Fleet, FrontierPoint, Guarantee, Jointly, LastFleet, Profile, Proposal, Reason, SelfTest,
};

use super::Sizes;
use crate::report::words::moment;

/// The document as indented JSON with a line feed at its end.
#[must_use]
pub fn render(sizes: &Sizes) -> String {
    let services: Vec<Value> = sizes.proposals.iter().map(service).collect();
    let mut document = json!({
        "version": 1,
        "cluster": sizes.cluster,
        "region": sizes.region,
        "measuredUntil": sizes.measured_until.map(moment),
        "services": services,
        "fleet": {
            "todayUsdPerHour": sizes.fleets.today.usd_per_hour,
            "plannedUsdPerHour": sizes.fleets.planned.usd_per_hour,
            "runningUsdPerHour": sizes.fleets.running,
            "lastFleet": sizes.fleets.last.map(last),
            "today": fleet(&sizes.fleets.today),
            "planned": fleet(&sizes.fleets.planned),
            "boundUsdPerHour": sizes.fleets.plan.cost.bound_usd_per_hour,
        },
    });
    if let Some(joint) = sizes.joint {
        document["joint"] = jointly(joint);
    }
    if let Some(points) = &sizes.frontier {
        document["frontier"] = points.iter().map(point).collect();
    }
    if let Some(steps) = &sizes.steps {
        document["apply"] = steps.document.clone();
    }
    format!("{document:#}\n")
}

fn service(proposal: &Proposal) -> Value {
    let test = proposal.self_test;
    let reasons: Vec<String> = proposal.reasons.iter().map(Reason::to_string).collect();
    json!({
        "serviceName": proposal.service,
        "cpuVerdict": proposal.cpu,
        "memoryVerdict": proposal.memory,
        "cpu": proposal.size.cpu,
        "memoryMib": proposal.size.memory,
        "minCount": proposal.counts.least,
        "maxCount": proposal.counts.most,
        "profile": proposal.profile.as_ref().map(|profile| &profile.counts),
        "flags": proposal.flags,
        "evidence": {
            "days": proposal.evidence.days,
            "hours": proposal.evidence.hours,
            "exceededToday": test.map(|test| test.exceeded_today),
            "exceededProposed": test.map(|test| test.exceeded_proposed),
        },
        "asked": {
            "cpu": proposal.wanted.cpu,
            "memoryMib": proposal.wanted.memory,
        },
        "today": {
            "desiredCount": proposal.desired_count,
            "cpu": proposal.today.cpu,
            "memoryMib": proposal.today.memory,
        },
        "selfTest": test.map(self_test),
        "profileTest": proposal.profile.as_ref().map(profile_test),
        "guarantee": proposal.guarantee.map(guarantee),
        "reasons": reasons,
    })
}

fn jointly(joint: Jointly) -> Value {
    json!({
        "aloneUsdPerHour": joint.alone_usd_per_hour,
        "boundUsdPerHour": joint.bound_usd_per_hour,
        "choices": joint.choices,
        "tight": joint.tight,
        "servicesAboveAnHourAtMost": joint.risk,
        "servicesAboveAnHourAllowed": joint.risk_allowed,
    })
}

fn point(point: &FrontierPoint) -> Value {
    json!({
        "changes": point.services.len(),
        "services": point.services,
        "usdPerHour": point.usd_per_hour,
        "boundUsdPerHour": point.bound_usd_per_hour,
    })
}

fn self_test(test: SelfTest) -> Value {
    json!({
        "hours": test.hours,
        "cpu": test.size.cpu,
        "memoryMib": test.size.memory,
        "reservedOverUsedToday": test.reserved_over_used.map(|over| over.0),
        "reservedOverUsedProposed": test.reserved_over_used.map(|over| over.1),
    })
}

fn profile_test(profile: &Profile) -> Value {
    json!({
        "hours": profile.hours,
        "exceeded": profile.exceeded,
        "exceededByOneNumber": profile.exceeded_flat,
        "taskHoursAWeek": profile.task_hours.0,
        "taskHoursAWeekOfOneNumber": profile.task_hours.1,
    })
}

fn guarantee(of: Guarantee) -> Value {
    json!({
        "exceededHoursAtMost": of.hours,
        "exceededDaysAtMost": of.days,
        "measuredDays": of.measured_days,
    })
}

fn last(last: LastFleet) -> Value {
    json!({
        "run": last.run,
        "stays": last.stays,
        "instancesStarted": last.started,
        "instancesStopped": last.stopped,
        "drift": last.drift.map(|drift| json!({
            "instancesMissing": drift.missing,
            "instancesUnplanned": drift.unplanned,
        })),
    })
}

fn fleet(fleet: &Fleet) -> Value {
    json!({
        "instances": fleet.instances,
        "fargateTasks": fleet.fargate_tasks,
        "unplacedTasks": fleet.unplaced,
    })
}
