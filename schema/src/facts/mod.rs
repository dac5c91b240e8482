//! Sections of the client pack.

mod booking;
mod hours;
mod open;
mod prices;
mod salon;
mod services;

pub use booking::{
    BookingFacts, CancelNotice, CancelPolicy, DiscountFacts, DiscountRule, LatenessPolicy, PaymentFacts,
};
pub use hours::{Day, HoursFacts, Week};
pub use open::{AnswerEntry, OpenMap, OpenValue};
pub use prices::{PriceGroup, PriceItem, PricingFacts, PricingMedia, PromotionEntry, PromotionFacts};
pub use salon::{AddressFacts, Amenities, Communication, ParkingFacts, SalonFacts};
pub use services::{ServiceEntry, ServicesCatalog};
