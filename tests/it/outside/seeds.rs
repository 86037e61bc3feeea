//! Texts to begin with, for each reader. What a search has found is kept here too.

use std::{fs, path::Path};

use lambdesk_domain::capture::gzip;

fn texts(kept: &[&str]) -> Vec<Vec<u8>> {
    kept.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The mails that the tests of e-mail keep.
pub(super) fn mails() -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/mail/tests/mails");
    let mut files: Vec<_> = fs::read_dir(directory).expect("mails").map(|entry| entry.expect("a mail").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    files.sort();
    files.iter().map(|path| fs::read(path).expect("a mail")).collect()
}

pub(super) fn pages() -> Vec<Vec<u8>> {
    texts(&[
        "<p>See <a href=\"https://example.com/7?a=b&amp;c\">order 7</a>.</p><script>alert(1)</script><img src=cid:1>",
        "<div class=gmail_quote>On Monday <a@b.c> wrote:<blockquote type=cite><p>old</p></blockquote></div>",
        "<table><tr><td>a<td>b</table><style>p{}</style><svg><math><mtext><textarea></svg>",
        "<ul><li>one<ol><li>two</ol></ul><pre> x\n  y</pre>&lt;&#x1F600;&nbsp;",
    ])
}

pub(super) fn addresses() -> Vec<Vec<u8>> {
    texts(&[
        "ada@example.com",
        "\"a b\"@example.com",
        "reply+aaaaaaaa@desk.test",
        "ädä@exämple.com",
        "a@[127.0.0.1]",
        "@",
        "a@b@c",
    ])
}

pub(super) fn tokens() -> Vec<Vec<u8>> {
    texts(&[
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "reply+abcdefghijklmnopqrstuvwxyz234567abcdefghijklm",
        "AAAA",
        "=",
        "",
    ])
}

pub(super) fn captured() -> Vec<Vec<u8>> {
    let plain = [
        r#"{"api_key":"phc_local","sent_at":"2026-03-02T10:00:00Z","batch":[{"event":"$pageview","properties":{"$session_id":"s1","distinct_id":"d","$current_url":"https://a.example/x?y"}}]}"#,
        r#"[{"event":"$exception","properties":{"token":"phc_local","$session_id":"s1","$exception_list":[{"type":"E","value":"v","stacktrace":{"frames":[{"filename":"a.js","lineno":1,"colno":2}]}}]}}]"#,
        r#"[{"event":"$snapshot","properties":{"token":"phc_local","$session_id":"s1","$window_id":"w","$snapshot_bytes":9,"$snapshot_data":[{"type":3,"timestamp":1772445600000,"data":{"source":2}}]}}]"#,
        "data=eyJldmVudCI6IngiLCJwcm9wZXJ0aWVzIjp7fX0%3D",
        r#"{"event":"x","properties":{"a":"\ud83d\ude00","b":[[[[[[]]]]]]},"offset":-5,"timestamp":"x"}"#,
    ];
    let mut kept = texts(&plain);
    kept.push(gzip::zip(plain[0].as_bytes()));
    kept
}

pub(super) fn maps() -> Vec<Vec<u8>> {
    let plain = [
        r#"{"version":3,"sources":["a.ts","../b.ts"],"names":["f"],"mappings":"AAAA,CAAC;;ACAD","sourcesContent":["x",null]}"#,
        r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":{"version":3,"sources":[],"names":[],"mappings":""}}]}"#,
        r#")]}'{"version":3,"sourceRoot":"/r","sources":[null],"names":[],"mappings":"gggggggggggB"}"#,
    ];
    let mut kept = texts(&plain);
    kept.push(gzip::zip(plain[0].as_bytes()));
    kept
}

pub(super) fn templates() -> Vec<Vec<u8>> {
    texts(&[
        "{variables.ticket.tags}",
        "a {event.properties.message_content} b {variables.ticket.anonymous_traits.name}",
        "{{literal}} {",
        "Hello {{customer.name | there}} {{ticket_number}} {{x",
    ])
}

pub(super) fn objects() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"trigger":{"event":"$conversation_message_received","filters":[{"property":"event.properties.message_content","operator":"contains","value":"x"}]},"steps":[{"action":"update_ticket","inputs":{"status":"open","tags":["{variables.ticket.tags}"],"assignee":{"type":"role","name":"r"}}},{"branches":[{"when":{"all":[{"property":"variables.ticket.priority","operator":"is_set"}]},"steps":[{"action":"get_ticket"}]}]}]}"#,
        r#"{"policies":[{"name":"p","conditions":{"traits":{"plan":"x"},"tags":["t"],"priority":["high"]},"targets":{"first_response":{"amount":8,"unit":"hour"}},"business_hours":{"timezone":"Europe/Berlin","days":{"monday":[["09:00","17:00"]]},"holidays":["2026-12-25"]}}],"paused_by":["pending"]}"#,
        r#"{"status":["open"],"tags":["a"],"assignee":["me",{"type":"user","id":1}],"sorting":{"columnKey":"x","order":1},"search":"s","dateFrom":"-7d"}"#,
    ])
}

pub(super) fn dates() -> Vec<Vec<u8>> {
    texts(&[
        "2026-03-02T10:00:00.123456Z",
        "2026-03-02T10:00:00+01:00",
        "2026-03-02",
        "-7d",
        "all",
        "20260302T100000Z",
        "2026-02-29T24:00:60-00:00",
        "+10000-01-01T00:00:00Z",
    ])
}

pub(super) fn holidays() -> Vec<Vec<u8>> {
    texts(&[
        "2026-12-25\n2026-12-26 Boxing Day\n# x\n",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christmas\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEXDATE;VALUE=DATE:20271225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Europe/Berlin:20260501T000000\nDURATION:P1D\nSTATUS:CANCELLED\nEND:VEVENT",
    ])
}

pub(super) fn searches() -> Vec<Vec<u8>> {
    texts(&["ada lovelace", "#12", "\"a b\" c@d.e", "Łukasz 山田 김민수 e\u{301}", "\u{200b}", "a1-b2_c3"])
}

pub(super) fn queries() -> Vec<Vec<u8>> {
    texts(&[
        "status=new,open&tags=%5B%22a%22%5D&search=x&limit=10&offset=5&order_by=-updated_at",
        "cursor=1~1700000000000000%2300000000-0000-0000-0000-000000000007&date_from=-7d&date_to=2026-03-02",
        "assignee=user:1&distinct_ids=a,b&sla=breached&snoozed=true&channel_source=widget&view=abcdefgh",
        "widget_session_id=01890000-0000-7000-8000-000000000001&after=2026-03-02T10:00:00Z&limit=50&_=1",
        "a&=&&b=%ff&%00=%c3%28&status[]=x&status=%F0%9F%98%80",
    ])
}

pub(super) fn smtp() -> Vec<Vec<u8>> {
    texts(&[
        "EHLO x\r\nMAIL FROM:<a@b.c> SIZE=10\r\nRCPT TO:<demo@desk.test>\r\nDATA\r\nSubject: x\r\n\r\nhello\r\n..\r\n.\r\nQUIT\r\n",
        "HELO x\r\nNOOP\r\nRSET\r\nVRFY a\r\nHELP\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nBDAT 5 LAST\r\nhello\r\nQUIT\r\n",
        "EHLO [127.0.0.1]\r\nAUTH PLAIN AAAA\r\nSTARTTLS\r\nRCPT TO:<x>\r\nDATA\r\nQUIT\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
}
