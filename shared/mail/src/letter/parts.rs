//! Where the parts of a mail are. One walk over its lines, with a stack of the parts that are open.

use std::ops::Range;

use mail_parser::{ContentType, HeaderName, HeaderValue, Message};

use super::{
    DEPTH, PARTS,
    head::{Head, PART, line_at, without_end},
    one_line,
    transfer::Encoding,
};

/// The longest boundary that is looked for; the standard allows 70 bytes.
const BOUNDARY: usize = 200;
/// The most characters of a file's name.
const NAME: usize = 255;

/// What the header of a part says.
#[derive(Debug, Clone, Default)]
pub(super) struct Says {
    /// Type and subtype in lower case; empty if absent.
    pub(super) kind: String,
    pub(super) charset: Option<String>,
    pub(super) is_flowed: bool,
    pub(super) is_glued: bool,
    pub(super) placed: Placed,
    pub(super) name: Option<String>,
    pub(super) content_id: Option<String>,
    pub(super) encoding: Option<Encoding>,
    boundary: Option<String>,
}

/// Where a part wants to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Placed {
    /// It does not say.
    #[default]
    Anywhere,
    /// Among the text.
    Inline,
    /// Beside it.
    Attached,
}

/// A part that has no parts.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) says: Says,
    pub(super) range: Range<usize>,
    /// The outermost choice of alternatives that it is one of.
    pub(super) alternative: Option<usize>,
}

impl Leaf {
    /// The bytes as they are written.
    pub(super) fn written<'a>(&self, raw: &'a [u8]) -> &'a [u8] {
        raw.get(self.range.clone()).unwrap_or_default()
    }

    /// The encoding that they are written in.
    pub(super) fn encoding(&self) -> Encoding {
        self.says.encoding.unwrap_or(Encoding::AsIs)
    }
}

/// The parts of a mail.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) leaves: Vec<Leaf>,
    /// The type of the whole.
    pub(super) kind: String,
    pub(super) is_cut: bool,
}

/// A part with parts, whose end is not reached.
struct Open {
    says: Says,
    boundary: Vec<u8>,
    alternative: Option<usize>,
    began: usize,
    is_empty: bool,
}

struct Walk<'a> {
    raw: &'a [u8],
    open: Vec<Open>,
    /// The part without parts that the present line belongs to, and where it begins.
    leaf: Option<(Says, usize)>,
    alternatives: usize,
    begun: usize,
    found: Parts,
}

/// Finds the parts of a mail whose header is `head`.
pub(super) fn find(raw: &[u8], head: &Head) -> Parts {
    let says = Says::read(head);
    let found = Parts { leaves: Vec::new(), kind: says.kind.clone(), is_cut: false };
    let mut walk = Walk { raw, open: Vec::new(), leaf: None, alternatives: 0, begun: 0, found };
    walk.begin(says, head.body);
    let mut at = head.body;
    while let Some(line) = line_at(raw, at) {
        let next = at + line.len();
        at = match walk.boundary(without_end(line)) {
            Some((level, is_last)) => walk.cross(level, is_last, at, next),
            None => next,
        };
    }
    walk.close(0, raw.len());
    walk.found
}

impl Walk<'_> {
    /// Begins a part whose body is at `at`.
    fn begin(&mut self, says: Says, at: usize) {
        self.begun += 1;
        let boundary = says.boundary.as_deref().filter(|_| says.kind.starts_with("multipart/"));
        if self.begun > PARTS || boundary.is_some() && self.open.len() >= DEPTH {
            self.found.is_cut = true;
        } else if let Some(boundary) = boundary {
            let outer = self.open.last().and_then(|open| open.alternative);
            let own = (says.kind == "multipart/alternative").then_some(self.alternatives);
            self.alternatives += 1;
            let boundary = boundary.as_bytes().to_vec();
            self.open.push(Open { says, boundary, alternative: outer.or(own), began: at, is_empty: true });
        } else {
            self.leaf = Some((says, at));
        }
    }

    /// Which open part a line delimits, and whether it is its end. The innermost comes first.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        let levels = self.open.iter().enumerate().rev();
        levels.map(|(level, open)| (level, line.strip_prefix(open.boundary.as_slice()))).find_map(|(level, rest)| match rest? {
            b"" => Some((level, false)),
            b"--" => Some((level, true)),
            _ => None,
        })
    }

    /// Goes over a delimiter, which lies from `at` to `next`. Returns where the walk goes on.
    fn cross(&mut self, level: usize, is_last: bool, at: usize, next: usize) -> usize {
        self.close(level + 1, at);
        if is_last {
            self.close(level, at);
            return next;
        }
        if let Some(open) = self.open.last_mut() {
            open.is_empty = false;
        }
        if self.begun >= PARTS {
            self.found.is_cut = true;
            return next;
        }
        let head = Head::read(&self.raw[next..], PART);
        self.begin(Says::read(&head), next + head.body);
        next + head.body
    }

    /// Ends whatever is open from this level on.
    fn close(&mut self, level: usize, end: usize) {
        let alternative = self.open.last().and_then(|open| open.alternative);
        if let Some((says, began)) = self.leaf.take() {
            self.found.leaves.push(Leaf { says, range: began..before_break(self.raw, began, end), alternative });
        }
        while self.open.len() > level {
            // A part that has none of the parts that it announces is a text.
            if let Some(open) = self.open.pop().filter(|open| open.is_empty) {
                let says = Says { kind: "text/plain".into(), boundary: None, ..open.says };
                self.found.leaves.push(Leaf {
                    says,
                    range: open.began..before_break(self.raw, open.began, end),
                    alternative: None,
                });
            }
        }
    }
}

/// The break before a delimiter belongs to the delimiter.
fn before_break(raw: &[u8], began: usize, end: usize) -> usize {
    if end == raw.len() || end <= began { end.max(began) } else { began + without_end(&raw[began..end]).len() }
}

impl Says {
    fn read(head: &Head) -> Self {
        let parsed = head.parsed();
        let content = field(parsed.as_ref(), &HeaderName::ContentType);
        let disposition = field(parsed.as_ref(), &HeaderName::ContentDisposition);
        let attribute = |name| content.and_then(|content| content.attribute(name));
        let is = |name, value: &str| attribute(name).is_some_and(|given| given.eq_ignore_ascii_case(value));
        let name = disposition.and_then(|given| given.attribute("filename")).or_else(|| attribute("name"));
        Self {
            kind: content.map(kind).unwrap_or_default(),
            charset: attribute("charset").map(str::to_owned),
            is_flowed: is("format", "flowed"),
            is_glued: is("delsp", "yes"),
            placed: disposition.map_or(Placed::Anywhere, placed),
            name: name.map(file_name).filter(|name| !name.is_empty()),
            content_id: head.first("content-id").and_then(super::ids::only),
            encoding: head.first("content-transfer-encoding").map(Encoding::named),
            boundary: attribute("boundary")
                .filter(|given| !given.is_empty() && given.len() <= BOUNDARY)
                .map(|given| given.trim_end().to_owned()),
        }
    }
}

fn field<'a>(parsed: Option<&'a Message<'a>>, name: &HeaderName<'static>) -> Option<&'a ContentType<'a>> {
    parsed?.headers().iter().find(|field| &field.name == name).and_then(|field| match &field.value {
        HeaderValue::ContentType(content) => Some(content),
        _ => None,
    })
}

fn placed(disposition: &ContentType<'_>) -> Placed {
    if disposition.is_attachment() {
        Placed::Attached
    } else if disposition.is_inline() {
        Placed::Inline
    } else {
        Placed::Anywhere
    }
}

/// A name of a file without what could make it a path, of at most 255 characters.
pub fn file_name(given: &str) -> String {
    one_line(&given.replace(['/', '\\'], "_"), NAME)
}

fn kind(content: &ContentType<'_>) -> String {
    let subtype = content.subtype().map(|subtype| format!("/{subtype}")).unwrap_or_default();
    one_line(&format!("{}{subtype}", content.ctype()), 100).to_ascii_lowercase()
}
