//! Gzip in both directions, within a bound. What comes from strangers may unfold to a thousand times its size.

use miniz_oxide::{
    deflate::compress_to_vec,
    inflate::{TINFLStatus, decompress_to_vec_with_limit},
};

/// What every gzip file begins with.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Magic, method, no flags, no time, no hint, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// The check and the length at the end.
const TRAILER: usize = 8;
const LEVEL: u8 = 6;

// Flags of the header, which say what follows it.
const HAS_CHECK: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;

/// Why bytes could not be unzipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotUnzipped {
    /// They are no gzip, or not whole.
    #[error("is no gzip")]
    Broken,
    /// They unfold to more than is taken.
    #[error("unfolds to too much")]
    TooLarge,
}

/// The bytes as one member of gzip.
pub fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut zipped = HEADER.to_vec();
    zipped.extend(compress_to_vec(bytes, LEVEL));
    zipped.extend(crc(bytes).to_le_bytes());
    zipped.extend(length(bytes).to_le_bytes());
    zipped
}

/// The content of one member of gzip, of at most `most` bytes. No more than that is ever held in memory.
pub fn unzip(bytes: &[u8], most: usize) -> Result<Vec<u8>, NotUnzipped> {
    let body = content(bytes).ok_or(NotUnzipped::Broken)?;
    let (deflated, trailer) = body.split_at_checked(body.len().wrapping_sub(TRAILER)).ok_or(NotUnzipped::Broken)?;
    let unzipped = decompress_to_vec_with_limit(deflated, most).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => NotUnzipped::TooLarge,
        _ => NotUnzipped::Broken,
    })?;
    let told = [crc(&unzipped).to_le_bytes(), length(&unzipped).to_le_bytes()].concat();
    if told == trailer { Ok(unzipped) } else { Err(NotUnzipped::Broken) }
}

/// To how many bytes something unfolds that [`zip`] made, by what its end says.
pub fn unzipped_length(zipped: &[u8]) -> usize {
    zipped.last_chunk().map_or(0, |length| usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX))
}

/// What follows the header and its optional fields.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let (header, mut rest) = bytes.split_at_checked(HEADER.len())?;
    if header[..3] != HEADER[..3] {
        return None;
    }
    let flags = header[3];
    if flags & HAS_EXTRA != 0 {
        let length = usize::from(u16::from_le_bytes([*rest.first()?, *rest.get(1)?]));
        rest = rest.get(2 + length..)?;
    }
    for text in [HAS_NAME, HAS_COMMENT] {
        if flags & text != 0 {
            rest = rest.get(rest.iter().position(|byte| *byte == 0)? + 1..)?;
        }
    }
    if flags & HAS_CHECK != 0 { rest.get(2..) } else { Some(rest) }
}

/// The length as gzip tells it, which is without what exceeds 32 bits.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or_default()
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "at is below 256")]
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
};

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| TABLE[usize::from((crc ^ u32::from(*byte)).to_le_bytes()[0])] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `printf 'hello\n' | gzip -N` with the file's name in its header.
    const NAMED: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x08, 0, 0, 0, 0, 0, 0x03, b'a', 0, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0, 0x20, 0x30, 0x3a,
        0x36, 6, 0, 0, 0,
    ];

    #[test]
    fn what_others_zipped_is_read() {
        assert_eq!(unzip(NAMED, 100).unwrap(), b"hello\n");
        assert_eq!(unzip(NAMED, 5), Err(NotUnzipped::TooLarge));
        let (header, data) = (&NAMED[..3], &NAMED[12..]);
        let with = |flags: u8, fields: &[u8]| [header, &[flags, 0, 0, 0, 0, 0, 3], fields, data].concat();
        for (flags, fields) in [(0, &b""[..]), (HAS_EXTRA, b"\x03\0abc"), (HAS_COMMENT, b"c\0"), (HAS_CHECK, b"12")] {
            assert_eq!(unzip(&with(flags, fields), 100).unwrap(), b"hello\n", "{flags}");
        }
        let every = HAS_EXTRA | HAS_NAME | HAS_COMMENT | HAS_CHECK;
        assert_eq!(unzip(&with(every, b"\x01\0en\0c\x0012"), 100).unwrap(), b"hello\n");
    }

    #[test]
    fn what_is_broken_is_refused_wherever_it_is() {
        let whole = zip(&b"a text that is long enough ".repeat(20));
        for at in 0..whole.len() {
            assert!(unzip(&whole[..at], 1000).is_err(), "cut at {at}");
        }
        for at in (0..3).chain(10..whole.len()) {
            let mut altered = whole.clone();
            altered[at] ^= 0x41;
            assert!(unzip(&altered, 1000).is_err(), "altered at {at}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_unfolds() {
        let bomb = zip(&vec![0; 3_000_000]);
        assert!(bomb.len() < 4000);
        assert_eq!(unzip(&bomb, 100_000), Err(NotUnzipped::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_zipped_is_unzipped(bytes: Vec<u8>) {
            prop_assert_eq!(unzipped_length(&zip(&bytes)), bytes.len());
            prop_assert_eq!(unzip(&zip(&bytes), bytes.len()).unwrap(), bytes);
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>, flags: u8) {
            let _ = unzip(&bytes, 1000);
            let _ = unzip(&[&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 0], bytes.as_slice()].concat(), 1000);
        }
    }
}
