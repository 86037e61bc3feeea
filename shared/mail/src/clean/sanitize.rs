//! What `ammonia` keeps.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ammonia::{Builder, UrlRelative};

use super::{
    Pictures, style,
    write::{ATTRIBUTES, ELEMENTS, GENERIC},
};

/// Where links may lead. Pictures also have the ids of files.
const LINKS: [&str; 4] = ["http", "https", "mailto", "tel"];
const FILE: &str = "cid:";

/// The HTML without what is not on the list.
pub(super) fn sanitized(html: &str, pictures: &Pictures, left_out: &Arc<AtomicUsize>) -> String {
    let (pictures, left_out) = (Arc::new(pictures.clone()), Arc::clone(left_out));
    let mut builder = Builder::default();
    builder
        .tags(ELEMENTS.iter().copied().collect())
        .generic_attributes(GENERIC.iter().copied().collect())
        .tag_attributes(
            ATTRIBUTES.iter().map(|(name, own)| (*name, own.iter().copied().collect())).collect::<HashMap<_, HashSet<_>>>(),
        )
        .url_schemes(LINKS.into_iter().chain(["cid"]).collect())
        // There is nothing that a mail's address could be relative to.
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => picture(value, &pictures, &left_out),
            ("a", "href") => (!has_scheme(value, FILE)).then_some(Cow::Borrowed(value)),
            (_, "style") => Some(style::kept(value)).filter(|kept| !kept.is_empty()).map(Cow::Owned),
            _ => Some(Cow::Borrowed(value)),
        });
    builder.clean(html).to_string()
}

/// Where a picture is shown from; `None` if it is not.
fn picture<'a>(source: &'a str, pictures: &Pictures, left_out: &AtomicUsize) -> Option<Cow<'a, str>> {
    let source = source.trim();
    if has_scheme(source, FILE) {
        return pictures.links.get(&source[FILE.len()..]).cloned().map(Cow::Owned);
    }
    let is_remote = has_scheme(source, "http:") || has_scheme(source, "https:");
    if is_remote && !pictures.shows_remote {
        left_out.fetch_add(1, Ordering::Relaxed);
    }
    (is_remote && pictures.shows_remote).then_some(Cow::Borrowed(source))
}

fn has_scheme(address: &str, scheme: &str) -> bool {
    address.trim_start().get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}
