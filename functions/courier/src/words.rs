//! What a mail says.

use lambdesk_domain::{
    Message, TicketId,
    attachment::{ALL_BYTES, Attachment, AttachmentState},
    message::Content,
    project::Project,
    satisfaction::{QUESTION, Rating},
};
use lambdesk_runtime::links::rating_page;
use serde_json::{Value, json};

/// What a mail says, as text and as a `TipTap` document, and the files that go with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words {
    pub(crate) text: String,
    pub(crate) rich: Option<Value>,
    pub(crate) files: Vec<Attachment>,
}

impl Words {
    /// A text of the desk's own.
    pub(crate) const fn plain(text: String) -> Self {
        Self { text, rich: None, files: Vec::new() }
    }

    /// A text of the desk's own with a link in it, that can be followed in a page too.
    pub(crate) fn linked(text: String, link: &str) -> Self {
        let blocks: Vec<_> = paragraphs_of(&text, |line| with_link(line, link)).collect();
        Self { text, rich: Some(json!({"type": "doc", "content": blocks})), files: Vec::new() }
    }

    /// Messages that one mail brings, with a line between them.
    pub(crate) fn of(messages: &[&Message]) -> Self {
        if let [only] = messages {
            let Content { text, rich, files } = only.content.clone();
            return Self { text, rich, files };
        }
        let (files, left_out) = bounded(messages);
        let left_out = (left_out > 0).then(|| format!("More files are in the conversation: {left_out}."));
        let mut texts: Vec<_> = messages.iter().map(|message| message.content.text.as_str()).collect();
        let mut blocks = Vec::new();
        for (place, message) in messages.iter().enumerate() {
            if place > 0 {
                blocks.push(json!({"type": "horizontalRule"}));
            }
            match message.content.rich.as_ref().and_then(|rich| rich["content"].as_array()) {
                Some(content) => blocks.extend(content.iter().cloned()),
                None => blocks.extend(paragraphs(&message.content.text)),
            }
        }
        if let Some(left_out) = &left_out {
            texts.push(left_out);
            blocks.extend([json!({"type": "horizontalRule"}), line(left_out)]);
        }
        let rich = messages.iter().any(|message| message.content.rich.is_some());
        let rich = rich.then(|| json!({"type": "doc", "content": blocks}));
        Self { text: texts.join("\n\n* * *\n\n"), rich, files }
    }

    /// The desk's question, with a link for each rating. Opening one records nothing.
    pub(crate) fn question(link_base: &str, project: &Project, ticket: TicketId) -> Self {
        let page = rating_page(link_base, project, ticket);
        let link = |rating: Rating| format!("{page}?rating={}", rating.number());
        let lines: Vec<_> = Rating::ALL.into_iter().map(|rating| format!("{}: {}", rating.number(), link(rating))).collect();
        let text = format!("{QUESTION}\n\n{SCALE}\n\n{}", lines.join("\n"));
        let linked = |rating: Rating| [link_to(&link(rating), &rating.number().to_string()), words(" \u{a0} ")];
        let numbers: Vec<_> = Rating::ALL.into_iter().flat_map(linked).collect();
        let blocks = [line(QUESTION), json!({"type": "paragraph", "content": numbers}), line(SCALE)];
        Self { text, rich: Some(json!({"type": "doc", "content": blocks})), files: Vec::new() }
    }
}

/// The files of messages that fit one mail, and how many do not.
fn bounded(messages: &[&Message]) -> (Vec<Attachment>, usize) {
    let mut room = ALL_BYTES;
    let all = messages.iter().flat_map(|message| &message.content.files).filter(|file| file.state == AttachmentState::Kept);
    let (fit, left_out): (Vec<_>, Vec<_>) = all.cloned().partition(|file| {
        let fits = file.size <= room;
        room -= if fits { file.size } else { 0 };
        fits
    });
    (fit, left_out.len())
}

/// What the numbers mean.
const SCALE: &str = "1 is not at all, 5 is very.";

fn line(text: &str) -> Value {
    json!({"type": "paragraph", "content": [words(text)]})
}

fn words(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn link_to(link: &str, text: &str) -> Value {
    json!({"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": link}}]})
}

/// A line in which one can follow the link.
fn with_link(text: &str, link: &str) -> Vec<Value> {
    let Some((before, after)) = text.split_once(link) else { return vec![words(text)] };
    let around = |text: &str| (!text.is_empty()).then(|| words(text));
    [around(before), Some(link_to(link, link)), around(after)].into_iter().flatten().collect()
}

/// A text without formatting as paragraphs, with its line ends.
fn paragraphs(text: &str) -> impl Iterator<Item = Value> {
    paragraphs_of(text, |line| vec![words(line)])
}

/// The same, with what each line is made of.
fn paragraphs_of(text: &str, nodes: impl Fn(&str) -> Vec<Value>) -> impl Iterator<Item = Value> {
    let paragraph = move |text: &str| {
        let mut content = Vec::new();
        for (place, line) in text.lines().enumerate() {
            if place > 0 {
                content.push(json!({"type": "hardBreak"}));
            }
            if !line.is_empty() {
                content.extend(nodes(line));
            }
        }
        json!({"type": "paragraph", "content": content})
    };
    text.split("\n\n").filter(|part| !part.trim().is_empty()).map(paragraph)
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{MessageId, Timestamp, attachment::FileType, message::Author};
    use uuid::Uuid;

    use super::*;

    fn message(text: &str, rich: Option<Value>) -> Message {
        let at = Timestamp::EPOCH;
        Message {
            id: MessageId::new(at, 1),
            created_at: at,
            author: Author::Desk,
            content: Content { text: text.to_owned(), rich, files: Vec::new() },
            private: false,
            edits: 0,
            follows: None,
            mailed: None,
        }
    }

    #[test]
    fn messages_of_one_mail_are_told_apart() {
        let bold = json!({"type": "doc", "content": [line("Two")]});
        let (one, two) = (message("One\nand a half\n\nMore", None), message("Two", Some(bold.clone())));
        assert_eq!(Words::of(&[&two]), Words { text: "Two".to_owned(), rich: Some(bold), files: Vec::new() });
        assert_eq!(Words::of(&[&one, &one]).rich, None);
        let both = Words::of(&[&one, &two]);
        assert_eq!(both.text, "One\nand a half\n\nMore\n\n* * *\n\nTwo");
        let kinds: Vec<_> = both.rich.unwrap()["content"].as_array().unwrap().iter().map(|block| block["type"].clone()).collect();
        assert_eq!(kinds, ["paragraph", "paragraph", "horizontalRule", "paragraph"]);
    }

    #[test]
    fn a_link_of_the_desk_can_be_followed() {
        let link = "https://desk.test/inbox/1/t/7";
        let both = Words::linked(format!("Ada wrote:\n\nHi\nthere\n\nTicket: {link}"), link);
        let end = json!({"type": "paragraph", "content": [
            {"type": "text", "text": "Ticket: "},
            {"type": "text", "text": link, "marks": [{"type": "link", "attrs": {"href": link}}]},
        ]});
        let rich = both.rich.unwrap();
        assert_eq!((rich["content"].as_array().unwrap().len(), &rich["content"][2]), (3, &end));
        assert_eq!(rich["content"][1]["content"][1]["type"], "hardBreak");
    }

    #[test]
    fn files_of_several_messages_go_along_while_they_fit() {
        let of = |sizes: &[u64]| {
            let mut message = message("Hi", None);
            message.content.files = sizes.iter().enumerate().map(|(n, size)| file(n as u128, *size)).collect();
            message
        };
        let both = Words::of(&[&of(&[20_000_000, 1]), &of(&[10_000_000, 2])]);
        assert_eq!(both.files.iter().map(|file| file.size).collect::<Vec<_>>(), [20_000_000, 1, 2]);
        assert!(both.text.ends_with("* * *\n\nMore files are in the conversation: 1."), "{}", both.text);
        assert!(!Words::of(&[&of(&[1]), &of(&[2])]).text.contains("More files"));
    }

    fn file(id: u128, size: u64) -> Attachment {
        let (content_type, state) = (FileType::Bytes, AttachmentState::Kept);
        Attachment { id: Uuid::from_u128(id), name: "a".to_owned(), content_type, size, inline: false, state }
    }
}
