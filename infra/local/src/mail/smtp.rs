//! A listener that speaks as much SMTP (RFC 5321) as a mail program needs that sends here.

use std::{io, net::SocketAddr, time::Duration};

use lambdesk_mail::address::Address;
use smtp_proto::{
    EXT_8BIT_MIME, EXT_PIPELINING, EXT_SIZE, EhloResponse, Error, Request,
    request::receiver::{DataReceiver, RequestReceiver},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::{LARGEST, Sent, Service, Verdicts};

/// The most recipients of a mail.
const RECIPIENTS: usize = 100;
/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_mins(1);

/// Listens until the desk stops.
pub(crate) fn listen(listener: TcpListener, service: Service, mut stopped: watch::Receiver<bool>) -> io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.wait_for(|stop| *stop) => return,
            };
            if let Ok((stream, _)) = accepted {
                let service = service.clone();
                tokio::spawn(async move {
                    if let Err(error) = (Session { stream, service, from: None, to: Vec::new() }).run().await {
                        tracing::debug!(%error, "a sender of mail is gone");
                    }
                });
            }
        }
    });
    Ok(address)
}

/// One client's connection.
struct Session {
    stream: TcpStream,
    service: Service,
    /// The sender of the mail that is under way.
    from: Option<String>,
    to: Vec<String>,
}

/// What follows a request.
enum Next {
    Request,
    Data,
    End,
}

impl Session {
    async fn run(mut self) -> io::Result<()> {
        self.say(&format!("220 {} ESMTP", self.service.domain())).await?;
        let (mut requests, mut pending) = (RequestReceiver::default(), Vec::new());
        loop {
            // A client may send several requests at once.
            let mut bytes = pending.iter();
            let request = requests.ingest(&mut bytes).map(Request::into_owned);
            let left = bytes.as_slice().to_vec();
            let next = match request {
                Ok(request) => self.answer(request).await?,
                Err(Error::NeedsMoreData { .. }) => {
                    pending.clear();
                    if !self.read(&mut pending).await? {
                        return Ok(());
                    }
                    continue;
                }
                Err(Error::ResponseTooLong) => {
                    self.say("500 5.5.2 The line is too long").await?;
                    Next::End
                }
                Err(Error::InvalidRecipientAddress | Error::InvalidSenderAddress) => {
                    self.say("553 5.1.3 This is no address").await?;
                    Next::Request
                }
                Err(_) => {
                    self.say("500 5.5.1 This is not understood").await?;
                    Next::Request
                }
            };
            pending = match next {
                Next::Request => left,
                Next::Data => match self.data(left).await? {
                    Some(left) => left,
                    None => return Ok(()),
                },
                Next::End => return Ok(()),
            };
        }
    }

    async fn answer(&mut self, request: Request<String>) -> io::Result<Next> {
        match request {
            Request::Ehlo { .. } => {
                let mut hello = EhloResponse::new(self.service.domain());
                hello.capabilities = EXT_8BIT_MIME | EXT_PIPELINING | EXT_SIZE;
                hello.size = LARGEST;
                let mut text = Vec::new();
                hello.write(&mut text)?;
                self.stream.write_all(&text).await?;
            }
            Request::Helo { .. } => self.say(&format!("250 {}", self.service.domain())).await?,
            Request::Mail { from } if from.size > LARGEST => self.say("552 5.3.4 The mail is too large").await?,
            Request::Mail { from } => {
                self.to.clear();
                self.from = Some(from.address);
                self.say("250 2.1.0 Go on").await?;
            }
            Request::Rcpt { .. } if self.from.is_none() => self.say("503 5.5.1 Who sends it?").await?,
            Request::Rcpt { to } => {
                let reply = self.recipient(to.address);
                self.say(reply).await?;
            }
            Request::Data if self.to.is_empty() => self.say("503 5.5.1 Whom is it for?").await?,
            Request::Data => {
                self.say("354 Go on, and end with a dot").await?;
                return Ok(Next::Data);
            }
            Request::Rset => {
                (self.from, self.to) = (None, Vec::new());
                self.say("250 2.0.0 Begin anew").await?;
            }
            Request::Noop { .. } => self.say("250 2.0.0 Well").await?,
            Request::Quit => {
                self.say("221 2.0.0 Goodbye").await?;
                return Ok(Next::End);
            }
            _ => self.say("502 5.5.1 This is not understood here").await?,
        }
        Ok(Next::Request)
    }

    fn recipient(&mut self, address: String) -> &'static str {
        let is_own = Address::read(&address).is_some_and(|address| address.domain().eq_ignore_ascii_case(self.service.domain()));
        if !is_own {
            return "550 5.1.1 Nobody of that domain is here";
        }
        if self.to.len() >= RECIPIENTS {
            return "452 4.5.3 These are too many";
        }
        self.to.push(address);
        "250 2.1.5 Go on"
    }

    /// Reads a mail, and takes it. Returns what came behind it; `None` if the client is gone.
    async fn data(&mut self, mut pending: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        let (mut receiver, mut raw, mut is_too_large) = (DataReceiver::new(), Vec::new(), false);
        loop {
            let mut bytes = pending.iter();
            let is_whole = receiver.ingest(&mut bytes, &mut raw);
            let left = bytes.as_slice().to_vec();
            if raw.len() > LARGEST {
                is_too_large = true;
                raw.clear();
            }
            if is_whole {
                pending = left;
                break;
            }
            pending.clear();
            if !self.read(&mut pending).await? {
                return Ok(None);
            }
        }
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        if is_too_large {
            self.say("552 5.3.4 The mail is too large").await?;
            return Ok(Some(pending));
        }
        match self.service.take(Sent { from, to, raw, verdicts: Verdicts::default() }).await {
            Ok(id) => self.say(&format!("250 2.0.0 Taken as {id}")).await?,
            Err(error) => {
                tracing::error!(%error, "a mail was not taken in");
                self.say("451 4.3.0 It could not be taken in").await?;
            }
        }
        Ok(Some(pending))
    }

    /// Reads what comes next; false at the end.
    async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(into)).await;
        Ok(read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? > 0)
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await
    }
}
