//! The mails that were sent, as their recipients get them: two files each, the mail and its envelope.

use std::{fs, io, path::PathBuf};

use lambdesk_domain::{ProjectId, Timestamp};
use lambdesk_mail::letter::Letter;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Outgoing;
use crate::own;

/// A mail that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// The service's id of it.
    pub id: String,
    /// The project whose mail it is, by its tags.
    pub project_id: Option<ProjectId>,
    /// The envelope's sender.
    pub from: String,
    /// Everybody who got it.
    pub recipients: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// When it was sent.
    pub at: Timestamp,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Its configuration set.
    pub configuration_set: Option<String>,
}

/// The directory of the mails that were sent.
pub(super) struct Outbox(PathBuf);

impl Outbox {
    pub(super) fn open(directory: PathBuf) -> io::Result<Self> {
        own::directory(&directory)?;
        Ok(Self(directory))
    }

    /// Keeps a mail. As SES does, it has another id and date than it was given.
    pub(super) fn keep(&self, mail: &Outgoing, at: Timestamp) -> io::Result<Kept> {
        // Ids sort as the mails were sent.
        let id = format!("{:016x}-{}-000000", at.micros(), Uuid::new_v4());
        let raw = stamped(&mail.raw, &id, at);
        own::keep(&self.0.join(format!("{id}.eml")), &raw)?;
        let kept = Kept {
            project_id: mail.tag("p").and_then(|id| id.parse().ok()).map(ProjectId),
            from: mail.from.clone(),
            recipients: mail.recipients.clone(),
            subject: Letter::read(&raw).subject,
            at,
            tags: mail.tags.clone(),
            configuration_set: mail.configuration_set.clone(),
            id,
        };
        own::keep(&self.0.join(format!("{}.json", kept.id)), serde_json::to_string(&kept)?.as_bytes())?;
        Ok(kept)
    }

    /// The mails in the order in which they were sent.
    pub(super) fn all(&self) -> io::Result<Vec<Kept>> {
        let files = fs::read_dir(&self.0)?.collect::<Result<Vec<_>, _>>()?;
        let mut paths: Vec<_> = files.iter().map(fs::DirEntry::path).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
        paths.sort();
        paths.into_iter().map(|path| Ok(serde_json::from_slice(&fs::read(path)?)?)).collect()
    }

    pub(super) fn raw(&self, id: &str) -> io::Result<Option<Vec<u8>>> {
        // What a caller names never leads out of the directory.
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(None);
        }
        match fs::read(self.0.join(format!("{id}.eml"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }
}

/// The header fields that SES writes in place of those of the mail.
const REPLACED: [&str; 2] = ["message-id", "date"];

fn stamped(raw: &[u8], id: &str, at: Timestamp) -> Vec<u8> {
    let date = chrono::DateTime::from_timestamp_micros(at.micros()).unwrap_or_default().to_rfc2822();
    let mut stamped = format!("Message-ID: <{id}@email.amazonses.com>\r\nDate: {date}\r\n").into_bytes();
    let (mut is_head, mut is_dropped) = (true, false);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        is_head &= !line.trim_ascii().is_empty();
        if is_head && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            is_dropped = REPLACED.iter().any(|replaced| name.eq_ignore_ascii_case(replaced.as_bytes()));
        }
        if !is_head || !is_dropped {
            stamped.extend(line);
        }
    }
    stamped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_the_id_and_the_date_of_the_service() {
        let raw = b"From: a@b.de\r\nMessage-ID:\r\n <own@desk.test>\r\nDate: Mon, 01 Jan 2001 00:00:00 +0000\r\nSubject: hi\r\n\r\nDate: stays\r\n";
        let at: Timestamp = "2026-05-04T08:00:00Z".parse().unwrap();
        let stamped = String::from_utf8(stamped(raw, "abc", at)).unwrap();
        let expected = "Message-ID: <abc@email.amazonses.com>\r\nDate: Mon, 4 May 2026 08:00:00 +0000\r\nFrom: a@b.de\r\nSubject: hi\r\n\r\nDate: stays\r\n";
        assert_eq!(stamped, expected);
    }
}
