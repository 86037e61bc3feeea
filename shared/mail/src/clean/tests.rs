use super::*;

fn clean(html: &str) -> Clean {
    Page::read(html).clean(&Pictures::default())
}

#[test]
fn elements_that_a_text_needs_stay() {
    for html in [
        "<p>one <b>two</b> <i>three</i></p><p>four</p>",
        "<ul><li>one</li><li>two</li></ul>",
        "<ol start=\"3\"><li>one</li></ol>",
        "<table><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table>",
        "<blockquote>quoted</blockquote>",
        "a<br>b<hr>c",
        "5 &lt; 6 &amp; 7",
        "<span style=\"color:#c00;font-weight:bold\">red</span>",
    ] {
        assert_eq!(clean(html).html, html);
    }
}

#[test]
fn what_is_left_open_is_closed() {
    assert_eq!(clean("<p>one<p>two<ul><li>a<li>b").html, "<p>one</p><p>two</p><ul><li>a</li><li>b</li></ul>");
    assert_eq!(clean("<b>one</i></b></div>two</p>").html, "<b>one</b>two");
    assert_eq!(clean("a < b <3 <- c <").html, "a &lt; b &lt;3 &lt;- c &lt;");
}

#[test]
fn what_hides_is_left_out() {
    for html in [
        "<div style=\"display:none\">for previews</div>seen",
        "<span hidden>for previews</span>seen",
        "<p style=\"color:red; MSO-hide: all\">for previews</p>seen",
        "<!-- for previews -->seen",
        "<style>for previews</style>seen",
        "<title>for previews</title>seen",
    ] {
        assert_eq!(clean(html).text(), "seen", "{html}");
    }
}

#[test]
fn styles_load_and_cover_nothing() {
    for style in [
        "position:fixed",
        "background:url(x)",
        "border-image:url(x)",
        "color:expression(x)",
        "color:\\72 ed",
        "width:calc(1px)",
        "z-index:9",
        "color:red/**/",
    ] {
        assert_eq!(style::kept(style), "", "{style}");
    }
    assert_eq!(style::kept("Color: RGB(1, 2, 3) ; position:fixed;padding-left:1ex"), "color:RGB(1, 2, 3);padding-left:1ex");
}

#[test]
fn text_has_the_lines_of_the_page() {
    for (html, text) in [
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("  a \n b&nbsp; c ", "a b c"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("x<blockquote>a<br>b<blockquote>c</blockquote></blockquote>y", "x\n\n> a\n> b\n>\n>> c\n\ny"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<a href=\"https://example.com/\">example.com</a>", "example.com"),
        ("<a href=\"https://example.com/a\">here</a>", "here (https://example.com/a)"),
        ("<a href=\"#top\">here</a>", "here"),
        ("a<hr>b", "a\n\n---\n\nb"),
    ] {
        assert_eq!(clean(html).text(), text, "{html}");
    }
}

#[test]
fn rich_content_is_what_the_inbox_knows() {
    let rich = |html: &str| clean(html).rich();
    assert_eq!(rich("<p>plain</p><div>text</div>"), None, "the text says it all");
    assert_eq!(
        rich("<p>a <b>b<i>c</i></b> <a href=\"https://example.com\">d</a><br>e</p>"),
        Some(serde_json::json!({"type": "doc", "content": [{"type": "paragraph", "content": [
            {"type": "text", "text": "a"},
            {"type": "text", "text": " b", "marks": [{"type": "bold"}]},
            {"type": "text", "text": "c", "marks": [{"type": "bold"}, {"type": "italic"}]},
            {"type": "text", "text": " d", "marks": [{"type": "link", "attrs": {"href": "https://example.com"}}]},
            {"type": "hardBreak"},
            {"type": "text", "text": "e"},
        ]}]}))
    );
    let quote = rich("<blockquote><h2>a</h2><ul><li>b<ol start=4><li>c</ol></ul></blockquote>").unwrap();
    assert_eq!(quote["content"][0]["content"][0]["attrs"]["level"], 2);
    assert_eq!(quote["content"][0]["content"][1]["content"][0]["content"][1]["attrs"]["start"], 4);
    assert_eq!(rich(&format!("<p>{}</p>", "<b>x</b>y".repeat(5_000))), None, "more than a message may have");
}

#[test]
fn browsers_have_nothing_to_begin_again() {
    let style = "style=\"color:#112233\"";
    let bold = (0..90).map(|number| format!("<b {style} dir=\"{number}\">")).collect::<Vec<_>>().concat();
    for (begin, piece) in [
        ("<table>", "<td>x</td>y"),
        ("<table><tr>", "<td>x</td>y"),
        ("<table><tbody>", "<tr><td>x</td></tr>y"),
        ("<table><caption>", "<tr><td>x</td></tr>y"),
        ("<table>", "<table>x</table>y"),
        ("<p>", "<li>x</li>"),
        ("<p>", "<dd>x</dd>"),
        ("<p>", "<td><div>x</div>"),
        ("<p><td>", "<div>x</div>"),
        ("<h3>", "<h1><h2>x</h2></h1>y"),
        ("<a href=\"http://x\">", "<a href=\"http://y\">x</a>y"),
    ] {
        for (html, length) in
            [(format!("{begin}{bold}"), 1_000_000), (format!("{bold}{begin}"), 100_000), (format!("{begin}<i>{bold}"), 100_000)]
        {
            let html = format!("{html}{}", piece.repeat(length / piece.len()));
            let written = clean(&html).html.len();
            assert!(written < 6 * html.len(), "{begin} {piece}: {written}");
        }
    }
}

#[test]
fn what_may_not_stand_in_a_table_gets_a_cell() {
    for (html, shown) in [
        ("<table>a<b>b</b><tr><td>c</table>", "<table><tbody><tr><td>a<b>b</b></td></tr><tr><td>c</td></tr></tbody></table>"),
        ("<table><tr>a<td>b</table>", "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>"),
        ("<table><form><tr><td>a</form></table>", "<table><tbody><tr><td>a</td></tr></tbody></table>"),
        ("<table><td>a<tr><td>b</table>", "<table><tbody><tr><td>a</td></tr><tr><td>b</td></tr></tbody></table>"),
        ("<td>a<div>b</div>", "a<div>b</div>"),
        (
            "<a name=\"x\"><a href=\"mailto:a@b.c\">y</a></a>",
            "<a href=\"mailto:a@b.c\" rel=\"noopener noreferrer nofollow\">y</a>",
        ),
    ] {
        assert_eq!(clean(html).html, shown);
    }
}

#[test]
fn elements_lie_no_deeper_than_a_reader_can_follow() {
    let html = format!("{}x{}", "<div><b><blockquote>".repeat(5_000), "</div>".repeat(10));
    let deep = clean(&html);
    assert!(deep.text().ends_with('x'));
    assert!(deep.html.matches("<blockquote>").count() <= 100);
    assert!(deep.rich().unwrap().to_string().matches("blockquote").count() <= 8);
}
