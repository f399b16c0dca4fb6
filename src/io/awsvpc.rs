//! What ECS refuses in definitions of tasks that have a network interface of their own. No plan rests on it, so it is said
//! and planned.

use super::codes;
use super::cursor::{Cursor, Log};

/// Looks through the containers of a definition in `awsvpc` mode.
/// Source: what `RegisterTaskDefinition` answers, "When networkMode=awsvpc, the host ports and container ports in port
/// mappings must match." and "Links are not supported when networkMode=awsvpc."
pub(super) fn check(containers: &[Cursor<'_>], log: &mut Log) {
    for container in containers {
        for mapping in container.list(&mut Log::default(), "portMappings") {
            check_ports(&mapping, log);
        }
        if let Some(links) = container.get("links")
            && !container.list(&mut Log::default(), "links").is_empty()
        {
            links.warning(
                log,
                codes::REFUSED_IN_AWSVPC,
                "ECS refuses a definition with `links` in awsvpc mode",
                "leave `links` out: containers of such a task reach each other by localhost",
            );
        }
    }
}

fn check_ports(mapping: &Cursor<'_>, log: &mut Log) {
    let number = |key: &str| mapping.get(key)?.whole(&mut Log::default(), 1..=65535);
    let (Some(host), Some(container)) = (number("hostPort"), number("containerPort")) else {
        return;
    };
    if host != container {
        mapping.warning(
            log,
            codes::REFUSED_IN_AWSVPC,
            format!("`hostPort` {host} is not `containerPort` {container}; ECS refuses such a definition in awsvpc mode"),
            "leave `hostPort` out: the port of the task's own interface is that of the container",
        );
    }
}
