//! A desk with one ticket, and the mails of `tests/mails`.

use lambdesk_domain::{ProjectId, TicketId, Timestamp};
use lambdesk_mail::{
    address::{Address, recipient::Recipient},
    admit::{Outcome, Pointed, Pointers, admit, pointers},
    letter::Letter,
    loops::{Desk, Sort, sort},
    sender::{
        Sender,
        proof::{Forwarded, Proof, TRUSTED_FORWARDERS, Verdict, proof},
        sender,
    },
    token::{MailKey, Purpose, mark, own_id, token},
};

pub(crate) const DOMAIN: &str = "desk.test";
pub(crate) const PROJECT: ProjectId = ProjectId(1);
pub(crate) const OTHER_PROJECT: ProjectId = ProjectId(2);

pub(crate) fn address(text: &str) -> Address {
    Address::read(text).unwrap()
}

pub(crate) fn key(project: ProjectId) -> MailKey {
    MailKey::new([u8::try_from(project.0).unwrap(); 32])
}

/// The ticket that Ada asked on.
pub(crate) fn ticket() -> TicketId {
    "0197a000-0000-7000-8000-000000000001".parse().unwrap()
}

pub(crate) fn reply_token(project: ProjectId) -> String {
    token(&key(project), Purpose::Reply, project, ticket())
}

pub(crate) fn id_of_ours() -> String {
    own_id(Timestamp::from_micros(1_777_881_600_000_000).unwrap(), &reply_token(PROJECT), DOMAIN)
}

/// A mail of `tests/mails`, with line ends as in mail, and with this desk's tokens.
pub(crate) fn mail(name: &str) -> Vec<u8> {
    mail_with(name, &[])
}

/// Likewise, with other places filled in.
pub(crate) fn mail_with(name: &str, filled: &[(&str, &str)]) -> Vec<u8> {
    let path = format!("{}/tests/mails/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    let mut raw = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let own = [("TOKEN", reply_token(PROJECT)), ("ID", id_of_ours()), ("MARK", mark(&key(PROJECT), PROJECT))];
    let filled = filled.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(own);
    for (name, value) in filled {
        raw = replaced(&raw, format!("{{{name}}}").as_bytes(), value.as_bytes());
    }
    replaced(&raw, b"\n", b"\r\n")
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut new = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        new.extend(&rest[..at]);
        new.extend(to);
        rest = &rest[at + from.len()..];
    }
    new.extend(rest);
    new
}

pub(crate) fn letter(name: &str) -> Letter {
    Letter::read(&mail(name))
}

/// What the receiving service would have found.
pub(crate) fn verdict(letter: &Letter) -> Verdict {
    let results = letter.first("authentication-results").unwrap_or_default().to_owned();
    let has = |words: &str| results.contains(words);
    match () {
        () if has("dmarc=pass") => Verdict::read("PASS", None),
        () if has("dmarc=fail") => Verdict::read("FAIL", Some("reject")),
        () => Verdict::read("GRAY", None),
    }
}

/// What became of a mail before anything is written.
pub(crate) struct Arrived {
    pub(crate) sort: Sort,
    pub(crate) sender: Sender,
    pub(crate) pointers: Pointers,
    pub(crate) outcome: Outcome,
    pub(crate) letter: Letter,
}

/// The ticket of Ada, who is a customer, and of whoever else takes part. Ben is a member of the project.
pub(crate) struct Ticket {
    pub(crate) participants: Vec<Address>,
    pub(crate) is_deleted: bool,
    /// Ids that the project has seen on it.
    pub(crate) seen: Vec<String>,
}

impl Default for Ticket {
    fn default() -> Self {
        let seen = vec!["0100018f-1111-2222-3333-444455556666-000000@email.amazonses.com".to_owned()];
        Self { participants: Vec::new(), is_deleted: false, seen }
    }
}

pub(crate) fn ada() -> Address {
    address("ada@example.com")
}

impl Ticket {
    pub(crate) fn with(participants: &[&str]) -> Self {
        Self { participants: participants.iter().map(|text| address(text)).collect(), ..Self::default() }
    }

    /// A mail arrives at this project, for the recipients in its header.
    pub(crate) fn receives(&self, raw: &[u8]) -> Arrived {
        let letter = Letter::read(raw);
        let recipients: Vec<_> = letter.to.iter().filter_map(|to| Recipient::of(&to.address, DOMAIN)).collect();
        self.receives_for(letter, &recipients)
    }

    pub(crate) fn receives_for(&self, letter: Letter, recipients: &[Recipient]) -> Arrived {
        let (keys, own) = ([key(PROJECT)], [address("support@acme.example")]);
        let forwarded = Forwarded { address: &own[0], trusted: &TRUSTED_FORWARDERS };
        let found = proof(&letter, verdict(&letter), Some(forwarded));
        let envelope = letter.first("return-path").and_then(Address::read);
        let sender = sender(&letter, envelope.as_ref(), &own, found).unwrap();
        let desk = Desk { project: PROJECT, keys: &keys, mail_domain: DOMAIN, own: &own };
        let pointers = pointers(&letter, recipients, PROJECT, &keys, DOMAIN);
        let is_pointed = pointers.signed.contains(&ticket()) || pointers.seen.iter().any(|id| self.seen.contains(id));
        let requester = ada();
        let pointed = Pointed { requester: Some(&requester), participants: &self.participants };
        let pointed = (is_pointed && !self.is_deleted).then_some(pointed);
        let outcome = admit(&letter, &sender, sender.address.domain() == "acme.example", pointed);
        Arrived { sort: sort(&letter, envelope.as_ref(), desk), sender, pointers, outcome, letter }
    }
}

pub(crate) const NEW: Outcome = Outcome::Opens { is_verified: true, is_related: false };
pub(crate) const MESSAGE: Outcome = Outcome::Message { is_verified: true, adds: true };

pub(crate) fn is_proven(arrived: &Arrived) -> bool {
    arrived.sender.proof == Proof::Proven
}
