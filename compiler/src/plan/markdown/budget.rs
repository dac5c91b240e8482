//! A comment that fits: the least important detail goes first, and the reader is told.

/// GitHub takes 65,536 characters; what it adds by itself needs a margin.
pub(super) const BUDGET: usize = 60_000;
/// Kept for the sentence that says what was left out of a block.
const NOTE: usize = 80;

/// A part of the comment.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// Smaller is kept longer.
    pub(super) weight: u8,
    /// What stands before the rows.
    pub(super) head: String,
    /// Lines that can be left out from the end; each with its line break.
    pub(super) rows: Vec<String>,
    /// What stands after them.
    pub(super) tail: String,
    /// What a row is, in the plural.
    pub(super) noun: &'static str,
}

/// The text of the blocks in their order, within `budget` characters, and how many rows are not in it.
pub(super) fn fit(mut blocks: Vec<Block>, budget: usize) -> (String, usize) {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|index| blocks[*index].weight);
    let mut left = budget;
    let mut lost = 0;
    for index in order {
        let block = &mut blocks[index];
        let frame = length(&block.head) + length(&block.tail) + NOTE;
        let all: usize = block.rows.iter().map(|it| length(it)).sum();
        if frame + all <= left {
            left -= frame + all;
            continue;
        }
        let mut kept = 0;
        let mut used = frame;
        for row in &block.rows {
            if used + length(row) > left {
                break;
            }
            used += length(row);
            kept += 1;
        }
        let dropped = block.rows.len() - kept;
        lost += dropped.max(1);
        // A block without any of its rows only takes space from the others.
        if kept == 0 {
            *block = Block::default();
            continue;
        }
        left -= used;
        block.rows.truncate(kept);
        block.tail = format!("{}\nand {dropped} more {}\n", block.tail.trim_end_matches('\n'), block.noun);
    }
    let text = blocks.into_iter().flat_map(|it| {
        let Block { head, rows, tail, .. } = it;
        [head].into_iter().chain(rows).chain([tail])
    });
    (text.collect(), lost)
}

/// Characters as GitHub counts them at most: those beyond the basic plane are two.
pub(super) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(weight: u8, rows: usize) -> Block {
        Block {
            weight,
            head: format!("head {weight}\n"),
            rows: (0..rows).map(|it| format!("row {weight}.{it}\n")).collect(),
            tail: "tail\n".to_owned(),
            noun: "rows",
        }
    }

    #[test]
    fn the_least_important_rows_go_first() {
        let (text, lost) = fit(vec![block(2, 50), block(1, 20)], 500);
        assert!(
            text.contains("row 1.19") && text.contains("row 2.0") && !text.contains("row 2.49"),
            "{text}"
        );
        assert!(lost > 0 && text.contains(&format!("and {lost} more rows")), "{text}");
        assert!(length(&text) <= 500);
        assert!(text.find("head 2") < text.find("head 1"), "the order stays");
    }

    #[test]
    fn what_fits_is_whole() {
        let (text, lost) = fit(vec![block(1, 3)], 1000);
        assert_eq!((text.as_str(), lost), ("head 1\nrow 1.0\nrow 1.1\nrow 1.2\ntail\n", 0));
    }
}
