//! Secrets that stand in a file by mistake are never shown: not as the line a diagnostic points at,
//! and not in the words of a diagnostic about something else.

mod literal;
mod redact;

use std::ops::Range;

pub(crate) use literal::literals;
pub(crate) use redact::redact;

/// Bytes of a file that are never shown.
pub(crate) fn hidden_in(text: &str, is_client: bool) -> Vec<Range<usize>> {
    let mut hidden = literals(text);
    if is_client {
        hidden.extend(hidden_values(text));
        hidden.sort_by_key(|it| it.start);
        hidden.dedup_by(|next, last| {
            let inside = next.start < last.end;
            last.end = if inside { last.end.max(next.end) } else { last.end };
            inside
        });
    }
    hidden
}

/// Bytes of a `client.yaml` that may be a secret: whatever follows a key that sounds like one, or
/// stands below `secrets:`, and is no reference. Needs no syntax, so it holds for broken files too.
fn hidden_values(text: &str) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut inside = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indented = line.starts_with([' ', '\t', '-', '}']);
        if !line.trim().is_empty() && !indented {
            inside = line.trim_start().trim_matches(['"', '\'']).starts_with("secrets");
        }
        if let Some(range) = value(line, inside && indented) {
            hidden.push(start + range.start..start + range.end);
        }
        start += line.len();
    }
    hidden
}

/// The part of a line that may be a secret.
fn value(line: &str, inside: bool) -> Option<Range<usize>> {
    let end = line.trim_end().len();
    let (from, key) = match line.find(':') {
        Some(colon) if !is_reference(line[..end].trim_start()) => (colon + 1, &line[..colon]),
        _ => (0, ""),
    };
    let key = key.to_lowercase();
    let sounds_secret = ["secret", "token", "password", "api_key"].iter().any(|it| key.contains(it));
    if !sounds_secret && !inside {
        return None;
    }
    let start = from + line[from..end].len() - line[from..end].trim_start().len();
    let value = &line[start..end];
    (!value.is_empty() && !value.starts_with('#') && !is_reference(value)).then_some(start..end)
}

fn is_reference(value: &str) -> bool {
    let value = value.trim_start_matches(['"', '\'']);
    let name = value.strip_prefix("env:").or_else(|| value.strip_prefix("file:"));
    // A second pair on the line (`{a: env:A, b: hidden}`) makes it suspicious again.
    name.is_some_and(|it| !it.contains([':', ',']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut shown = text.to_owned();
        for range in hidden_values(text).into_iter().rev() {
            shown.replace_range(range, "*");
        }
        shown
    }

    #[test]
    fn literals_are_hidden_and_references_are_not() {
        let text = "slug: abc\nsecrets:\n  webhook_secret: hunter2 # x\n  telegram_bot_token: env:BOT\n  \
                    chatflow_token: \"file:/run/x\"\n  odd: |\n    much\n      more\nsettings:\n  a: b\n";
        assert_eq!(
            shown(text),
            "slug: abc\nsecrets:\n  webhook_secret: *\n  telegram_bot_token: env:BOT\n  \
             chatflow_token: \"file:/run/x\"\n  odd: *\n    *\n      *\nsettings:\n  a: b\n"
        );
        assert_eq!(shown("secrets: {webhook_secret: hunter2}\n"), "secrets: *\n");
        assert_eq!(shown("secrets: {a_token: env:A, b_token: hunter2}"), "secrets: *");
        assert_eq!(shown("  webhook_secret: \"hunter2\nname: x\n"), "  webhook_secret: *\nname: x\n");
        assert_eq!(shown("\"secrets\":\n  - hunter2\n"), "\"secrets\":\n  *\n");
    }
}
