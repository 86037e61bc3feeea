//! Pages: `limit`, `offset`, and links that a client can follow blindly (docs/decisions.md, 5).

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::request::Parts,
};
use lambdesk_store::Stretch;
use serde::Serialize;

use crate::{body::query_value, cursor::Seal, problem::Problem, public_url::LinkBase};

/// The largest `offset` a client may ask for. A cursor goes on from any place.
pub const FURTHEST: usize = 10_000;

/// The most bytes of a page's results, as they are sent.
const SENT: usize = 4_950_000;
/// The most bytes of a page's results after Lambda has wrapped them into a JSON string, in which each quote and backslash takes
/// two bytes. Lambda sends at most 6 MiB; the rest is for links and headers.
const WRAPPED: usize = 6_000_000;

/// How many of `rows`, from the first on, fit into one page as it is sent. At least one row fits, however large, so that pages
/// always go on.
pub fn fitting<T: Serialize>(rows: impl IntoIterator<Item = T>) -> usize {
    let mut weight = Weight::default();
    let mut fit = 0;
    for row in rows {
        // Rows are of our own types, with text as keys, so writing them does not fail. If it did, sending them would fail too.
        let _ = serde_json::to_writer(&mut weight, &row);
        weight.sent += 1;
        if fit > 0 && (weight.sent > SENT || weight.sent + weight.quoted > WRAPPED) {
            break;
        }
        fit += 1;
    }
    fit
}

/// Counts the bytes that are written to it.
#[derive(Default)]
struct Weight {
    sent: usize,
    quoted: usize,
}

impl std::io::Write for Weight {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.sent += bytes.len();
        self.quoted += bytes.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A page of results with its neighbours.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// How many results there are on all pages.
    pub count: u64,
    /// Present, and false, where counting all results would cost too much. `count` is then the number found so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_is_exact: Option<bool>,
    /// The next page, as an absolute link; null on the last page.
    pub next: Option<String>,
    /// The previous page, as an absolute link; null on the first page.
    pub previous: Option<String>,
    /// The results on this page.
    pub results: Vec<T>,
}

/// `limit` and `offset` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The most results on the page.
    pub limit: usize,
    /// How many results to skip before the page.
    pub offset: usize,
}

impl Window {
    /// Reads both from a query string. A `limit` above `most` counts as `most`, as in PostHog Support's API. A `limit` of 0, an
    /// `offset` above [`FURTHEST`] or anything but a whole number is 400.
    pub fn from_query(query: &str, default: usize, most: usize) -> Result<Self, Problem> {
        Self::read(query, default, FURTHEST).map(|window| Self { limit: window.limit.min(most), ..window })
    }

    /// Reads both from a query string, and refuses a `limit` above `most` and an `offset` above `furthest`, as customers' lists
    /// do.
    pub fn within(query: &str, default: usize, most: usize, furthest: usize) -> Result<Self, Problem> {
        let window = Self::read(query, default, furthest)?;
        if window.limit > most {
            return Err(Problem::invalid("limit", format!("Must be at most {most}.")));
        }
        Ok(window)
    }

    fn read(query: &str, default: usize, furthest: usize) -> Result<Self, Problem> {
        let limit = whole(query, "limit")?.unwrap_or(default);
        if limit == 0 {
            return Err(Problem::invalid("limit", "Must be at least 1."));
        }
        let offset = whole(query, "offset")?.unwrap_or(0);
        if offset > furthest {
            let on = if furthest == FURTHEST { "; follow `next`, or use `cursor`, to go further" } else { "" };
            return Err(Problem::invalid("offset", format!("Must be at most {furthest}{on}.")));
        }
        Ok(Self { limit, offset })
    }
}

fn whole(query: &str, name: &str) -> Result<Option<usize>, Problem> {
    match query_value(query, name) {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Problem::invalid(name, "Must be a whole number of 0 or more.")),
    }
}

/// A page of a log, which is a list that only grows at its end. The page starts at the place in `cursor`, and skips `offset`
/// rows from there.
///
/// Clients page such a list by `offset`. A page that would examine or send too much ends early, and its `next` carries a
/// cursor: it goes on from where the page ended, and not from the start of the list.
#[derive(Debug, Clone)]
pub struct LogWindow<'a> {
    /// `limit`, and `offset` counted from `at`.
    pub window: Window,
    /// The cursor's place; `None` at the start of the list.
    pub at: Option<String>,
    /// How many rows lie before that place.
    before: usize,
    seal: Seal<'a>,
}

/// A row of a log, and its place.
pub type Placed<T> = (T, String);

impl<'a> LogWindow<'a> {
    /// Reads `limit`, `offset` and `cursor` from a query string. A cursor that `seal` did not make is 400.
    pub fn from_query(query: &str, default: usize, most: usize, seal: Seal<'a>) -> Result<Self, Problem> {
        let window = Window::from_query(query, default, most)?;
        let Some(cursor) = query_value(query, "cursor").filter(|cursor| !cursor.is_empty()) else {
            return Ok(Self { window, at: None, before: 0, seal });
        };
        let read = |place: &str| {
            let (before, at) = place.split_once('~')?;
            Some((before.parse::<u32>().ok()?, at.to_owned()))
        };
        let (before, at) = seal.read(&cursor, read)?;
        Ok(Self { window, at: Some(at), before: before as usize, seal })
    }

    /// The cursor's place, parsed by `read`; `None` at the start of the list. A place that `read` does not understand is 400.
    pub fn place<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let at = self.at.as_deref().map(read);
        at.map(|at| at.ok_or_else(|| Problem::invalid("cursor", "Is not a cursor of this list."))).transpose()
    }

    /// The part of a log that this page shows.
    pub fn stretch(&self) -> Stretch<'_> {
        Stretch { after: self.at.as_deref(), skip: self.window.offset, limit: self.window.limit }
    }

    /// The page that shows `rows`, which follow `skipped` rows that were passed over. The list goes on at `next` and has
    /// `count` rows in all. If `count` is not known, the page tells how many rows were found so far.
    pub fn page<T: Serialize>(
        &self,
        mut rows: Vec<Placed<T>>,
        skipped: usize,
        count: Option<u64>,
        mut next: Option<String>,
        links: &Links,
    ) -> Page<T> {
        let Window { limit, offset } = self.window;
        let fit = fitting(rows.iter().map(|(row, _)| row));
        if fit < rows.len() {
            rows.truncate(fit);
            next = rows.last().map(|(_, place)| place.clone());
        }
        let first = self.before + skipped;
        let reached = first + rows.len();
        let found = (reached + usize::from(next.is_some())) as u64;
        let at = |offset: usize, cursor: Option<String>| {
            let offset = (offset > 0).then(|| offset.to_string());
            links.with(&[("limit", Some(limit.to_string())), ("offset", offset), ("cursor", cursor)])
        };
        let by_offset = self.at.is_none() && rows.len() == limit && reached <= FURTHEST;
        let onward = |next: String| {
            if by_offset {
                return at(reached, None);
            }
            at(offset - skipped, Some(self.seal.write(&format!("{reached}~{next}"))))
        };
        Page {
            count: count.unwrap_or(found),
            count_is_exact: (count.is_none() && next.is_some()).then_some(false),
            next: next.map(onward),
            previous: (first > 0).then(|| at(first.saturating_sub(limit).min(FURTHEST), None)),
            results: rows.into_iter().map(|(row, _)| row).collect(),
        }
    }
}

/// The address of a request, from which links are made: the desk's own address, with the path and the query of the request.
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

    /// The links to the next and the previous page, from a window that shows `shown` of `total` results.
    pub fn beside(&self, Window { limit, offset }: Window, shown: usize, total: usize) -> (Option<String>, Option<String>) {
        let at = |offset: usize| {
            let offset = (offset > 0).then(|| offset.to_string());
            self.with(&[("limit", Some(limit.to_string())), ("offset", offset)])
        };
        let reached = offset + shown;
        let next = (shown > 0 && reached < total && reached <= FURTHEST).then(|| at(reached));
        (next, (offset > 0).then(|| at(offset.saturating_sub(limit))))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Links {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let uri = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.clone(), |OriginalUri(uri)| uri.clone());
        let path = uri.path().trim_end_matches('/');
        let LinkBase(desk) = LinkBase::of(&parts.extensions);
        Ok(Self { base: format!("{desk}{path}/"), query: uri.query().unwrap_or_default().to_owned() })
    }
}

/// The page that a request asks for, of a list that is always read whole: a project has few members and roles, and a user few
/// projects and keys.
pub struct Listing {
    links: Links,
    window: Window,
}

impl Listing {
    /// The requested page of `all`, each entry written by `body`.
    pub fn page<T, B: Serialize>(&self, all: &[T], body: impl Fn(&T) -> B) -> Page<B> {
        let Window { limit, offset } = self.window;
        let mut results: Vec<_> = all.iter().skip(offset).take(limit).map(body).collect();
        results.truncate(fitting(&results));
        let (next, previous) = self.links.beside(self.window, results.len(), all.len());
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
    fn a_customers_window_takes_no_more_than_it_says() {
        let window = |query: &str| Window::within(query, 100, 500, 500);
        assert_eq!(window("limit=500&offset=500").unwrap(), Window { limit: 500, offset: 500 });
        for (query, attr) in [("limit=501", "limit"), ("offset=501", "offset"), ("limit=0", "limit"), ("limit=x", "limit")] {
            assert!(matches!(window(query), Err(Problem::Invalid { attr: Some(named), .. }) if named == attr), "{query}");
        }
    }

    fn seal() -> Seal<'static> {
        Seal::with("key", "messages|1|7".to_owned())
    }

    #[test]
    fn a_walk_goes_on_by_offset_or_where_its_budget_ended() {
        let read = |query: &str| LogWindow::from_query(query, 50, 200, seal());
        let links = Links { base: "http://h/m/".into(), query: "limit=2".into() };
        let log = read("limit=2&offset=4").unwrap();
        let rows = || vec![(5, "75".to_owned()), (6, "76".to_owned())];
        let page = log.page(rows(), 4, Some(9), Some("77".into()), &links);
        assert_eq!((page.count, page.next.as_deref()), (9, Some("http://h/m/?limit=2&offset=6")));
        assert_eq!(page.previous.as_deref(), Some("http://h/m/?limit=2&offset=2"));
        let short = log.page(Vec::<Placed<u8>>::new(), 3, None, Some("77".into()), &links);
        assert_eq!((short.count, short.count_is_exact), (4, Some(false)));
        let next = short.next.unwrap();
        assert!(next.starts_with("http://h/m/?limit=2&offset=1&cursor="), "{next}");
        let on = read(next.split_once('?').unwrap().1).unwrap();
        assert_eq!((on.at.as_deref(), on.before), (Some("77"), 3));
        let last = on.page(rows(), 1, None, None, &links);
        assert_eq!((last.count, last.count_is_exact, last.next), (6, None, None));
        assert_eq!(last.previous.as_deref(), Some("http://h/m/?limit=2&offset=2"));
    }

    #[test]
    fn a_cursor_is_one_of_its_list_or_none() {
        let cursor = seal().write("3~77");
        let read =
            |cursor: &str, seal: Seal<'_>| LogWindow::from_query(&format!("cursor={cursor}"), 50, 200, seal).map(|log| log.at);
        assert_eq!(read(&cursor, seal()).unwrap().as_deref(), Some("77"));
        let of = |key, list: &str| Seal::with(key, list.to_owned());
        for foreign in [of("another", "messages|1|7"), of("key", "activity|1|7"), of("key", "messages|1|8")] {
            assert!(read(&cursor, foreign).is_err());
        }
        for bad in ["x", "3~77", "3%7E77", &cursor[1..], &cursor[..cursor.len() - 1], &format!("{cursor}A")] {
            assert!(read(bad, seal()).is_err(), "{bad}");
        }
        assert!(read(&seal().write("no place"), seal()).is_err());
    }

    #[test]
    fn a_page_ends_where_it_would_be_too_large_to_send() {
        let fit = |letter: &str, rows: usize| fitting(std::iter::repeat_n(letter.repeat(100_000), rows));
        assert_eq!((fit("x", 40), fit("x", 60)), (40, 49));
        // Each character takes six bytes as it is sent.
        assert_eq!(fit("\u{1}", 60), 8);
        // Each character takes two bytes as it is sent, and four as Lambda wraps it.
        assert_eq!(fit("\"", 60), 14);
        assert_eq!(fitting([&"x".repeat(7_000_000)]), 1, "one is always shown");
    }

    #[test]
    fn links_keep_what_they_do_not_change() {
        let links = Links { base: "http://h/t/".into(), query: "status=open%2Cnew&limit=2&offset=4".into() };
        let (next, previous) = links.beside(Window { limit: 2, offset: 4 }, 2, 7);
        assert_eq!(next.unwrap(), "http://h/t/?status=open%2Cnew&limit=2&offset=6");
        assert_eq!(previous.unwrap(), "http://h/t/?status=open%2Cnew&limit=2&offset=2");
        assert_eq!(links.beside(Window { limit: 2, offset: 0 }, 2, 2), (None, None));
    }
}
