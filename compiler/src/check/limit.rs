//! How many findings of one kind are told, and what is said of the others.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::source::SourceMap;

/// After so many findings of one rule in one tenant nobody reads on.
const MOST: usize = 200;

/// The same on one line: showing a line of a megabyte once for each takes minutes.
const MOST_ON_LINE: usize = 8;

/// The findings of one rule in one tenant, as many as somebody reads; the first of the others says
/// how many they are.
pub(super) fn limited(sources: &SourceMap, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if found.len() <= MOST_ON_LINE {
        return found;
    }
    let all = found.len();
    let mut on_line = BTreeMap::new();
    let mut told = Vec::new();
    for it in found {
        let line = (it.file, sources.file(it.file).line_of(it.span.start));
        let (count, untold) = on_line.entry(line).or_insert((0_usize, None));
        *count += 1;
        match count {
            ..=MOST_ON_LINE => told.push(it),
            _ => _ = untold.get_or_insert(it),
        }
    }
    let more =
        on_line.into_values().filter_map(|(count, untold)| untold.map(|it| (count - MOST_ON_LINE, it)));
    told.extend(more.map(|(more, first)| {
        rest(
            first,
            more,
            say!("{more} more of these on this line", "на этой строке есть ещё такие места: {more}",),
        )
    }));
    if told.len() > MOST {
        let more = all - MOST;
        let first = told.swap_remove(MOST);
        told.truncate(MOST);
        told.push(rest(
            first,
            more,
            say!("{more} more of these in this folder", "в этой папке есть ещё такие места: {more}",),
        ));
    }
    told
}

/// One that is told of stands for itself.
fn rest(first: Diagnostic, more: usize, message: Said) -> Diagnostic {
    if more == 1 {
        return first;
    }
    let help = say!(
        "mend those above first: the next check tells the others",
        "исправьте сначала те, что выше: остальные покажет следующая проверка",
    );
    let Diagnostic { code, severity, file, span, .. } = first;
    Diagnostic {
        code,
        severity,
        message,
        file,
        span,
        mark: None,
        labels: Vec::new(),
        help: Some(help),
        fix: None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::said::Lang;
    use crate::source::{Place, SourceFile};

    fn told(per_line: usize, lines: usize) -> Vec<String> {
        let mut sources = SourceMap::default();
        let text = format!("{}\n", "x".repeat(per_line)).repeat(lines);
        let starts: Vec<usize> = text.match_indices('x').map(|(at, _)| at).collect();
        let file = sources.add(SourceFile::new(PathBuf::from("a.md"), text));
        let finding = |at: usize| {
            Diagnostic::warning("secret-literal", Place::new(file, at..at + 1), say!("one", "один"))
        };
        let told = limited(&sources, starts.into_iter().map(finding).collect());
        told.iter().map(|it| it.message.in_lang(Lang::En).to_owned()).filter(|it| it != "one").collect()
    }

    #[test]
    fn what_is_not_told_is_counted() {
        assert_eq!(told(8, 25), Vec::<String>::new());
        assert_eq!(told(9, 1), Vec::<String>::new(), "the ninth stands for itself");
        assert_eq!(told(20, 1), ["12 more of these on this line"]);
        assert_eq!(told(1, 201), Vec::<String>::new());
        assert_eq!(told(20, 30), ["400 more of these in this folder"]);
        assert_eq!(told(2, 150), ["100 more of these in this folder"]);
    }
}
