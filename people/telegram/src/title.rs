//! The name, colour and icon of a customer's topic.

use crate::State;
use crate::html::{clip, one_line};
use crate::words;

/// Telegram's limit of a topic's name, UTF-16 units.
pub const LONGEST: usize = 128;

/// One of Telegram's icons for topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon {
    /// What it shows.
    pub emoji: String,
    /// What to name it by in calls.
    pub id: String,
}

/// The name of a topic: state, phone, name. `phone` is shown as it is given.
#[must_use]
pub fn title(state: State, phone: Option<&str>, name: Option<&str>) -> String {
    let mark = match state {
        State::Pending => "🔔",
        State::Active => "💬",
        State::Resolved => "✅",
        State::Returned => "🤖",
    };
    let phone = phone.map(one_line).filter(|it| !is_blank(it));
    let name = name.map(one_line).filter(|it| !is_blank(it));
    let who = match (phone, name) {
        (Some(phone), Some(name)) => format!("{} {name}", clip(&phone, 40)),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => words::CUSTOMER.to_owned(),
    };
    clip(&format!("{mark} {who}"), LONGEST)
}

/// Shows nothing at all.
fn is_blank(text: &str) -> bool {
    let unseen = |it: char| {
        it.is_whitespace()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}'
                | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}')
    };
    text.chars().all(unseen)
}

/// The colour of a topic's icon when it is made, RGB; Telegram knows six and never changes one later.
#[must_use]
pub fn colour(state: State) -> u32 {
    match state {
        State::Pending => 0x00FB_6F5F,
        State::Active => 0x00FF_D67E,
        State::Resolved => 0x008E_EE98,
        State::Returned => 0x006F_B9F0,
    }
}

/// The icon that tells the state, among those Telegram offers; `None` when none of them fits.
#[must_use]
pub fn icon(state: State, offered: &[Icon]) -> Option<&str> {
    let liked: &[&str] = match state {
        State::Pending => &["❗", "‼", "🔥", "❓"],
        State::Active => &["💬", "🗣", "✍", "📝"],
        State::Resolved => &["✅", "🏁", "🏆"],
        State::Returned => &["🤖", "🆒"],
    };
    let same = |icon: &&Icon, emoji: &str| icon.emoji.trim_end_matches('\u{fe0f}') == emoji;
    liked.iter().find_map(|emoji| offered.iter().find(|it| same(it, emoji))).map(|it| it.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::units;

    #[test]
    fn a_title_tells_state_phone_and_name() {
        assert_eq!(title(State::Pending, Some("+7 700 000 00 01"), Some("Аня")), "🔔 +7 700 000 00 01 Аня");
        assert_eq!(title(State::Active, None, Some("Аня\r\nи\tКо\u{202e}")), "💬 Аня и Ко");
        assert_eq!(title(State::Resolved, Some(" "), Some("\u{200b}\u{3164}")), "✅ Клиент");
    }

    #[test]
    fn a_title_is_never_too_long() {
        for long in ["я".repeat(500), "👨‍👩‍👧".repeat(80), "a\u{301}".repeat(200)] {
            let title = title(State::Returned, Some(&long), Some(&long));
            assert!(units(&title) <= LONGEST && title.ends_with('…'), "{title}");
        }
    }

    #[test]
    fn the_icon_is_one_of_those_offered() {
        let icon_of = |emoji: &str| Icon { emoji: emoji.to_owned(), id: format!("id of {emoji}") };
        let offered = [icon_of("📰"), icon_of("‼️"), icon_of("💬"), icon_of("✅")];
        assert_eq!(icon(State::Pending, &offered), Some("id of ‼️"));
        assert_eq!(icon(State::Resolved, &offered), Some("id of ✅"));
        assert_eq!(icon(State::Returned, &offered), None);
    }
}
