//! Passages in Qdrant: the VectorIndex port and its engines.
//!
//! A [`Catalogue`] knows the passages of one release; it writes them to an index, asks the index,
//! and says how sure it is. A [`Library`] is a catalogue with its index.

mod catalogue;
#[cfg(test)]
mod contract;
mod edge;
mod library;
mod memory;
mod port;
mod scope;

pub use catalogue::{Catalogue, Hit, PassageRef, Synced, Vectors};
pub use edge::{EdgeIndex, Layout, Origin};
pub use library::Library;
pub use memory::MemoryIndex;
pub use port::{IndexError, Metadata, Payload, Point, Query, RawHit, VectorIndex};
pub use scope::{SHARED_TAG, TenantScope};
