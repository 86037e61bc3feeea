//! Runs npm, once for each state of the sources.

use std::{
    fs,
    fs::File,
    hash::{DefaultHasher, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Result, files};

/// What npm and an editor leave beside the sources.
const NOT_SOURCES: [&str; 3] = ["node_modules", "dist", ".vite"];
/// How many built pages are kept, the newest: switching between two branches builds neither anew.
const KEPT: usize = 4;

/// Builds the page in `sources`, unless it was built from the same sources already. The client of the API is made from
/// `openapi`. Returns the directory of the built page.
pub(crate) fn build(sources: &Path, openapi: &Path, kept: &Path) -> Result<PathBuf> {
    println!("cargo::rerun-if-changed={}", openapi.display());
    // Not the directory as a whole: cargo would look at every file of `node_modules`, if someone works on the page there.
    for entry in fs::read_dir(sources)? {
        let entry = entry?;
        if !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
            println!("cargo::rerun-if-changed={}", entry.path().display());
        }
    }
    let paths = files(sources, &NOT_SOURCES)?;
    let page = kept.join(format!("built-{}", digest(sources, paths.iter().chain([&openapi.to_owned()]))?));
    fs::create_dir_all(kept)?;
    // Two builds at once, such as an editor's and a terminal's, take turns.
    let turn = File::create(kept.join("lock"))?;
    turn.lock()?;
    if !page.join("index.html").is_file() {
        check_node()?;
        let workshop = kept.join(format!("npm-{}", digest(sources, [&sources.join("package-lock.json")])?));
        install(sources, &workshop)?;
        copy(sources, &paths, &workshop)?;
        let half_built = kept.join("half-built");
        let _ = fs::remove_dir_all(&half_built);
        fs::create_dir_all(&half_built)?;
        let mut command = npm(&workshop);
        command.args(["run", "build"]).env("LAMBDESK_PAGE_OUT", &half_built).env("LAMBDESK_OPENAPI", openapi.canonicalize()?);
        run(&mut command)?;
        fs::rename(&half_built, &page)?;
        forget_old(kept, &page)?;
    }
    Ok(page)
}

/// Vite runs on Node 20.19 and 22.12 or newer.
fn check_node() -> Result<()> {
    let version = Command::new("node").arg("--version").output().ok();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned());
    let mut parts = version.iter().flat_map(|version| version.split('.')).map_while(|part| part.parse::<u32>().ok());
    let enough = match (parts.next(), parts.next()) {
        (Some(20), Some(minor)) => minor >= 19,
        (Some(22), Some(minor)) => minor >= 12,
        (Some(major), _) => major > 22,
        _ => false,
    };
    let found = version.map_or_else(|| "there is none".to_owned(), |version| format!("found {version}"));
    if enough { Ok(()) } else { Err(format!("It needs Node 20.19 or newer (22.12 or newer of 22) with npm: {found}.").into()) }
}

/// Installs the packages that the lock file names. No package runs code of its own at installation.
fn install(sources: &Path, workshop: &Path) -> Result<()> {
    if workshop.join("installed").is_file() {
        return Ok(());
    }
    fs::create_dir_all(workshop)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources.join(file), workshop.join(file))?;
    }
    run(npm(workshop).args(["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]))?;
    Ok(fs::write(workshop.join("installed"), "")?)
}

/// Replaces the sources of the last build.
fn copy(sources: &Path, paths: &[PathBuf], workshop: &Path) -> Result<()> {
    for entry in fs::read_dir(workshop)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name() != "node_modules" {
            fs::remove_dir_all(entry.path())?;
        }
    }
    for path in paths {
        let copied = workshop.join(path.strip_prefix(sources)?);
        fs::create_dir_all(copied.parent().ok_or("a file without a directory")?)?;
        fs::copy(path, copied)?;
    }
    Ok(())
}

/// Removes all built pages but the newest.
fn forget_old(kept: &Path, newest: &Path) -> Result<()> {
    let mut built = Vec::new();
    for entry in fs::read_dir(kept)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("built-") && entry.path() != newest {
            built.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    built.sort();
    let surplus = (built.len() + 1).saturating_sub(KEPT);
    built.iter().take(surplus).try_for_each(|(_, page)| Ok(fs::remove_dir_all(page)?))
}

fn npm(workshop: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(workshop).env("CI", "1").env_remove("NODE_OPTIONS");
    command
}

/// Runs a command; what it printed is in the error.
fn run(command: &mut Command) -> Result<()> {
    let output = command.output().map_err(|error| format!("npm could not be run: {error}."))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    let lines = printed.iter().flat_map(|text| text.lines()).collect::<Vec<_>>();
    let last = lines[lines.len().saturating_sub(40)..].join(" | ");
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>();
    Err(format!("`npm {}` failed: {last}", arguments.join(" ")).into())
}

/// A name for the contents and the names of files. It only has to differ where they do, on this machine, with this compiler.
fn digest<'a>(base: &Path, paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        hasher.write(path.strip_prefix(base).unwrap_or(path).to_string_lossy().as_bytes());
        hasher.write(&[0]);
        let bytes = fs::read(path)?;
        hasher.write_usize(bytes.len());
        hasher.write(&bytes);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
