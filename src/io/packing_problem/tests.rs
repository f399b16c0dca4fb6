//! Packing problems, right and wrong.

use super::*;

const PROBLEM: &str = r#"{ "name": "x", "dims": ["cpu","memory"],
  "bins": [ {"id":"m7g.large","capacity":[2048,7600],"cost":0.0816,"limit":null} ],
  "items": [ {"id":"api","size":[512,1024],"demand":12} ], "best_known": {"optimal": 3} }"#;

fn codes_of(text: &str) -> Vec<(&'static str, String)> {
    let findings = read_packing_problem(text, "p.json").expect_err("wrong");
    (findings.findings.into_iter())
        .map(|finding| (finding.code, finding.place))
        .collect()
}

#[test]
fn a_problem_is_read_with_exact_numbers() {
    let problem = read_packing_problem(PROBLEM, "p.json").expect("right");
    assert_eq!(problem.name, "x");
    assert_eq!(problem.bins[0].cost, Decimal::new(816, 4));
    assert_eq!((problem.bins[0].limit, problem.items[0].demand), (None, 12));
    assert!(problem.best_known.is_some_and(|known| known.is_optimal));
}

#[test]
fn everything_wrong_is_reported_at_once_with_its_place() {
    let text = r#"{ "dims": ["cpu","cpu"], "extra": 1,
      "bins": [ {"id":"a","capacity":[1,2,3],"cost":-1,"limt":3}, {"id":"a","capacity":[1,2],"cost":1} ],
      "items": [ {"id":"i","size":[-5,"NaN"],"demand":1.5}, {"id":"j","size":[1,1]} ] }"#;
    let found = codes_of(text);
    let expected = [
        ("E1703", "dims[1]"),
        ("E1702", "bins[0].capacity"),
        ("E1106", "bins[0].cost"),
        ("E1103", "bins[0].limt"),
        ("E1703", "bins[1].id"),
        ("E1106", "items[0].size[0]"),
        ("E1104", "items[0].size[1]"),
        ("E1104", "items[0].demand"),
        ("E1105", "items[1]"),
    ];
    let expected: Vec<_> = (expected.iter()).map(|&(c, p)| (c, p.to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn other_documents_are_refused() {
    assert_eq!(codes_of("[]")[0].0, "E1701");
    assert_eq!(codes_of(r#"{"version": 1, "services": []}"#)[0].0, "E1701");
    assert_eq!(
        codes_of(r#"{"dims": ["a"], "bins": [], "items": [{"id": NaN}]}"#)[0].0,
        "E1001"
    );
    let far = r#"{"dims": ["a"], "bins": [{"id":"b","capacity":[1e20],"cost":1}],
        "items": [{"id":"i","size":[1],"demand":1},{"id":"j","size":[99999999999999999999],"demand":1}]}"#;
    assert_eq!(codes_of(far)[0], ("E1704", "dims[0]".to_owned()));
}

#[test]
fn vpsolver_files_are_read() {
    let vbp = read_packing_problem("2\n10 20\n2\n1 2 3\n4 5 6\n", "a/small.vbp").expect("right");
    assert_eq!(
        (vbp.name.as_str(), vbp.dims.len(), vbp.items.len()),
        ("small", 2, 2)
    );
    assert_eq!(vbp.items[1].demand, 6);
    let mvp = "1 2  10 7 -1  20 9 3  1  1 5 4";
    let mvp = read_packing_problem(mvp, "x.mvp").expect("right");
    assert_eq!((mvp.bins[0].limit, mvp.bins[1].limit), (None, Some(3)));
    assert_eq!(mvp.items[0].demand, 5);
}

#[test]
fn wrong_words_of_vpsolver_files_are_located() {
    for (file, text, line, column) in [
        ("x.vbp", "1\n10\n1\n-3 1\n", 4, 1),
        ("x.vbp", "1\n10\n1\n3 x\n", 4, 3),
        ("x.vbp", "1\n10\n1\n3 1\n 9", 5, 2),
        ("x.vbp", "", 1, 1),
        ("x.mvp", "1 1\n10 1 -2\n", 2, 6),
    ] {
        let findings = read_packing_problem(text, file).expect_err(text);
        let finding = &findings.findings[0];
        assert_eq!(finding.code, "E1705", "{text}");
        assert_eq!(
            (finding.line, finding.column),
            (Some(line), Some(column)),
            "{text}"
        );
    }
    let several = read_packing_problem("1 1 10 1 -1 1 2 5 3 4", "x.mvp").expect_err("two sizes");
    assert_eq!(several.findings[0].code, "E1706");
}
