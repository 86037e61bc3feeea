//! What mail servers say to have checked: header fields `Authentication-Results` (RFC 8601).

/// What one server found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Results {
    /// The server that says so.
    pub by: String,
    methods: Vec<Method>,
}

/// What a check said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Method {
    name: String,
    result: String,
    properties: Vec<(String, String)>,
}

/// The most checks of a server that are read.
const METHODS: usize = 50;

impl Results {
    /// Reads the value of such a field.
    pub fn read(value: &str) -> Self {
        let mut statements = split(value, ';').into_iter();
        let by = statements.next().unwrap_or_default();
        let mut results = Self { by: by.split_whitespace().next().unwrap_or_default().to_ascii_lowercase(), methods: Vec::new() };
        for word in statements.flat_map(|statement| split(&statement, ' ')).take(METHODS * 10) {
            let Some((name, value)) = word.split_once('=') else { continue };
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_ascii_lowercase());
            if matches!(name.as_str(), "spf" | "dkim" | "dmarc" | "arc") {
                results.methods.push(Method { name, result: value, properties: Vec::new() });
            } else if let Some(method) = results.methods.last_mut() {
                method.properties.push((name, value));
            }
        }
        results.methods.truncate(METHODS);
        results
    }

    /// The domains for which a check said `pass`. SES writes some properties as statements of their own.
    fn passed<'a>(&'a self, method: &'a str, properties: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let passed = self.methods.iter().filter(move |found| found.name == method && found.result == "pass");
        let named = passed.flat_map(move |found| found.properties.iter().filter(|(name, _)| properties.contains(&name.as_str())));
        named.map(|(_, value)| value.rsplit_once('@').map_or(value.as_str(), |(_, domain)| domain))
    }

    /// The domains that signed the mail.
    pub fn signed_by(&self) -> impl Iterator<Item = &str> {
        self.passed("dkim", &["header.d", "header.i"])
    }

    /// The domains of the envelope's sender that allow the server which sent the mail.
    pub fn sent_for(&self) -> impl Iterator<Item = &str> {
        self.passed("spf", &["smtp.mailfrom", "envelope-from"])
    }

    /// What the server found about the rules of the From domain's owner.
    pub fn dmarc(&self) -> Option<&str> {
        self.methods.iter().find(|found| found.name == "dmarc").map(|found| found.result.as_str())
    }

    /// The domain of the From address, if its owner's rules hold.
    pub fn from_domain(&self) -> Option<&str> {
        self.passed("dmarc", &["header.from"]).next()
    }
}

/// A text without its comments, split where no quotes are.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut pieces, mut depth, mut is_quoted, mut is_escaped) = (vec![String::new()], 0_usize, false, false);
    for letter in text.chars() {
        let is_plain = !std::mem::take(&mut is_escaped);
        match letter {
            '\\' if is_plain && (is_quoted || depth > 0) => is_escaped = true,
            '"' if is_plain && depth == 0 => is_quoted = !is_quoted,
            '(' if is_plain && !is_quoted => depth += 1,
            ')' if is_plain && !is_quoted => depth = depth.saturating_sub(1),
            _ if depth > 0 => continue,
            _ if !is_quoted && (letter == at || at == ' ' && letter.is_whitespace()) => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        // Comments and their signs are left out; quotes stay, for whoever splits further.
        if depth == 0
            && letter != ')'
            && let Some(piece) = pieces.last_mut()
        {
            piece.push(letter);
        }
    }
    pieces
}
