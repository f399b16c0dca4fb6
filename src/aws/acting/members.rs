//! Who else is on what is taken away: services that use a provider, members of a group that are not the cluster's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Acting;
use crate::apply::obstacles::strangers as among;
use crate::apply::state::Target;
use crate::aws::actions::Action;
use crate::aws::call::{Call, batch_size};
use crate::aws::errors::CallError;
use crate::aws::reader::texts;

/// Everything of a kind in the cluster: listed, then described.
fn listed(live: &Acting<'_>, lists: Action, describes: Action) -> Result<Vec<Value>, CallError> {
    let within = |action| Call::new(action).in_cluster(&live.cluster);
    let found = live.answer(async {
        let arns = texts(&live.reader.pages(within(lists)).await?.items);
        live.reader.batches(within(describes), &arns).await
    })?;
    Ok(found.items)
}

/// Names of the services whose strategy names a provider.
pub(super) fn users(live: &Acting<'_>, provider: &str) -> Result<Vec<String>, CallError> {
    let services = listed(live, Action::ListServices, Action::DescribeServices)?;
    let uses = |service: &&Value| {
        let strategy = service["capacityProviderStrategy"].as_array();
        let mut items = strategy.into_iter().flatten();
        service["status"] == "ACTIVE" && items.any(|item| item["capacityProvider"] == provider)
    };
    let names = services.iter().filter(uses);
    let names: BTreeSet<&str> = names.filter_map(|it| it["serviceName"].as_str()).collect();
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// When services were created, as AWS writes it, of the first ten of these that are there.
pub(super) fn created(
    live: &Acting<'_>,
    services: &[String],
) -> Result<BTreeMap<String, String>, CallError> {
    let about = &services[..services.len().min(batch_size(Action::DescribeServices))];
    if about.is_empty() {
        return Ok(BTreeMap::new());
    }
    let call = Call::new(Action::DescribeServices)
        .in_cluster(&live.cluster)
        .about(about);
    let look = |answer: &Value| {
        let services = answer["services"].as_array().into_iter().flatten();
        let there = services.filter(|service| service["status"] != "INACTIVE");
        let pair = |service: &Value| {
            let created = service.get("createdAt").filter(|at| !at.is_null())?;
            Some((
                service["serviceName"].as_str()?.to_owned(),
                created.to_string(),
            ))
        };
        Ok(there.filter_map(pair).collect())
    };
    live.answer(live.reader.answer(&call, look))
}

/// Ids of instances in service in a group that are no container instances of the cluster.
pub(super) fn strangers(live: &Acting<'_>, group: &str) -> Result<Vec<String>, CallError> {
    let described = live.described(&Target::Group(group.to_owned()))?;
    let Some(described) = described else {
        return Ok(Vec::new());
    };
    let hosts = listed(
        live,
        Action::ListContainerInstances,
        Action::DescribeContainerInstances,
    )?;
    let known = hosts
        .iter()
        .filter_map(|host| host["ec2InstanceId"].as_str());
    let known: BTreeSet<&str> = known.collect();
    Ok(among(&described, &known).into_iter().collect())
}
