//! How texts are put into requests.

/// Texts in one request: what the smallest of the common servers takes (TEI's default).
pub(super) const BATCH: usize = 32;
/// Characters of a text that are embedded: beyond the size of any chunk, within every model's limit.
const LONGEST: usize = 8_000;

/// A text as it is sent: bounded, and never empty, which endpoints refuse.
pub(super) fn prepared(text: &str) -> String {
    let bounded = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let clean = bounded.replace('\0', " ");
    if clean.trim().is_empty() { "-".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, prepared};

    #[test]
    fn texts_are_bounded_and_never_empty() {
        assert_eq!(prepared("шаш"), "шаш");
        assert_eq!(prepared(&"я".repeat(LONGEST + 5)).chars().count(), LONGEST);
        assert_eq!(prepared("a\0b"), "a b");
        for empty in ["", "  \n", "\0"] {
            assert_eq!(prepared(empty), "-");
        }
    }
}
