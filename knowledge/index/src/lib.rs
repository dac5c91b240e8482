//! Passages in Qdrant: the VectorIndex port and its engines.
//!
//! A [`Catalogue`] knows the passages of one release; it writes them to an index, asks the index,
//! and says how sure it is. A [`Library`] is a catalogue with its index.

mod asked;
mod catalogue;
mod confidence;
#[cfg(test)]
mod contract;
mod dense;
mod edge;
#[cfg(test)]
#[path = "../tests/endpoint/mod.rs"]
mod endpoint;
mod layout;
mod library;
mod line;
mod memory;
mod port;
#[cfg(test)]
#[path = "../tests/sample/mod.rs"]
mod sample;
mod scope;
mod server;
mod vectors;

pub use asked::Asked;
pub use catalogue::{Catalogue, Hit, Reasons, Synced};
pub use dense::{
    EmbedError, EmbedLine, Embedded, Embedder, Estimate, Noted, OpenAiEmbedder, OpenAiSettings,
    dense_encoder, estimate, noting, single_calls,
};
pub use edge::{EdgeIndex, Origin};
pub use layout::{Layout, Space};
pub use library::Library;
pub use memory::MemoryIndex;
pub use port::{IndexError, Metadata, Payload, Point, Query, RawHit, VectorIndex};
pub use scope::TenantScope;
pub use server::{ServerAddress, ServerIndex};
pub use vectors::{Vectors, dense_from_bytes, dense_to_bytes};
