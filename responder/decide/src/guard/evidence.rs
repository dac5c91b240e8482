//! What a model was shown, and whether its draft says anything else.
//!
//! A draft is read sentence by sentence. Each has a line that speaks most of it; most of its telling
//! words must stand in what was shown, its numbers in a line about the same thing, and it may not deny
//! what that line affirms. The customer's own words support nothing: who asks «делаете ли вы X?» or
//! writes «скажи, что X стоит 1 ₸» has shown the model no fact.

use std::collections::BTreeSet;
use std::fmt;

use format::Lang;

use super::numbers::{links, numbers, spelled};
use crate::Mind;
use crate::quote::{plain, sentences};
use crate::understand::{Token, denies, read};

/// Sentences of a draft at most, and characters.
const SENTENCES: usize = 3;
const CHARACTERS: usize = 600;
/// Letters from which a word tells something.
const TELLING: usize = 3;
/// Words of other lengths are alike when so many first letters are.
const BEGINNING: usize = 5;
/// Share of a sentence's telling words that must have been shown.
const SHOWN: f32 = 0.7;
/// Beginnings of words that change what is told, so each must have been shown: what it costs, how long,
/// what is given on top.
const WEIGHTY: [&str; 24] = [
    "бесплатн",
    "тегін",
    "скидк",
    "жеңілдік",
    "гаранти",
    "кепілдік",
    "подар",
    "сыйлық",
    "минут",
    "час",
    "дня",
    "дней",
    "день",
    "недел",
    "месяц",
    "мес",
    "год",
    "лет",
    "сағат",
    "күн",
    "апта",
    "руб",
    "доллар",
    "евро",
];

/// Why a draft is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Objection {
    /// It is too long.
    Long,
    /// It is in another language.
    Language,
    /// It says a number, price or time that no line about the same thing says.
    Number,
    /// It says a link or an address that was not shown.
    Link,
    /// It names somebody or something that was not shown.
    Name,
    /// It names a service that was not shown.
    Service,
    /// It promises something that only people may promise.
    Promise,
    /// It affirms what was shown to be denied, or the reverse.
    Reversed,
    /// It says what was not shown.
    Strays,
}

impl Objection {
    /// A word for traces.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Long => "too long",
            Self::Language => "another language",
            Self::Number => "a number that was not shown",
            Self::Link => "a link that was not shown",
            Self::Name => "a name that was not shown",
            Self::Service => "a service that was not shown",
            Self::Promise => "a promise",
            Self::Reversed => "the reverse of what was shown",
            Self::Strays => "what was not shown",
        }
    }
}

/// As told to the model.
impl fmt::Display for Objection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Long => "it is longer than three sentences",
            Self::Promise => {
                "it promises a booking, a discount, a payment or a call, which only people may do"
            }
            Self::Language => "it is in another language than asked for",
            Self::Reversed => "it affirms what the passages deny or denies what they affirm",
            Self::Number => "it says a number that the passages do not say of this",
            Self::Link => "it says a link that is not in the passages",
            Self::Name => "it says a name that is not in the passages",
            Self::Service => "it names a service that is not in the passages",
            Self::Strays => "it says what the passages do not say; use their words",
        })
    }
}

/// A sentence shown, or written by a model.
#[derive(Debug)]
struct Line {
    tokens: Vec<Token>,
    numbers: Vec<String>,
    denies: bool,
}

impl Line {
    fn read(mind: &Mind, text: &str) -> Self {
        let tokens = read(mind.lexicon(), text);
        let denies = tokens.iter().any(|it| negates(&it.text));
        Self { tokens, numbers: numbers(text), denies }
    }

    fn telling(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|it| {
            !it.stop && !it.is_number_like() && !negates(&it.text) && it.text.chars().count() >= TELLING
        })
    }

    /// How many of these words this line holds.
    fn holds(&self, words: &[&Token]) -> usize {
        words.iter().filter(|word| self.tokens.iter().any(|it| alike(it, word))).count()
    }
}

/// Everything a model was shown.
#[derive(Debug)]
pub(crate) struct Evidence {
    lines: Vec<Line>,
    links: BTreeSet<String>,
    signs: BTreeSet<char>,
}

impl Evidence {
    /// Lines of facts and passages, each with the heading it stands under.
    pub(crate) fn of<'a>(mind: &Mind, shown: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut lines, mut seen, mut signs) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for (heading, text) in shown {
            seen.extend(links(text));
            signs.extend(text.chars().filter(|it| is_foreign_sign(*it)));
            let mut above = heading.to_owned();
            for line in text.lines() {
                let said = plain(line);
                if line.trim_start().starts_with('#') || said.ends_with('?') {
                    above = format!("{heading} {said}");
                } else {
                    // A question says nothing, but what it asks is what its answer speaks of.
                    lines.extend(sentences(&said).into_iter().map(|it| Line::beneath(mind, &above, it)));
                }
            }
        }
        Self { lines, links: seen, signs }
    }

    /// The first thing wrong with a draft that is to answer in `lang`.
    pub(crate) fn objection(&self, mind: &Mind, lang: Lang, draft: &str) -> Option<Objection> {
        let written = sentences(draft);
        if written.len() > SENTENCES || draft.chars().count() > CHARACTERS {
            return Some(Objection::Long);
        }
        if links(draft).iter().any(|it| !self.links.contains(it)) {
            return Some(Objection::Link);
        }
        if self.speaks_another_language(lang, draft) {
            return Some(Objection::Language);
        }
        let mut telling = 0;
        for sentence in written {
            let line = Line::read(mind, sentence);
            if sentence.chars().any(is_foreign_sign) && !self.signs(sentence) {
                return Some(Objection::Number);
            }
            if let Some(objection) = self.wrong_with(mind, sentence, &line) {
                return Some(objection);
            }
            telling += line.telling().count();
        }
        // «Да.» says yes to whatever was asked.
        (telling == 0).then_some(Objection::Strays)
    }

    fn wrong_with(&self, mind: &Mind, sentence: &str, line: &Line) -> Option<Objection> {
        if self.promises(mind, line) {
            return Some(Objection::Promise);
        }
        if self.misnumbers(mind, sentence, line) {
            return Some(Objection::Number);
        }
        if line.tokens.iter().skip(1).any(|it| is_name(sentence, it) && !self.says(it)) {
            return Some(Objection::Name);
        }
        let mut tokens = line.tokens.clone();
        let mentioned = mind.view(None).mentions.find(&mut tokens);
        if mentioned.iter().flat_map(|it| &it.tokens).any(|at| !self.says(&line.tokens[*at])) {
            return Some(Objection::Service);
        }
        let words: Vec<&Token> = line.telling().collect();
        let shown = words.iter().filter(|it| self.says(it)).count();
        if (shown as f32) < SHOWN * words.len() as f32 {
            return Some(Objection::Strays);
        }
        let most = self.lines.iter().map(|it| it.holds(&words)).max().unwrap_or(0);
        let closest = || self.lines.iter().filter(|it| most > 0 && it.holds(&words) == most);
        if closest().next().is_some() && closest().all(|it| it.denies != line.denies) {
            return Some(Objection::Reversed);
        }
        // A sentence may begin with somebody's name.
        let first =
            line.tokens.first().filter(|it| is_name(sentence, it) && it.text.chars().count() >= TELLING);
        let strange = |it: &Token| !self.says(it) && !mind.classes().knows(it);
        first.is_some_and(strange).then_some(Objection::Name)
    }

    /// Whether every sign of money and every share of a sentence was shown.
    fn signs(&self, sentence: &str) -> bool {
        sentence.chars().filter(|it| is_foreign_sign(*it)).all(|it| self.signs.contains(&it))
    }

    fn says(&self, word: &Token) -> bool {
        self.lines.iter().any(|line| line.tokens.iter().any(|it| alike(it, word)))
    }

    /// Whether a part of the sentence says a number that no line about the same thing says.
    fn misnumbers(&self, mind: &Mind, sentence: &str, line: &Line) -> bool {
        let weighty = |it: &Token| spelled(&it.text) || WEIGHTY.iter().any(|word| it.text.starts_with(word));
        if line.tokens.iter().any(|it| weighty(it) && !self.says(it)) {
            return true;
        }
        parts(sentence).into_iter().any(|part| {
            let part = Line::read(mind, part);
            let mut words: Vec<&Token> = part.telling().collect();
            if words.is_empty() {
                // «…, 7 000 ₸» belongs to what the sentence speaks of.
                words = line.telling().collect();
            }
            let most = self.lines.iter().map(|it| it.holds(&words)).max().unwrap_or(0);
            part.numbers.iter().any(|number| {
                let mut saying = self.lines.iter().filter(|it| it.numbers.contains(number));
                !saying.any(|it| it.holds(&words) == most)
            })
        })
    }

    /// Whether the sentence says something only people may promise, and was not shown it.
    fn promises(&self, mind: &Mind, line: &Line) -> bool {
        // Word for word: «записаны» is promised, «запись» is spoken of, «не записаны» is no promise.
        let stands = |line: &Line, word: &Token| {
            let mut places = (0..line.tokens.len()).filter(|at| line.tokens[*at].text == word.text);
            places.any(|at| at == 0 || line.tokens[at - 1].text != "не")
        };
        let says = |line: &Line, promise: &[Token]| promise.iter().all(|word| stands(line, word));
        mind.promises().iter().any(|promise| {
            says(line, promise) && !self.lines.iter().any(|it| !it.denies && says(it, promise))
        })
    }

    fn speaks_another_language(&self, lang: Lang, draft: &str) -> bool {
        let told = text::lang::tell(draft);
        let other = told.is_some_and(|it| (it == text::Lang::Kk) != (lang == Lang::Kk));
        let foreign = |word: &str| {
            let known = || self.lines.iter().any(|line| line.tokens.iter().any(|it| it.text == word));
            word.chars().any(|it| it.is_alphabetic() && !is_cyrillic(it)) && !known()
        };
        // Links are read already, and are in no language.
        let worded = draft.split_whitespace().filter(|it| links(it).is_empty());
        other || worded.flat_map(text::words).any(|it| foreign(&it.text))
    }
}

impl Line {
    fn beneath(mind: &Mind, above: &str, text: &str) -> Self {
        let mut line = Self::read(mind, text);
        // Numbers and denials are the sentence's own; its heading only says what it speaks of.
        line.tokens.extend(read(mind.lexicon(), above));
        line
    }
}

/// Parts of a sentence that each speak of a thing of their own. A comma inside a number is none.
fn parts(sentence: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for piece in sentence.split([';', '\n']) {
        let mut rest = piece;
        while let Some((before, after)) = rest.split_once(", ") {
            out.push(before);
            rest = after;
        }
        out.push(rest);
    }
    out
}

/// One word in two forms.
fn alike(one: &Token, other: &Token) -> bool {
    if one.text == other.text || one.stems.iter().any(|it| other.stems.contains(it)) {
        return true;
    }
    let mut shared = one.text.chars().zip(other.text.chars()).take_while(|(a, b)| a == b);
    let letters = |it: &Token| it.text.chars().count();
    letters(one) > BEGINNING && letters(other) > BEGINNING && shared.nth(BEGINNING - 1).is_some()
}

/// A word that begins with a capital inside a sentence.
fn is_name(sentence: &str, word: &Token) -> bool {
    let mut letters = sentence[word.start..].chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    let quoted = sentence[..word.start].ends_with(['«', '"', '“']);
    capital && !quoted && !word.stop
}

/// Words that turn a sentence round; «без проблем» does not.
fn negates(word: &str) -> bool {
    const WORDS: [&str; 5] = ["невозможно", "нету", "запрещено", "никак", "болмайды"];
    denies(word) && word != "без" || WORDS.contains(&word) || word.starts_with("отсутству")
}

/// Money but tenge, shares, and digits of other scripts, which no check of numbers reads.
fn is_foreign_sign(letter: char) -> bool {
    matches!(letter, '$' | '€' | '£' | '₽' | '%' | '‰') || letter.is_numeric() && !letter.is_ascii_digit()
}

fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{52f}')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sample::release;

    const SHOWN: &str = "Чиним электросамокаты любых марок.\n**Как долго?**\nРемонт занимает 3 дня, в сезон 5 дней.\nДетские коляски не чиним.\nМастер Аскар принимает заказы. Видео: https://a.kz/v";

    fn said(draft: &str) -> Option<Objection> {
        let mind = Mind::new(Arc::new(release()));
        Evidence::of(&mind, [("Ремонт", SHOWN)]).objection(&mind, Lang::Ru, draft)
    }

    #[test]
    fn what_was_shown_may_be_said() {
        for draft in [
            "Да, чиним электросамокаты любых марок.",
            "Ремонт занимает 3 дня.",
            "Детские коляски мы не чиним.",
            "Заказы принимает мастер Аскар, видео: https://a.kz/v",
            "В сезон ремонт занимает 5 дней.",
        ] {
            assert_eq!(said(draft), None, "{draft}");
        }
    }

    #[test]
    fn what_was_not_shown_may_not() {
        use Objection as It;
        for (draft, objection) in [
            ("Ремонт занимает 2 дня.", It::Number),
            ("Ремонт занимает два дня.", It::Number),
            ("Электросамокаты чиним 3 раза.", It::Number),
            ("Заказы принимает мастер Болат.", It::Name),
            ("Видео: https://b.kz/v", It::Link),
            ("Детские коляски чиним.", It::Reversed),
            ("Ремонт не занимает 3 дня.", It::Reversed),
            ("Чиним электросамокаты и настройка скоростей.", It::Service),
            ("Обещаем большое космическое путешествие.", It::Strays),
            ("Да.", It::Strays),
            ("Иә, электросамокаттарды жөндейміз.", It::Language),
            ("Yes, we repair scooters.", It::Language),
            ("当然可以。", It::Language),
            ("Ремонт. Ремонт. Ремонт. Ремонт.", It::Long),
            ("Записал вас, ремонт занимает 3 дня.", It::Promise),
            ("Записал вас, детские коляски чиним не раз.", It::Promise),
            ("Детские коляски чиним без проблем.", It::Strays),
            ("Детские коляски чиним без мастера.", It::Reversed),
            ("Электросамокаты любых марок чинить невозможно.", It::Reversed),
            ("Чиним электросамокаты любых марок бесплатно.", It::Number),
            ("В сезон ремонт занимает неделю.", It::Number),
            ("В сезон ремонт занимает 5 лет.", It::Number),
            ("Ремонт занимает ９ дней.", It::Number),
            ("Ремонт занимает 3 дня, 5 $.", It::Number),
            ("Болат, мастер, принимает заказы.", It::Name),
        ] {
            assert_eq!(said(draft), Some(objection), "{draft}");
        }
    }
}
