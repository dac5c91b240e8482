use super::{Rule, Scene, links, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("knowledge-image", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for document in &scene.bundle.documents {
        let images: Vec<_> =
            links::links(scene.sources.text(document.file)).into_iter().filter(|it| it.image).collect();
        let message = say!("customers never see this picture", "клиент не увидит эту картинку");
        let help = say!(
            "replies are plain text: say in words what the picture shows, or leave it out",
            "ответы состоят из одного текста: расскажите словами, что на картинке, или уберите её",
        );
        let report = |place| Diagnostic::warning(RULE.code, place, message).with_help(help);
        findings.extend(links::once(document.file, &images, report));
    }
}
