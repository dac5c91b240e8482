use super::twice::{First, repeated};
use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("duplicate-prompt", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(prompts) = &scene.bundle.prompt else { return };
    let mut first = First::new();
    for (index, prompt) in prompts.typed.prompts.iter().enumerate().filter(|(_, it)| it.is_active) {
        let place = prompts.place(&format!("/prompts/{index}/name"));
        if let Some(before) = first.before(&prompt.name, &place) {
            let name = &prompt.name;
            let message = say!("a second active prompt `{name}`", "вторая действующая инструкция `{name}`");
            let help = say!(
                "write `is_active: false` in the one that is not used",
                "в той, которая не нужна, напишите `is_active: false`",
            );
            findings.push(repeated(RULE.code, place, before, message).with_help(help));
        }
    }
}
