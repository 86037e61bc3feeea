//! The embedded files.

/// A file of the built page.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the page's directory, such as `assets/index-3f2a.js`.
    pub(crate) path: &'static str,
    /// In quotes, as the header has it.
    pub(crate) etag: &'static str,
    pub(crate) plain: &'static [u8],
    /// Compressed by the page's build. None where compression is of no use, as for pictures.
    pub(crate) brotli: Option<&'static [u8]>,
    pub(crate) gzip: Option<&'static [u8]>,
}

// `FILES` and `PLAYER`, sorted by path, and `LEFT_OUT`: why there are none. Written by `build/embed.rs`.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file at `path`, if there is one.
pub(crate) fn find(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

/// The file of the player at `path`.
pub(crate) fn find_of_player(path: &str) -> Option<&'static File> {
    PLAYER.iter().find(|file| file.path == path)
}

impl File {
    /// By the name's ending. Browsers are told not to guess.
    pub(crate) fn content_type(&self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("json" | "webmanifest") => "application/json",
            _ => "application/octet-stream",
        }
    }
}
