//! Messages and sentences that say nothing.

use text::{Word, words};

use crate::words::{
    ASKING, BARE, BESIDE_WAIT, BOOKED, EXPECTED, FILLER, LOOK, MONTHS, NUDGE, SOON, WAIT, WEEKDAYS, WHEN,
    begins, has,
};

/// A sentence that only waits is no longer than this, in words.
const WAITING_WORDS: usize = 9;
/// A greeting with a name is no longer than this, in words.
const NAMED_WORDS: usize = 5;
/// Digits of a phone without its country.
const PHONE: usize = 10;

fn normalized(text: &str) -> Vec<String> {
    words(text).into_iter().map(|it| it.text).collect()
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|it| it.is_ascii_digit())
}

fn has_letters(word: &str) -> bool {
    word.chars().any(char::is_alphabetic)
}

/// Whether there is nothing but courtesy, signs and emoji.
pub(crate) fn is_courtesy(text: &str) -> bool {
    normalized(text).iter().all(|it| has(FILLER, it) && !has(BARE, it))
}

/// Whether a sentence only greets or thanks somebody by name.
pub(crate) fn is_courtesy_by_name(sentence: &str) -> bool {
    let words = words(sentence);
    let is_courteous = |it: &Word| has(FILLER, &it.text) && !has(BARE, &it.text);
    let mut others = words.iter().filter(|it| !is_courteous(it));
    let (name, more) = (others.next(), others.next());
    let is_name = |it: &Word| sentence[it.start..].starts_with(char::is_uppercase);
    words.len() <= NAMED_WORDS
        && words.first().is_some_and(is_courteous)
        && more.is_none()
        && name.is_some_and(is_name)
}

/// Whether a person only says that he will look.
pub(crate) fn is_waiting(text: &str) -> bool {
    let words = normalized(text);
    if words.len() > WAITING_WORDS || words.iter().any(|it| is_number(it)) {
        return false;
    }
    let waits = words.iter().any(|it| begins(WAIT, it));
    let looks = words.iter().any(|it| begins(LOOK, it));
    let little =
        |it: &String| begins(WAIT, it) || begins(LOOK, it) || has(FILLER, it) || has(BESIDE_WAIT, it);
    waits && looks || (waits || looks) && words.iter().all(little)
}

/// Whether a customer only acknowledges, or asks whether anybody is there.
pub(crate) fn is_customer_filler(text: &str) -> bool {
    let words = normalized(text);
    let empty = |it: &String| {
        has(FILLER, it) || has(BARE, it) || has(NUDGE, it) || !has_letters(it) && !is_number(it)
    };
    words.iter().all(empty)
}

/// Whether nothing is left that could teach: no word with letters besides courtesy, yes and no.
pub(crate) fn says_nothing(text: &str) -> bool {
    !normalized(text).iter().any(|it| has_letters(it) && !has(FILLER, it) && !has(BARE, it))
}

/// Whether a question names nothing that can be looked up.
pub(crate) fn is_about_nothing(text: &str) -> bool {
    let topic = |it: &String| {
        it.chars().filter(|it| it.is_alphabetic()).count() >= 2
            && !has(FILLER, it)
            && !has(BARE, it)
            && !has(ASKING, it)
    };
    !normalized(text).iter().any(topic)
}

fn tells_a_day(word: &str) -> bool {
    begins(SOON, word) || begins(MONTHS, word) || WEEKDAYS.iter().any(|(_, names)| begins(names, word))
}

/// Whether a message has nothing but a day, a time or a number, or a name with a phone: what an intake
/// asks for.
pub(crate) fn is_booking_data(text: &str) -> bool {
    let words = normalized(text);
    let told = |it: &String| tells_a_day(it) || !has_letters(it);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let others = words.iter().filter(|it| has_letters(it) && !has(FILLER, it) && !has(BARE, it)).count();
    if digits >= PHONE && others <= 3 && !asks(text) {
        return true;
    }
    words.iter().any(told)
        && words.iter().all(|it| told(it) || has(WHEN, it) || has(FILLER, it) || has(BARE, it))
}

/// Whether a sentence tells one customer that a booking stands.
pub(crate) fn is_booking_told(sentence: &str) -> bool {
    let words = normalized(sentence);
    let day = words.iter().any(|it| tells_a_day(it));
    let hour = words.windows(2).any(|it| has("в на сағат сагат к", &it[0]) && is_number(&it[1]));
    let booked = words.iter().any(|it| begins(BOOKED, it));
    let expected = words.iter().any(|it| begins(EXPECTED, it));
    booked && (day || hour) || expected && (day && hour || words.iter().any(|it| begins(SOON, it)))
}

/// Whether a sentence asks.
pub(crate) fn asks(sentence: &str) -> bool {
    sentence.trim_end_matches([')', ' ', '!', '.']).ends_with('?')
}
