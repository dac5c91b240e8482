//! Words back to the person who wrote or pressed: at once and once, because they are of use only now.

use std::time::Duration;

use telegram::buttons::Keyboard;
use telegram::client::{IsAlert, Target};
use telegram::note::Toast;
use telegram::update::{Place, Pressed};
use telegram::{CallError, Client};

/// Telegram shows a pressed button as busy until it is answered.
const TOAST: Duration = Duration::from_secs(5);

/// Answers under somebody's message; the answer's id, where there is one.
pub(super) async fn reply(client: &Client, to: Place, html: &str) -> Option<i32> {
    let target = Target { chat_id: to.chat_id, thread_id: to.thread_id, reply_to: Some(to.message_id) };
    let sent = client.send_text(target, html, &Vec::new()).await;
    let id = sent.as_ref().ok().map(|it| it.message_id);
    told(sent.map(drop));
    id
}

/// Answers in a private chat.
pub(super) async fn private(client: &Client, person: i64, html: &str) {
    told(client.send_text(Target::chat(person), html, &Vec::new()).await.map(drop));
}

/// Answers a pressed button.
pub(super) async fn toast(client: &Client, pressed: &Pressed, toast: &Toast) {
    let alert = if toast.is_alert() { IsAlert::Yes } else { IsAlert::No };
    told(client.answer_callback(&pressed.query_id, &toast.text(), alert, TOAST).await);
}

/// Changes the message that somebody pressed.
pub(super) async fn redraw(client: &Client, (chat_id, message_id): (i64, i32), to: (&str, &Keyboard)) {
    match client.edit_text(chat_id, message_id, to.0, to.1).await.map(drop) {
        Err(CallError::NotModified) => {}
        outcome => told(outcome),
    }
}

fn told(outcome: Result<(), CallError>) {
    if let Err(error) = outcome {
        tracing::info!(%error, "a person was not answered in Telegram");
    }
}
