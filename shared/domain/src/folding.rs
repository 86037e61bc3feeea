//! How the text that people write is compared. There are two ways, and every comparison is one of them:
//!
//! - [`for_conditions`]: for tags, and for what conditions of workflows and policies compare. Two spellings of one letter are
//!   equal, and so are its cases. Nothing else is, because a rule must not hold for a word that its author did not write.
//! - [`for_search`]: for what people type to find someone. It leaves out whatever people may leave out.
//!
//! Names that must be unique (of roles, of policies, e-mail addresses) are compared as conditions are (docs/decisions.md, 62).

use std::collections::HashMap;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, Script},
};
use unicode_normalization::{
    UnicodeNormalization,
    char::{decompose_compatible, is_combining_mark},
    is_nfc,
};

/// The version of what is derived from text and stored: tags, the words that customers are found by, and keys of indexes. Raise
/// it with any change of these, so that the clock rewrites what is stored.
pub const VERSION: u32 = 1;

/// Text as conditions compare it, and as tags are stored: NFC, lower case.
pub fn for_conditions(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Some capitals have a composed form in lower case only.
    composed(composed(text.to_owned()).to_lowercase())
}

/// Text in NFC. Most text is so already, which is quickly seen.
fn composed(text: String) -> String {
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

/// Text as searches compare it: NFKD, without marks, without case, without characters that show nothing, and in letters that
/// everyone can type.
pub fn for_search(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Some ligatures open to eighteen letters. Each is opened once.
    let mut opened: HashMap<char, String> = HashMap::new();
    for letter in text.chars() {
        if letter.is_ascii() {
            folded.push(letter.to_ascii_lowercase());
        } else if opens_far(letter) {
            folded.push_str(opened.entry(letter).or_insert_with(|| {
                let mut open = String::new();
                fold(letter, &mut open);
                open
            }));
        } else {
            fold(letter, &mut folded);
        }
    }
    folded
}

/// The words of a text for a search. A word ends at any character that is neither a letter nor a digit. In scripts without
/// spaces, a run of letters is one word.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    Pieces(letters(text).peekable()).map(|(_, piece)| piece)
}

/// The words of a text that a search may begin: the first `most` of them. In scripts without spaces a search may begin anywhere
/// in a run of letters. Of such runs it returns the text from each of the first `most_starts` characters on.
pub fn beginnings(text: &str, most: usize, most_starts: usize) -> Vec<String> {
    let (mut found, mut words, mut starts) = (Vec::new(), 0, 0);
    for (kind, piece) in Pieces(letters(text).peekable()) {
        match kind {
            Kind::Run => {
                let characters = piece.char_indices().filter(|(at, letter)| *at == 0 || begins_syllable(*letter));
                for (at, _) in characters.take(most_starts - starts) {
                    found.push(piece[at..].to_owned());
                    starts += 1;
                }
            }
            Kind::Word if words < most => {
                found.push(piece);
                words += 1;
            }
            Kind::Word | Kind::Between => {}
        }
        if words == most && starts == most_starts {
            break;
        }
    }
    found
}

/// Whether nothing of a text can be seen: it has only white space, control and format characters, and marks on nothing.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| {
        letter.is_whitespace()
            || letter.is_control()
            || is_ignorable(letter)
            || is_combining_mark(letter)
            // Interlinear annotation marks, and the blank Braille pattern.
            || matches!(letter, '\u{fff9}'..='\u{fffb}' | '\u{2800}')
    })
}

/// Whether a character shows nothing of its own: joiners, soft hyphens, direction marks, fillers.
fn is_ignorable(letter: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
}

/// The characters of a folded text.
fn letters(text: &str) -> impl Iterator<Item = char> {
    for_search(text).chars().collect::<Vec<_>>().into_iter()
}

/// Appends a letter as searches compare it. NFKD would also order the marks behind a letter. No mark is left here, so letter by
/// letter comes to the same.
fn fold(letter: char, folded: &mut String) {
    decompose_compatible(letter, |part| {
        let is_shown = part.is_ascii() || !(is_combining_mark(part) || is_ignorable(part));
        if is_shown {
            folded.extend(without_case(part));
        }
    });
}

/// Whether a character may stand for many: words in a square, and ligatures of Arabic words.
const fn opens_far(letter: char) -> bool {
    matches!(letter, '\u{3200}'..='\u{33ff}' | '\u{fc00}'..='\u{fdff}')
}

fn without_case(letter: char) -> impl Iterator<Item = char> {
    // Most letters are of these two kinds, which need no look-up.
    let is_simple = letter.is_ascii() || is_caseless(letter);
    let one = is_simple.then(|| letter.to_ascii_lowercase());
    // Up and then down again, letter by letter. Some letters only become equal in upper case, such as `ς` and `σ`. Going letter
    // by letter, a part of a text folds as it does within the whole.
    let several = (!is_simple).then(|| letter.to_uppercase().flat_map(char::to_lowercase).flat_map(as_typed));
    one.into_iter().chain(several.into_iter().flatten())
}

/// Whether a letter is of the scripts from Hebrew to Myanmar (Arabic, Devanagari and Thai among them), or Hangul taken apart, Kana
/// or Han. None of these scripts has cases.
const fn is_caseless(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{3041}'..='\u{312f}' | '\u{3400}'..='\u{9fff}')
}

/// A letter as people type it whose keyboard lacks it. No Unicode decomposition takes these letters apart.
fn as_typed(letter: char) -> impl Iterator<Item = char> {
    let (first, second) = match letter {
        'ł' => ('l', None),
        'ø' => ('o', None),
        'đ' | 'ð' => ('d', None),
        'ħ' => ('h', None),
        'ŧ' => ('t', None),
        'ı' => ('i', None),
        'œ' => ('o', Some('e')),
        'æ' => ('a', Some('e')),
        'þ' => ('t', Some('h')),
        'ß' => ('s', Some('s')),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// The kind of a piece of folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Letters and digits of scripts with spaces between words.
    Word,
    /// Letters of scripts without spaces.
    Run,
    /// Neither letters nor digits.
    Between,
}

fn kind(letter: char) -> Kind {
    if letter.is_ascii() {
        return if letter.is_ascii_alphanumeric() { Kind::Word } else { Kind::Between };
    }
    if !letter.is_alphanumeric() {
        return Kind::Between;
    }
    // Thai is the first of the scripts without spaces.
    if letter < '\u{e00}' {
        return Kind::Word;
    }
    match CodePointMapData::<Script>::new().get(letter) {
        Script::Han
        | Script::Hiragana
        | Script::Katakana
        | Script::Hangul
        | Script::Thai
        | Script::Lao
        | Script::Khmer
        | Script::Myanmar => Kind::Run,
        // The mark of a long vowel belongs to both kinds of Kana, so Unicode gives it neither script.
        _ if letter == 'ー' => Kind::Run,
        _ => Kind::Word,
    }
}

/// Whether a letter begins what is read as one character. Hangul syllables are taken apart into up to three letters; the second
/// and the third begin nothing.
const fn begins_syllable(letter: char) -> bool {
    !matches!(letter, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}')
}

/// Splits folded letters into pieces of one kind each, without the kind between words.
struct Pieces<I: Iterator<Item = char>>(std::iter::Peekable<I>);

impl<I: Iterator<Item = char>> Iterator for Pieces<I> {
    type Item = (Kind, String);

    fn next(&mut self) -> Option<Self::Item> {
        while self.0.next_if(|letter| kind(*letter) == Kind::Between).is_some() {}
        let first = self.0.next()?;
        let is = kind(first);
        let mut piece = String::from(first);
        while let Some(letter) = self.0.next_if(|letter| kind(*letter) == is) {
            piece.push(letter);
        }
        Some((is, piece))
    }
}

/// How searches compared text before [`VERSION`] existed. What they left in the table is read until it is rewritten.
pub mod before {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

    /// How many words of a name, and of an e-mail, a customer was found by.
    pub const KNOWN: usize = 16;

    /// The other spelling in which a tag may have been stored.
    pub fn apart(tag: &str) -> String {
        tag.nfd().collect()
    }

    /// The words of a text, folded as at that time.
    pub fn words(text: &str) -> Vec<String> {
        let letters = text.nfkd().filter(|letter| !is_combining_mark(*letter));
        let folded: String = letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
        let words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod speed;
#[cfg(test)]
mod tests;
