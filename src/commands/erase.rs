//! `forget` and `offboard`: erasing with a receipt; `receipt`: whether one is genuine.

use std::io::{IsTerminal as _, stdin};
use std::path::Path;
use std::time::Duration;

use index::{EdgeIndex, IndexError, Layout, ServerIndex, VectorIndex};
use server::erasure::{
    self, Archive, DeskTopics, ErasureError, Kind, Others, Places, Receipt, ReceiptError, Signed, Signer,
};

use super::{actor, now, outside};
use crate::cli::{self, Format};
use crate::exit::{Exit, Outcome, Stop};
use crate::knowledge;
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

/// The folder of receipts and of the key that signs them, below the data folder.
const RECEIPTS: &str = "receipts";
/// Responders look every five seconds for what erasures ask of them.
const PATIENCE: Duration = Duration::from_secs(15);
/// The folder of the embedded index, below the data folder.
const INDEX: &str = "index";

pub(super) fn forget(args: &cli::Forget, place: &Place, format: Format, output: &Output) -> Outcome {
    let signer = signer(place)?;
    let (releases, state) = (place.releases()?, place.state()?);
    let archive = archive(args.archive.as_deref());
    let secrets = |name: &str| std::env::var(name).ok();
    let topics = DeskTopics::new(releases.as_ref(), &secrets, place.data(), &args.telegram_api_url)?;
    let places = Places {
        releases: releases.as_ref(),
        state: state.as_ref(),
        data: place.data(),
        index: None,
        archive: archive.as_ref(),
        topics: Some(&topics),
        others: Others { hold_the_index: false, patience: PATIENCE },
    };
    let receipt = erasure::forget(&places, &args.user, args.only.as_deref(), &signer)?;
    hand_out(&places, receipt, &signer, format, output)
}

pub(super) fn offboard(args: &cli::Offboard, place: &Place, format: Format, output: &Output) -> Outcome {
    if !args.yes && stdin().is_terminal() && !confirmed(&args.slug, output)? {
        return Err(Stop::Finding("nothing was erased".to_owned()));
    }
    let signer = signer(place)?;
    let (releases, state) = (place.releases()?, place.state()?);
    let (index, hold_the_index) = index(args, place, releases.as_ref(), output)?;
    let index = index.as_ref().map(|(index, layout)| (index.as_ref(), layout.clone()));
    let archive = archive(args.archive.as_deref());
    let secrets = |name: &str| std::env::var(name).ok();
    let topics = DeskTopics::new(releases.as_ref(), &secrets, place.data(), &args.telegram_api_url)?;
    let places = Places {
        releases: releases.as_ref(),
        state: state.as_ref(),
        data: place.data(),
        index,
        archive: archive.as_ref(),
        topics: Some(&topics),
        others: Others { hold_the_index, patience: PATIENCE },
    };
    let receipt = erasure::offboard(&places, &args.slug, (actor().as_deref(), &now()))?;
    hand_out(&places, receipt, &signer, format, output)
}

pub(super) fn receipt(args: &cli::Receipt, place: &Place, output: &Output) -> Outcome {
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| outside(format!("{}: {error}", args.file.display())))?;
    let signed: Signed = serde_json::from_str(&text)
        .map_err(|error| Stop::Finding(format!("{} is no receipt: {error}", args.file.display())))?;
    let public = match &args.key {
        Some(key) => key.clone(),
        None => signer(place)?.public(),
    };
    erasure::verify(&signed, &public).map_err(|error| Stop::Finding(error.to_string()))?;
    output.data(|out| {
        let Receipt { subject, complete, .. } = &signed.receipt;
        let rest = if *complete { "nothing was left" } else { "something was left" };
        writeln!(
            out,
            "genuine: {} of {subject}, {}, {} rows, {rest}",
            word(&signed),
            signed.at,
            signed.receipt.rows()
        )
    })?;
    Ok(Exit::Fine)
}

/// The archive, if there is one; an empty name counts as none.
fn archive(folder: Option<&Path>) -> Option<Archive> {
    folder.filter(|it| !it.as_os_str().is_empty()).map(Archive::new)
}

fn signer(place: &Place) -> Result<Signer, Stop> {
    Signer::open(&place.data().join(RECEIPTS)).map_err(|error: ReceiptError| outside(error.to_string()))
}

fn confirmed(slug: &str, output: &Output) -> Result<bool, Stop> {
    output.talk(&format!(
        "this ends `{slug}` and erases its conversations, releases and passages for good; type its slug to go on:"
    ));
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(answer.trim() == slug)
}

/// An index that this process may write to, and how it is laid out.
type Writable = (Box<dyn VectorIndex>, Layout);

/// The index, where this process may write to it; else whether a responder has it open.
fn index(
    args: &cli::Offboard,
    place: &Place,
    releases: &dyn runtime::ReleaseStore,
    output: &Output,
) -> Result<(Option<Writable>, bool), Stop> {
    let failed = |error: IndexError| outside(error.to_string());
    let layout = knowledge::layout_of(&args.embeddings, releases)?;
    if let Some(address) = place.qdrant() {
        let server = ServerIndex::open(address, layout.clone()).map_err(failed)?;
        return Ok((Some((Box::new(server), layout)), false));
    }
    let folder = place.data().join(INDEX);
    if !folder.exists() {
        return Ok((None, false));
    }
    match EdgeIndex::open(&folder, layout.clone()) {
        Ok(index) => Ok((Some((Box::new(index), layout)), false)),
        Err(IndexError::Busy { .. }) => {
            output.talk("a responder has the index open: waiting until it has dropped the passages itself");
            Ok((None, true))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Signs, keeps and tells.
fn hand_out(
    places: &Places<'_>,
    receipt: Receipt,
    signer: &Signer,
    format: Format,
    output: &Output,
) -> Outcome {
    let signed = signer.sign(receipt, &now());
    let file = keep(places.data, &signed)?;
    erasure::close(places, &signed.receipt)?;
    if format == Format::Json {
        output.json(&signed)?;
    } else {
        output.data(|out| {
            for (slug, part) in &signed.receipt.tenants {
                writeln!(out, "{slug}")?;
                for (table, rows) in &part.erased {
                    writeln!(out, "  {rows:>8}  {table}")?;
                }
                for (table, rows) in &part.kept {
                    writeln!(out, "  {rows:>8}  {table} kept for ten days, leading to nobody")?;
                }
                for (table, rows) in &part.remaining {
                    writeln!(out, "  {rows:>8}  {table} STILL THERE{}", remedy(table))?;
                }
            }
            match signed.receipt.rows() {
                0 => writeln!(out, "nothing was found")?,
                rows => writeln!(out, "erased {rows} rows and files")?,
            }
            writeln!(out, "receipt: {file}")
        })?;
    }
    Ok(if signed.receipt.complete { Exit::Fine } else { Exit::Findings })
}

/// What whoever reads the receipt can do about what is left, where that is not plain.
fn remedy(table: &str) -> &'static str {
    match table {
        "files" => {
            ": they lie in data folders of other responders, which remove them while they run; run this again then"
        }
        "points" => {
            ": a responder has the index open and has not dropped them; run this again, or stop it first"
        }
        _ => "",
    }
}

fn keep(data: &Path, signed: &Signed) -> Result<String, Stop> {
    let name = format!("{}-{}-{}.json", word(signed), signed.at.replace(':', ""), &signed.signature[..8]);
    let path = data.join(RECEIPTS).join(name);
    std::fs::write(&path, serde_json::to_vec_pretty(signed)?)
        .map_err(|error| outside(format!("{}: {error}", path.display())))?;
    Ok(path.display().to_string())
}

fn word(signed: &Signed) -> &'static str {
    match signed.receipt.kind {
        Kind::Forget => "forget",
        Kind::Offboard => "offboard",
    }
}

impl From<ErasureError> for Stop {
    fn from(error: ErasureError) -> Self {
        match error {
            ErasureError::Store(error) => error.into(),
            no_slug @ ErasureError::NoSlug(_) => Self::Usage(no_slug.to_string()),
            other => Self::Outside(other.into()),
        }
    }
}
