//! A sheet → [`format::Facts`].

mod hours;
mod offers;
mod services;
mod texts;

use format::{Answer, Booking, Discounts, Facts, Payment, Promotion};

use super::Problem;
use super::place::below;
use super::sheet::Sheet;
use super::twin::{maybe_text, text, texts as paired, union};

/// Everything a sheet holds that may be told.
pub(super) fn facts(sheet: &Sheet<'_>, problems: &mut Vec<Problem>) -> Facts {
    let pack = &sheet.pack;
    let offers = offers::offers(sheet, problems);
    Facts {
        texts: texts::texts(sheet),
        services: services::services(sheet, &offers, problems),
        offers,
        hours: hours::hours(sheet, problems),
        promotions: promotions(sheet),
        answers: answers(sheet),
        booking: Booking {
            can_confirm: pack.booking.bot_can_confirm,
            collect: paired!(pack.booking, collect_fields),
        },
        payment: Payment {
            allowed: pack.payment.allow_payment_info,
            methods: pack.payment.methods.0.clone(),
        },
        discounts: Discounts { enabled: pack.discounts.enabled },
    }
}

fn promotions(sheet: &Sheet<'_>) -> Vec<Promotion> {
    let items = sheet.pack.promotions.items.iter().enumerate();
    items
        .map(|(index, entry)| Promotion {
            name: text!(entry, name),
            discount_percent: entry.discount_percent,
            eligibility: maybe_text!(entry, eligibility),
            requirements: maybe_text!(entry, requirements),
            notes: maybe_text!(entry, notes),
            source: sheet.spot(&below("/promotions/items", index)).source(),
        })
        .collect()
}

fn answers(sheet: &Sheet<'_>) -> Vec<Answer> {
    let entries = sheet.pack.facts.iter().enumerate();
    entries
        .map(|(index, entry)| Answer {
            id: entry.id.clone(),
            questions: union(&entry.questions.ru, &entry.questions.kk),
            text: text!(entry, text),
            source: sheet.spot(&below("/facts", index)).source(),
        })
        .collect()
}
