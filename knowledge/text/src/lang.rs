//! Which language a message is in.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::plain::told;
use crate::quick::Quick;
use crate::word::each_telling;

/// A language this crate tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Russian.
    Ru,
    /// Kazakh.
    Kk,
}

/// Common Kazakh words, also as typed without Kazakh letters. Words that Russian shares are absent.
const KAZAKH: &[&str] = &[
    "ма",
    "ме",
    "ба",
    "бе",
    "па",
    "пе",
    "бар",
    "жок",
    "жоқ",
    "бола",
    "болады",
    "болама",
    "керек",
    "қанша",
    "канша",
    "қай",
    "кай",
    "қалай",
    "калай",
    "қайда",
    "кайда",
    "қашан",
    "кашан",
    "салем",
    "рахмет",
    "рақмет",
    "маған",
    "маган",
    "сендер",
    "жумыс",
    "неше",
    "нешеде",
    "нешеге",
    "дейін",
    "дейин",
    "ертең",
    "ертен",
    "бугин",
    "бүгін",
    "және",
    "менің",
    "менин",
    "сіздер",
    "сиздер",
    "сиз",
    "бағасы",
    "багасы",
    "баға",
    "бага",
    "турады",
    "туралы",
    "жазылу",
    "жаз",
    "жазыңыз",
    "қойшы",
    "иә",
    "иа",
    "дұрыс",
    "дурыс",
    "кешіріңіз",
    "айтыңызшы",
    "айтып",
    "жібер",
    "беріңізші",
    "бересіз",
    "істейсіздер",
    "адам",
    "шебер",
    "мекенжай",
    "мекенжайы",
    "жұма",
    "сенбі",
    "жексенбі",
    "дүйсенбі",
    "сәрсенбі",
    "бейсенбі",
    "сейсенбі",
    "уақыт",
    "уакыт",
    "алады",
    "тұрады",
    "қалаймын",
    "калаймын",
    "келеді",
    "болмайды",
    "емес",
    "нешеден",
    "басталады",
    "кіреді",
    "кирери",
    "бере",
    "жауап",
    "ақылы",
    "акылы",
    "алу",
    "алуға",
    "сияқты",
    "ше",
    "гой",
    "ғой",
    "бос",
    "орын",
    "келсем",
    "барсам",
    "істеу",
    "жасау",
    "жасайсыздар",
    "жасайсыз",
    "кейін",
    "кейин",
    "осы",
    "бұл",
    "арқылы",
];

/// Common Russian words that Kazakh has not.
const RUSSIAN: &[&str] = &[
    "и",
    "в",
    "во",
    "на",
    "с",
    "у",
    "к",
    "по",
    "за",
    "из",
    "от",
    "до",
    "не",
    "что",
    "как",
    "где",
    "когда",
    "сколько",
    "скока",
    "скок",
    "можно",
    "есть",
    "ли",
    "вы",
    "вас",
    "вам",
    "мне",
    "меня",
    "я",
    "мы",
    "это",
    "а",
    "но",
    "или",
    "для",
    "хочу",
    "нужно",
    "стоит",
    "почем",
    "какой",
    "какая",
    "какие",
    "здравствуйте",
    "привет",
    "спасибо",
    "да",
    "нет",
    "завтра",
    "сегодня",
    "записать",
    "записаться",
    "запишите",
    "цена",
    "адрес",
    "работаете",
    "делаете",
    "пожалуйста",
    "добрый",
    "день",
];

/// Every common word with its language: a text of a thousand words is told with a thousand look-ups.
static COMMON: LazyLock<HashMap<&str, Lang, Quick>> = LazyLock::new(|| {
    let kazakh = KAZAKH.iter().map(|it| (*it, Lang::Kk));
    kazakh.chain(RUSSIAN.iter().map(|it| (*it, Lang::Ru))).collect()
});

/// The language of a text, or `None` where nothing tells (a number, a name, a word both share).
#[must_use]
pub fn tell(text: &str) -> Option<Lang> {
    let (mut kk, mut ru) = (0_i32, 0_i32);
    let common = &*COMMON;
    each_telling(text, |word, letters| {
        kk += if letters & told::KAZAKH != 0 { 3 } else { 0 };
        ru += i32::from(letters & told::RUSSIAN != 0);
        match common.get(word) {
            Some(Lang::Kk) => kk += 2,
            Some(Lang::Ru) => ru += 2,
            None => {}
        }
    });
    match (kk, ru) {
        (0, 0) => None,
        (kk, ru) if kk > ru => Some(Lang::Kk),
        (kk, ru) if ru > kk => Some(Lang::Ru),
        _ => Some(Lang::Kk),
    }
}

/// The language of a text; Russian where nothing tells.
#[must_use]
pub fn detect(text: &str) -> Lang {
    tell(text).unwrap_or(Lang::Ru)
}

#[cfg(test)]
mod tests {
    use super::{Lang, tell};

    #[test]
    fn tells_languages_apart() {
        assert_eq!(tell("Сколько стоит стрижка?"), Some(Lang::Ru));
        assert_eq!(tell("Маникюр қанша тұрады?"), Some(Lang::Kk));
        assert_eq!(tell("маникюр канша турады"), Some(Lang::Kk));
        assert_eq!(tell("Ертең сағат үште бос уақыт бар ма"), Some(Lang::Kk));
        assert_eq!(tell("маникюр"), None);
        assert_eq!(tell("87011234567"), None);
    }
}
