//! Hands outgoing mails on to a real mail server, to try them with a real mail program.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::Outgoing;

/// How long a server may take for a mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands a mail on to the server at `host:port`, by SMTP without encryption.
pub(super) async fn hand_on(server: &str, mail: &Outgoing, raw: &[u8]) -> io::Result<()> {
    tokio::time::timeout(PATIENCE, converse(server, mail, raw)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn converse(server: &str, mail: &Outgoing, raw: &[u8]) -> io::Result<()> {
    let mut stream = BufReader::new(TcpStream::connect(server).await?);
    expect(&mut stream, '2').await?;
    say(&mut stream, "EHLO localhost", '2').await?;
    say(&mut stream, &format!("MAIL FROM:<{}>", mail.from), '2').await?;
    for recipient in &mail.recipients {
        say(&mut stream, &format!("RCPT TO:<{recipient}>"), '2').await?;
    }
    say(&mut stream, "DATA", '3').await?;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            stream.write_all(b".").await?;
        }
        stream.write_all(line).await?;
    }
    if !raw.ends_with(b"\n") {
        stream.write_all(b"\r\n").await?;
    }
    say(&mut stream, ".", '2').await?;
    say(&mut stream, "QUIT", '2').await
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str, answer: char) -> io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    expect(stream, answer).await
}

/// Reads an answer, which may have several lines, and fails if it begins otherwise.
async fn expect(stream: &mut BufReader<TcpStream>, answer: char) -> io::Result<()> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !line.starts_with(answer) {
            return Err(io::Error::other(line.trim().to_owned()));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}
