//! Sums of money in running text.

use std::ops::Range;

pub(super) use text::money::Worth;
use text::money::{currency, number, sign};

/// A sum in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) span: Range<usize>,
    pub(super) worth: Worth,
    /// In tenge; otherwise in other money.
    pub(super) tenge: bool,
}

/// The sums of a text, in order.
pub(super) fn amounts(text: &str) -> Vec<Amount> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, first, end)) = number(text, at) {
        at = end;
        let mut stop = end;
        let mut sum = None;
        let mut upper = None;
        if let Some(money) = currency(text, end) {
            (stop, sum) = (money.1, Some(money.0));
        }
        // `Набор 2 — 4 000 ₸` is no range.
        if let Some((second, after, tenge)) =
            rest_of_range(text, stop).filter(|it| it.0 <= first.saturating_mul(20))
        {
            (stop, sum, upper) = (after, Some(tenge), Some(second));
        } else if sum.is_none() {
            sum = sign(text, start);
        }
        let Some(tenge) = sum else { continue };
        at = stop;
        found.push(Amount {
            span: start..stop,
            worth: Worth::within(text, start..stop, first, upper),
            tenge,
        });
    }
    found
}

/// `– 5 000 ₸` or `до 5 000 ₸` behind the first number of a range.
fn rest_of_range(text: &str, at: usize) -> Option<(u64, usize, bool)> {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}']);
    let dash = ["–", "—", "-", "…", "до "].iter().find_map(|it| rest.strip_prefix(it))?;
    let from = text.len() - dash.len();
    let (start, value, end) = number(text, from)?;
    let between = text[from..start].trim_start_matches(['₸', '$', '€']);
    let (tenge, stop) = currency(text, end)?;
    between.trim().is_empty().then_some((value, stop, tenge))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Worth> {
        amounts(text).into_iter().map(|it| it.worth).collect()
    }

    #[test]
    fn sums_are_read_as_people_write_them() {
        use Worth::{Between, Exactly, From, UpTo};
        for (text, expected) in [
            ("стоит 5 000 ₸", vec![Exactly(5000)]),
            ("5000тг, 12.500 тенге и 1 200 000 KZT", vec![Exactly(5000), Exactly(12500), Exactly(1_200_000)]),
            ("от 3 000 ₸", vec![From(3000)]),
            ("3000 ₸-ден бастап", vec![From(3000)]),
            ("3000 теңгеден басталады", vec![From(3000)]),
            ("до 9 тыс. тенге", vec![UpTo(9000)]),
            ("4,5 тыс. тенге, 5к тг", vec![Exactly(4500), Exactly(5000)]),
            ("5 000 ₸-ге дейін", vec![UpTo(5000)]),
            ("15к, 3 тыс. раз", vec![]),
            ("3 000–5 000 ₸", vec![Between(3000, 5000)]),
            ("от 3 000 до 5 000 тг", vec![Between(3000, 5000)]),
            ("3 000 ₸ – 5 000 ₸", vec![Between(3000, 5000)]),
            ("₸ 4000", vec![Exactly(4000)]),
            ("$50", vec![Exactly(50)]),
            ("Ремонт 2 — 4 000 ₸", vec![Exactly(4000)]),
            ("15 минут, 10 лет, 3D, 2–3 недели", vec![]),
            ("+7 777 123 45 67", vec![]),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn places_hold_number_and_money() {
        let text = "Ключ — 1 500 ₸ за штуку";
        let found = amounts(text);
        assert_eq!(&text[found[0].span.clone()], "1 500 ₸");
        assert!(found[0].tenge && !amounts("50 $")[0].tenge);
    }
}
