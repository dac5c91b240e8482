//! Reads HTML as Telegram does, and refuses what Telegram refuses.

/// What a message shows, once its HTML is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The text without markup.
    pub text: String,
    /// Start tags, in order, with their attributes as written: `b`, `a href="…"`.
    pub tags: Vec<String>,
}

/// Tags that Telegram knows.
const TAGS: &[&str] = &[
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// UTF-16 units, by which Telegram counts.
#[must_use]
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Reads `html`.
///
/// # Errors
/// Telegram's words behind `Bad Request: can't parse entities: `.
pub fn read(html: &str) -> Result<Shown, String> {
    let mut shown = Shown { text: String::with_capacity(html.len()), tags: Vec::new() };
    let mut open: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(it) = html[at..].chars().next() {
        match it {
            '<' => at = tag(html, at, &mut open, &mut shown)?,
            '&' => {
                let (decoded, length) = entity(&html[at..]);
                shown.text.push(decoded);
                at += length;
            }
            other => {
                shown.text.push(other);
                at += other.len_utf8();
            }
        }
    }
    match open.last() {
        None => Ok(shown),
        Some(tag) => Err(format!("Can't find end tag corresponding to start tag \"{tag}\"")),
    }
}

/// Reads the tag at `at`; where the text goes on.
fn tag<'a>(html: &'a str, at: usize, open: &mut Vec<&'a str>, shown: &mut Shown) -> Result<usize, String> {
    let rest = &html[at + 1..];
    let end = rest.find('>');
    if let Some(rest) = rest.strip_prefix('/') {
        let end = rest.find('>').ok_or_else(|| format!("Unclosed end tag at byte offset {at}"))?;
        let name = rest[..end].trim_end();
        return match open.pop() {
            None => Err(format!("Unexpected end tag at byte offset {at}")),
            Some(expected) if name.eq_ignore_ascii_case(expected) => Ok(at + 2 + end + 1),
            Some(expected) => Err(format!(
                "Unmatched end tag at byte offset {at}, expected \"</{expected}>\", found \"</{name}>\""
            )),
        };
    }
    let unclosed = || format!("Unclosed start tag at byte offset {at}");
    let end = end.ok_or_else(unclosed)?;
    let (name, attributes) = rest[..end].split_once(char::is_whitespace).unwrap_or((&rest[..end], ""));
    if !TAGS.iter().any(|it| it.eq_ignore_ascii_case(name)) {
        return Err(format!("Unsupported start tag \"{name}\" at byte offset {at}"));
    }
    if open.iter().any(|it| it.eq_ignore_ascii_case("blockquote")) && name.eq_ignore_ascii_case("blockquote")
    {
        return Err(format!("Nested blockquote at byte offset {at}"));
    }
    if !are_attributes(attributes) {
        return Err(format!("Expected attribute value at byte offset {at}"));
    }
    if name.eq_ignore_ascii_case("span") && !attributes.contains("tg-spoiler") {
        return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}"));
    }
    open.push(name);
    shown.tags.push(rest[..end].to_owned());
    Ok(at + 1 + end + 1)
}

/// `name="value"`, any number of them; values hold no quotation mark, `expandable` stands alone.
fn are_attributes(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let name = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '-').unwrap_or(rest.len());
        if name == 0 {
            return false;
        }
        rest = match rest[name..].strip_prefix("=\"") {
            None if rest[name..].is_empty() || rest[name..].starts_with(' ') => rest[name..].trim_start(),
            None => return false,
            Some(value) => match value.split_once('"') {
                None => return false,
                Some((_, after)) => after.trim_start(),
            },
        };
    }
    true
}

/// The character an entity stands for and its length; an unknown one is itself.
fn entity(text: &str) -> (char, usize) {
    for (name, it) in [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')] {
        if text.starts_with(name) {
            return (it, name.len());
        }
    }
    let number = text.strip_prefix("&#").and_then(|it| it.split_once(';'));
    let decoded = number.and_then(|(digits, _)| {
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        };
        Some((char::from_u32(code?)?, digits.len() + 3))
    });
    decoded.unwrap_or(('&', 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_read() {
        let shown =
            read("<b>a &lt; b</b> &amp;lt; & &nope; <a href=\"tg://user?id=4\">x</a> &#128077;").unwrap();
        assert_eq!(shown.text, "a < b &lt; & &nope; x 👍");
        assert_eq!(shown.tags, ["b", "a href=\"tg://user?id=4\""]);
        assert!(read("<blockquote expandable>x</blockquote><span class=\"tg-spoiler\">y</span>").is_ok());
    }

    #[test]
    fn bad_markup_is_refused() {
        for (html, words) in [
            ("a < b", "Unclosed start tag at byte offset 2"),
            ("<имя>", "Unsupported start tag \"имя\" at byte offset 0"),
            ("<script>x</script>", "Unsupported start tag"),
            ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
            ("x</b>", "Unexpected end tag at byte offset 1"),
            ("<b><i>x</b></i>", "Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\""),
            ("<a href=x\"y>z</a>", "Expected attribute value"),
            ("<a href=\"x>z</a>", "Expected attribute value"),
            ("<br/>", "Unsupported start tag"),
            ("<blockquote><blockquote>x</blockquote></blockquote>", "Nested blockquote"),
            ("<span>x</span>", "must have class"),
            ("</", "Unclosed end tag"),
        ] {
            let refused = read(html).unwrap_err();
            assert!(refused.starts_with(words) || refused.contains(words), "{html}: {refused}");
        }
    }
}
