//! Characters that are no text.

/// The first character that no text file should hold.
pub(crate) fn control_character(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|&(_, it)| is_control(it))
}

/// Whether a character is invisible and means nothing in a text.
pub(super) fn is_control(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        other => other.is_control(),
    }
}
