//! The engines of knowledge that the command line names: an embedder, a Qdrant server.

use std::sync::Arc;

use compiler::apply::{Outside, Points};
use compiler::embedding::Embedding;
use compiler::plan::Plan;
use compiler::published::Shelf;
use index::{
    EmbedLine, IndexError, Layout, OpenAiEmbedder, OpenAiSettings, ServerIndex, dense_encoder,
    dense_from_bytes,
};
use runtime::ReleaseStore;
use secrecy::ExposeSecret as _;

use crate::cli;
use crate::commands::outside;
use crate::exit::Stop;
use crate::place::Place;

/// Where texts are embedded, if a model is named; what is set to nothing counts as not set.
pub(crate) fn settings(args: &cli::Embeddings) -> Option<OpenAiSettings> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|it| !it.is_empty());
    let model = args.embeddings_model.as_deref().and_then(given)?;
    let base_url = given(&args.embeddings_base_url).unwrap_or_else(|| server::OPENAI_BASE_URL.to_owned());
    let key = args.embeddings_api_key.clone().filter(|it| given(it.expose_secret()).is_some());
    Some(OpenAiSettings { base_url, model, key })
}

/// An embedder, if a model is named.
pub(crate) fn embedder(args: &cli::Embeddings) -> Result<Option<EmbedLine>, Stop> {
    let Some(settings) = settings(args) else { return Ok(None) };
    let embedder = OpenAiEmbedder::new(&settings)
        .map_err(|error| Stop::Usage(format!("EMBEDDINGS_BASE_URL: {error}")))?;
    Ok(Some(EmbedLine::open(Arc::new(embedder)).map_err(|it| outside(it.to_string()))?))
}

/// A plan that says what it embeds.
pub(crate) fn announce(plan: Plan, args: &cli::Embeddings, shelf: &dyn Shelf) -> Result<Plan, Stop> {
    Ok(match settings(args) {
        Some(settings) => {
            let wanted = Embedding::wanted(&plan, &settings.model, shelf)?;
            plan.with_embedding(wanted)
        }
        None => plan,
    })
}

/// What is written to beside the store.
pub(crate) struct Engines {
    embedder: Option<EmbedLine>,
    server: Option<(ServerIndex, Layout)>,
}

impl Engines {
    /// Opens what is named. A server's layout needs to know how long embeddings are: those that are
    /// kept tell, else the embedder is asked.
    pub(crate) fn open(
        args: &cli::Embeddings,
        place: &Place,
        store: &dyn ReleaseStore,
    ) -> Result<Self, Stop> {
        let embedder = embedder(args)?;
        let Some(address) = place.qdrant() else { return Ok(Self { embedder, server: None }) };
        let layout = layout(embedder.as_ref(), store)?;
        let server = ServerIndex::open(address, layout.clone()).map_err(failed)?;
        Ok(Self { embedder, server: Some((server, layout)) })
    }

    /// The model that embeds, if one does.
    pub(crate) fn model(&self) -> Option<&str> {
        self.embedder.as_ref().map(EmbedLine::model)
    }

    /// As apply wants them.
    pub(crate) fn outside(&self) -> Outside<'_> {
        let points = self.server.as_ref().map(|(index, layout)| Points { index, layout: layout.clone() });
        Outside { embedder: self.embedder.as_ref(), points }
    }

    /// Collections of other models on the server.
    pub(crate) fn left_behind(&self) -> Result<Vec<String>, Stop> {
        match &self.server {
            Some((server, _)) => server.left_behind().map_err(failed),
            None => Ok(Vec::new()),
        }
    }
}

/// The layout of an index with this embedder's vectors.
pub(crate) fn layout(embedder: Option<&EmbedLine>, store: &dyn ReleaseStore) -> Result<Layout, Stop> {
    let Some(embedder) = embedder else { return Ok(Layout::default()) };
    let kept = store.any_vector(&dense_encoder(embedder.model()))?;
    let size = match kept.and_then(|it| dense_from_bytes(&it)) {
        Some(vector) => vector.len(),
        None => embedder.embed_one("?").map_err(|it| outside(it.to_string()))?.len(),
    };
    Ok(Layout::dense(embedder.model(), size))
}

/// The layout of an index with the vectors of the embedder that is named.
pub(crate) fn layout_of(args: &cli::Embeddings, store: &dyn ReleaseStore) -> Result<Layout, Stop> {
    layout(embedder(args)?.as_ref(), store)
}

fn failed(error: IndexError) -> Stop {
    outside(error.to_string())
}
