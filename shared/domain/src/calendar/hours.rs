//! A window of wall-clock time.

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Opening hours `[from, to)` of one weekday in wall-clock time, to the minute.
///
/// Hours that end at or before their start end on the next day: `22:00` to `06:00` on Monday closes on Tuesday morning. The end
/// of a day is `24:00` (or `00:00`). `23:59` is taken literally and leaves the last minute of the day closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hours {
    from: u16,
    to: u16,
}

/// The text is not a pair of `HH:MM`, or both times are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be two different times HH:MM from 00:00 to 24:00")]
pub struct BadHours;

impl Hours {
    /// A day without closing time.
    pub const ALL_DAY: Self = Self { from: 0, to: DAY };

    /// Reads two times `HH:MM`. Only the second may be `24:00`; the two must differ.
    pub fn parse(from: &str, to: &str) -> Result<Self, BadHours> {
        let (from, to) = (minutes(from).ok_or(BadHours)?, minutes(to).ok_or(BadHours)?);
        if from == DAY || from == to {
            return Err(BadHours);
        }
        Ok(Self { from, to: if to < from { to + DAY } else { to } })
    }

    /// Whether the hours end on the next day.
    pub const fn overnight(self) -> bool {
        self.to > DAY
    }

    /// Start and end in minutes since the midnight at which the day began. The end may lie on the next day, above 1,440.
    pub(super) fn minutes(self) -> (i64, i64) {
        (self.from.into(), self.to.into())
    }
}

fn minutes(text: &str) -> Option<u16> {
    let &[h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    };
    let (hour, minute) = (two(h1, h2)?, two(m1, m2)?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= DAY).then_some(of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_two_digits_each() {
        assert_eq!(Hours::parse("09:00", "17:30").unwrap().minutes(), (540, 1050));
        assert_eq!(Hours::parse("00:00", "24:00").unwrap(), Hours::ALL_DAY);
        for time in ["", "9:00", "09:0", "09:60", "24:01", "25:00", "09.00", "+9:00", " 9:00", "09:00:00", "0é:0"] {
            assert_eq!(Hours::parse(time, "17:00"), Err(BadHours), "{time}");
            assert_eq!(Hours::parse("00:01", time), Err(BadHours), "{time}");
        }
        assert_eq!(Hours::parse("24:00", "06:00"), Err(BadHours));
    }

    #[test]
    fn an_end_before_the_start_is_on_the_next_day() {
        assert_eq!(Hours::parse("22:00", "06:00").unwrap().minutes(), (1320, 1800));
        assert_eq!(Hours::parse("22:00", "00:00").unwrap(), Hours::parse("22:00", "24:00").unwrap());
        assert!(Hours::parse("22:00", "06:00").unwrap().overnight());
        assert!(!Hours::parse("22:00", "00:00").unwrap().overnight());
        assert_eq!(Hours::parse("09:00", "09:00"), Err(BadHours));
    }
}
