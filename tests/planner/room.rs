//! Clusters that keep room for a lost zone and for rollouts, with services that want or refuse each other
//! beside them: whatever tasks are chosen among the places, the plan passes the independent check.

use crate::support::imported;
use crate::support::planned::plan;
use crate::support::rooms::cluster;
use bayplan::catalogue::Catalogue;
use bayplan::check::check;

const CLUSTERS: u64 = 150;

#[test]
fn tasks_chosen_among_places_obey_every_rule() {
    let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
    let mut wrong = Vec::new();
    let mut whole = 0;
    for seed in 0..CLUSTERS {
        let file = cluster(seed);
        let cluster = imported(&file);
        let plan = plan(&cluster, &catalogue);
        let violations = check(&cluster, &catalogue, &plan);
        whole += u64::from(plan.unplaced.is_empty());
        if !violations.is_empty() {
            wrong.push((seed, violations));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        whole > CLUSTERS / 2,
        "{whole} of {CLUSTERS} clusters with every task in place show too little"
    );
}
