//! What becomes of each kind of item when its project moves. A kind that is not named here is an error, so that none is
//! forgotten. The test goes through a desk that has one of everything.

use lambdesk_domain::ProjectId;

use crate::transport::{
    key::LAST,
    keys::{self, Key, TicketRow},
};

/// What becomes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes along.
    Kept,
    /// It follows from others, or is forgotten within days: folds, timers, limits, what was asked for twice.
    Follows,
    /// It belongs to the desk or to a person's way in, and not to the project.
    Stays,
}

use Fate::{Follows, Kept, Stays};

/// What becomes of an item with this key; `None` if nobody said.
pub(super) fn fate(key: &Key) -> Option<Fate> {
    let Key { pk, sk } = key;
    let parts: Vec<_> = pk.split('#').collect();
    match parts.as_slice() {
        ["P", _, "T", _] => of_ticket(sk),
        ["P", _] => of_project(sk),
        ["U", _] => of_user(sk),
        // The record of administration, without the marks of a day.
        ["P", _, "L"] => Some(if sk.starts_with(LAST) { Follows } else { Kept }),
        [keys::ROLLOUTS] => Some(if sk == "ZONES" { Stays } else { Kept }),
        // Runs of a workflow, persons, mails and silent addresses by their digests, mails that arrived, what is handed over.
        ["P", _, "W" | "D" | "E" | "B", _] | ["P", _, "I"] | [keys::HAND_OVERS] => Some(Kept),
        // The end of a line of runs that wait, words of customers, visitors, links to their tickets, who is looking.
        // Shadows, tags, timers, limits, what was asked for twice, whose an address is.
        ["P", _, "W", _, "L", _]
        | ["P", _, "C" | "V" | "R", ..]
        | ["P", _, "O"]
        | ["F" | "E", ..]
        | ["G" | "TIMER" | "W" | "I", _] => Some(Follows),
        // Tokens, sessions, sign-ins, identities.
        ["K" | "S" | "A" | "O", _] | [keys::DESK | "MAIL"] => Some(Stays),
        // Timers of mails: what is on its way leaves from the desk that it was written on.
        [keys::COURIER] => Some(Follows),
        // Whose an e-mail address of the desk is.
        [only] => only.starts_with("E@").then_some(Follows),
        _ => None,
    }
}

fn of_ticket(sk: &str) -> Option<Fate> {
    use TicketRow::{Activity, Context, Delivery, Message, Note, Profile};
    let rows = [Activity, Note, Profile, Context, Delivery, Message];
    (sk == LAST || rows.iter().any(|row| sk.starts_with(row.first()))).then_some(Kept)
}

fn of_project(sk: &str) -> Option<Fate> {
    match sk.split_once('#').map_or(sk, |(first, _)| first) {
        "NUMBER" | "PROJECT" | "MAIL" | "MEMBER" | "ROLE" | "WORKFLOW" | "VIEW" | "ACTION" | keys::PERSONS => Some(Kept),
        "TOTALS" | "TALLY" => Some(Follows),
        _ => None,
    }
}

fn of_user(sk: &str) -> Option<Fate> {
    match sk.split_once('#').map_or(sk, |(first, _)| first) {
        LAST | "P" | "PREFERENCES" => Some(Kept),
        "KEY" | "SESSION" | "IDENTITY" => Some(Stays),
        _ => None,
    }
}

/// Whether an item that goes along is this project's, or is a user's and not of another project.
pub(super) fn is_of(key: &Key, project: ProjectId) -> bool {
    let Key { pk, sk } = key;
    let own = format!("P#{project}");
    match pk.as_str() {
        keys::ROLLOUTS => *sk == project.to_string(),
        keys::HAND_OVERS => sk.starts_with(&format!("{project}#")),
        pk if pk.starts_with("U#") => !sk.starts_with(keys::MEMBERSHIPS) || *sk == own,
        pk => pk == own || pk.starts_with(&format!("{own}#")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;
    use crate::handles::transfer::line;

    /// A desk that has one of everything: `tests/it/formats.rs` sees to that.
    const DESK: &str = include_str!("../../../../../tests/formats/1.json");

    fn keys_of_a_desk() -> Vec<Key> {
        let desk: Value = serde_json::from_str(DESK).unwrap();
        let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
        let items = desk["items"].as_array().unwrap().iter();
        let keys = items.map(|item| format!(r#"{{"PK":{{"S":{:?}}},"SK":{{"S":{:?}}}}}"#, text(item, "PK"), text(item, "SK")));
        keys.map(|key| Key::of(&line::read(&key).unwrap()).unwrap()).collect()
    }

    #[test]
    fn every_kind_of_item_has_a_fate() {
        let mut fates: BTreeMap<String, usize> = BTreeMap::new();
        for key in keys_of_a_desk() {
            let fate = fate(&key).unwrap_or_else(|| panic!("{} {} has none", key.pk, key.sk));
            *fates.entry(format!("{fate:?}")).or_default() += 1;
        }
        assert_eq!(fates.len(), 3, "{fates:?}");
    }

    #[test]
    fn a_kind_that_nobody_named_has_none() {
        let key = |pk: &str, sk: &str| Key::of(&line::read(&format!(r#"{{"PK":{{"S":"{pk}"}},"SK":{{"S":"{sk}"}}}}"#)).unwrap());
        for (pk, sk) in [("P#1", "NEW#1"), ("P#1#T#x", "Z#1"), ("P#1#Z", "~"), ("U#1", "NEW"), ("NEW", "~"), ("N#1", "~")] {
            assert_eq!(fate(&key(pk, sk).unwrap()), None, "{pk} {sk}");
        }
    }

    #[test]
    fn nothing_of_another_project_is_of_this_one() {
        for key in keys_of_a_desk().into_iter().filter(|key| fate(key) == Some(Kept)) {
            let of = [1, 2, 12].map(|project| is_of(&key, ProjectId(project)));
            assert!(!of[2] || key.pk.starts_with("U#"), "{} {}", key.pk, key.sk);
            assert!(!(of[0] && of[1]) || key.pk.starts_with("U#"), "{} {}", key.pk, key.sk);
            assert!(of[0] || of[1], "{} {} is somebody's", key.pk, key.sk);
        }
    }
}
