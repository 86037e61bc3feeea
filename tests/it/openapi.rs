//! `openapi.json` is made from the code; this test fails when they differ. `UPDATE=1 cargo test openapi` writes it.

use std::path::Path;

#[test]
fn the_checked_in_documentation_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let made = format!("{}\n", lambdesk_local::openapi().to_pretty_json().unwrap());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == made, "openapi.json differs from the code; run `UPDATE=1 cargo test openapi` and commit it");
}
