use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::secrets;
use crate::source::{FileId, Place, SourceMap};

pub(super) const RULE: Rule = rule!("secret-literal", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for &file in &scene.bundle.files {
        let start = findings.len();
        look(scene.sources, file, findings);
        // What stands under `secrets` was told where references were looked up.
        let told = |it: &Diagnostic| it.code == RULE.code && it.file == file;
        let told: Vec<_> = scene.bundle.diagnostics.iter().filter(|it| told(it)).map(|it| &it.span).collect();
        let mut index = 0;
        findings.retain(|it| {
            index += 1;
            index <= start || !told.iter().any(|span| span.start <= it.span.start && it.span.end <= span.end)
        });
    }
}

/// Reports what looks like a secret in one file.
pub(super) fn look(sources: &SourceMap, file: FileId, findings: &mut Vec<Diagnostic>) {
    // Loading has looked already, and hidden what it found.
    if sources.file(file).hidden().is_empty() {
        return;
    }
    for span in secrets::literals(sources.text(file)) {
        let message = say!("this looks like a secret", "это похоже на секрет: ключ, токен или пароль");
        let help = say!(
            "take it back where it was issued, put the new one into an environment variable or a file, and \
             write `env:NAME` or `file:PATH` under `secrets` of client.yaml",
            "отзовите его там, где он выдан, новый положите в переменную окружения или в файл, а здесь \
             оставьте ссылку `env:ИМЯ` или `file:ПУТЬ` под `secrets` в client.yaml",
        );
        findings.push(Diagnostic::error(RULE.code, Place::new(file, span), message).with_help(help));
    }
}
