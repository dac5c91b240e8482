use super::twice::{First, repeated};
use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("duplicate-branch", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(branches) = &scene.bundle.branches else { return };
    let mut first = First::new();
    for (index, branch) in branches.typed.branches.iter().enumerate() {
        let place = branches.place(&format!("/branches/{index}/slug"));
        if let Some(before) = first.before(&branch.slug, &place) {
            let slug = &branch.slug;
            let message = say!("a branch `{slug}` stands here twice", "филиал `{slug}` записан дважды");
            let help = say!("give each branch a slug of its own", "дайте каждому филиалу свой `slug`");
            findings.push(repeated(RULE.code, place, before, message).with_help(help));
        }
    }
}
