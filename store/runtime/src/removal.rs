//! What goes with a tenant, in the order in which it may go; one text for both databases but for the
//! sign of a parameter. Companies stay: they are who was billed.

/// Tables and what is deleted from them; `?1` is the slug.
pub(crate) const STEPS: [(&str, &str); 8] = [
    ("live", "DELETE FROM live WHERE slug = ?1"),
    (
        "vectors",
        "DELETE FROM vectors WHERE digest IN (
             SELECT digest FROM release_passages own WHERE slug = ?1 AND NOT EXISTS (
                 SELECT 1 FROM release_passages other WHERE other.digest = own.digest AND other.slug <> ?1))",
    ),
    ("release_passages", "DELETE FROM release_passages WHERE slug = ?1"),
    ("releases", "DELETE FROM releases WHERE slug = ?1"),
    (
        "client_settings",
        "DELETE FROM client_settings WHERE client_id IN (SELECT id FROM clients WHERE slug = ?1)",
    ),
    ("prompts", "DELETE FROM prompts WHERE client_id IN (SELECT id FROM clients WHERE slug = ?1)"),
    ("branches", "DELETE FROM branches WHERE client_id IN (SELECT id FROM clients WHERE slug = ?1)"),
    ("clients", "DELETE FROM clients WHERE slug = ?1"),
];
