//! Proof files: reading and writing of a [`Proof`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::proof::{
    Dimension, Proof, ProvenItem, ProvenOffering, ProvenRow, RowKind, UNIT,
};

use super::findings::Findings;
use super::proof_tree::{Node, Wrong, json, list, no_proof, node, parsed, tree};
use super::purchase_option;

/// What writes such files.
const WRITER: &str = "bayplan plan --proof FILE";

/// The whole file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    version: u64,
    bound_usd_per_hour: UsdPerHour,
    unit: String,
    items: Vec<Item>,
    rows: Vec<Row>,
    offerings: Vec<Offering>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    service: String,
    zone: Option<String>,
    count: u64,
    price: u64,
}

/// A row; which members it has depends on its kind.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    zones: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    instance_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    availability_zone: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    items: Vec<usize>,
    rhs: u64,
    multiplier: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Offering {
    instance_type: String,
    #[serde(with = "purchase_option")]
    purchase_option: Capacity,
    availability_zone: Option<String>,
    cost: u64,
    capacity: IndexMap<String, u64>,
    leaves: Node,
}

/// The proof as JSON, one item, row or offering a line.
#[must_use]
pub fn write_proof(proof: &Proof) -> String {
    let mut text = String::from("{\"version\":1,");
    let bound = json(&proof.bound);
    let _ = write!(text, "\"boundUsdPerHour\":{bound},\"unit\":{}", json(&UNIT));
    list(
        &mut text,
        "items",
        proof.items.iter().map(|item| json(&item_document(item))),
    );
    list(
        &mut text,
        "rows",
        proof.rows.iter().map(|row| json(&row_document(row))),
    );
    let offerings = proof.offerings.iter();
    list(
        &mut text,
        "offerings",
        offerings.map(|offering| json(&offering_document(offering))),
    );
    text.push_str("}\n");
    text
}

fn item_document(item: &ProvenItem) -> Item {
    Item {
        service: item.service.clone(),
        zone: item.zone.clone(),
        count: item.count,
        price: item.price,
    }
}

fn row_document(row: &ProvenRow) -> Row {
    let (zones, instance_type, availability_zone) = match &row.kind {
        RowKind::OnDemandZones { zones, .. } => (Some(zones.clone()), None, None),
        RowKind::PoolCap {
            instance_type,
            zone,
        } => (None, Some(instance_type.clone()), zone.clone()),
        RowKind::ZoneEven { .. }
        | RowKind::OnDemandMinimum { .. }
        | RowKind::InstanceLimit
        | RowKind::InstanceMinimum
        | RowKind::ShareOnInstance { .. }
        | RowKind::Fargate { .. }
        | RowKind::FargateOnly { .. } => (None, None, None),
    };
    Row {
        kind: row.kind.word().to_owned(),
        service: row.kind.service().map(str::to_owned),
        zones,
        instance_type,
        availability_zone,
        items: row.items.clone(),
        rhs: row.rhs,
        multiplier: row.multiplier,
    }
}

fn offering_document(offering: &ProvenOffering) -> Offering {
    let capacity = offering.capacity.iter();
    Offering {
        instance_type: offering.instance_type.clone(),
        purchase_option: offering.purchase_option,
        availability_zone: offering.zone.clone(),
        cost: offering.cost,
        capacity: capacity
            .map(|(d, amount)| (d.word().to_owned(), *amount))
            .collect(),
        leaves: node(&offering.leaves, &|dimension| dimension.word()),
    }
}

/// Reads a proof file.
///
/// # Errors
/// The first place at which the text is not a proof.
pub fn read_proof(text: &str, file_name: &str) -> Result<Proof, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Document = parsed(text, file_name, WRITER)?;
    proof(document).map_err(|wrong| no_proof(file_name, wrong, None, WRITER))
}

fn proof(document: Document) -> Result<Proof, Wrong> {
    let wrong = |place: &str, cause: String| (place.to_owned(), cause);
    if document.version != 1 {
        let cause = format!("version {} is not 1", document.version);
        return Err(wrong("version", cause));
    }
    if document.unit != UNIT {
        return Err(wrong("unit", format!("the unit is not \"{UNIT}\"")));
    }
    let bound = document.bound_usd_per_hour;
    if bound.rounded() != bound || bound < UsdPerHour::ZERO {
        let cause = "not a whole number of the unit that is 0 or more".to_owned();
        return Err(wrong("boundUsdPerHour", cause));
    }
    let items = document.items.into_iter().map(|item| ProvenItem {
        service: item.service,
        zone: item.zone,
        count: item.count,
        price: item.price,
    });
    let rows = (document.rows.into_iter().enumerate())
        .map(|(index, row)| row_of(row).map_err(|cause| (format!("rows[{index}]"), cause)));
    let offerings = (document.offerings.into_iter().enumerate()).map(|(index, offering)| {
        offering_of(offering).map_err(|cause| (format!("offerings[{index}]"), cause))
    });
    Ok(Proof {
        bound,
        items: items.collect(),
        rows: rows.collect::<Result<_, _>>()?,
        offerings: offerings.collect::<Result<_, _>>()?,
    })
}

fn row_of(row: Row) -> Result<ProvenRow, String> {
    let Row {
        kind,
        service,
        zones,
        instance_type,
        availability_zone,
        items,
        rhs,
        multiplier,
    } = row;
    let kind = match (
        kind.as_str(),
        service,
        zones,
        instance_type,
        availability_zone,
    ) {
        ("zone-even", Some(service), None, None, None) => RowKind::ZoneEven { service },
        ("on-demand-minimum", Some(service), None, None, None) => {
            RowKind::OnDemandMinimum { service }
        }
        ("on-demand-zones", Some(service), Some(zones), None, None) => {
            RowKind::OnDemandZones { service, zones }
        }
        ("pool-cap", None, None, Some(instance_type), zone) => RowKind::PoolCap {
            instance_type,
            zone,
        },
        ("instance-limit", None, None, None, None) => RowKind::InstanceLimit,
        ("instance-minimum", None, None, None, None) => RowKind::InstanceMinimum,
        ("share-on-instance", Some(service), None, None, None) => {
            RowKind::ShareOnInstance { service }
        }
        ("fargate", Some(service), None, None, None) => RowKind::Fargate { service },
        ("fargate-only", Some(service), None, None, None) => RowKind::FargateOnly { service },
        (kind, ..) => return Err(format!("no row of kind `{kind}` has these members")),
    };
    Ok(ProvenRow {
        kind,
        items,
        rhs,
        multiplier,
    })
}

fn offering_of(offering: Offering) -> Result<ProvenOffering, String> {
    let mut capacity = BTreeMap::new();
    for (word, amount) in offering.capacity {
        capacity.insert(dimension(&word)?, amount);
    }
    Ok(ProvenOffering {
        instance_type: offering.instance_type,
        purchase_option: offering.purchase_option,
        zone: offering.availability_zone,
        cost: offering.cost,
        capacity,
        leaves: tree(offering.leaves, &dimension)?,
    })
}

fn dimension(word: &str) -> Result<Dimension, String> {
    Dimension::of_word(word).ok_or_else(|| format!("no capacity is called `{word}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROOF: &str = r#"{"version":1,"boundUsdPerHour":0.5,"unit":"1e-8 USD/h",
        "items":[{"service":"a","zone":"us-east-1a","count":2,"price":25000000}],
        "rows":[{"kind":"pool-cap","instanceType":"m5.large","availabilityZone":"us-east-1a","items":[0],"rhs":1,"multiplier":0},
                {"kind":"on-demand-zones","service":"a","zones":["us-east-1a"],"items":[0],"rhs":1,"multiplier":0},
                {"kind":"instance-limit","rhs":5000,"multiplier":0}],
        "offerings":[{"instanceType":"m5.large","purchaseOption":"spot","availabilityZone":"us-east-1a","cost":9600000,
            "capacity":{"cpu":2048,"memoryMib":7600},
            "leaves":{"item":0,"atMost":1,"yes":{"u":{}},"no":{"u":{"cpu":"3/7"}}}}]}"#;

    #[test]
    fn a_proof_survives_writing_and_reading() {
        let proof = read_proof(PROOF, "p.json").expect("a proof");
        assert_eq!(proof.offerings[0].leaves.leaves(), 2);
        assert_eq!(read_proof(&write_proof(&proof), "p.json"), Ok(proof));
    }

    #[test]
    fn what_is_no_proof_is_refused_where_it_is_wrong() {
        for (good, bad, place) in [
            ("\"version\":1", "\"version\":2", "version"),
            ("1e-8", "1e-9", "unit"),
            ("0.5", "0.000000001", "boundUsdPerHour"),
            ("instance-limit", "instance-limits", "rows[2]"),
            ("3/7", "3.7", "offerings[0]"),
            ("\"cpu\":2048", "\"cpus\":2048", "offerings[0]"),
            ("\"atMost\":1,", "", "offerings[0]"),
            ("\"count\":2", "\"count\":-2", "(the whole file)"),
            ("\"rhs\":1", "\"rhs\":1,\"more\":1", "(the whole file)"),
        ] {
            let found = read_proof(&PROOF.replacen(good, bad, 1), "p.json");
            let found = found.expect_err(bad);
            assert_eq!(found.findings[0].place, place, "{bad}");
        }
    }
}
