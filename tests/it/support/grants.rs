//! Records which grants of the functions' roles the tests used. `.ci/grants` reads the records after the whole suite.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process,
    sync::{Mutex, PoisonError},
};

use lambdesk_local::Grants;

/// The lines that this process has recorded.
static RECORDED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Adds the grants of a desk to the record of this process: those that it has, and those that it used.
pub(super) fn record(grants: &Grants) {
    let used = grants.used();
    let all = grants.all().iter().map(|grant| format!("granted {grant}\n"));
    let lines = all.chain(used.iter().map(|grant| format!("used {grant}\n")));
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    let before = recorded.len();
    recorded.extend(lines);
    if recorded.len() > before {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grants");
        fs::create_dir_all(&directory).expect("a directory for the records");
        let text: String = recorded.iter().map(String::as_str).collect();
        fs::write(directory.join(process::id().to_string()), text).expect("a record");
    }
}
