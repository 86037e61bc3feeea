//! Subjects of answers.

use super::Line;

/// The signs of an answer in several languages, which mail programs pile up.
const ANSWERS: [&str; 7] = ["re:", "aw:", "antw:", "sv:", "odp:", "rif:", "re :"];

/// The subject of an answer: `Re:` once, whatever was there before.
pub fn reply_subject(subject: &str) -> Line {
    let mut rest = subject.trim();
    while let Some(sign) =
        ANSWERS.iter().find(|sign| rest.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign)))
    {
        rest = rest[sign.len()..].trim_start();
    }
    Line::of(&format!("Re: {rest}"))
}
