//! The plan as a comment on a pull request: GitHub-flavoured markdown tables.

use std::fmt::Write as _;

use crate::domain::plan::FleetPlan;

pub(super) use super::escaped::escape;
use super::{model, wording, words};

/// The whole report.
#[must_use]
pub fn render(plan: &FleetPlan) -> String {
    let mut text = String::new();
    let title = format!("{} in {}", plan.cluster, plan.region);
    line(&mut text, &format!("### {}", escape(&title)));
    line(&mut text, "");
    line(&mut text, &format!("**{}**", words::decision(plan)));
    line(&mut text, "");
    line(&mut text, &format!("- {}", words::proof(plan)));
    if let Some(saving) = words::saving(plan) {
        line(&mut text, &format!("- {saving}"));
    }
    if let Some(recommendation) = &plan.recommendation {
        line(
            &mut text,
            &format!("- {}", wording::recommendation(recommendation)),
        );
    }
    if let Some(ideal) = words::ideal(plan) {
        line(&mut text, &format!("- {ideal}"));
    }
    line(&mut text, &format!("- {}", words::fleet(plan)));
    if let Some(groups) = words::groups(plan) {
        line(&mut text, &format!("- {groups}"));
    }
    if let Some(others) = words::other_group_counts(plan) {
        line(&mut text, &format!("- {others}"));
    }
    if let Some(trunks) = wording::trunking_of(plan) {
        line(&mut text, &format!("- {trunks}"));
    }
    if let Some(spot) = words::spot(plan) {
        line(&mut text, &format!("- {spot}"));
    }
    if let Some(moves) = words::moves(plan) {
        line(&mut text, &format!("- {moves}"));
    }
    for of_commitments in super::commitment::lines(plan) {
        line(
            &mut text,
            &format!("- Commitments: {}", escape(&of_commitments)),
        );
    }
    for of_day in wording::ordinary_day(plan) {
        line(&mut text, &format!("- {}: {}", of_day.label, of_day.text));
    }
    frontier(plan, &mut text);
    waves(plan, &mut text);
    instances(plan, &mut text);
    fargate(plan, &mut text);
    services(plan, &mut text);
    unplaced(plan, &mut text);
    list(&mut text, "Changes", &wording::changes(plan));
    list(&mut text, "Warnings", &wording::warnings(plan));
    let mut caveats = vec![words::catalogue(plan)];
    caveats.extend(wording::further_assumptions(plan));
    list(&mut text, "What this rests on", &caveats);
    text
}

fn frontier(plan: &FleetPlan, text: &mut String) {
    let points = words::frontier(plan);
    if points.is_empty() {
        return;
    }
    line(text, "");
    line(text, &format!("| {} |", words::FRONTIER.join(" | ")));
    line(text, "| ---: | ---: | ---: | ---: |");
    for point in points {
        line(text, &format!("| {} |", point.join(" | ")));
    }
}

fn waves(plan: &FleetPlan, text: &mut String) {
    let waves = words::waves(plan);
    if !waves.is_empty() {
        line(text, "");
        line(text, &format!("| {} |", words::WAVES.join(" | ")));
        line(text, "| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
        for wave in waves {
            let cells: Vec<String> = wave.iter().map(|cell| escape(cell)).collect();
            line(text, &format!("| {} |", cells.join(" | ")));
        }
    }
    list(text, "Not drained", &words::not_drained(plan));
}

fn instances(plan: &FleetPlan, text: &mut String) {
    let offerings = model::offerings(plan);
    // Columns that only some plans have something for.
    let with_bands = offerings.iter().any(|row| row.interruption_band.is_some());
    let with_spare = offerings.iter().any(|row| !row.spare.is_empty());
    let mut header = "| Count | Type | Purchase |".to_owned();
    let mut rule = "| ---: | --- | --- |".to_owned();
    if with_bands {
        header.push_str(" Interrupted |");
        rule.push_str(" --- |");
    }
    header.push_str(" Zone | USD/h each | USD/h | Tasks |");
    rule.push_str(" --- | ---: | ---: | --- |");
    if with_spare {
        header.push_str(" Room kept for |");
        rule.push_str(" --- |");
    }
    let rows = offerings.iter().map(|row| {
        let mut cells = vec![
            words::count(row.count),
            row.instance_type.to_owned(),
            words::purchase(row),
        ];
        if with_bands {
            cells.push(row.interruption_band.unwrap_or("").to_owned());
        }
        cells.push(row.availability_zone.unwrap_or("").to_owned());
        cells.push(format!("{:.4}", row.usd_per_hour));
        cells.push(format!("{:.4}", row.total_usd_per_hour));
        cells.push(words::in_short(&row.tasks));
        if with_spare {
            cells.push(words::in_short(&row.spare));
        }
        cells
    });
    table(text, "Instances", &header, &rule, rows);
}

fn fargate(plan: &FleetPlan, text: &mut String) {
    let rows = plan.fargate_tasks.iter().map(|row| {
        vec![
            words::count(row.count),
            row.service_name.clone(),
            row.capacity_provider.clone(),
            words::count(row.cpu),
            words::count(row.memory_mib),
            format!("{:.4}", row.usd_per_hour * row.count),
        ]
    });
    let header = "| Count | Service | Provider | CPU | Memory MiB | USD/h |";
    table(
        text,
        "Fargate tasks",
        header,
        "| ---: | --- | --- | ---: | ---: | ---: |",
        rows,
    );
}

fn services(plan: &FleetPlan, text: &mut String) {
    let rows = plan.services.iter().map(|service| {
        vec![
            service.service_name.clone(),
            words::count(service.desired_count),
            format!("{:.4}", service.usd_per_hour),
            service
                .marginal_usd_per_task_hour
                .map_or_else(String::new, |cost| format!("{cost:.5}")),
            words::where_tasks_are(plan, &service.service_name),
        ]
    });
    let header = "| Service | Tasks | USD/h | USD/h one more | Where |";
    table(
        text,
        "Services",
        header,
        "| --- | ---: | ---: | ---: | --- |",
        rows,
    );
}

fn unplaced(plan: &FleetPlan, text: &mut String) {
    let items: Vec<String> = plan
        .unplaced
        .iter()
        .map(|entry| {
            let tasks = words::counted(entry.count, "task");
            format!(
                "{}: {tasks}; {}",
                entry.service_name,
                wording::reasons(entry).join("; ")
            )
        })
        .collect();
    list(text, "Unplaced", &items);
}

pub(super) fn table(
    text: &mut String,
    title: &str,
    header: &str,
    rule: &str,
    rows: impl Iterator<Item = Vec<String>>,
) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = write!(text, "\n#### {title}\n\n{header}\n{rule}\n");
    for cells in rows {
        let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
        line(text, &format!("| {} |", cells.join(" | ")));
    }
}

pub(super) fn list(text: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = write!(text, "\n#### {title}\n\n");
    for item in items {
        line(text, &format!("- {}", escape(item)));
    }
}

pub(super) fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn tables_for_a_pull_request() {
        insta::assert_snapshot!(render(&sample::plan()));
    }

    #[test]
    fn zones_spot_fargate_room_and_warnings_are_shown_where_there_are_any() {
        insta::assert_snapshot!(render(&sample::whole_plan()));
    }

    #[test]
    fn what_has_no_place_is_said_with_its_reasons() {
        let text = render(&sample::infeasible_plan());
        assert!(
            text.contains("**infeasible, 2 tasks have no place"),
            "{text}"
        );
        assert!(
            text.contains("- trainer: 2 tasks; asks for 16 GPUs"),
            "{text}"
        );
        assert!(text.contains("- no bound proven\n"), "{text}");
    }

    #[test]
    fn names_cannot_break_a_table_or_mention_anyone() {
        let mut plan = sample::plan();
        plan.services[0].service_name = "a|b\n<img> @team [x](y)".to_owned();
        let text = render(&plan);
        assert!(
            text.contains("| a\\|b &lt;img&gt; &#64;&#8203;team \\[x\\](y) |"),
            "{text}"
        );
    }

    #[test]
    fn names_become_no_links_and_turn_no_text_around() {
        assert_eq!(
            escape("https://x.example www.x.example #7 a\u{202E}b"),
            "https:&#8203;//x.example www&#8203;.x.example &#35;&#8203;7 a⟨U+202E⟩b"
        );
    }
}
