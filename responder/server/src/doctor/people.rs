//! The desk in Telegram: the bot, its rights in the groups, how its updates travel, whom it may write to.

mod groups;
mod owners;
mod phones;

use futures_util::future::join_all;
use telegram::CallError;
use telegram::client::{Client, Hook, Settings};

use super::{DEADLINE, Sheet, Ward, Words};
use crate::desk::{Bot, hook_address};

const BOT: &str = "telegram_bot";
const UPDATES: &str = "telegram_updates";

/// An error of a delivery counts for so long, seconds.
const FRESH_S: i64 = 10 * 60;

/// Looks at the people of one tenant.
pub(super) async fn examine(sheet: &mut Sheet, ward: &Ward<'_>, bot: Option<&Bot>) {
    desk(sheet, ward, bot).await;
    phones::examine(sheet, ward).await;
}

/// Looks at the desk.
async fn desk(sheet: &mut Sheet, ward: &Ward<'_>, bot: Option<&Bot>) {
    let groups = groups::of(ward.head);
    let Some(bot) = bot else {
        no_bot(sheet, !groups.is_empty());
        if sheet.has_failed(BOT) {
            unasked(sheet, &groups);
        }
        return;
    };
    let settings = Settings {
        api_url: ward.shared.config.telegram_api_url.clone(),
        token: bot.token.clone(),
        deadline: DEADLINE,
    };
    match Client::new(settings) {
        Ok(client) => ask(sheet, ward, &client, &groups).await,
        Err(error) => {
            let remedy = words!("see TELEGRAM_API_URL and the token", "проверьте TELEGRAM_API_URL и токен");
            sheet.wrong(BOT, words!("{error}", "бот: {error}"), remedy);
        }
    }
    owners::examine(sheet, ward, bot.id).await;
}

/// A tenant without a bot that can be used.
fn no_bot(sheet: &mut Sheet, has_group: bool) {
    // A token that is named and cannot be used was told of.
    if sheet.has(BOT) {
        return;
    }
    if !has_group {
        let detail = words!(
            "none is named: requests wait in `tenantry handovers`",
            "бот не указан: обращения ждут в `tenantry handovers`"
        );
        return sheet.skip(BOT, detail);
    }
    sheet.wrong(
        BOT,
        words!(
            "a group is named, but no bot: requests are shown to nobody",
            "группа указана, а бота нет: обращения никто не увидит"
        ),
        words!(
            "name `telegram_bot_token` under `secrets` of `client.yaml`",
            "укажите `telegram_bot_token` в `client.yaml`, раздел `secrets`"
        ),
    );
}

async fn ask(sheet: &mut Sheet, ward: &Ward<'_>, client: &Client, groups: &[groups::Group<'_>]) {
    match client.me().await {
        Ok(me) if me.id == client.bot_id() => {
            let name = me.username;
            sheet.fine(BOT, words!("Telegram knows it: @{name}", "Telegram его знает: @{name}"));
        }
        Ok(_) => sheet.wrong(
            BOT,
            words!("Telegram answers for another bot", "Telegram отвечает за другого бота"),
            words!(
                "see whether TELEGRAM_API_URL is Telegram's",
                "проверьте, что TELEGRAM_API_URL ведёт в Telegram"
            ),
        ),
        Err(error) => {
            call_failed(sheet, BOT, &error);
            let hopeless = [CallError::Unauthorized, CallError::Unavailable, CallError::Timeout];
            if hopeless.contains(&error) {
                return unasked(sheet, groups);
            }
        }
    }
    let group = async |group: &groups::Group<'_>| {
        let mut own = sheet.beside();
        group.examine(&mut own, client).await;
        own
    };
    let (hook, own) = tokio::join!(client.webhook(), join_all(groups.iter().map(group)));
    match hook {
        Ok(hook) => updates(sheet, ward, client.bot_id(), &hook),
        Err(error) => call_failed(sheet, UPDATES, &error),
    }
    if ward.head.client.settings.telegram_chat_id.is_none() {
        sheet.wrong(
            "telegram_group",
            words!(
                "the client has none: alarms, and requests of no branch, are shown to nobody",
                "у бренда её нет: тревоги и обращения без филиала никто не увидит"
            ),
            words!(
                "make a group with topics and put its id into `settings.telegram_chat_id`",
                "создайте группу с темами и впишите её id в `settings.telegram_chat_id`"
            ),
        );
    }
    for own in own {
        sheet.append(own);
    }
}

/// What cannot be asked without the bot.
fn unasked(sheet: &mut Sheet, groups: &[groups::Group<'_>]) {
    let updates = std::iter::once(UPDATES.to_owned());
    for check in updates.chain(groups.iter().map(groups::Group::check)) {
        sheet.skip(&check, words!("without the bot it cannot be asked", "без бота это не спросить"));
    }
}

/// Whether updates come to where they are waited for.
fn updates(sheet: &mut Sheet, ward: &Ward<'_>, bot_id: i64, hook: &Hook) {
    let Some(base) = &ward.shared.config.public_base_url else {
        return match hook.url.as_str() {
            "" => sheet.fine(
                UPDATES,
                words!("they are fetched: no webhook is set", "их забирают: вебхук не установлен"),
            ),
            _ => sheet.wrong(
                UPDATES,
                words!(
                    "a webhook is set, and PUBLIC_BASE_URL is not: fetching gets nothing",
                    "вебхук установлен, а PUBLIC_BASE_URL не задан: забирать нечего"
                ),
                words!(
                    "set PUBLIC_BASE_URL as `serve` has it; without one `serve` takes the webhook away",
                    "задайте PUBLIC_BASE_URL, как у `serve`; без него `serve` снимет вебхук сам"
                ),
            ),
        };
    };
    let start = || {
        words!(
            "start `serve` with this PUBLIC_BASE_URL: it sets the webhook, and again every hour",
            "запустите `serve` с этим PUBLIC_BASE_URL: он установит вебхук и повторит это каждый час"
        )
    };
    if hook.url.is_empty() {
        let detail = words!(
            "no webhook is set: nobody hears what people press",
            "вебхук не установлен: нажатия никто не слышит"
        );
        return sheet.wrong(UPDATES, detail, start());
    }
    if hook.url != hook_address(base, bot_id) {
        let detail = words!(
            "the webhook leads elsewhere: another process has this bot",
            "вебхук ведёт в другое место: бот занят другим процессом"
        );
        return sheet.wrong(UPDATES, detail, start());
    }
    let waiting = hook.pending_update_count;
    let age_s = hook.last_error_date.map(|at| (ward.shared.now_ms / 1000).saturating_sub(at));
    match age_s {
        Some(age) if age <= FRESH_S || waiting > 0 => {
            let why: String = hook
                .last_error_message
                .as_deref()
                .unwrap_or("?")
                .chars()
                .filter(|it| !it.is_control())
                .take(200)
                .collect();
            sheet.wrong(
                UPDATES,
                words!(
                    "deliveries fail: {why}; updates waiting: {waiting}",
                    "доставка не удаётся: {why}; ждут обновлений: {waiting}"
                ),
                words!(
                    "see whether the world reaches PUBLIC_BASE_URL, and the log of `serve`",
                    "проверьте, доступен ли PUBLIC_BASE_URL снаружи, и журнал `serve`"
                ),
            );
        }
        _ => sheet.fine(
            UPDATES,
            words!(
                "the webhook is ours; updates waiting: {waiting}",
                "вебхук наш; ждут обновлений: {waiting}"
            ),
        ),
    }
}

/// A call that failed, in words.
fn call_failed(sheet: &mut Sheet, check: &str, error: &CallError) {
    let (detail, remedy) = match error {
        CallError::Unauthorized => (
            words!("Telegram does not know the token", "Telegram не знает этот токен"),
            words!("copy the token from @BotFather anew", "скопируйте токен из @BotFather заново"),
        ),
        CallError::Unavailable | CallError::Timeout | CallError::Ambiguous => (
            words!("Telegram does not answer", "Telegram не отвечает"),
            words!(
                "see whether this machine reaches TELEGRAM_API_URL",
                "проверьте доступ к TELEGRAM_API_URL с этой машины"
            ),
        ),
        CallError::RetryAfter(wait) => {
            let seconds = wait.as_secs();
            (
                words!("Telegram asks to wait {seconds} s", "Telegram просит подождать {seconds} с"),
                words!("try again then", "попробуйте потом ещё раз"),
            )
        }
        other => (words!("{other}", "Telegram: {other}"), words!("try again", "попробуйте ещё раз")),
    };
    sheet.wrong(check, detail, remedy);
}

/// What a group must be like.
fn rights() -> Words {
    words!(
        "make the bot an administrator who may manage topics, pin messages and delete messages",
        "сделайте бота администратором с правами управлять темами, закреплять и удалять сообщения"
    )
}
