//! Puts every pack of `tenants/_packs` into the binary, so that a new trade needs no change in Rust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let packs = root.join("../tenants/_packs");
    let mut files: Vec<PathBuf> = match fs::read_dir(&packs) {
        Ok(entries) => entries.map(|it| Ok(it?.path())).collect::<io::Result<_>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    files.retain(|it| it.extension().is_some_and(|it| it == "yaml"));
    files.sort();
    let mut code = String::from("const BUILT_IN: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = file.file_stem().and_then(|it| it.to_str()).expect("packs are named in ASCII");
        writeln!(code, "    ({name:?}, include_str!({:?})),", file.canonicalize()?)
            .expect("a string takes text");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("built_in_packs.rs"), code)?;
    println!("cargo:rerun-if-changed={}", packs.display());
    println!("cargo:rerun-if-changed={}", Path::new("build.rs").display());
    Ok(())
}
