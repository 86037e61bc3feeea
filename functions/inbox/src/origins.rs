//! Origins of pages that frame each other: the inbox, and the player of recordings.

use std::str::FromStr;

use axum::http::Uri;

/// Where something is reached, such as `https://desk.example.com`, without a path. There may be several such addresses, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// An address that a policy can't name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be http or https addresses with spaces between them, such as https://desk.example.com")]
pub struct NoOrigin;

impl FromStr for Origins {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let mut origins = Vec::new();
        for address in text.split_whitespace() {
            let origin = origin(address).ok_or(NoOrigin)?;
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        Ok(Self(origins))
    }
}

/// The origin of an address as a browser spells it. It stands in headers and in a document, so nothing may end what it stands in.
fn origin(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
    let authority = uri.authority()?.as_str().to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    if uri.host()?.is_empty() || !authority.bytes().all(is_plain) {
        return None;
    }
    let usual = if scheme == "https" { ":443" } else { ":80" };
    Some(format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(&authority)))
}

impl Origins {
    /// As a list of sources of a policy; `'none'` if there are none.
    pub(crate) fn as_sources(&self) -> String {
        if self.0.is_empty() { "'none'".to_owned() } else { self.0.join(" ") }
    }

    pub(crate) fn all(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_and_is_spelt_as_browsers_do() {
        let origins: Origins =
            " https://Desk.Example.com/support https://desk.example.com:443  http://127.0.0.1:8000 ".parse().unwrap();
        assert_eq!(origins.as_sources(), "https://desk.example.com http://127.0.0.1:8000");
        assert_eq!("".parse::<Origins>().unwrap().as_sources(), "'none'");
    }

    #[test]
    fn nothing_that_would_end_a_policy_or_an_attribute_is_an_origin() {
        for wrong in
            ["desk.example.com", "ftp://desk", "https://a;script-src", "https://a'b", "https://a,b", "https://*", "https://u@a"]
        {
            assert_eq!(wrong.parse::<Origins>(), Err(NoOrigin), "{wrong}");
        }
    }
}
