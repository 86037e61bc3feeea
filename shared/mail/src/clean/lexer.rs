//! The tags and texts of HTML. Each byte is looked at a few times at most, whatever the HTML is.

/// A piece of HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A text, with its signs as they came.
    Text(&'a str),
    /// A tag that begins an element.
    Start(Start<'a>),
    /// A tag that ends an element, by its name in lower case.
    End(String),
}

/// A tag that begins an element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Start<'a> {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, &'a str)>,
}

/// The most attributes of a tag, and the most bytes of one's value.
const ATTRIBUTES: usize = 50;
const VALUE: usize = 8_000;
/// The longest name of a tag or attribute.
const NAME: usize = 50;

/// Reads HTML token by token.
pub(super) struct Lexer<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(html: &'a str) -> Self {
        Self { html, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.html[self.at..]
    }

    fn skip_to(&mut self, end: &str) {
        self.at += self.rest().find(end).map_or(self.rest().len(), |at| at + end.len());
    }

    fn take_while(&mut self, is_in: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|letter| !is_in(letter)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn name(&mut self) -> String {
        let name = self.take_while(|letter| !(letter.is_whitespace() || matches!(letter, '/' | '>')));
        lambdesk_domain::text::cut(name, NAME).to_ascii_lowercase()
    }

    fn text(&mut self) -> Token<'a> {
        let rest = self.rest();
        // A sign that begins no tag is text.
        let end = rest.char_indices().skip(1).find(|(_, letter)| *letter == '<').map_or(rest.len(), |(at, _)| at);
        self.at += end;
        Token::Text(&rest[..end])
    }

    fn start(&mut self) -> Token<'a> {
        self.at += 1;
        let mut start = Start { name: self.name(), attributes: Vec::new() };
        loop {
            self.take_while(|letter| letter.is_whitespace() || letter == '/');
            match self.rest().chars().next() {
                None => break,
                Some('>') => {
                    self.at += 1;
                    break;
                }
                Some(_) => self.attribute(&mut start),
            }
        }
        if is_raw(&start.name) {
            self.skip_raw(&start.name);
        }
        Token::Start(start)
    }

    fn attribute(&mut self, start: &mut Start<'a>) {
        // An equals sign at the start belongs to the name.
        let first = self.at;
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        self.take_while(|letter| !(letter.is_whitespace() || matches!(letter, '/' | '>' | '=')));
        let name = lambdesk_domain::text::cut(&self.html[first..self.at], NAME).to_ascii_lowercase();
        self.take_while(char::is_whitespace);
        let mut value = "";
        if self.rest().starts_with('=') {
            self.at += 1;
            self.take_while(char::is_whitespace);
            value = self.value();
        }
        let is_new = start.attributes.len() < ATTRIBUTES
            && value.len() <= VALUE
            && start.attributes.iter().all(|(known, _)| *known != name);
        if is_new {
            start.attributes.push((name, value));
        }
    }

    fn value(&mut self) -> &'a str {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                let value = self.take_while(|letter| letter != quote);
                self.at += usize::from(!self.rest().is_empty());
                value
            }
            _ => self.take_while(|letter| !(letter.is_whitespace() || letter == '>')),
        }
    }

    /// Goes over the content of an element that holds no HTML, to the tag that ends it.
    fn skip_raw(&mut self, name: &str) {
        let is_end = |rest: &str| rest.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        let rest = self.rest();
        let end = rest.match_indices("</").find(|(at, _)| is_end(&rest[*at..])).map_or(rest.len(), |(at, _)| at);
        self.at += end;
    }
}

/// Whether what is in an element is no HTML.
fn is_raw(name: &str) -> bool {
    matches!(name, "script" | "style" | "title" | "textarea" | "xmp" | "iframe" | "noembed" | "noframes" | "plaintext")
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let mut letters = rest.chars();
            let first = letters.next()?;
            match (first, letters.next()) {
                ('<', Some('!')) if rest.starts_with("<!--") => {
                    self.at += 4;
                    // An empty comment may end where it begins.
                    if self.rest().starts_with('>') { self.at += 1 } else { self.skip_to("-->") }
                }
                ('<', Some('/')) if letters.next().is_some_and(|letter| letter.is_ascii_alphabetic()) => {
                    self.at += 2;
                    let name = self.name();
                    self.skip_to(">");
                    return Some(Token::End(name));
                }
                ('<', Some('!' | '?' | '/')) => self.skip_to(">"),
                ('<', Some(letter)) if letter.is_ascii_alphabetic() => return Some(self.start()),
                _ => return Some(self.text()),
            }
        }
    }
}
