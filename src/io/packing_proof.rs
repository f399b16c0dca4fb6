//! Proof files of packing problems: reading and writing of a [`PackingProof`]. Decimals are texts, so that none is rounded.

use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::domain::packing::{CountedDimension, PackingProof, PricedItem, PricedLimit, ProvenBin};

use super::findings::Findings;
use super::proof_tree::{Node, Wrong, json, list, no_proof, node, parsed, tree};

/// What writes such files.
const WRITER: &str = "bayplan pack --proof FILE";
/// The only kind of row.
const BIN_LIMIT: &str = "bin-limit";

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u64,
    bound: String,
    unit: String,
    dims: Vec<Dim>,
    items: Vec<Item>,
    rows: Vec<Row>,
    bins: Vec<Bin>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dim {
    name: String,
    step: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    #[serde(rename = "item")]
    id: String,
    count: u64,
    price: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: String,
    bin: String,
    rhs: u64,
    multiplier: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bin {
    #[serde(rename = "bin")]
    id: String,
    cost: u64,
    capacity: IndexMap<String, u64>,
    leaves: Node,
}

/// Whether a proof file is one of a packing problem: it has a `bound` and no dollars.
#[must_use]
pub fn is_packing_proof(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Known {
        bound: Option<IgnoredAny>,
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str::<Known>(text).is_ok_and(|known| known.bound.is_some())
}

/// The proof as JSON, one item, row or bin a line.
#[must_use]
pub fn write_packing_proof(proof: &PackingProof) -> String {
    let mut text = format!(
        "{{\"version\":1,\"bound\":{},\"unit\":{}",
        json(&proof.bound.to_string()),
        json(&proof.unit.to_string()),
    );
    let dims = proof.dims.iter().map(|dim| Dim {
        name: dim.name.clone(),
        step: dim.step.to_string(),
    });
    list(&mut text, "dims", dims.map(|dim| json(&dim)));
    let items = proof.items.iter().map(|item| Item {
        id: item.item.clone(),
        count: item.count,
        price: item.price,
    });
    list(&mut text, "items", items.map(|item| json(&item)));
    let rows = proof.limits.iter().map(|limit| Row {
        kind: BIN_LIMIT.to_owned(),
        bin: limit.bin.clone(),
        rhs: limit.rhs,
        multiplier: limit.multiplier,
    });
    list(&mut text, "rows", rows.map(|row| json(&row)));
    let names: Vec<&str> = proof.dims.iter().map(|dim| dim.name.as_str()).collect();
    let bins = proof.bins.iter().map(|bin| Bin {
        id: bin.bin.clone(),
        cost: bin.cost,
        capacity: (names.iter().zip(&bin.capacity))
            .map(|(&name, &steps)| (name.to_owned(), steps))
            .collect(),
        leaves: node(&bin.leaves, &|dimension: usize| names[dimension]),
    });
    list(&mut text, "bins", bins.map(|bin| json(&bin)));
    text.push_str("}\n");
    text
}

/// Reads a proof file of a packing problem.
///
/// # Errors
/// The first place at which the text is not a proof.
pub fn read_packing_proof(text: &str, file_name: &str) -> Result<PackingProof, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Document = parsed(text, file_name, WRITER)?;
    proof(document).map_err(|wrong| no_proof(file_name, wrong, None, WRITER))
}

fn proof(document: Document) -> Result<PackingProof, Wrong> {
    if document.version != 1 {
        let cause = format!("version {} is not 1", document.version);
        return Err(("version".to_owned(), cause));
    }
    let dims = (document.dims.into_iter().enumerate()).map(|(index, dim)| {
        Ok(CountedDimension {
            step: decimal(&dim.step, || format!("dims[{index}].step"))?,
            name: dim.name,
        })
    });
    let dims = dims.collect::<Result<Vec<_>, Wrong>>()?;
    let items = document.items.into_iter().map(|item| PricedItem {
        item: item.id,
        count: item.count,
        price: item.price,
    });
    let limits = (document.rows.into_iter().enumerate()).map(|(index, row)| {
        if row.kind != BIN_LIMIT {
            let cause = format!("no row is of kind `{}`", row.kind);
            return Err((format!("rows[{index}]"), cause));
        }
        Ok(PricedLimit {
            bin: row.bin,
            rhs: row.rhs,
            multiplier: row.multiplier,
        })
    });
    let bins = (document.bins.into_iter().enumerate())
        .map(|(index, bin)| of_bin(bin, &dims).map_err(|cause| (format!("bins[{index}]"), cause)));
    let bins = bins.collect::<Result<_, _>>()?;
    Ok(PackingProof {
        bound: decimal(&document.bound, || "bound".to_owned())?,
        unit: decimal(&document.unit, || "unit".to_owned())?,
        items: items.collect(),
        limits: limits.collect::<Result<_, _>>()?,
        bins,
        dims,
    })
}

fn decimal(text: &str, place: impl FnOnce() -> String) -> Result<Decimal, Wrong> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number = plain.then(|| Decimal::from_str_exact(text).ok()).flatten();
    number.ok_or_else(|| (place(), format!("`{text}` is no decimal that is 0 or more")))
}

fn of_bin(bin: Bin, dims: &[CountedDimension]) -> Result<ProvenBin, String> {
    let position = |word: &str| {
        let place = dims.iter().position(|dim| dim.name == word);
        place.ok_or_else(|| format!("no dimension is called `{word}`"))
    };
    for word in bin.capacity.keys() {
        position(word)?;
    }
    let capacity = dims.iter().map(|dim| {
        let steps = bin.capacity.get(&dim.name).copied();
        steps.ok_or_else(|| format!("no capacity of `{}`", dim.name))
    });
    Ok(ProvenBin {
        capacity: capacity.collect::<Result<_, _>>()?,
        bin: bin.id,
        cost: bin.cost,
        leaves: tree(bin.leaves, &position)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROOF: &str = r#"{"version":1,"bound":"0.5","unit":"0.001",
        "dims":[{"name":"cpu","step":"0.25"},{"name":"ram","step":"1"}],
        "items":[{"item":"a","count":2,"price":250}],
        "rows":[{"kind":"bin-limit","bin":"b","rhs":3,"multiplier":0}],
        "bins":[{"bin":"b","cost":500,"capacity":{"cpu":8,"ram":1},
            "leaves":{"item":0,"atMost":1,"yes":{"u":{}},"no":{"u":{"cpu":"3/7"}}}}]}"#;

    #[test]
    fn a_proof_survives_writing_and_reading() {
        let proof = read_packing_proof(PROOF, "p.json").expect("a proof");
        assert_eq!(proof.bins[0].capacity, [8, 1]);
        let written = write_packing_proof(&proof);
        assert!(is_packing_proof(&written) && !is_packing_proof("{\"boundUsdPerHour\":1}"));
        assert_eq!(read_packing_proof(&written, "p.json"), Ok(proof));
    }

    #[test]
    fn what_is_no_proof_is_refused_where_it_is_wrong() {
        for (good, bad, place) in [
            ("\"version\":1", "\"version\":2", "version"),
            ("0.5", "-0.5", "bound"),
            ("0.25", "1e-3", "dims[0].step"),
            ("bin-limit", "bin-limits", "rows[0]"),
            ("3/7", "3.7", "bins[0]"),
            ("\"cpu\":8,", "", "bins[0]"),
            ("\"cpu\":8", "\"cpus\":8", "bins[0]"),
            ("\"count\":2", "\"count\":-2", "(the whole file)"),
        ] {
            let found = read_packing_proof(&PROOF.replacen(good, bad, 1), "p.json");
            let found = found.expect_err(bad);
            assert_eq!(found.findings[0].place, place, "{bad}");
        }
    }
}
