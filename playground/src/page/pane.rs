//! The bones of the people's pane: topics, talk, who answers, and the clock.

use maud::{Markup, html};

/// How far the clock can be moved at once: milliseconds and what the button says.
const STEPS: [(u64, &str); 4] =
    [(5 * 60_000, "+5 мин"), (30 * 60_000, "+30 мин"), (2 * 3_600_000, "+2 ч"), (24 * 3_600_000, "+1 день")];

pub(super) fn pane() -> Markup {
    html! {
        section.panel.desk aria-label="Telegram сотрудников" {
            header.desk__head {
                h2 { "Telegram" span.en lang="en" { "people" } }
                label.desk__as for="as" {
                    span { "Пишет" }
                    select #as {}
                }
            }
            div.desk__body {
                ol #rooms.rooms aria-label="Темы и чаты" {}
                div.talk {
                    h3 #talk-title.talk__title {}
                    p #talk-empty.empty.talk__empty {}
                    ol #talk.talk__log role="log" aria-live="polite" aria-label="Сообщения темы" tabindex="0" {}
                    (line())
                }
            }
            (clock())
        }
    }
}

fn line() -> Markup {
    html! {
        form #tell.tell autocomplete="off" hidden {
            p #tell-aim.tell__aim hidden {
                span #tell-aim-text {}
                button #tell-drop type="button" aria-label="Отменить" title="Отменить (Esc)" { "×" }
            }
            input #tell-file type="file" hidden;
            button #tell-attach.tell__attach type="button" aria-label="Приложить файл" title="Приложить файл" { "+" }
            label.hidden for="tell-text" { "Сообщение в Telegram" }
            textarea #tell-text rows="1" maxlength="4096" enterkeyhint="send" {}
            button #tell-send.tell__send type="submit" aria-label="Отправить в Telegram" title="Enter" { "➤" }
        }
    }
}

fn clock() -> Markup {
    html! {
        footer.clock aria-label="Часы площадки" {
            p.clock__text {
                "Часы: " time #clock-now {}
                span #clock-ahead.tag hidden {}
            }
            div.clock__steps role="group" aria-label="Перевести часы вперёд" title="Для напоминаний и возврата боту" {
                @for (ms, name) in STEPS {
                    button type="button" data-move=(ms) { (name) }
                }
            }
        }
    }
}
