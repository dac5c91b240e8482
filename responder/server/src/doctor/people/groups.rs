//! The groups in which requests are shown.

use format::Head;
use telegram::CallError;
use telegram::client::Client;
use telegram::update::{Membership, Rights};

use super::super::Sheet;
use super::{call_failed, rights};

/// A group of the client's or of a branch's.
pub(super) struct Group<'a> {
    /// None for the client's.
    branch: Option<&'a str>,
    chat: &'a str,
}

/// The client's group, and those of branches that have another.
pub(super) fn of(head: &Head) -> Vec<Group<'_>> {
    let client = head.client.settings.telegram_chat_id.as_deref();
    let own = head.branches.iter().filter(|it| it.is_active);
    let own =
        own.filter_map(|it| Some(Group { branch: Some(&it.slug), chat: it.telegram_chat_id.as_deref()? }));
    let own = own.filter(|it| Some(it.chat) != client);
    client.map(|chat| Group { branch: None, chat }).into_iter().chain(own).collect()
}

impl Group<'_> {
    /// The name of its check.
    pub(super) fn check(&self) -> String {
        match self.branch {
            Some(slug) => format!("telegram_group:{slug}"),
            None => "telegram_group".to_owned(),
        }
    }

    /// Whether requests can be shown there.
    pub(super) async fn examine(&self, sheet: &mut Sheet, client: &Client) {
        let check = self.check();
        let Ok(chat_id) = self.chat.trim().parse::<i64>() else {
            let detail = words!("`telegram_chat_id` is no number", "`telegram_chat_id` — не число");
            let remedy = words!(
                "put the group's numeric id there: it begins with -100",
                "впишите числовой id группы: он начинается с -100"
            );
            return sheet.wrong(&check, detail, remedy);
        };
        let mut has_topics = true;
        match client.chat(chat_id).await {
            Ok(chat) => {
                // A person's own chat has a positive id, and no topics.
                if chat_id > 0 {
                    return sheet
                        .fine(&check, words!("a private chat, without topics", "личный чат, без тем"));
                }
                has_topics = chat.is_forum;
                if !has_topics {
                    let detail = words!(
                        "the group has no topics: people answer by replying to what the bot writes",
                        "в группе нет тем: люди отвечают на сообщения бота ответами"
                    );
                    sheet.hint(
                        &check,
                        detail,
                        words!(
                            "turn topics on in the group's settings, and each customer has one",
                            "включите темы в настройках группы, и у каждого клиента будет своя"
                        ),
                    );
                }
            }
            Err(CallError::ChatGone) => {
                let detail = words!(
                    "there is no such group, or the bot is not in it",
                    "такой группы нет, или бота в ней нет"
                );
                return sheet.wrong(&check, detail, invite());
            }
            Err(CallError::Migrated(id)) => {
                let detail = words!("the group has another id now", "у группы теперь другой id");
                return sheet.wrong(
                    &check,
                    detail,
                    words!("put {id} into `telegram_chat_id`", "впишите {id} в `telegram_chat_id`"),
                );
            }
            Err(error) => call_failed(sheet, &check, &error),
        }
        match client.member(chat_id, client.bot_id()).await {
            Ok(membership) => standing(sheet, &check, has_topics, membership),
            Err(error) => call_failed(sheet, &check, &error),
        }
        if !sheet.has(&check) {
            sheet.fine(
                &check,
                words!(
                    "it has topics, and the bot may manage them and pin",
                    "темы включены, бот может управлять ими и закреплять"
                ),
            );
        }
    }
}

fn standing(sheet: &mut Sheet, check: &str, has_topics: bool, membership: Membership) {
    let lacking = match membership {
        Membership::Owner | Membership::Administrator(Rights { topics: true, pins: true }) => return,
        Membership::Administrator(Rights { pins: true, .. }) if !has_topics => return,
        Membership::Administrator(Rights { topics: false, pins: true }) => {
            words!("the bot may not manage topics", "бот не может управлять темами")
        }
        Membership::Administrator(Rights { topics: true, pins: false }) => {
            words!("the bot may not pin messages", "бот не может закреплять сообщения")
        }
        Membership::Administrator(_) => words!(
            "the bot may neither manage topics nor pin messages",
            "бот не может ни управлять темами, ни закреплять сообщения"
        ),
        Membership::Member | Membership::Restricted { .. } => {
            words!("the bot is no administrator", "бот не администратор")
        }
        Membership::Left | Membership::Kicked => {
            let detail = words!("the bot is not in the group", "бота нет в группе");
            return sheet.wrong(check, detail, invite());
        }
    };
    sheet.wrong(check, lacking, rights());
}

fn invite() -> super::Words {
    words!(
        "add the bot to the group as an administrator who may manage topics and pin messages, and compare `telegram_chat_id`",
        "добавьте бота в группу администратором с правами на темы и закрепление и сверьте `telegram_chat_id`"
    )
}
