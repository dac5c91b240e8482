//! What all tenants share: the store, the gateway, the models, the index.

use std::collections::BTreeMap;
use std::sync::Arc;

use runtime::{Queues, ReleaseStore, StateStore, StoreError};

use super::passages::{self, Opened};
use super::probe::{self, Models};
use super::{Patient, Sheet, Stores, Words, blocking};
use crate::Config;

/// What waits longer than this says that nobody works, milliseconds.
const LATE_MS: i64 = 5 * 60_000;

/// What the checks of tenants go by.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) releases: Option<Arc<dyn ReleaseStore>>,
    pub(super) state: Option<Arc<dyn StateStore>>,
    pub(super) index: Option<Opened>,
    /// None where no model is asked.
    pub(super) models: Option<Models>,
    /// Now, Unix milliseconds.
    pub(super) now_ms: i64,
}

/// Looks at the house; returns what is known of it, and who is published where the store can tell.
pub(super) async fn examine(
    sheet: &mut Sheet,
    config: Config,
    stores: Stores,
    now_ms: i64,
) -> (Shared, Option<BTreeMap<String, Patient>>) {
    let (releases, patients) = published(sheet, &config, stores.releases).await;
    let state = queues(sheet, stores.state, now_ms).await;
    let (gateway, asked, embedder) =
        tokio::join!(probe::knock(&config.chatflow_api_url), models(&config), embedder(&config));
    gateway_answers(sheet, gateway);
    tell_models(sheet, &config, asked.as_ref());
    tell_embedder(sheet, &config, embedder.as_ref());
    let index = match releases.clone() {
        Some(releases) => {
            let config = config.clone();
            let found = blocking(move || passages::open(&config, releases.as_ref())).await;
            passages::tell(sheet, found)
        }
        None => None,
    };
    (Shared { config, releases, state, index, models: asked, now_ms }, patients)
}

/// What is published, and the store it is published in.
async fn published(
    sheet: &mut Sheet,
    config: &Config,
    opened: Result<Option<Arc<dyn ReleaseStore>>, StoreError>,
) -> (Option<Arc<dyn ReleaseStore>>, Option<BTreeMap<String, Patient>>) {
    let releases = match opened {
        Ok(Some(releases)) => releases,
        Ok(None) => {
            let detail = words!("nothing is published", "ничего не опубликовано");
            sheet.wrong("store", detail, words!("run `tenantry apply`", "выполните `tenantry apply`"));
            return (None, None);
        }
        Err(error) => {
            store_failed(sheet, "store", &error);
            return (None, None);
        }
    };
    let (store, config) = (Arc::clone(&releases), config.clone());
    let patients = match blocking(move || super::patients(&config, store.as_ref())).await {
        Some(Ok(patients)) => {
            let many = patients.len();
            let detail = words!(
                "reachable, its schema is current, published tenants: {many}",
                "доступно, схема актуальна, опубликовано брендов: {many}"
            );
            sheet.fine("store", detail);
            Some(patients)
        }
        Some(Err(error)) => {
            store_failed(sheet, "store", &error);
            None
        }
        None => {
            let late = StoreError::Unavailable("no answer in time".to_owned());
            store_failed(sheet, "store", &late);
            None
        }
    };
    (Some(releases), patients)
}

fn store_failed(sheet: &mut Sheet, check: &str, error: &StoreError) {
    let remedy = words!(
        "see whether --store and --data name it, and whether it is well",
        "проверьте --store и --data и состояние хранилища"
    );
    sheet.wrong(check, words!("{error}", "хранилище: {error}"), remedy);
}

/// What waits.
async fn queues(
    sheet: &mut Sheet,
    opened: Result<Option<Arc<dyn StateStore>>, StoreError>,
    now_ms: i64,
) -> Option<Arc<dyn StateStore>> {
    let state = match opened {
        Ok(Some(state)) => state,
        Ok(None) => {
            sheet.skip("queues", words!("nobody has written yet", "никто ещё не писал"));
            return None;
        }
        Err(error) => {
            store_failed(sheet, "queues", &error);
            return None;
        }
    };
    let store = Arc::clone(&state);
    match blocking(move || store.queues(now_ms)).await {
        Some(Ok(queues)) => tell_queues(sheet, &queues, now_ms),
        Some(Err(error)) => store_failed(sheet, "queues", &error),
        None => store_failed(sheet, "queues", &StoreError::Unavailable("no answer in time".to_owned())),
    }
    Some(state)
}

fn tell_queues(sheet: &mut Sheet, queues: &Queues, now_ms: i64) {
    let Queues { due, pending_sends, dead, unknown, open_handovers, .. } = queues;
    let counts = words!(
        "talks due: {due}, replies to send: {pending_sends}, given up: {dead}, outcome unknown: {unknown}, requests open: {open_handovers}",
        "ждут разбора: {due}, ждут отправки: {pending_sends}, не отправлены: {dead}, исход неизвестен: {unknown}, открытых обращений: {open_handovers}"
    );
    let oldest = [queues.oldest_due_ms, queues.oldest_send_ms].into_iter().flatten().min();
    let waited_ms = oldest.map_or(0, |it| now_ms.saturating_sub(it));
    if waited_ms <= LATE_MS {
        return sheet.fine("queues", counts);
    }
    let minutes = waited_ms / 60_000;
    let Words { en, ru } = counts;
    let detail = words!("{en}; the oldest waits for {minutes} min", "{ru}; самое старое ждёт {minutes} мин");
    let remedy =
        words!("see whether `serve` runs, and its logs", "проверьте, работает ли `serve`, и его журнал");
    sheet.wrong("queues", detail, remedy);
}

fn gateway_answers(sheet: &mut Sheet, answer: Result<u16, Words>) {
    match answer {
        Ok(_) => sheet.fine(
            "gateway",
            words!(
                "the host answers; whether it takes a token shows with the first reply",
                "сервер отвечает; принимает ли он токен, покажет первый ответ"
            ),
        ),
        Err(Words { en, ru }) => sheet.wrong(
            "gateway",
            words!("the WhatsApp gateway does not answer: {en}", "шлюз WhatsApp не отвечает: {ru}"),
            words!(
                "see whether CHATFLOW_API_URL is right and this machine reaches it",
                "проверьте CHATFLOW_API_URL и доступ к нему с этой машины"
            ),
        ),
    }
}

async fn models(config: &Config) -> Option<Models> {
    let key = config.openai_api_key.as_ref()?;
    Some(probe::models(&config.openai_base_url, Some(key)).await)
}

async fn embedder(config: &Config) -> Option<Models> {
    let settings = config.embeddings.as_ref()?;
    Some(probe::models(&settings.base_url, settings.key.as_ref()).await)
}

fn tell_models(sheet: &mut Sheet, config: &Config, models: Option<&Models>) {
    match models {
        None => sheet.skip(
            "model",
            words!(
                "OPENAI_API_KEY is not set: no model is asked, facts and passages answer",
                "OPENAI_API_KEY не задан: модель не спрашивают, отвечают факты и документы"
            ),
        ),
        Some(models) => tell_endpoint(sheet, "model", models, "OPENAI_BASE_URL", "OPENAI_API_KEY"),
    }
    match (&config.transcription_model, models) {
        (Some(model), Some(Models::Listed(_) | Models::Unlisted)) => {
            tell_named(sheet, "transcriber", model, models, "TRANSCRIPTION_MODEL");
        }
        (Some(_), Some(models)) => {
            tell_endpoint(sheet, "transcriber", models, "OPENAI_BASE_URL", "OPENAI_API_KEY");
        }
        _ => sheet.skip(
            "transcriber",
            words!(
                "TRANSCRIPTION_MODEL is not set: customers are asked to write",
                "TRANSCRIPTION_MODEL не задана: клиентов просят написать"
            ),
        ),
    }
}

fn tell_embedder(sheet: &mut Sheet, config: &Config, models: Option<&Models>) {
    match (&config.embeddings, models) {
        (Some(it), Some(Models::Listed(_) | Models::Unlisted)) => {
            tell_named(sheet, "embedder", &it.model, models, "EMBEDDINGS_MODEL");
        }
        (Some(_), Some(models)) => {
            tell_endpoint(sheet, "embedder", models, "EMBEDDINGS_BASE_URL", "EMBEDDINGS_API_KEY");
        }
        _ => sheet.skip(
            "embedder",
            words!(
                "EMBEDDINGS_MODEL is not set: search goes by words alone",
                "EMBEDDINGS_MODEL не задана: поиск идёт только по словам"
            ),
        ),
    }
}

/// Whether a model that a setting names is listed.
fn tell_named(sheet: &mut Sheet, check: &str, model: &str, models: Option<&Models>, setting: &str) {
    match models {
        Some(it) if it.lacks(model) => sheet.wrong(
            check,
            words!(
                "the endpoint answers, but does not list `{model}`",
                "сервер отвечает, но модели `{model}` в его списке нет"
            ),
            words!("name another one in {setting}", "укажите другую в {setting}"),
        ),
        Some(Models::Listed(_)) => {
            sheet.fine(
                check,
                words!("the endpoint lists `{model}`", "модель `{model}` есть в списке сервера"),
            );
        }
        _ => sheet.skip(check, unlisted()),
    }
}

fn tell_endpoint(sheet: &mut Sheet, check: &str, models: &Models, url: &str, key: &str) {
    match models {
        Models::Listed(_) => {
            sheet.fine(
                check,
                words!("the endpoint answers and takes the key", "сервер отвечает и принимает ключ"),
            );
        }
        Models::Unlisted => sheet.skip(check, unlisted()),
        Models::Refused(code) => sheet.wrong(
            check,
            words!("the endpoint refuses the key (HTTP {code})", "сервер не принимает ключ (HTTP {code})"),
            words!("put a valid key into {key}", "впишите действующий ключ в {key}"),
        ),
        Models::Away(Words { en, ru }) => sheet.wrong(
            check,
            words!("the endpoint does not work: {en}", "сервер не работает: {ru}"),
            words!(
                "see whether {url} is right and this machine reaches it",
                "проверьте {url} и доступ к нему с этой машины"
            ),
        ),
    }
}

fn unlisted() -> Words {
    words!(
        "the endpoint answers, but lists no models; anything else would be paid for",
        "сервер отвечает, но списка моделей не даёт; остальное платно"
    )
}
