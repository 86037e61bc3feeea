//! Pages: `limit`, `offset`, and links that a client can follow blindly (decision 5).

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::request::Parts,
};
use lambdesk_store::Stretch;
use serde::Serialize;

use crate::{body::query_value, origin::Origin, problem::Problem};

/// The furthest a client may skip; a cursor goes on from anywhere.
pub const FURTHEST: usize = 10_000;

/// A page of results with its neighbours.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// How many there are in all.
    pub count: u64,
    /// Present, and false, where counting them all would cost too much and `count` is what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_is_exact: Option<bool>,
    /// The next page, as an absolute link.
    pub next: Option<String>,
    /// The page before.
    pub previous: Option<String>,
    /// This page.
    pub results: Vec<T>,
}

/// `limit` and `offset` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// At most that many.
    pub limit: usize,
    /// After skipping that many.
    pub offset: usize,
}

impl Window {
    /// Reads them from a query string; `default` and `most` bound the limit.
    pub fn from_query(query: &str, default: usize, most: usize) -> Result<Self, Problem> {
        let limit = whole(query, "limit")?.unwrap_or(default);
        if limit == 0 {
            return Err(Problem::invalid("limit", "Must be at least 1."));
        }
        let offset = whole(query, "offset")?.unwrap_or(0);
        if offset > FURTHEST {
            return Err(Problem::invalid("offset", "Must be at most 10000; follow `next`, or use `cursor`, to go further."));
        }
        Ok(Self { limit: limit.min(most), offset })
    }
}

fn whole(query: &str, name: &str) -> Result<Option<usize>, Problem> {
    match query_value(query, name) {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Problem::invalid(name, "Must be a whole number of 0 or more.")),
    }
}

/// Where a page stands in a list that is only ever added to at its end: `cursor`, and what to pass over from there.
///
/// Such a list is paged by `offset`; but a page that would examine too much ends early, and its `next` goes on from the
/// place it came to rather than from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// `limit` and `offset`, which counts from `at`.
    pub window: Window,
    /// The place; `None` at the start.
    pub at: Option<String>,
    /// How many lie before it.
    before: usize,
}

impl Walk {
    /// Reads `limit`, `offset` and `cursor` from a query string.
    pub fn from_query(query: &str, default: usize, most: usize) -> Result<Self, Problem> {
        let window = Window::from_query(query, default, most)?;
        let Some(cursor) = query_value(query, "cursor").filter(|cursor| !cursor.is_empty()) else {
            return Ok(Self { window, at: None, before: 0 });
        };
        let wrong = || Problem::invalid("cursor", "Is not a cursor of this list.");
        let (before, at) = cursor.split_once('~').ok_or_else(wrong)?;
        let plain =
            |at: &str| (1..=60).contains(&at.len()) && at.bytes().all(|byte| byte.is_ascii_hexdigit() || b"#-".contains(&byte));
        let at = Some(at).filter(|at| plain(at)).ok_or_else(wrong)?;
        // No log is that long, and a sum with it stays in range.
        let before: u32 = before.parse().map_err(|_| wrong())?;
        Ok(Self { window, at: Some(at.to_owned()), before: before as usize })
    }

    /// The part of a log that this is.
    pub fn stretch(&self) -> Stretch<'_> {
        Stretch { after: self.at.as_deref(), skip: self.window.offset, limit: self.window.limit }
    }

    /// The page of `results`, before which `skipped` were passed over, and the list of `count` behind which it goes on at
    /// `next`. Where the count is not known, it is what was found.
    pub fn page<T>(&self, results: Vec<T>, skipped: usize, count: Option<u64>, next: Option<String>, links: &Links) -> Page<T> {
        let Window { limit, offset } = self.window;
        let first = self.before + skipped;
        let reached = first + results.len();
        let found = (reached + usize::from(next.is_some())) as u64;
        let at = |offset: usize, cursor: Option<String>| {
            let offset = (offset > 0).then(|| offset.to_string());
            links.with(&[("limit", Some(limit.to_string())), ("offset", offset), ("cursor", cursor)])
        };
        let by_offset = self.at.is_none() && results.len() == limit && reached <= FURTHEST;
        Page {
            count: count.unwrap_or(found),
            count_is_exact: (count.is_none() && next.is_some()).then_some(false),
            next: next
                .map(|next| if by_offset { at(reached, None) } else { at(offset - skipped, Some(format!("{reached}~{next}"))) }),
            previous: (first > 0).then(|| at(first.saturating_sub(limit).min(FURTHEST), None)),
            results,
        }
    }
}

/// The address of a request, to make links from: where the desk answers, with the path and query that were asked for.
#[derive(Debug, Clone)]
pub struct Links {
    base: String,
    query: String,
}

impl Links {
    /// The same request with other values for these parameters; `None` removes one.
    pub fn with(&self, changes: &[(&str, Option<String>)]) -> String {
        let kept = form_urlencoded::parse(self.query.as_bytes()).filter(|(key, _)| !changes.iter().any(|(name, _)| key == name));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept);
        query.extend_pairs(changes.iter().filter_map(|(name, value)| value.as_ref().map(|value| (*name, value.as_str()))));
        match query.finish() {
            query if query.is_empty() => self.base.clone(),
            query => format!("{}?{query}", self.base),
        }
    }

    /// The links to the pages beside a window of `total` results.
    pub fn beside(&self, Window { limit, offset }: Window, total: usize) -> (Option<String>, Option<String>) {
        let at = |offset: usize| {
            let offset = (offset > 0).then(|| offset.to_string());
            self.with(&[("limit", Some(limit.to_string())), ("offset", offset)])
        };
        let next = (offset + limit < total && offset + limit <= FURTHEST).then(|| at(offset + limit));
        (next, (offset > 0).then(|| at(offset.saturating_sub(limit))))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Links {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let uri = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.clone(), |OriginalUri(uri)| uri.clone());
        let path = uri.path().trim_end_matches('/');
        let Origin(origin) = Origin::of(&parts.extensions);
        Ok(Self { base: format!("{origin}{path}/"), query: uri.query().unwrap_or_default().to_owned() })
    }
}

/// The page that a request asks for, of a list that is read whole: a project has few members and roles, a user few
/// projects and keys.
pub struct Listing {
    links: Links,
    window: Window,
}

impl Listing {
    /// The page, each of its entries shown by `body`.
    pub fn page<T, B>(&self, all: &[T], body: impl Fn(&T) -> B) -> Page<B> {
        let Window { limit, offset } = self.window;
        let (next, previous) = self.links.beside(self.window, all.len());
        let results = all.iter().skip(offset).take(limit).map(body).collect();
        Page { count: all.len() as u64, count_is_exact: None, next, previous, results }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Listing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let window = Window::from_query(parts.uri.query().unwrap_or_default(), 100, 1000)?;
        let Ok(links) = Links::from_request_parts(parts, state).await;
        Ok(Self { links, window })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_bounded_and_named_when_wrong() {
        let window = |query: &str| Window::from_query(query, 100, 1000);
        assert_eq!(window("").unwrap(), Window { limit: 100, offset: 0 });
        assert_eq!(window("limit=5000&offset=10").unwrap(), Window { limit: 1000, offset: 10 });
        for (query, attr) in [
            ("limit=0", "limit"),
            ("limit=-1", "limit"),
            ("limit=x", "limit"),
            ("offset=-1", "offset"),
            ("offset=10001", "offset"),
        ] {
            assert!(matches!(window(query), Err(Problem::Invalid { attr: Some(named), .. }) if named == attr), "{query}");
        }
    }

    #[test]
    fn a_walk_goes_on_by_offset_or_where_its_budget_ended() {
        let links = Links { base: "http://h/m/".into(), query: "limit=2".into() };
        let walk = Walk::from_query("limit=2&offset=4", 50, 200).unwrap();
        let page = walk.page(vec![5, 6], 4, Some(9), Some("77".into()), &links);
        assert_eq!((page.count, page.next.as_deref()), (9, Some("http://h/m/?limit=2&offset=6")));
        assert_eq!(page.previous.as_deref(), Some("http://h/m/?limit=2&offset=2"));
        let short = walk.page(Vec::<u8>::new(), 3, None, Some("77".into()), &links);
        assert_eq!((short.count, short.count_is_exact), (4, Some(false)));
        assert_eq!(short.next.as_deref(), Some("http://h/m/?limit=2&offset=1&cursor=3%7E77"));
        let on = Walk::from_query("limit=2&offset=1&cursor=3%7E77", 50, 200).unwrap();
        assert_eq!((on.at.as_deref(), on.before), (Some("77"), 3));
        let last = on.page(vec![5, 6], 1, None, None, &links);
        assert_eq!((last.count, last.count_is_exact, last.next), (6, None, None));
        assert_eq!(last.previous.as_deref(), Some("http://h/m/?limit=2&offset=2"));
        for bad in ["x", "3~", "~7", "3~M%23z", "-1~7"] {
            assert!(Walk::from_query(&format!("cursor={bad}"), 50, 200).is_err(), "{bad}");
        }
    }

    #[test]
    fn links_keep_what_they_do_not_change() {
        let links = Links { base: "http://h/t/".into(), query: "status=open%2Cnew&limit=2&offset=4".into() };
        let (next, previous) = links.beside(Window { limit: 2, offset: 4 }, 7);
        assert_eq!(next.unwrap(), "http://h/t/?status=open%2Cnew&limit=2&offset=6");
        assert_eq!(previous.unwrap(), "http://h/t/?status=open%2Cnew&limit=2&offset=2");
        assert_eq!(links.beside(Window { limit: 2, offset: 0 }, 2), (None, None));
    }
}
