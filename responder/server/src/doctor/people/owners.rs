//! Whom the bot may write to privately: only those with a numeric id who have pressed Start.

use std::sync::Arc;

use super::super::{Sheet, Ward, blocking};
use crate::desk::{owners_of, people_of};

/// What is known of an owner's account.
enum Account {
    /// The bundle has the number.
    Numeric(i64),
    /// Seen under this name.
    Bound(i64),
    /// A name that nobody was seen under.
    Unseen,
}

/// Looks at every owner, and at how people are named.
pub(super) async fn examine(sheet: &mut Sheet, ward: &Ward<'_>, bot_id: i64) {
    let owners: Vec<String> =
        owners_of(ward.head, ward.standing).into_iter().map(|(handle, _)| handle.to_owned()).collect();
    if owners.is_empty() {
        sheet.wrong(
            "owners",
            words!(
                "no owner is named: alarms go to the group, nobody decides lessons",
                "владелец не указан: тревоги идут в группу, уроки никто не решает"
            ),
            words!(
                "put a numeric id into `settings.owner_telegram_id`",
                "впишите числовой id в `settings.owner_telegram_id`"
            ),
        );
    }
    let many = owners.len();
    let Some(accounts) = accounts(ward, bot_id, owners).await else {
        return sheet.wrong(
            "owners",
            words!(
                "the store does not tell who has started the bot",
                "хранилище не говорит, кто запускал бота"
            ),
            words!("mend the store first", "сначала почините хранилище"),
        );
    };
    for (nth, (account, reachable)) in accounts.into_iter().enumerate() {
        let nth = nth + 1;
        let check = format!("owner:{nth}");
        let start = || {
            words!(
                "have the owner open the bot and press Start",
                "попросите владельца: «откройте бота и нажмите Start»"
            )
        };
        match (account, reachable) {
            (Account::Unseen, _) => sheet.wrong(
                &check,
                words!(
                    "owner {nth} of {many} is named by a username that nobody was seen under",
                    "владелец {nth} из {many} указан именем, под которым ещё никого не видели"
                ),
                words!(
                    "put the numeric id into the bundle, and have the owner open the bot and press Start",
                    "впишите числовой id и попросите владельца: «откройте бота и нажмите Start»"
                ),
            ),
            (_, false) => sheet.wrong(
                &check,
                words!(
                    "owner {nth} of {many} has not started the bot: it may not write to them",
                    "владелец {nth} из {many} не запускал бота: писать ему нельзя"
                ),
                start(),
            ),
            (Account::Numeric(_), true) => sheet.fine(
                &check,
                words!("owner {nth} of {many} can be written to", "владельцу {nth} из {many} можно писать"),
            ),
            (Account::Bound(_), true) => sheet.hint(
                &check,
                words!("owner {nth} of {many} can be written to", "владельцу {nth} из {many} можно писать"),
                words!(
                    "a username may be given to somebody else: put the numeric id into the bundle",
                    "имя может перейти к другому: впишите числовой id"
                ),
            ),
        }
    }
    usernames(sheet, ward);
}

/// Each owner's account, and whether the bot may write there; none when the store does not tell.
async fn accounts(ward: &Ward<'_>, bot_id: i64, owners: Vec<String>) -> Option<Vec<(Account, bool)>> {
    let (state, slug) = (ward.shared.state.as_ref().map(Arc::clone), ward.slug.to_owned());
    let read = move || {
        let bindings = state.as_ref().map_or(Ok(Vec::new()), |it| it.bindings(&slug))?;
        let account = |handle: &str| {
            let bare = handle.trim().trim_start_matches('@').to_lowercase();
            match handle.trim().parse::<i64>() {
                Ok(id) => Account::Numeric(id),
                Err(_) => match bindings.iter().find(|it| it.username == bare) {
                    Some(it) => Account::Bound(it.telegram_id),
                    None => Account::Unseen,
                },
            }
        };
        let mut all = Vec::new();
        for owner in &owners {
            let account = account(owner);
            let reachable = match (&account, &state) {
                (Account::Numeric(id) | Account::Bound(id), Some(state)) => state.reachable(bot_id, *id)?,
                _ => false,
            };
            all.push((account, reachable));
        }
        Ok::<_, runtime::StoreError>(all)
    };
    blocking(read).await?.ok()
}

/// People beside owners that are named by usernames alone.
fn usernames(sheet: &mut Sheet, ward: &Ward<'_>) {
    let named = people_of(ward.head, ward.standing).filter(|it| it.role != format::Role::Owner);
    let named: Vec<&str> = named.filter_map(|it| it.telegram.as_deref()).collect();
    let (all, by_name) = (named.len(), named.iter().filter(|it| it.trim().parse::<i64>().is_err()).count());
    if by_name > 0 {
        sheet.hint(
            "agents",
            words!("named by username: {by_name} of {all}", "указаны именем: {by_name} из {all}"),
            words!(
                "a username may be given to somebody else: put numeric ids into the bundle",
                "имя может перейти к другому: впишите числовые id"
            ),
        );
    }
}
