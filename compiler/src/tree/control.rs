//! Characters that are no text.

/// The first character that no text file should hold.
pub(crate) fn control_character(text: &str) -> Option<(usize, char)> {
    // Looked for by bytes: every text of every bundle passes here, and almost none has any.
    let bytes = text.as_bytes();
    let ends = |at: usize, with: fn(&[u8]) -> bool| with(&bytes[at + 1..]);
    let is_at = |at: usize| match bytes[at] {
        b'\t' | b'\n' | b'\r' => false,
        0..=31 | 0x7f => true,
        0xc2 => ends(at, |it| matches!(it, [0x80..=0x84 | 0x86..=0x9f, ..])),
        0xef => ends(at, |it| matches!(it, [0xbf, 0xbe | 0xbf, ..])),
        _ => false,
    };
    let at = (0..bytes.len()).find(|&at| is_at(at))?;
    Some((at, text[at..].chars().next()?))
}

/// Whether a character is invisible and means nothing in a text.
pub(super) fn is_control(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_characters_agree() {
        let all = (0..0x1_1000).filter_map(char::from_u32);
        for character in all {
            let text = format!("« {character}»");
            let expected = is_control(character).then_some(("« ".len(), character));
            assert_eq!(control_character(&text), expected, "{:?}", character.escape_unicode().to_string());
        }
    }
}
