use proptest::prelude::*;

use super::*;

const PROJECT: ProjectId = ProjectId(7);
const DOMAIN: &str = "desk.test";

fn key(byte: u8) -> MailKey {
    MailKey::new([byte; 32])
}

fn ticket(number: u128) -> TicketId {
    TicketId(Uuid::from_u128(number))
}

#[test]
fn a_token_fits_an_address_and_names_its_ticket() {
    let text = token(&key(1), Purpose::Reply, PROJECT, ticket(5));
    assert_eq!(text.len(), 45);
    let local = reply_local_part(&text);
    assert_eq!(local.len(), 51);
    let read = in_local_part(&local).unwrap();
    assert_eq!(read.project(), PROJECT);
    assert_eq!(read.proven(&[key(1)], Purpose::Reply), Some(ticket(5)));
    assert_eq!(in_local_part(&local.to_uppercase()), Some(read), "some clients write addresses in capitals");
    for other in ["", "reply+", "reply", "demo", "répl+", &format!("repl{text}"), &local[..50]] {
        assert_eq!(in_local_part(other), None, "{other}");
    }
}

#[test]
fn while_a_key_is_replaced_both_are_valid() {
    let old = Unproven::read(&token(&key(1), Purpose::Reply, PROJECT, ticket(5))).unwrap();
    assert_eq!(old.proven(&[key(2), key(1)], Purpose::Reply), Some(ticket(5)));
    assert_eq!(old.proven(&[key(2)], Purpose::Reply), None);
    assert_eq!(old.proven(&[], Purpose::Reply), None);
}

#[test]
fn a_signature_is_of_one_project_and_one_ticket() {
    let given = token(&key(1), Purpose::Reply, PROJECT, ticket(5));
    let bytes = base32::decode(&given).unwrap();
    for (from, to) in [(3, 8), (19, 6)] {
        let mut other = bytes.clone();
        other[from] = to;
        let other = Unproven::read(&base32::encode(&other)).unwrap();
        assert_eq!(other.proven(&[key(1)], Purpose::Reply), None, "the signature of another ticket");
    }
}

#[test]
fn an_id_of_ours_tells_its_ticket_and_time() {
    let text = token(&key(1), Purpose::Reply, PROJECT, ticket(5));
    let written = Timestamp::from_micros(1_780_000_000_123_456).unwrap();
    let id = own_id(written, &text, DOMAIN);
    for given in [id.clone(), format!("<{id}>"), format!(" <{}> ", id.to_uppercase())] {
        let read = OwnId::read(&given, DOMAIN).unwrap();
        assert_eq!(read.written, written, "{given}");
        assert_eq!(read.token.proven(&[key(1)], Purpose::Reply), Some(ticket(5)));
    }
    assert_eq!(OwnId::read(&id, "other.test"), None);
    for other in [
        "",
        "@desk.test",
        "m.1.x@desk.test",
        &format!("m.-1.{text}@desk.test"),
        &format!("m.99999999999999999999.{text}@desk.test"),
    ] {
        assert_eq!(OwnId::read(other, DOMAIN), None, "{other}");
    }
}

#[test]
fn a_mark_is_of_one_project() {
    let value = mark(&key(1), PROJECT);
    assert!(is_mark(&value, &[key(2), key(1)], PROJECT));
    assert!(is_mark(&format!(" {} ", value.to_uppercase()), &[key(1)], PROJECT));
    assert!(!is_mark(&value, &[key(1)], ProjectId(8)));
    assert!(!is_mark(&value, &[key(2)], PROJECT));
    for other in ["", "yes", "aaaaaaa", &value[..5]] {
        assert!(!is_mark(other, &[key(1)], PROJECT), "{other}");
    }
}

proptest! {
    #[test]
    fn tokens_come_back_and_a_changed_bit_is_refused(project: u32, number: u128, secret: [u8; 32], bit in 0..LENGTH * 8) {
        let (project, ticket, keys) = (ProjectId(project), ticket(number), [MailKey::new(secret)]);
        let text = token(&keys[0], Purpose::Reply, project, ticket);
        prop_assert_eq!(Unproven::read(&text).unwrap().proven(&keys, Purpose::Reply), Some(ticket));
        let mut bytes = base32::decode(&text).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let bent = Unproven::read(&base32::encode(&bytes)).unwrap();
        prop_assert_eq!(bent.proven(&keys, Purpose::Reply), None);
    }

    #[test]
    fn any_text_is_read_without_panic(text: String) {
        let _ = (Unproven::read(&text), in_local_part(&text), OwnId::read(&text, DOMAIN), is_mark(&text, &[key(1)], PROJECT));
    }
}
