//! Answers whose numbers say something else than the facts.
//!
//! Rather once too often than never: what is found here only asks an owner to look.

mod amount;
mod book;
mod clock;
mod lasting;
mod numerals;
mod percent;

use format::{Facts, Release, Source};
use text::money::Worth;

use self::amount::amounts;
use self::book::Book;
use crate::sentence::sentences;
use crate::similar::{SIMILAR, likeness};
use crate::words::{OTHERWISE, PRICE, begins};

/// Least and most, both included.
type Range = (u64, u64);

/// A fact that an answer contradicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The fact in words: what it is about and its value.
    pub fact: String,
    /// The number of the answer; one told in words is in digits.
    pub said: String,
    /// Where the fact stands.
    pub source: Source,
}

/// Facts that hold at the branch and say another number than the answer about the same thing:
/// prices, durations, opening hours, discounts, and answers to the same question. What a sentence
/// does not name itself, the question names. An answer for all branches must not contradict any.
#[must_use]
pub fn contradictions(
    question: &str,
    answer: &str,
    release: &Release,
    branch: Option<&str>,
) -> Vec<Contradiction> {
    let answer = &numerals::in_digits(answer);
    let everywhere = release.branch_facts.values().filter(|_| branch.is_none());
    let mut found = Vec::new();
    for facts in std::iter::once(release.facts_at(branch)).chain(everywhere) {
        found.extend(against(question, answer, facts));
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|it: &Contradiction| seen.insert((it.fact.clone(), it.source.0.clone(), it.said.clone())));
    found
}

fn against(question: &str, answer: &str, facts: &Facts) -> Vec<Contradiction> {
    let book = Book::of(facts);
    let mut found = Vec::new();
    for range in sentences(answer) {
        let sentence = &answer[range];
        found.extend(prices(question, sentence, &book));
        found.extend(lasting::find(question, sentence, &book));
        found.extend(clock::find(question, sentence, facts));
        found.extend(percent::find(question, sentence, facts));
    }
    found.extend(same_question(question, answer, facts));
    found
}

/// Words begin like one of these anywhere in the text.
fn mentions(text: &str, list: &[&str]) -> bool {
    text::words(text).iter().any(|it| begins(list, &it.text))
}

fn prices(question: &str, sentence: &str, book: &Book<'_>) -> Vec<Contradiction> {
    let all = amounts(sentence, mentions(question, PRICE) || mentions(question, AMOUNT));
    let mut found = Vec::new();
    let mut from = 0;
    for (index, amount) in all.iter().enumerate() {
        let until = all.get(index + 1).map_or(sentence.len(), |it| it.span.start);
        let (before, after) = (&sentence[from..amount.span.start], &sentence[amount.span.end..until]);
        from = amount.span.end;
        if mentions(before, OTHERWISE) || before.trim_end().ends_with('+') {
            continue;
        }
        // Behind a sum stands what the next one is about, unless there is none.
        let after = if index + 1 == all.len() { after } else { "" };
        let listed = [before, after, sentence, question].into_iter().find_map(|it| book.prices(it));
        let Some(listed) = listed else { continue };
        if !listed.is_empty() && !listed.iter().any(|it| agrees(amount.worth, it.worth)) {
            let said = sentence[amount.span.clone()].trim().to_owned();
            found.extend(listed.iter().map(|it| Contradiction {
                fact: it.in_words(),
                said: said.clone(),
                source: it.source.clone(),
            }));
        }
    }
    found
}

/// Words of questions about numbers: where the question has one, the answer's bare number is a price.
const AMOUNT: &[&str] = &["сколько", "скока", "қанша", "канша"];

/// Whether what an answer says of a price can stand beside the price list.
fn agrees(said: Worth, listed: Worth) -> bool {
    match (said, listed) {
        (Worth::From(said), Worth::From(least) | Worth::Between(least, _)) => said == least,
        (said, listed) => {
            let ((from, to), (least, most)) = (said.range(), listed.range());
            from <= most && least <= to
        }
    }
}

/// Facts with a question of their own: the numbers of both answers are compared.
fn same_question(question: &str, answer: &str, facts: &Facts) -> Vec<Contradiction> {
    let figures = |text: &str| {
        let sums: Vec<Range> = amounts(text, false).into_iter().map(|it| it.worth.range()).collect();
        let times: Vec<Range> = lasting::lastings(text).into_iter().map(|it| it.minutes).collect();
        (sums, times)
    };
    let (sums, times) = figures(answer);
    let apart = |a: &[Range], b: &[Range]| {
        let meet = |a: &Range, b: &Range| a.0 <= b.1 && b.0 <= a.1;
        !a.is_empty() && !b.is_empty() && !a.iter().all(|it| b.iter().any(|other| meet(it, other)))
    };
    let same = |it: &&format::Answer| it.questions.iter().any(|it| likeness(question, it) >= SIMILAR);
    let mut found = Vec::new();
    for fact in facts.answers.iter().filter(same) {
        let (known_sums, known_times) = figures(&fact.text.ru);
        if apart(&sums, &known_sums) || apart(&times, &known_times) {
            let said = answer.chars().take(80).collect();
            found.push(Contradiction { fact: fact.text.ru.clone(), said, source: fact.source.clone() });
        }
    }
    found
}
