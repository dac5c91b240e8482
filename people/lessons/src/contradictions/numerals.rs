//! Numbers told in words.

use std::ops::Range;

use text::words;

/// Russian and Kazakh numerals, normalised: forms in which counts are told, with their values.
const NUMERALS: &[(u64, &str)] = &[
    (1, "одна один одну одной одного бір"),
    (2, "две два двух еки екі"),
    (3, "три трех үш уш"),
    (4, "четыре четырех төрт торт"),
    (5, "пять пяти бес"),
    (6, "шесть шести алты"),
    (7, "семь семи жеті жети"),
    (8, "восемь восьми сегіз сегиз"),
    (9, "девять девяти тоғыз тогыз"),
    (10, "десять десяти он"),
    (11, "одиннадцать одиннадцати"),
    (12, "двенадцать двенадцати"),
    (13, "тринадцать тринадцати"),
    (14, "четырнадцать четырнадцати"),
    (15, "пятнадцать пятнадцати"),
    (16, "шестнадцать шестнадцати"),
    (17, "семнадцать семнадцати"),
    (18, "восемнадцать восемнадцати"),
    (19, "девятнадцать девятнадцати"),
    (20, "двадцать двадцати жиырма"),
    (30, "тридцать тридцати отыз"),
    (40, "сорок сорока қырық кырык"),
    (50, "пятьдесят пятидесяти елу"),
    (60, "шестьдесят шестидесяти алпыс"),
    (70, "семьдесят семидесяти жетпіс"),
    (80, "восемьдесят восьмидесяти сексен"),
    (90, "девяносто тоқсан токсан"),
    (100, "сто ста жүз"),
    (200, "двести двухсот"),
    (300, "триста трехсот"),
    (400, "четыреста"),
    (500, "пятьсот пятисот"),
    (600, "шестьсот"),
    (700, "семьсот"),
    (800, "восемьсот"),
    (900, "девятьсот"),
];

/// Beginnings of what is counted: only in front of these are words read as numbers, since «он» is
/// also «he».
const COUNTED: [&str; 11] =
    ["тысяч", "мың", "мын", "тенге", "теңге", "тг", "процент", "пайыз", "минут", "час", "сағат"];
/// Beginnings of words for a thousand.
const THOUSAND: [&str; 3] = ["тысяч", "мың", "мын"];

/// The text with counted numerals as digits: «пять тысяч пятьсот» → «5500 тенге» where it is money.
pub(super) fn in_digits(text: &str) -> String {
    let words = words(text);
    let mut out = String::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while at < words.len() {
        let (below, end) = run(&words[at..]);
        let counted = words.get(at + end).filter(|_| end > 0);
        let Some(counted) = counted.filter(|it| COUNTED.iter().any(|mark| it.text.starts_with(mark))) else {
            at += end.max(1);
            continue;
        };
        let (mut value, mut last, mut unit) = (below, at + end - 1, "");
        if THOUSAND.iter().any(|it| counted.text.starts_with(it)) {
            let (rest, more) = run(&words[at + end + 1..]);
            value = below.saturating_mul(1000).saturating_add(rest);
            last = at + end + more;
            // Thousands are money unless something else is counted.
            let next = words.get(last + 1);
            unit = if next.is_some_and(|it| COUNTED.iter().any(|mark| it.text.starts_with(mark))) {
                ""
            } else {
                " ₸"
            };
        }
        let range: Range<usize> = words[at].start..words[last].end;
        out.push_str(&text[copied..range.start]);
        out.push_str(&value.to_string());
        out.push_str(unit);
        copied = range.end;
        at = last + 1;
    }
    out.push_str(&text[copied..]);
    out
}

/// The value of the numerals that begin here, and how many they are.
fn run(words: &[text::Word]) -> (u64, usize) {
    let values = words.iter().map_while(|it| {
        let is_it = |forms: &str| forms.split(' ').any(|form| form == it.text);
        NUMERALS.iter().find(|(_, forms)| is_it(forms)).map(|it| it.0)
    });
    values.fold((0, 0), |(sum, count), value| {
        // «екі жүз» is two hundred.
        let sum = if value == 100 && (2..10).contains(&sum) { sum * 100 } else { sum + value };
        (sum, count + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::in_digits;

    #[test]
    fn counted_numerals_are_numbers() {
        for (text, expected) in [
            ("стоит пять тысяч", "стоит 5000 ₸"),
            ("Пять тысяч пятьсот тенге, он знает", "5500 тенге, он знает"),
            ("бес мың теңге", "5000 теңге"),
            ("екі жүз елу теңге", "250 теңге"),
            ("двадцать пять процентов", "25 процентов"),
            ("сорок минут", "40 минут"),
            ("он пять раз был", "он пять раз был"),
            ("", ""),
        ] {
            assert_eq!(in_digits(text), expected);
        }
    }
}
