//! Yes and no.

use super::reading::Token;

/// A yes or a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Yes.
    Yes,
    /// No, also «no, later».
    No,
}

const YES: &[&str] = &[
    "да",
    "ага",
    "угу",
    "конечно",
    "давайте",
    "давай",
    "хорошо",
    "ок",
    "окей",
    "оки",
    "ладно",
    "подходит",
    "верно",
    "именно",
    "согласна",
    "согласен",
    "хочу",
    "можно",
    "буду",
    "пойдет",
    "годится",
    "иә",
    "иа",
    "ия",
    "жарайды",
    "әрине",
    "дұрыс",
    "болады",
    "келісемін",
    "қалаймын",
    "келеді",
    "yes",
    "ok",
];
const NO: &[&str] = &[
    "нет",
    "неа",
    "нельзя",
    "потом",
    "позже",
    "передумала",
    "передумал",
    "отмена",
    "отбой",
    "жоқ",
    "жок",
    "кейін",
    "no",
];
/// Words that «не» or «емес», «жоқ» turn into a no; beside nothing else they are one by themselves.
const DENIED: &[&str] = &[
    "надо",
    "нужно",
    "хочу",
    "буду",
    "стоит",
    "сейчас",
    "требуется",
    "подходит",
    "получится",
    "получается",
    "смогу",
    "могу",
    "хочется",
    "интересно",
    "актуально",
    "керек",
    "керегі",
    "қажет",
    "қажеті",
];
/// Words that neither affirm nor deny and may stand beside either.
const NEUTRAL: &[&str] = &[
    "спасибо",
    "благодарю",
    "рахмет",
    "рақмет",
    "пока",
    "уже",
    "слушайте",
    "хотя",
    "ой",
    "извините",
    "тогда",
    "лучше",
    "другой",
    "раз",
    "подумаю",
    "ойланып",
    "көремін",
    "өзім",
    "сама",
    "сам",
    "напишу",
    "жазамын",
    "пожалуйста",
];

/// Whether a message is nothing but a yes or a no. A no anywhere outweighs a yes: «нет, давайте
/// позже» and «не надо, хорошо» are no. A message that says anything else besides is neither.
pub(crate) fn yes_or_no(tokens: &[Token]) -> Option<Answer> {
    let (mut yes, mut no) = (false, false);
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].text.as_str();
        let next = tokens.get(at + 1).map(|it| it.text.as_str());
        if tokens[at].slot.is_some() {
            return None;
        }
        let denied = word == "не" && next.is_some_and(|it| DENIED.contains(&it));
        if denied || DENIED.contains(&word) && next.is_some_and(|it| matches!(it, "емес" | "жоқ" | "жок"))
        {
            no = true;
            at += 1;
        } else if NO.contains(&word) || word == "не" && tokens.len() == 1 {
            no = true;
        } else if YES.contains(&word) {
            yes = true;
        } else if !tokens[at].stop && !NEUTRAL.contains(&word) {
            return None;
        }
        at += 1;
    }
    match (yes, no) {
        (_, true) => Some(Answer::No),
        (true, false) => Some(Answer::Yes),
        (false, false) => None,
    }
}

/// Words and Kazakh endings that turn a sentence into its opposite.
pub(crate) fn denies(word: &str) -> bool {
    const WORDS: [&str; 9] = ["не", "нет", "нельзя", "ни", "никогда", "жоқ", "жок", "емес", "без"];
    const ENDINGS: [&str; 8] = ["майды", "мейді", "маймыз", "мейміз", "майсыз", "мейсіз", "маймын", "меймін"];
    const HARD: [&str; 8] = ["байды", "бейді", "пайды", "пейді", "баймыз", "бейміз", "паймыз", "пейміз"];
    const FIRST: [&str; 4] = ["баймын", "беймін", "паймын", "пеймін"];
    let letters = word.chars().count();
    let ends = |list: &[&str]| list.iter().any(|it| word.ends_with(it) && letters > it.chars().count());
    WORDS.contains(&word) || ends(&ENDINGS) || ends(&HARD) || ends(&FIRST)
}

/// Words that take something back, by themselves or after «не».
const DROPS: &[&str] = &[
    "передумала",
    "передумал",
    "отмена",
    "отмените",
    "отменяй",
    "отменяйте",
    "отменить",
    "отбой",
    "забудьте",
    "отмени",
];
const DROPPED: &[&str] = &["надо", "нужно", "нужен", "нужна", "нужны", "буду", "хочу", "стоит", "требуется"];

/// What is taken back, and who is not needed any more: said beside the words above.
const TAKEN: &[&str] = &[
    "записывать",
    "записываться",
    "запись",
    "заявка",
    "заявку",
    "звать",
    "никого",
    "ничего",
    "менеджер",
    "администратор",
    "человек",
    "оператор",
    "понял",
    "поняла",
    "разобралась",
    "разобрался",
    "жазбаңыз",
    "әкімші",
    "ойланайын",
    "ладно",
    "отпишусь",
];

/// Whether a message does nothing but take something back: «передумала», «отмена», «уже не нужно»,
/// «керек емес». One other word may follow («не надо, сделаю»), a thing may not («не нужно покрытие»).
pub(crate) fn takes_back(tokens: &[Token]) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |it| it.text.as_str());
    // «отмена не нужна» keeps what there is.
    let denied = |at: usize| at > 0 && word(at - 1) == "отмена";
    let needless = |at: usize| word(at) == "не" && DROPPED.contains(&word(at + 1)) && !denied(at);
    let kazakh = |at: usize| {
        matches!(word(at), "керек" | "қажет" | "керегі") && matches!(word(at + 1), "емес" | "жоқ" | "жок")
    };
    let drops = |at: usize| {
        DROPS.contains(&word(at)) && !(denied(at + 1) && word(at + 1) == "не") || needless(at) || kazakh(at)
    };
    let Some(first) = (0..tokens.len()).find(|at| drops(*at)) else { return false };
    let idle = |it: &Token| {
        let word = it.text.as_str();
        let listed =
            [YES, NO, DENIED, NEUTRAL, DROPS, DROPPED, TAKEN].iter().any(|list| list.contains(&word));
        it.stop || listed || matches!(word, "не" | "емес")
    };
    let others = tokens.iter().enumerate().filter(|(_, it)| !idle(it));
    let (before, behind) =
        others.fold(
            (0, 0),
            |(before, behind), (at, _)| {
                if at < first { (before + 1, behind) } else { (before, behind + 1) }
            },
        );
    let surely = tokens.iter().any(|it| DROPS.contains(&it.text.as_str()));
    let thing =
        !surely && needless(first) && tokens.get(first + 2).is_some_and(|it| !idle(it) && it.boundary == 0);
    let plain = tokens.iter().all(|it| it.slot.is_none() && !it.question);
    tokens.len() <= 9 && plain && !thing && before == 0 && behind <= 1
}

/// Whether a message begins with a yes, whatever follows.
pub(crate) fn begins_with_yes(tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|it| YES.contains(&it.text.as_str()))
}

/// Whether a word alone would be a yes or a no.
pub(super) fn is_answer(word: &str) -> bool {
    YES.contains(&word) || NO.contains(&word) || DENIED.contains(&word) || word == "не" || word == "емес"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::reading::{Lexicon, read};

    #[test]
    fn a_no_outweighs_a_yes_and_other_words_are_neither() {
        let heard = |text: &str| yes_or_no(&read(&Lexicon::default(), text));
        for yes in ["да", "да, конечно", "Ок!", "давайте", "иә, болады", "да хочу", "ладно, хорошо"]
        {
            assert_eq!(heard(yes), Some(Answer::Yes), "{yes}");
        }
        for no in [
            "нет",
            "нет, давайте позже",
            "не надо, хорошо",
            "жоқ",
            "не надо спасибо",
            "керек емес",
            "жоқ, рахмет",
            "пока не хочу",
        ] {
            assert_eq!(heard(no), Some(Answer::No), "{no}");
        }
        for taken in [
            "нет, передумал, не надо",
            "хотя нет не надо, передумала",
            "ладно, отбой, менеджер не нужен",
            "отмена",
            "жок керек емес, ойланайын",
            "передумала",
        ] {
            assert!(takes_back(&read(&Lexicon::default(), taken)), "{taken}");
        }
        for kept in [
            "а вам не нужно имя?",
            "мне не нужно покрытие",
            "не буду на машине, пешком приду",
            "если опоздаю, отмена будет",
            "отмена не нужна, приду",
            "верните деньги, не надо",
        ] {
            assert!(!takes_back(&read(&Lexicon::default(), kept)), "{kept}");
        }
        for neither in ["цена", "а почему не отвечаете", "не болит", "нет парковки", "можно картой", "", "🙂"]
        {
            assert_eq!(heard(neither), None, "{neither}");
        }
    }
}
