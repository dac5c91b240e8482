//! Documents of several trades, cut.

use text::chunk::{Chunk, chunk};

fn show(chunks: &[Chunk]) -> Vec<String> {
    chunks.iter().map(|it| format!("{}:{} [{}] {}", it.ordinal, it.line, it.section, it.text)).collect()
}

#[test]
fn headings_become_the_path() {
    let markdown = "# Сервис\n\n## Двигатель\n\n### Замена ремня\nЦена 30 000 тенге.\n\nДва часа.\n\n## Кузов\nКраска.\n";
    assert_eq!(
        show(&chunk("услуги.md", markdown)),
        [
            "0:6 [Сервис > Двигатель > Замена ремня] Цена 30 000 тенге.\nДва часа.",
            "1:11 [Сервис > Кузов] Краска.",
        ],
    );
}

#[test]
fn questions_stay_with_their_answers() {
    let markdown = "## Жиі сұрақтар\n\n**Тіс ауырса, қабылдайсыздар ма?**\nИә, кезексіз.\n\n**Балаларды емдейсіздер ме?**\n\nҮш жастан.\n\n- сүт тісі\n- тұрақты тіс\n\n**Төлем:** карта.\n";
    assert_eq!(
        show(&chunk("сұрақтар.md", markdown)),
        [
            "0:3 [Жиі сұрақтар] Тіс ауырса, қабылдайсыздар ма?\nИә, кезексіз.",
            "1:6 [Жиі сұрақтар] Балаларды емдейсіздер ме?\nҮш жастан.\n- сүт тісі\n- тұрақты тіс\nТөлем: карта.",
        ],
    );
}

#[test]
fn lists_and_tables_are_not_cut() {
    let items: String = (1..=30).map(|it| format!("- Позиция номер {it}: {it} 000 тенге\n")).collect();
    let rows: String = (1..=30).map(|it| format!("| Торт {it} | {it} кг | {it} 000 |\n")).collect();
    let markdown = format!(
        "# Прайс\n\nВсё по порядку:\n\n{items}\n## Торты\n\n| Торт | Вес | Цена |\n|---|---|---|\n{rows}"
    );
    let chunks = chunk("прайс.md", &markdown);
    assert_eq!(chunks.len(), 2, "{chunks:#?}");
    assert!(chunks[0].text.starts_with("Всё по порядку:\n- Позиция номер 1:"));
    assert!(chunks[0].text.ends_with("- Позиция номер 30: 30 000 тенге"));
    assert!(chunks[1].text.starts_with("Торт | Вес | Цена\nТорт 1 | 1 кг | 1 000\n"));
    assert_eq!(chunks[1].text.lines().count(), 31);
}

#[test]
fn an_endless_table_repeats_its_header() {
    let rows: String = (1..=200).map(|it| format!("| Деталь {it} | {it} 000 |\n")).collect();
    let chunks = chunk("прайс.md", &format!("| Деталь | Цена |\n|---|---|\n{rows}"));
    assert!(chunks.len() > 1);
    assert!(chunks.iter().all(|it| it.text.starts_with("Деталь | Цена\n")), "{chunks:#?}");
    assert!(chunks.iter().all(|it| it.text.chars().count() <= 920));
    assert_eq!(chunks.iter().map(|it| it.text.lines().count() - 1).sum::<usize>(), 200);
}

#[test]
fn long_paragraphs_are_cut_between_sentences_and_short_ones_packed() {
    let long = "Мы печём хлеб на закваске каждое утро. ".repeat(60);
    let chunks = chunk("о нас.md", &format!("# Пекарня\n\n{long}\n\nКоротко.\n\nИ ясно.\n"));
    assert!(chunks.len() >= 3);
    for chunk in &chunks {
        assert!(chunk.text.ends_with('.'), "{}", chunk.text);
        assert!((100..=900).contains(&chunk.text.chars().count()), "{}", chunk.text);
    }
    assert!(chunks[chunks.len() - 1].text.ends_with("Коротко.\nИ ясно."));
}

#[test]
fn the_same_whatever_the_editor() {
    let unix = "---\ntitle: Правила\n---\n# Зал\n\n## Пропуск\nПокажите карту.\n\n- вход\n- выход\n";
    let expected = ["0:7 [Зал > Пропуск] Покажите карту.\n- вход\n- выход"];
    for markdown in
        [unix.to_owned(), unix.replace('\n', "\r\n"), format!("\u{feff}{unix}"), unix.replace('\n', "\r")]
    {
        assert_eq!(show(&chunk("knowledge/зал.md", &markdown)), expected);
    }
}

#[test]
fn nothing_comes_of_nothing() {
    for markdown in [
        "",
        "\u{feff}",
        "\r\n \r\n",
        "# Только\n\n## Заголовки\n",
        "---\na: b\n---\n",
        "<!-- потом -->\n",
        "***\n",
    ] {
        assert_eq!(chunk("пусто.md", markdown), [], "{markdown:?}");
    }
}

#[test]
fn a_document_without_headings_is_named_by_its_file() {
    let chunks = chunk("knowledge/abay/доставка.md", "Везём по городу до девяти вечера.");
    assert_eq!(show(&chunks), ["0:1 [доставка] Везём по городу до девяти вечера."]);
}

#[test]
fn marks_are_dropped_and_facts_kept() {
    let markdown = "# Контакты\n\nПишите **нам** в [чат](https://wa.me/77010000000) или на <info@example.kz>.<br>Звоните `+7 701`.\n\n> Перезвоним.\n\n1. шаг\n2. ещё\n   - подшаг\n";
    assert_eq!(
        show(&chunk("контакты.md", markdown)),
        [
            "0:3 [Контакты] Пишите нам в чат (https://wa.me/77010000000) или на info@example.kz.\nЗвоните +7 701.\nПерезвоним.\n1. шаг\n2. ещё\n  - подшаг"
        ],
    );
}

#[test]
fn marked_questions_keep_their_answers() {
    let long = "Да, но только днём. ".repeat(20);
    for (markdown, expected) in [
        ("В: Можно с собакой?\nО: Нет.\nВ: А с котом?\nО: Да.\n", vec!["Можно с собакой", "А с котом"]),
        (
            "Вопрос: Есть парковка?\n\nОтвет: Есть.\n\nВопрос: Платная?\n\nОтвет: Нет.\n",
            vec!["Есть парковка", "Платная"],
        ),
        (
            "Сұрақ: Тұрақ бар ма?\nЖауап: Бар.\n\nСұрақ: Тегін бе?\nЖауап: Тегін.\n",
            vec!["Тұрақ бар ма", "Тегін бе"],
        ),
        ("Q: May I pay by card?\nA: Yes.\n\nQ: By cheque?\nA: No.\n", vec!["May I pay", "By cheque"]),
        ("**Вопрос:** Можно?\n**Ответ:** Да.\n\n**Вопрос:** Точно?\n\nДа.\n", vec!["Можно", "Точно"]),
        ("**Можно?** Да.\n\n**Точно?**\nДа.\n", vec!["Можно", "Точно"]),
    ] {
        let chunks = chunk("faq.md", &format!("## Вопросы\n\n{markdown}"));
        assert_eq!(chunks.len(), expected.len(), "{markdown}: {chunks:#?}");
        for (chunk, question) in chunks.iter().zip(expected) {
            assert!(chunk.text.contains(question), "{markdown}: {chunk:?}");
            assert!(
                chunk.text.lines().last().is_some_and(|it| !it.contains('?')) || chunk.text.contains("Да."),
                "{chunk:?}"
            );
        }
    }
    let chunks = chunk("faq.md", &format!("{long}\n\nА можно ли вечером?\n\n{long}\n"));
    assert_eq!(chunks.len(), 2, "{chunks:#?}");
    assert!(chunks[1].text.starts_with("А можно ли вечером?\nДа, но"), "{}", chunks[1].text);
}

#[test]
fn lines_of_marked_questions_are_where_they_stand() {
    let chunks = chunk("faq.md", "# А\n\nВ: один?\nО: да\nВ: два?\nО: нет\n");
    assert_eq!(show(&chunks), ["0:3 [А] В: один?\nО: да", "1:5 [А] В: два?\nО: нет"]);
    // Line ends that the source does not have.
    let chunks = chunk("faq.md", "В: один?<br>О: да<br>В: два?&#10;В: три?\n\nВ: четыре?\n");
    let lines: Vec<u32> = chunks.iter().map(|it| it.line).collect();
    assert_eq!(lines, [1, 1, 1, 3], "{chunks:#?}");
}

#[test]
fn a_service_block_stays_whole() {
    for (block, lines) in [
        ("Цена: 5 000 тенге\nВремя: 40 минут\n\nОписание в двух словах.\n", 3),
        ("- Цена: 5 000 тенге\n- Время: 40 минут\n\nОписание.\n", 3),
        ("| Цена | Время |\n|---|---|\n| 5 000 | 40 |\n\nОписание.\n\n> Важно.\n", 4),
        ("**Цена:** 5 000\n\n**Время:** 40 минут\n\nОписание.\n", 3),
    ] {
        let chunks = chunk("прайс.md", &format!("# Прайс\n\n### Балансировка\n{block}\n### Другое\nЦена.\n"));
        assert_eq!(chunks.len(), 2, "{block}: {chunks:#?}");
        assert_eq!(chunks[0].section, "Прайс > Балансировка");
        assert_eq!(chunks[0].text.lines().count(), lines, "{block}: {chunks:#?}");
    }
}
