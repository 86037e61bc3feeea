//! The drop folder: mails that are put there as files are taken in.

use std::{fs, io, path::Path, time::Duration};

use lambdesk_mail::{
    address::{Address, Mailbox},
    letter::Letter,
};
use tokio::sync::watch;

use super::{LARGEST, Sent, Service, Verdicts};

/// How often the folder is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Takes in what is put into the folder, until the desk stops.
pub(crate) async fn watch(service: Service, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = take_all(&service).await {
            tracing::warn!(%error, "the folder of mails can't be read");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// Takes in each mail of the folder. One that fails is put aside under another name, where it is not looked at again.
pub(crate) async fn take_all(service: &Service) -> io::Result<()> {
    let mut files: Vec<_> = fs::read_dir(service.drop_folder())?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    for path in files.iter().map(fs::DirEntry::path).filter(|path| path.extension().is_some_and(|end| end == "eml")) {
        match take(service, &path).await {
            Ok(()) => fs::remove_file(&path)?,
            Err(error) => {
                tracing::error!(%error, "a mail of the folder was not taken in");
                fs::rename(&path, path.with_extension("failed"))?;
            }
        }
    }
    Ok(())
}

async fn take(service: &Service, path: &Path) -> io::Result<()> {
    let raw = fs::read(path)?;
    if raw.len() > LARGEST {
        return Err(io::Error::other("the mail is too large"));
    }
    let letter = Letter::read(&raw);
    let first = |named: &[Mailbox]| named.first().map(|named| named.address.to_string());
    // A file has no envelope, so the header has to do.
    let from = match letter.first("return-path") {
        Some(path) => Address::read(path).map(|address| address.to_string()).unwrap_or_default(),
        None => first(&letter.from).unwrap_or_default(),
    };
    let is_own = |named: &&Mailbox| named.address.domain() == service.domain();
    let to = letter.to.iter().chain(&letter.cc).filter(is_own).map(|named| named.address.to_string()).collect();
    service.take(Sent { from, to, raw, verdicts: Verdicts::default() }).await.map(|_| ())
}
