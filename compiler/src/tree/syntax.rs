//! Syntax errors of YAML in words for somebody who does not program.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Place};

/// A syntax error as a diagnostic at its place.
pub(super) fn diagnose(file: FileId, text: &str, error: &ScanError) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(0);
    let (message, help) = match error.kind() {
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => colon(text, at),
        kind => explain(kind),
    };
    let message = message.map_or_else(|| format!("this is not YAML: {}", error.info()), str::to_owned);
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

/// A colon where none can stand: three mistakes look alike to the parser.
fn colon(text: &str, at: usize) -> (Option<&'static str>, Option<&'static str>) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    let open = before.matches(['[', '{']).count() > before.matches([']', '}']).count();
    if line.contains(": ") {
        (
            Some("a second `: ` on this line makes it ambiguous"),
            Some("put the whole text in double quotes: \"…: …\""),
        )
    } else if open {
        (Some("a bracket above is still open here"), Some("close it with ] or }"))
    } else {
        (
            Some("a key cannot start here: what stands above it has a value already"),
            Some("align it with the keys above, or put a text over several lines in double quotes"),
        )
    }
}

/// What happened and what to do, for the errors people really make.
fn explain(kind: &ErrorKind) -> (Option<&'static str>, Option<&'static str>) {
    match kind {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            (Some("a tab stands where YAML wants spaces"), Some("replace the tab by spaces"))
        }
        ErrorKind::UnclosedQuotedScalar => {
            (Some("the quote that opens here is never closed"), Some("close it with the same quote"))
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => (
            Some("text follows the closing quote"),
            Some("put the whole text in quotes and write inner quotes as \\\" (or use « »)"),
        ),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            (Some("a bracket that opens here is never closed"), Some("close it with ] or }"))
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            (Some("a comma or a closing bracket is missing before this"), None)
        }
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            (Some("this bracket closes nothing that is open"), None)
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnexpectedEofBlockMapping => (
            Some("this line does not belong to the lines around it"),
            Some("align it with its neighbours: the same number of spaces"),
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            Some("a `key: value` is expected here, but the colon is missing"),
            Some("write `key: value`, or a dash and a space for a list item"),
        ),
        ErrorKind::UnexpectedCharacter { .. } => {
            (Some("a text cannot start with this character"), Some("put the text in double quotes"))
        }
        ErrorKind::UnknownQuotedScalarEscape => (
            Some("there is no such escape in double quotes"),
            Some("write a backslash as \\\\, or use single quotes"),
        ),
        ErrorKind::RecursionLimitExceeded => (Some("this is nested too deeply"), None),
        ErrorKind::DirectiveDisallowed => (Some("YAML directives are not supported"), None),
        ErrorKind::UnknownAnchor => (Some("there is no anchor of this name above"), None),
        _ => (None, None),
    }
}
