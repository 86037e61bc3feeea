//! What of a mail lies in the bucket beside its ticket: its files, and how it is shown. All of it is there before the ticket or the
//! message is, under names that are made of the mail. So a mail that is handed over twice puts the same objects again.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_bucket::{
    Disposition, Kept, keys,
    shown::{Shown, place},
};
use lambdesk_domain::{
    TicketId,
    attachment::{Attachment, AttachmentState, FILES, LISTED},
    ids::timed,
};
use lambdesk_mail::{
    address::Mailbox,
    clean::{Clean, Page, Pictures},
    letter::{self, File, Letter},
};
use lambdesk_runtime::crypto::digest_of;
use uuid::Uuid;

use crate::{Failure, project::AtProject};

/// How many files are put at once. Each is in memory meanwhile.
const AT_ONCE: usize = 3;

impl AtProject<'_> {
    /// The ticket that the mail opens, if it opens one.
    pub(crate) fn opens(&self) -> TicketId {
        TicketId(self.made("ticket", 0))
    }

    /// An id that is the same however often the mail is handed over, and that nobody outside can know.
    fn made(&self, of: &str, place: u64) -> Uuid {
        let key = self.mailbox.keys.first().map_or(&[][..], |key| key.as_slice());
        let parts: [&[u8]; 5] =
            [key, of.as_bytes(), &self.project.0.to_be_bytes(), self.arrival.id.as_bytes(), &place.to_be_bytes()];
        let mut short = [0; 8];
        short.copy_from_slice(&digest_of(&parts)[..8]);
        timed(self.arrival.at, u64::from_be_bytes(short))
    }

    /// Puts the mail's files and how it is shown beside a ticket. Returns what its message says of the files.
    pub(crate) async fn keep(&self, letter: &Letter, ticket: TicketId) -> Result<Vec<Attachment>, Failure> {
        let files = self.listed(letter);
        let shown = serde_json::to_vec(&shown(letter, &files))?;
        let as_json = Kept { content_type: "application/json".to_owned(), disposition: Disposition::attachment("mail.json") };
        let bucket = &self.room.files;
        bucket.put(&keys::shown(self.project, ticket, &self.arrival.raw()), &as_json, shown.into()).await?;
        let puts = files.iter().filter_map(|(attachment, file)| match &file.bytes {
            letter::Bytes::Kept(bytes) => Some(self.put(ticket, attachment, bytes)),
            letter::Bytes::TooLarge => None,
        });
        let puts: Vec<_> = puts.collect();
        stream::iter(puts).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(files.into_iter().map(|(attachment, _)| attachment).collect())
    }

    async fn put(&self, ticket: TicketId, file: &Attachment, bytes: &[u8]) -> Result<(), Failure> {
        let key = keys::file(self.project, ticket, file.id);
        Ok(self.room.files.put(&key, &Kept::of(file), Bytes::copy_from_slice(bytes)).await?)
    }

    /// The files that the message lists: all that are kept, and some that are not.
    fn listed<'a>(&self, letter: &'a Letter) -> Vec<(Attachment, &'a File)> {
        let mut left_out = 0;
        let numbered = (0..).zip(&letter.files);
        numbered
            .filter_map(|(number, file)| {
                let state = match &file.bytes {
                    letter::Bytes::Kept(_) => AttachmentState::Kept,
                    letter::Bytes::TooLarge => AttachmentState::TooLarge,
                };
                left_out += usize::from(state == AttachmentState::TooLarge);
                let is_listed = state == AttachmentState::Kept || left_out <= LISTED - FILES;
                let attachment = Attachment {
                    id: self.made("file", number),
                    name: file.name.clone(),
                    content_type: file.kind,
                    size: file.size as u64,
                    inline: state == AttachmentState::Kept && is_inline(letter, file),
                    state,
                };
                is_listed.then_some((attachment, file))
            })
            .collect()
    }
}

/// Whether the HTML shows a file.
fn is_inline(letter: &Letter, file: &File) -> bool {
    let names = |html: &String| file.content_id.as_ref().is_some_and(|id| html.contains(&format!("cid:{id}")));
    file.kind.is_picture() && letter.html.as_ref().is_some_and(names)
}

fn shown(letter: &Letter, files: &[(Attachment, &File)]) -> Shown {
    let inline: Vec<_> = files.iter().filter(|(attachment, _)| attachment.inline).collect();
    let link = |(attachment, file): &&(Attachment, &File)| Some((file.content_id.clone()?, place(attachment.id)));
    let links: BTreeMap<_, _> = inline.iter().filter_map(link).collect();
    let page = letter.html.as_deref().filter(|_| !letter.html_is_cut).map(Page::read);
    let clean = |shows_remote| page.as_ref().map(|page| page.clean(&Pictures { links: links.clone(), shows_remote }));
    let without = clean(false);
    let left_out = without.as_ref().map_or(0, |clean| clean.left_out);
    let text = letter.plain.clone().filter(|text| !text.trim().is_empty());
    let named = |all: &[Mailbox]| all.iter().map(written).collect();
    Shown {
        text: text.or_else(|| without.as_ref().map(Clean::text)).unwrap_or_default(),
        html_with_images: (left_out > 0).then(|| clean(true)).flatten().map(|clean| clean.html),
        html: without.map(|clean| clean.html),
        images_left_out: left_out as u64,
        from: named(&letter.from),
        to: named(&letter.to),
        cc: named(&letter.cc),
        date: letter.sent_at,
        subject: letter.subject.clone(),
        files: inline.iter().map(|(attachment, _)| attachment.id).collect(),
    }
}

/// An address with its name, as people read it.
fn written(mailbox: &Mailbox) -> String {
    match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => mailbox.address.to_string(),
    }
}
