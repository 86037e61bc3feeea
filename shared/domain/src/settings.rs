//! `conversations_settings`: the settings of a project's widget, of the life of its tickets, and its time zone.

use serde_json::Value;

use crate::{calendar::Zone, folding::is_blank, mail::is_plausible, rules::Life, traits::Object};

/// The settings that were set. Every other setting has its default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(Object);

/// Which values a setting takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// True or false.
    Flag,
    /// Text of at most so many characters.
    Text(usize),
    /// A colour like `#1d4aff`.
    Colour,
    /// One of the [`POSITIONS`].
    Position,
    /// A list of at most [`MOST_DOMAINS`] hosts of pages: names, also of all below one, or addresses of which the name counts.
    Domains,
    /// A list of at most [`MOST_DOMAINS`] host names.
    Hosts,
    /// A whole number of days, from 1 to [`MOST_DAYS`].
    Days,
    /// The name of an IANA time zone.
    Zone,
    /// Whether texts of a page are recorded: one of the [`RECORDED_TEXTS`].
    RecordedText,
    /// What becomes of doubtful mail: one of the [`DOUBTFUL_MAIL`].
    DoubtfulMail,
    /// A whole number of minutes, up to [`MOST_MINUTES`], or null for never.
    Minutes,
    /// A list of at most [`MOST_ADDRESSES`] e-mail addresses.
    Addresses,
}

/// The most minutes that a setting takes: a day.
pub const MOST_MINUTES: u32 = 1440;

/// The most e-mail addresses that a setting takes.
pub const MOST_ADDRESSES: usize = 10;

/// The most days that a setting takes.
pub const MOST_DAYS: u32 = 365;

/// The most host names that a setting takes.
pub const MOST_DOMAINS: usize = 100;

/// Where on a page the widget may stand.
pub const POSITIONS: [&str; 4] = ["bottom_left", "bottom_right", "top_left", "top_right"];

/// Whether recordings show the texts of pages.
pub const RECORDED_TEXTS: [&str; 2] = ["masked", "visible"];

/// What becomes of doubtful mail.
pub const DOUBTFUL_MAIL: [&str; 2] = ["held", "open"];

/// Every setting that a project's administrators may set.
pub const KINDS: &[(&str, Kind)] = &[
    ("widget_enabled", Kind::Flag),
    ("widget_greeting_text", Kind::Text(1000)),
    ("widget_color", Kind::Colour),
    ("widget_domains", Kind::Domains),
    ("widget_position", Kind::Position),
    ("widget_placeholder_text", Kind::Text(200)),
    ("widget_require_email", Kind::Flag),
    ("widget_collect_name", Kind::Flag),
    ("widget_identification_form_title", Kind::Text(200)),
    ("widget_identification_form_description", Kind::Text(1000)),
    ("auto_resolve_pending_days", Kind::Days),
    ("reopen_within_days", Kind::Days),
    ("satisfaction_survey_days", Kind::Days),
    ("timezone", Kind::Zone),
    ("context_events", Kind::Flag),
    ("context_exceptions", Kind::Flag),
    ("context_recording", Kind::Flag),
    ("context_url_queries", Kind::Flag),
    ("context_recording_text", Kind::RecordedText),
    ("context_days", Kind::Days),
    ("recording_days", Kind::Days),
    ("email_spam", Kind::DoubtfulMail),
    ("email_bulk", Kind::DoubtfulMail),
    ("email_trusted_forwarders", Kind::Hosts),
    ("email_enabled", Kind::Flag),
    ("email_widget_minutes", Kind::Minutes),
    ("email_reply_token", Kind::Flag),
    ("email_acknowledge", Kind::Flag),
    ("notification_recipients", Kind::Addresses),
    ("widget_restore_enabled", Kind::Flag),
];

/// A refused setting: its key, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadSetting {
    /// The setting's key, as the caller wrote it. It may be of any length.
    pub key: String,
    /// The reason, in words for the caller.
    pub reason: &'static str,
}

impl Settings {
    /// These settings with `given` merged in key by key; null removes a key. An unknown key, a read-only key or a wrong type
    /// refuses the whole.
    pub fn merge(&self, given: Object) -> Result<Self, BadSetting> {
        let mut merged = self.clone();
        for (key, value) in given {
            if key == "widget_public_token" {
                return Err(BadSetting { key, reason: "This setting is read only; rotate the token instead." });
            }
            let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == key) else {
                return Err(BadSetting { key, reason: "Unknown setting." });
            };
            // Of minutes, null is a value: never.
            if value.is_null() && !matches!(kind, Kind::Minutes) {
                merged.0.remove(&key);
            } else if let Some(reason) = kind.refuses(&value) {
                return Err(BadSetting { key, reason });
            } else {
                merged.0.insert(key, value);
            }
        }
        Ok(merged)
    }

    /// The settings as the store keeps them; nothing is checked.
    pub const fn from_stored(stored: Object) -> Self {
        Self(stored)
    }

    /// The settings that were set, by key.
    pub const fn as_object(&self) -> &Object {
        &self.0
    }

    fn flag(&self, key: &str, default: bool) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A text setting, if it was set.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str)
    }

    /// Whether the widget shows its button; true unless set otherwise (docs/decisions.md, 38).
    pub fn widget_enabled(&self) -> bool {
        self.flag("widget_enabled", true)
    }

    /// Whether the widget asks for an e-mail before the first message.
    pub fn require_email(&self) -> bool {
        self.flag("widget_require_email", false)
    }

    /// Whether the widget's form also asks for a name.
    pub fn collect_name(&self) -> bool {
        self.flag("widget_collect_name", false)
    }

    fn days(&self, key: &str) -> Option<u32> {
        self.0.get(key).and_then(Value::as_u64).and_then(|days| u32::try_from(days).ok())
    }

    /// What happens to tickets that nobody touches; nothing by default.
    pub fn life(&self) -> Life {
        Life {
            auto_resolve_days: self.days("auto_resolve_pending_days"),
            reopen_days: self.days("reopen_within_days"),
            survey_days: self.days("satisfaction_survey_days"),
        }
    }

    /// What is kept of customers' browser sessions, and for how long.
    pub fn capture(&self) -> Capture {
        Capture {
            events: self.flag("context_events", true),
            exceptions: self.flag("context_exceptions", true),
            recording: self.flag("context_recording", false),
            url_queries: self.flag("context_url_queries", false),
            text: self.text("context_recording_text") == Some("visible"),
            days: self.days("context_days").unwrap_or(7),
            recording_days: self.days("recording_days").unwrap_or(30),
        }
    }

    /// Whether the desk writes mails by itself, beside the answers on tickets by mail; true by default.
    pub fn email_enabled(&self) -> bool {
        self.flag("email_enabled", true)
    }

    /// After how many minutes a reply that a customer of the widget has not seen goes to them by mail; `None` for never.
    pub fn email_widget_minutes(&self) -> Option<u32> {
        match self.0.get("email_widget_minutes") {
            None => Some(5),
            Some(minutes) => minutes.as_u64().and_then(|minutes| u32::try_from(minutes).ok()),
        }
    }

    /// Whether answers to the desk's mails go to the ticket's own address; true by default. Else they go to the project's address,
    /// and are found by the ids of earlier mails.
    pub fn email_reply_token(&self) -> bool {
        self.flag("email_reply_token", true)
    }

    /// Whether a proven sender is told that their mail has arrived; false by default.
    pub fn email_acknowledge(&self) -> bool {
        self.flag("email_acknowledge", false)
    }

    /// Who is told of each new ticket; nobody by default.
    pub fn notification_recipients(&self) -> Vec<&str> {
        let recipients = self.0.get("notification_recipients").and_then(Value::as_array);
        recipients.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether customers may ask for a link to the tickets of a browser that they lost; true by default.
    pub fn restores(&self) -> bool {
        self.flag("widget_restore_enabled", true)
    }

    /// Whether spam opens tickets, tagged as such; false by default.
    pub fn spam_opens(&self) -> bool {
        self.text("email_spam") == Some("open")
    }

    /// Whether mail to many opens tickets; false by default.
    pub fn bulk_opens(&self) -> bool {
        self.text("email_bulk") == Some("open")
    }

    /// The servers whose word counts on what they forward to the desk; `None` if the project names none.
    pub fn trusted_forwarders(&self) -> Option<Vec<&str>> {
        let named = self.0.get("email_trusted_forwarders").and_then(Value::as_array)?;
        Some(named.iter().filter_map(Value::as_str).collect())
    }

    /// The project's time zone, from which business hours are read; UTC by default.
    pub fn zone(&self) -> Zone {
        self.text("timezone").and_then(|name| name.parse().ok()).unwrap_or_default()
    }

    /// The hosts that the widget may run on. An empty list means all hosts.
    pub fn domains(&self) -> Vec<&str> {
        let domains = self.0.get("widget_domains").and_then(Value::as_array);
        domains.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether a page on `host` may send messages, by the rule that posthog-js applies. An empty list allows every host. An
    /// entry allows its own host, and `*.` before a host allows that host and all below it. Scheme, port and path of an entry
    /// are ignored.
    pub fn allows_host(&self, host: &str) -> bool {
        let domains = self.domains();
        let host = host.to_ascii_lowercase();
        domains.is_empty() || domains.iter().any(|entry| matches_host(entry, &host))
    }
}

/// What a project keeps of its customers' browser sessions.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// Events are kept.
    pub events: bool,
    /// Exceptions are kept.
    pub exceptions: bool,
    /// Sessions of who writes are recorded.
    pub recording: bool,
    /// Addresses keep their queries and fragments.
    pub url_queries: bool,
    /// Recordings show the texts of pages.
    pub text: bool,
    /// For how many days events and exceptions are kept.
    pub days: u32,
    /// For how many days recordings are kept.
    pub recording_days: u32,
}

fn matches_host(entry: &str, host: &str) -> bool {
    let entry = entry.trim().to_ascii_lowercase();
    let entry = entry.split_once("://").map_or(entry.as_str(), |(_, rest)| rest);
    let entry = entry.split(['/', ':', '?', '#']).next().unwrap_or_default();
    match entry.strip_prefix("*.") {
        Some(parent) if !parent.is_empty() => host == parent || host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
        _ => !entry.is_empty() && entry == host,
    }
}

impl Kind {
    fn refuses(self, value: &Value) -> Option<&'static str> {
        match self {
            Self::Flag if !value.is_boolean() => Some("Must be true or false."),
            Self::Text(most) => match value.as_str() {
                None => Some("Must be text."),
                Some(text) if !crate::text::fits(text, most) => Some("Is too long."),
                Some(_) => None,
            },
            Self::Colour if !value.as_str().is_some_and(is_colour) => Some("Must be a colour like #1d4aff."),
            Self::Position if !value.as_str().is_some_and(|text| POSITIONS.contains(&text)) => {
                Some("Must be bottom_left, bottom_right, top_left or top_right.")
            }
            Self::Domains if !value.as_array().is_some_and(|list| are_domains(list)) => {
                Some("Must be a list of at most 100 host names.")
            }
            Self::Hosts if !value.as_array().is_some_and(|list| are_hosts(list)) => {
                Some("Must be a list of at most 100 host names.")
            }
            Self::Days if !value.as_u64().is_some_and(|days| (1..=u64::from(MOST_DAYS)).contains(&days)) => {
                Some("Must be a whole number of days from 1 to 365.")
            }
            Self::Zone if value.as_str().is_none_or(|name| name.parse::<Zone>().is_err()) => {
                Some("Must be the name of an IANA time zone, such as Europe/London.")
            }
            Self::RecordedText if !value.as_str().is_some_and(|text| RECORDED_TEXTS.contains(&text)) => {
                Some("Must be masked or visible.")
            }
            Self::DoubtfulMail if !value.as_str().is_some_and(|text| DOUBTFUL_MAIL.contains(&text)) => {
                Some("Must be held or open.")
            }
            Self::Minutes if !value.is_null() && value.as_u64().is_none_or(|minutes| minutes > u64::from(MOST_MINUTES)) => {
                Some("Must be a whole number of minutes from 0 to 1440, or null for never.")
            }
            Self::Addresses if !value.as_array().is_some_and(|list| are_addresses(list)) => {
                Some("Must be a list of at most 10 e-mail addresses.")
            }
            Self::Flag
            | Self::Colour
            | Self::Position
            | Self::Domains
            | Self::Hosts
            | Self::Days
            | Self::Zone
            | Self::RecordedText
            | Self::DoubtfulMail
            | Self::Minutes
            | Self::Addresses => None,
        }
    }
}

fn is_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn are_addresses(list: &[Value]) -> bool {
    list.len() <= MOST_ADDRESSES && list.iter().all(|entry| entry.as_str().is_some_and(is_plausible))
}

fn are_hosts(list: &[Value]) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let is_host = |host: &str| host.len() <= 255 && host.split('.').all(is_label);
    list.len() <= MOST_DOMAINS && list.iter().all(|entry| entry.as_str().is_some_and(is_host))
}

fn are_domains(list: &[Value]) -> bool {
    list.len() <= MOST_DOMAINS && list.iter().all(|entry| entry.as_str().is_some_and(|host| !is_blank(host) && host.len() <= 255))
}

#[cfg(test)]
mod tests;
