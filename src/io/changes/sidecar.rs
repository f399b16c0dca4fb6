//! A container that each task carries beside its own, as a daemon that each instance carries once, and the reverse:
//! `sidecars.NAME=daemon`, `sidecars.NAME={cpu: 256, memory: 512}`, `sidecars.NAME=tasks`.
//!
//! Out of the tasks: of every task definition that has the container beside others, the container goes, and the task's own size
//! with it, by what the container reserves. A daemon comes, on instances of either architecture, of the size given or of the
//! largest that the container has; its container ports are ports of the instance. Definitions for Fargate alone, where no daemon
//! runs, and those of daemons keep theirs. Into the tasks: the daemon goes, and every other task gets a container of its size.

use std::collections::BTreeSet;

use super::super::document::{Entry, Node, Value};
use super::apply::{child, names, set};
use super::containers::{node, number};
use super::found::{
    CONTAINERS, change_definitions, change_services, containers, cpu, each_definition,
    each_service, entry, family_of, memory, named, of, section, text, value, whole,
};
use super::path::{Step, matches};
use super::{Change, DEFINITION, DEFINITIONS, finding};
use crate::domain::task::LaunchType;
use crate::io::codes;
use crate::io::findings::Finding;
use crate::io::suggest::did_you_mean;

/// A finding, boxed: it is large and rare.
type Failed = Box<Finding>;

/// The section of a path that stands for such a change; no section of a file.
pub(super) const SECTION: &str = "sidecars";

/// CPU units and MiB.
pub type Size = (u64, u64);

/// What is to become of the container.
enum Wanted {
    Daemon(Option<Size>),
    Tasks,
}

/// Where a container is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SidecarMove {
    /// Once on every instance.
    Daemon,
    /// In every task.
    Tasks,
}

/// The change that moves a container, or the daemon of that name.
///
/// # Panics
/// Never: a name in quotes is a step of a path whatever it holds.
#[must_use]
pub fn sidecar_change(name: &str, to: SidecarMove, size: Option<Size>) -> Change {
    let value = match (to, size) {
        (SidecarMove::Daemon, None) => "daemon".to_owned(),
        (SidecarMove::Daemon, Some((cpu, memory))) => format!("{{cpu: {cpu}, memory: {memory}}}"),
        (SidecarMove::Tasks, _) => "tasks".to_owned(),
    };
    let name = name.replace('"', "");
    Change::try_new(&format!("{SECTION}.\"{name}\""), &value).expect("a well-formed path")
}

/// Makes the change.
pub(super) fn apply(root: &mut Node, change: &Change) -> Result<(), Failed> {
    let place = change.label();
    let Value::Object(entries) = &mut root.value else {
        // The importer says what is wrong with such a file.
        return Ok(());
    };
    let [_, Step::Name(name)] = change.path.steps.as_slice() else {
        let cause = "one name follows `sidecars`";
        return Err(Box::new(wrong(place, cause.to_owned())));
    };
    match wanted(&change.value) {
        Some(Wanted::Daemon(size)) => to_daemon(entries, name, size, &place),
        Some(Wanted::Tasks) => to_tasks(entries, name, &place),
        None => {
            let cause = "the value is none of `daemon`, `{cpu: 256, memory: 512}` and `tasks`";
            Err(Box::new(wrong(place, cause.to_owned())))
        }
    }
}

fn wanted(value: &Node) -> Option<Wanted> {
    match &value.value {
        Value::Text(text) if text == "daemon" => Some(Wanted::Daemon(None)),
        Value::Text(text) if text == "tasks" => Some(Wanted::Tasks),
        Value::Object(entries) if entries.len() == 2 => {
            let (cpu, memory) = (cpu(child(value, "cpu"))?, memory(child(value, "memory"))?);
            (memory > 0).then_some(Wanted::Daemon(Some((cpu, memory))))
        }
        _ => None,
    }
}

fn wrong(place: String, cause: String) -> Finding {
    let remedy = "write `sidecars.NAME=daemon` for a container of the tasks, `sidecars.NAME=tasks` for a daemon";
    finding(codes::CHANGE, place, cause, remedy.to_owned())
}

/// Nobody of that name.
fn unknown(place: &str, cause: String, name: &str, known: &BTreeSet<String>) -> Finding {
    let list: Vec<&str> = known.iter().map(String::as_str).collect();
    let near = did_you_mean(name, list.iter().copied());
    let remedy = if list.is_empty() {
        format!("{near}the file has none; containers stand in `taskDefinitions`")
    } else {
        format!("{near}name one of {}", list.join(", "))
    };
    finding(codes::UNKNOWN_PATH, place.to_owned(), cause, remedy)
}

/// Containers that stand beside others in at least so many task definitions.
pub(super) fn of_several(root: &Node, least: usize) -> Vec<String> {
    let Value::Object(entries) = &root.value else {
        return Vec::new();
    };
    let daemons = families_of_daemons(entries);
    let mut seen: Vec<(String, usize)> = Vec::new();
    each_definition(entries, &mut |definition| {
        for name in beside_others(definition, &daemons) {
            match seen.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => seen.push((name, 1)),
            }
        }
    });
    (seen.into_iter())
        .filter(|(_, count)| *count >= least)
        .map(|(name, _)| name)
        .collect()
}

/// Names of the services that run on every instance.
pub(super) fn daemons(root: &Node) -> Vec<String> {
    let Value::Object(entries) = &root.value else {
        return Vec::new();
    };
    let mut found = Vec::new();
    each_service(entries, &mut |service| {
        if is_daemon(service) {
            found.extend(names("services", service).into_iter().next());
        }
    });
    found
}

fn to_daemon(
    entries: &mut [Entry],
    name: &str,
    size: Option<Size>,
    place: &str,
) -> Result<(), Failed> {
    let daemons = families_of_daemons(entries);
    let mut all = BTreeSet::new();
    each_definition(entries, &mut |definition| {
        all.extend(beside_others(definition, &daemons));
    });
    if !all.iter().any(|known| matches(name, known)) {
        let cause = format!("no task has a container `{name}` beside others");
        return Err(Box::new(unknown(place, cause, name, &all)));
    }
    let mut largest = (0, 0);
    let mut ports: BTreeSet<u64> = BTreeSet::new();
    let mut failed = None;
    if let Some(section) = section(entries, DEFINITIONS) {
        change_definitions(section, &mut |definition| {
            let is_meant = |known: &String| matches(name, known);
            if !beside_others(definition, &daemons).iter().any(is_meant) {
                return;
            }
            match without(definition, name) {
                Ok((taken, own_ports)) => {
                    largest = (largest.0.max(taken.0), largest.1.max(taken.1));
                    ports.extend(own_ports);
                }
                Err(cause) => {
                    let of = named(definition).unwrap_or_default();
                    failed.get_or_insert((format!("{place} ({DEFINITIONS}.{of})"), cause));
                }
            }
        });
    }
    if let Some((place, cause)) = failed {
        let remedy = "state `memoryReservation` of the container, and sizes of the task above it";
        return Err(Box::new(finding(
            codes::CHANGE,
            place,
            cause,
            remedy.to_owned(),
        )));
    }
    let taken: BTreeSet<String> = all_services(entries);
    let plain = name.replace('*', "");
    let own = [
        plain.clone(),
        format!("{plain}-daemon"),
        format!("{plain}-daemon-2"),
    ]
    .into_iter()
    .find(|own| !own.is_empty() && !taken.contains(own));
    let daemon = daemon(
        &own.unwrap_or_else(|| "sidecar-daemon".to_owned()),
        size.unwrap_or(largest),
        &ports,
    );
    let mut daemon = Some(daemon);
    change_services(entries, &mut |list| list.extend(daemon.take()));
    Ok(())
}

/// The service that runs once on every instance.
fn daemon(name: &str, (cpu, memory): Size, ports: &BTreeSet<u64>) -> Node {
    let text = |text: &str| node(Value::Text(text.to_owned()));
    let list = |items: Vec<Node>| node(Value::List(items));
    let mut entries = Vec::new();
    set(&mut entries, "serviceName", text(name));
    set(&mut entries, "schedulingStrategy", text("DAEMON"));
    set(&mut entries, "cpu", number(cpu));
    set(&mut entries, "memory", number(memory));
    set(&mut entries, "networkMode", text("bridge"));
    let ports: Vec<Node> = ports.iter().map(|port| number(*port)).collect();
    if !ports.is_empty() {
        set(&mut entries, "hostPorts", list(ports));
    }
    let both = ["X86_64", "ARM64"].map(text).to_vec();
    set(&mut entries, "architectures", list(both));
    node(Value::Object(entries))
}

/// Takes the containers out: what they reserved, and the ports that they had.
fn without(definition: &mut Vec<Entry>, name: &str) -> Result<(Size, Vec<u64>), String> {
    let mut taken = (0, 0);
    let mut ports = Vec::new();
    let mut gone = Vec::new();
    let states_memory = entry(definition, "memory").is_some();
    for container in containers(definition) {
        let own = of(container, "name").unwrap_or_default();
        if !matches(name, &own) {
            continue;
        }
        let reserved = memory(child(container, "memoryReservation"))
            .or_else(|| memory(child(container, "memory")));
        let Some(reserved) = reserved else {
            return Err(format!(
                "container `{own}` states no memory of its own, so that what the task needs without it is not known"
            ));
        };
        taken.0 += cpu(child(container, "cpu")).unwrap_or(0);
        taken.1 += reserved;
        if let Some(Value::List(mappings)) = child(container, "portMappings").map(|it| &it.value) {
            ports.extend((mappings.iter()).filter_map(|it| whole(child(it, "containerPort"))));
        }
        gone.push(own);
    }
    let less = |now: u64, less: u64| now.checked_sub(less).filter(|left| *left > 0);
    if states_memory {
        let now = memory(entry(definition, "memory")).unwrap_or(0);
        let left = less(now, taken.1)
            .ok_or_else(|| format!("the task's memory of {now} MiB is no more than its own"))?;
        set(definition, "memory", number(left));
    }
    if let Some(now) = cpu(entry(definition, "cpu")) {
        match less(now, taken.0) {
            Some(left) => set(definition, "cpu", number(left)),
            None => definition.retain(|entry| entry.key != "cpu"),
        }
    }
    forget(definition, &gone);
    Ok((taken, ports))
}

/// Removes containers, and what others say of them.
fn forget(definition: &mut [Entry], gone: &[String]) {
    let Some(list) = definition.iter_mut().find(|entry| entry.key == CONTAINERS) else {
        return;
    };
    let Value::List(items) = &mut list.node.value else {
        return;
    };
    items.retain(|container| !of(container, "name").is_some_and(|name| gone.contains(&name)));
    for container in items {
        let Value::Object(entries) = &mut container.value else {
            continue;
        };
        for (key, part) in [
            ("dependsOn", "containerName"),
            ("volumesFrom", "sourceContainer"),
        ] {
            if let Some(Value::List(items)) = value(entries, key) {
                items.retain(|it| !of(it, part).is_some_and(|name| gone.contains(&name)));
            }
        }
        if let Some(Value::List(links)) = value(entries, "links") {
            links.retain(|link| {
                let target = text(link).map(|link| link.split(':').next().unwrap_or(link));
                !target.is_some_and(|name| gone.iter().any(|gone| gone == name))
            });
        }
    }
}

fn to_tasks(entries: &mut [Entry], name: &str, place: &str) -> Result<(), Failed> {
    let own = families_of_daemons(entries);
    let mut found = None;
    let mut known = BTreeSet::new();
    each_service(entries, &mut |service| {
        if is_daemon(service) {
            let names = names("services", service);
            if names.iter().any(|own| own == name) {
                found = Some(service.clone());
            }
            known.extend(names);
        }
    });
    let Some(daemon) = found else {
        let cause = format!("no service `{name}` runs as a daemon");
        return Err(Box::new(unknown(place, cause, name, &known)));
    };
    let Some(size) = size_of(entries, &daemon) else {
        let cause = format!("the size of the daemon `{name}` is not known");
        return Err(Box::new(wrong(place.to_owned(), cause)));
    };
    if let Some(section) = section(entries, DEFINITIONS) {
        change_definitions(section, &mut |definition| {
            let is_own = named(definition).is_some_and(|family| own.contains(&family));
            if !is_own && !is_for_fargate_alone(definition) {
                with_container(definition, name, size);
            }
        });
    }
    change_services(entries, &mut |services| {
        services.retain(|service| {
            !(is_daemon(service) && names("services", service).iter().any(|own| own == name))
        });
        for service in services {
            if let Value::Object(entries) = &mut service.value {
                grow(entries, size);
            }
        }
    });
    Ok(())
}

/// A definition with one container more.
fn with_container(definition: &mut Vec<Entry>, name: &str, (cpu, memory): Size) {
    grow(definition, (cpu, memory));
    let mut container = Vec::new();
    set(&mut container, "name", node(Value::Text(name.to_owned())));
    set(&mut container, "cpu", number(cpu));
    set(&mut container, "memoryReservation", number(memory));
    if let Some(Value::List(items)) = value(definition, CONTAINERS) {
        items.push(node(Value::Object(container)));
    }
}

/// Sizes of a whole task, where they are stated, with that much more. A daemon's stay: those of a service that runs on every
/// instance are its own.
fn grow(entries: &mut Vec<Entry>, (more_cpu, more_memory): Size) {
    let is_daemon = entry(entries, "schedulingStrategy").and_then(text) == Some("DAEMON");
    if is_daemon {
        return;
    }
    if let Some(now) = cpu(entry(entries, "cpu")) {
        set(entries, "cpu", number(now + more_cpu));
    }
    if let Some(now) = memory(entry(entries, "memory")) {
        set(entries, "memory", number(now + more_memory));
    }
}

/// What a service's task reserves.
fn size_of(entries: &[Entry], service: &Node) -> Option<Size> {
    let Some(reference) = child(service, DEFINITION).and_then(text) else {
        let own = (
            cpu(child(service, "cpu")),
            memory(child(service, "memory"))?,
        );
        return Some((own.0.unwrap_or(0), own.1));
    };
    let family = family_of(reference);
    let mut size = None;
    each_definition(entries, &mut |definition| {
        if named(definition).as_deref() != Some(family) {
            return;
        }
        let sum = |figure: &dyn Fn(&Node) -> Option<u64>| -> Option<u64> {
            let figures: Vec<u64> = containers(definition).filter_map(figure).collect();
            (!figures.is_empty()).then(|| figures.iter().sum())
        };
        let cpu = cpu(entry(definition, "cpu")).or_else(|| sum(&|it| cpu(child(it, "cpu"))));
        let reserved = |it: &Node| {
            memory(child(it, "memoryReservation")).or_else(|| memory(child(it, "memory")))
        };
        let memory = memory(entry(definition, "memory")).or_else(|| sum(&reserved));
        size = memory.map(|memory| (cpu.unwrap_or(0), memory));
    });
    size
}

/// Containers of a definition for instances that has others beside them.
fn beside_others(definition: &[Entry], daemons: &BTreeSet<String>) -> Vec<String> {
    let all: Vec<String> = containers(definition)
        .filter_map(|container| of(container, "name"))
        .collect();
    let is_daemon = named(definition).is_some_and(|family| daemons.contains(&family));
    if all.len() < 2 || is_daemon || is_for_fargate_alone(definition) {
        return Vec::new();
    }
    all
}

fn is_for_fargate_alone(definition: &[Entry]) -> bool {
    let Some(Value::List(types)) = entry(definition, "requiresCompatibilities").map(|it| &it.value)
    else {
        return false;
    };
    let fargate = LaunchType::Fargate.to_string();
    let is_fargate = |kind: &Node| text(kind).is_some_and(|word| word == fargate);
    !types.is_empty() && types.iter().all(is_fargate)
}

/// Families of the definitions that daemons run.
fn families_of_daemons(entries: &[Entry]) -> BTreeSet<String> {
    let mut families = BTreeSet::new();
    each_service(entries, &mut |service| {
        if is_daemon(service) {
            let reference = child(service, DEFINITION).and_then(text);
            families.extend(reference.map(|it| family_of(it).to_owned()));
        }
    });
    families
}

fn all_services(entries: &[Entry]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    each_service(entries, &mut |service| {
        all.extend(names("services", service));
    });
    all
}

fn is_daemon(service: &Node) -> bool {
    child(service, "schedulingStrategy").and_then(text) == Some("DAEMON")
}
