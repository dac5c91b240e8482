//! Passages in Qdrant: the VectorIndex port and its engines.
