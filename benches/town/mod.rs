//! A generated town: any number of invented businesses of one size, the same bytes on every machine.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Services of a business, each with a price.
const SERVICES: usize = 160;
/// Conversation tests of a business.
const CASES: usize = 220;
/// Documents of a business.
const DOCUMENTS: usize = 6;
/// Sections of a document.
const SECTIONS: usize = 14;
/// Letters of invented words.
const SYLLABLES: [&str; 24] = [
    "ба", "ве", "ги", "до", "жу", "за", "ки", "ло", "му", "не", "по", "ра", "си", "ту", "фе", "хо", "ца",
    "че", "ша", "ру", "ми", "ла", "те", "но",
];

/// Writes `tenants` bundles below `tree`; returns their bytes.
///
/// # Errors
/// Those of the disk.
pub(crate) fn grow(tree: &Path, tenants: usize) -> io::Result<u64> {
    let mut bytes = 0;
    for number in 0..tenants {
        let slug = slug(number);
        let folder = tree.join(&slug);
        fs::create_dir_all(folder.join("knowledge"))?;
        let mut write = |name: &str, text: String| {
            bytes += text.len() as u64;
            fs::write(folder.join(name), text)
        };
        write("client.yaml", client(&slug))?;
        write("branches.yaml", branches(number))?;
        write("prompt.yaml", prompt())?;
        write("SALON_TRUTH.yaml", truth(number))?;
        write("EVAL.yaml", cases(number))?;
        for document in 0..DOCUMENTS {
            write(&format!("knowledge/document_{document}.md"), text(number, document))?;
        }
    }
    Ok(bytes)
}

/// The slug of the business with this number.
#[must_use]
pub(crate) fn slug(number: usize) -> String {
    format!("business_{number:05}")
}

/// The price of a service, tenge.
#[must_use]
pub(crate) fn price(number: usize, service: usize) -> usize {
    1_000 + (number * 37 + service * 700) % 90_000
}

fn client(slug: &str) -> String {
    format!(
        "slug: {slug}\nname: {slug}\nstatus: active\nplan: pro\nlanguages: [ru]\ntimezone: Asia/Almaty\n\
         secrets:\n  webhook_secret: env:{}_SECRET\nsettings:\n  telegram_chat_id: \"-1001000000001\"\n",
        slug.to_uppercase()
    )
}

fn branches(number: usize) -> String {
    format!("branches:\n  - slug: main\n    name: главный\n    instance_id: instance-{number}\n")
}

fn prompt() -> String {
    "prompts:\n  - name: system\n    model: gpt-4o-mini\n    is_active: true\n    text: |\n      \
     Ты отвечаешь за {{client.name}}. Отвечай коротко.\n"
        .to_owned()
}

fn truth(number: usize) -> String {
    let mut out = String::from(
        "client_pack:\n  salon:\n    address: {full: \"Алматы, улица Первая, 5\"}\n    hours: {days: ежедневно, \
         open: \"10:00\", close: \"20:00\"}\n  services_catalog:\n    services:\n",
    );
    for service in 0..SERVICES {
        let name = name(number, service);
        let _ = write!(
            out,
            "      - name: {name}\n        aliases: [{}, {}]\n        price_items: [{name}]\n        \
             duration_text: {} минут\n        description: {}\n",
            words(number + 1, service * 3, 2),
            words(number + 2, service * 5, 2),
            30 + service % 6 * 15,
            words(number, service * 11, 9),
        );
    }
    out.push_str("  price_list:\n");
    for service in 0..SERVICES {
        if service % 20 == 0 {
            let _ = write!(out, "    - category: {}\n      items:\n", words(number, 9_000 + service, 2));
        }
        let _ =
            writeln!(out, "        - {{name: {}, price: {}}}", name(number, service), price(number, service));
    }
    out
}

fn cases(number: usize) -> String {
    let mut out = String::from("eval_cases:\n");
    for case in 0..CASES {
        let service = case % SERVICES;
        let price = grouped(price(number, service));
        let _ = write!(
            out,
            "  - id: price-{case}\n    user: Сколько стоит {}?\n    expected:\n      action: reply\n      \
             must_include: [\"{price}\"]\n      must_not: [{}]\n",
            name(number, service),
            words(number, case * 13, 3),
        );
    }
    out
}

fn text(number: usize, document: usize) -> String {
    let mut out = format!("# {}\n\n", words(number, document * 101, 3));
    for section in 0..SECTIONS {
        let seed = document * 1_000 + section * 10;
        let _ = write!(out, "## {}\n\n", words(number, seed, 4));
        for paragraph in 0..3 {
            let _ =
                write!(out, "{}. {}.\n\n", words(number, seed + paragraph * 7, 16), words(number, seed, 12));
        }
        for item in 0..4 {
            let _ = writeln!(out, "- {}", words(number, seed + item, 6));
        }
        out.push('\n');
    }
    out
}

fn name(number: usize, service: usize) -> String {
    format!("{} {}", word(number * 7 + service), word(service * 31 + 11))
}

fn words(number: usize, seed: usize, count: usize) -> String {
    let all: Vec<String> = (0..count).map(|it| word(number * 131 + seed * 17 + it * 29)).collect();
    all.join(" ")
}

/// A word of three syllables; neighbouring numbers give unlike words.
fn word(seed: usize) -> String {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    let at = |shift: u32| SYLLABLES[usize::try_from(mixed >> shift).unwrap_or(0) % SYLLABLES.len()];
    format!("{}{}{}", at(0), at(8), at(16))
}

fn grouped(price: usize) -> String {
    let digits = price.to_string();
    let (thousands, rest) = digits.split_at(digits.len() - 3);
    format!("{thousands} {rest}")
}
