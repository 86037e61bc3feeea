//! Filling a directory. With this test, `cargo test --workspace` builds the program for the browser tests too.

use std::{path::Path, process::Command};

#[test]
fn a_directory_is_filled_once() {
    let bench = Path::new(env!("CARGO_BIN_EXE_lambdesk-bench"));
    let desk = bench.with_file_name("lambdesk-local");
    assert!(desk.is_file(), "`cargo test --workspace` builds {}", desk.display());
    let data = tempfile::tempdir().unwrap();
    let fill = || {
        let mut command = Command::new(bench);
        command.args(["fill", "--sizes", "100", "--desk"]).arg(&desk).arg("--data").arg(data.path());
        command.output().unwrap()
    };
    let first = fill();
    let (said, error) = (String::from_utf8(first.stdout).unwrap(), String::from_utf8(first.stderr).unwrap());
    assert!(first.status.success() && said.contains("100 tickets in "), "{said}{error}");
    assert!(data.path().join("dynamodb.sqlite").is_file());
    let second = fill();
    assert!(!second.status.success(), "what is there is never written over");
    let without = Command::new(bench).arg("fill").output().unwrap();
    assert!(String::from_utf8(without.stderr).unwrap().contains("--data"), "it says what it lacks");
}
