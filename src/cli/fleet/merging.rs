//! `bayplan fleet merge MANIFEST`: cluster files that put two clusters of one VPC together, and a manifest with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input;
use crate::cli::output::Destination;
use crate::fleet::gather::{Gathered, Outcome, gather};
use crate::fleet::merge::{Mergeable, id_of, why_apart};
use crate::fleet::pairs::{Pairs, pairs_of_one_vpc};
use crate::fleet::{Efforts, Unit, Work, WorkUnit, names_itself, sha256_of, write_manifest};
use crate::io::{ClusterDocument, Described, union, write_atomically};
use crate::report::fleet::status::merged as words;

use super::MergeArgs;
use super::inputs::{Inputs, PART, Unread, texts};
use super::place::{as_listed, clean, manifest, reading, refused, work};

/// The manifest that is written.
const MANIFEST: &str = "fleet.jsonl";

/// Writes the files.
pub(super) fn run(args: &MergeArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let work = work(&args.place, manifest(&args.place, diagnostics)?, None);
    let store = reading(&args.place, diagnostics)?;
    let work = as_listed(work, store.as_ref())?;
    let results = gather(&work, store.as_ref()).map_err(|error| refused(&error))?;
    let vpcs = (args.subnets.as_deref()).map_or_else(|| Ok(BTreeMap::new()), vpcs)?;
    let mut inputs = Inputs::default();
    let clusters = mergeable((&work, &results), args, (&mut inputs, &vpcs), diagnostics)?;
    let (pairs, found) = if args.pair.is_empty() {
        let Pairs {
            pairs,
            found,
            apart,
        } = pairs_of_one_vpc(&clusters, args.most);
        for (why, count) in apart {
            diagnostics.warning(&format!("{count} pairs of one VPC stay apart: {why}"));
        }
        (pairs, usize::try_from(found).unwrap_or(usize::MAX))
    } else {
        let pairs = named(&args.pair, &clusters)?;
        let found = pairs.len();
        (pairs, found)
    };
    let unions = write_unions(&work, &clusters, (&pairs, args), &mut inputs, diagnostics)?;
    let written = unions.len();
    write_with(&work, unions, &args.to)?;
    Destination::Stdout.write(words(written, (found, clusters.len()), &args.to).as_bytes())?;
    Ok(Exit::Done)
}

/// The VPC of each subnet, as `aws ec2 describe-subnets` prints them.
fn vpcs(file: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let wrong = |why: &str| {
        Failure::input(format!(
            "{}: {why}; give what `aws ec2 describe-subnets` prints",
            file.display()
        ))
    };
    let answer: Value = serde_json::from_str(&input::read_text(file)?)
        .map_err(|error| wrong(&error.to_string()))?;
    let subnets = answer["Subnets"].as_array();
    let subnets = subnets.ok_or_else(|| wrong("it has no list `Subnets`"))?;
    (subnets.iter())
        .map(|subnet| {
            let text = |key: &str| subnet[key].as_str().map(str::to_owned);
            (text("SubnetId").zip(text("VpcId")))
                .ok_or_else(|| wrong("a subnet lacks `SubnetId` or `VpcId`"))
        })
        .collect()
}

/// Every cluster with a plan for every task.
fn mergeable(
    (work, results): (&Work, &[Gathered]),
    args: &MergeArgs,
    (inputs, vpcs): (&mut Inputs, &BTreeMap<String, String>),
    diagnostics: Diagnostics,
) -> Result<Vec<Mergeable>, Failure> {
    let mut clusters = Vec::new();
    let mut unread = Unread::default();
    let places: Vec<usize> = (0..results.len()).collect();
    for part in places.chunks(PART) {
        let units: Vec<&WorkUnit> = part.iter().map(|&at| &work.units[at]).collect();
        let texts = texts(&units, &args.place, diagnostics)?;
        for (&at, text) in part.iter().zip(texts) {
            let (unit, result) = (&work.units[at], &results[at]);
            let Outcome::Plan(plan) = &result.outcome else {
                continue;
            };
            if result.of.is_some() || !plan.unplaced.is_empty() {
                continue;
            }
            let text = match text {
                Ok(text) => text,
                Err(why) => {
                    unread.add(&unit.unit.id, &why);
                    continue;
                }
            };
            let Some((document, cluster)) = described(unit, &text, inputs) else {
                unread.add(&unit.unit.id, "it cannot be read as its plan read it");
                continue;
            };
            let mut network = document.network();
            let of_subnets: BTreeSet<String> = (network.iter())
                .filter_map(|id| vpcs.get(id).cloned())
                .collect();
            network.extend(of_subnets);
            let bound = plan.cost.bound_usd_per_hour.unwrap_or_default();
            let above = plan.cost.usd_per_hour - bound;
            clusters.push(Mergeable::new((at, &unit.unit), &cluster, network, above));
        }
    }
    unread.say(diagnostics, "put together with none");
    Ok(clusters)
}

fn described(
    unit: &WorkUnit,
    text: &str,
    inputs: &mut Inputs,
) -> Option<(ClusterDocument, crate::domain::cluster::Cluster)> {
    let cluster = inputs.cluster(unit, text)?;
    let columns = &inputs.command(&unit.unit.args)?.input.column;
    let name = input::display_name(&unit.path);
    let document = ClusterDocument::parse_with_columns(text, &name, columns).ok()?;
    Some((document, cluster))
}

/// The pairs that are asked for by the ids of their units.
fn named(ids: &[String], clusters: &[Mergeable]) -> Result<Vec<(usize, usize)>, Failure> {
    let place = |id: &String| {
        let found = clusters.iter().position(|cluster| cluster.unit.id == *id);
        found.ok_or_else(|| {
            let id = clean(id);
            Failure::input(format!("{id}: no unit of the manifest with that id has a plan for every task; run the fleet first"))
        })
    };
    (ids.chunks(2))
        .map(|pair| {
            let [first, second] = pair else {
                return Err(Failure::input("a pair is of two units"));
            };
            let (first, second) = (place(first)?, place(second)?);
            if first == second {
                return Err(Failure::input("a pair is of two different units"));
            }
            match why_apart(&clusters[first], &clusters[second]) {
                None => Ok((first, second)),
                Some(why) => {
                    let ids = [first, second].map(|at| clean(&clusters[at].unit.id));
                    Err(Failure::input(format!(
                        "{} and {} cannot be one: {why}",
                        ids[0], ids[1]
                    )))
                }
            }
        })
        .collect()
}

/// Writes a cluster file for each pair; the units of those that are one.
fn write_unions(
    work: &Work,
    clusters: &[Mergeable],
    (pairs, args): (&[(usize, usize)], &MergeArgs),
    inputs: &mut Inputs,
    diagnostics: Diagnostics,
) -> Result<Vec<Unit>, Failure> {
    let mut units = Vec::new();
    let mut efforts = Efforts::default();
    for &(first, second) in pairs {
        let both = [&clusters[first], &clusters[second]];
        let of = both.map(|cluster| &work.units[cluster.at]);
        let texts = texts(&of, &args.place, diagnostics)?;
        let mut read =
            (of.iter().zip(texts)).filter_map(|(unit, text)| described(unit, &text.ok()?, inputs));
        let (Some(a), Some(b)) = (read.next(), read.next()) else {
            let id = id_of(&both[0].unit.id, &both[1].unit.id);
            diagnostics.warning(&format!(
                "{} stay apart: a cluster file was written to meanwhile",
                clean(&id)
            ));
            continue;
        };
        let id = id_of(&both[0].unit.id, &both[1].unit.id);
        let one = union(
            Described {
                document: &a.0,
                cluster: &a.1,
            },
            Described {
                document: &b.0,
                cluster: &b.1,
            },
        );
        let document = match one {
            Ok(document) => document.to_json(),
            Err(why) => {
                diagnostics.warning(&format!("{} stay apart: {}", clean(&id), clean(&why)));
                continue;
            }
        };
        let name = format!("{}.json", &sha256_of(id.as_bytes())[..16]);
        let path = args.to.join(&name);
        write(&path, document.as_bytes())?;
        units.push(Unit {
            weight: efforts.weight(document.as_bytes(), &name, &both[0].unit.args),
            input: path.display().to_string(),
            sha256: Some(sha256_of(document.as_bytes())),
            named: names_itself(document.as_bytes(), &name),
            args: both[0].unit.args.clone(),
            of: Some(both.map(|cluster| cluster.unit.id.clone())),
            id,
        });
    }
    Ok(units)
}

/// The manifest of before with the unions beside.
fn write_with(work: &Work, unions: Vec<Unit>, to: &Path) -> Result<(), Failure> {
    let before = work.units.iter().filter(|unit| unit.unit.of.is_none());
    let mut units: Vec<Unit> = before
        .map(|unit| Unit {
            // Found from this manifest's folder too.
            input: if unit.unit.is_object() {
                unit.unit.input.clone()
            } else {
                unit.path.display().to_string()
            },
            ..unit.unit.clone()
        })
        .collect();
    units.extend(unions);
    write(&to.join(MANIFEST), write_manifest(&units).as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    (fs::create_dir_all(folder))
        .and_then(|()| write_atomically(path, bytes))
        .map_err(|error| {
            let message = format!("cannot write {}: {error}", path.display());
            Failure::new(Exit::Usage, message)
        })
}
