//! What customers call the points of a brand: names, aliases, and streets of their addresses.

use format::{Branch, Release, Value};

use super::reading::{Lexicon, Token, read};

/// The fact that holds where a place is.
const ADDRESS: &str = "salon.address.full";
/// Letters of the shortest name of a street, and of a telling word of a name.
const STREET: usize = 4;
const WORD: usize = 3;

/// The names of one branch, read once.
#[derive(Debug, Default)]
pub(crate) struct Place {
    names: Vec<Vec<Token>>,
    streets: Vec<Vec<Token>>,
}

impl Place {
    pub(crate) fn new(release: &Release, lexicon: &Lexicon, branch: &Branch) -> Self {
        let name = std::iter::once(branch.name.ru.as_str()).chain(branch.name.kk.as_deref());
        let names = name.chain(branch.aliases.iter().map(String::as_str));
        Self {
            names: names.filter_map(|it| telling(lexicon, it)).collect(),
            streets: streets(release, branch).into_iter().filter_map(|it| telling(lexicon, it)).collect(),
        }
    }

    /// Where a message says one of the names, each with its places; names before streets.
    pub(crate) fn said<'a>(&'a self, tokens: &'a [Token]) -> impl Iterator<Item = Vec<usize>> + 'a {
        self.names.iter().chain(&self.streets).filter_map(|it| places(it, tokens))
    }

    /// Whether it is named, and not only by a street of its address.
    pub(crate) fn is_named(&self, tokens: &[Token]) -> bool {
        self.names.iter().any(|it| places(it, tokens).is_some())
    }

    /// Whether a street of its address is said.
    pub(crate) fn is_by_street(&self, tokens: &[Token]) -> bool {
        self.streets.iter().any(|it| places(it, tokens).is_some())
    }
}

/// The telling words of a phrase; `None` where it has none.
fn telling(lexicon: &Lexicon, phrase: &str) -> Option<Vec<Token>> {
    let words: Vec<Token> = read(lexicon, phrase).into_iter().filter(|it| !it.stop).collect();
    words.iter().any(|it| it.text.chars().count() >= WORD).then_some(words)
}

/// Where a message says all words of a name.
fn places(name: &[Token], tokens: &[Token]) -> Option<Vec<usize>> {
    let place =
        |word: &Token| tokens.iter().position(|it| it.stems.iter().any(|stem| word.stems.contains(stem)));
    name.iter().map(place).collect()
}

/// Proper names of a branch's address that no other branch's address has.
fn streets<'r>(release: &'r Release, branch: &Branch) -> Vec<&'r str> {
    let address = |slug: &str| {
        let facts = release.branch_facts.get(slug).unwrap_or(&release.facts);
        match facts.texts.get(ADDRESS).map(|it| &it.value) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        }
    };
    let others = release.branches.iter().filter(|it| it.slug != branch.slug);
    let others: Vec<&str> = others.map(|it| address(&it.slug)).collect();
    let words = address(&branch.slug).split(|it: char| !it.is_alphabetic());
    let proper =
        |it: &&str| it.chars().count() >= STREET && it.chars().next().is_some_and(char::is_uppercase);
    words.filter(proper).filter(|it| !others.iter().any(|other| other.contains(it))).collect()
}
