//! Words for people: what they may have meant, and lists.

use crate::said::{Said, say};

/// How alike two words must be for one to be offered in place of the other, 0–1.
const ALIKE: f64 = 0.82;

/// The most alike of `known`, if any is alike enough.
pub(crate) fn closest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let alike = |it: &str| {
        let it = it.to_lowercase();
        strsim::jaro_winkler(&word, &it).max(strsim::normalized_damerau_levenshtein(&word, &it))
    };
    known
        .map(|it| (alike(it), it))
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, it)| it)
}

/// `a`, `b` and `c`; long lists end with the number of the rest.
pub(crate) fn list<'w>(words: impl Iterator<Item = &'w str>) -> Said {
    const SHOWN: usize = 12;
    let all: Vec<String> = words.map(|it| format!("`{it}`")).collect();
    match all.as_slice() {
        [] => say!("", ""),
        [one] => say!("{one}", "{one}"),
        [most @ .., last] if all.len() <= SHOWN => {
            let most = most.join(", ");
            say!("{most} and {last}", "{most} и {last}")
        }
        all => {
            let (shown, rest) = (all[..SHOWN].join(", "), all.len() - SHOWN);
            say!("{shown} and {rest} more", "{shown} и ещё {rest}")
        }
    }
}

/// Offers what was probably meant.
pub(crate) fn did_you_mean(word: &str) -> Said {
    say!("did you mean `{word}`?", "может быть, `{word}`?")
}

/// The form of a Russian noun that goes with a number: один, два, пять.
pub(crate) fn plural(count: usize, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (count % 10, count % 100) {
        (1, rest) if rest != 11 => one,
        (2..=4, rest) if !(12..=14).contains(&rest) => few,
        _ => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::said::Lang;

    #[test]
    fn slips_are_recognised() {
        let known = ["price", "price_from", "note", "name"];
        assert_eq!(closest("prise", known.into_iter()), Some("price"));
        assert_eq!(closest("Price", known.into_iter()), Some("price"));
        assert_eq!(closest("батн", ["Хлеб", "Батон"].into_iter()), Some("Батон"));
        assert_eq!(closest("nmae", known.into_iter()), Some("name"));
        assert_eq!(closest("цена", known.into_iter()), None);
        assert_eq!(closest("colour", known.into_iter()), None);
    }

    #[test]
    fn russian_nouns_agree_with_numbers() {
        let forms = ["ошибка", "ошибки", "ошибок"];
        let all = [(1, 0), (2, 1), (5, 2), (11, 2), (12, 2), (21, 0), (104, 1), (111, 2), (0, 2)];
        for (count, form) in all {
            assert_eq!(plural(count, forms), forms[form], "{count}");
        }
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(["a", "b", "c"].into_iter()), Said::new("`a`, `b` and `c`", "`a`, `b` и `c`"));
        assert_eq!(list(["a"].into_iter()), Said::new("`a`", "`a`"));
        let long = list(["a"; 15].into_iter());
        let told = [Lang::En, Lang::Ru].map(|it| long.in_lang(it).rsplit_once("`a` ").unwrap().1);
        assert_eq!(told, ["and 3 more", "и ещё 3"]);
    }
}
