//! The explanation for a pull request.

use std::fmt::Write as _;

use crate::explain::Explanation;
use crate::report::markdown::{escape, list, table};

use super::{levers, words};

/// The whole report.
#[must_use]
pub fn render(explanation: &Explanation) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "### {}", escape(&words::head(explanation)));
    let conflicts: Vec<String> = explanation.conflicts.iter().map(words::conflict).collect();
    list(&mut text, "What conflicts", &conflicts);
    let header = format!("| {} |", words::SERVICES.join(" | "));
    let rule = "| --- | ---: | ---: | ---: | ---: |";
    table(
        &mut text,
        "Who pays",
        &header,
        rule,
        words::services(explanation).into_iter(),
    );
    let header = format!("| {} |", words::TYPES.join(" | "));
    let rows = words::bindings(&explanation.bindings).into_iter();
    table(
        &mut text,
        "What is full",
        &header,
        "| --- | ---: | --- | --- |",
        rows,
    );
    list(
        &mut text,
        "Network interfaces",
        words::trunking(explanation).as_slice(),
    );
    for why in &explanation.why_used {
        list(
            &mut text,
            &format!("Why {}", escape(&why.instance_type)),
            &[words::why_used(why)],
        );
    }
    for why in &explanation.why_not {
        list(
            &mut text,
            &format!("Why not {}", escape(&why.instance_type)),
            &words::why_not(why),
        );
    }
    for curve in &explanation.curves {
        let header = format!("| {} |", words::CURVE.join(" | "));
        let rows = words::curve(&curve.points).into_iter();
        let title = words::curve_title(curve.fewer);
        table(
            &mut text,
            title,
            &header,
            "| ---: | ---: | ---: | ---: |",
            rows,
        );
    }
    if let Some(nudges) = &explanation.nudges {
        list(&mut text, "Smaller tasks that save", &words::nudges(nudges));
    }
    if let Some(found) = &explanation.levers {
        list(&mut text, levers::LEVERS, &levers::levers(found));
    }
    list(&mut text, "Not the whole answer", &explanation.notes);
    text
}
