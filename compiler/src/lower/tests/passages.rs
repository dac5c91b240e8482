use format::{Passage, PassageKind};

use super::*;

fn shown(passages: &[Passage], kind: PassageKind) -> String {
    let line = |it: &Passage| {
        format!(
            "{} {} {}:{} [{}] {}",
            it.tag,
            it.lang.code(),
            it.doc,
            it.line,
            it.section,
            it.text.replace('\n', " / ")
        )
    };
    passages.iter().filter(|it| it.kind == kind).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn documents_are_cut_and_tagged() {
    assert_eq!(
        shown(&release(WORKSHOP).passages, PassageKind::Document),
        "\
east_side ru knowledge/east/lift.md:3 [Подъёмник] Велосипед поднимаем на лифте.
shared ru knowledge/tyres.md:3 [Шины] Какие шины ставим и почему."
    );
}

#[test]
fn facts_become_passages_and_only_equal_ones_are_shared() {
    assert_eq!(
        shown(&release(WORKSHOP).passages, PassageKind::Fact),
        "\
shared ru SALON_TRUTH.yaml:40 [Камера] Камера от 1 200 ₸ с заменой
shared kk SALON_TRUTH.yaml:40 [Камера] Камера 1 200 ₸-ден бастап
shared ru SALON_TRUTH.yaml:59 [Студенту] Студенту, 10%, по будням
shared ru SALON_TRUTH.yaml:23 [hours] каждый день.
shared kk SALON_TRUTH.yaml:23 [hours] күн сайын.
shared ru SALON_TRUTH.yaml:57 [promotions > stacking] Не складываются
shared ru SALON_TRUTH.yaml:69 [quality > parts] рама, руль
shared ru SALON_TRUTH.yaml:67 [quality > warranty] Гарантия на работу месяц
shared kk SALON_TRUTH.yaml:67 [quality > warranty] Жұмысқа бір ай кепілдік
shared ru SALON_TRUTH.yaml:73 [храните зимой] Да, храним
shared kk SALON_TRUTH.yaml:73 [храните зимой] Иә, сақтаймыз
west ru SALON_TRUTH.yaml:34 [Колесо] Правка колеса — 3 000 ₸ / Сборка колеса — от 8 000 ₸ до 14 000 ₸ / Полчаса
west kk SALON_TRUTH.yaml:34 [Дөңгелек] Дөңгелек түзету — 3 000 ₸ / Сборка колеса — от 8 000 ₸ до 14 000 ₸ / Полчаса
west ru SALON_TRUTH.yaml:42 [Замена камеры] Замена камеры — от 1 200 ₸ (без камеры)
west ru SALON_TRUTH.yaml:52 [Прочее] Мойка — 2 000 ₸
west ru SALON_TRUTH.yaml:16 [address] Западная 1. Вход со двора. Мост, Парк.
west kk SALON_TRUTH.yaml:16 [address] Батыс 1. Вход со двора. Мост, Парк.
east_side ru SALON_TRUTH.yaml:34 [Колесо] Правка колеса — 4 000 ₸ / Сборка колеса — от 9 000 ₸ до 15 000 ₸ / Полчаса
east_side ru SALON_TRUTH.yaml:42 [Замена камеры] Замена камеры — от 1 500 ₸
east_side ru branches.yaml:16 [address] Восточная 9. Вход со двора. Мост, Парк.
shared ru branches.yaml:7 [на Восточной] на Восточной. Восточная 9. +7 700 000 00 00
shared kk branches.yaml:7 [Шығыстағы] Шығыстағы. Восточная 9. +7 700 000 00 00"
    );
}

#[test]
fn without_branches_everything_is_shared() {
    assert_eq!(
        shown(&release(BAKERY).passages, PassageKind::Fact),
        "shared ru SALON_TRUTH.yaml:5 [Хлеб] Батон — 250 ₸"
    );
}

#[test]
fn what_may_not_be_told_is_no_passage() {
    let passages = release(WORKSHOP).passages;
    for hidden in ["наличные", "7 000", "что чиним", "{"] {
        assert!(passages.iter().all(|it| !it.text.contains(hidden)), "{hidden}");
    }
    let allowed = "client_pack:\n  payment: {allow_payment_info: true, methods: [наличные]}\n";
    let passages = release(&with(BAKERY, &[("SALON_TRUTH.yaml", allowed)])).passages;
    assert_eq!(passages[0].text, "наличные");
}

#[test]
fn no_two_passages_are_one_point() {
    // Two of the three branches share a tag, which they may: their facts are the same.
    let branches = "\
branches:
  - {slug: a1, name: A, knowledge_tag: old}
  - {slug: b1, name: B, knowledge_tag: old}
  - {slug: c1, name: C, facts: {price_list: [{category: Хлеб, items: [{name: Батон, price: 260}]}]}}
";
    for passages in
        [release(WORKSHOP).passages, release(&with(BAKERY, &[("branches.yaml", branches)])).passages]
    {
        let mut digests: Vec<&str> = passages.iter().map(|it| it.digest.as_str()).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), passages.len());
    }
}
