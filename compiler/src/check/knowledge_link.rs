use super::{Rule, Scene, links, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("knowledge-link", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for document in &scene.bundle.documents {
        let all = links::links(scene.sources.text(document.file)).into_iter().filter(|it| !it.image);
        let (outside, inside): (Vec<_>, Vec<_>) = all.partition(|it| it.is_outside());
        findings.extend(links::once(document.file, &inside, |place| {
            let message = say!("customers cannot open this link", "клиент не сможет открыть эту ссылку");
            let help = say!(
                "write a whole address that begins with https://, or say in words what is there",
                "напишите полный адрес, начиная с https://, или расскажите словами, что там",
            );
            Diagnostic::warning(RULE.code, place, message).with_help(help)
        }));
        findings.extend(links::once(document.file, &outside, |place| {
            let message = say!(
                "this link is told only with the passage it stands in",
                "эту ссылку бот назовёт только вместе с отрывком, где она стоит",
            );
            let help = say!(
                "an address customers ask for belongs to the facts, such as `salon.website` or `salon.address.map_url`",
                "адрес, который спрашивают клиенты, пишите в факты: например, в `salon.website` или `salon.address.map_url`",
            );
            Diagnostic::note(RULE.code, place, message).with_help(help)
        }));
    }
}
