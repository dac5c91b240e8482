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

/// Whether what follows a character is shown in another order.
pub(crate) fn turns(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character has no shape of its own, though it is no control character.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A character as it may be shown: one that would hide or move others is replaced. What joins the
/// parts of an emoji stays.
pub(crate) fn shown(character: char) -> char {
    match character {
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => character,
        it if it.is_control() || turns(it) || is_invisible(it) => char::REPLACEMENT_CHARACTER,
        it => it,
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
