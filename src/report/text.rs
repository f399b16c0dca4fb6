//! The plan for a terminal: the decision first, then what it is made of, then what it rests on.

use anstyle::{AnsiColor, Style};

use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlanStatus, PlannedProvider};
use crate::domain::text::visible;

use super::page::{Page, add_row, new_table};
use super::{model, wording, words};

pub use super::page::Emphasis;

/// The whole report.
#[must_use]
pub fn render(plan: &FleetPlan, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    decision(plan, &mut page);
    frontier(plan, &mut page);
    waves(plan, &mut page);
    instances(plan, &mut page);
    fargate(plan, &mut page);
    providers(plan, &mut page);
    week(plan, &mut page);
    services(plan, &mut page);
    unplaced(plan, &mut page);
    page.list("Changes", &wording::changes(plan));
    page.list("Warnings", &wording::warnings(plan));
    let mut caveats = vec![words::catalogue(plan)];
    caveats.extend(wording::further_assumptions(plan));
    page.list("What this rests on", &caveats);
    page.text
}

fn decision(plan: &FleetPlan, page: &mut Page) {
    let style = match plan.status {
        PlanStatus::Infeasible => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        PlanStatus::Optimal | PlanStatus::Feasible => Style::new().bold(),
    };
    let headline = format!(
        "{} in {}: {}",
        plan.cluster,
        plan.region,
        words::decision(plan)
    );
    page.styled_line(&headline, style);
    page.fact("Proof", &words::proof(plan));
    if let Some(ideal) = words::ideal(plan) {
        page.fact("Ideal", &ideal);
    }
    if let Some(saving) = words::saving(plan) {
        page.fact("Today", &saving);
    }
    if let Some(recommendation) = &plan.recommendation {
        page.fact("Answer", &wording::recommendation(recommendation));
    }
    page.fact("Fleet", &words::fleet(plan));
    if let Some(groups) = words::groups(plan) {
        page.fact("Groups", &groups);
    }
    if let Some(others) = words::other_group_counts(plan) {
        page.fact("Other", &others);
    }
    if let Some(trunks) = wording::trunking_of(plan) {
        page.fact("ENIs", &trunks);
    }
    if let Some(spot) = words::spot(plan) {
        page.fact("Spot", &spot);
    }
    if let Some(moves) = words::moves(plan) {
        page.fact("Moves", &moves);
    }
    for line in super::commitment::lines(plan) {
        page.fact("Commits", &line);
    }
    for line in wording::ordinary_day(plan) {
        page.fact(line.label, &line.text);
    }
}

/// Cost against restarts.
fn frontier(plan: &FleetPlan, page: &mut Page) {
    let points = words::frontier(plan);
    if points.is_empty() {
        return;
    }
    let mut table = new_table(&words::FRONTIER, &[0, 1, 2, 3]);
    for point in &points {
        add_row(&mut table, point);
    }
    page.table("Cost against restarts", &table);
}

/// The order of launches and drains.
fn waves(plan: &FleetPlan, page: &mut Page) {
    let waves = words::waves(plan);
    if !waves.is_empty() {
        let mut table = new_table(&words::WAVES, &[0, 2, 3, 4, 5, 6]);
        for wave in &waves {
            add_row(&mut table, wave);
        }
        page.table("Waves: launch, drain, terminate", &table);
    }
    page.list("Not drained", &words::not_drained(plan));
}

/// Sizes and costs over the week.
fn week(plan: &FleetPlan, page: &mut Page) {
    let sizes = words::schedules(plan);
    if !sizes.is_empty() {
        let mut table = new_table(&words::SCHEDULE, &[1]);
        for size in &sizes {
            add_row(&mut table, size);
        }
        page.table("Sizes over the week, hours from Monday 00:00 UTC", &table);
    }
    let counts = words::counts_on_fargate(plan);
    if !counts.is_empty() {
        let mut table = new_table(&words::FARGATE_COUNTS, &[2]);
        for count in &counts {
            add_row(&mut table, count);
        }
        page.table(
            "Tasks on Fargate over the week, hours from Monday 00:00 UTC",
            &table,
        );
    }
    let periods = words::periods(plan);
    if !periods.is_empty() {
        let mut table = new_table(&words::PERIODS, &[0, 1]);
        for period in &periods {
            add_row(&mut table, period);
        }
        page.table("Cost over the week", &table);
    }
}

fn instances(plan: &FleetPlan, page: &mut Page) {
    let rows = model::offerings(plan);
    if rows.is_empty() {
        return;
    }
    // Columns that only some plans have something for.
    let with_zones = rows.iter().any(|row| row.availability_zone.is_some());
    let with_bands = rows.iter().any(|row| row.interruption_band.is_some());
    let with_spare = rows.iter().any(|row| !row.spare.is_empty());
    let mut header = vec!["Count", "Type", "Purchase"];
    if with_bands {
        header.push("Interrupted");
    }
    if with_zones {
        header.push("Zone");
    }
    let first_amount = header.len();
    header.extend(["USD/h each", "USD/h", "Tasks"]);
    if with_spare {
        header.push("Room kept for");
    }
    let mut table = new_table(&header, &[0, first_amount, first_amount + 1]);
    for row in &rows {
        let mut cells = vec![
            words::count(row.count),
            row.instance_type.to_owned(),
            words::purchase(row),
        ];
        if with_bands {
            cells.push(row.interruption_band.unwrap_or("-").to_owned());
        }
        if with_zones {
            cells.push(row.availability_zone.unwrap_or("-").to_owned());
        }
        cells.push(money(row.usd_per_hour));
        cells.push(money(row.total_usd_per_hour));
        cells.push(words::in_short(&row.tasks));
        if with_spare {
            cells.push(words::in_short(&row.spare));
        }
        add_row(&mut table, &cells);
    }
    page.table("Instances", &table);
}

fn fargate(plan: &FleetPlan, page: &mut Page) {
    if plan.fargate_tasks.is_empty() {
        return;
    }
    let header = [
        "Count",
        "Service",
        "Provider",
        "CPU",
        "Memory MiB",
        "USD/h each",
        "USD/h",
    ];
    let mut table = new_table(&header, &[0, 3, 4, 5, 6]);
    for row in &plan.fargate_tasks {
        add_row(
            &mut table,
            &[
                words::count(row.count),
                row.service_name.clone(),
                row.capacity_provider.clone(),
                words::count(row.cpu),
                words::count(row.memory_mib),
                money(row.usd_per_hour),
                money(row.usd_per_hour * row.count),
            ],
        );
    }
    page.table("Fargate tasks", &table);
}

fn providers(plan: &FleetPlan, page: &mut Page) {
    let providers = &plan.capacity_providers;
    // Of a cluster of Kubernetes a packing is told, and no group is proposed.
    if providers.is_empty() || plan.is_of_nodes() {
        return;
    }
    let with_zones = providers.iter().any(|p| !p.availability_zones.is_empty());
    let mut header = vec!["Provider", "Kind", "Min", "Desired", "Max", "USD/h"];
    if with_zones {
        header.push("Zones");
    }
    header.push("Instance types");
    let mut table = new_table(&header, &[2, 3, 4, 5]);
    for provider in providers {
        let mut cells = vec![provider.name.clone(), kind(provider)];
        if provider.kind.is_group() {
            let sizes = [
                provider.min_size,
                provider.desired_capacity,
                provider.max_size,
            ];
            cells.extend(sizes.map(words::count));
        } else {
            // Fargate has no group, so no size.
            cells.extend(["-"; 3].map(str::to_owned));
        }
        cells.push(money(provider.usd_per_hour));
        if with_zones {
            cells.push(provider.availability_zones.join(", "));
        }
        cells.push(words::types_in_short(&provider.instance_types));
        add_row(&mut table, &cells);
    }
    page.table("Capacity providers", &table);
}

fn kind(provider: &PlannedProvider) -> String {
    let is_spot = (provider.purchase_option).is_some_and(Capacity::may_be_reclaimed);
    match provider.kind {
        ProviderKind::AutoScalingGroup if is_spot => "Auto Scaling group, Spot".to_owned(),
        ProviderKind::AutoScalingGroup => "Auto Scaling group".to_owned(),
        ProviderKind::Fargate => "Fargate".to_owned(),
        ProviderKind::FargateSpot => "Fargate Spot".to_owned(),
        ProviderKind::ManagedInstances if is_spot => "Managed Instances, Spot".to_owned(),
        ProviderKind::ManagedInstances => "Managed Instances".to_owned(),
    }
}

fn services(plan: &FleetPlan, page: &mut Page) {
    if plan.services.is_empty() {
        return;
    }
    let header = ["Service", "Tasks", "USD/h", "USD/h one more", "Where"];
    let mut table = new_table(&header, &[1, 2, 3]);
    for service in &plan.services {
        let marginal = service
            .marginal_usd_per_task_hour
            .map_or_else(|| "-".to_owned(), |cost| format!("{cost:.5}"));
        add_row(
            &mut table,
            &[
                service.service_name.clone(),
                words::count(service.desired_count),
                money(service.usd_per_hour),
                marginal,
                words::where_tasks_are(plan, &service.service_name),
            ],
        );
    }
    page.table("Services", &table);
}

fn unplaced(plan: &FleetPlan, page: &mut Page) {
    if plan.unplaced.is_empty() {
        return;
    }
    page.heading("Unplaced");
    for entry in &plan.unplaced {
        let tasks = words::counted(entry.count, "task");
        page.line(&format!("  {}: {tasks}", visible(&entry.service_name)));
        for reason in wording::reasons(entry) {
            page.item("    - ", &reason);
        }
    }
}

fn money(amount: UsdPerHour) -> String {
    format!("{amount:.4}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_decision_comes_first() {
        insta::assert_snapshot!(render(&sample::plan(), Emphasis::Plain));
    }

    #[test]
    fn unplaced_tasks_are_in_the_first_line_and_explained_below() {
        insta::assert_snapshot!(render(&sample::infeasible_plan(), Emphasis::Plain));
    }

    #[test]
    fn zones_spot_fargate_room_and_warnings_are_shown_where_there_are_any() {
        insta::assert_snapshot!(render(&sample::whole_plan(), Emphasis::Plain));
    }

    #[test]
    fn plain_text_has_no_escapes_even_when_a_name_has() {
        let mut plan = sample::plan();
        plan.cluster = "\u{1b}[31mprod\nx".to_owned();
        plan.services[0].service_name = "\u{1b}]0;title\u{7}\u{202e}".to_owned();
        let text = render(&plan, Emphasis::Plain);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'));
        assert!(text.starts_with("⟨U+001B⟩[31mprod⟨U+000A⟩x in us-east-1"));
    }

    #[test]
    fn emphasis_only_adds_escapes() {
        let plan = sample::plan();
        let styled = render(&plan, Emphasis::Ansi);
        assert!(styled.starts_with("\u{1b}[1m"));
        let stripped = anstream::adapter::strip_str(&styled).to_string();
        assert_eq!(stripped, render(&plan, Emphasis::Plain));
    }
}
