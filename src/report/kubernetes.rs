//! The words of Kubernetes in what people read of its clusters: reports are written once, with ECS's words.
//!
//! Whole words alone are changed, and none that stands in a name: names of workloads hold a slash, keys of the policy are
//! of one word, and flags begin with a dash.

/// Words of ECS with those of Kubernetes, in the case of sentences.
const WORDS: [(&str, &str); 38] = [
    (
        "an Auto Scaling group that declares",
        "nodes of a pool that all have",
    ),
    ("under `attributes`", "among their labels"),
    ("attribute", "label"),
    ("Auto Scaling group", "node pool"),
    ("ECS's own scheduler", "the scheduler of Kubernetes"),
    ("as it registers with ECS", "with what it offers to pods"),
    ("registered memory", "memory that a node's system sees"),
    ("containerInstances", "nodes of the file"),
    ("Auto Scaling groups", "node pools"),
    ("ECS services", "workloads"),
    ("ECS service", "workload"),
    ("container instances", "nodes"),
    ("container instance", "node"),
    ("capacity providers", "node pools"),
    ("capacity provider", "node pool"),
    ("Capacity providers", "Node pools"),
    ("Capacity provider", "Node pool"),
    ("network interfaces", "pods"),
    ("network interface", "pod"),
    ("CPU units", "thousandths of a vCPU"),
    ("CPU unit", "thousandth of a vCPU"),
    ("Instances", "Nodes"),
    ("instances", "nodes"),
    ("Instance", "Node"),
    ("instance", "node"),
    ("Tasks", "Pods"),
    ("tasks", "pods"),
    ("Task", "Pod"),
    ("task", "pod"),
    ("Services", "Workloads"),
    ("services", "workloads"),
    ("Service", "Workload"),
    ("service", "workload"),
    ("Providers", "Node pools"),
    ("providers", "node pools"),
    ("Provider", "Node pool"),
    ("provider", "node pool"),
    ("ENIs", "pods"),
];

/// What does not change: the word of EC2 for what AWS sells.
const KEPT: [&str; 5] = [
    "instance type",
    "Instance type",
    "instance types",
    "Instance types",
    "Spot Instance Advisor",
];

/// Headings of numbers, which end where their column does.
const OF_NUMBERS: [&str; 2] = ["Instances", "Tasks"];

/// The text with the words of Kubernetes; columns of tables stay where they are.
#[must_use]
pub fn in_words_of_kubernetes(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    // Columns by which the line is shorter than it was, to be given back between two cells.
    let mut owed = 0_isize;
    while let Some(next) = rest.chars().next() {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        if spaces > 1 {
            let is_between = before.is_some_and(|it| it != '\n');
            let width = if is_between {
                spaces.saturating_add_signed(owed).max(1)
            } else {
                spaces
            };
            owed -= difference(width, spaces);
            said.extend(std::iter::repeat_n(' ', width));
            before = Some(' ');
            rest = &rest[spaces..];
            continue;
        }
        if next == '\n' {
            owed = 0;
        }
        let (taken, written) =
            word(rest, before).unwrap_or((next.len_utf8(), &rest[..next.len_utf8()]));
        let shorter = difference(taken, written.len());
        let is_heading = OF_NUMBERS.contains(&&rest[..taken])
            && said.ends_with("  ")
            && rest[taken..].starts_with("  ");
        if is_heading && shorter > 0 {
            said.extend(std::iter::repeat_n(' ', shorter.unsigned_abs()));
        } else {
            owed += shorter;
        }
        said.push_str(written);
        before = rest[..taken].chars().next_back();
        rest = &rest[taken..];
    }
    said
}

const fn difference(one: usize, other: usize) -> isize {
    one.cast_signed() - other.cast_signed()
}

/// The word that begins here, by its length, and what is written for it.
fn word(rest: &str, before: Option<char>) -> Option<(usize, &str)> {
    let starts_word = !before.is_some_and(is_of_word);
    // Before a bracket stands a place of the document, whose keys stay.
    let ends_word = |word: &str| {
        let after = rest[word.len()..].chars().next();
        !after.is_some_and(|next| is_of_word(next) || next == '[')
    };
    let is_there = |word: &str| starts_word && rest.starts_with(word) && ends_word(word);
    if let Some(kept) = KEPT.iter().rev().find(|word| is_there(word)) {
        return Some((kept.len(), kept));
    }
    let (word, other) = WORDS.iter().find(|(word, _)| is_there(word))?;
    Some((word.len(), other))
}

/// The same for a page: what stands between tags, scripts and styles apart.
#[must_use]
pub fn page_in_words_of_kubernetes(page: &str) -> String {
    let mut said = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        said.push_str(&in_words_of_kubernetes(&rest[..start]));
        rest = &rest[start..];
        let raw = ["script", "style"]
            .into_iter()
            .find(|name| rest[1..].starts_with(name));
        let end = match raw {
            Some(name) => {
                let close = format!("</{name}>");
                rest.find(&close).map_or(rest.len(), |at| at + close.len())
            }
            None => rest.find('>').map_or(rest.len(), |at| at + 1),
        };
        said.push_str(&if raw.is_some() {
            rest[..end].to_owned()
        } else {
            tag(&rest[..end])
        });
        rest = &rest[end..];
    }
    said.push_str(&in_words_of_kubernetes(rest));
    said
}

/// A tag: what a screen reader says of it is text too.
fn tag(tag: &str) -> String {
    const LABEL: &str = " aria-label=\"";
    let Some((before, rest)) = tag.split_once(LABEL) else {
        return tag.to_owned();
    };
    let (label, after) = rest.split_once('"').unwrap_or((rest, ""));
    format!("{before}{LABEL}{}\"{after}", in_words_of_kubernetes(label))
}

/// Whether a character may stand in a name beside a word.
fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/' | '.' | '@' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_and_names_do_not() {
        for (of_ecs, of_kubernetes) in [
            ("3 instances hold 9 tasks", "3 nodes hold 9 pods"),
            (
                "shop/service, 2 tasks of shop/task-runner",
                "shop/service, 2 pods of shop/task-runner",
            ),
            ("Instance types: m7i.large", "Instance types: m7i.large"),
            (
                "the Spot Instance Advisor's saving",
                "the Spot Instance Advisor's saving",
            ),
            ("a container instance", "a node"),
            (
                "nodeSelector workload-type=service of 2 tasks",
                "nodeSelector workload-type=service of 2 pods",
            ),
            (
                "--max-instances, maxInstances",
                "--max-instances, maxInstances",
            ),
            ("(instances)", "(nodes)"),
            (
                "instances[0].registered: 2 tasks",
                "instances[0].registered: 2 pods",
            ),
            (
                "Provider   Kind\nx          y",
                "Node pool  Kind\nx          y",
            ),
            ("Services  Kind", "Workloads Kind"),
            ("Tasks  Kind", "Pods   Kind"),
            (
                "`nodeSelector a=x` reads attribute:a, which it does not have; an Auto Scaling group that declares attribute:a under `attributes`",
                "`nodeSelector a=x` reads label:a, which it does not have; nodes of a pool that all have label:a among their labels",
            ),
            ("2 CPU units left", "2 thousandths of a vCPU left"),
            (
                "  tasks in any zone  1\n  x                  2",
                "  pods in any zone   1\n  x                  2",
            ),
            ("  Cost  Instances  Types", "  Cost      Nodes  Types"),
            ("  Type  Tasks\n  two  words", "  Type  Pods\n  two  words"),
        ] {
            assert_eq!(in_words_of_kubernetes(of_ecs), of_kubernetes);
        }
    }

    #[test]
    fn tags_scripts_and_styles_of_a_page_stay() {
        let page = "<p class=\"tasks\" aria-label=\"2 tasks\" id=\"tasks\">2 tasks</p><style>.a tasks {}</style><script>var tasks;</script> instances";
        assert_eq!(
            page_in_words_of_kubernetes(page),
            "<p class=\"tasks\" aria-label=\"2 pods\" id=\"tasks\">2 pods</p><style>.a tasks {}</style><script>var tasks;</script> nodes"
        );
    }
}
