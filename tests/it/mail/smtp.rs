//! The listener on this machine, as a mail program talks to it.

use lambdesk_local::Options;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{MailDesk, mail};
use crate::support::{Desk, desk_with};

struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn of(desk: &MailDesk) -> Self {
        let mut client = Self { stream: BufReader::new(TcpStream::connect(desk.desk.running.smtp.unwrap()).await.unwrap()) };
        assert!(client.reply().await.starts_with("220"));
        client
    }

    /// The last line of a reply.
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn say(&mut self, line: &str) -> String {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }
}

async fn smtp_desk() -> MailDesk {
    MailDesk { desk: desk_with(Options { smtp: Some(0), ..Options::default() }).await }
}

#[tokio::test]
async fn seeded_projects_begin_with_an_address() {
    let data = tempfile::tempdir().unwrap();
    let start = || desk_with(Options { smtp: Some(0), data: Some(data.path().to_owned()), ..Options::default() });
    let call = async |desk: &Desk, method: Method, path: &str, key: &str| {
        let path = format!("/api/projects/{path}");
        desk.http.call(method, &path, &[("authorization", &format!("Bearer {key}"))], Value::Null).await
    };
    let (one, two) = ("1/conversations/email/addresses/", "2/conversations/email/addresses/");
    let mut desk = start().await;
    let listed = call(&desk, Method::GET, one, "phx_local").await.expect(200).json["results"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["address"]), (1, &json!("demo@desk.test")));
    let listed = call(&desk, Method::GET, two, "phx_other").await.expect(200).json["results"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["address"]), (1, &json!("other@desk.test")));

    // Whoever has removed it does not want it back.
    let path = format!("{two}{}/", listed[0]["id"].as_str().unwrap());
    call(&desk, Method::DELETE, &path, "phx_other").await.expect(204);
    desk.stop().await;
    desk = start().await;
    assert_eq!(call(&desk, Method::GET, two, "phx_other").await.json["results"], json!([]));
    assert_eq!(call(&desk, Method::GET, one, "phx_local").await.json["results"][0]["address"], "demo@desk.test");
}

#[tokio::test]
async fn a_mail_program_sends_here() {
    let desk = smtp_desk().await;
    let mut client = Client::of(&desk).await;
    assert!(client.say("EHLO here").await.starts_with("250"));
    for refused in ["RCPT TO:<demo@desk.test>", "DATA", "STARTTLS", "nonsense"] {
        assert!(client.say(refused).await.starts_with('5'), "{refused}");
    }
    assert!(client.say("MAIL FROM:<ada@example.com> SIZE=99000000").await.starts_with("552"));
    assert!(client.say("MAIL FROM:<ada@example.com> BODY=8BITMIME").await.starts_with("250"));
    assert!(client.say("RCPT TO:<bob@example.com>").await.starts_with("550"));
    assert!(client.say("RCPT TO:<demo@desk.test>").await.starts_with("250"));
    assert!(client.say("DATA").await.starts_with("354"));
    // A line that begins with a dot has two of them on its way.
    let raw = String::from_utf8(mail("a1", "first\n..second").raw()).unwrap();
    let taken = client.say(&format!("{raw}.")).await;
    assert!(taken.starts_with("250"), "{taken}");
    let noted = desk.noted(&json!(taken.rsplit(' ').next().unwrap())).await;
    assert_eq!(noted["state"], "opened");
    assert_eq!(desk.last(&noted["ticket"]).await["content"], "first\n.second");
    assert!(client.say("RSET").await.starts_with("250"));
    assert!(client.say("QUIT").await.starts_with("221"));
}

#[tokio::test]
async fn requests_may_come_at_once_and_in_pieces() {
    let desk = smtp_desk().await;
    let mut client = Client::of(&desk).await;
    let raw = String::from_utf8(mail("a1", "hello").raw()).unwrap();
    let all = format!("HELO here\r\nMAIL FROM:<>\r\nRCPT TO:<demo@desk.test>\r\nDATA\r\n{raw}.\r\nNOOP\r\nQUIT\r\n");
    for piece in all.as_bytes().chunks(7) {
        client.stream.get_mut().write_all(piece).await.unwrap();
        client.stream.get_mut().flush().await.unwrap();
    }
    for code in ["250", "250", "250", "354", "250", "250", "221"] {
        assert!(client.reply().await.starts_with(code), "{code}");
    }
    assert_eq!(desk.inbound("").await[0]["reason"], "bounce", "the envelope has no sender");
}

#[tokio::test]
async fn a_mail_has_at_most_a_hundred_recipients() {
    let desk = smtp_desk().await;
    let mut client = Client::of(&desk).await;
    client.say("HELO here").await;
    client.say("MAIL FROM:<ada@example.com>").await;
    for place in 0..100 {
        assert!(client.say(&format!("RCPT TO:<desk-{place}@desk.test>")).await.starts_with("250"), "{place}");
    }
    assert!(client.say("RCPT TO:<demo@desk.test>").await.starts_with("452"));
}
