//! From the parser's events to nodes.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::btree_map;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};
use serde_json::Value;

use super::control::{control_character, is_control};
use super::keys::{duplicate_key, merge};
use super::{Entry, Kind, Node, Tree, Weight, scalar, syntax};
use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::source::{FileId, Place};
use crate::words::plural;

/// How large a file may become once its aliases are written out.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Values.
    pub nodes: usize,
    /// Bytes of all texts.
    pub bytes: usize,
    /// Collections inside collections.
    pub depth: usize,
}

/// After so many mistakes in one file nobody reads on.
const MOST: usize = 500;

/// Several times the largest file known, and below what hurts: a value costs about a kilobyte until it
/// is checked, and all of a bundle must fit into 64 MB.
impl Default for Budget {
    fn default() -> Self {
        Self { nodes: 60_000, bytes: 8 << 20, depth: 64 }
    }
}

/// What reading came to: a tree unless the syntax is broken, and what is wrong.
#[derive(Debug)]
pub struct Read {
    /// The tree; with duplicate keys the first one stands in it.
    pub tree: Option<Tree>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one YAML document.
#[must_use]
pub fn read(file: FileId, text: &str, budget: Budget) -> Read {
    let mut builder = Builder {
        file,
        text,
        budget,
        stack: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        diagnostics: Vec::new(),
    };
    let tree = match builder.refuse_control_characters().and_then(|()| builder.run()) {
        Ok(root) => Some(Tree::new(root)),
        Err(fatal) => {
            builder.diagnostics.push(*fatal);
            None
        }
    };
    Read { tree, diagnostics: builder.diagnostics }
}

type Fatal = Box<Diagnostic>;

struct Key {
    text: String,
    span: Range<usize>,
    plain: bool,
    merge: bool,
}

/// A collection that is still open.
struct Frame {
    span: Range<usize>,
    anchor: usize,
    weight: Weight,
    content: Content,
}

enum Content {
    List(Vec<Arc<Node>>),
    Map {
        entries: BTreeMap<String, Entry>,
        key: Option<Key>,
        merged: Vec<(Range<usize>, Arc<Node>)>,
        braces: bool,
    },
}

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    budget: Budget,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Arc<Node>>,
    root: Option<Arc<Node>>,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn error(&self, code: &'static str, span: Range<usize>, message: Said) -> Diagnostic {
        Diagnostic::error(code, Place::new(self.file, span), message)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        match self.diagnostics.len() + 1 {
            ..MOST => self.diagnostics.push(diagnostic),
            MOST => self.diagnostics.push(diagnostic.and_more()),
            _ => {}
        }
    }

    fn refuse_control_characters(&self) -> Result<(), Fatal> {
        let Some((at, character)) = control_character(self.text) else { return Ok(()) };
        let code = u32::from(character);
        let message = say!(
            "control character U+{code:04X} in the file",
            "в файле невидимый управляющий символ U+{code:04X}"
        );
        let help = say!(
            "delete it; it is invisible in most editors",
            "удалите его; в большинстве редакторов он не виден",
        );
        let diagnostic = self.error("control-character", at..at + character.len_utf8(), message);
        Err(Box::new(diagnostic.with_help(help)))
    }

    fn run(&mut self) -> Result<Arc<Node>, Fatal> {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            disallow_directives: true,
            flow_nesting_limit: self.budget.depth,
            block_nesting_limit: self.budget.depth,
        };
        let mut documents = 0;
        for next in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) =
                next.map_err(|error| Box::new(syntax::diagnose(self.file, self.text, &error)))?;
            let range = range(&span);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(self.second_document(range));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(&text, style, anchor, tag.as_deref(), range)?
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.untagged(tag.as_deref(), "seq", &range)?;
                    self.open(range, anchor, Content::List(Vec::new()))?;
                }
                Event::MappingStart(style, anchor, tag) => {
                    self.untagged(tag.as_deref(), "map", &range)?;
                    let braces = style == StructureStyle::Flow && self.text[range.start..].starts_with('{');
                    let content =
                        Content::Map { entries: BTreeMap::new(), key: None, merged: Vec::new(), braces };
                    self.open(range, anchor, content)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(range)?,
                Event::Alias(anchor) => self.alias(anchor, range)?,
                Event::UnresolvedAlias(name) => {
                    let message = say!("there is no anchor `&{name}` above", "выше нет метки `&{name}`");
                    let help = say!(
                        "write `&{name}` in front of what is to be repeated, higher up",
                        "напишите `&{name}` выше, перед тем, что нужно повторить",
                    );
                    return Err(Box::new(self.error("unknown-anchor", range, message).with_help(help)));
                }
                _ => {}
            }
        }
        let empty =
            self.root.as_ref().is_none_or(|it| matches!(&it.kind, Kind::Scalar { value: Value::Null, .. }));
        match self.root.take() {
            Some(root) if !empty => Ok(root),
            _ => {
                let message = say!("the file is empty", "файл пустой");
                let help = say!("write its keys or delete the file", "впишите в него ключи или удалите файл");
                Err(Box::new(self.error("empty-file", 0..0, message).with_help(help)))
            }
        }
    }

    fn untagged(&self, tag: Option<&Tag>, expected: &str, range: &Range<usize>) -> Result<(), Fatal> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema_tag(expected) => Err(self.refuse_tag(tag, range)),
            _ => Ok(()),
        }
    }

    fn refuse_tag(&self, tag: &Tag, range: &Range<usize>) -> Fatal {
        let tag = tag.original();
        let message = say!("the tag `{tag}` is not supported", "тег `{tag}` не поддерживается");
        let help = say!("remove it", "удалите его");
        Box::new(self.error("yaml-tag", range.clone(), message).with_help(help))
    }

    fn second_document(&self, range: Range<usize>) -> Fatal {
        let message = say!(
            "a second document starts here; one file holds one document",
            "здесь начинается второй документ, а в файле может быть только один",
        );
        let help = say!("move it to a file of its own", "перенесите его в отдельный файл");
        Box::new(self.error("yaml-documents", range, message).with_help(help))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: Range<usize>,
    ) -> Result<(), Fatal> {
        let range = trim(self.text, range);
        // Elsewhere there are no escapes, and the file as a whole holds no such character.
        let escaped = if style == ScalarStyle::DoubleQuoted { text } else { "" };
        if let Some(character) = escaped.chars().find(|&it| is_control(it)) {
            let code = u32::from(character);
            let message = say!(
                "the text holds the control character U+{code:04X}",
                "в тексте невидимый управляющий символ U+{code:04X}",
            );
            let help = say!("remove it from the text", "уберите его из текста");
            self.report(self.error("control-character", range.clone(), message).with_help(help));
        }
        let plain = style == ScalarStyle::Plain;
        if self.wants_key() {
            return self.key(text, plain, anchor, range);
        }
        let value = match tag {
            None if plain => self.resolve(text, &range),
            None => Value::String(text.to_owned()),
            Some(tag) if tag.is_yaml_core_schema_tag("str") || tag.original() == "!" => {
                Value::String(text.to_owned())
            }
            Some(tag) if tag.is_yaml_core_schema() => self.resolve(text, &range),
            Some(tag) => return Err(self.refuse_tag(tag, &range)),
        };
        let weight = Weight { nodes: 1, bytes: text.len(), height: 0 };
        let node = Arc::new(Node { span: range.clone(), kind: Kind::Scalar { value, plain }, weight });
        self.place(node, anchor, range)
    }

    fn resolve(&mut self, text: &str, range: &Range<usize>) -> Value {
        scalar::resolve(text).unwrap_or_else(|unfit| {
            let message = match unfit {
                scalar::Unfit::TooLarge => {
                    say!("this number does not fit into 64 bits", "это число не помещается в 64 бита")
                }
                scalar::Unfit::NotFinite => {
                    say!("this is not a finite number", "это не обычное число: с ним нельзя считать")
                }
            };
            let diagnostic = self.error("number-out-of-range", range.clone(), message);
            let help = say!("put it in quotes if it is a text", "если это текст, поставьте кавычки");
            self.report(diagnostic.with_help(help));
            Value::String(text.to_owned())
        })
    }

    fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { content: Content::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, text: &str, plain: bool, anchor: usize, range: Range<usize>) -> Result<(), Fatal> {
        if plain && range.is_empty() {
            let message = say!("a key is missing before this colon", "перед этим двоеточием нет ключа");
            return Err(Box::new(self.error("yaml-syntax", range, message)));
        }
        if anchor != 0 {
            let weight = Weight { nodes: 1, bytes: text.len(), height: 0 };
            let kind = Kind::Scalar { value: Value::String(text.to_owned()), plain };
            self.anchors.insert(anchor, Arc::new(Node { span: range.clone(), kind, weight }));
        }
        let merge = plain && text == "<<";
        if let Some(Frame { content: Content::Map { key, .. }, .. }) = self.stack.last_mut() {
            *key = Some(Key { text: text.to_owned(), span: range, plain, merge });
        }
        Ok(())
    }

    fn open(&mut self, span: Range<usize>, anchor: usize, content: Content) -> Result<(), Fatal> {
        if self.wants_key() {
            let message =
                say!("a list or a mapping cannot be a key", "список или группа ключей не может быть ключом");
            let help = say!("put the key in double quotes", "поставьте ключ в двойные кавычки");
            return Err(Box::new(self.error("yaml-syntax", span, message).with_help(help)));
        }
        if self.stack.len() >= self.budget.depth {
            return Err(self.too_deep(span));
        }
        let weight = Weight { nodes: 1, bytes: 0, height: 1 };
        self.stack.push(Frame { span, anchor, weight, content });
        Ok(())
    }

    fn too_deep(&self, span: Range<usize>) -> Fatal {
        let depth = self.budget.depth;
        let levels = plural(depth, ["уровня", "уровней", "уровней"]);
        let message =
            say!("this is nested more than {depth} levels deep", "вложенность больше {depth} {levels}");
        Box::new(self.error("yaml-too-deep", span, message))
    }

    fn close(&mut self, end: Range<usize>) -> Result<(), Fatal> {
        let Some(Frame { span, anchor, weight, content }) = self.stack.pop() else { return Ok(()) };
        let (kind, inner) = match content {
            Content::List(items) => {
                let inner = items.last().map(|it| it.span.end);
                (Kind::List(items), inner)
            }
            Content::Map { mut entries, merged, braces, .. } => {
                let inner = entries.values().map(|it| it.node.span.end.max(it.key.end)).max();
                for (_, source) in merged {
                    merge(&mut entries, &source);
                }
                (Kind::Map { entries, braces }, inner)
            }
        };
        // A block collection has no closing mark: it ends where its last value ends.
        let closed_by_bracket = self.text[..end.end].ends_with([']', '}']) && !end.is_empty();
        let end = if closed_by_bracket { end.end } else { inner.unwrap_or(span.end).max(span.end) };
        let span = trim(self.text, span.start..end.max(span.start));
        let node = Arc::new(Node { span: span.clone(), kind, weight });
        self.place(node, anchor, span)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Fatal> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            let message = say!(
                "this alias stands inside the very thing it names",
                "этот повтор стоит внутри того, что он повторяет",
            );
            return Err(Box::new(self.error("unknown-anchor", range, message)));
        };
        if self.wants_key() {
            return match &node.kind {
                Kind::Scalar { value: Value::String(text), plain } => {
                    let (text, plain) = (text.clone(), *plain);
                    self.key(&text, plain, 0, range)
                }
                _ => {
                    let message = say!("only a text can be a key", "ключом может быть только текст");
                    Err(Box::new(self.error("yaml-syntax", range, message)))
                }
            };
        }
        if self.stack.len() + node.weight.height > self.budget.depth {
            return Err(self.too_deep(range));
        }
        self.place(node, 0, range)
    }

    /// Puts a finished node where it belongs; `at` is where it is used, which for an alias is not
    /// where it was written.
    fn place(&mut self, node: Arc<Node>, anchor: usize, at: Range<usize>) -> Result<(), Fatal> {
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.weight.nodes = frame.weight.nodes.saturating_add(node.weight.nodes);
        frame.weight.bytes = frame.weight.bytes.saturating_add(node.weight.bytes);
        frame.weight.height = frame.weight.height.max(node.weight.height + 1);
        if frame.weight.nodes > self.budget.nodes || frame.weight.bytes > self.budget.bytes {
            let message = say!(
                "the file becomes too large when its aliases are written out",
                "файл становится слишком большим, если раскрыть все повторы",
            );
            return Err(Box::new(self.error("yaml-too-large", at, message)));
        }
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key, merged, .. } => {
                let Some(Key { text, span, plain, merge }) = key.take() else { return Ok(()) };
                if merge {
                    merged.push((at, node));
                    return self.check_merge();
                }
                frame.weight.bytes = frame.weight.bytes.saturating_add(text.len());
                match entries.entry(text) {
                    btree_map::Entry::Vacant(vacant) => {
                        vacant.insert(Entry { key: span, plain, node });
                    }
                    btree_map::Entry::Occupied(first) => {
                        let diagnostic = duplicate_key(self.file, first.key(), span, first.get().key.clone());
                        self.report(diagnostic);
                    }
                }
            }
        }
        Ok(())
    }

    /// Only mappings, or a list of them, can be merged.
    fn check_merge(&self) -> Result<(), Fatal> {
        let Some(Frame { content: Content::Map { merged, .. }, .. }) = self.stack.last() else {
            return Ok(());
        };
        let Some((at, node)) = merged.last() else { return Ok(()) };
        let fits = match &node.kind {
            Kind::Map { .. } => true,
            Kind::List(items) => items.iter().all(|it| matches!(it.kind, Kind::Map { .. })),
            Kind::Scalar { .. } => false,
        };
        if fits {
            return Ok(());
        }
        let message = say!(
            "`<<` merges a mapping or a list of mappings",
            "`<<` подставляет группу ключей или список таких групп",
        );
        Err(Box::new(self.error("yaml-syntax", at.clone(), message)))
    }
}

fn range(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

/// The range without blanks and line breaks at its end.
fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let length = text.get(range.clone()).map_or(0, |it| it.trim_end().len());
    range.start..range.start + length
}
