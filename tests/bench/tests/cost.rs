//! COST.md says of each operation what it uses.

use std::{path::Path, process::Command};

#[test]
fn the_file_has_the_units_that_are_measured() {
    let bench = Path::new(env!("CARGO_BIN_EXE_lambdesk-bench"));
    let desk = bench.with_file_name("lambdesk-local");
    assert!(desk.is_file(), "`cargo test --workspace` builds {}", desk.display());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../COST.md");
    let mut command = Command::new(bench);
    let ran = command.args(["cost", "--check", "--desk"]).arg(&desk).arg("--file").arg(file).output().unwrap();
    let (said, error) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert!(ran.status.success() && said.contains("operations are as the file says"), "{said}{error}");
}
