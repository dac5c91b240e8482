//! Questions and answers out of talks.

use format::{Lang, Role};
use lessons::{Candidate, LONGEST_QUESTION, Material, candidate};

use crate::shop::talk;

/// The request is made right after the `asked`th message.
fn of_at(lines: &[&str], asked: i64) -> Option<Candidate> {
    candidate(Material { messages: &talk(lines), requested_ms: (asked - 1) * 60_000 })
}

/// The request is made when the bot's first message is said.
fn of(lines: &[&str]) -> Option<Candidate> {
    let bot = lines.iter().position(|it| it.starts_with('Б')).unwrap();
    of_at(lines, bot as i64)
}

fn told(lines: &[&str]) -> Option<(String, String)> {
    of(lines).map(|it| (it.question, it.answer))
}

#[test]
fn a_question_and_its_answer() {
    let found =
        of(&["К: Можно оставить велосипед на ночь?", "Б: Передаю", "В: Да, на складе есть место"]).unwrap();
    assert_eq!(found.question, "Можно оставить велосипед на ночь?");
    assert_eq!(found.answer, "Да, на складе есть место");
    assert_eq!((found.lang, found.by, found.answered_ms), (Lang::Ru, vec![Some(Role::Owner)], 120_000));
    let found = of(&["К: Балаға арналған орындық бар ма?", "Б: Жеткіземін", "М: Иә, екі түрі бар"]).unwrap();
    assert_eq!(found.lang, Lang::Kk);
}

#[test]
fn the_question_is_not_the_last_filler() {
    for filler in [
        "ок",
        "спасибо",
        "вы тут?",
        "👍",
        "ну что там",
        "алло",
        "рахмет",
        "87015554433",
        "завтра в 15",
        "Алия, 8 701 555 44 33",
    ] {
        let lines = [
            "К: Берёте велосипеды на хранение",
            "Б: Передаю",
            &format!("К: {filler}"),
            "В: Берём на всю зиму",
        ];
        assert_eq!(told(&lines).unwrap().0, "Берёте велосипеды на хранение", "{filler}");
        let lines = [
            "К: Берёте велосипеды на хранение",
            &format!("К: {filler}"),
            "Б: Передаю",
            "В: Берём на всю зиму",
        ];
        assert_eq!(told(&lines).unwrap().0, "Берёте велосипеды на хранение", "{filler}");
    }
}

#[test]
fn a_burst_is_one_question() {
    let lines =
        ["К: здравствуйте", "К: есть у вас педали", "К: для горного", "Б: Передаю", "М: Есть, алюминиевые"];
    assert_eq!(told(&lines).unwrap().0, "есть у вас педали\nдля горного");
}

#[test]
fn the_question_is_the_one_that_led_to_the_request() {
    let lines = [
        "К: Сколько стоит диагностика?",
        "Б: 1 000–2 000 ₸",
        "К: А электросамокаты чините?",
        "Б: Передаю администратору",
        "К: А до скольки вы?",
        "Б: До 20:00",
        "М: Самокаты пока не чиним",
    ];
    assert_eq!(of_at(&lines, 3).unwrap().question, "А электросамокаты чините?");
}

#[test]
fn an_answer_in_pieces_is_merged() {
    let lines = [
        "К: Красите рамы?",
        "Б: Передаю",
        "М: Здравствуйте!",
        "М: минутку, сейчас узнаю",
        "М: Да, красим",
        "К: ок",
        "М: Порошковой краской, два дня",
        "М: 👌",
        "К: спасибо",
        "М: Пожалуйста, обращайтесь!",
    ];
    assert_eq!(told(&lines).unwrap().1, "Да, красим\nПорошковой краской, два дня");
}

#[test]
fn another_question_ends_the_answer() {
    let lines = [
        "К: Красите рамы?",
        "Б: Передаю",
        "М: Да, порошковой краской",
        "К: А детские сиденья продаёте?",
        "М: Нет, не продаём",
    ];
    assert_eq!(told(&lines).unwrap().1, "Да, порошковой краской");
}

#[test]
fn what_a_customer_adds_when_asked_back_belongs_to_the_question() {
    let lines = [
        "К: Сколько будет покраска?",
        "Б: Передаю",
        "М: Какая рама?",
        "К: карбоновая",
        "М: Карбон красим за 20 000 ₸",
    ];
    let expected = ("Сколько будет покраска?\nкарбоновая".to_owned(), "Карбон красим за 20 000 ₸".to_owned());
    assert_eq!(told(&lines).unwrap(), expected);
}

#[test]
fn sentences_that_are_no_answer_are_left_out() {
    let lines = [
        "К: Можно приехать с двумя велосипедами?",
        "Б: Передаю",
        "М: Добрый день! Да, места хватает.\nЗаезд со двора. На какой день вас записать?",
        "К: на завтра",
        "М: Записала вас на завтра на 15:00",
    ];
    assert_eq!(told(&lines).unwrap().1, "Да, места хватает.\nЗаезд со двора.");
    // What the bot can say to everybody does not begin with somebody's name.
    let lines =
        ["К: Есть стоянка?", "Б: Передаю", "М: Добрый день, Марат! Стоянка во дворе", "М: Спасибо, Марат"];
    assert_eq!(told(&lines).unwrap().1, "Стоянка во дворе");
    // A short «no» is part of the answer.
    let lines = ["К: Выезжаете на дом?", "Б: Передаю", "М: Нет. Только в мастерской"];
    assert_eq!(told(&lines).unwrap().1, "Нет. Только в мастерской");
}

#[test]
fn answers_that_resemble_fillers_are_answers() {
    for answer in [
        "Минут пять",
        "Чуть дороже обычного",
        "Сейчас закрыты на ремонт",
        "На субботу записываем только по предоплате",
        "Ждём с собаками в любой день",
        "Можно",
        "Хорошо сохнет за ночь",
        "Жоқ, тек алдын ала жазылу арқылы",
    ] {
        let lines = ["К: Как у вас с покраской?", "Б: Передаю", &format!("М: {answer}")];
        assert_eq!(told(&lines).map(|it| it.1).as_deref(), Some(answer));
    }
}

#[test]
fn asking_whether_there_is_more_asks_nothing_back() {
    let lines = [
        "К: Красите рамы?",
        "Б: Передаю",
        "М: Да, красим. Ещё вопросы?",
        "К: А сиденья есть?",
        "М: Нет сидений",
    ];
    assert_eq!(told(&lines).unwrap(), ("Красите рамы?".to_owned(), "Да, красим.".to_owned()));
}

#[test]
fn there_may_be_nothing_to_learn() {
    let asked = "К: Чините электросамокаты?";
    for answers in [
        &["М:"][..],
        &["М: ок", "М: спасибо", "М: 👍"],
        &["М: Сейчас узнаю у мастера"],
        &["М: Записала вас на завтра в 15:00, ждём"],
        &["М: Сізді ертең сағат 15:00-ге жаздым"],
        &["М: Какая модель?"],
        &["М: 5000"],
        &["М: Да"],
        &[],
    ] {
        let lines = [&[asked, "Б: Передаю"][..], answers].concat();
        assert_eq!(told(&lines), None, "{answers:?}");
    }
    for question in ["К:", "К: ок", "К: а сколько стоит?", "К: 87015554433", "К: завтра в 10", "К: вы тут?"]
    {
        assert_eq!(told(&[question, "Б: Передаю", "М: Да, чиним любые"]), None, "{question}");
    }
}

#[test]
fn everybody_who_answered_is_named_by_role() {
    let lines =
        ["К: Чините тормоза?", "Б: Передаю", "?: Чиним", "М: Любые, даже гидравлику", "М: И ставим новые"];
    assert_eq!(of(&lines).unwrap().by, [None, Some(Role::Manager)]);
}

#[test]
fn lengths_are_bounded() {
    let long = format!("К: {}", "Можно ли починить тормоза? ".repeat(60));
    let found = of(&[&long, "Б: Передаю", "М: Можно починить любые"]).unwrap();
    assert!(found.question.chars().count() <= LONGEST_QUESTION && found.question.ends_with('?'));
    let long = format!("М: {}", "Тормоза чиним. ".repeat(200));
    assert_eq!(told(&["К: Чините тормоза?", "Б: Передаю", &long]), None);
}

#[test]
fn what_people_write_is_not_in_debug() {
    let messages = talk(&["К: canary тормоза?", "Б: Передаю", "М: canary чиним"]);
    let found = candidate(Material { messages: &messages, requested_ms: 0 }).unwrap();
    assert!(!format!("{messages:?}{found:?}").contains("canary"));
}
