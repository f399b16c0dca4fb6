//! The words of Kubernetes in what people read of its clusters: reports are written once, with ECS's words.
//!
//! Whole words alone are changed, and none that stands in a name: names of workloads hold a slash, keys of the policy are
//! of one word, and flags begin with a dash. What else is the user's own is known from the plan and its cluster and kept as it is
//! ([`Words`]): the name of the cluster, names of pools, the rules of pods as reasons quote them, texts of a plan that say nothing else.

use std::collections::BTreeSet;

use crate::domain::cluster::Cluster;
use crate::domain::placement::PlacementConstraint;
use crate::domain::plan::{Assumption, Change, FailedTest, FleetPlan, Reason, Warning};

use crate::domain::service::Service;
use crate::domain::text::first_names;

use super::escaped;

mod columns;
mod json;
mod vocabulary;

pub use columns::column;
use vocabulary::{OF_NUMBERS, begins_cell, ends_cell, is_of_word, matched, word};

/// The words of Kubernetes for texts about one plan, beside what the user wrote.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// What stands as it is, wherever it stands.
    phrases: BTreeSet<String>,
    /// What does where it fills a cell or an element: a name may be a word of a sentence too.
    names: BTreeSet<String>,
}

/// A text about a plan, with the words of Kubernetes where it is of that.
#[must_use]
pub fn of_plan(plan: &FleetPlan, text: String) -> String {
    if plan.is_of_nodes() {
        Words::of_plan(plan).text(&text)
    } else {
        text
    }
}

impl Words {
    /// What is known from a plan.
    #[must_use]
    pub fn of_plan(plan: &FleetPlan) -> Self {
        let mut words = Self::of_cluster_named(&plan.cluster, &plan.region);
        for row in &plan.instances {
            words.name(&row.capacity_provider);
        }
        for reason in plan.unplaced.iter().flat_map(|it| &it.reasons) {
            words.keep_reason(reason);
        }
        let given = (plan.assumptions.iter())
            .filter_map(|it| match it {
                Assumption::AsGiven { text } => Some(text),
                _ => None,
            })
            .chain(plan.warnings.iter().filter_map(|it| match it {
                Warning::AsGiven { text } => Some(text),
                _ => None,
            }))
            .chain(plan.changes.iter().filter_map(|it| match it {
                Change::AsGiven { text } => Some(text),
                _ => None,
            }));
        for text in given {
            words.phrase(text);
        }
        words.keep_passed_over(&plan.warnings);
        words
    }

    /// What is known from a cluster.
    #[must_use]
    pub fn of_cluster(cluster: &Cluster) -> Self {
        let mut words = Self::of_cluster_named(&cluster.name, &cluster.region);
        for constraint in cluster.services.iter().flat_map(Service::constraints) {
            match constraint {
                PlacementConstraint::MemberOf(rule) => words.phrase(rule.source()),
                PlacementConstraint::TaskGroup(rule) => words.phrase(&rule.source),
                PlacementConstraint::DistinctInstance => {}
            }
        }
        for taint in &cluster.policy.tolerated_taints {
            words.phrase(&taint.to_string());
        }
        for group in &cluster.deployed.groups {
            words.name(&group.name);
        }
        words.keep_passed_over(&cluster.passed_over);
        words
    }

    /// With what another one keeps.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.phrases.extend(other.phrases);
        self.names.extend(other.names);
        self
    }

    /// With names of scenarios.
    #[must_use]
    pub fn and_names<'n>(mut self, names: impl Iterator<Item = &'n str>) -> Self {
        for name in names {
            self.name(name);
        }
        self
    }

    fn of_cluster_named(name: &str, region: &str) -> Self {
        let mut words = Self::default();
        words.phrase(&format!("{name} in {region}"));
        words.name(name);
        words
    }

    /// What documents of Kubernetes hold that is not planned is said with their own words.
    fn keep_passed_over(&mut self, warnings: &[Warning]) {
        // Workloads have names with a slash, which no word has; those of nodes and node pools stand in brackets, or behind a colon.
        for warning in warnings {
            match warning {
                Warning::LeftOut { what, names, .. }
                | Warning::RuleNotModelled { what, names, .. } => {
                    self.phrase(what);
                    self.phrase(&format!("({})", first_names(names)));
                }
                Warning::CapacityTypeAssumed { names, .. } => {
                    self.phrase(&format!("prices: {}", first_names(names)));
                }
                _ => {}
            }
        }
    }

    fn keep_reason(&mut self, reason: &Reason) {
        let failed = match reason {
            Reason::NearestMiss { failed, .. } => failed.as_slice(),
            Reason::TaskMustChange { failed } => std::slice::from_ref(failed),
            Reason::AsGiven { text } => {
                self.phrase(text);
                return;
            }
            _ => return,
        };
        for test in failed {
            if let FailedTest::MemberOf { expression, .. } | FailedTest::TaskGroup { expression } =
                test
            {
                self.phrase(expression);
            }
        }
    }

    fn phrase(&mut self, text: &str) {
        keep(&mut self.phrases, text);
    }

    fn name(&mut self, text: &str) {
        keep(&mut self.names, text);
    }

    /// The text with the words of Kubernetes; columns of tables stay where they are.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut said = String::with_capacity(text.len());
        let mut rest = text;
        // Columns by which the line is shorter than it was, to be given back between two cells.
        let mut owed = 0_isize;
        while let Some(next) = rest.chars().next() {
            let read = &text[..text.len() - rest.len()];
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            if spaces > 1 {
                let is_between = !read.is_empty() && !read.ends_with('\n');
                let width = if is_between {
                    spaces.saturating_add_signed(owed).max(1)
                } else {
                    spaces
                };
                owed -= difference(width, spaces);
                said.extend(std::iter::repeat_n(' ', width));
                rest = &rest[spaces..];
                continue;
            }
            if next == '\n' {
                owed = 0;
            }
            if let Some(kept) = self.kept(read, rest) {
                said.push_str(&rest[..kept]);
                rest = &rest[kept..];
                continue;
            }
            let (taken, written) = word(read, rest).unwrap_or((next.len_utf8(), ""));
            let found = &rest[..taken];
            if written.is_empty() {
                said.push_str(found);
            } else if let Some(line) = found.find('\n') {
                let end = line + 1 + found[line + 1..].len() - found[line + 1..].trim_start().len();
                said.push_str(&broken(written, &found[line..end]));
                owed = 0;
                if !written.contains(' ') && rest[taken..].starts_with(' ') {
                    rest = &rest[taken + 1..];
                    continue;
                }
            } else {
                let shorter = difference(taken, written.len());
                let is_heading = OF_NUMBERS.contains(&found)
                    && said.ends_with("  ")
                    && rest[taken..].starts_with("  ");
                if is_heading && shorter > 0 {
                    said.extend(std::iter::repeat_n(' ', shorter.unsigned_abs()));
                } else {
                    owed += shorter;
                }
                said.push_str(written);
            }
            rest = &rest[taken..];
        }
        said
    }

    /// How much here is the user's own.
    fn kept(&self, read: &str, rest: &str) -> Option<usize> {
        if read.chars().next_back().is_some_and(is_of_word) {
            return None;
        }
        let whole = (self.phrases.iter()).filter_map(|phrase| matched(rest, phrase));
        let of_cell = (self.names.iter())
            .filter(|_| begins_cell(read))
            .filter(|name| rest.starts_with(name.as_str()) && ends_cell(&rest[name.len()..]))
            .map(String::len);
        whole.chain(of_cell).max()
    }

    /// The same for a page: what stands between tags, scripts and styles apart.
    #[must_use]
    pub fn page(&self, page: &str) -> String {
        let mut said = String::with_capacity(page.len());
        let mut rest = page;
        // The template writes a slash, which joins the parts of a name, as an entity.
        let text = |part: &str| self.text(&part.replace("&#x2f;", "/"));
        while let Some(start) = rest.find('<') {
            said.push_str(&text(&rest[..start]));
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
                self.tag(&rest[..end])
            });
            rest = &rest[end..];
        }
        said.push_str(&text(rest));
        said
    }

    /// A tag: what a screen reader says of it is text too.
    fn tag(&self, tag: &str) -> String {
        const LABEL: &str = " aria-label=\"";
        let Some((before, rest)) = tag.split_once(LABEL) else {
            return tag.to_owned();
        };
        let (label, after) = rest.split_once('"').unwrap_or((rest, ""));
        let label = self.text(&label.replace("&#x2f;", "/"));
        format!("{before}{LABEL}{label}\"{after}")
    }
}

/// Remembers a text, in each of the ways in which reports write it, where its words would change.
fn keep(kept: &mut BTreeSet<String>, text: &str) {
    let ways = [text.to_owned(), escaped::escape(text), in_page(text)];
    let changes = |way: &String| Words::default().text(way) != *way;
    kept.extend(ways.into_iter().filter(changes));
}

/// As the template of a page writes it, slashes apart.
fn in_page(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let text = text.replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', "&#x27;")
}

/// A replacement over two lines: the break stands before its last word, or behind its only one.
fn broken(written: &str, line: &str) -> String {
    match written.rsplit_once(' ') {
        Some((before, last)) => format!("{before}{line}{last}"),
        None => format!("{written}{line}"),
    }
}

const fn difference(one: usize, other: usize) -> isize {
    one.cast_signed() - other.cast_signed()
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
            ("2 tasks. One more", "2 pods. One more"),
            ("tasks.example.com", "tasks.example.com"),
            (
                "One zone a row; Fargate tasks are spread by AWS.",
                "One zone a row.",
            ),
            (
                "One instance type a row, Fargate as one.",
                "One instance type a row.",
            ),
            (
                "One line of the bill a row: identical instances, or tasks of one service on Fargate.",
                "One line of the bill a row: identical nodes.",
            ),
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
            assert_eq!(Words::default().text(of_ecs), of_kubernetes);
        }
    }

    #[test]
    fn what_the_user_wrote_is_not_reworded() {
        let mut plan = crate::report::sample::infeasible_plan();
        plan.cluster = "tasks".to_owned();
        plan.region = "us-east-1".to_owned();
        let rule = "required node affinity tier In (task, services)";
        plan.unplaced[0].reasons = vec![Reason::TaskMustChange {
            failed: FailedTest::MemberOf {
                expression: rule.to_owned(),
                unknown: Vec::new(),
            },
        }];
        let words = Words::of_plan(&plan);
        for (of_ecs, said) in [
            ("tasks in us-east-1: 3 tasks", "tasks in us-east-1: 3 pods"),
            (
                "Cluster  tasks\n3 tasks in us-east-2",
                "Cluster  tasks\n3 pods in us-east-2",
            ),
            (
                "    - another expression than `required node\n      affinity tier In (task, services)` of 2 tasks",
                "    - another expression than `required node\n      affinity tier In (task, services)` of 2 pods",
            ),
            ("tier In (task, services)", "tier In (pod, workloads)"),
            (
                "excluded by memberOf 48, CPU 2",
                "excluded by labels and taints 48, CPU 2",
            ),
            (
                "a container\n      instance of 2 tasks",
                "a node\n      of 2 pods",
            ),
            (
                "an Auto Scaling group that\n    declares x",
                "nodes of a pool that all\n    have x",
            ),
            ("AWS service  ECS service", "AWS service  Workload"),
        ] {
            assert_eq!(words.text(of_ecs), said);
        }
        assert_eq!(
            words.page("<h1><bdi>tasks</bdi></h1><td>services&#x2f;task</td><th>ECS service</th><li>2 tasks</li>"),
            "<h1><bdi>tasks</bdi></h1><td>services/task</td><th>Workload</th><li>2 pods</li>"
        );
    }

    #[test]
    fn tags_scripts_and_styles_of_a_page_stay() {
        let page = "<p class=\"tasks\" aria-label=\"2 tasks\" id=\"tasks\">2 tasks</p><style>.a tasks {}</style><script>var tasks;</script> instances";
        assert_eq!(
            Words::default().page(page),
            "<p class=\"tasks\" aria-label=\"2 pods\" id=\"tasks\">2 pods</p><style>.a tasks {}</style><script>var tasks;</script> nodes"
        );
    }
}
