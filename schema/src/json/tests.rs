use super::*;

#[test]
fn every_kind_has_a_schema() {
    assert_eq!(all().len(), FileKind::ALL.len());
}
