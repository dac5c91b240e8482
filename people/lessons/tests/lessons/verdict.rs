//! What becomes of lessons.

use format::Role;
use lessons::{Cleaner, Doubt, Judged, Refusal, Verdict, auto_approve_roles, verdict};

use crate::shop::release;

const OWNER: Option<Role> = Some(Role::Owner);
const MANAGER: Option<Role> = Some(Role::Manager);

fn of(
    question: &str,
    answer: &str,
    by: &[Option<Role>],
    contradictions: usize,
    branch: Option<&str>,
) -> Verdict {
    let release = release();
    let cleaner = Cleaner::new(&release, ["Динара"]);
    verdict(Judged {
        question: &cleaner.clean(question),
        answer: &cleaner.clean(answer),
        by,
        contradictions,
        auto_approve_roles: auto_approve_roles(&release, branch),
    })
}

#[test]
fn trusted_roles_teach_at_once_and_others_ask() {
    let of = |by: &[_], branch| of("Красите рамы?", "Да, порошком", by, 0, branch);
    assert_eq!(of(&[OWNER], None), Verdict::Approve { by: Role::Owner });
    assert_eq!(of(&[MANAGER], None), Verdict::Ask(vec![Doubt::Role(Role::Manager)]));
    assert_eq!(of(&[MANAGER], Some("south")), Verdict::Ask(vec![Doubt::Role(Role::Manager)]));
    assert_eq!(of(&[MANAGER], Some("north")), Verdict::Approve { by: Role::Manager });
    assert_eq!(of(&[OWNER, MANAGER], None), Verdict::Ask(vec![Doubt::Role(Role::Manager)]));
    assert_eq!(of(&[OWNER, None], None), Verdict::Drop(Refusal::Unknown));
    assert_eq!(of(&[None], Some("north")), Verdict::Drop(Refusal::Unknown));
    assert_eq!(of(&[], None), Verdict::Drop(Refusal::Unknown));
}

#[test]
fn contradictions_and_holes_are_never_approved_at_once() {
    assert_eq!(
        of("Красите рамы?", "Да, порошком", &[OWNER], 1, None),
        Verdict::Ask(vec![Doubt::Contradicts])
    );
    let holed = of("Красите рамы?", "Да, звоните 87015554433", &[OWNER], 0, None);
    assert_eq!(holed, Verdict::Ask(vec![Doubt::Personal]));
    let greeted = of("Это Марат, красите рамы?", "Динара, да, красим", &[OWNER], 0, None);
    assert_eq!(greeted, Verdict::Approve { by: Role::Owner });
}

#[test]
fn without_personal_data_something_must_be_left() {
    assert_eq!(of("Красите рамы?", "87015554433", &[OWNER], 0, None), Verdict::Drop(Refusal::Empty));
    assert_eq!(of("87015554433", "Красим", &[OWNER], 0, None), Verdict::Drop(Refusal::Empty));
}
