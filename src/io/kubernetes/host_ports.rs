//! Ports of the host that the containers of a pod ask for.

use std::collections::BTreeSet;

use crate::domain::task::{HostPort, Protocol};
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Value;

use super::notes::Notes;
use super::request;

/// Ports of the host, those of containers in the host's network included.
pub(super) fn host_ports(
    spec: &Cursor<'_>,
    name: &str,
    notes: &mut Notes,
    log: &mut Log,
) -> Vec<HostPort> {
    let is_true = |at: Option<Cursor<'_>>| at.is_some_and(|it| it.node.value == Value::Bool(true));
    let in_host_network = is_true(spec.get("hostNetwork"));
    let sidecars = spec.list(log, "initContainers");
    let containers = (spec.list(log, "containers").into_iter())
        .chain(sidecars.into_iter().filter(request::is_sidecar));
    let mut ports = BTreeSet::new();
    for port in containers
        .flat_map(|it| it.list(log, "ports"))
        .collect::<Vec<_>>()
    {
        let text = |key: &str| {
            port.get(key)
                .and_then(|it| it.node.value.as_text().map(str::to_owned))
        };
        let number = port
            .get("hostPort")
            .or_else(|| port.get("containerPort").filter(|_| in_host_network));
        let Some(number) = number
            .and_then(|it| it.whole(log, 0..=65_535))
            .filter(|it| *it > 0)
        else {
            continue;
        };
        let is_everywhere =
            text("hostIP").is_none_or(|ip| ["", "0.0.0.0", "::"].contains(&ip.as_str()));
        let protocol = match text("protocol").as_deref() {
            None | Some("TCP") => Some(Protocol::Tcp),
            Some("UDP") => Some(Protocol::Udp),
            Some(_) => None,
        };
        match (protocol, u16::try_from(number)) {
            (Some(protocol), Ok(port)) if is_everywhere => {
                ports.insert(HostPort { port, protocol });
            }
            _ => notes.not_modelled(name, "host ports of one address, or of SCTP"),
        }
    }
    ports.into_iter().collect()
}
