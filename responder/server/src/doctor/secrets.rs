//! Secrets, tokens and numbers, by the words that serving has for what is wrong with them.

use format::Reference;

use super::{Sheet, Ward, Words};
use crate::resolve::Findings;
use crate::secrets::SHORTEST_WEBHOOK_SECRET;
use crate::tenant::Resolved;

const WEBHOOK: &str = "webhook_secret";
const NUMBERS: &str = "numbers";
const TOKEN: &str = "gateway_token";

/// Tells what is wrong, and of what is not that it is well.
pub(super) fn examine(sheet: &mut Sheet, ward: &Ward<'_>, resolved: &Resolved, findings: &Findings) {
    for word in findings.closing.iter().chain(&findings.degrading) {
        tell(sheet, ward, word);
    }
    if !sheet.has(WEBHOOK) {
        let least = SHORTEST_WEBHOOK_SECRET;
        sheet.fine(
            WEBHOOK,
            words!("resolved, {least} characters or more", "найден, не короче {least} знаков"),
        );
    }
    numbers(sheet, ward, resolved);
    token(sheet, ward, resolved);
}

/// One word of those that [`crate::resolve`] finds.
fn tell(sheet: &mut Sheet, ward: &Ward<'_>, word: &str) {
    let (what, branch) = word.split_once(':').unwrap_or((word, ""));
    match what {
        "webhook_secret_missing" => sheet.wrong(
            WEBHOOK,
            words!("no secret is named: the webhook is closed", "секрет не указан: вебхук закрыт"),
            words!(
                "name one under `secrets` of `client.yaml`: `webhook_secret: env:NAME`",
                "укажите его в `client.yaml`, раздел `secrets`: `webhook_secret: env:NAME`"
            ),
        ),
        "webhook_secret_short" | "webhook_secret_next_short" => {
            let (name, least) = (what.trim_end_matches("_short"), SHORTEST_WEBHOOK_SECRET);
            sheet.wrong(
                WEBHOOK,
                words!(
                    "`{name}` is shorter than {least} characters and is refused",
                    "`{name}` короче {least} знаков и не принимается"
                ),
                words!(
                    "make a longer one: `openssl rand -hex 32`",
                    "сделайте длиннее: `openssl rand -hex 32`"
                ),
            );
        }
        "instance_id_unresolved" | "instance_id_shared" | "instance_id_taken" => number(sheet, what, branch),
        "telegram_bot_token_odd" => sheet.wrong(
            "telegram_bot",
            words!(
                "the token is none: it looks like `<number>:<letters>`",
                "это не токен: он выглядит как `<число>:<буквы>`"
            ),
            words!("copy it from @BotFather as it is", "скопируйте его из @BotFather целиком"),
        ),
        "timezone_unknown" => sheet.wrong(
            "timezone",
            words!("the time zone is not known here: UTC is used", "часовой пояс неизвестен: взят UTC"),
            words!(
                "install the system's time zones, or name another in `client.yaml`",
                "установите часовые пояса системы или укажите другой в `client.yaml`"
            ),
        ),
        _ => unresolved(sheet, ward, what.strip_suffix("_unresolved").unwrap_or(what)),
    }
}

/// A secret that is named and not there.
fn unresolved(sheet: &mut Sheet, ward: &Ward<'_>, name: &str) {
    let check = match name {
        "webhook_secret" | "webhook_secret_next" => WEBHOOK,
        "chatflow_token" => TOKEN,
        "telegram_bot_token" => "telegram_bot",
        _ => "secrets",
    };
    let place = place(ward.head.client.secrets.get(name));
    let Words { en, ru } = &place;
    sheet.wrong(
        check,
        words!("`{name}` cannot be resolved: {en} has no value", "`{name}` не найден: {ru} без значения"),
        words!(
            "give {en} a value where `serve` and `doctor` run",
            "задайте значение там, где работают `serve` и `doctor`: {ru}"
        ),
    );
}

/// Where a value is looked for; what stands in the release itself is not shown.
fn place(reference: Option<&Reference>) -> Words {
    match reference {
        Some(Reference::Env(name)) => words!("the variable `{name}`", "переменная `{name}`"),
        Some(Reference::File(path)) => words!("the file `{path}`", "файл `{path}`"),
        _ => words!("the setting", "настройка"),
    }
}

fn number(sheet: &mut Sheet, what: &str, branch: &str) {
    let whose = match branch {
        "" => words!("the client", "бренд"),
        slug => words!("the branch `{slug}`", "филиал `{slug}`"),
    };
    let Words { en, ru } = whose;
    match what {
        "instance_id_shared" => sheet.wrong(
            NUMBERS,
            words!("{en} has the number of another branch", "{ru}: номер уже у другого филиала"),
            words!(
                "give each branch an `instance_id` of its own",
                "дайте каждому филиалу свой `instance_id`"
            ),
        ),
        "instance_id_taken" => sheet.wrong(
            NUMBERS,
            words!(
                "another tenant has the number already: this one is not served",
                "номер уже у другого бренда: этот не обслуживается"
            ),
            words!("give each tenant an `instance_id` of its own", "дайте каждому бренду свой `instance_id`"),
        ),
        _ => sheet.wrong(
            NUMBERS,
            words!("{en}: `instance_id` cannot be resolved", "{ru}: `instance_id` не найден"),
            words!(
                "give its reference a value where `serve` and `doctor` run",
                "задайте значение ссылки там, где работают `serve` и `doctor`"
            ),
        ),
    }
}

/// Every branch that works can be written to.
fn numbers(sheet: &mut Sheet, ward: &Ward<'_>, resolved: &Resolved) {
    let head = ward.head;
    if head.client.instance_id.is_none() {
        for branch in head.branches.iter().filter(|it| it.is_active && it.instance_id.is_none()) {
            let slug = &branch.slug;
            sheet.wrong(
                NUMBERS,
                words!("the branch `{slug}` has no number", "у филиала `{slug}` нет номера"),
                words!(
                    "give it or the client an `instance_id`",
                    "укажите `instance_id` у филиала или у бренда"
                ),
            );
        }
    }
    if !sheet.has(NUMBERS) {
        let many = resolved.numbers.all().count();
        sheet.fine(
            NUMBERS,
            words!("WhatsApp numbers: {many}, each named once", "номеров WhatsApp: {many}, без повторов"),
        );
    }
}

fn token(sheet: &mut Sheet, ward: &Ward<'_>, resolved: &Resolved) {
    if sheet.has(TOKEN) {
        return;
    }
    match (&resolved.token, &ward.shared.config.chatflow_token) {
        (Some(_), _) => sheet.fine(TOKEN, words!("its own, resolved", "свой, найден")),
        (None, Some(_)) => {
            sheet.fine(TOKEN, words!("that of the house, CHATFLOW_TOKEN", "общий, CHATFLOW_TOKEN"))
        }
        (None, None) => sheet.wrong(
            TOKEN,
            words!("there is none: no reply can be sent", "токена нет: ответы не отправить"),
            words!(
                "set CHATFLOW_TOKEN, or name `chatflow_token` under `secrets` of `client.yaml`",
                "задайте CHATFLOW_TOKEN или укажите `chatflow_token` в `client.yaml`, раздел `secrets`"
            ),
        ),
    }
}
