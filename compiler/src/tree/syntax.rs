//! Syntax errors of YAML in words for somebody who does not program.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::source::{FileId, Place};

/// A syntax error as a diagnostic at its place.
pub(super) fn diagnose(file: FileId, text: &str, error: &ScanError) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(0);
    let told = match error.kind() {
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => Some(colon(text, at)),
        kind => pairs(kind).or_else(|| layout(kind)).or_else(|| rest(kind)),
    };
    let (message, help) = told.unwrap_or_else(|| {
        let info = error.info();
        (say!("this is not YAML: {info}", "чтение файла как YAML остановилось здесь"), None)
    });
    let code = match error.kind() {
        ErrorKind::RecursionLimitExceeded => "yaml-too-deep",
        _ => "yaml-syntax",
    };
    let diagnostic = Diagnostic::error(code, Place::new(file, mark(text, at)), message);
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// The character at `at`; the last one of the text where the error is that the text ended.
fn mark(text: &str, at: usize) -> Range<usize> {
    let visible = text.trim_end().len();
    let mut start = text.floor_char_boundary(at);
    if start >= visible {
        start = text[..visible].char_indices().next_back().map_or(0, |(start, _)| start);
    }
    let end = text[start..].chars().next().map_or(start, |it| start + it.len_utf8());
    start..end
}

/// What happened, and what to do.
type Told = (Said, Option<Said>);

/// A colon where none can stand: three mistakes look alike to the parser.
fn colon(text: &str, at: usize) -> Told {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    let open = before.matches(['[', '{']).count() > before.matches([']', '}']).count();
    if line.contains(": ") {
        let message = say!(
            "a second `: ` on this line makes it ambiguous",
            "из-за второго `: ` в этой строке её нельзя понять однозначно",
        );
        let help = say!(
            "put the whole text in double quotes: \"…: …\"",
            "поставьте весь текст в двойные кавычки: \"…: …\"",
        );
        (message, Some(help))
    } else if open {
        (say!("a bracket above is still open here", "скобка выше всё ещё не закрыта"), Some(close_it()))
    } else {
        let message = say!(
            "a key cannot start here: what stands above it has a value already",
            "здесь не может начинаться ключ: у строки выше уже есть значение",
        );
        let help = say!(
            "align it with the keys above, or put a text over several lines in double quotes",
            "выровняйте его по ключам выше или поставьте текст из нескольких строк в двойные кавычки",
        );
        (message, Some(help))
    }
}

fn close_it() -> Said {
    say!("close it with ] or }}", "закройте её скобкой ] или }}")
}

/// Quotes and brackets.
fn pairs(kind: &ErrorKind) -> Option<Told> {
    Some(match kind {
        ErrorKind::UnclosedQuotedScalar => (
            say!("the quote that opens here is never closed", "кавычка, открытая здесь, нигде не закрыта"),
            Some(say!("close it with the same quote", "закройте её такой же кавычкой")),
        ),
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => (
            say!("text follows the closing quote", "после закрывающей кавычки идёт ещё текст"),
            Some(say!(
                "put the whole text in quotes and write inner quotes as \\\" (or use « »)",
                "поставьте в кавычки весь текст, а внутренние пишите как \\\" (или возьмите « »)",
            )),
        ),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => (
            say!("a bracket that opens here is never closed", "скобка, открытая здесь, нигде не закрыта"),
            Some(close_it()),
        ),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => (
            say!(
                "a comma or a closing bracket is missing before this",
                "перед этим не хватает запятой или закрывающей скобки",
            ),
            None,
        ),
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            (say!("this bracket closes nothing that is open", "эта скобка ничего не закрывает"), None)
        }
        ErrorKind::UnknownQuotedScalarEscape => (
            say!(
                "there is no such escape in double quotes",
                "такой записи с обратной косой чертой в двойных кавычках не бывает",
            ),
            Some(say!(
                "write a backslash as \\\\, or use single quotes",
                "пишите обратную косую черту дважды: \\\\, или возьмите одинарные кавычки",
            )),
        ),
        _ => return None,
    })
}

/// Where lines begin.
fn layout(kind: &ErrorKind) -> Option<Told> {
    Some(match kind {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => (
            say!("a tab stands where YAML wants spaces", "здесь стоит табуляция, а YAML нужны пробелы"),
            Some(say!("replace the tab by spaces", "замените табуляцию пробелами")),
        ),
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnexpectedEofBlockMapping => (
            say!(
                "this line does not belong to the lines around it",
                "эта строка не относится к строкам вокруг неё",
            ),
            Some(say!(
                "align it with its neighbours: the same number of spaces",
                "выровняйте её по соседним: столько же пробелов в начале",
            )),
        ),
        _ => return None,
    })
}

/// The rest of the errors people really make.
fn rest(kind: &ErrorKind) -> Option<Told> {
    Some(match kind {
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            say!(
                "a `key: value` is expected here, but the colon is missing",
                "здесь ожидается `ключ: значение`, но двоеточия нет",
            ),
            Some(say!(
                "write `key: value`, or a dash and a space for a list item",
                "напишите `ключ: значение`, а перед пунктом списка — дефис и пробел",
            )),
        ),
        ErrorKind::UnexpectedCharacter { .. } => (
            say!("a text cannot start with this character", "текст не может начинаться с этого знака"),
            Some(say!("put the text in double quotes", "поставьте текст в двойные кавычки")),
        ),
        ErrorKind::RecursionLimitExceeded => {
            (say!("this is nested too deeply", "здесь слишком много уровней вложенности"), None)
        }
        ErrorKind::DirectiveDisallowed => (
            say!(
                "YAML directives are not supported",
                "строки YAML, которые начинаются с %, не поддерживаются"
            ),
            None,
        ),
        ErrorKind::UnknownAnchor => {
            (say!("there is no anchor of this name above", "выше нет метки с таким именем"), None)
        }
        _ => return None,
    })
}
