//! What the receiving service put above a mail's own header fields: what it also says when it hands the mail over. It is read
//! only where that was lost.

use crate::{
    address::Address,
    letter::Letter,
    sender::{
        proof::{SERVICE, Verdict},
        results::Results,
    },
};

/// What the service found of a mail, and whom it took it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Above {
    /// The envelope's sender; `None` for the empty one.
    pub envelope: Option<Address>,
    /// The envelope's recipient, where it names one. A mail for several names none.
    pub recipient: Option<Address>,
    /// What it found about the owner's rules for the From domain.
    pub verdict: Verdict,
    /// Whether it takes the mail for spam.
    pub is_spam: bool,
    /// Whether it found a virus.
    pub has_virus: bool,
}

impl Above {
    /// Reads the fields down to the sender's own server, which may have written any below.
    pub fn read(letter: &Letter) -> Self {
        let servers = letter.fields.iter().enumerate().filter(|(_, field)| field.name == "received");
        let end = servers.map(|(place, _)| place).nth(1).unwrap_or(letter.fields.len());
        let first = |name: &str| letter.fields[..end].iter().find(|field| field.name == name).map(|field| field.value.as_str());
        let failed = |name: &str| first(name).is_some_and(|verdict| verdict.trim().eq_ignore_ascii_case("FAIL"));
        let results = first("authentication-results").map(Results::read).filter(|results| results.by == SERVICE);
        Self {
            envelope: first("return-path").and_then(Address::read),
            recipient: first("received").and_then(recipient),
            verdict: results.as_ref().map_or(Verdict::Unknown, verdict),
            is_spam: failed("x-ses-spam-verdict"),
            has_virus: failed("x-ses-virus-verdict"),
        }
    }
}

/// Whom a server took a mail for: `... for ada@example.com; Mon, 4 May 2026 ...`.
fn recipient(received: &str) -> Option<Address> {
    let mut words = received.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("for"))?;
    words.next().map(|word| word.trim_end_matches(';')).and_then(Address::read)
}

/// The fields do not tell what the owner wants to be done, so what fails is refused.
fn verdict(results: &Results) -> Verdict {
    match results.dmarc() {
        Some("pass") => Verdict::Pass,
        Some("fail") => Verdict::Refused,
        Some("none") => Verdict::Gray,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "Return-Path: <ada@example.com>\r\n\
        Received: from mail.example.com (mail.example.com [192.0.2.1])\r\n by inbound-smtp.us-east-1.amazonaws.com with SMTP id abc\r\n \
        for demo@desk.test;\r\n Mon, 4 May 2026 08:00:00 +0000 (UTC)\r\n\
        X-SES-Spam-Verdict: FAIL\r\nX-SES-Virus-Verdict: PASS\r\n\
        Authentication-Results: amazonses.com;\r\n spf=pass (spfCheck: ok) client-ip=192.0.2.1;\r\n dmarc=pass header.from=example.com;\r\n";
    const THEIRS: &str = "Received: by elsewhere with SMTP for other@desk.test; Mon, 4 May 2026 07:59:59 +0000\r\n\
        X-SES-Virus-Verdict: FAIL\r\nAuthentication-Results: amazonses.com; dmarc=fail header.from=example.com\r\n\
        From: Ada <ada@example.com>\r\n\r\nhello";

    #[test]
    fn what_the_service_says_is_read_and_nothing_that_a_sender_wrote() {
        let address = |text| Address::read(text);
        let read = Above::read(&Letter::read(format!("{OURS}{THEIRS}").as_bytes()));
        let expected = Above {
            envelope: address("ada@example.com"),
            recipient: address("demo@desk.test"),
            verdict: Verdict::Pass,
            is_spam: true,
            has_virus: false,
        };
        assert_eq!(read, expected);
        let bounce = OURS.replace("<ada@example.com>", "<>").replace("dmarc=pass", "dmarc=fail");
        let read = Above::read(&Letter::read(format!("{bounce}{THEIRS}").as_bytes()));
        assert_eq!((read.envelope, read.verdict), (None, Verdict::Refused));
    }

    #[test]
    fn a_mail_without_such_fields_says_nothing() {
        let read = Above::read(&Letter::read(b"From: Ada <ada@example.com>\r\n\r\nhello"));
        let nothing = Above { envelope: None, recipient: None, verdict: Verdict::Unknown, is_spam: false, has_virus: false };
        assert_eq!(read, nothing);
    }
}
