//! A week of wall-clock time without holidays or clock changes. It repeats without end.

use chrono::Weekday;

use super::{DAY, Hours, MINUTE, WEEK};

/// Open time within a week that starts on Monday at 00:00, in microseconds of wall-clock time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Week {
    /// Ascending, without overlaps; spans don't touch.
    spans: Vec<Span>,
    /// The open time of the whole week.
    open: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: i64,
    to: i64,
    /// The open time of the week before this span.
    before: i64,
}

/// The Monday before 1970-01-01, from which weeks count. Wall-clock time counts from 1970-01-01, which was a Thursday.
const MONDAY: i64 = -3 * DAY;

impl Week {
    pub(super) fn new(windows: &[(Weekday, Hours)]) -> Self {
        let mut minutes = Vec::with_capacity(windows.len());
        let week = WEEK / MINUTE;
        for (day, hours) in windows {
            let midnight = i64::from(day.num_days_from_monday()) * (DAY / MINUTE);
            let (from, to) = hours.minutes();
            let (from, to) = (midnight + from, midnight + to);
            minutes.push((from, to.min(week)));
            if to > week {
                minutes.push((0, to - week));
            }
        }
        let mut open = 0;
        let mut spans = Vec::with_capacity(minutes.len());
        for (from, to) in merged(minutes) {
            spans.push(Span { from: from * MINUTE, to: to * MINUTE, before: open });
            open += (to - from) * MINUTE;
        }
        Self { spans, open }
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.open == 0
    }

    /// The open time from [`MONDAY`] to `local`. The difference of two results is the open time between them.
    pub(super) fn counted(&self, local: i64) -> i64 {
        let (week, into) = split(local);
        let within = match self.spans.partition_point(|span| span.from <= into).checked_sub(1) {
            Some(last) => self.spans[last].before + into.min(self.spans[last].to) - self.spans[last].from,
            None => 0,
        };
        week * self.open + within
    }

    /// The earliest wall-clock time at which `counted` microseconds of open time have been reached. That may be the end of a
    /// window, but never the start of the next one.
    pub(super) fn reached(&self, counted: i64) -> i64 {
        let weeks = (counted - 1).div_euclid(self.open);
        let rest = counted - weeks * self.open;
        let span = self.spans[self.spans.partition_point(|span| span.before < rest) - 1];
        MONDAY + weeks * WEEK + span.from + (rest - span.before)
    }

    /// The windows between two wall-clock times, each cut to that range.
    pub(super) fn windows(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
        let weeks = split(from).0..=split(to).0;
        weeks
            .map(|week| MONDAY + week * WEEK)
            .flat_map(|monday| self.spans.iter().map(move |span| (monday + span.from, monday + span.to)))
            .map(move |(start, end)| (start.max(from), end.min(to)))
            .filter(|(start, end)| start < end)
    }
}

/// The number of the week since [`MONDAY`], and the time since that week began.
const fn split(local: i64) -> (i64, i64) {
    let since = local - MONDAY;
    (since.div_euclid(WEEK), since.rem_euclid(WEEK))
}

/// The union of the spans: ascending, without overlaps; spans that touch become one.
pub(super) fn merged(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut union: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match union.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => union.push((from, to)),
        }
    }
    union
}
