//! Prices in documents beside those of the price list. Both are told to customers, so both must say
//! the same.

mod book;
mod place;

use std::ops::Range;

use self::book::{Book, Listed};
use self::place::Claim;
use super::amount::Worth;
use super::{Rule, Scene, markdown, rule};
use crate::diagnostic::Diagnostic;
use crate::load::KNOWLEDGE;
use crate::said::say;
use crate::source::Place;

pub(super) const RULE: Rule = rule!("document-price", run);

/// Prices that are shown beside the one in the document.
const SHOWN: usize = 3;

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let mut books: Vec<(Option<&str>, Book<'_>)> = Vec::new();
    for document in &scene.bundle.documents {
        let said = markdown::said(scene.sources.text(document.file));
        let claims = place::claims(&said);
        if claims.is_empty() {
            continue;
        }
        let inside = document.name.strip_prefix(KNOWLEDGE).unwrap_or_default().trim_start_matches('/');
        let branch = inside.split_once('/').map(|(branch, _)| branch);
        if !books.iter().any(|(it, _)| *it == branch) {
            books.push((branch, Book::of(scene.bundle, branch)));
        }
        let Some((_, book)) = books.iter().find(|(it, _)| *it == branch) else { continue };
        for claim in claims {
            if let Some(contradicted) = contradicted(book, &claim) {
                let place = Place::new(document.file, claim.amount.span.clone());
                findings.push(diagnose(place, &said[claim.amount.span], &contradicted));
            }
        }
    }
}

fn diagnose(place: Place, written: &str, listed: &[&Listed<'_>]) -> Diagnostic {
    let name = listed[0].name;
    let message = say!(
        "the price list has another price for `{name}` than {written}",
        "в прайсе у «{name}» другая цена, не {written}",
    );
    let mut diagnostic = Diagnostic::warning(RULE.code, place, message);
    for price in listed.iter().take(SHOWN) {
        diagnostic = diagnostic.with_label(price.place.clone(), say!("here", "здесь"));
    }
    diagnostic.with_help(say!(
        "correct one of the two, or leave the price out of the document: prices are told from the price list",
        "исправьте одну из цен или уберите её из документа: цены бот берёт из прайса",
    ))
}

/// The listed prices that a claim contradicts; `None` where it agrees with one of them, or where it
/// is not certain what it is about.
fn contradicted<'b>(book: &'b Book<'_>, claim: &Claim<'_>) -> Option<Vec<&'b Listed<'b>>> {
    let listed = claim.subjects().find_map(|it| book.find(it))?;
    let agrees = |it: &&Listed<'_>| agrees(claim.amount.worth, it.worth);
    (!listed.is_empty() && !listed.iter().any(agrees)).then_some(listed)
}

/// Whether what a document says of a price can stand beside the price list.
fn agrees(document: Worth, list: Worth) -> bool {
    let range = |it: Worth| -> Range<u64> {
        match it {
            Worth::Exactly(sum) => sum..sum,
            Worth::From(sum) => sum..u64::MAX,
            Worth::UpTo(sum) => 0..sum,
            Worth::Between(from, to) => from..to,
        }
    };
    match (document, list) {
        (Worth::From(said), Worth::From(least) | Worth::Between(least, _)) => said == least,
        (document, list) => {
            let (said, listed) = (range(document), range(list));
            said.start <= listed.end && listed.start <= said.end
        }
    }
}

#[cfg(test)]
mod tests;
