//! E-mail addresses: their form, and whom a mail is for.

use std::fmt;

use lambdesk_domain::identity::is_same_address;

pub mod recipient;

/// The most bytes of an address, by RFC 5321.
const ADDRESS: usize = 254;
/// The most bytes of what stands before the at sign.
const LOCAL: usize = 64;

/// An e-mail address, in lower case as far as case does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

impl Address {
    /// Reads an address, with or without angle brackets; `None` for a text that can be none. Quoted local parts are refused:
    /// almost nobody has one, and they could hold anything.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
        let (local, domain) = text.split_once('@')?;
        let is_local = (1..=LOCAL).contains(&local.len()) && !local.contains(is_odd);
        (text.len() <= ADDRESS && is_local && is_domain(domain)).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the at sign.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// What stands behind the at sign.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether this address is another one's. Only the case of ASCII letters doesn't count, as for all addresses of the desk.
    pub fn is(&self, other: &str) -> bool {
        is_same_address(&self.0, other)
    }

    /// Whether mail can be sent there. Letters beyond ASCII need servers that the desk's is not.
    pub fn is_sendable(&self) -> bool {
        self.0.is_ascii()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that an address can't have without quotes.
fn is_odd(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || "()<>[]:;@\\,\"".contains(letter)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && !label.contains(is_odd) && !label.starts_with('-') && !label.ends_with('-');
    domain.contains('.') && domain.split('.').all(is_label)
}

/// Whether two domains are of one organisation: they have the same domain under a public suffix, such as `example.co.uk`.
pub fn is_same_organisation(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    !one.is_empty() && organisation(&one) == organisation(&other)
}

fn organisation(domain: &str) -> &str {
    let domain = domain.trim_end_matches('.');
    psl::domain_str(domain).unwrap_or(domain)
}

/// An address with the name of whom it belongs to, as a mail gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; anybody can give any.
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

impl Mailbox {
    /// The most characters of a name.
    pub const NAME: usize = 200;
}

#[cfg(test)]
mod tests;
