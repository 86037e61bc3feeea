//! Hashes, tokens and seals. All primitives are ring's; comparisons of secrets take constant time.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lambdesk_domain::ids::Fingerprint;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{self, SHA256},
    hmac,
    rand::{SecureRandom, SystemRandom},
};

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&SHA256, bytes))
}

/// SHA-256 of bytes that come piece by piece.
#[derive(Clone)]
pub struct Running(digest::Context);

impl Default for Running {
    fn default() -> Self {
        Self(digest::Context::new(&SHA256))
    }
}

impl Running {
    /// Takes the next piece.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of what came so far, in lower-case hex.
    pub fn hex(&self) -> String {
        hex::encode(self.0.clone().finish())
    }
}

/// SHA-256 of several parts, each with its length before it, so that no two lists of parts are alike.
pub fn digest_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

/// A digest by which a retry is known.
pub fn fingerprint(parts: &[&[u8]]) -> Fingerprint {
    let mut short = [0; 16];
    short.copy_from_slice(&digest_of(parts)[..16]);
    Fingerprint(short)
}

/// A new token: `prefix` and 256 random bits in URL-safe text.
pub fn new_token(prefix: &str) -> String {
    let mut bytes = [0; 32];
    fill(&mut bytes);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// 256 random bits.
pub fn secret() -> [u8; 32] {
    let mut bytes = [0; 32];
    fill(&mut bytes);
    bytes
}

/// 64 random bits.
pub fn entropy() -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

#[expect(clippy::expect_used, reason = "a machine without randomness can't serve; nothing sensible is left to do")]
fn fill(bytes: &mut [u8]) {
    SystemRandom::new().fill(bytes).expect("the system's random number generator works");
}

/// HMAC-SHA256 of `message`.
pub fn sign(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref());
    bytes
}

/// Whether `tag` is the HMAC-SHA256 of `message`, in constant time.
pub fn verify(key: &[u8], message: &[u8], tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), message, tag).is_ok()
}

/// Whether two byte strings are the same, in constant time for strings of one length.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    // A fresh key makes the comparison one of two tags, whose bytes tell nothing.
    let key = hmac::Key::new(hmac::HMAC_SHA256, &entropy().to_be_bytes());
    hmac::verify(&key, a, hmac::sign(&key, b).as_ref()).is_ok()
}

/// Encrypts what only a caller with the same secret may read again: AES-256-GCM under a key made from that secret.
#[derive(Clone)]
pub struct Seal([u8; 32]);

impl Seal {
    /// A seal whose key is the digest of secret parts that the desk itself does not keep.
    pub fn new(secret: &[&[u8]]) -> Self {
        Self(digest_of(secret))
    }

    fn key(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.0).ok().map(LessSafeKey::new)
    }

    /// A random nonce, then the sealed bytes.
    pub fn close(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        fill(&mut nonce);
        let mut sealed = bytes.to_vec();
        self.key()?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// The bytes again; `None` under another key or after any change.
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.key()?.open_in_place(nonce, Aad::empty(), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_for_its_own_secret_only() {
        let seal = Seal::new(&[b"token", b"key"]);
        let sealed = seal.close(b"answer").unwrap();
        assert_eq!(seal.open(&sealed).unwrap(), b"answer");
        assert_eq!(Seal::new(&[b"tokenk", b"ey"]).open(&sealed), None);
        let mut bent = sealed;
        bent[14] ^= 1;
        assert_eq!(seal.open(&bent), None);
        assert_eq!(seal.open(b"short"), None);
    }

    #[test]
    fn an_identity_hash_is_hmac_sha256_in_hex() {
        // RFC 4231, test case 2.
        let tag = sign(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(verify(b"Jefe", b"what do ya want for nothing?", &tag));
        assert!(!verify(b"Jefe", b"what do ya want for something?", &tag));
    }
}
