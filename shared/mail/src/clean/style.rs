//! Inline styles. Colour, weight and borders say something; whatever could lay a text over the page, or load something, does
//! not.

/// The properties that are kept; those that begin with one of the others and a hyphen are too.
const PROPERTIES: &[&str] = &[
    "background-color",
    "border",
    "border-collapse",
    "color",
    "font-style",
    "font-weight",
    "max-width",
    "padding",
    "text-align",
    "text-decoration",
    "vertical-align",
    "width",
];
const BEGINNINGS: &[&str] = &["border-", "padding-"];

/// A style with only what is kept.
pub(super) fn kept(style: &str) -> String {
    let declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let kept =
        declarations.map(|(property, value)| (property.trim().to_ascii_lowercase(), value.trim())).filter(|(property, value)| {
            let is_kept = PROPERTIES.contains(&property.as_str()) || BEGINNINGS.iter().any(|begin| property.starts_with(begin));
            is_kept && is_plain(value) && !property.contains("image")
        });
    kept.map(|(property, value)| format!("{property}:{value}")).collect::<Vec<_>>().join(";")
}

/// Whether a value is words, numbers and colours. Escapes could spell anything, and functions could load something.
fn is_plain(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_sign = |letter: char| letter.is_ascii_alphanumeric() || " #%.,-!()".contains(letter);
    let functions =
        lower.match_indices('(').map(|(at, _)| lower[..at].rsplit(|letter: char| !letter.is_ascii_alphanumeric()).next());
    value.chars().all(is_sign) && functions.into_iter().all(|name| matches!(name, Some("rgb" | "rgba" | "hsl" | "hsla")))
}

/// Whether a style hides what it is of.
pub(super) fn is_hidden(style: &str) -> bool {
    let squeezed: String = style.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_lowercase();
    squeezed.split(';').any(|declaration| {
        matches!(declaration.trim_end_matches("!important"), "display:none" | "visibility:hidden" | "mso-hide:all")
    })
}
