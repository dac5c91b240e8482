//! Trades that no pack knows, written by people who only read the format: a dental clinic with two
//! branches, a car service, a flower shop. Their tests measure the engine, so not all of them pass
//! (`docs/understanding.md` has the figures); this is the floor under each trade.

use std::path::Path;
use std::sync::Arc;

use compiler::compile::{Options, compile};
use compiler::suite::{self, Coverage, Filter};

/// Percent of each trade's tests that pass at least.
const PASSED: usize = 85;

#[test]
fn other_trades_are_served_without_a_change_in_rust() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/trades");
    let tenants = compile(&tree, &Options::default()).tenants;
    assert_eq!(tenants.len(), 3);
    for tenant in tenants {
        let compiled = tenant.compiled.expect("it compiles");
        let release = Arc::new(compiled.release);
        let played = suite::run(&release, &compiled.cases, &Filter::default()).unwrap();
        let failed: Vec<&str> =
            played.iter().filter(|it| !it.report.passed).map(|it| it.report.id.as_str()).collect();
        let passed = played.len() - failed.len();
        let coverage = Coverage::of(&release, &played);
        for reach in &coverage.reaches {
            let places = reach.missing.iter().all(|it| it.source.contains(':'));
            match reach.what {
                "intents" => {
                    assert!(reach.reached > 20 && reach.total > reach.reached && places, "{reach:?}")
                }
                "rungs" => assert!(reach.reached >= 8 && reach.reached < reach.total, "{reach:?}"),
                "branches" | "languages" => assert_eq!(reach.reached, reach.total, "{reach:?}"),
                other => panic!("{other} is not known"),
            }
        }
        assert_eq!(coverage.reaches.len(), 4);
        assert!(
            passed * 100 >= played.len() * PASSED,
            "{}: {passed} of {} pass, not {}",
            release.client.slug,
            played.len(),
            failed.join(", ")
        );
    }
}
