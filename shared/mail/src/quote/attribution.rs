//! The line above a quote that says who wrote it and when, in the languages of many mail programs.

/// The most lines that it is broken into.
pub(super) const LINES: usize = 4;
/// The most bytes of one.
const LONGEST: usize = 600;

/// How it begins, and the word for writing that it has. A beginning that is empty stands for the writer's name.
const FORMS: [(&str, &[&str]); 20] = [
    ("on ", &["wrote", "writes"]),
    ("am ", &["schrieb", "geschrieben"]),
    ("le ", &["écrit", "ecrit"]),
    ("el ", &["escribió", "escribio"]),
    ("il ", &["scritto"]),
    ("em ", &["escreveu"]),
    ("a ", &["escreveu"]),
    ("op ", &["schreef", "geschreven"]),
    ("w dniu ", &["napisał", "pisze"]),
    ("dnia ", &["napisał"]),
    ("den ", &["skrev"]),
    ("på ", &["skrev"]),
    ("från: ", &["skrev"]),
    ("在 ", &["写道", "寫道"]),
    ("", &["schrieb am", "schrieb"]),
    ("", &["a écrit"]),
    ("", &["wrote"]),
    ("", &["写道", "寫道"]),
    ("", &["のメール"]),
    ("", &["napisał", "skrev", "escreveu", "escribió", "scritto", "schreef"]),
];

/// How many lines from this one on are such a line; 0 if it is none. It is none either if it begins further down: what stands right
/// above it is what somebody has written.
pub(super) fn lines(lines: &[&str]) -> usize {
    let mut parts = Vec::new();
    let mut length = 0;
    for line in lines.iter().take(LINES) {
        let line = unquoted(line);
        length += line.len();
        if line.is_empty() || length > LONGEST {
            return 0;
        }
        parts.push(line.to_lowercase());
        if line.ends_with([':', '：']) {
            return if is_attribution(&parts.join(" ")) && !begins_later(&parts) { parts.len() } else { 0 };
        }
    }
    0
}

/// Whether a line further down says as much by itself.
fn begins_later(parts: &[String]) -> bool {
    (1..parts.len()).any(|at| {
        let (above, rest) = (parts[..at].join(" "), parts[at..].join(" "));
        is_attribution(&rest) && (begins(&rest) || rest.starts_with(char::is_alphanumeric) && !belongs(&above, &rest))
    })
}

/// Whether what is above begins the line: it has the date or the address that the rest lacks, or a date behind the first word of a form.
fn belongs(above: &str, rest: &str) -> bool {
    has_date(above) && (begins(above) || !has_date(rest)) || has_address(above) && !has_address(rest)
}

/// Whether a line begins as one of the forms that have a beginning.
fn begins(line: &str) -> bool {
    FORMS.iter().any(|(begin, _)| !begin.is_empty() && line.starts_with(begin))
}

/// A line without the space around it. A quoted line begins no quote of its own.
fn unquoted(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('>') { "" } else { line }
}

fn is_attribution(line: &str) -> bool {
    if !has_date(line) && !has_address(line) {
        return false;
    }
    let is_form = |(begin, words): &(&str, &[&str])| {
        line.starts_with(begin) && words.iter().any(|word| line.contains(word)) && (!begin.is_empty() || ends_soon(line, words))
    };
    // Gmail in Japanese has no word for writing.
    let is_japanese =
        || line.contains('年') && line.contains('月') && has_address(line) && line.trim_end_matches([':', '：']).ends_with('>');
    FORMS.iter().any(is_form) || is_japanese()
}

/// Whether a line without a beginning of its own ends with the word, or with a date or an address behind it.
fn ends_soon(line: &str, words: &[&str]) -> bool {
    let rest = words.iter().filter_map(|word| line.rsplit_once(word)).map(|(_, rest)| rest.trim_end_matches([':', '：']).trim());
    rest.into_iter().any(|rest| rest.is_empty() || rest == "(a)" || has_date(rest) || has_address(rest))
}

/// A year or a time of the day.
fn has_date(line: &str) -> bool {
    let bytes = line.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).any(|at| {
        let is_year = (0..4).all(|digit| is_digit(at + digit)) && matches!(bytes[at], b'1' | b'2') && !is_digit(at + 4);
        let is_time = is_digit(at) && bytes.get(at + 1) == Some(&b':') && is_digit(at + 2) && is_digit(at + 3);
        // Dates with points or slashes may have two digits for the year.
        let is_sign = |at: usize| bytes.get(at).is_some_and(|sign| matches!(sign, b'.' | b'/' | b'-'));
        let is_short =
            is_digit(at) && is_sign(at + 1) && is_digit(at + 2) && is_digit(at + 3) && is_sign(at + 4) && is_digit(at + 5);
        is_year || is_time || is_short
    })
}

fn has_address(line: &str) -> bool {
    line.split(|letter: char| letter.is_whitespace() || "<>()[]\",:".contains(letter)).any(|word| {
        word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.trim_end_matches('.').contains('.'))
    })
}
