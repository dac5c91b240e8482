//! How long a burst of messages stays open for the next one.

use format::BurstWindow;

/// Milliseconds to wait after `text` before answering: short after what reads as complete, long
/// after a greeting or a fragment.
pub(crate) fn window_ms(window: &BurstWindow, text: &str) -> i64 {
    let millis = if is_complete(text) { window.short } else { window.long };
    i64::try_from(millis).unwrap_or(i64::MAX)
}

/// A sentence that ended, or four words and more.
fn is_complete(text: &str) -> bool {
    let words = text.split_whitespace().filter(|it| it.chars().any(char::is_alphanumeric)).count();
    let spoken = text.trim_end_matches(|it: char| !it.is_alphanumeric() && !"?.!…)".contains(it));
    words >= 4 || (words > 0 && spoken.trim_end_matches(')').ends_with(['?', '.', '!', '…']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_sentences_wait_shortly() {
        let window = BurstWindow { short: 700, long: 2500 };
        for text in
            ["Сколько стоит?", "Вы открыты! 🙂", "Хочу записаться.", "а сколько стоит ремонт", "Бар ма?)"]
        {
            assert_eq!(window_ms(&window, text), 700, "{text}");
        }
        for text in ["Здравствуйте", "а", "", "🙂", "?", "ремонт телефона"] {
            assert_eq!(window_ms(&window, text), 2500, "{text}");
        }
    }

    #[test]
    fn zero_is_off() {
        assert_eq!(window_ms(&BurstWindow { short: 0, long: 0 }, "а"), 0);
    }
}
