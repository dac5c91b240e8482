use super::twice::{First, repeated};
use super::{Rule, Scene};
use crate::diagnostic::Diagnostic;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-branch",
    summary: "two branches have one slug",
    explain: include_str!("../../explain/duplicate-branch.md"),
    run,
};

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(branches) = &scene.bundle.branches else { return };
    let mut first = First::new();
    for (index, branch) in branches.typed.branches.iter().enumerate() {
        let place = branches.place(&format!("/branches/{index}/slug"));
        if let Some(before) = first.before(&branch.slug, &place) {
            let message = format!("a branch `{}` stands here twice", branch.slug);
            findings.push(repeated(RULE.code, place, before, message));
        }
    }
}
