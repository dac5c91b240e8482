//! Diagnostics about other things that would quote a secret.

use crate::diagnostic::Diagnostic;
use crate::said::Said;
use crate::source::SourceMap;

/// Shorter ones would also be found in words that are none.
const LEAST: usize = 8;
/// Quotes of a value are cut to so many characters; a secret's beginning is a secret too.
const BEGINNING: usize = 12;

/// Takes every text that is hidden in its file out of what diagnostics say.
pub(crate) fn redact(sources: &SourceMap, diagnostics: &mut [Diagnostic]) {
    let mut secrets: Vec<&str> = Vec::new();
    for (_, file) in sources.iter().filter(|(_, it)| !it.hidden().is_empty()) {
        let parts = file.hidden().iter().filter_map(|it| file.text().get(it.clone()));
        let lines = parts.flat_map(str::lines).map(|it| it.trim().trim_matches(['"', '\'', '{', '}']));
        secrets.extend(lines.filter(|it| it.len() >= LEAST));
    }
    if secrets.is_empty() {
        return;
    }
    // The longest first: one may stand inside another.
    secrets.sort_unstable_by_key(|it| (std::cmp::Reverse(it.len()), *it));
    secrets.dedup();
    for diagnostic in diagnostics {
        let quotes = |said: &Said| shows(&secrets, said);
        if quotes(&diagnostic.message) {
            diagnostic.message = without(&secrets, &diagnostic.message);
        }
        for label in diagnostic.labels.iter_mut().filter(|it| quotes(&it.message)) {
            label.message = without(&secrets, &label.message);
        }
        if let Some(help) = diagnostic.help.as_mut().filter(|it| quotes(it)) {
            *help = without(&secrets, help);
        }
        // A repair is printed as it would be written.
        let repair = |it: &crate::diagnostic::Fix| {
            quotes(&it.title) || it.edits.iter().any(|it| shows(&secrets, &Said::new(it.text.as_str(), "")))
        };
        if diagnostic.fix.as_ref().is_some_and(repair) {
            diagnostic.fix = None;
        }
    }
}

fn beginning(secret: &str) -> &str {
    secret.char_indices().nth(BEGINNING).map_or(secret, |(at, _)| &secret[..at])
}

fn shows(secrets: &[&str], said: &Said) -> bool {
    use crate::said::Lang;
    [Lang::En, Lang::Ru].into_iter().any(|lang| {
        let text = said.in_lang(lang);
        secrets.iter().any(|it| text.contains(beginning(it)))
    })
}

fn without(secrets: &[&str], said: &Said) -> Said {
    said.map(|text| {
        let mut text = text.to_owned();
        for secret in secrets {
            text = text.replace(secret, "***");
            // What is left of it was cut off in the middle.
            while let Some(at) = text.find(beginning(secret)) {
                let rest = &text[at..];
                let length = secret.char_indices().map(|(end, it)| end + it.len_utf8());
                let shown = length.filter(|it| rest.get(..*it) == secret.get(..*it)).max();
                text.replace_range(at..at + shown.unwrap_or(beginning(secret).len()), "***");
            }
        }
        text
    })
}
