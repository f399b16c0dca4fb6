//! Keys of objects that are pasted from AWS: those in another casing are errors, others that are not known are
//! passed over, and said once.

use std::collections::BTreeMap;

use super::api_fields::{SERVICE_PARTS, Shape};
use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Entry, Value, joined};
use super::findings::{Finding, Severity};
use super::known_fields::{INLINE_SIZE, SERVICE_API, service_ours};
use super::suggest::did_you_mean;

/// Keys that are not known, by object and key: the first place of each and how many there are.
#[derive(Default)]
pub(super) struct UnknownKeys(BTreeMap<(&'static str, String), (Finding, usize)>);

impl UnknownKeys {
    /// Looks at an object and at those inside it.
    pub(super) fn look(&mut self, item: &Cursor<'_>, shape: &'static Shape, log: &mut Log) {
        let Value::Object(entries) = &item.node.value else {
            return;
        };
        for entry in entries {
            if let Some((_, child)) = shape.children.iter().find(|(key, _)| *key == entry.key) {
                let field = Cursor::new(&entry.node, joined(&item.path, &entry.key));
                self.look_inside(&field, child, log);
            } else if !shape.fields().any(|field| field == entry.key) {
                self.unknown(item, entry, shape, log);
            }
        }
    }

    /// Looks at a service, which people write by hand as often as they paste it: a key that is like one of
    /// ours is an error, and so is every unknown one where nothing shows that AWS wrote the object.
    pub(super) fn look_at_service(&mut self, item: &Cursor<'_>, log: &mut Log) {
        let Value::Object(entries) = &item.node.value else {
            return;
        };
        let written_by_aws = ["serviceArn", "clusterArn", "createdAt", "runningCount"]
            .iter()
            .any(|key| item.get(key).is_some());
        for entry in entries {
            let key = entry.key.as_str();
            let ours = || service_ours().into_iter().chain(INLINE_SIZE);
            if let Some((_, part)) = SERVICE_PARTS.iter().find(|(name, _)| *name == key) {
                let field = Cursor::new(&entry.node, joined(&item.path, key));
                self.look_inside(&field, part, log);
            } else if ours().chain(SERVICE_API).all(|known| known != key) {
                let spelt = ours()
                    .chain(SERVICE_API)
                    .any(|known| folded(known) == folded(key));
                let like_ours = !did_you_mean(key, ours()).is_empty();
                if written_by_aws && !spelt && !like_ours {
                    let suggestion = did_you_mean(key, SERVICE_API.into_iter());
                    self.add(item, entry, "a service", &suggestion);
                } else {
                    let all: Vec<&str> = ours().chain(SERVICE_API).collect();
                    item.report_unknown_key(log, entry, &all, "a service");
                }
            }
        }
    }

    fn look_inside(&mut self, field: &Cursor<'_>, shape: &'static Shape, log: &mut Log) {
        if let Value::List(items) = &field.node.value {
            for (index, item) in items.iter().enumerate() {
                self.look(
                    &Cursor::new(item, format!("{}[{index}]", field.path)),
                    shape,
                    log,
                );
            }
        } else {
            self.look(field, shape, log);
        }
    }

    fn unknown(&mut self, item: &Cursor<'_>, entry: &Entry, shape: &'static Shape, log: &mut Log) {
        let same = shape
            .fields()
            .find(|field| folded(field) == folded(&entry.key));
        let ours = shape.ours_begin_small && entry.key.starts_with(char::is_lowercase);
        if same.is_some() || ours {
            let known: Vec<&str> = shape.fields().collect();
            item.report_unknown_key(log, entry, &known, shape.what);
            return;
        }
        let suggestion = did_you_mean(&entry.key, shape.fields());
        self.add(item, entry, shape.what, &suggestion);
    }

    /// Takes in a key that is passed over.
    pub(super) fn add(
        &mut self,
        item: &Cursor<'_>,
        entry: &Entry,
        what: &'static str,
        suggestion: &str,
    ) {
        let finding = Finding {
            code: codes::PASSED_OVER,
            severity: Severity::Warning,
            place: joined(&item.path, &entry.key),
            line: entry.position.map(|p| p.line),
            column: entry.position.map(|p| p.column),
            cause: format!("`{}` is no field of {what} that is known here", entry.key),
            remedy: format!("{suggestion}otherwise nothing: it is passed over"),
        };
        let key = (what, entry.key.clone());
        let (_, count) = self.0.entry(key).or_insert((finding, 0));
        *count += 1;
    }

    /// Says each once.
    pub(super) fn report(self, log: &mut Log) {
        for (mut finding, count) in self.0.into_values() {
            if count > 1 {
                finding.cause = format!("{} ({count} times)", finding.cause);
            }
            log.push(finding);
        }
    }
}

/// A key without what tells spellings apart: case, underscores, hyphens.
pub(super) fn folded(key: &str) -> String {
    key.chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}
