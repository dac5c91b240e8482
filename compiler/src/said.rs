//! Sentences in the languages of those who read them: operators and owners, who need not program
//! and need not know English.
//!
//! Both forms stand side by side where a finding is made, so that a change of one is seen beside
//! the other: `say!("the alias `{text}` is taken", "синоним `{text}` занят")`.

use serde::{Deserialize, Serialize};

/// A language that findings are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Lang {
    /// The language of a POSIX locale such as `ru_RU.UTF-8`; English for all that is not Russian.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ru") { Self::Ru } else { Self::En }
    }

    /// One of two texts.
    #[must_use]
    pub fn pick<T>(self, en: T, ru: T) -> T {
        match self {
            Self::En => en,
            Self::Ru => ru,
        }
    }
}

/// A sentence in every language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Said {
    en: String,
    ru: String,
}

impl Said {
    /// The same sentence twice.
    #[must_use]
    pub fn new(en: impl Into<String>, ru: impl Into<String>) -> Self {
        Self { en: en.into(), ru: ru.into() }
    }

    /// Several with something between.
    #[must_use]
    pub fn join(parts: &[Self], between: &str) -> Self {
        let joined = |lang| parts.iter().map(|it| it.in_lang(lang)).collect::<Vec<_>>().join(between);
        Self::new(joined(Lang::En), joined(Lang::Ru))
    }

    /// The sentence with both its texts changed.
    #[must_use]
    pub(crate) fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self { en: change(&self.en), ru: change(&self.ru) }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.ru)
    }
}

/// A sentence with the same values in both languages; values are named variables, as in `format!`.
/// Those that are said themselves, and so differ by language, are named again behind a semicolon:
/// `say!("the keys are {keys}", "ключи: {keys}"; keys)`.
macro_rules! say {
    ($en:literal, $ru:literal $(,)?) => {
        $crate::said::Said::new(format!($en), format!($ru))
    };
    ($en:literal, $ru:literal; $($part:ident),+ $(,)?) => {
        $crate::said::Said::new(
            {
                $(let $part = $part.in_lang($crate::said::Lang::En);)+
                format!($en)
            },
            {
                $(let $part = $part.in_lang($crate::said::Lang::Ru);)+
                format!($ru)
            },
        )
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_name_languages() {
        for russian in ["ru", "ru_RU.UTF-8", "ru_KZ", "RU@x", "ru-RU"] {
            assert_eq!(Lang::of_locale(russian), Lang::Ru, "{russian}");
        }
        for other in ["", "C", "C.UTF-8", "en_US.UTF-8", "kk_KZ", "rus"] {
            assert_eq!(Lang::of_locale(other), Lang::En, "{other}");
        }
    }

    #[test]
    fn values_stand_in_both() {
        let name = "Стрижка";
        let said = say!("`{name}` is taken", "`{name}` занято");
        assert_eq!(said.in_lang(Lang::En), "`Стрижка` is taken");
        assert_eq!(said.in_lang(Lang::Ru), "`Стрижка` занято");
        let parts = [say!("one", "один"), say!("two", "два")];
        let all = Said::join(&parts, ", ");
        assert_eq!(say!("they are {all}", "это {all}"; all), Said::new("they are one, two", "это один, два"));
    }
}
