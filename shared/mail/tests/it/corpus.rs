//! Mails that others collected: those that come with the crate `mail-parser`, and those of Python's tests, where they are.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use lambdesk_mail::{clean::Pictures, letter::Letter, words::Words};
use mail_parser::MessageParser;

/// What a program prints. It panics with what went wrong.
fn printed(program: &str, arguments: &[&str]) -> String {
    let ran = Command::new(program).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// Where the source of `mail-parser` lies. Only this machine's crates are asked for: those of others may not be here, and a test
/// fetches nothing.
fn source() -> PathBuf {
    let manifest = format!("{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    let host = printed(option_env!("RUSTC").unwrap_or("rustc"), &["--print", "host-tuple"]);
    let own = ["--filter-platform", host.trim(), "--manifest-path", &manifest];
    let asked = ["metadata", "--format-version=1", "--offline", "--locked"];
    let metadata = printed(env!("CARGO"), &[&asked[..], &own].concat());
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let found = packages.iter().find(|package| package["name"] == "mail-parser").unwrap();
    Path::new(found["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

fn mails(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(mails(&entry.path()));
        } else if entry.path().extension().is_some_and(|end| end == "eml") {
            found.push((entry.path(), std::fs::read(entry.path()).unwrap()));
        }
    }
    found
}

/// The mails of Python's own tests, which Debian packs apart. `LAMBDESK_CORPORA=required` makes their absence an error.
fn mails_of_python() -> Vec<(PathBuf, Vec<u8>)> {
    let found = find_mails_of_python();
    let are_required = std::env::var("LAMBDESK_CORPORA").is_ok_and(|value| value == "required");
    assert!(
        !are_required || found.len() >= 40,
        "{} mails of Python's tests: install Debian's libpython3.11-testsuite, or its like",
        found.len()
    );
    found
}

fn find_mails_of_python() -> Vec<(PathBuf, Vec<u8>)> {
    let asked =
        Command::new("python3").args(["-c", "import os, test.test_email as t; print(os.path.dirname(t.__file__))"]).output();
    let Some(place) = asked.ok().filter(|asked| asked.status.success()) else { return Vec::new() };
    let folder = Path::new(String::from_utf8_lossy(&place.stdout).trim()).join("data");
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "txt"));
    files.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

/// White space is folded differently, and control characters are none of ours.
fn squeezed(text: &str) -> String {
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn real_mails_are_read_as_others_read_them() {
    let all = mails(&source().join("resources/eml"));
    assert!(all.len() >= 100, "{}", all.len());
    let (mut with_text, mut same_text) = (0, 0);
    for (path, raw) in &all {
        let (letter, other) = (Letter::read(raw), MessageParser::default().parse(raw));
        let words = Words::of(&letter, true, &Pictures::default());
        assert!(!words.text.is_empty(), "{}", path.display());
        let Some(other) = other else { continue };
        let subject = other.subject().unwrap_or_default();
        // Bytes of which nothing is declared are letters here, and none there.
        if !subject.contains(char::REPLACEMENT_CHARACTER) {
            assert_eq!(squeezed(&letter.subject), squeezed(lambdesk_domain::text::cut(subject, 500)), "{}", path.display());
        }
        assert_eq!(
            letter.message_id.as_deref(),
            other.message_id().map(str::trim).filter(|id| !id.is_empty()),
            "{}",
            path.display()
        );
        if let (Some(ours), Some(theirs)) = (&letter.plain, other.body_text(0)) {
            with_text += 1;
            same_text +=
                usize::from(squeezed(ours).starts_with(&squeezed(&theirs)) || squeezed(&theirs).starts_with(&squeezed(ours)));
        }
    }
    assert!(same_text * 10 >= with_text * 9, "{same_text} of {with_text} texts are the same");
}

#[test]
fn odd_mails_are_read() {
    for (path, raw) in mails(&source().join("resources/eml")).into_iter().chain(mails_of_python()) {
        // As they come from a server, and cut where a connection might break.
        for end in [raw.len(), raw.len() / 2, raw.len() / 3] {
            let letter = Letter::read(&raw[..end]);
            for is_reply in [false, true] {
                assert!(!Words::of(&letter, is_reply, &Pictures::default()).text.trim().is_empty(), "{}", path.display());
            }
        }
    }
}
