//! Telegram's HTML, written so that nothing a customer typed can become markup or push anything out.

use std::fmt::Write as _;

/// Longest text of a message, UTF-16 units after entities are parsed.
pub const LONGEST_TEXT: usize = 4096;
/// Longest caption of a file, counted likewise.
pub const LONGEST_CAPTION: usize = 1024;
/// Longest answer to a pressed button, counted likewise.
pub const LONGEST_TOAST: usize = 200;

/// Length as Telegram counts it.
#[must_use]
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Characters that show nothing but turn the direction of what follows, or hide in a line.
fn is_bidi_control(it: char) -> bool {
    matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Code points that are never characters.
fn is_nothing(it: char) -> bool {
    matches!(it, '\u{fdd0}'..='\u{fdef}') || u32::from(it) & 0xfffe == 0xfffe
}

/// `text` without control characters and turned writing; line ends stay, as `\n`.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push(' '),
            it if it.is_control() || is_bidi_control(it) || is_nothing(it) => {}
            it => out.push(it),
        }
    }
    out
}

/// `text` on one line: cleaned, with every run of white space as one space, none at the ends.
#[must_use]
pub fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of `text` within `most` units; what is cut ends with `…`, and never with half of an
/// emoji that was joined from several.
#[must_use]
pub fn clip(text: &str, most: usize) -> String {
    if units(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let mut kept = String::new();
    let mut rest = text.chars();
    for it in rest.by_ref() {
        if it.len_utf16() > left {
            // What joins to its left neighbour takes that one with it.
            if joins(it) {
                drop_joined(&mut kept);
            }
            break;
        }
        left -= it.len_utf16();
        kept.push(it);
    }
    while kept.ends_with('\u{200d}') {
        drop_joined(&mut kept);
    }
    // Two letters make a flag.
    let letters = kept.chars().rev().take_while(|it| matches!(it, '\u{1f1e6}'..='\u{1f1ff}')).count();
    if letters % 2 == 1 {
        kept.pop();
    }
    kept.truncate(kept.trim_end().len());
    if most > 0 {
        kept.push('…');
    }
    kept
}

/// Belongs to the character before it: joiner, variation selector, skin tone, combining mark, tag.
fn joins(it: char) -> bool {
    matches!(it, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{300}'..='\u{36f}'
        | '\u{20d0}'..='\u{20ff}' | '\u{e0020}'..='\u{e007f}')
}

fn drop_joined(kept: &mut String) {
    while let Some(it) = kept.pop() {
        if !joins(it) {
            break;
        }
    }
}

/// `text` with `<`, `>`, `&` and quotation marks as entities.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for it in text.chars() {
        match it {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            it => out.push(it),
        }
    }
    out
}

/// What [`escape`] and bold make of a text, for WhatsApp: its own signs for bold, nothing else.
#[must_use]
pub fn for_whatsapp(html: &str) -> String {
    let bold = html.replace("<b>", "*").replace("</b>", "*");
    bold.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// A message under way. Everything given to it is plain text: it cleans, cuts and escapes by itself,
/// so a tag or an entity is whole or absent.
#[derive(Debug)]
pub(crate) struct Page {
    html: String,
    used: usize,
    most: usize,
}

impl Page {
    /// An empty message of at most `most` units.
    pub(crate) fn new(most: usize) -> Self {
        Self { html: String::new(), used: 0, most }
    }

    /// Units that are left.
    pub(crate) fn room(&self) -> usize {
        self.most - self.used
    }

    /// Units that are taken.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Plain text, cut to `most` units.
    pub(crate) fn part(&mut self, text: &str, most: usize) -> &mut Self {
        self.text(&clip(text, most))
    }

    /// An empty line, unless nothing stands before it.
    pub(crate) fn gap(&mut self) -> &mut Self {
        self.line().line()
    }

    /// What stands on `other`, after an empty line, if there is room for all of it.
    pub(crate) fn append(&mut self, other: Self) {
        if other.used > 0 && other.used + 2 <= self.room() {
            self.gap();
            self.used += other.used;
            self.html.push_str(&other.html);
        }
    }

    /// Plain text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        let text = clip(&clean(text), self.room());
        self.used += units(&text);
        self.html.push_str(&escape(&text));
        self
    }

    /// Bold text.
    pub(crate) fn bold(&mut self, text: &str) -> &mut Self {
        self.wrapped("<b>", text, "</b>")
    }
    /// Somebody's words.
    pub(crate) fn quote(&mut self, text: &str) -> &mut Self {
        self.wrapped("<blockquote>", clean(text).trim_matches('\n'), "</blockquote>")
    }

    /// A link to a person, by numeric id: it notifies them also when they have no username.
    pub(crate) fn person(&mut self, name: &str, telegram_id: i64) -> &mut Self {
        self.wrapped(&format!("<a href=\"tg://user?id={telegram_id}\">"), name, "</a>")
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> &mut Self {
        if !self.html.is_empty() {
            self.text("\n");
        }
        self
    }

    fn wrapped(&mut self, open: &str, text: &str, close: &str) -> &mut Self {
        let text = clip(&clean(text), self.room());
        if !text.is_empty() {
            self.used += units(&text);
            write!(self.html, "{open}{}{close}", escape(&text)).expect("a String takes everything");
        }
        self
    }

    /// The HTML, without white space at its end.
    pub(crate) fn finish(mut self) -> String {
        self.html.truncate(self.html.trim_end().len());
        self.html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_telegrams() {
        assert_eq!(units("abя"), 3);
        assert_eq!(units("👍"), 2);
        assert_eq!(clip("привет", 6), "привет");
        assert_eq!(clip("привет", 5), "прив…");
        assert_eq!(clip("👍👍👍", 4), "👍…");
        assert_eq!(clip("абв", 0), "");
    }

    #[test]
    fn joined_emoji_are_cut_whole() {
        let family = "👨‍👩‍👧";
        assert_eq!(clip(&format!("да {family}{family}"), 7), "да…");
        assert_eq!(clip("👍🏽👍🏽👍🏽", 8), "👍🏽…");
        assert_eq!(clip("e\u{301}e\u{301}", 3), "e\u{301}…");
        assert_eq!(clip("🇰🇿🇰🇿", 7), "🇰🇿…");
    }

    #[test]
    fn nothing_becomes_markup() {
        let mut page = Page::new(100);
        page.bold("<b>&amp;</b>").line().quote("</blockquote><a href=\"x\">\u{202e}оп\0");
        let expected = "<b>&lt;b&gt;&amp;amp;&lt;/b&gt;</b>\n\
            <blockquote>&lt;/blockquote&gt;&lt;a href=&quot;x&quot;&gt;оп</blockquote>";
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn a_full_page_takes_no_more() {
        let mut page = Page::new(4);
        page.bold("абвгд").quote("ещё").text("и ещё");
        assert_eq!(page.finish(), "<b>абв…</b>");
    }
}
