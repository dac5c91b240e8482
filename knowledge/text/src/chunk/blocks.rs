//! Markdown → a flat list of blocks in plain text, each with its line.

use super::faq;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// What a block is, as far as cutting is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Running text: may be packed and split.
    Paragraph,
    /// A paragraph that begins with a line in bold or marked as a question, with its answer here or
    /// below.
    Lead,
    /// A list, code or quote: lines belong together.
    Lines,
    /// A table: the first line is its header.
    Table,
}

/// A heading or a block below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// 1–6 for a heading.
    pub(super) heading: Option<u8>,
    /// What it is.
    pub(super) kind: Kind,
    /// Its text, never empty except for headings.
    pub(super) text: String,
    /// Its first line in the document, from 1.
    pub(super) line: u32,
}

/// Reads a document.
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let body = markdown.strip_prefix('\u{feff}').unwrap_or(markdown);
    // NUL is no text, and a lone CR is a line end of old editors that the parser does not know.
    let body = body.replace("\r\n", "\n").replace('\r', "\n").replace('\0', " ");
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader::default();
    let (mut line, mut counted) = (1, 0);
    let ends = |text: &str| text.bytes().filter(|it| *it == b'\n').count();
    for (event, range) in Parser::new_ext(&body, options).into_offset_iter() {
        if reader.depth == 0 && range.start >= counted {
            line += ends(&body[counted..range.start]);
            counted = range.start;
            let last = line + ends(body[range].trim_end());
            reader.last_line = u32::try_from(last).unwrap_or(u32::MAX);
        }
        reader.read(event, u32::try_from(line).unwrap_or(u32::MAX));
    }
    reader.out
}

#[derive(Default)]
struct Reader {
    out: Vec<Block>,
    text: String,
    /// Open containers and leaves.
    depth: usize,
    kind: Option<Kind>,
    heading: Option<u8>,
    line: u32,
    /// Where the open block ends.
    last_line: u32,
    /// Next number of each open list, `None` for bullets.
    lists: Vec<Option<u64>>,
    /// Whether the text so far is one bold run from the start of a paragraph.
    bold: Bold,
    link: Vec<(String, usize)>,
    muted: bool,
    cells: usize,
}

#[derive(Default, PartialEq)]
enum Bold {
    #[default]
    No,
    Start,
    Inside,
    Closed,
    Lead,
}

impl Reader {
    fn read(&mut self, event: Event<'_>, line: u32) {
        match event {
            Event::Start(tag) => {
                if self.depth == 0 {
                    self.line = line;
                    self.begin(&tag);
                }
                self.depth += 1;
                self.open(tag);
            }
            Event::End(tag) => {
                self.depth -= 1;
                self.close(tag);
                if self.depth == 0 {
                    self.finish();
                }
            }
            Event::Text(text) if !self.muted => self.push(&text),
            Event::Code(text) => self.push(&text),
            Event::SoftBreak | Event::HardBreak => self.newline(),
            Event::InlineHtml(html)
                if html.trim_start_matches('<').to_ascii_lowercase().starts_with("br") =>
            {
                self.newline()
            }
            Event::Html(html) => {
                let shown = without_tags(&html);
                self.push(&shown);
            }
            _ => {}
        }
    }

    fn begin(&mut self, tag: &Tag<'_>) {
        self.text.clear();
        self.bold = Bold::No;
        self.heading = None;
        self.kind = Some(match tag {
            Tag::Heading { level, .. } => {
                self.heading = Some(level_number(*level));
                Kind::Paragraph
            }
            Tag::Paragraph => {
                self.bold = Bold::Start;
                Kind::Paragraph
            }
            Tag::Table(_) => Kind::Table,
            Tag::MetadataBlock(_) => {
                self.muted = true;
                Kind::Paragraph
            }
            _ => Kind::Lines,
        });
    }

    fn open(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(start) => self.lists.push(start),
            Tag::Item => {
                self.line_start();
                self.text.push_str(&"  ".repeat(self.lists.len().saturating_sub(1)));
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        self.text.push_str(&format!("{number}. "));
                        *number += 1;
                    }
                    _ => self.text.push_str("- "),
                }
            }
            Tag::TableHead | Tag::TableRow => {
                self.line_start();
                self.cells = 0;
            }
            Tag::TableCell => {
                if self.cells > 0 {
                    self.text.push_str(" | ");
                }
                self.cells += 1;
            }
            Tag::Strong if self.bold == Bold::Start => self.bold = Bold::Inside,
            Tag::Link { dest_url, .. } => self.link.push((dest_url.into_string(), self.text.len())),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => self.line_start(),
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Paragraph if self.depth > 0 => self.newline(),
            TagEnd::Strong if self.bold == Bold::Inside => self.bold = Bold::Closed,
            TagEnd::Link => {
                if let Some((url, start)) = self.link.pop()
                    && !self.text[start..].contains(url.trim_start_matches("mailto:"))
                    && !url.is_empty()
                {
                    self.text.push_str(&format!(" ({url})"));
                }
            }
            TagEnd::MetadataBlock(_) => self.muted = false,
            _ => {}
        }
    }

    fn finish(&mut self) {
        let text = tidy(&self.text);
        let lead = matches!(self.bold, Bold::Closed | Bold::Lead);
        let Some(kind) = self.kind.take() else { return };
        if self.heading.is_some() {
            self.out.push(Block { heading: self.heading, kind, text, line: self.line });
        } else if kind == Kind::Paragraph {
            self.paragraph(&text, lead);
        } else if !text.is_empty() {
            self.out.push(Block { heading: None, kind, text, line: self.line });
        }
    }

    /// A paragraph, cut before every line that is marked as a question (`Вопрос: …`).
    fn paragraph(&mut self, text: &str, lead: bool) {
        let mut line = self.line;
        for (at, part) in faq::pairs(text).into_iter().enumerate() {
            let kind = if at == 0 && lead || faq::is_question(part) { Kind::Lead } else { Kind::Paragraph };
            if !part.is_empty() {
                let line = line.min(self.last_line);
                self.out.push(Block { heading: None, kind, text: part.to_owned(), line });
            }
            line += u32::try_from(part.lines().count()).unwrap_or(u32::MAX);
        }
    }

    fn push(&mut self, text: &str) {
        if matches!(self.bold, Bold::Start | Bold::Closed) && !text.trim().is_empty() {
            self.bold = Bold::No;
        }
        self.text.push_str(text);
    }

    fn newline(&mut self) {
        if self.bold == Bold::Closed {
            self.bold = Bold::Lead;
        }
        self.text.push('\n');
    }

    fn line_start(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    level as u8
}

/// Drops `<…>` and what stands in comments.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let close = if rest.starts_with("<!--") { "-->" } else { ">" };
        rest = rest.find(close).map_or("", |end| &rest[end + close.len()..]);
    }
    out.push_str(rest);
    out
}

/// Trims line ends and drops empty lines.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).filter(|it| !it.is_empty());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
