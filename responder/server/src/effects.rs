//! What a turn needs from outside, done within what is left of its time.

use std::time::Duration;

use decide::{Effect, Failure, Found, Memory, Outcome, Turn};
use format::Lang;
use index::{Asked, EmbedError, Hit, IndexError};
use jiff::Zoned;
use runtime::crash;

use crate::awake::Awake;
use crate::care;
use crate::engine::Engine;
use crate::limits;
use crate::ports::{GenerateError, Prompted};
use crate::prompt;
use crate::tenant::Tenant;
use crate::trace::{Seen, StoredModel};

/// A search that takes longer than this is given up.
const SEARCH: Duration = Duration::from_secs(2);
/// A question that is not embedded by then is searched by its words.
const EMBED: Duration = Duration::from_millis(1500);
/// Kept back from the turn's time for the decision and the commit after the last effect.
const RESERVE: Duration = Duration::from_millis(500);

/// Who asks and where, as far as a prompt may name it.
pub(crate) struct Asker {
    name: Option<String>,
    phone: Option<String>,
    branch: Option<String>,
    lang: Lang,
    jid: String,
    /// The plan leaves a model.
    with_model: bool,
}

impl Asker {
    pub(crate) fn of(tenant: &Tenant, turn: &Turn, memory: &Memory, jid: &str, with_model: bool) -> Self {
        let head = tenant.head();
        let by_number = turn.instance_id.as_deref().and_then(|written| {
            let mut branches = head.branches.iter();
            branches.find(|it| it.instance_id.as_ref().is_some_and(|it| it.as_written() == written))
        });
        Self {
            name: turn.sender.clone(),
            phone: turn.phone.clone(),
            branch: memory.branch.clone().or_else(|| by_number.map(|it| it.slug.clone())),
            lang: memory.lang.or_else(|| head.client.languages.first().copied()).unwrap_or_default(),
            jid: jid.to_owned(),
            with_model,
        }
    }
}

/// The hands of one turn.
pub(crate) struct Effects<'a> {
    engine: &'a Engine,
    tenant: &'a Tenant,
    awake: &'a Awake,
    asker: Asker,
    now: &'a Zoned,
    deadline: Duration,
    seen: Seen,
}

impl<'a> Effects<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        (tenant, awake): (&'a Tenant, &'a Awake),
        asker: Asker,
        now: &'a Zoned,
        deadline: Duration,
    ) -> Self {
        Self { engine, tenant, awake, asker, now, deadline, seen: Seen::default() }
    }

    /// What the effects have brought.
    pub(crate) fn into_seen(self) -> Seen {
        self.seen
    }

    /// Does one; a failure is an outcome.
    pub(crate) async fn perform(&mut self, effect: Effect) -> Outcome {
        let (what, outcome) = match effect {
            Effect::Search { query, tag, limit } => {
                crash::point("before_search");
                let outcome = self.search(query, tag, limit).await;
                crash::point("searched");
                ("search", outcome)
            }
            Effect::Generate { model, temperature, system, history, user, schema } => {
                let prompt = Prompted { model, temperature, system, history, user, schema };
                crash::point("before_model");
                let outcome = self.generate(prompt).await;
                crash::point("model_answered");
                ("generate", outcome)
            }
        };
        let word = word(&outcome);
        self.engine.telemetry.count("tenantry_effects_total", &[("effect", what), ("outcome", word)]);
        outcome
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.engine.clock.elapsed()).saturating_sub(RESERVE)
    }

    async fn search(&mut self, query: String, tag: Option<String>, limit: usize) -> Outcome {
        let library = self.awake.library().clone();
        let dense = self.embed(&query).await;
        let search =
            move || library.search(tag.as_deref(), &Asked { text: &query, dense: dense.as_deref() }, limit);
        match self.look_up(search).await {
            Ok(Ok(hits)) => {
                let found: Vec<Found> = hits
                    .into_iter()
                    .map(|it| Found { digest: it.digest, score: it.score, confidence: it.confidence })
                    .collect();
                self.seen.found(self.awake.release(), &found);
                Outcome::Found(found)
            }
            Ok(Err(error)) => {
                tracing::error!(tenant.slug = %self.tenant.slug(), %error, "search failed");
                Outcome::Failed(Failure::Unavailable)
            }
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// Runs a search, with care where a server does it.
    async fn look_up(
        &self,
        search: impl FnOnce() -> Result<Vec<Hit>, IndexError> + Send + 'static,
    ) -> Result<Result<Vec<Hit>, IndexError>, Failure> {
        let time = self.left().min(SEARCH);
        let mut permit = None;
        let mut place = None;
        let mut _parked = None;
        if let Some(care) = self.engine.outside.care_of(care::INDEX) {
            _parked = Some(self.park());
            let mut entered = care.enter(time).await.ok_or(Failure::Unavailable)?;
            permit = entered.permit();
            place = Some(entered);
        }
        let span = tracing::Span::current();
        let work = self.engine.away(move || {
            let found = span.in_scope(search);
            // A search that nobody waits for any more still keeps the server busy.
            drop(permit);
            found
        });
        let found = self.engine.within(time, work).await;
        if let Some(place) = place {
            let ill = match &found {
                Some(Some(Ok(_))) => None,
                Some(Some(Err(error))) => Some(care::ill(error)),
                Some(None) => Some(care::Ill::Answered),
                None => Some(care::Ill::Slow),
            };
            place.settle(ill, time);
        }
        match found {
            Some(Some(found)) => Ok(found),
            Some(None) => Err(Failure::Unavailable),
            None => Err(Failure::Timeout),
        }
    }

    /// While a neighbour is waited for, other conversations have their turns.
    fn park(&self) -> care::Parked<'a> {
        self.engine.outside.park(self.tenant.slug(), &self.engine.arrived)
    }

    /// The question in numbers; without them search goes by words.
    async fn embed(&self, query: &str) -> Option<Vec<f32>> {
        let embedder = self.engine.embedder.as_ref()?;
        if !self.awake.library().catalogue().is_embedded() {
            return None;
        }
        if !limits::may_ask(self.engine, self.tenant, &self.asker.jid, care::EMBEDDER).await {
            return None;
        }
        let _parked = self.park();
        let outcome = embedder.embed(&[query.to_owned()], self.left().min(EMBED)).await;
        let word = match &outcome {
            Ok(_) => "answered",
            Err(EmbedError::Timeout) => "timeout",
            Err(_) => "unavailable",
        };
        self.engine.telemetry.count("tenantry_effects_total", &[("effect", "embed"), ("outcome", word)]);
        match outcome {
            Ok(mut it) => {
                self.engine.telemetry.add("tenantry_embedding_tokens_total", it.tokens);
                (!it.vectors.is_empty()).then(|| it.vectors.remove(0))
            }
            Err(error) => {
                tracing::warn!(tenant.slug = %self.tenant.slug(), %error, "the question is not embedded, search goes by words");
                None
            }
        }
    }

    async fn generate(&mut self, mut prompt: Prompted) -> Outcome {
        let began = self.engine.clock.elapsed();
        let version = prompt::version(&prompt.system, self.awake.release());
        let outcome = match (self.fill(&prompt.system), &self.engine.generator) {
            (_, None) => Outcome::Failed(Failure::Absent),
            _ if !self.may_ask().await => Outcome::Failed(Failure::Absent),
            (Err(error), _) => {
                // Minijinja's texts name variables and lines of the template, no values.
                tracing::error!(tenant.slug = %self.tenant.slug(), %error, "prompt cannot be filled in");
                Outcome::Failed(Failure::Unavailable)
            }
            (Ok(system), Some(generator)) => {
                prompt.system = system;
                let _parked = self.park();
                match generator.generate(&prompt, self.left()).await {
                    Ok(text) => Outcome::Generated(text),
                    Err(GenerateError::Timeout) => Outcome::Failed(Failure::Timeout),
                    Err(error) => {
                        if error == GenerateError::Unfit {
                            self.tell_of_unfit(&prompt.model);
                        }
                        Outcome::Failed(Failure::Unavailable)
                    }
                }
            }
        };
        let outcome_word = word(&outcome).to_owned();
        let took_ms = u64::try_from((self.engine.clock.elapsed() - began).as_millis()).unwrap_or(u64::MAX);
        self.seen.asked(StoredModel { model: prompt.model, outcome: outcome_word, prompt: version, took_ms });
        outcome
    }

    /// Nobody but the tenant is to be without a model because of this.
    fn tell_of_unfit(&self, model: &str) {
        let slug = self.tenant.slug();
        tracing::error!(tenant.slug = %slug, model, "the endpoint does not have the model that the prompt names");
        self.engine.telemetry.count("tenantry_model_unfit_total", &[("tenant", slug)]);
    }

    async fn may_ask(&mut self) -> bool {
        if !self.asker.with_model {
            self.seen.denied();
            return false;
        }
        limits::may_ask(self.engine, self.tenant, &self.asker.jid, care::MODEL).await
    }

    fn fill(&self, system: &str) -> Result<String, minijinja::Error> {
        let now = self.now.strftime("%Y-%m-%d %H:%M").to_string();
        let values = prompt::Values {
            release: self.awake.release(),
            lang: self.asker.lang,
            branch: self.asker.branch.as_deref(),
            contact_name: self.asker.name.as_deref(),
            contact_phone: self.asker.phone.as_deref(),
            now: &now,
        };
        prompt::fill(system, &values)
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Found(_) => "found",
        Outcome::Generated(_) => "answered",
        Outcome::Failed(Failure::Timeout) => "timeout",
        Outcome::Failed(Failure::Unavailable) => "unavailable",
        Outcome::Failed(Failure::Absent) => "absent",
    }
}
