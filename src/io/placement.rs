//! Placement constraints and strategies.

use super::codes;
use super::cursor::{Cursor, Log, quoted_list};
use crate::domain::placement::{PlacementConstraint, PlacementStrategy, TaskGroupRule};
use crate::domain::query::{Conjunct, Expression, Subject};

/// Whose constraints are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Service,
    TaskDefinition,
}

/// The field `placementConstraints` of a service or a task definition.
pub(super) fn constraints(
    parent: &Cursor<'_>,
    owner: Owner,
    log: &mut Log,
) -> Vec<PlacementConstraint> {
    parent
        .list(log, "placementConstraints")
        .iter()
        .filter_map(|item| constraint(item, owner, log))
        .flatten()
        .collect()
}

/// A constraint, or the several that an expression with `task:group` comes to.
fn constraint(item: &Cursor<'_>, owner: Owner, log: &mut Log) -> Option<Vec<PlacementConstraint>> {
    item.entries(log)?;
    let types = [("distinctInstance", true), ("memberOf", false)];
    let kind = item.require(log, "type", "use `memberOf` or `distinctInstance`")?;
    let distinct = kind.choice(log, &types)?;
    if !distinct {
        let remedy = "give the expression, as in `attribute:ecs.instance-type =~ m7i.*`";
        return member_of(&item.require(log, "expression", remedy)?, log);
    }
    if owner == Owner::TaskDefinition {
        kind.error(
            log,
            codes::CONSTRAINT,
            "a task definition cannot have `distinctInstance`",
            "move it to the `placementConstraints` of the service",
        );
        return None;
    }
    if let Some(expression) = item.get("expression") {
        expression.error(
            log,
            codes::CONSTRAINT,
            "`distinctInstance` takes no expression",
            "remove the expression, or make the type `memberOf`",
        );
    }
    Some(vec![PlacementConstraint::DistinctInstance])
}

fn member_of(field: &Cursor<'_>, log: &mut Log) -> Option<Vec<PlacementConstraint>> {
    let remedy = "see the cluster query language in the Amazon ECS developer guide; for example \
                  `attribute:ecs.instance-type =~ m7i.* and attribute:stack == prod`";
    let expression = field.parsed(log, codes::EXPRESSION, remedy, Expression::parse)?;
    let mut usable = true;
    for subject in expression.other_subjects() {
        if *subject != Subject::TaskGroup {
            usable = false;
            field.error(
                log,
                codes::UNSUPPORTED_SUBJECT,
                format!("`{subject}` is a property of running instances; a plan cannot know it"),
                "constrain by attributes instead, or remove the constraint",
            );
        }
    }
    let mut constraints = Vec::new();
    for part in expression.conjuncts() {
        constraints.push(match part {
            Conjunct::Instance(expression) => PlacementConstraint::MemberOf(expression),
            Conjunct::TaskGroup {
                groups,
                together,
                source,
            } => PlacementConstraint::TaskGroup(TaskGroupRule {
                groups,
                together,
                source,
            }),
            Conjunct::Other(text) => {
                usable = false;
                report_task_group(field, &text, log);
                continue;
            }
        });
    }
    usable.then_some(constraints)
}

fn report_task_group(field: &Cursor<'_>, text: &str, log: &mut Log) {
    field.error(
        log,
        codes::TASK_GROUP,
        format!("`{text}`: this use of `task:group` cannot be planned"),
        "compare it with names of groups by `==`, `in`, `!=` or `not_in`, alone or joined to other parts \
         by `and`; a list stands for several groups",
    );
}

/// The field `placementStrategy` of a service.
pub(super) fn strategies(service: &Cursor<'_>, log: &mut Log) -> Vec<PlacementStrategy> {
    service
        .list(log, "placementStrategy")
        .iter()
        .filter_map(|item| strategy(item, log))
        .collect()
}

fn strategy(item: &Cursor<'_>, log: &mut Log) -> Option<PlacementStrategy> {
    item.entries(log)?;
    let types = [("random", 0_u8), ("spread", 1), ("binpack", 2)];
    let kind = item
        .require(log, "type", "use `random`, `spread` or `binpack`")?
        .choice(log, &types)?;
    if kind == 0 {
        return Some(PlacementStrategy::Random);
    }
    let remedy = "name what to spread over (`attribute:ecs.availability-zone`, `instanceId`) or to \
                  pack (`cpu`, `memory`)";
    let field = item.require(log, "field", remedy)?;
    let text = field.name(log)?;
    if kind == 1 {
        return Some(PlacementStrategy::Spread(text.to_owned()));
    }
    let resource = text.to_lowercase();
    if matches!(resource.as_str(), "cpu" | "memory") {
        return Some(PlacementStrategy::Binpack(resource));
    }
    field.error(
        log,
        codes::UNKNOWN_VALUE,
        format!("`{text}` is nothing that `binpack` can pack"),
        format!("use one of {}", quoted_list(&["cpu", "memory"])),
    );
    None
}
