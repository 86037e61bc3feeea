//! What the receiving service finds of a mail, and how it says so: in the event, and in header fields above the mail's own.

use lambdesk_domain::Timestamp;
use lambdesk_mail::letter::Letter;
use serde_json::{Value, json};

/// The field by which a mail on this machine says what shall be found, such as `dmarc=FAIL; policy=reject`.
const SAID: &str = "x-local-verdict";

/// What is found of a mail. What is `None` is as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdicts {
    pub(crate) dmarc: Option<String>,
    /// Whether the envelope's domain allows the server that sent the mail. Nothing is said of it unless this is `PASS`.
    pub(crate) spf: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) spam: Option<String>,
    pub(crate) virus: Option<String>,
}

impl Verdicts {
    /// Verdicts by name.
    pub(crate) fn of(mut given: impl FnMut(&str) -> Option<String>) -> Self {
        let mut read = |name| given(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        Self { dmarc: read("dmarc"), spf: read("spf"), policy: read("policy"), spam: read("spam"), virus: read("virus") }
    }

    /// These, and what the mail itself says of the others.
    pub(crate) fn or_said_by(self, letter: &Letter) -> Self {
        let said = letter.first(SAID).unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = said.split(';').filter_map(|pair| pair.split_once('='));
            pairs.find(|(found, _)| found.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let other = Self::of(value);
        Self {
            dmarc: self.dmarc.or(other.dmarc),
            spf: self.spf.or(other.spf),
            policy: self.policy.or(other.policy),
            spam: self.spam.or(other.spam),
            virus: self.virus.or(other.virus),
        }
    }

    /// These, and the usual ones: the domains that are for examples and tests are who they say, and no other domain has rules.
    pub(crate) fn or_usual(self, letter: &Letter) -> Self {
        let is_known = letter.from.first().is_some_and(|from| is_for_tests(from.address.domain()));
        let dmarc = self.dmarc.unwrap_or_else(|| if is_known { "PASS" } else { "GRAY" }.to_owned());
        let pass = || Some("PASS".to_owned());
        let (spam, virus) = (self.spam.or_else(pass), self.virus.or_else(pass));
        Self { dmarc: Some(dmarc), spf: self.spf, policy: self.policy, spam, virus }
    }

    /// The part of the event that the service adds.
    pub(crate) fn receipt(&self, at: Timestamp, recipients: &[String]) -> Value {
        let status = |verdict: &Option<String>| json!({"status": verdict.as_deref().unwrap_or("GRAY")});
        json!({
            "timestamp": at, "processingTimeMillis": 0, "recipients": recipients,
            "spamVerdict": status(&self.spam), "virusVerdict": status(&self.virus),
            "spfVerdict": status(&self.dmarc), "dkimVerdict": status(&self.dmarc),
            "dmarcVerdict": status(&self.dmarc), "dmarcPolicy": self.policy,
        })
    }

    /// The header fields that the service puts above the mail's own.
    pub(crate) fn fields(&self, envelope: &str, recipients: &[String], from_domain: &str, id: &str) -> String {
        let word = |verdict: &Option<String>| verdict.as_deref().unwrap_or("GRAY").to_ascii_lowercase();
        let dmarc = match word(&self.dmarc).as_str() {
            found @ ("pass" | "fail") => format!("dmarc={found} header.from={from_domain};"),
            _ => "dmarc=none;".to_owned(),
        };
        let spf = if word(&self.spf) == "pass" { format!(" spf=pass smtp.mailfrom={envelope};") } else { String::new() };
        let line = |text: &str| text.replace(['\r', '\n'], " ");
        let named = if let [only] = recipients { format!(" for {}", line(only)) } else { String::new() };
        format!(
            "Return-Path: <{}>\r\nReceived: by inbound-smtp.local with SMTP id {id}{named}\r\nX-SES-Spam-Verdict: {}\r\n\
             X-SES-Virus-Verdict: {}\r\nAuthentication-Results: amazonses.com;{} {}\r\n",
            line(envelope),
            line(&word(&self.spam)).to_ascii_uppercase(),
            line(&word(&self.virus)).to_ascii_uppercase(),
            line(&spf),
            line(&dmarc),
        )
    }
}

/// Whether a domain is for tests or examples.
pub(crate) fn is_for_tests(domain: &str) -> bool {
    domain.rsplit('.').next() == Some("test") || domain.split('.').any(|label| label == "example")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_may_say_what_shall_be_found() {
        let letter = |field: &str, from: &str| Letter::read(format!("From: {from}\r\n{field}\r\n\r\nhi").as_bytes());
        let found = |field: &str, from: &str, given: Verdicts| {
            let letter = letter(field, from);
            let Verdicts { dmarc, spf: _, policy, spam, virus } = given.or_said_by(&letter).or_usual(&letter);
            [dmarc, policy, spam, virus].map(Option::unwrap_or_default)
        };
        let none = Verdicts::default;
        assert_eq!(found("X-A: 1", "ada@example.com", none()), ["PASS", "", "PASS", "PASS"]);
        assert_eq!(found("X-A: 1", "ada@acme.org", none()), ["GRAY", "", "PASS", "PASS"]);
        let said = "X-Local-Verdict: dmarc=FAIL; policy=reject; spam=FAIL";
        assert_eq!(found(said, "ada@example.com", none()), ["FAIL", "reject", "FAIL", "PASS"]);
        let given = Verdicts { dmarc: Some("PASS".to_owned()), ..none() };
        assert_eq!(found(said, "ada@example.com", given), ["PASS", "reject", "FAIL", "PASS"]);
    }

    #[test]
    fn fields_stay_on_their_lines() {
        let verdicts = Verdicts { dmarc: Some("pass".to_owned()), ..Verdicts::default() };
        let fields = verdicts.fields("a@b.c\r\nX-Odd: 1", &["d@e.f\n".to_owned()], "example.com", "id");
        assert_eq!(fields.lines().count(), 5);
        assert!(fields.ends_with("Authentication-Results: amazonses.com; dmarc=pass header.from=example.com;\r\n"));
    }
}
