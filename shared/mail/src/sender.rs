//! Who wrote a mail, what of that is proven, and where an answer goes.

use crate::{
    address::{Address, Mailbox},
    letter::Letter,
};

pub mod proof;
pub mod results;

use proof::Proof;

/// Whoever wrote a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Their name, which anybody can give.
    pub name: Option<String>,
    /// Their address.
    pub address: Address,
    /// Where an answer goes.
    pub answer_to: Address,
    /// What is proven of the address.
    pub proof: Proof,
}

/// The sign by which groups show that they wrote their own address over the sender's.
const VIA: &str = " via ";

/// The sender of a letter; `None` if it names nobody. `own` are the project's addresses elsewhere, which groups may write over
/// a sender's, and `proof` is what [`proof`](proof::proof) found.
pub fn sender(letter: &Letter, envelope: Option<&Address>, own: &[Address], proof: Proof) -> Option<Sender> {
    let from = letter.from.first();
    if let Some(from) = from.filter(|from| own.contains(&from.address))
        && let Some(name) = from.name.as_deref().and_then(|name| name.rsplit_once(VIA)).map(|(name, _)| name)
    {
        let written_over = behind_group(letter, own)?;
        let name = name.trim_matches(['\'', '"', ' ']).to_owned();
        let name = Some(name).filter(|name| !name.is_empty());
        return Some(Sender { name, answer_to: written_over.clone(), address: written_over, proof: unless_refuted(proof) });
    }
    let Some(from) = from else {
        let address = envelope?.clone();
        return Some(Sender { name: None, answer_to: address.clone(), address, proof: Proof::Unproven });
    };
    let answer_to = letter.reply_to.first().filter(|_| answers_nobody(&from.address)).map_or(&from.address, |to| &to.address);
    Some(Sender { name: from.name.clone(), answer_to: answer_to.clone(), address: from.address.clone(), proof })
}

/// The address that a group wrote over.
fn behind_group(letter: &Letter, own: &[Address]) -> Option<Address> {
    let named =
        ["x-original-from", "x-original-sender"].into_iter().filter_map(|field| letter.first(field)).filter_map(in_brackets);
    named.chain(letter.reply_to.iter().map(|Mailbox { address, .. }| address.clone())).find(|address| !own.contains(address))
}

fn in_brackets(value: &str) -> Option<Address> {
    let inner = value.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(value, |(inner, _)| inner);
    Address::read(inner)
}

/// What a group vouches for is unproven: the verdict is about the group.
const fn unless_refuted(proof: Proof) -> Proof {
    match proof {
        Proof::Refuted => Proof::Refuted,
        Proof::Proven | Proof::Unproven => Proof::Unproven,
    }
}

/// Whether an address says that nobody reads what is sent there.
pub fn answers_nobody(address: &Address) -> bool {
    let letters: String = address.local().chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "donotreply", "dontreply", "nepasrepondre", "keineantwort"].iter().any(|sort| letters.starts_with(sort))
        || letters == "mailerdaemon"
}
