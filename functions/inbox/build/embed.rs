//! Writes `files.rs`: the page's files as constants.

use std::{
    fs,
    hash::{DefaultHasher, Hasher},
    path::Path,
};

use crate::{Result, files};

/// What of the built page another origin serves. It is a list of its own, so that each function carries only what it serves.
const PLAYER: &str = "player/";

/// The page's files, with what the page's build compressed beside them (`name.br`, `name.gz`).
pub(crate) fn write(page: &Path, out: &Path) -> Result<()> {
    let (mut files_of_page, mut files_of_player) = (String::new(), String::new());
    for path in files(page, &[])? {
        let name = path.strip_prefix(page)?.to_string_lossy().replace('\\', "/");
        if [".br", ".gz"].iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        match name.strip_prefix(PLAYER) {
            Some(name) => files_of_player.push_str(&entry(name, &path)?),
            None => files_of_page.push_str(&entry(&name, &path)?),
        }
    }
    let list = format!(
        "pub(crate) const LEFT_OUT: Option<&str> = None;\npub(crate) static FILES: &[File] = &[\n{files_of_page}];\n\
         pub(crate) static PLAYER: &[File] = &[\n{files_of_player}];\n"
    );
    Ok(fs::write(out.join("files.rs"), list)?)
}

/// One file, as a constant.
fn entry(name: &str, path: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    hasher.write(&fs::read(path)?);
    let include = |ending: &str| {
        let path = format!("{}{ending}", path.display());
        if Path::new(&path).is_file() { format!("Some(include_bytes!({path:?}))") } else { "None".to_owned() }
    };
    Ok(format!(
        "    File {{ path: {name:?}, etag: \"\\\"{:016x}\\\"\", plain: include_bytes!({:?}), brotli: {}, gzip: {} }},\n",
        hasher.finish(),
        path.display().to_string(),
        include(".br"),
        include(".gz"),
    ))
}

/// No files, and why.
pub(crate) fn nothing(why: &str, out: &Path) -> Result<()> {
    let list = format!(
        "pub(crate) const LEFT_OUT: Option<&str> = Some({why:?});\npub(crate) static FILES: &[File] = &[];\n\
         pub(crate) static PLAYER: &[File] = &[];\n"
    );
    Ok(fs::write(out.join("files.rs"), list)?)
}
