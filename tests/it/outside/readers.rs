//! The readers of what others wrote, each with what holds of whatever it reads.

use std::str::from_utf8;

use chrono::NaiveDate;
use lambdesk_domain::{
    ProjectId, Timestamp,
    calendar::holidays,
    capture::{
        event::SeenEvent,
        recording::Piece,
        sent::{self, Sent},
        source_map::{opened::Opened, read},
        wire,
    },
    folding,
    policies::Policies,
    query::{Search, read_from, read_to},
    tags::Tags,
    testing,
    traits::Object,
    view::read_filters,
    workflow::{Definition, Template},
};
use lambdesk_http::cursor::Seal;
use lambdesk_mail::{
    address::Address,
    clean::{Page, Pictures},
    letter::Letter,
    quote,
    sender::results::Results,
    token::{MailKey, Purpose, Unproven, in_local_part, is_mark},
    words::Words,
};

use super::seeds;

/// A reader, and the texts to begin with.
pub(super) struct Reader {
    pub(super) name: &'static str,
    pub(super) seeds: fn() -> Vec<Vec<u8>>,
    pub(super) read: fn(&[u8]),
}

pub(super) const READERS: &[Reader] = &[
    Reader { name: "letter", seeds: seeds::mails, read: letter },
    Reader { name: "page", seeds: seeds::pages, read: page },
    Reader { name: "quote", seeds: seeds::mails, read: quoted },
    Reader { name: "address", seeds: seeds::addresses, read: address },
    Reader { name: "token", seeds: seeds::tokens, read: token },
    Reader { name: "cursor", seeds: seeds::tokens, read: cursor },
    Reader { name: "captured", seeds: seeds::captured, read: captured },
    Reader { name: "source map", seeds: seeds::maps, read: source_map },
    Reader { name: "template", seeds: seeds::templates, read: template },
    Reader { name: "definition", seeds: seeds::objects, read: definition },
    Reader { name: "date", seeds: seeds::dates, read: date },
    Reader { name: "holidays", seeds: seeds::holidays, read: holiday },
    Reader { name: "search", seeds: seeds::searches, read: search },
];

fn now() -> Timestamp {
    Timestamp::from_micros(1_772_445_600_000_000).expect("a time")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn letter(bytes: &[u8]) {
    let letter = Letter::read(bytes);
    assert!(!letter.subject.contains(char::is_control), "a subject in one line");
    assert!(letter.files.iter().all(|file| !file.name.contains(['/', '\\', '\n', '\0'])), "names of files without folders");
    for is_reply in [false, true] {
        assert!(!Words::of(&letter, is_reply, &Pictures::default()).text.trim().is_empty(), "some words");
    }
}

fn page(bytes: &[u8]) {
    let clean = Page::read(&text(bytes)).clean(&Pictures::default());
    let lower = clean.html.to_lowercase();
    for tag in ["<script", "<iframe", "<style", "<svg", "<object", "<form", "<textarea"] {
        assert!(!lower.contains(tag), "{tag} is left");
    }
    let again = Page::read(&clean.html).clean(&Pictures::default());
    assert_eq!(again.left_out, 0, "what is clean needs no more left out");
    let _ = (clean.text(), clean.rich());
}

fn quoted(bytes: &[u8]) {
    let text = text(bytes);
    let new = quote::new_text(&text);
    assert!(text.contains(new), "new text is a part of the text");
    let _ = (quote::is_forward(&text), quote::new_page(&Page::read(&text)), Results::read(&text));
}

fn address(bytes: &[u8]) {
    if let Some(address) = Address::read(&text(bytes)) {
        assert_eq!(Address::read(address.as_str()).as_ref(), Some(&address), "an address is read again as itself");
        assert!(!address.as_str().contains(['\r', '\n', '\0']), "an address in one line");
    }
}

fn token(bytes: &[u8]) {
    let (text, key) = (text(bytes), MailKey::new([7; 32]));
    let read = [Unproven::read(&text), in_local_part(&text)];
    let keys = [key];
    assert!(read.into_iter().flatten().all(|token| token.proven(&keys, Purpose::Reply).is_none()), "nobody signs by chance");
    assert!(!is_mark(&text, &keys, ProjectId(1)), "nobody marks by chance");
}

fn cursor(bytes: &[u8]) {
    let project = testing::project();
    let seal = Seal::new(&project, "tickets", &"");
    assert!(seal.read(&text(bytes), |place| Some(place.to_owned())).is_err(), "nobody seals by chance");
    let place = text(bytes);
    assert_eq!(seal.read(&seal.write(&place), |place| Some(place.to_owned())).ok(), Some(place), "what is sealed is read");
}

fn captured(bytes: &[u8]) {
    let Ok(json) = wire::json_of(bytes) else { return };
    if wire::check_depth(&json, 64).is_err() {
        return;
    }
    let Ok(batch) = wire::Batch::parse(&json) else { return };
    for event in batch.events.all {
        let _ = sent::token_of(event);
        if let Some(sent) = Sent::read(event, batch.sent_at.as_deref(), now()) {
            let _ = SeenEvent::of(&sent, false);
        }
        if let Some(recording) = Piece::read(event, batch.sent_at.as_deref(), now()) {
            let _ = recording.parts(now());
        }
    }
}

fn source_map(bytes: &[u8]) {
    for is_zipped in [false, true] {
        let Ok(readable) = read::read(bytes, is_zipped) else { continue };
        let opened = Opened::open(&readable.zipped).expect("a map that was taken is opened");
        for (line, column) in [(1, 1), (1, 1000), (u32::MAX, u32::MAX), (0, 0)] {
            let _ = (opened.at(line, column), opened.name_at(line, column));
        }
    }
}

fn template(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(template) = Template::parse(&text) {
        assert_eq!(template.source(), text, "a template is shown as it was written");
    }
}

fn definition(bytes: &[u8]) {
    let Ok(object) = serde_json::from_slice::<Object>(bytes) else { return };
    let _ = (Definition::parse(&object), Policies::parse(&object));
    if let Ok(filters) = read_filters(&object) {
        assert_eq!(read_filters(&filters).ok(), Some(filters), "filters are read again as themselves");
    }
}

fn date(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(at) = text.parse::<Timestamp>() {
        assert_eq!(at.to_string().parse::<Timestamp>().ok(), Some(at), "a time is read again as itself");
    }
    let _ = (read_from(&text, now()), read_to(&text, now()));
}

fn holiday(bytes: &[u8]) {
    let Ok(text) = from_utf8(bytes) else { return };
    let _ = holidays::preview(text, NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day"));
}

fn search(bytes: &[u8]) {
    let text = text(bytes);
    let folded = folding::for_conditions(&text);
    assert_eq!(folding::for_conditions(&folded), folded, "what is folded stays");
    if let Ok(tags) = Tags::new([&text]) {
        assert_eq!(Tags::new(tags.iter()).ok().as_ref(), Some(&tags), "a tag stays as it is stored");
    }
    if let Ok(Some(search)) = Search::read(&text) {
        let _ = search.finds(&testing::ticket());
    }
}
