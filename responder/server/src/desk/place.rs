//! Where a tenant's requests are shown.

use runtime::{Route, TopicRow};
use telegram::Room;

use crate::tenant::Tenant;

/// The branch's group, else the client's; a word when there is none.
pub(crate) fn of(tenant: &Tenant, branch: Option<&str>) -> Result<Route, &'static str> {
    let bot = tenant.bot().ok_or("no_bot")?;
    let head = tenant.head();
    let branch = branch.and_then(|slug| head.branches.iter().find(|it| it.slug == slug));
    let own = branch.and_then(|it| it.telegram_chat_id.as_deref());
    let chat = own.or(tenant.settings().telegram_chat_id.as_deref()).ok_or("no_group")?;
    let chat_id = chat.trim().parse().map_err(|_| "no_group")?;
    // A person's own chat has a positive id, and no topics. Whether a group has some shows when one is
    // made there.
    Ok(Route { bot_id: bot.id, chat_id, topic: chat_id < 0 })
}

/// Where people answer the customer whose place this is.
pub(super) fn room(topic: &TopicRow) -> Room {
    if topic.threaded { Room::Topic } else { Room::Shared }
}
