//! What people write: the types of a bundle and their JSON Schemas.
