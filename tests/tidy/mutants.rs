//! The mutation check can be run at any time.

use std::process::Command;

#[test]
fn every_mutant_finds_what_it_changes_and_its_test() {
    let told = Command::new("sh").arg(super::root().join("tests/mutants.sh")).arg("--check").output();
    let told = told.expect("there is a shell");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
}
