//! The blocks below one heading → texts of chunks.

use super::blocks::{Block, Kind};
use super::{MAX_CHARS, MIN_CHARS, WHOLE_CHARS, length, sentence};

/// Texts with their first lines. `level` is that of the heading above, 0 without one.
pub(super) fn pack(blocks: &[Block], level: u8) -> Vec<(String, u32)> {
    let units = units(blocks, level);
    let apart = level >= 3 || blocks.iter().any(|it| it.kind == Kind::Lead);
    let mut out = Vec::new();
    for unit in units {
        unit.cut(&mut out);
    }
    if !apart {
        join_remainder(&mut out);
    }
    out
}

/// A last text too short to stand alone goes to the one before.
fn join_remainder(texts: &mut Vec<(String, u32)>) {
    if let [.., (before, _), (last, _)] = texts.as_mut_slice()
        && length(last) < MIN_CHARS
        && length(before) + length(last) < MAX_CHARS
    {
        before.push('\n');
        before.push_str(last);
        texts.pop();
    }
}

/// Blocks that belong together.
struct Unit<'a> {
    blocks: Vec<&'a Block>,
    /// Their characters, with a line end after each.
    chars: usize,
    /// The author keeps them together, so only [`WHOLE_CHARS`] bounds them.
    whole: bool,
}

fn units(blocks: &[Block], level: u8) -> Vec<Unit<'_>> {
    let mut out: Vec<Unit<'_>> = Vec::new();
    let mut asked = false;
    for block in blocks {
        let lead = block.kind == Kind::Lead;
        asked |= lead;
        let join = match out.last() {
            None => false,
            Some(_) if lead => false,
            // The answer of the question above, or the block under a `###`.
            Some(last) if asked || level >= 3 => last.chars + length(&block.text) <= WHOLE_CHARS,
            Some(last) => last.takes(block),
        };
        match out.last_mut() {
            Some(last) if join => {
                last.whole |= block.kind != Kind::Paragraph;
                last.chars += length(&block.text) + 1;
                last.blocks.push(block);
            }
            _ => out.push(Unit {
                blocks: vec![block],
                chars: length(&block.text) + 1,
                whole: asked || level >= 3 || block.kind != Kind::Paragraph || asks(block),
            }),
        }
    }
    out
}

/// Whether a block is a question alone, so that the next one answers it.
fn asks(block: &Block) -> bool {
    block.kind == Kind::Paragraph && block.text.ends_with('?') && length(&block.text) < MIN_CHARS
}

impl Unit<'_> {
    /// Whether a further block of a plain section joins this unit.
    fn takes(&self, block: &Block) -> bool {
        let together = self.chars + length(&block.text);
        if self.blocks.last().is_some_and(|it| asks(it)) {
            return together <= WHOLE_CHARS;
        }
        if asks(block) {
            // The answer comes below; a question at the end of another passage would lose it.
            return false;
        }
        let introduced = self.blocks.last().is_some_and(|it| it.text.ends_with(':'));
        if block.kind != Kind::Paragraph {
            // A list or table stays with the sentence that introduces it.
            return (introduced || self.chars < MIN_CHARS) && together <= WHOLE_CHARS;
        }
        self.chars < MIN_CHARS && together <= MAX_CHARS
    }

    fn cut(&self, out: &mut Vec<(String, u32)>) {
        let Some(first) = self.blocks.first() else { return };
        let bound = if self.whole { WHOLE_CHARS } else { MAX_CHARS };
        if self.chars <= bound + 1 {
            let texts: Vec<&str> = self.blocks.iter().map(|it| it.text.as_str()).collect();
            out.push((texts.join("\n"), first.line));
            return;
        }
        for block in &self.blocks {
            let pieces = match block.kind {
                Kind::Paragraph | Kind::Lead => sentence::split(&block.text),
                Kind::Lines => by_lines(&block.text, None),
                Kind::Table => by_lines(&block.text, block.text.lines().next()),
            };
            out.extend(pieces.into_iter().map(|it| (it, block.line)));
        }
    }
}

/// Cuts a list or table between lines, repeating a table's header.
fn by_lines(text: &str, header: Option<&str>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    let lines = text.lines().flat_map(|line| {
        if length(line) > MAX_CHARS { sentence::split(line) } else { vec![line.to_owned()] }
    });
    for line in lines {
        if !current.is_empty() && length(&current) + length(&line) > MAX_CHARS {
            out.push(std::mem::take(&mut current));
            if let Some(header) = header.filter(|it| length(it) < MIN_CHARS) {
                current.push_str(header);
                current.push('\n');
            }
        }
        current.push_str(&line);
        current.push('\n');
    }
    out.push(current);
    out.into_iter().map(|it| it.trim_end().to_owned()).filter(|it| !it.is_empty()).collect()
}
