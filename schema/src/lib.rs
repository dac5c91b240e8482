//! What people write: the types of a bundle and their JSON Schemas.
//!
//! The types are plain serde structs without positions. Doc comments become the descriptions an
//! editor shows, so they say units. Texts may have a Kazakh sibling (`name` and `name_kk`): the
//! siblings are collected in [`Twins`], and the schemas gain them by a transform.
//!
//! What is deliberately not here: rules between fields or files. Those are the compiler's.

mod branches;
mod client;
mod eval;
mod facts;
pub mod json;
mod kind;
mod pack;
mod prompt;
mod read;
mod scalar;
mod tree;
mod truth;
mod twins;

pub use branches::{BranchEntry, BranchesFile};
pub use client::{
    AgentEntry, AgentRole, BranchResolution, BurstWindows, ClientFile, ClientSettings, ClientStatus,
    Language, LimitAction, MediaLimits, QuietHours, QuietSpan, Scope, SecretRefs, Sharing,
};
pub use eval::{EvalCase, EvalFile, Expected, ExpectedAction, SlotName, TurnEntry};
pub use facts::{
    AddressFacts, Amenities, AnswerEntry, BookingFacts, CancelNotice, CancelPolicy, Communication, Day,
    DiscountFacts, DiscountRule, HoursFacts, LatenessPolicy, OpenMap, OpenValue, ParkingFacts, PaymentFacts,
    PriceGroup, PriceItem, PricingFacts, PricingMedia, PromotionEntry, PromotionFacts, SalonFacts,
    ServiceEntry, ServicesCatalog, Week,
};
pub use kind::FileKind;
pub use pack::{
    AnchorLists, Bilingual, CategoryEntry, IntentEntry, LexiconEntry, PackFile, PhraseLists, PlaybookEntry,
    PolicyEntry, PolicyType, Taxonomy,
};
pub use prompt::{PromptEntry, PromptFile};
pub use read::{read, settled};
pub use scalar::{ChatId, ChatIds, Detail, Phrase, SecretRef, TextList};
pub use tree::{CompaniesFile, CompanyEntry, PlanEntry, PlansFile};
pub use truth::{ClientPack, TruthFile};
pub use twins::{Twin, Twins};
