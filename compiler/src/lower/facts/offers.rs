//! The price list.

use format::{Offer, Price};
use schema::PriceItem;

use crate::lower::Problem;
use crate::lower::place::below;
use crate::lower::sheet::Sheet;
use crate::lower::twin::{maybe_text, text};
use crate::said::{Said, say};

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
                Err((code, message)) => {
                    let help = say!(
                        "write `price:` for an exact price, `price_from:` for a lowest one, or `price_from:` \
                         and `price_to:`; whole tenge",
                        "точную цену пишут в `price:`, цену «от» — в `price_from:`, «от и до» — в \
                         `price_from:` и `price_to:`; целые тенге",
                    );
                    problems.push(spot.problem(code, message, Some(help)));
                }
            }
        }
    }
    offers
}

/// The price of a line, or the code and the words for what is wrong with it.
fn price(item: &PriceItem) -> Result<Price, (&'static str, Said)> {
    let name = &item.name;
    let conflict = |message| Err(("price-conflict", message));
    match (item.price, item.price_from, item.price_to) {
        (Some(exact), None, None) => Ok(Price::Exact(exact)),
        (None, Some(from), None) => Ok(Price::From(from)),
        (None, Some(from), Some(to)) if from <= to => Ok(Price::Range(from, to)),
        (None, Some(_), Some(_)) => conflict(say!(
            "«{name}» has a price_from above its price_to",
            "у строки «{name}» price_from больше, чем price_to",
        )),
        (Some(_), _, _) => conflict(say!(
            "«{name}» has an exact price and a range",
            "у строки «{name}» и точная цена, и цена «от» или «до»",
        )),
        (None, None, Some(_)) => conflict(say!(
            "«{name}» has a price_to without a price_from",
            "у строки «{name}» есть price_to, но нет price_from",
        )),
        (None, None, None) => {
            Err(("price-missing", say!("«{name}» has no price", "у строки «{name}» нет цены")))
        }
    }
}
