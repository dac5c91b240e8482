//! The price list.

use format::{Offer, Price};
use schema::PriceItem;

use crate::lower::Problem;
use crate::lower::place::below;
use crate::lower::sheet::Sheet;
use crate::lower::twin::{maybe_text, text};

/// Every line of the price list that has a price.
pub(super) fn offers(sheet: &Sheet<'_>, problems: &mut Vec<Problem>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for (group_index, group) in sheet.pack.price_list.iter().enumerate() {
        let items = below(&below("/price_list", group_index), "items");
        for (index, item) in group.items.iter().enumerate() {
            let spot = sheet.spot(&below(&items, index));
            match price(item) {
                Ok(price) => offers.push(Offer {
                    category: text!(group, category),
                    name: text!(item, name),
                    price,
                    note: maybe_text!(item, note),
                    source: spot.source(),
                }),
                Err(Unpriced { code, message }) => {
                    let message = format!("«{}» {message}", item.name);
                    let help = "write `price:` for an exact price, `price_from:` for a lowest one, or `price_from:` \
                                and `price_to:`; whole tenge";
                    problems.push(spot.problem(code, message, Some(help.to_owned())));
                }
            }
        }
    }
    offers
}

struct Unpriced {
    code: &'static str,
    message: &'static str,
}

fn price(item: &PriceItem) -> Result<Price, Unpriced> {
    let conflict = |message| Err(Unpriced { code: "price-conflict", message });
    match (item.price, item.price_from, item.price_to) {
        (Some(exact), None, None) => Ok(Price::Exact(exact)),
        (None, Some(from), None) => Ok(Price::From(from)),
        (None, Some(from), Some(to)) if from <= to => Ok(Price::Range(from, to)),
        (None, Some(_), Some(_)) => conflict("has a price_from above its price_to"),
        (Some(_), _, _) => conflict("has an exact price and a range"),
        (None, None, Some(_)) => conflict("has a price_to without a price_from"),
        (None, None, None) => Err(Unpriced { code: "price-missing", message: "has no price" }),
    }
}
