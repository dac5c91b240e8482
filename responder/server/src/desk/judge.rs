//! A lesson's card, and those who decide by it.

use std::sync::Arc;

use lessons::{Cleaner, LONGEST_ANSWER, Learned};
use runtime::{Decided, Decision, Judgement, JudgementOutcome, LessonRow, StoreError};
use telegram::Action;
use telegram::buttons::{self, Keyboard};
use telegram::html::escape;
use telegram::lesson::{Lesson, Verdict};
use telegram::note::Toast;
use telegram::update::{Pressed, Said};
use uuid::Uuid;

use super::people;
use super::pressed::Then;
use super::updates::Hearing;
use crate::engine::Engine;
use crate::load::LoadError;
use crate::tenant::Tenant;

/// The card of a lesson now, `at_once` for one that nobody was asked about; nothing where it is gone.
pub(super) async fn drawn(
    engine: &Engine,
    tenant: &Tenant,
    (id, at_once): (&str, bool),
) -> Result<Option<(String, Keyboard)>, StoreError> {
    let asked = id.to_owned();
    let Some(row) = engine.with_state(move |state| state.lesson(&asked)).await? else { return Ok(None) };
    let (Ok(uuid), true) = (Uuid::parse_str(&row.id), row.slug == tenant.slug()) else { return Ok(None) };
    let verdict = match row.status.as_str() {
        "pending" => Verdict::Waiting,
        "approved" => Verdict::Approved,
        _ => Verdict::Rejected,
    };
    let waits = verdict == Verdict::Waiting;
    let can_go = at_once && verdict == Verdict::Approved && row.retired_at_ms.is_none();
    let slug = row.slug.clone();
    let bindings = engine.with_state(move |state| state.bindings(&slug)).await?;
    let (similar, beside) = alike(engine, tenant, &row).await?;
    let against = row.contradiction.iter().filter(|_| waits).flat_map(|it| it.lines());
    let lesson = Lesson {
        against: against.map(str::to_owned).collect(),
        question: row.question,
        answer: row.answer,
        by: row.source_name,
        similar,
        beside,
        verdict,
        at_once,
        decided_by: row.decided_by,
        owners: if waits { people::mentions(tenant, &bindings) } else { Vec::new() },
    };
    let keys = match (waits, can_go) {
        (true, _) => buttons::lesson(uuid),
        (false, true) => buttons::learned(uuid),
        (false, false) => Keyboard::new(),
    };
    Ok(Some((lesson.html(), keys)))
}

/// Questions of the lesson, or of the document, that it says again.
async fn alike(
    engine: &Engine,
    tenant: &Tenant,
    row: &LessonRow,
) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let Some(id) = row.duplicates_of.clone() else { return Ok(Default::default()) };
    let asked = id.clone();
    let lesson = engine.with_state(move |state| state.lesson(&asked)).await?;
    if let Some(lesson) = lesson.filter(|it| it.slug == row.slug) {
        let is_told = row.status != "rejected" || lesson.is_active;
        return Ok((if is_told { vec![lesson.question] } else { Vec::new() }, Vec::new()));
    }
    let Ok(awake) = engine.wake(tenant).await else { return Ok(Default::default()) };
    let passage = awake.release().passages.iter().find(|it| it.digest == id);
    Ok((Vec::new(), passage.map(|it| it.section.clone()).into_iter().collect()))
}

/// Whether this role decides what is learned at the branch.
fn decides(tenant: &Tenant, branch: Option<&str>, role: Option<&str>) -> bool {
    let Some(role) = role else { return false };
    let at = branch.and_then(|slug| tenant.head().branches.iter().find(|it| it.slug == slug));
    let roles = at.and_then(|it| it.auto_approve_roles.as_ref());
    role == "owner" || roles.unwrap_or(&tenant.settings().auto_approve_roles).iter().any(|it| it == role)
}

/// What a reply to a message comes to.
pub(super) enum Reworded {
    /// It is not the card of a lesson.
    NoCard,
    /// The update was seen before.
    Seen,
    /// To be said, as Telegram's HTML.
    Told(String),
}

impl Hearing<'_> {
    /// A button of a lesson's card; what to say to whoever pressed, and what follows.
    pub(super) async fn judged(
        &self,
        pressed: &Pressed,
        (action, id): (Action, Uuid),
    ) -> Result<(Toast, Then), StoreError> {
        let asked = id.to_string();
        let lesson = self.engine.with_state(move |state| state.lesson(&asked)).await?;
        let slugs = self.slugs();
        let Some(lesson) = lesson.filter(|it| slugs.contains(&it.slug)) else {
            return Ok((Toast::Foreign, Then::Nothing));
        };
        let Some(tenant) = self.tenant(&lesson.slug) else { return Ok((Toast::Foreign, Then::Nothing)) };
        let who = people::person(self.engine, &tenant, lesson.branch.as_deref(), &pressed.from).await;
        if !decides(&tenant, lesson.branch.as_deref(), who.role.as_deref()) {
            return Ok((Toast::OwnersOnly, Then::Nothing));
        }
        let (decision, done) = match action {
            Action::LearnYes => (Some(Decision::Approve), Toast::Learned),
            Action::LearnNo => (Some(Decision::Reject), Toast::Dropped),
            Action::LearnUndo => (Some(Decision::Revoke), Toast::TakenBack { again: None }),
            _ => (None, Toast::Rewrite),
        };
        let (at, id) = ((pressed.chat_id, pressed.message_id), lesson.id.clone());
        let (toast, then) = self.judge(at, lesson, (decision, done), who).await?;
        if matches!(toast, Toast::Decided { .. } | Toast::InDocuments)
            && let Some((html, keys)) =
                drawn(self.engine, &tenant, (&id, action == Action::LearnUndo)).await?
        {
            // A card that stands twice, because an answer was lost, is followed in one place only.
            return Ok((toast, Then::Redrawn { at, html, keys }));
        }
        Ok((toast, then))
    }

    /// A reply to a lesson's card: the answer in other words. It goes to nobody else.
    pub(super) async fn reworded(&self, said: &Said) -> Result<Reworded, StoreError> {
        let Some(card) = said.reply_to else { return Ok(Reworded::NoCard) };
        let (slugs, bot_id, chat_id) = (self.slugs(), self.bot_id, said.place.chat_id);
        let lesson = self
            .engine
            .with_state(move |state| state.lesson_at(&slugs, bot_id, chat_id, card.into()))
            .await?;
        let Some(lesson) = lesson else { return Ok(Reworded::NoCard) };
        let Some(tenant) = self.tenant(&lesson.slug) else { return Ok(Reworded::NoCard) };
        let who = people::person(self.engine, &tenant, lesson.branch.as_deref(), &said.from).await;
        let told = |toast: &Toast| Ok(Reworded::Told(escape(&toast.text())));
        if !decides(&tenant, lesson.branch.as_deref(), who.role.as_deref()) {
            return told(&Toast::OwnersOnly);
        }
        let decision = match self.change(&tenant, &lesson, said.text.as_deref().unwrap_or_default()).await? {
            Ok(decision) => decision,
            Err(toast) => return told(&toast),
        };
        let judged = self.judge((chat_id, card), lesson, (Some(decision), Toast::Learned), who).await?;
        judged.1.go_on(&self.answers()).await;
        if judged.0 == Toast::Already { Ok(Reworded::Seen) } else { told(&judged.0) }
    }

    /// The decision for these words, without personal data; or why they cannot be taken.
    async fn change(
        &self,
        tenant: &Arc<Tenant>,
        lesson: &LessonRow,
        text: &str,
    ) -> Result<Result<Decision, Toast>, StoreError> {
        if text.chars().count() > LONGEST_ANSWER {
            return Ok(Err(Toast::TooLong));
        }
        if text.trim_end().ends_with('?') {
            return Ok(Err(Toast::Asks));
        }
        let awake = match self.engine.wake(tenant).await {
            Ok(awake) => awake,
            Err(LoadError::Store(error)) => return Err(error),
            Err(LoadError::Unusable(_)) => return Ok(Err(Toast::Foreign)),
        };
        let release = awake.release();
        let answer = Cleaner::new(release, lesson.source_name.as_deref()).clean(text);
        if answer.says_nothing() {
            return Ok(Err(Toast::Empty));
        }
        let learned =
            Learned { question: &lesson.question, answer: &answer.text, branch: lesson.branch.as_deref() };
        let passage = lessons::passage(learned, release);
        Ok(passage
            .ok_or(Toast::Foreign)
            .map(|it| Decision::Change { digest: it.digest, answer: answer.text }))
    }

    /// Decides, and says how it went.
    async fn judge(
        &self,
        (chat_id, message_id): (i64, i32),
        lesson: LessonRow,
        (decision, done): (Option<Decision>, Toast),
        who: runtime::Person,
    ) -> Result<(Toast, Then), StoreError> {
        let revokes = decision == Some(Decision::Revoke);
        let judgement = Judgement {
            update: self.key,
            slugs: self.slugs(),
            chat_id,
            message_id: message_id.into(),
            lesson_id: lesson.id,
            decision,
            who,
            now_ms: self.engine.now_ms(),
        };
        let outcome = self.engine.with_state(move |state| state.judge_lesson(&judgement)).await?;
        Ok(match outcome {
            JudgementOutcome::Decided(Decided::Done) => (done, Then::Judged),
            JudgementOutcome::Decided(Decided::Restored { ids }) => {
                let first = ids.into_iter().next().unwrap_or_default();
                let restored = self.engine.with_state(move |state| state.lesson(&first)).await?;
                (Toast::TakenBack { again: restored.map(|it| it.answer) }, Then::Judged)
            }
            JudgementOutcome::Decided(Decided::Already { status, .. }) if revokes && status == "approved" => {
                (Toast::InDocuments, Then::Nothing)
            }
            JudgementOutcome::Decided(Decided::Already { status, by }) => {
                (Toast::Decided { by, learned: status == "approved" }, Then::Nothing)
            }
            JudgementOutcome::Decided(Decided::Missing) | JudgementOutcome::Foreign => {
                (Toast::Foreign, Then::Nothing)
            }
            // The answer to it may have been lost.
            JudgementOutcome::Seen => (Toast::Already, Then::Nothing),
        })
    }
}
