//! Reading a source map that was uploaded: it is unzipped, bounded, tried, and reduced to what is kept.

use serde_json::error::Category;
use sourcemap::{DecodedMap, SourceMap, SourceMapIndex, SourceMapSection, Token};

use crate::{
    capture::{
        gzip::{self, MAGIC, NotUnzipped},
        source_map::sent::{Plain, Sent},
        walls,
        wire::MANGLED,
    },
    text::{fits, short},
};

/// What is kept of a map.
#[derive(Debug, Clone)]
pub struct Readable {
    /// A plain map without the sources' texts, zipped.
    pub zipped: Vec<u8>,
    /// How many bytes were sent, after they were unzipped.
    pub size: u64,
}

/// Why a map can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing.
    #[error("The body is empty. It must be the source map.")]
    Empty,
    /// Something on the way took gzip for text.
    #[error("The gzip was taken for text on its way. Send it with Content-Type: application/octet-stream.")]
    Mangled,
    /// It is said to be gzip, and is none, or not whole.
    #[error("The body is no gzip, or not the whole of it.")]
    BrokenGzip,
    /// It unfolds to too much.
    #[error("The map unzips to more than {} MB. {STRIP}", walls::MAP_UNZIPPED / 1_000_000)]
    TooLarge,
    /// It is no text.
    #[error("The map is not UTF-8.")]
    NotText,
    /// It is no JSON.
    #[error("The map is not JSON: an error at line {line}, column {column}.")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It is JSON, and no map.
    #[error("This is no source map: {0}.")]
    NotAMap(String),
    /// Another version of the format.
    #[error("`version` must be 3.")]
    Version,
    /// There are no positions in it.
    #[error("`mappings` is missing or empty.")]
    NoMappings,
    /// The mappings break the format.
    #[error("`mappings` can't be decoded: {0}.")]
    Mappings(String),
    /// A line or a column that no script has.
    #[error("`mappings` has a position out of range.")]
    OutOfRange,
    /// Sections that name an address, lie in each other, or can't be put together.
    #[error("`sections` can't be read: {0}.")]
    Sections(&'static str),
    /// More than is taken.
    #[error("The map has over {most} {what}. Split the script into more chunks.")]
    TooMany {
        /// The most.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// A directory that no project has.
    #[error("`sourceRoot` is longer than {} characters.", walls::TEXT)]
    LongRoot,
}

/// What is bounded of the map that is kept.
const KEPT: &str = "bytes without the sources' texts";
/// What makes most maps small enough.
pub const STRIP: &str = "Strip `sourcesContent` from it: the desk does not need it.";

/// What is kept of a map as it was sent. `is_zipped` is what the request says; gzip is known by its first bytes too.
pub fn read(sent: &[u8], is_zipped: bool) -> Result<Readable, Unreadable> {
    if sent.is_empty() {
        return Err(Unreadable::Empty);
    }
    if sent.starts_with(MANGLED) {
        return Err(Unreadable::Mangled);
    }
    if is_zipped || sent.starts_with(&MAGIC) {
        let unzipped = gzip::unzip(sent, walls::MAP_UNZIPPED).map_err(|error| match error {
            NotUnzipped::Broken => Unreadable::BrokenGzip,
            NotUnzipped::TooLarge => Unreadable::TooLarge,
        })?;
        return kept(&unzipped);
    }
    kept(sent)
}

fn kept(bytes: &[u8]) -> Result<Readable, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotText)?;
    let json = json_in(text);
    // serde would read an array as a struct, by position.
    if json.trim_ascii_start().starts_with('[') {
        return Err(Unreadable::NotAMap("it must be a JSON object".to_owned()));
    }
    let sent: Sent<'_> = serde_json::from_str(json).map_err(|error| no_map(&error))?;
    let (json, map) = if sent.sections.is_some() { of_sections(&sent)? } else { of_one(&sent)? };
    if map.get_token_count() == 0 {
        return Err(Unreadable::NoMappings);
    }
    Ok(Readable { zipped: gzip::zip(&json), size: bytes.len() as u64 })
}

/// The JSON, without the mark of its order of bytes and without the line `)]}'` that keeps browsers from running it.
fn json_in(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.starts_with(")]}") { text.split_once('\n').map_or("", |(_, json)| json) } else { text }
}

fn no_map(error: &serde_json::Error) -> Unreadable {
    if error.classify() != Category::Data {
        return Unreadable::NotJson { line: error.line(), column: error.column() };
    }
    // The error repeats what it met. It is the caller's own, and may be long.
    Unreadable::NotAMap(short(&error.to_string()).into_owned())
}

/// The bytes that are kept, and the map in them.
type Plained = (Vec<u8>, SourceMap);

fn of_one(sent: &Sent<'_>) -> Result<Plained, Unreadable> {
    let json = json_of(sent)?;
    let map = opened(&json)?;
    check_places(&map)?;
    Ok((json, map))
}

/// The sections as one map.
fn of_sections(sent: &Sent<'_>) -> Result<Plained, Unreadable> {
    check_version(sent)?;
    let (mut maps, mut held) = (Vec::new(), Held::default());
    for section in sent.sections.iter().flat_map(|sections| &sections.0) {
        let json = section.map.ok_or(Unreadable::Sections("each must have its `map`"))?;
        let map: Sent<'_> = serde_json::from_str(json.get()).map_err(|error| no_map(&error))?;
        if map.sections.is_some() {
            return Err(Unreadable::Sections("they lie in each other"));
        }
        let (line, column) = (section.offset.line, section.offset.column);
        if line > walls::MAP_PLACE || column > walls::MAP_PLACE {
            return Err(Unreadable::OutOfRange);
        }
        let map = opened(&json_of(&map)?)?;
        check_places(&map)?;
        held.and(&map)?;
        maps.push(SourceMapSection::new((line, column), None, Some(DecodedMap::Regular(map))));
    }
    let unfit = |_| Unreadable::Sections("they don't fit together");
    let whole = SourceMapIndex::new(None, maps).flatten().map_err(unfit)?;
    // What is written has a mark for each line up to the last position.
    let last = whole.tokens().map(|token| token.get_dst_line()).max().unwrap_or_default();
    most(last as usize, walls::MAP_POSITIONS, "lines")?;
    let mut json = Vec::new();
    whole.to_writer(&mut json).map_err(unfit)?;
    most(json.len(), walls::MAP_KEPT, KEPT)?;
    Ok((json, whole))
}

/// What the sections hold together.
#[derive(Default)]
struct Held {
    positions: usize,
    sources: usize,
    names: usize,
}

impl Held {
    fn and(&mut self, map: &SourceMap) -> Result<(), Unreadable> {
        self.positions += map.get_token_count() as usize;
        self.sources += map.get_source_count() as usize;
        self.names += map.get_name_count() as usize;
        most(self.positions, walls::MAP_POSITIONS, "positions")?;
        most(self.sources, walls::MAP_SOURCES, "sources")?;
        most(self.names, walls::MAP_NAMES, "names")
    }
}

fn check_version(sent: &Sent<'_>) -> Result<(), Unreadable> {
    if sent.version == Some(3) { Ok(()) } else { Err(Unreadable::Version) }
}

/// The plain map as JSON, if it is within the bounds that can be told before it is opened.
fn json_of(sent: &Sent<'_>) -> Result<Vec<u8>, Unreadable> {
    check_version(sent)?;
    let plain = Plain::of(sent).ok_or(Unreadable::NoMappings)?;
    let mappings = sent.mappings.as_ref().map_or("", |mappings| mappings.0.as_ref());
    most(mappings.bytes().filter(|byte| b",;".contains(byte)).count(), walls::MAP_POSITIONS, "positions")?;
    if sent.root.as_ref().is_some_and(|root| !fits(&root.0, walls::TEXT)) {
        return Err(Unreadable::LongRoot);
    }
    let json = serde_json::to_vec(&plain).unwrap_or_default();
    most(json.len(), walls::MAP_KEPT, KEPT)?;
    Ok(json)
}

fn most(count: usize, most: usize, what: &'static str) -> Result<(), Unreadable> {
    if count > most { Err(Unreadable::TooMany { most, what }) } else { Ok(()) }
}

fn opened(json: &[u8]) -> Result<SourceMap, Unreadable> {
    SourceMap::from_slice(json).map_err(|error| Unreadable::Mappings(error.to_string()))
}

/// The crate takes a number that does not fit for another, so a negative one shows as one that is far too large.
fn check_places(map: &SourceMap) -> Result<(), Unreadable> {
    let is_out = |(line, column): (u32, u32)| line > walls::MAP_PLACE || column > walls::MAP_PLACE;
    let is_odd = |token: Token<'_>| is_out(token.get_dst()) || (token.has_source() && is_out(token.get_src()));
    if map.tokens().any(is_odd) { Err(Unreadable::OutOfRange) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
