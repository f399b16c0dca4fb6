//! Steps that are not offered, since tasks would wait after the first of them.

use serde_json::{Value, json};

use super::counted;
use crate::domain::plan::WhyNotDrained;
use crate::domain::text::visible;

/// The first step after which tasks would wait, as the replica of ECS plays it, and how many steps are left out with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotOffered {
    /// Its number, from 1.
    pub number: usize,
    /// What it does, in a line.
    pub step: String,
    /// Steps that are left out, itself among them.
    pub left_out: usize,
    /// The service whose tasks would wait.
    pub service_name: String,
    /// How many would.
    pub waiting: u64,
    /// Why.
    pub why: WhyNotDrained,
    /// In how many of the orders that are played.
    pub orders: u64,
    /// How many those are.
    pub played: u64,
    /// Services that are deployed at a time.
    pub at_a_time: usize,
}

/// In a sentence without its full stop.
#[must_use]
pub fn not_offered(of: &NotOffered) -> String {
    let service = visible(&of.service_name);
    let why = match of.why {
        WhyNotDrained::NoPlace => format!(
            "{} of {service} would wait for a place after it, as the replica of ECS plays the steps {} in {} of {}",
            counted(of.waiting, "task"),
            order(of.at_a_time),
            of.orders,
            counted(of.played, "order"),
        ),
        WhyNotDrained::NoSurge => format!(
            "{service} may have neither more nor fewer tasks for a while, so that ECS could replace none of its tasks: change its minimumHealthyPercent or maximumPercent first"
        ),
    };
    format!(
        "step {} ({}) and what would follow, {} in all: {why}",
        of.number,
        of.step,
        counted(of.left_out as u64, "step")
    )
}

/// How services are deployed, in words.
pub(super) fn order(at_a_time: usize) -> String {
    match at_a_time {
        0 | 1 => "one after another".to_owned(),
        many => format!("with {many} services at a time"),
    }
}

pub(super) fn document(of: &NotOffered) -> Value {
    let why = super::why_not_drained(of.why);
    json!({"fromStep": of.number, "step": of.step, "steps": of.left_out, "serviceName": of.service_name,
        "tasksWaiting": of.waiting, "why": why, "orders": of.orders, "servicesAtATime": of.at_a_time, "text": not_offered(of)})
}
