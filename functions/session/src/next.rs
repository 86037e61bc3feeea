//! Where a browser goes after the sign-in: a place in the inbox, and nowhere else.

/// The inbox.
const INBOX: &str = "/inbox";
/// The longest place that is kept.
const LONGEST: usize = 2_000;

/// The place that was asked for, if it is one of the inbox; else the inbox itself.
pub(crate) fn next(asked: Option<&str>) -> &str {
    asked.filter(|place| is_of_inbox(place)).unwrap_or(INBOX)
}

fn is_of_inbox(place: &str) -> bool {
    let rest = place.strip_prefix(INBOX);
    // A browser takes `\` for `/`, leaves tabs and line ends out, and goes up at `..`, however that is written.
    let plain = place.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = place.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let stays = path.split('/').all(|step| !matches!(step.replace("%2e", ".").as_str(), "." | ".."));
    plain && stays && place.len() <= LONGEST && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_of_the_inbox_are_gone_to() {
        for place in ["/inbox", "/inbox/1", "/inbox/1/t/7?panel=errors#m-1", "/inbox?status=open", "/inbox/1?search=a%2Fb"] {
            assert_eq!(next(Some(place)), place);
        }
        for place in [
            "",
            "/",
            "inbox",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/inbox",
            "//evil.example/inbox",
            "/inboxes",
            "/inbox.evil.example",
            "/inbox@evil.example",
            "/inbox\\..\\evil",
            "/inbox/../auth/sign-out",
            "/inbox/%2e%2E/auth",
            "/inbox/.%2e/auth",
            "/inbox\r\nset-cookie: a=b",
            "/inbox/\t/evil",
            "/inbox/\u{e9}",
            "javascript:alert(1)",
        ] {
            assert_eq!(next(Some(place)), INBOX, "{place:?}");
        }
        assert_eq!(next(None), INBOX);
        assert_eq!(next(Some(&format!("/inbox/{}", "x".repeat(LONGEST)))), INBOX);
    }
}
