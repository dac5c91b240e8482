//! The bones of the page; the scripts fill them.

use maud::{DOCTYPE, Markup, html};
use warp::http::HeaderValue;
use warp::reply::Response;

use super::{assets, pane};

/// Nothing from elsewhere, nothing inline, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn page() -> Response {
    let mut response = assets::serve("text/html; charset=utf-8", document().into_string());
    response.headers_mut().insert("content-security-policy", HeaderValue::from_static(POLICY));
    response
}

fn document() -> Markup {
    html! {
        (DOCTYPE)
        html lang="ru" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content";
                meta name="color-scheme" content="light dark";
                title { "Tenantry · площадка" }
                link rel="icon" href="/play/assets/mark.svg" type="image/svg+xml";
                @for sheet in ["base", "chat", "panels", "desk"] {
                    link rel="stylesheet" href={ "/play/assets/" (sheet) ".css" };
                }
                script type="module" src="/play/assets/app.js" {}
            }
            body data-view="chat" {
                a.skip href="#text" { "К сообщению" }
                (top())
                (findings())
                main.stage {
                    (who())
                    (phone())
                    (sides())
                    (pane::pane())
                    (why())
                    (queue())
                }
                (tabs())
                div #toasts.toasts role="status" aria-live="polite" {}
                noscript { p.noscript { "Площадке нужен JavaScript. The playground needs JavaScript." } }
            }
        }
    }
}

fn top() -> Markup {
    html! {
        header.top {
            img.top__mark src="/play/assets/mark.svg" alt="" width="28" height="28";
            h1.top__name { "Tenantry" span.top__place { "площадка" } }
            p.top__compiled #compiled title="When the tree was compiled last" {}
            p.top__link #link data-state="waiting" { "соединение…" }
        }
    }
}

fn findings() -> Markup {
    html! {
        section #findings.findings aria-label="Ошибки в файлах" hidden {
            details {
                summary {
                    span.findings__badge aria-hidden="true" { "!" }
                    span #findings-title role="status" {}
                    span.findings__hint #findings-hint {}
                }
                pre #findings-text tabindex="0" {}
            }
        }
    }
}

fn who() -> Markup {
    html! {
        section.who aria-label="Кому пишем" {
            fieldset.choice {
                legend { "Кому пишем" span.en lang="en" { "tenant" } }
                div #tenants.choice__list {}
            }
            fieldset.choice #numbers-box hidden {
                legend { "На какой номер" span.en lang="en" { "branch" } }
                div #numbers.choice__list {}
            }
            div.me {
                p.me__text {
                    "Вы — клиент " span #me {}
                }
                button #fresh.button type="button" title="New customer: a new number, a new conversation" { "Новый клиент" }
            }
        }
    }
}

fn phone() -> Markup {
    html! {
        section.phone aria-label="Чат" {
            header.phone__head {
                span #avatar.phone__avatar aria-hidden="true" {}
                div.phone__title {
                    h2 #peer { "…" }
                    p { span.phone__robot aria-hidden="true" {} "виртуальный ассистент" }
                }
                span #release.phone__release {}
            }
            ol #log.log role="log" aria-live="polite" aria-label="Сообщения" tabindex="0" {}
            div #samples.samples role="group" aria-label="Примеры вопросов" {}
            form #compose.compose autocomplete="off" {
                label.hidden for="text" { "Сообщение" }
                textarea #text rows="1" maxlength="4096" placeholder="Сообщение…" enterkeyhint="send" {}
                button #send.compose__send type="submit" aria-label="Отправить" title="Enter" {
                    svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false" {
                        path fill="currentColor" d="M3.4 20.4 21 12 3.4 3.6l-.01 6.53L15 12 3.39 13.87z" {}
                    }
                }
            }
        }
    }
}

fn sides() -> Markup {
    html! {
        nav.sides aria-label="Что справа" {
            button type="button" data-show="why" aria-pressed="true" { "Ответы и очередь" }
            button type="button" data-show="telegram" aria-pressed="false" {
                "Telegram" span.count data-unseen hidden {}
            }
        }
    }
}

fn why() -> Markup {
    html! {
        section.panel.why aria-label="Почему такой ответ" {
            h2 { "Почему такой ответ" span.en lang="en" { "trace" } }
            div #why.panel__body tabindex="0" {}
        }
    }
}

fn queue() -> Markup {
    html! {
        section.panel.queue aria-label="Ждут человека" {
            h2 {
                "Ждут человека" span.en lang="en" { "hand-overs" }
                span #queue-count.count hidden {}
            }
            ol #queue.panel__body {}
        }
    }
}

fn tabs() -> Markup {
    html! {
        nav.tabs aria-label="Вид" {
            button type="button" data-show="chat" aria-pressed="true" { "Чат" }
            button type="button" data-show="why" aria-pressed="false" { "Почему" }
            button type="button" data-show="queue" aria-pressed="false" {
                "Очередь" span #queue-count-tab.count hidden {}
            }
            button type="button" data-show="telegram" aria-pressed="false" {
                "Telegram" span.count data-unseen hidden {}
            }
        }
    }
}
