//! The loop through people: nobody knows, a person is reminded, answers, the bot has learned, and the
//! bundle has it.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::devtools::Page;
use crate::{Dev, ask, opened};

/// Nothing in the bundle answers this.
const QUESTION: &str = "Сколько стоит аренда вашего зала под съёмку клипа?";
const ANSWER: &str = "Зал под съёмку клипа сдаём по понедельникам, час стоит 17300 ₸ <ждём вас>";

/// Presses a button of a message by what it says, as the person who is chosen.
fn press(page: &mut Page, says: &str) {
    page.click_on(&format!(
        "[...document.querySelectorAll('.keys__key:enabled')].find((it) => it.textContent === {})",
        json!(says)
    ));
}

/// Waits until a message of the open topic holds these words.
fn told(page: &mut Page, words: &str) {
    page.wait_for(&format!(
        "[...document.querySelectorAll('#talk .letter')].some((it) => it.textContent.includes({}))",
        json!(words)
    ));
}

/// Chooses who writes and presses.
fn become_one(page: &mut Page, role: &str) {
    page.eval(&format!(
        "(() => {{
            const list = document.querySelector('#as');
            list.value = [...list.options].find((it) => it.textContent.includes({})).value;
            list.dispatchEvent(new Event('change'));
        }})()",
        json!(role)
    ));
}

/// A new customer asks the same and is answered from this source.
fn asked_by_another(page: &mut Page, source: &str) {
    page.click("#fresh");
    page.wait_for("document.querySelectorAll('.bubble').length === 0");
    let answer = ask(page, QUESTION);
    assert!(answer.contains("17300"), "{answer}");
    page.wait_for(&format!("document.querySelector('#why .facts')?.textContent.includes({})", json!(source)));
}

/// The page's reader of Telegram's HTML lets nothing through but its list of tags.
fn only_telegrams_tags_become_elements(page: &mut Page) {
    let nasty = [
        ("<b>жирный</b> &lt;i&gt; &amp;#60;", "<b>жирный</b> &lt;i&gt; &amp;#60;"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("<b onclick=\"alert(1)\" style=\"x\">a</b>", "<b>a</b>"),
        ("<a href=\"javascript:alert(1)\">a</a>", "<span class=\"mention\">a</span>"),
        ("<a href=\"tg://user?id=7\">Ия</a>", "<span class=\"mention\">Ия</span>"),
        (
            "<a href=\"http://h.example/?a=1&amp;b\">a</a>",
            "<a href=\"http://h.example/?a=1&amp;b\" target=\"_blank\" rel=\"noopener noreferrer\">a</a>",
        ),
        ("<tg-spoiler>a</tg-spoiler>", "<span class=\"spoiler\">a</span>"),
        ("<blockquote>a</blockquote>\n\nb", "<blockquote>a</blockquote>\nb"),
        ("</b><i>a</b>b", "&lt;/b&gt;<i>a&lt;/b&gt;b</i>"),
        ("a < b && <constructor>", "a &lt; b &amp;&amp; &lt;constructor&gt;"),
        ("&#1055;&#x41;&#0;&#xD800;", "ПA&amp;#0;&amp;#xD800;"),
    ];
    for (html, expected) in nasty {
        let made = page.eval(&format!(
            "import('/play/assets/markup.js').then((it) => {{
                const box = document.createElement('div');
                box.append(it.markup({}));
                return box.innerHTML;
            }})",
            json!(html)
        ));
        assert_eq!(made, expected, "{html}");
    }
}

#[test]
fn what_a_person_answers_is_learned() {
    let mut dev = Dev::start_with(|tree| {
        // Whenever this runs, people may be reminded.
        let client = tree.join("demo_salon/client.yaml");
        let text = fs::read_to_string(&client).unwrap();
        fs::write(client, text.replace("settings:\n", "settings:\n  quiet_hours: off\n")).unwrap();
    });
    let Some(mut page) = opened(&dev) else { return };
    page.click("label:has(input[value=demo_salon])");
    page.wait_for("document.querySelector('#peer').textContent.includes('Мира')");
    only_telegrams_tags_become_elements(&mut page);
    assert!(!ask(&mut page, QUESTION).contains("17300"));

    page.wait_for("document.querySelector('.sides [data-unseen]').textContent === '1'");
    page.click(".sides [data-show=telegram]");
    told(&mut page, QUESTION);
    page.wait_for("document.querySelector('.letter__pin')");
    page.click("[data-move='1800000']");
    told(&mut page, "Клиент ждёт ответа 30 минут");

    become_one(&mut page, "менеджер");
    press(&mut page, "Беру");
    told(&mut page, "Отвечает Администратор");
    page.click("#tell-text");
    page.type_text(ANSWER);
    page.click("#tell-send");
    let phone = page.wait_for("document.querySelector('.bubble--person .bubble__text')?.textContent");
    assert_eq!(phone, ANSWER, "no markup of anybody's making");
    page.wait_for("document.querySelector('.letter--me .letter__reaction')");
    press(&mut page, "Решено");
    told(&mut page, "Решено: Администратор");

    told(&mut page, "Запомнить этот ответ?");
    press(&mut page, "В базу");
    page.wait_for("document.querySelector('#toasts').textContent.includes('Решает владелец')");
    become_one(&mut page, "владелец");
    press(&mut page, "В базу");
    told(&mut page, "Ответ в базе");
    page.click(".sides [data-show=why]");
    asked_by_another(&mut page, "learned:1");

    let before = page.eval("document.querySelector('#release').title");
    dev.tenantry(&["learn", "export", "demo_salon"]);
    page.wait_for(&format!("document.querySelector('#release').title !== {before}"));
    asked_by_another(&mut page, "learned.md:");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !dev.tenantry(&["learn", "list", "demo_salon"]).contains("in the release") {
        assert!(Instant::now() < deadline, "the responder's copy does not retire");
    }

    assert_eq!(json!(page.complaints()), json!([]));
    drop(page);
    #[cfg(unix)]
    dev.stop();
}
