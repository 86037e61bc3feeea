//! Writes `files.rs`: the page's files as constants.

use std::{
    fmt::Write,
    fs,
    hash::{DefaultHasher, Hasher},
    path::Path,
};

use crate::{Result, files};

/// The page's files, with what the page's build compressed beside them (`name.br`, `name.gz`).
pub(crate) fn write(page: &Path, out: &Path) -> Result<()> {
    let mut list = String::from("pub(crate) const LEFT_OUT: Option<&str> = None;\npub(crate) static FILES: &[File] = &[\n");
    for path in files(page, &[])? {
        let name = path.strip_prefix(page)?.to_string_lossy().replace('\\', "/");
        if [".br", ".gz"].iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        let bytes = fs::read(&path)?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        let include = |ending: &str| {
            let path = format!("{}{ending}", path.display());
            if Path::new(&path).is_file() { format!("Some(include_bytes!({path:?}))") } else { "None".to_owned() }
        };
        writeln!(
            list,
            "    File {{ path: {name:?}, etag: \"\\\"{:016x}\\\"\", plain: include_bytes!({:?}), brotli: {}, gzip: {} }},",
            hasher.finish(),
            path.display().to_string(),
            include(".br"),
            include(".gz"),
        )?;
    }
    list.push_str("];\n");
    Ok(fs::write(out.join("files.rs"), list)?)
}

/// No files, and why.
pub(crate) fn nothing(why: &str, out: &Path) -> Result<()> {
    let list = format!("pub(crate) const LEFT_OUT: Option<&str> = Some({why:?});\npub(crate) static FILES: &[File] = &[];\n");
    Ok(fs::write(out.join("files.rs"), list)?)
}
