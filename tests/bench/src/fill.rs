//! Fills a directory with tickets. `lambdesk-local --data DIR` then is a desk with long lists, to look at or to test a page with.

use std::path::Path;

use lambdesk_domain::Timestamp;

use crate::{
    Failure,
    desk::{Binary, Desk},
    population,
};

/// Makes a desk in `data`, which holds none yet, writes its tickets, and prints how long that took.
pub(crate) async fn print(binary: &Binary, data: &Path, size: u32) -> Result<(), Failure> {
    if data.join("dynamodb.sqlite").exists() {
        return Err(format!("{} holds a desk already", data.display()).into());
    }
    // A first start makes the table and the first project.
    drop(Desk::spawn(binary, data)?);
    let path = data.to_owned();
    let load = move || population::load(&path, size, Timestamp::from(chrono::Utc::now()));
    let known = tokio::task::spawn_blocking(load).await??;
    println!("{size} tickets in {}, loaded in {:.1} s", data.display(), known.took.as_secs_f64());
    Ok(())
}
