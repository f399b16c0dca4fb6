//! What is there already: `import` blocks for what the cluster file shows, `moved` blocks for what the other style made.

use super::super::reasons;
use super::TerraformStyle;
use super::ids::Ids;
use super::language::{Block, name, set};
use crate::domain::settings::Settings;

/// Everything that the cluster file shows as existing comes under Terraform instead of being made anew. A provider is
/// imported by its ARN; without one in the file there is a note.
pub(super) fn imports(settings: &Settings, ids: &Ids) -> Vec<Block> {
    let style = ids.style;
    let mut imports = Vec::new();
    let mut import = |to: String, id: &str, what: &str| {
        let items = vec![set("to", name(to)), set("id", id)];
        imports.push(Block::new("import", [], items).because(what));
    };
    for (group, id) in settings.groups.iter().zip(&ids.groups) {
        if group.writes_group && group.existing.group {
            import(style.group(id), &group.group, reasons::GROUP_IS_KEPT);
        }
        if let Some(arn) = group
            .existing
            .provider_arn
            .as_ref()
            .filter(|_| group.writes_provider)
        {
            import(style.capacity_provider(id), arn, reasons::PROVIDER_IS_KEPT);
        }
    }
    for (managed, id) in settings.managed.iter().zip(&ids.managed) {
        if let Some(arn) = (managed.arn.as_ref()).filter(|_| managed.writes_provider) {
            import(style.capacity_provider(id), arn, reasons::PROVIDER_IS_KEPT);
        }
    }
    if settings.cluster_runs && style == TerraformStyle::Modules && has_cluster(settings) {
        let cluster = "module.ecs.aws_ecs_cluster.this[0]".to_owned();
        import(cluster, &settings.cluster, reasons::CLUSTER_IS_KEPT);
    }
    if settings.cluster_runs && settings.writes_association {
        let association = style.association().to_owned();
        import(association, &settings.cluster, reasons::LIST_IS_KEPT);
    }
    for (service, id) in settings.services.iter().zip(&ids.services) {
        if service.exists {
            let imported = format!("{}/{}", settings.cluster, service.name);
            import(style.service(id), &imported, reasons::SERVICE_IS_KEPT);
        }
    }
    imports
}

/// Whether modules of this export include the cluster's own.
pub(super) fn has_cluster(settings: &Settings) -> bool {
    settings.writes_association
        || settings.writes_managed()
        || settings.groups.iter().any(|group| group.writes_provider)
}

/// Whoever applied the resources before takes the modules without rebuilding anything. Where nothing was applied, the
/// blocks do nothing.
pub(super) fn moved(settings: &Settings, ids: &Ids) -> Vec<Block> {
    if ids.style == TerraformStyle::Resources {
        return Vec::new();
    }
    let address = |style: TerraformStyle| {
        let mut addresses = Vec::new();
        for (group, id) in settings.groups.iter().zip(&ids.groups) {
            if group.writes_group {
                addresses.push(style.group(id));
            }
            if group.writes_provider {
                addresses.push(style.capacity_provider(id));
            }
        }
        for (managed, id) in settings.managed.iter().zip(&ids.managed) {
            if managed.writes_provider {
                addresses.push(style.capacity_provider(id));
            }
        }
        if settings.writes_association {
            addresses.push(style.association().to_owned());
        }
        addresses.extend(ids.services.iter().map(|id| style.service(id)));
        addresses
    };
    let from = address(TerraformStyle::Resources);
    (from
        .into_iter()
        .zip(address(TerraformStyle::Modules))
        .enumerate())
    .map(|(index, (from, to))| {
        let items = vec![set("from", name(from)), set("to", name(to))];
        let block = Block::new("moved", [], items);
        if index == 0 {
            block.because(reasons::MOVED)
        } else {
            block
        }
    })
    .collect()
}
