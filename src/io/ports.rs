//! Which ports of the instance a task occupies, by network mode.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::codes;
use super::cursor::{Cursor, Log};
use crate::domain::task::{HostPort, NetworkMode, Protocol, RESERVED_HOST_PORTS, ReservedPorts};

const PROTOCOLS: [(&str, Protocol); 2] = [("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];

/// Network modes in the words of the ECS API; `default` is Docker's default, which is the bridge.
pub(super) const NETWORK_MODES: [(&str, NetworkMode); 5] = [
    ("bridge", NetworkMode::Bridge),
    ("host", NetworkMode::Host),
    ("awsvpc", NetworkMode::Awsvpc),
    ("none", NetworkMode::None),
    ("default", NetworkMode::Bridge),
];

/// Host ports over all port mappings of all containers.
pub(super) fn of_containers(
    containers: &[Cursor<'_>],
    mode: NetworkMode,
    log: &mut Log,
) -> Vec<HostPort> {
    let mut taken = Taken::default();
    if matches!(mode, NetworkMode::Bridge | NetworkMode::Host) {
        for container in containers {
            for mapping in container.list(log, "portMappings") {
                taken.add_mapping(&mapping, mode, log);
            }
        }
    }
    taken.sorted()
}

/// Host ports written inline: `[80, "53/udp"]`. In `awsvpc` and `none` they take nothing.
pub(super) fn inline(field: &Cursor<'_>, mode: NetworkMode, log: &mut Log) -> Vec<HostPort> {
    let mut taken = Taken::default();
    for item in field.items(log) {
        let Some(text) = item.text(log) else { continue };
        let (number, protocol) = text.trim().split_once('/').unwrap_or((text.trim(), "tcp"));
        let known = PROTOCOLS.iter().find(|(name, _)| *name == protocol);
        let port = number.parse::<u16>().ok().filter(|&port| port > 0);
        match (port, known) {
            (Some(port), Some((_, protocol))) => taken.add(&item, port..=port, *protocol, log),
            _ => item.error(
                log,
                codes::PORT,
                format!("`{text}` is not a port"),
                "write a number from 1 to 65535, with `/udp` behind it where it is UDP",
            ),
        }
    }
    match mode {
        NetworkMode::Bridge | NetworkMode::Host => taken.sorted(),
        NetworkMode::Awsvpc | NetworkMode::None => Vec::new(),
    }
}

/// What an instance has registered as `PORTS` and `PORTS_UDP`; where it shows neither, what is usual.
pub(super) fn of_instance(item: &Cursor<'_>, log: &mut Log) -> ReservedPorts {
    let mut ports = BTreeSet::new();
    let mut shown = false;
    for resource in item.list(log, "registeredResources") {
        let name = resource.get("name").and_then(|field| field.text(log));
        let protocol = match name {
            Some("PORTS") => Protocol::Tcp,
            Some("PORTS_UDP") => Protocol::Udp,
            _ => continue,
        };
        shown |= protocol == Protocol::Tcp;
        for number in resource.list(log, "stringSetValue") {
            ports.extend(port(&number, log, 1).map(|port| HostPort { port, protocol }));
        }
    }
    if shown {
        return ReservedPorts::Registered(ports);
    }
    if ports.is_empty() {
        return ReservedPorts::Usual;
    }
    // UDP alone says nothing of TCP.
    let usual = RESERVED_HOST_PORTS.map(|port| HostPort {
        port,
        protocol: Protocol::Tcp,
    });
    ports.extend(usual);
    ReservedPorts::Registered(ports)
}

/// TCP ports that are usually taken and that some instance of the file leaves free.
pub(super) fn freed(instances: &[Cursor<'_>]) -> BTreeSet<u16> {
    // What is wrong with the instances is said where they are read.
    let mut log = Log::default();
    let mut freed = BTreeSet::new();
    for item in instances.iter().filter(|item| item.is_object()) {
        let reserved = of_instance(item, &mut log);
        freed.extend(RESERVED_HOST_PORTS.into_iter().filter(|&port| {
            !reserved.contains(HostPort {
                port,
                protocol: Protocol::Tcp,
            })
        }));
    }
    freed
}

#[derive(Default)]
struct Taken(BTreeSet<HostPort>);

impl Taken {
    fn sorted(self) -> Vec<HostPort> {
        self.0.into_iter().collect()
    }

    fn add_mapping(&mut self, mapping: &Cursor<'_>, mode: NetworkMode, log: &mut Log) {
        if !mapping.is_object() {
            mapping.wrong_type(log, "an object");
            return;
        }
        let protocol = match mapping.get("protocol") {
            Some(field) => match field.choice(log, &PROTOCOLS) {
                Some(protocol) => protocol,
                None => return,
            },
            None => Protocol::Tcp,
        };
        let host = mapping.get("hostPort");
        let static_port = host.as_ref().and_then(|field| port(field, log, 0));
        if mode == NetworkMode::Bridge {
            // 0 and absence mean a port of the ephemeral range, chosen when the task starts.
            if let (Some(field), Some(number @ 1..)) = (host, static_port) {
                self.add(&field, number..=number, protocol, log);
            }
            return;
        }
        let ranges = ["containerPortRange", "hostPortRange"];
        if let Some(field) = ranges.iter().find_map(|key| mapping.get(key)) {
            if let Some(range) = range(&field, log) {
                self.add(&field, range, protocol, log);
            }
            return;
        }
        let Some(field) = mapping.get("containerPort") else {
            mapping.error(
                log,
                codes::MISSING_FIELD,
                "`containerPort` is missing",
                "in host mode a mapping needs `containerPort` or `containerPortRange`",
            );
            return;
        };
        let Some(number) = port(&field, log, 1) else {
            return;
        };
        if static_port.is_some_and(|host| host != 0 && host != number) {
            mapping.error(
                log,
                codes::PORT,
                "`hostPort` differs from `containerPort` in host mode",
                "in host mode the container's port is the host's; leave `hostPort` out",
            );
        }
        self.add(&field, number..=number, protocol, log);
    }

    fn add(
        &mut self,
        place: &Cursor<'_>,
        ports: RangeInclusive<u16>,
        protocol: Protocol,
        log: &mut Log,
    ) {
        let usual = || (protocol == Protocol::Tcp).then_some(RESERVED_HOST_PORTS);
        let mut taken = usual().into_iter().flatten();
        let is_taken = |port: &u16| ports.contains(port) && !log.freed_ports.contains(port);
        if let Some(reserved) = taken.find(|port| is_taken(port)) {
            place.error(
                log,
                codes::RESERVED_PORT,
                format!("port {reserved} is taken on every container instance"),
                "22, 2375, 2376 and 51678 to 51680 belong to SSH, Docker and the ECS agent; use \
                 another port",
            );
            return;
        }
        for port in ports {
            let port = HostPort { port, protocol };
            if !self.0.insert(port) {
                place.error(
                    log,
                    codes::PORT_TWICE,
                    format!("the task takes host port {port} twice"),
                    "give each mapping a port of its own, or a dynamic one (hostPort 0)",
                );
                return;
            }
        }
    }
}

fn port(field: &Cursor<'_>, log: &mut Log, least: u64) -> Option<u16> {
    let number = field.whole(log, least..=u64::from(u16::MAX))?;
    u16::try_from(number).ok()
}

/// `8000-8010`.
fn range(field: &Cursor<'_>, log: &mut Log) -> Option<RangeInclusive<u16>> {
    let text = field.text(log)?;
    let ends = text.split_once('-').and_then(|(first, last)| {
        let first: u16 = first.trim().parse().ok()?;
        let last: u16 = last.trim().parse().ok()?;
        (1..=last).contains(&first).then_some(first..=last)
    });
    if ends.is_none() {
        field.error(
            log,
            codes::PORT,
            format!("`{text}` is not a range of ports"),
            "write the first and the last port, as in `8000-8010`",
        );
    }
    ends
}
