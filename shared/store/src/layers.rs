//! Which parts of this crate may use which others: the order in the crate's documentation, held to the code.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Each may use itself and those before it.
const LAYERS: [&str; 6] = ["transport", "items", "room", "upkeep", "lists", "handles"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The text of a file without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// What `{…}` at the beginning of a text lists, between its own braces and commas.
fn group(text: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut all) = (0, 1, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                all.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
        if depth == 0 {
            all.push(&text[begin..at]);
            break;
        }
    }
    all
}

/// The names right behind each `crate::`.
fn used(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).flat_map(|rest| if rest.starts_with('{') { group(rest) } else { vec![rest] }).map(first_word)
}

/// The layer of each name that the crate's root makes public.
fn exported(root: &str) -> BTreeMap<&str, usize> {
    let mut names = BTreeMap::new();
    for (layer, name) in LAYERS.iter().enumerate() {
        let exports = root.split(&format!("pub use {name}::")).nth(1).and_then(|rest| rest.split(';').next());
        let words = exports.into_iter().flat_map(|exports| exports.split(|c: char| !c.is_alphanumeric() && c != '_'));
        names.extend(words.filter(|word| !word.is_empty()).map(|word| (word, layer)));
    }
    names
}

/// The files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn no_layer_uses_one_above_it() {
    let root = code(&source().join("lib.rs"));
    let exported = exported(&root);
    assert_eq!((exported["Desk"], exported["Upkeep"], exported["Posted"]), (5, 3, 2), "names of the root are found");
    let (mut upward, mut seen) = (Vec::new(), 0);
    for (layer, name) in LAYERS.iter().enumerate() {
        for file in files(&source().join(name)).into_iter().chain([source().join(name).with_extension("rs")]) {
            let code = code(&file);
            for used in used(&code) {
                let at = LAYERS.iter().position(|layer| *layer == used).or_else(|| exported.get(used).copied());
                seen += usize::from(at.is_some());
                upward.extend(at.filter(|at| *at > layer).map(|_| format!("{} uses {used}", file.display())));
            }
        }
    }
    assert!(seen > 100, "the uses are found: {seen}");
    assert!(upward.is_empty(), "{upward:#?}");
}
