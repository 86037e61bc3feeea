//! The quote at the end of a plain text.

use super::{attribution, block};

/// The text without the quote at its end. What is returned is a beginning of the text, and never blank: a text that only quotes
/// is returned whole.
pub fn new_text(text: &str) -> &str {
    shortened(text).unwrap_or(text)
}

fn shortened(text: &str) -> Option<&str> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = first_quoted(&lines)?;
    let end: usize = lines[..first].iter().map(|line| line.len()).sum();
    let new = text[..end].trim_end();
    (!lambdesk_domain::folding::is_blank(new)).then_some(new)
}

/// The line at which the quote at the end begins.
fn first_quoted(lines: &[&str]) -> Option<usize> {
    let is_blank = |line: &&&str| line.trim().is_empty();
    let is_quoted = |line: &str| line.trim_start().starts_with('>');
    // Where the quoted lines begin that nothing but quoted lines follows.
    let last_new = lines.iter().rposition(|line| !is_blank(&line) && !is_quoted(line));
    let tail = last_new.map_or(0, |last| last + 1);
    for at in 0..lines.len() {
        if block::is_forward(lines[at]) {
            return None;
        }
        if block::is_rule(lines[at]) {
            return Some(at);
        }
        if block::is_fields(&lines[at..]) {
            // Outlook on the web draws a line above them.
            let above = lines[..at].iter().rposition(|line| !is_blank(&line)).filter(|above| block::is_drawn(lines[*above]));
            return Some(above.unwrap_or(at));
        }
        if is_quoted(lines[at]) {
            // Quoted lines with words between or below them are answered one by one.
            return (at >= tail).then_some(at);
        }
        let length = attribution::lines(&lines[at..]);
        if length > 0 {
            let below = lines[at + length..].iter().position(|line| !is_blank(&line)).map(|gap| at + length + gap);
            match below {
                Some(below) if is_quoted(lines[below]) && below < tail => {}
                _ => return Some(at),
            }
        }
    }
    None
}
