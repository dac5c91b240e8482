//! Whether the index holds what the live releases name.

use std::sync::Arc;

use format::Release;
use index::{EdgeIndex, IndexError, Layout, ServerIndex, VectorIndex};
use runtime::{ReleaseStore, StoreError};

use super::{DEADLINE, Sheet, Words};
use crate::Config;
use crate::passages::Shelf;
use crate::responder::{INDEX, kept_layout};

/// The check of the index and of each tenant's part in it.
const CHECK: &str = "index";
const PASSAGES: &str = "passages";

/// The index, open to be looked at.
#[derive(Clone)]
pub(super) struct Opened {
    index: Arc<dyn VectorIndex>,
    layout: Layout,
    /// `serve` fills it by itself.
    own: bool,
}

/// What looking for an index came to.
pub(super) enum Found {
    Opened(Opened),
    /// Nothing was embedded although a model is named, so that its layout is not known.
    Unembedded,
    /// The collection of a server is not there.
    Missing,
    /// `serve` has not made its own yet.
    Unmade,
    Store(StoreError),
    Index(IndexError),
}

/// Looks for the index; makes none. Blocks.
pub(super) fn open(config: &Config, releases: &dyn ReleaseStore) -> Found {
    let layout = match &config.embeddings {
        None => Layout::default(),
        Some(it) => match kept_layout(releases, &it.model) {
            Ok(Some(layout)) => layout,
            Ok(None) => return Found::Unembedded,
            Err(error) => return Found::Store(error),
        },
    };
    let own = config.qdrant.is_none();
    let opened = match &config.qdrant {
        Some(address) => ServerIndex::open_made(address, layout.clone(), DEADLINE)
            .map(|it| it.map(|it| Arc::new(it) as Arc<dyn VectorIndex>)),
        None => EdgeIndex::open_made(&config.data.join(INDEX), layout.clone())
            .map(|it| it.map(|it| Arc::new(it) as Arc<dyn VectorIndex>)),
    };
    match opened {
        Ok(Some(index)) => Found::Opened(Opened { index, layout, own }),
        Ok(None) if own => Found::Unmade,
        Ok(None) => Found::Missing,
        Err(error) => Found::Index(error),
    }
}

/// Tells what was found; returns the index if it can be asked.
pub(super) fn tell(sheet: &mut Sheet, found: Option<Found>) -> Option<Opened> {
    match found {
        Some(Found::Opened(opened)) => {
            sheet.fine(
                CHECK,
                match opened.own {
                    true => words!("the embedded index can be opened", "встроенный индекс открывается"),
                    false => words!(
                        "the Qdrant server answers and has the collection",
                        "сервер Qdrant отвечает, коллекция на месте"
                    ),
                },
            );
            return Some(opened);
        }
        Some(Found::Unmade) => sheet.skip(
            CHECK,
            words!(
                "`serve` makes or renews it when it starts",
                "команда `serve` создаст или обновит его при запуске"
            ),
        ),
        Some(Found::Index(IndexError::Busy { .. })) => sheet.skip(
            CHECK,
            words!(
                "a responder has the folder open; it fills the index itself, see its /readyz",
                "папка открыта работающим `serve`; он наполняет индекс сам, смотрите его /readyz"
            ),
        ),
        Some(Found::Unembedded) => sheet.wrong(
            CHECK,
            words!(
                "EMBEDDINGS_MODEL is set, but nothing is embedded by it: search goes by words alone",
                "задана EMBEDDINGS_MODEL, но эмбеддингов этой модели нет: поиск идёт только по словам"
            ),
            apply(),
        ),
        Some(Found::Missing) => sheet.wrong(
            CHECK,
            words!(
                "the Qdrant server answers, but has no collection of ours",
                "сервер Qdrant отвечает, но нашей коллекции на нём нет"
            ),
            apply(),
        ),
        Some(Found::Index(error)) => failed(sheet, CHECK, &error),
        Some(Found::Store(error)) => sheet.wrong(
            CHECK,
            words!("{error}", "хранилище: {error}"),
            words!("mend the store first", "сначала почините хранилище"),
        ),
        None => sheet.wrong(
            CHECK,
            words!("the index does not open in time", "индекс не открывается вовремя"),
            words!(
                "see whether QDRANT_URL names the server, and whether this machine reaches it",
                "проверьте адрес в QDRANT_URL и доступ к серверу с этой машины"
            ),
        ),
    }
    None
}

/// Counts a tenant's passages.
pub(super) async fn examine(
    sheet: &mut Sheet,
    opened: Option<&Opened>,
    release: Option<&Arc<Release>>,
    releases: &Arc<dyn ReleaseStore>,
) {
    let Some(release) = release else {
        return sheet.skip(PASSAGES, words!("the release cannot be read", "выпуск не читается"));
    };
    let Some(opened) = opened else {
        return sheet.skip(PASSAGES, words!("not counted, see `index`", "не сосчитаны, смотрите `index`"));
    };
    let (work, release, releases) = (opened.clone(), Arc::clone(release), Arc::clone(releases));
    let counted = super::blocking(move || {
        // As one that somebody else fills, so that nothing is written.
        let shelf = Shelf::new(Arc::clone(&work.index), work.layout, false);
        let (library, _) = shelf.open(&release, releases.as_ref());
        let catalogue = library.catalogue();
        catalogue.missing(work.index.as_ref()).map(|it| (it, catalogue.len(), catalogue.unembedded()))
    });
    match counted.await {
        Some(Ok((missing, all, unembedded))) => {
            if missing > 0 && opened.own {
                sheet.skip(
                    PASSAGES,
                    words!(
                        "{missing} of {all} are not in the index yet: `serve` adds them when it starts",
                        "ещё не в индексе: {missing} из {all}; команда `serve` добавит их при запуске"
                    ),
                );
            } else if missing > 0 {
                sheet.wrong(
                    PASSAGES,
                    words!(
                        "{missing} of {all} are not on the Qdrant server",
                        "нет на сервере Qdrant: {missing} из {all}"
                    ),
                    apply(),
                );
            } else if unembedded > 0 {
                sheet.wrong(
                    PASSAGES,
                    words!(
                        "{unembedded} of {all} have no embedding",
                        "без эмбеддинга: {unembedded} из {all}"
                    ),
                    apply(),
                );
            } else {
                sheet.fine(PASSAGES, words!("all {all} are in the index", "все в индексе: {all}"));
            }
        }
        Some(Err(error)) => failed(sheet, PASSAGES, &error),
        None => sheet.wrong(
            PASSAGES,
            words!("the index does not answer in time", "индекс не отвечает вовремя"),
            words!("try again, and see how busy it is", "попробуйте ещё раз и посмотрите, чем он занят"),
        ),
    }
}

fn failed(sheet: &mut Sheet, check: &str, error: &IndexError) {
    let remedy = match error {
        IndexError::Unauthorized { .. } => {
            words!("put the server's key into QDRANT_API_KEY", "впишите ключ сервера в QDRANT_API_KEY")
        }
        IndexError::TooOld { .. } => words!("renew the Qdrant server", "обновите сервер Qdrant"),
        _ => words!(
            "see whether QDRANT_URL names the server, and whether it is well",
            "проверьте адрес в QDRANT_URL и состояние сервера"
        ),
    };
    sheet.wrong(check, words!("{error}", "поиск: {error}"), remedy);
}

fn apply() -> Words {
    words!("run `tenantry apply` with the same settings", "выполните `tenantry apply` с теми же настройками")
}
