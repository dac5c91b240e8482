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
                    "it has topics, and the bot may manage them, pin and delete",
                    "темы включены, бот может управлять ими, закреплять и удалять"
                ),
            );
        }
    }
}

fn standing(sheet: &mut Sheet, check: &str, has_topics: bool, membership: Membership) {
    let lacking = match membership {
        Membership::Owner => return,
        // Where there are no topics nobody has to manage them.
        Membership::Administrator(rights) => {
            match lacking(Rights { topics: rights.topics || !has_topics, ..rights }) {
                Some(lacking) => lacking,
                None => return,
            }
        }
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

/// What the desk needs and the bot may not; nothing where it may do everything.
fn lacking(rights: Rights) -> Option<super::Words> {
    let all = [
        (rights.topics, "manage topics", "управлять темами"),
        (rights.pins, "pin messages", "закреплять сообщения"),
        (
            rights.deletes,
            "delete messages, as `tenantry forget` must",
            "удалять сообщения, что нужно для `tenantry forget`",
        ),
    ];
    let (en, ru): (Vec<&str>, Vec<&str>) =
        all.into_iter().filter(|it| !it.0).map(|(_, en, ru)| (en, ru)).unzip();
    let (en, ru) = (en.join(" or "), ru.join(", "));
    (!en.is_empty()).then(|| words!("the bot may not {en}", "бот не может {ru}"))
}

fn invite() -> super::Words {
    words!(
        "add the bot to the group as an administrator who may manage topics, pin and delete messages, and compare `telegram_chat_id`",
        "добавьте бота в группу администратором с правами на темы, закрепление и удаление сообщений и сверьте `telegram_chat_id`"
    )
}
