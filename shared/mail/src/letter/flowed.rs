//! Text whose lines are broken for transport only (RFC 3676).

/// The text with its paragraphs in one line each. `is_glued` says that the space before a break goes with it (`DelSp`).
pub(super) fn joined(text: &str, is_glued: bool) -> String {
    let mut joined = String::with_capacity(text.len());
    // The quote depth of the line that the next one goes on with.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        if open != Some(depth) || is_signature {
            begin(&mut joined, open.is_some(), depth);
        }
        let is_open = content.ends_with(' ') && !is_signature;
        joined.push_str(if is_open && is_glued { &content[..content.len() - 1] } else { content });
        if !is_open {
            joined.push('\n');
        }
        open = is_open.then_some(depth);
    }
    joined
}

fn begin(joined: &mut String, is_open: bool, depth: usize) {
    if is_open {
        joined.push('\n');
    }
    joined.extend(std::iter::repeat_n('>', depth));
    if depth > 0 {
        joined.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined() {
        let text = "A long \nline.\n\n> quoted \n> text\n>> deeper\n-- \nAda\n >no quote\n";
        assert_eq!(joined(text, false), "A long line.\n\n> quoted text\n>> deeper\n-- \nAda\n>no quote\n");
        assert_eq!(joined("日本 \n語\n", true), "日本語\n");
        assert_eq!(joined("open \n> quote", false), "open \n> quote\n");
        assert_eq!(joined("", false), "");
    }
}
