//! Words as Markdown that reads back as the same words.

/// The words with every mark of Markdown escaped; lines stay lines.
pub(super) fn escaped(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(line).collect();
    lines.join("\n")
}

fn line(line: &str) -> String {
    let line = line.trim();
    let mut out = String::with_capacity(line.len() + 4);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    for (at, it) in line.char_indices() {
        let starts = at == 0 && matches!(it, '-' | '+' | '=' | ':');
        let numbers = at == digits && at > 0 && matches!(it, '.' | ')');
        if starts
            || numbers
            || matches!(it, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&')
        {
            out.push('\\');
        }
        out.push(it);
    }
    out
}
