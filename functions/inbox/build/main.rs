//! Builds the inbox page with npm, and writes the list of its files, which `src/files.rs` includes.
//!
//! cargo itself builds the page, so that `cargo run`, `cargo test`, `sam build` and cargo-lambda all have it, and none has an old
//! one. With nothing changed it costs nothing.
//!
//! - `LAMBDESK_PAGE_DIR=dir` takes a page that was built elsewhere (`npm run build` in `page/`).
//! - `LAMBDESK_PAGE=skip` leaves the page out, for editors. `LAMBDESK_PAGE=required` makes its absence an error; a release build
//!   always does, because a desk deployed without its page is a mistake.

mod embed;
mod npm;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for variable in ["LAMBDESK_PAGE", "LAMBDESK_PAGE_DIR", "PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rerun-if-changed=build");
    match page(&here, &out) {
        Ok(Some(page)) => embed::write(&page, &out),
        Ok(None) => embed::nothing("This build was told to leave the inbox page out (LAMBDESK_PAGE=skip).", &out),
        Err(error) if is_required() => Err(format!("The inbox page could not be built. {error}").into()),
        Err(error) => {
            println!("cargo::warning=The inbox page is left out, everything else works. {error}");
            embed::nothing(&format!("The inbox page was left out of this build. {error}"), &out)
        }
    }
}

/// The directory of the built page; none if it is to be left out.
fn page(here: &Path, out: &Path) -> Result<Option<PathBuf>> {
    if let Some(given) = env::var_os("LAMBDESK_PAGE_DIR").filter(|given| !given.is_empty()) {
        let given = PathBuf::from(given);
        println!("cargo::rerun-if-changed={}", given.display());
        if !given.join("index.html").is_file() {
            return Err(format!("LAMBDESK_PAGE_DIR={} holds no index.html.", given.display()).into());
        }
        return Ok(Some(given));
    }
    if env::var("LAMBDESK_PAGE").is_ok_and(|page| page == "skip") {
        return Ok(None);
    }
    npm::build(&here.join("page"), &here.join("../../openapi.json"), &kept(out)).map(Some)
}

fn is_required() -> bool {
    env::var("LAMBDESK_PAGE").is_ok_and(|page| page == "required")
        || env::var("PROFILE").is_ok_and(|profile| profile == "release")
}

/// Where packages and built pages are kept: below the target directory, which debug, release, clippy and cross builds share.
/// cargo marks that directory with a `CACHEDIR.TAG`.
fn kept(out: &Path) -> PathBuf {
    let marked = out.ancestors().filter(|directory| directory.join("CACHEDIR.TAG").is_file()).last();
    marked.unwrap_or(out).join("page")
}

/// Every file below a directory but those of `without`, sorted by path.
fn files(directory: &Path, without: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if without.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path(), without)?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
