//! Texts of others on the owner's terminal.

use std::fmt::{self, Display, Formatter, Write as _};

/// A text that a customer or a member wrote, on one line. What would move the cursor, begin a line or turn the direction of writing
/// is shown by its name, such as `\n` or `\u{1b}`: nobody forges a line, or speaks to the terminal.
pub struct Shown<'a>(pub &'a str);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .try_for_each(|letter| if moves(letter) { write!(f, "{}", letter.escape_debug()) } else { f.write_char(letter) })
    }
}

fn moves(letter: char) -> bool {
    let turns = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || turns || matches!(letter, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_is_named_and_the_rest_stays() {
        for (text, shown) in [
            ("Zoë O'Brien \"山田\" e\u{301} 👩\u{200d}🚀", "Zoë O'Brien \"山田\" e\u{301} 👩\u{200d}🚀"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("\u{1b}[2J\u{9b}m\u{7f}", r"\u{1b}[2J\u{9b}m\u{7f}"),
            ("x\u{202e}y\u{2066}\u{2028}", r"x\u{202e}y\u{2066}\u{2028}"),
        ] {
            assert_eq!(Shown(text).to_string(), shown);
        }
    }
}
