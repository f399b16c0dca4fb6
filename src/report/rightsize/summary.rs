//! A few lines for a chat: what is proposed, and what it saves.

use crate::rightsize::Proposal;

use super::{Sizes, rows};

/// Services that are named.
const NAMED: usize = 10;

/// The lines. What chats take for their own marks is written as it is: names of services have none of them but `_`.
#[must_use]
pub fn render(sizes: &Sizes) -> String {
    let changed: Vec<&Proposal> = (sizes.proposals.iter())
        .filter(|proposal| proposal.changes())
        .collect();
    let mut lines = vec![format!(
        "bayplan: {} in {}: {}",
        escaped(&sizes.cluster),
        escaped(&sizes.region),
        rows::headline(sizes)
    )];
    for proposal in changed.iter().take(NAMED) {
        let cells = rows::cells(proposal);
        lines.push(format!(
            "• {}: {} CPU units, {} MiB, {} tasks",
            escaped(&cells[0]),
            cells[2],
            cells[4],
            cells[1]
        ));
    }
    if changed.len() > NAMED {
        lines.push(format!("and {} more", changed.len() - NAMED));
    }
    lines.join("\n")
}

/// The three characters that Slack asks to be written as entities.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
