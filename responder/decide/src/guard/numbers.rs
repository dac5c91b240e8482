//! Numbers and links as people write them.

/// Numbers of a text; `12 000`, `12\u{a0}000` and `12000` are one, `9:00` is `9:00`.
pub(crate) fn numbers(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let mut number = String::new();
        while at < letters.len() {
            let it = letters[at];
            let digit_next = letters.get(at + 1).is_some_and(char::is_ascii_digit);
            if it.is_ascii_digit() {
                number.push(it);
            } else if matches!(it, ':' | '.' | ',') && digit_next {
                number.push(if it == ',' { '.' } else { it });
            } else if it.is_whitespace() && groups_thousands(&letters, at, &number) {
                // A space inside a number.
            } else {
                break;
            }
            at += 1;
        }
        let number = number.trim_end_matches([':', '.']).to_owned();
        // `09:00` and `9:00` are one time.
        let number = match number.strip_prefix('0') {
            Some(rest) if rest.contains(':') => rest.to_owned(),
            _ => number,
        };
        out.push(number);
    }
    out
}

/// Whether the space at `at` parts thousands: exactly three digits follow, at most three precede.
fn groups_thousands(letters: &[char], at: usize, number: &str) -> bool {
    let digits = letters[at + 1..].iter().take_while(|it| it.is_ascii_digit()).count();
    let plain = number.chars().all(|it| it.is_ascii_digit());
    digits == 3
        && plain
        && !number.is_empty()
        && (number.len() <= 3 || !number.len().is_multiple_of(3) || number.len() <= 6)
}

/// Links and addresses of a text, in small letters.
pub(crate) fn links(text: &str) -> Vec<String> {
    text.split(|it: char| it.is_whitespace() || matches!(it, '"' | '<' | '>' | '(' | ')' | ','))
        .filter(|it| it.contains("://") || it.starts_with("www.") || it.contains('@'))
        .map(|it| it.trim_end_matches(['.', '!', '?', ';']).to_lowercase())
        .collect()
}

/// Whether a word is a number in letters, Russian or Kazakh, of any case.
pub(crate) fn spelled(word: &str) -> bool {
    const BEGINNINGS: [&str; 23] = [
        "семьсот",
        "восемьсот",
        "девятьсот",
        "полчаса",
        "двадцат",
        "тридцат",
        "сорок",
        "пятьдесят",
        "шестьдесят",
        "семьдесят",
        "восемьдесят",
        "девяност",
        "двести",
        "триста",
        "четырест",
        "пятьсот",
        "шестьсот",
        "тысяч",
        "миллион",
        "полтор",
        "отыз",
        "қырық",
        "жиырма",
    ];
    const KAZAKH: [&str; 9] = ["бір", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз", "он", "екі"];
    const WORDS: [&str; 12] =
        ["сто", "ста", "жүз", "мың", "елу", "алпыс", "жетпіс", "сексен", "тоқсан", "оба", "обе", "дважды"];
    BEGINNINGS.iter().any(|it| word.starts_with(it))
        || word.contains("надцат")
        || KAZAKH.contains(&word)
        || WORDS.contains(&word)
        || crate::understand::is_numeral(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_do() {
        assert_eq!(numbers("от 12 000 ₸, с 09:00 до 21:00, 1,5 часа"), ["12000", "9:00", "21:00", "1.5"]);
        assert_eq!(numbers("2500\u{a0}₸"), ["2500"]);
        assert_eq!(numbers("10–15 минут"), ["10", "15"]);
    }
}
