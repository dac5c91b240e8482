//! Whatever people write: no panic, and the promises of the types hold.

use proptest::prelude::*;
use text::chunk::chunk;
use text::lexical::{
    Idf, SparseVector, confidence, coverage, encode_document, encode_passage, encode_query, explain, matched,
};

fn lawful(vector: &SparseVector) {
    assert_eq!(vector.indices().len(), vector.values().len());
    assert!(vector.indices().is_sorted_by(|a, b| a < b), "ids ascend and are unique");
    assert!(vector.values().iter().all(|it| it.is_finite() && *it > 0.0), "weights are finite");
}

/// Markdown of letters, marks and structure, and anything else.
fn markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[а-яёәғқңөұүһі ]{0,40}[.!?]? ?",
        "\\PC{0,12}",
        Just("\n\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n## ".to_owned()),
        Just("\n### Стрижка\n".to_owned()),
        Just("**Можно?**\n".to_owned()),
        Just("- ".to_owned()),
        Just("| а | б |\n|---|---|\n| 1 | 2 |\n".to_owned()),
        Just("\u{0}\u{feff}".to_owned()),
        Just("В: можно?\nО: да\n".to_owned()),
        Just("В: а?<br>В: б?&#10;В: в? ".to_owned()),
        Just("```\nкод ".to_owned()),
        Just("[ссылка](".to_owned()),
        Just("**жирно ".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn any_text_is_encoded_lawfully(text in markdown(), section in "\\PC{0,30}") {
        let vector = encode_passage(&section, &text);
        lawful(&vector);
        prop_assert_eq!(&vector, &encode_passage(&section, &text));
        let bytes = vector.to_bytes();
        let back = SparseVector::from_bytes(&bytes);
        prop_assert_eq!(back.as_ref(), Some(&vector));
        prop_assert_eq!(back.map(|it| it.to_bytes()), Some(bytes));
    }

    #[test]
    fn confidence_is_a_share(texts in prop::collection::vec(markdown(), 0..6), question in markdown()) {
        let documents: Vec<SparseVector> =
            texts.iter().chain([&question]).map(|it| encode_document(it)).collect();
        let idf = Idf::from_documents(&documents);
        let asked = encode_query(&question, &idf);
        lawful(&asked.vector);
        for document in documents.iter().chain([&SparseVector::default()]) {
            let share = coverage(&asked, document);
            prop_assert!((0.0..=1.0).contains(&share), "{}", share);
            let sure = confidence(&asked, document);
            prop_assert!((0.0..=1.0).contains(&sure), "{}", sure);
            prop_assert!(matched(&asked, document).len() <= asked.words.len());
            let explained = explain(&asked, document);
            prop_assert_eq!(explained.len(), asked.words.len());
            prop_assert!(explained.iter().all(|it| (0.0..=1.0).contains(&it.presence)));
        }
        if !asked.words.is_empty() {
            prop_assert!(coverage(&asked, &documents[texts.len()]) > 0.999);
        }
    }

    #[test]
    fn foreign_bytes_are_refused_or_lawful(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Some(vector) = SparseVector::from_bytes(&bytes) {
            prop_assert!(vector.indices().is_sorted_by(|a, b| a < b));
            prop_assert!(vector.values().iter().all(|it| it.is_finite()));
        }
    }

    #[test]
    fn any_document_is_cut_within_bounds(text in markdown()) {
        let chunks = chunk("doc.md", &text);
        prop_assert_eq!(&chunks, &chunk("doc.md", &text));
        let lines = u32::try_from(text.matches(['\n', '\r']).count()).unwrap() + 1;
        for (at, chunk) in chunks.iter().enumerate() {
            prop_assert_eq!(chunk.ordinal as usize, at);
            prop_assert!(!chunk.text.trim().is_empty() && chunk.text.chars().count() <= 2400);
            prop_assert!((1..=lines).contains(&chunk.line));
            prop_assert!(!chunk.section.is_empty());
        }
        prop_assert!(chunks.is_sorted_by_key(|it| it.line));
    }
}

/// Letters and digits, the part of a text that chunks must keep.
fn letters(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).collect()
}

/// Plain prose, where nothing is markup: paragraphs of sentences in many scripts.
fn prose() -> impl Strategy<Value = String> {
    let sentence = prop_oneof![
        "[а-яё]{1,12}( [а-яё]{1,12}){0,30}[.?!]",
        "[қғүұіөәңһ]{1,9}( [a-z]{1,9}){0,9}\\?",
        Just("Ёж hund 狗 кöпек σκύλος כלב كلب 개 เสือ 犬 शेर.".to_owned()),
        "[а-я]{900,1000}",
    ];
    let paragraph = prop::collection::vec(sentence, 1..12).prop_map(|it| it.join(" "));
    prop::collection::vec(paragraph, 0..8).prop_map(|it| it.join("\n\n"))
}

proptest! {
    #[test]
    fn nothing_is_lost_of_prose(text in prose(), heading in prop::option::of("#{1,4} [а-я]{1,9}")) {
        let markdown = heading.map_or_else(|| text.clone(), |it| format!("{it}\n\n{text}"));
        let chunks = chunk("doc.md", &markdown);
        let kept: String = chunks.iter().map(|it| letters(&it.text)).collect();
        prop_assert_eq!(kept, letters(&text));
        prop_assert!(chunks.iter().all(|it| it.text.chars().count() <= 2400));
    }
}

#[test]
fn ten_scripts_in_a_line_are_kept_and_found() {
    let line = "Ёж hund 狗 ит köpek σκύλος כלב كلب 개 เสือ शेर";
    let chunks = chunk("doc.md", line);
    assert_eq!(chunks.len(), 1);
    let document = encode_document(&chunks[0].text);
    let idf = Idf::from_documents([&document]);
    for word in line.split(' ') {
        assert!(coverage(&encode_query(word, &idf), &document) > 0.999, "{word}");
    }
}

#[test]
fn unclosed_marks_and_nothing_to_read() {
    let large = "**[(`".repeat(20_000);
    for markdown in
        ["```\nкод", "**жирно", "[ссылка](https://", "<!-- нет", "| а | б", "- ", "…?!", "\0\0", &large]
    {
        for chunk in chunk("doc.md", markdown) {
            assert!(chunk.text.chars().count() <= 2400, "{markdown:.20}");
            lawful(&encode_passage(&chunk.section, &chunk.text));
        }
    }
}

#[test]
fn a_megabyte_is_cut_and_encoded() {
    for text in [
        "я".repeat(500_000),
        "слово ".repeat(90_000),
        "\u{0}".repeat(1_000_000),
        "- а\n".repeat(120_000),
        "В: а?\nО: б\n".repeat(60_000),
        "А? ".repeat(200_000),
    ] {
        for chunk in chunk("large.md", &text) {
            lawful(&encode_passage(&chunk.section, &chunk.text));
        }
        lawful(&encode_query(&text, &Idf::default()).vector);
    }
}
