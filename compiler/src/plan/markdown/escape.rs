//! Texts of tenants inside a comment: words, and nothing that GitHub would act on.

use crate::plan::words::{Piece, flat};

/// A text on one line in which nothing opens a tag, ends a cell, makes a link or calls a person.
///
/// GitHub looks for mentions, issues and addresses in the rendered text, where an entity is the
/// character itself again; so these are parted by a space of no width.
pub(super) fn escape(text: &str) -> String {
    let text = flat(text);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // Between letters it opens nothing, and keys are full of it.
            '_' if safe.ends_with(char::is_alphanumeric)
                && rest.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                safe.push('_');
            }
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '$' | '!' => {
                safe.push_str(&format!("&#{};", u32::from(it)));
            }
            '@' | '#' => {
                safe.push(it);
                safe.push_str(NOTHING);
            }
            // `http://…` and `mailto:…`.
            ':' if rest.peek() == Some(&'/') || ["mailto", "xmpp"].iter().any(|it| ends_with(&safe, it)) => {
                safe.push(':');
                safe.push_str(NOTHING);
            }
            // `www.…`.
            '.' if ends_with(&safe, "www") => {
                safe.push_str(NOTHING);
                safe.push('.');
            }
            // `GH-26`.
            '-' if ends_with(&safe, "gh") => {
                safe.push('-');
                safe.push_str(NOTHING);
            }
            it => safe.push(it),
        }
    }
    safe
}

fn ends_with(text: &str, word: &str) -> bool {
    let start = text.len().saturating_sub(word.len());
    text.get(start..).is_some_and(|it| it.eq_ignore_ascii_case(word))
}

/// A space of no width.
const NOTHING: &str = "&#8203;";

/// A name or place, set apart.
pub(super) fn code(text: &str) -> String {
    let text = flat(text);
    if text.is_empty() {
        return String::new();
    }
    // Plain names read best in the raw text too; all others are escaped inside a tag.
    let is_plain = |it: char| {
        it.is_alphanumeric() || matches!(it, ' ' | '.' | '-' | '_' | '/' | ':' | '+' | '§' | '>' | ',')
    };
    match text.chars().all(is_plain) {
        true => format!("`{text}`"),
        false => format!("<code>{}</code>", escape(&text)),
    }
}

/// Pieces of a text, those that differ in bold.
pub(super) fn bold(pieces: &[Piece]) -> String {
    let shown = pieces.iter().map(|it| {
        let edge = |at: bool| if at { " " } else { "" };
        let (start, end) = (it.text.starts_with(' '), it.text.ends_with(' '));
        let text = escape(&it.text);
        let text = match it.differs && !text.is_empty() {
            true => format!("<b>{text}</b>"),
            false => text,
        };
        if text.is_empty() { " ".to_owned() } else { format!("{}{text}{}", edge(start), edge(end)) }
    });
    shown.collect::<String>().trim().to_owned()
}

/// A block of code that its text cannot end.
pub(super) fn fenced(diff: &str) -> String {
    let mut fence = "```".to_owned();
    while diff.contains(&fence) {
        fence.push('`');
    }
    let lines: Vec<String> = diff.lines().map(crate::plan::words::tame).collect();
    format!("{fence}diff\n{}\n{fence}", lines.join("\n").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_and_nothing_is_linked() {
        for hostile in [
            "@everyone",
            "see #123",
            "GH-26",
            "https://evil.example",
            "www.evil.example",
            "a@b.example",
            "[x](javascript:1)",
            "![x](y)",
            "<img src=x>",
            "a | b",
            "**b**",
            "`c`",
            "$x$",
            "mailto:a@b.example",
        ] {
            let safe = escape(hostile);
            assert!(!safe.contains(['<', '>', '|', '`', '*', '[', ']', '$', '\n']), "{safe}");
            for call in ["@e", " #1", "GH-2", "://", "www.", "@b", "mailto:a"] {
                assert!(!safe.contains(call), "{safe}");
            }
        }
    }

    #[test]
    fn a_fence_is_longer_than_any_in_its_text() {
        assert!(fenced("-```\n+````").starts_with("`````diff\n"));
    }
}
