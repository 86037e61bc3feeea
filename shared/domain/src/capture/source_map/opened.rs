//! A source map that is open, and what it says of a place.

use sourcemap::{SourceMap, Token};

use crate::{
    capture::{gzip, walls},
    text::cut,
};

/// A map that is open.
pub struct Opened(SourceMap);

/// Where a frame lies in the project's sources. It is what the map says, and a text like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The source, as the map names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The function's name; `None` if the map doesn't tell.
    pub function: Option<String>,
}

impl Opened {
    /// Opens what [`read`](super::read::read) has kept; `None` for anything else.
    pub fn open(zipped: &[u8]) -> Option<Self> {
        let json = gzip::unzip(zipped, walls::MAP_KEPT).ok()?;
        SourceMap::from_slice(&json).ok().map(Self)
    }

    /// The original of a place, which is counted from 1, without its function.
    pub fn at(&self, line: u32, column: u32) -> Option<Original> {
        let token = self.token(line, column)?;
        let file = shown(token.get_source().filter(|source| !source.is_empty())?);
        let (line, column) = token.get_src();
        let (line, column) = (line.checked_add(1)?, column.checked_add(1)?);
        (!file.is_empty()).then_some(Original { file, line, column, function: None })
    }

    /// The original name of what is written exactly at a place.
    pub fn name_at(&self, line: u32, column: u32) -> Option<String> {
        let token = self.token(line, column).filter(|token| token.get_dst_col() + 1 == column)?;
        token.get_name().map(printed).filter(|name| !name.is_empty())
    }

    fn token(&self, line: u32, column: u32) -> Option<Token<'_>> {
        let (line, column) = (line.checked_sub(1)?, column.checked_sub(1)?);
        // Before a line's first position, the nearest is on an earlier line.
        self.0.lookup_token(line, column).filter(|token| token.get_dst_line() == line)
    }
}

/// A source's name without what leads from the script's directory to it.
fn shown(source: &str) -> String {
    let mut source = source.strip_prefix("webpack://").map_or(source, |rest| rest.split_once('/').map_or(rest, |(_, path)| path));
    while let Some(rest) = source.strip_prefix("../").or_else(|| source.strip_prefix("./")) {
        source = rest;
    }
    printed(source)
}

/// A text of the map, of bounded length and on one line.
fn printed(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(walls::TEXT).collect();
    cut(text.trim(), walls::TEXT).to_owned()
}
