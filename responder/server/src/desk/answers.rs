//! Words back to the person who wrote or pressed: at once, because they are of use only now. They count
//! in the windows of the limits like posts, and where Telegram wants a pause they come after it.

use std::sync::Arc;
use std::time::Duration;

use telegram::buttons::Keyboard;
use telegram::client::{IsAlert, Target};
use telegram::note::Toast;
use telegram::update::{Place, Pressed};
use telegram::{CallError, Client};

use crate::engine::Engine;

/// Telegram shows a pressed button as busy until it is answered.
const TOAST: Duration = Duration::from_secs(5);
/// A pressed button is not answered any more after this.
const BUSY: Duration = Duration::from_secs(10);
/// Words are of no use after a longer pause.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often words are tried.
const TRIES: u32 = 3;

/// Who answers, and in which bot's name.
#[derive(Clone)]
pub(super) struct Answers {
    pub(super) engine: Arc<Engine>,
    pub(super) client: Client,
    pub(super) bot_id: i64,
}

impl Answers {
    /// Answers under somebody's message; the answer's id, where there is one.
    pub(super) async fn reply(&self, to: Place, html: &str) -> Option<i32> {
        let target = Target { chat_id: to.chat_id, thread_id: to.thread_id, reply_to: Some(to.message_id) };
        self.send(target, html).await
    }

    /// Answers in a private chat.
    pub(super) async fn private(&self, person: i64, html: &str) {
        self.send(Target::chat(person), html).await;
    }

    async fn send(&self, target: Target, html: &str) -> Option<i32> {
        let buttons = Keyboard::new();
        let call = || self.client.send_text(target, html, &buttons);
        let sent = self.patiently((Some(target.chat_id), true), PATIENCE, call).await;
        let id = sent.as_ref().ok().map(|it| it.message_id);
        told(sent.map(drop));
        id
    }

    /// Answers a pressed button.
    pub(super) async fn toast(&self, pressed: &Pressed, toast: &Toast) {
        let alert = if toast.is_alert() { IsAlert::Yes } else { IsAlert::No };
        let text = toast.text();
        let call = || self.client.answer_callback(&pressed.query_id, &text, alert, TOAST);
        told(self.patiently((None, false), BUSY, call).await);
    }

    /// Changes the message that somebody pressed.
    pub(super) async fn redraw(&self, (chat_id, message_id): (i64, i32), to: (&str, &Keyboard)) {
        let call = || self.client.edit_text(chat_id, message_id, to.0, to.1);
        match self.patiently((Some(chat_id), false), PATIENCE, call).await {
            Err(CallError::NotModified) => {}
            outcome => told(outcome),
        }
    }

    /// Calls until Telegram wants no pause, or one that is too long. Others keep it too: in the chat, or
    /// everywhere where the call is about none.
    async fn patiently<T, F>(
        &self,
        (chat_id, makes): (Option<i64>, bool),
        most: Duration,
        call: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        for _ in 1..TRIES {
            let outcome = call().await;
            self.count((chat_id, makes)).await;
            let Err(CallError::RetryAfter(wait)) = outcome else { return outcome };
            self.block(chat_id, wait).await;
            if wait > most {
                return outcome;
            }
            self.engine.clock.sleep(wait).await;
        }
        call().await
    }

    /// Counted after the call, which nothing may hold up.
    async fn count(&self, (chat_id, makes): (Option<i64>, bool)) {
        let (bot_id, now_ms) = (self.bot_id, self.engine.now_ms());
        let counted = move |state: &dyn runtime::StateStore| {
            state.called(bot_id, chat_id.unwrap_or_default(), makes, now_ms)
        };
        if let Err(error) = self.engine.with_state(counted).await {
            self.engine.store_failed("called", &error);
        }
    }

    async fn block(&self, chat_id: Option<i64>, wait: Duration) {
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
        let (bot_id, until_ms) = (self.bot_id, self.engine.now_ms().saturating_add(wait_ms));
        let blocked = self.engine.with_state(move |state| state.block(bot_id, chat_id, until_ms)).await;
        if let Err(error) = blocked {
            self.engine.store_failed("block", &error);
        }
    }
}

fn told(outcome: Result<(), CallError>) {
    if let Err(error) = outcome {
        tracing::info!(%error, "a person was not answered in Telegram");
    }
}
