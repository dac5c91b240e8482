//! Words of the desk that stand in more than one place, in the language of the people behind it:
//! Russian. Whole sentences stand with the message they make.
//!
//! Words of a trade have no place here: what a business does stands in its bundle.

use std::time::Duration;

pub(crate) const TAKE: &str = "Беру";
pub(crate) const BACK: &str = "Вернуть боту";
pub(crate) const SKIP: &str = "Не могу";
pub(crate) const DONE: &str = "Решено";
pub(crate) const LEARN_YES: &str = "В базу";
pub(crate) const LEARN_NO: &str = "Отклонить";
pub(crate) const LEARN_EDIT: &str = "Изменить";
pub(crate) const LEARN_UNDO: &str = "Отозвать";

/// How people answer where many customers share a chat.
pub(crate) const HOW_TO_ANSWER: &str = "↩️ Ответьте на это сообщение, и клиент получит ваш ответ";

pub(crate) const CUSTOMER: &str = "Клиент";
pub(crate) const BOT: &str = "Бот";
pub(crate) const PERSON: &str = "Сотрудник";
pub(crate) const NO_NAME: &str = "без имени";
pub(crate) const SOMEBODY: &str = "сотрудник";

/// The reason of a hand-over; an unknown code is an ordinary request.
pub(crate) fn reason(code: &str) -> &'static str {
    match code {
        "human_request" => "Клиент просит ответить человека",
        "frustration" => "Клиент недоволен ответами бота",
        "payment" => "Вопрос об оплате",
        "refund" => "Просьба вернуть деньги",
        "medical" => "Вопрос о здоровье",
        "complaint" => "Жалоба",
        "reschedule" => "Просьба о переносе",
        "cancel" => "Просьба об отмене",
        "legal" => "Юридический вопрос",
        "policy" => "По правилам отвечает человек",
        "low_confidence" => "Бот не уверен в ответе",
        "unknown_fact" => "У бота нет ответа на этот вопрос",
        "clarify_limit" => "Бот не смог понять, что нужно клиенту",
        "booking" => "Заявка на запись",
        "media" => "Прислан файл, который должен посмотреть человек",
        "limit" => "Закончился лимит сообщений бота",
        "error" => "У бота сбой",
        "phone" => "Клиенту написали с телефона",
        _ => "Нужен ответ человека",
    }
}

/// What kind of a file stands in a message, when it cannot be shown inside a card.
pub(crate) fn file(kind: &str) -> &'static str {
    match kind {
        "photo" => "📷 фото",
        "voice" => "🎤 голосовое сообщение",
        "audio" => "🎵 аудио",
        "document" => "📎 документ",
        "video" => "🎬 видео",
        _ => "📎 файл",
    }
}

/// What a booking collects; a name of a bundle's own stays as it is.
pub(crate) fn slot(name: &str) -> &str {
    match name {
        "service" => "услуга",
        "name" => "имя",
        "phone" => "телефон",
        "branch" => "филиал",
        "date" => "день",
        "time" => "время",
        "datetime" => "день и время",
        other => other,
    }
}

/// «5 минут», «2 часа 10 минут», «3 дня»; less than a minute is «меньше минуты».
pub(crate) fn span(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let part =
        |count: u64, words: [&str; 3]| (count > 0).then(|| format!("{count} {}", plural(count, words)));
    let day = part(days, ["день", "дня", "дней"]);
    let hour = part(hours, ["час", "часа", "часов"]);
    let minute = part(rest, ["минута", "минуты", "минут"]);
    let said: Vec<String> = [day, hour, minute].into_iter().flatten().take(2).collect();
    if said.is_empty() { "меньше минуты".to_owned() } else { said.join(" ") }
}

/// The form of a word that goes with `count`: одна минута, две минуты, пять минут.
pub(crate) fn plural(count: u64, [one, few, many]: [&str; 3]) -> &str {
    match (count % 100, count % 10) {
        (11..=14, _) => many,
        (_, 1) => one,
        (_, 2..=4) => few,
        _ => many,
    }
}

pub(crate) const HELP: &[(&str, &str)] = &[
    ("/status", "что с запросом: кто ответил, сколько ждёт клиент"),
    ("/history", "последние сообщения разговора"),
    ("/mute", "бот молчит с этим клиентом; например, /mute 2 — два часа"),
    ("/return", "вернуть разговор боту"),
    ("/help", "эта подсказка"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = |minutes: u64| span(Duration::from_secs(minutes * 60 + 30));
        assert_eq!(said(0), "меньше минуты");
        assert_eq!(said(1), "1 минута");
        assert_eq!(said(3), "3 минуты");
        assert_eq!(said(12), "12 минут");
        assert_eq!(said(61), "1 час 1 минута");
        assert_eq!(said(22 * 60), "22 часа");
        assert_eq!(said(24 * 60 * 21 + 61), "21 день 1 час");
    }
}
