//! The files of a claimed burst, before its turn is decided.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use runtime::{Claim, ConversationState, MessageRow};

use super::{Burst, Counts, Heard, Taker, hear};
use crate::engine::Engine;
use crate::ports::{Recording, TranscribeError, Transcriber};
use crate::tenant::Tenant;
use crate::wire::file::{File, FileKind};
use crate::{care, limits};

/// Milliseconds of the two windows that files are counted in.
const TEN_MINUTES: i64 = 10 * 60 * 1000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Takes and hears what came with a burst. Where a person has the conversation files are not counted;
/// there, and where the plan allows no model, voice notes are kept and nobody pays for their words.
pub(crate) async fn hear_claimed(
    engine: &Arc<Engine>,
    tenant: &Arc<Tenant>,
    claim: &Claim,
    with_model: bool,
    deadline: Instant,
) -> Vec<Heard> {
    let files: Vec<(&str, File)> =
        claim.burst.iter().filter_map(|it| Some((it.id.as_str(), file_of(it)?))).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let client = &tenant.head().client;
    let has_person = claim.state == ConversationState::ManagerActive;
    let listens = with_model && !has_person;
    let within = engine.transcriber.as_ref().filter(|_| listens).map(|door| Within {
        engine: Arc::clone(engine),
        tenant: Arc::clone(tenant),
        jid: claim.jid.clone(),
        door: Arc::clone(door),
    });
    let burst = Burst {
        slug: &claim.slug,
        conversation_id: &claim.conversation_id,
        limits: &client.settings.media,
        lang: Some(client.languages.as_slice()).filter(|it| it.len() == 1).map(|it| it[0]),
        taker: Taker::Bot,
        counts: counts(engine, &claim.conversation_id, has_person).await,
        transcriber: within.as_ref().map(|it| it as &dyn Transcriber),
        deadline,
        files,
    };
    let _parked = engine.outside.park(&claim.slug, &engine.arrived);
    let heard = hear(&engine.ears, &burst).await;
    for it in &heard {
        let labels = [("tenant", claim.slug.as_str()), ("kind", it.file.kind.code()), ("outcome", it.word)];
        engine.telemetry.count("tenantry_files_total", &labels);
    }
    heard
}

/// A transcriber that is asked as long as the customer and the tenant have not used up what they may.
struct Within {
    engine: Arc<Engine>,
    tenant: Arc<Tenant>,
    jid: String,
    door: Arc<dyn Transcriber>,
}

#[async_trait]
impl Transcriber for Within {
    async fn transcribe(&self, recording: &Recording, deadline: Duration) -> Result<String, TranscribeError> {
        if limits::may_ask(&self.engine, &self.tenant, &self.jid, care::TRANSCRIBER).await {
            self.door.transcribe(recording, deadline).await
        } else {
            Err(TranscribeError::Unavailable)
        }
    }
}

/// What became of the files, to be committed with the turn. What only people take is kept where people are
/// asked and see it.
pub(crate) async fn rows(
    engine: &Engine,
    tenant: &Tenant,
    claim: &Claim,
    heard: Vec<Heard>,
    asks_people: bool,
) -> Vec<runtime::Heard> {
    let is_asked = asks_people || claim.state != ConversationState::BotActive;
    let for_people = is_asked && tenant.bot().is_some();
    let mut rows = Vec::new();
    for mut it in heard {
        let Some(message) = claim.burst.iter().find(|row| row.id == it.id) else { continue };
        if it.word == "refused" && it.file.base64.is_some() {
            match for_people {
                true => engine.ears.keep_carried((&claim.slug, &claim.conversation_id), &mut it.file).await,
                false => it.file.base64 = None,
            }
        }
        let (text, file) = (it.words(&message.text), Some(it.file.to_json()));
        rows.push(runtime::Heard { text, file, id: it.id });
    }
    rows
}

pub(super) fn file_of(row: &MessageRow) -> Option<File> {
    let kind = FileKind::of(row.media.as_deref()?);
    let told = row.file.as_deref().map(|it| File::of_json(it, kind)).unwrap_or_default();
    Some(File { kind, ..told })
}

/// Files of the conversation until now, as they weigh. A store that cannot count refuses nothing; it will
/// hardly commit the turn either.
pub(super) async fn counts(engine: &Engine, conversation_id: &str, has_person: bool) -> Counts {
    let (id, now_ms) = (conversation_id.to_owned(), engine.now_ms());
    let counted = engine.with_state(move |state| {
        Ok(Counts {
            in_ten_minutes: state.files_since(&id, now_ms - TEN_MINUTES)?,
            in_a_day: state.files_since(&id, now_ms - DAY)?,
        })
    });
    let counts = counted.await.unwrap_or_else(|error| {
        engine.store_failed("files_since", &error);
        Counts::default()
    });
    if has_person { counts.for_a_person() } else { counts }
}
