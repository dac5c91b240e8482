//! Questions and answers marked with words: `Вопрос: …` and `Ответ: …`, `В:` and `О:`, `Q:` and `A:`,
//! `Сұрақ:` and `Жауап:`.

/// Words that mark a question.
const QUESTION: [&str; 3] = ["вопрос", "сұрақ", "question"];
/// Their first letters: a mark only before a question mark, since they also begin lists.
const QUESTION_LETTER: [&str; 4] = ["в", "с", "q", "b"];

/// Cuts a paragraph before every line that is marked as a question. The parts are not empty unless
/// the text is.
pub(super) fn pairs(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if at > start && is_question(line) {
            out.push(text[start..at].trim_end());
            start = at;
        }
        at += line.len();
    }
    out.push(&text[start..]);
    out
}

/// Whether a text begins with a mark of a question.
pub(super) fn is_question(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let Some((mark, asked)) = line.split_once([':', '：']) else { return false };
    // A mark is short; looking at more would cost time on long lines.
    if mark.len() > 40 {
        return false;
    }
    let numbered = |it: char| it.is_ascii_digit() || matches!(it, ' ' | '.' | ')' | '№' | '#');
    let mark = mark.trim_matches(numbered).to_lowercase();
    QUESTION.contains(&mark.as_str())
        || QUESTION_LETTER.contains(&mark.as_str()) && asked.trim_end().ends_with(['?', '？'])
}

#[cfg(test)]
mod tests {
    use super::{is_question, pairs};

    #[test]
    fn marks_of_questions() {
        for (text, expected) in [
            ("Вопрос: можно с собакой", true),
            ("ВОПРОС №3: можно?", true),
            ("1. Вопрос: можно?", true),
            ("Сұрақ: бола ма", true),
            ("Q: may I?", true),
            ("В: можно?", true),
            ("С: бола ма?", true),
            ("В: понедельник, среду", false),
            ("Ответ: да", false),
            ("Вопросы: пишите нам", false),
            ("Можно?", false),
            (":", false),
            ("", false),
        ] {
            assert_eq!(is_question(text), expected, "{text}");
        }
    }

    #[test]
    fn a_paragraph_is_cut_before_questions() {
        assert_eq!(pairs("В: а?\nО: б\nВ: в?\nО: г"), ["В: а?\nО: б", "В: в?\nО: г"]);
        assert_eq!(pairs("Прочтите.\nВопрос: а"), ["Прочтите.", "Вопрос: а"]);
        assert_eq!(pairs(""), [""]);
    }
}
