//! Whether the From address is the sender's own. Only what the receiving service found counts: anybody can write a header.

use super::results::Results;
use crate::{
    address::{Address, is_same_organisation},
    letter::Letter,
};

/// The server whose header fields are the receiving service's.
pub(crate) const SERVICE: &str = "amazonses.com";
/// The servers whose word counts on mail that was forwarded, unless a project names others.
pub const TRUSTED_FORWARDERS: [&str; 2] = ["mx.google.com", "mx.microsoft.com"];

/// What the receiving service found about the owner's rules for the From domain (DMARC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They hold.
    Pass,
    /// They don't, and the owner wants such mail kept apart or refused.
    Refused,
    /// They don't, and the owner wants nothing done about it.
    Fail,
    /// There are none.
    Gray,
    /// They could not be checked.
    Unknown,
}

impl Verdict {
    /// The words by which verdicts are kept.
    const WORDS: [(Self, &'static str); 5] = [
        (Self::Pass, "pass"),
        (Self::Refused, "refused"),
        (Self::Fail, "fail"),
        (Self::Gray, "gray"),
        (Self::Unknown, "unknown"),
    ];

    /// The word by which it is kept.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(verdict, _)| *verdict == self).map_or("unknown", |(_, word)| word)
    }

    /// The verdict of a word.
    pub fn of_word(word: &str) -> Self {
        Self::WORDS.iter().find(|(_, known)| *known == word).map_or(Self::Unknown, |(verdict, _)| *verdict)
    }

    /// Reads the words that the receiving service uses.
    pub fn read(status: &str, policy: Option<&str>) -> Self {
        let is_refused = policy.is_some_and(|policy| matches!(policy.to_ascii_lowercase().as_str(), "quarantine" | "reject"));
        match status.to_ascii_uppercase().as_str() {
            "PASS" => Self::Pass,
            "FAIL" if is_refused => Self::Refused,
            "FAIL" => Self::Fail,
            "GRAY" => Self::Gray,
            _ => Self::Unknown,
        }
    }
}

/// Whether somebody is who they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// They are.
    Proven,
    /// Nobody knows.
    Unproven,
    /// The owner of the address says that they are not.
    Refuted,
}

/// An address of a project whose own server forwards its mail to the desk.
#[derive(Debug, Clone, Copy)]
pub struct Forwarded<'a> {
    /// The address.
    pub address: &'a Address,
    /// The servers whose word counts.
    pub trusted: &'a [&'a str],
}

/// What is proven of the From address of a letter.
pub fn proof(letter: &Letter, verdict: Verdict, forwarded: Option<Forwarded<'_>>) -> Proof {
    // A reader may show any of several, so none of them is proven. One that can't be read counts: the rules may be its domain's.
    let [from] = letter.from.as_slice() else { return Proof::Unproven };
    if letter.count("from") != 1 || letter.from_count != 1 {
        return Proof::Unproven;
    }
    let domain = from.address.domain();
    let mut results = letter.all("authentication-results").map(Results::read);
    // The service puts its own field above all others. A field of that name further down may be anybody's.
    let Some(service) = results.next().filter(|results| results.by == SERVICE) else {
        return unless_proven(verdict);
    };
    if forwarded.is_some_and(|by| is_vouched_for(domain, &service, results.next(), by)) {
        return Proof::Proven;
    }
    let is_of_domain = |other: &str| is_same_organisation(domain, other);
    if verdict == Verdict::Gray && (service.signed_by().any(is_of_domain) || service.sent_for().any(is_of_domain)) {
        return Proof::Proven;
    }
    // The verdict does not say whose rules hold; the field does.
    let is_for_domain = service.from_domain().is_some_and(|passed| passed.eq_ignore_ascii_case(domain));
    if verdict == Verdict::Pass && is_for_domain { Proof::Proven } else { unless_proven(verdict) }
}

const fn unless_proven(verdict: Verdict) -> Proof {
    match verdict {
        Verdict::Refused => Proof::Refuted,
        Verdict::Pass | Verdict::Fail | Verdict::Gray | Verdict::Unknown => Proof::Unproven,
    }
}

/// Whether a server that the project trusts has checked the mail before it forwarded it. That it was this server follows from
/// the envelope, whose sender is the project's own domain, and from its field being the next below the service's.
fn is_vouched_for(domain: &str, service: &Results, below: Option<Results>, by: Forwarded<'_>) -> bool {
    let is_forwarded = service.sent_for().any(|sender| is_same_organisation(sender, by.address.domain()));
    let is_trusted = |server: &str| by.trusted.iter().any(|trusted| trusted.eq_ignore_ascii_case(server));
    is_forwarded
        && below.is_some_and(|below| {
            is_trusted(&below.by) && below.from_domain().is_some_and(|from| from.eq_ignore_ascii_case(domain))
        })
}
