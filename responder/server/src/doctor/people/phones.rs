//! What owners were to be told by WhatsApp and were not.

use std::sync::Arc;

use runtime::Notices;

use super::super::{Sheet, Ward, blocking};

/// What is older counts no more, milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Tells of messages that did not go out; nothing where all did, or where the store cannot say, which was
/// told before.
pub(super) async fn examine(sheet: &mut Sheet, ward: &Ward<'_>) {
    let Some(state) = ward.shared.state.as_ref().map(Arc::clone) else { return };
    let (slug, since_ms) = (ward.slug.to_owned(), ward.shared.now_ms - DAY_MS);
    let read = blocking(move || state.notices(Some(&slug), since_ms)).await;
    let Some(Ok(Notices { dead, unknown, .. })) = read else { return };
    if dead + unknown == 0 {
        return;
    }
    sheet.wrong(
        "owner_messages",
        words!(
            "alarms that did not reach an owner by WhatsApp within a day: {dead}, outcome unknown: {unknown}",
            "тревоги владельцу в WhatsApp за сутки: не дошли {dead}, исход неизвестен {unknown}"
        ),
        words!(
            "see whether the owner's `phone` under `agents` is on WhatsApp, and the gateway's token and number",
            "проверьте `phone` владельца в `agents`: есть ли этот номер в WhatsApp, а также токен и номер шлюза"
        ),
    );
}
