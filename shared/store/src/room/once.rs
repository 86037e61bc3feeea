//! Carrying a request out once, however often it arrives (docs/decisions.md, 17 and 33).
//!
//! The answer to a request with an `Idempotency-Key` is written in the same transaction as its effect: there is no
//! moment in which the effect is there and the record is not, so a crash, a lost answer or two requests at once can't
//! double it. The answer is sealed under a key made from the caller's credential and `Idempotency-Key`: it may carry
//! what customers wrote or a token that is shown once, and neither lies readable in the table.

use lambdesk_domain::{ProjectId, TicketId, Timestamp};
use lambdesk_runtime::crypto::{Seal, digest_of};
use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};

use crate::{
    Store,
    error::StoreError,
    transport::{
        item::{Reader, Writer},
        keys,
        write::{Guard, Write},
    },
};

/// How long an answer is kept, and for how long an id that was given out may be used, in seconds.
pub const KEPT: i64 = 24 * 3600;

/// The attribute of an answer as it is, and of one that is compressed.
const ANSWER: &str = "answer";
const PACKED: &str = "packed";
/// The most bytes of an answer that lie as they are. A longer one is packed: as JSON, what an agent wrote may be six times as
/// long as it is on the ticket, and what can be stored there must not be refused because of the key that came with it.
const PLAIN: usize = 4000;
/// The level of compression, of 10. A higher one saves a few percent.
const LEVEL: u8 = 3;
/// The most bytes that an answer can have.
const LARGEST: usize = 16_000_000;

/// One request that carries an `Idempotency-Key`.
#[derive(Clone)]
pub struct Once {
    record: String,
    body: [u8; 32],
    seal: Seal,
}

/// What is known of a request before it is carried out.
#[derive(Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing: carry it out.
    No,
    /// It was carried out; this was the answer.
    Answered(Vec<u8>),
    /// The key was used for another body.
    OtherBody,
}

impl Once {
    /// A request is the same when credential, route (method and path, which names the project) and key are.
    pub fn new(credential: &[u8], route: &str, key: &str, body: &[u8]) -> Self {
        let scope: [&[u8]; 3] = [credential, route.as_bytes(), key.as_bytes()];
        Self {
            record: hex::encode(digest_of(&[b"record", &digest_of(&scope)])),
            body: digest_of(&[body]),
            seal: Seal::new(&[b"seal", &digest_of(&scope)]),
        }
    }

    fn write(&self, answer: &[u8], now: Timestamp) -> Result<Write, StoreError> {
        let packed = (answer.len() > PLAIN).then(|| compress_to_vec(answer, LEVEL));
        let kept = packed.as_deref().unwrap_or(answer);
        let sealed = self.seal.close(kept).ok_or_else(|| StoreError::Refused("the answer can't be sealed".to_owned()))?;
        let record = Writer::new(&keys::idempotency(&self.record))
            .bytes("body", self.body.to_vec())
            .bytes(if packed.is_some() { PACKED } else { ANSWER }, sealed)
            .number("expires_at", now.plus_seconds(KEPT).seconds())
            .done();
        // TTL is late: an expired record may still be there, and is no record.
        Ok(Write::put(record)
            .only_if("attribute_not_exists(PK) OR expires_at < :now")
            .guarding(Guard::Once)
            .number(":now", now.seconds()))
    }
}

/// The write of the ticket whose id was given out beforehand, which can be made once. The record outlives the time in which the id may
/// be used.
pub(crate) fn made(project: ProjectId, id: TicketId, now: Timestamp) -> Write {
    let digest = digest_of(&[b"made", &project.0.to_be_bytes(), id.0.as_bytes()]);
    let key = keys::idempotency(&hex::encode(digest));
    let record = Writer::new(&key).number("expires_at", now.plus_seconds(KEPT).seconds()).done();
    Write::put(record).if_absent().guarding(Guard::Admission)
}

/// What is written together with an effect, so that the effect happens once: the answer of a request, or the record of a mail. It
/// is made from what is about to be committed.
pub struct Receipt<'a, T>(Kept<'a, T>);

/// Makes writes from an effect, at a time.
type MakesWrites<'a, T> = &'a (dyn Fn(&T, Timestamp) -> Result<Vec<Write>, StoreError> + Send + Sync);

enum Kept<'a, T> {
    Answer { once: &'a Once, answer: &'a (dyn Fn(&T) -> Vec<u8> + Send + Sync) },
    Beside(MakesWrites<'a, T>),
}

impl<T> Clone for Receipt<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Receipt<'_, T> {}

impl<T> Clone for Kept<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kept<'_, T> {}

impl<'a, T> Receipt<'a, T> {
    /// The answer to the request `once`.
    pub const fn new(once: &'a Once, answer: &'a (dyn Fn(&T) -> Vec<u8> + Send + Sync)) -> Self {
        Self(Kept::Answer { once, answer })
    }

    /// Other writes.
    pub(crate) const fn beside(writes: MakesWrites<'a, T>) -> Self {
        Self(Kept::Beside(writes))
    }

    pub(crate) fn writes(&self, effect: &T, now: Timestamp) -> Result<Vec<Write>, StoreError> {
        match self.0 {
            Kept::Answer { once, answer } => Ok(vec![once.write(&answer(effect), now)?]),
            Kept::Beside(writes) => writes(effect, now),
        }
    }
}

impl Store {
    /// Whether the answer to the request is kept, and is this one.
    pub(crate) async fn has_kept<T>(&self, receipt: Option<Receipt<'_, T>>, effect: &T) -> Result<bool, StoreError> {
        let Some(Receipt(Kept::Answer { once, answer })) = receipt else { return Ok(false) };
        Ok(matches!(self.earlier(once).await?, Earlier::Answered(kept) if kept == answer(effect)))
    }

    /// Whether `once` was carried out before.
    pub async fn earlier(&self, once: &Once) -> Result<Earlier, StoreError> {
        let Some(item) = self.get(&keys::idempotency(&once.record)).await? else { return Ok(Earlier::No) };
        let row = Reader(&item);
        if row.number::<i64>("expires_at")? < self.now().seconds() {
            return Ok(Earlier::No);
        }
        if row.bytes("body")? != Some(once.body.as_slice()) {
            return Ok(Earlier::OtherBody);
        }
        let answer = match row.bytes(PACKED)? {
            Some(packed) => once.seal.open(packed).and_then(|packed| decompress_to_vec_with_limit(&packed, LARGEST).ok()),
            None => once.seal.open(row.bytes(ANSWER)?.unwrap_or_default()),
        };
        answer.map(Earlier::Answered).ok_or_else(|| row.corrupt(ANSWER))
    }
}
