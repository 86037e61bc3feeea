//! Who wrote a mail, where an answer goes, and what is proven.

use lambdesk_mail::{
    letter::Letter,
    sender::{
        proof::{Proof, Verdict, proof},
        sender,
    },
};

use crate::desk::{Ticket, ada, address, letter, mail};

#[test]
fn where_an_answer_goes() {
    let arrived = Ticket::default().receives(&mail("reply-to-differs"));
    assert_eq!((&arrived.sender.address, &arrived.sender.answer_to), (&ada(), &ada()), "Reply-To says nothing about a person");
    let form = Ticket::default().receives(&mail("form")).sender;
    assert_eq!((form.address, form.answer_to), (address("noreply@forms.example.org"), address("dora@example.net")));
}

#[test]
fn behind_a_group_there_is_somebody() {
    let arrived = Ticket::default().receives(&mail("group-rewritten"));
    assert_eq!(arrived.sender.address, address("ann@example.net"));
    assert_eq!(arrived.sender.name.as_deref(), Some("Ann Example"));
    assert_eq!(arrived.sender.proof, Proof::Unproven, "the group is proven, and not Ann");
}

#[test]
fn several_senders_are_not_proven() {
    let arrived = Ticket::default().receives(&mail("two-froms"));
    assert_eq!(arrived.sender.proof, Proof::Unproven);
    let nobody = letter("without-from");
    let envelope = address("bounces@example.org");
    let found = sender(&nobody, Some(&envelope), &[], proof(&nobody, Verdict::Pass, None)).unwrap();
    assert_eq!((found.address, found.proof), (envelope, Proof::Unproven));
    assert_eq!(sender(&nobody, None, &[], Proof::Unproven), None);
}

#[test]
fn a_forwarder_that_is_trusted_vouches() {
    let raw = String::from_utf8(mail("forwarded-by-google")).unwrap();
    assert_eq!(Ticket::default().receives(raw.as_bytes()).sender.proof, Proof::Proven);
    for (from, to) in [
        // The envelope is somebody else's, the server is not trusted, it says something else, or speaks of another domain.
        ("envelope-from=support+caf_=in@acme.example", "envelope-from=x@evil.example"),
        ("mx.google.com;", "mx.evil.example;"),
        ("dmarc=pass (p=REJECT", "dmarc=fail (p=REJECT"),
        ("dis=NONE) header.from=example.com", "dis=NONE) header.from=evil.example"),
    ] {
        assert!(raw.contains(from), "{from}");
        assert_eq!(Ticket::default().receives(raw.replace(from, to).as_bytes()).sender.proof, Proof::Refuted, "{to}");
    }
}

fn proof_of(results: &str, verdict: Verdict) -> Proof {
    let raw = format!("{results}From: Ada <ada@sub.example.co.uk>\r\n\r\nhi");
    proof(&Letter::read(raw.as_bytes()), verdict, None)
}

#[test]
fn without_rules_a_signature_or_a_server_of_the_domain_counts() {
    let ours = |rest: &str| format!("Authentication-Results: amazonses.com; {rest}\r\n");
    for rest in [
        "dkim=pass header.i=@example.co.uk",
        "dkim=fail header.d=x.example; dkim=pass header.d=mail.example.co.uk",
        "spf=pass (a comment; with (dkim=pass) in it) client-ip=192.0.2.1; envelope-from=bounce@example.co.uk; helo=x",
        "spf=pass smtp.mailfrom=\"bounce@sub.example.co.uk\"",
    ] {
        assert_eq!(proof_of(&ours(rest), Verdict::Gray), Proof::Proven, "{rest}");
        assert_eq!(proof_of(&ours(rest), Verdict::Fail), Proof::Unproven, "a rule that does not hold wins: {rest}");
        assert_eq!(proof_of(&ours(rest), Verdict::Refused), Proof::Refuted, "{rest}");
    }
    for rest in [
        "dkim=pass header.i=@other.co.uk",
        "dkim=fail header.i=@example.co.uk",
        "dkim=none; spf=softfail envelope-from=bounce@example.co.uk",
        "spf=none (dkim=pass header.i=@example.co.uk)",
        "spf=none reason=\"; dkim=pass header.i=@example.co.uk\"",
        "spf=pass envelope-from=bounce@co.uk",
        "",
    ] {
        assert_eq!(proof_of(&ours(rest), Verdict::Gray), Proof::Unproven, "{rest}");
    }
}

#[test]
fn a_field_that_somebody_else_wrote_proves_nothing() {
    let forged = "Authentication-Results: amazonses.com; dkim=pass header.d=example.co.uk\r\n";
    let theirs = "Authentication-Results: mx.example.net; dkim=none\r\n";
    assert_eq!(proof_of(&format!("{theirs}{forged}"), Verdict::Gray), Proof::Unproven);
    let real = "Authentication-Results: amazonses.com; dkim=none\r\n";
    assert_eq!(proof_of(&format!("{real}{forged}"), Verdict::Gray), Proof::Unproven);
    assert_eq!(proof_of("", Verdict::Refused), Proof::Refuted, "the verdict comes beside the mail");
    assert_eq!(proof_of("", Verdict::Pass), Proof::Unproven, "and does not say for which domain");
    let passed = "Authentication-Results: mx.example.net; dmarc=pass header.from=sub.example.co.uk\r\n";
    assert_eq!(proof_of(passed, Verdict::Pass), Proof::Unproven);
}

#[test]
fn an_address_that_cannot_be_read_is_a_sender_too() {
    let arrived = Ticket::default().receives(&mail("from-too-long-and-another"));
    assert_eq!((arrived.letter.from.len(), arrived.letter.from_count), (1, 2));
    assert_eq!(arrived.sender.proof, Proof::Unproven, "the rules of the other one's domain hold");
    // Even if the rules were those of the one that can be read.
    let raw = String::from_utf8(mail("from-too-long-and-another")).unwrap().replace("evil.example", "example.com");
    assert_eq!(Ticket::default().receives(raw.as_bytes()).sender.proof, Proof::Unproven);
}

#[test]
fn rules_that_hold_prove_nobody_of_another_domain() {
    let arrived = Ticket::default().receives(&mail("passed-for-another-domain"));
    assert_eq!((arrived.letter.from_count, arrived.sender.address), (1, ada()));
    assert_eq!(arrived.sender.proof, Proof::Unproven);
    let raw = String::from_utf8(mail("passed-for-another-domain")).unwrap().replace("evil.example", "Example.COM");
    assert_eq!(Ticket::default().receives(raw.as_bytes()).sender.proof, Proof::Proven);
}
