//! One tenant: its release, its secrets and numbers, its model, its passages; then its people.

use std::collections::BTreeSet;
use std::sync::Arc;

use format::{Release, Status};

use super::house::Shared;
use super::{Finding, Patient, Sheet, Ward, blocking, passages, people, secrets};
use crate::load::{self, LoadError};

/// A tenant of which the store and the index have told.
pub(super) struct Read {
    slug: String,
    sheet: Sheet,
    patient: Patient,
    /// Models that its prompts name.
    models: BTreeSet<String>,
}

/// Reads a tenant's release and counts its passages.
pub(super) async fn read(shared: &Shared, slug: String, patient: Patient) -> Read {
    let mut sheet = Sheet::of(Some(&slug));
    let release = release(&mut sheet, shared, &slug, &patient.row.release_id).await;
    if let Some(releases) = &shared.releases {
        passages::examine(&mut sheet, shared.index.as_ref(), release.as_ref(), releases).await;
    }
    let prompts = release.iter().flat_map(|it| &it.prompts).filter(|it| it.is_active);
    let models = prompts.map(|it| it.model.clone()).collect();
    Read { slug, sheet, patient, models }
}

/// Asks the rest of the outside about it; all that was found.
pub(super) async fn ask(shared: &Shared, Read { slug, mut sheet, patient, models }: Read) -> Vec<Finding> {
    let Some((head, resolved, findings)) = patient.known else {
        let detail = words!("the head of the release cannot be read", "заголовок выпуска не читается");
        sheet.skip("settings", detail);
        return sheet.into_findings();
    };
    match head.client.status {
        Status::Active => {}
        Status::Suspended => sheet.skip(
            "status",
            words!(
                "suspended: messages are kept and never answered",
                "приостановлен: сообщения хранятся, ответов нет"
            ),
        ),
        Status::Deleted => {
            sheet.skip("status", words!("deleted: it is not served", "удалён: не обслуживается"));
            return sheet.into_findings();
        }
    }
    let ward = Ward { shared, slug: &slug, head: &head, standing: &patient.row.standing };
    secrets::examine(&mut sheet, &ward, &resolved, &findings);
    model(&mut sheet, shared, &models);
    people::examine(&mut sheet, &ward, resolved.bot.as_ref()).await;
    sheet.into_findings()
}

/// The live release, read as a whole.
async fn release(sheet: &mut Sheet, shared: &Shared, slug: &str, release_id: &str) -> Option<Arc<Release>> {
    let releases = Arc::clone(shared.releases.as_ref()?);
    let (of, id) = (slug.to_owned(), release_id.to_owned());
    let read = blocking(move || load::read(releases.as_ref(), &of, &id)).await;
    let again = || {
        words!(
            "run `tenantry apply` again, or `tenantry rollback {slug}`",
            "выполните `tenantry apply` ещё раз или `tenantry rollback {slug}`"
        )
    };
    match read {
        Some(Ok(release)) => {
            let (id, many) = (release_id.get(..12).unwrap_or(release_id), release.passages.len());
            let detail = words!("{id} is live, passages: {many}", "действует {id}, фрагментов: {many}");
            sheet.fine("release", detail);
            return Some(Arc::new(release));
        }
        Some(Err(LoadError::Unusable(word))) => {
            let detail =
                words!("the live release cannot be used: {word}", "действующий выпуск негоден: {word}");
            sheet.wrong("release", detail, again());
        }
        Some(Err(LoadError::Store(error))) => {
            sheet.wrong("release", words!("{error}", "хранилище: {error}"), again());
        }
        None => {
            let detail = words!("it is not read in time", "не читается вовремя");
            sheet.wrong("release", detail, again());
        }
    }
    None
}

/// Whether the endpoint lists the models that the tenant's prompts name.
fn model(sheet: &mut Sheet, shared: &Shared, named: &BTreeSet<String>) {
    let Some(models) = &shared.models else { return };
    for model in named.iter().filter(|it| models.lacks(it)) {
        sheet.wrong(
            "model",
            words!("the endpoint does not list `{model}`", "модели `{model}` нет в списке сервера"),
            words!("name another one in `prompt.yaml`", "укажите другую в `prompt.yaml`"),
        );
    }
}
