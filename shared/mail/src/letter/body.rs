//! What of a mail is its text, and what is attached to it.

use super::{
    HTML, TEXT, charset,
    file::{File, Room},
    flowed,
    parts::{Leaf, Parts, Placed},
};
use crate::clean::escape;

#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) plain: Option<String>,
    pub(super) html: Option<String>,
    pub(super) html_is_cut: bool,
    pub(super) files: Vec<File>,
    pub(super) is_cut: bool,
}

/// A part that is read and not downloaded.
struct Piece {
    is_html: bool,
    text: String,
    alternative: Option<usize>,
}

/// Reads the body. HTML holds all that is said, if there is any: beside its own parts also the plain ones of which it is no
/// alternative. Plain text is left out where it lacks what HTML says.
pub(super) fn read(raw: &[u8], parts: &Parts) -> Body {
    let (mut pieces, mut body, mut room) = (Vec::new(), Body::default(), Room::default());
    for leaf in &parts.leaves {
        if is_read(leaf) {
            pieces.push(piece(leaf, raw));
        } else if !leaf.says.kind.ends_with("/delivery-status") {
            body.files.push(room.take(leaf, raw));
        }
    }
    let is_plain = |alternative: Option<usize>| {
        pieces
            .iter()
            .any(|piece| !piece.is_html && piece.alternative == alternative && !lambdesk_domain::folding::is_blank(&piece.text))
    };
    let lacks = |piece: &&Piece| piece.is_html && (piece.alternative.is_none() || !is_plain(piece.alternative));
    if !pieces.iter().any(|piece| lacks(&piece)) {
        body.plain = join(pieces.iter().filter(|piece| !piece.is_html).map(|piece| piece.text.as_str()), "\n\n");
        body.plain = body.plain.map(|text| bounded(text, TEXT, &mut body.is_cut));
    }
    if pieces.iter().any(|piece| piece.is_html) {
        let shown = pieces.iter().filter(|piece| piece.is_html || piece.alternative.is_none());
        let shown: Vec<_> = shown.map(|piece| if piece.is_html { piece.text.clone() } else { as_html(&piece.text) }).collect();
        body.html = join(shown.iter().map(String::as_str), "\n").map(|html| bounded(html, HTML, &mut body.html_is_cut));
    }
    body.is_cut |= body.html_is_cut;
    body
}

fn is_read(leaf: &Leaf) -> bool {
    let says = &leaf.says;
    let is_text = matches!(says.kind.as_str(), "" | "text" | "text/plain" | "text/html");
    // Some senders give names to the alternatives of a text.
    is_text
        && says.placed != Placed::Attached
        && (says.name.is_none() || leaf.alternative.is_some() && says.placed != Placed::Inline)
}

fn piece(leaf: &Leaf, raw: &[u8]) -> Piece {
    let says = &leaf.says;
    let bytes = leaf.encoding().decode(leaf.written(raw));
    let text = charset::text(&bytes, says.charset.as_deref());
    let text: String = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    let text = if says.is_flowed { flowed::joined(&text, says.is_glued) } else { text };
    Piece { is_html: says.kind == "text/html", text, alternative: leaf.alternative }
}

fn join<'a>(texts: impl Iterator<Item = &'a str>, between: &str) -> Option<String> {
    let said: Vec<_> =
        texts.filter(|text| !lambdesk_domain::folding::is_blank(text)).map(|text| text.trim_matches('\n')).collect();
    (!said.is_empty()).then(|| said.join(between))
}

fn as_html(text: &str) -> String {
    if lambdesk_domain::folding::is_blank(text) {
        String::new()
    } else {
        format!("<div>{}</div>", escape(text).replace('\n', "<br>"))
    }
}

fn bounded(mut text: String, most: usize, is_cut: &mut bool) -> String {
    if text.len() > most {
        let mut end = most;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        *is_cut = true;
    }
    text
}
