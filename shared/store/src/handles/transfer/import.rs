//! Reading a project back. Each item is put on the condition that nothing is there, so an import that was interrupted begins anew
//! and meets what it has put already. What would let somebody in comes in one transaction at the end: the project with its
//! tokens, and its addresses.

use std::{io::BufRead, ops::RangeInclusive};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{ProjectId, TicketId, Timestamp, calendar::zone_release, folding, project::Project};
use lambdesk_runtime::crypto::{Running, new_token, secret, sha256_hex};

use super::{
    End, Exported, FORMAT, First, Header, Imported, Last, Transfer, TransferError,
    fate::{Fate, fate, is_of},
    line,
};
use crate::{
    Credential,
    items::{
        self,
        account::{read_user, write_credential, write_user},
        mailbox, project,
    },
    room::timer,
    transport::{
        format,
        item::Item,
        keys::{self, Key},
        write::{Rejection, Write},
    },
    upkeep::{renewal, rollout, stream::restored, zones},
};

/// How many lines are read before they are put, and how many items are put at a time.
const LINES: usize = 200;
const AT_ONCE: usize = 16;
/// The ids that projects have. A desk counts them, and has to be able to count on.
const PROJECTS: RangeInclusive<u32> = 1..=1_000_000_000;
/// How the last line begins. No item begins so: its first attribute is its key.
const LAST_LINE: &str = "{\"end\":";

/// What is known of a file while it is read.
struct Reading<'a> {
    read: &'a mut dyn BufRead,
    line: u64,
    project: ProjectId,
    done: Exported,
    /// Of the items' lines so far.
    digest: Running,
    /// The project's own partition and the memberships of its users, which come last.
    own: Vec<Item>,
    /// What the clock is to do in the project, once it is there.
    notes: Vec<Item>,
    /// The timers of the tickets, which come behind all tickets: until the project is there, a timer that is due can't ring.
    timers: Vec<(TicketId, Timestamp, u64)>,
}

/// What the next lines are.
struct Part {
    items: Vec<Item>,
    ended: bool,
}

impl<'a> Reading<'a> {
    fn new(read: &'a mut dyn BufRead) -> Self {
        Self {
            read,
            line: 0,
            project: ProjectId(0),
            done: Exported::default(),
            digest: Running::default(),
            own: Vec::new(),
            notes: Vec::new(),
            timers: Vec::new(),
        }
    }

    fn next_line(&mut self) -> Result<Option<String>, TransferError> {
        let mut text = Vec::new();
        self.read.read_until(b'\n', &mut text)?;
        // A line that was cut off has no end.
        if text.last() != Some(&b'\n') {
            return Ok(None);
        }
        self.line += 1;
        String::from_utf8(text).map(Some).map_err(|_| self.wrong("it is no text"))
    }

    fn wrong(&self, why: impl Into<String>) -> TransferError {
        TransferError::Line(self.line, why.into())
    }

    fn header(&mut self) -> Result<Header, TransferError> {
        if self.read.fill_buf()?.is_empty() {
            return Err(TransferError::NoFile);
        }
        let text = self.next_line()?.ok_or(TransferError::CutOff(0))?;
        let first: First = serde_json::from_str(&text).map_err(|_| self.wrong("a file of an export begins with its header"))?;
        let header = first.lambdesk;
        if header.format != FORMAT || header.items > format::NEWEST {
            return Err(self.wrong(format!("version {} wrote this file, and this version can't read it yet", header.version)));
        }
        if !PROJECTS.contains(&header.project.0) {
            return Err(self.wrong(format!("no desk has a project {}", header.project)));
        }
        self.project = header.project;
        Ok(header)
    }

    /// The next lines, up to the last one.
    fn part(&mut self) -> Result<Part, TransferError> {
        let mut items = Vec::with_capacity(LINES);
        while items.len() < LINES {
            let text = self.next_line()?.ok_or(TransferError::CutOff(self.line))?;
            if text.starts_with(LAST_LINE) {
                self.compare(&text)?;
                return Ok(Part { items, ended: true });
            }
            self.digest.add(text.as_bytes());
            let item = line::read(&text).ok_or_else(|| self.wrong("it is no item"))?;
            items.extend(self.take(item)?);
        }
        Ok(Part { items, ended: false })
    }

    /// Compares what the last line says with what came before it.
    fn compare(&mut self, last: &str) -> Result<(), TransferError> {
        let Last { end: End { items, tickets, sha256 } } =
            serde_json::from_str(last).map_err(|_| self.wrong("it is no last line"))?;
        if (items, tickets) != (self.done.items, self.done.tickets) || sha256 != self.digest.hex() {
            return Err(self.wrong("lines are missing before it, are there twice, or were changed"));
        }
        if self.read.fill_buf()?.is_empty() { Ok(()) } else { Err(self.wrong("something stands behind it, the last line")) }
    }

    /// The item to be put now, if it is not for the end.
    fn take(&mut self, item: Item) -> Result<Option<Item>, TransferError> {
        let key = Key::of(&item).ok_or_else(|| self.wrong("it is an item without a key"))?;
        if fate(&key) != Some(Fate::Kept) || !is_of(&key, self.project) {
            return Err(self.wrong(format!("the item {} {} is none of this project that goes along", key.pk, key.sk)));
        }
        self.done.items += 1;
        let item = format::upgraded(item)?;
        if keys::ticket_of(&key.pk, &key.sk).is_some() {
            self.done.tickets += 1;
            let ticket = items::ticket::read(&item)?.into_ticket();
            self.timers.extend(ticket.wake_at.map(|at| (ticket.id, at, ticket.version)));
        }
        let for_later = match key.pk.as_str() {
            keys::ROLLOUTS | keys::HAND_OVERS => Some(&mut self.notes),
            pk if pk == keys::project(self.project).pk => Some(&mut self.own),
            // Before all users are there, nobody becomes a member.
            pk if pk.starts_with("U#") && key.sk.starts_with(keys::MEMBERSHIPS) => Some(&mut self.own),
            _ => None,
        };
        if let Some(for_later) = for_later {
            for_later.push(item);
            return Ok(None);
        }
        Ok(Some(if keys::ticket_of_partition(&key.pk).is_some() { restored(item) } else { item }))
    }
}

impl Transfer {
    /// Makes a project from a file. Nothing is published, and no workflow runs. `tell` hears how many items are there so far.
    pub async fn import(&self, read: &mut dyn BufRead, tell: &mut dyn FnMut(u64)) -> Result<Imported, TransferError> {
        let mut reading = Reading::new(read);
        let header = reading.header()?;
        let project = header.project;
        if self.0.get(&keys::project(project)).await?.is_some() {
            return Err(TransferError::HasProject(project));
        }
        let mut is_first = true;
        loop {
            let part = reading.part()?;
            if std::mem::take(&mut is_first) {
                // Nobody else gets this id meanwhile.
                self.0.founding().seed_project_counter(project).await?;
            }
            self.put_all(part.items).await?;
            tell(reading.done.items);
            if part.ended {
                break;
            }
        }
        let missing = reading.wrong("the project itself is missing before it");
        let Reading { own, notes, timers, done, .. } = reading;
        let is = |item: &Item, key: Key| Key::of(item) == Some(key);
        let (of_project, own): (Vec<_>, Vec<_>) = own.into_iter().partition(|item| is(item, keys::project(project)));
        let (of_mail, own): (Vec<_>, Vec<_>) = own.into_iter().partition(|item| is(item, keys::mailbox(project)));
        let of_project = of_project.into_iter().next().ok_or(missing)?;
        self.put_all(own).await?;
        for chunk in timers.chunks(LINES) {
            let put = |(ticket, at, version): &(_, _, _)| Write::put(timer::item(project, *ticket, *at, *version));
            let puts = chunk.iter().map(|timer| self.0.commit(vec![put(timer)]));
            let puts = stream::iter(puts.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect::<()>();
            puts.await.map_err(|rejection| rejection.into_error("a timer"))?;
        }
        let project = self.open(&header, of_project, of_mail.into_iter().next(), notes).await?;
        Ok(Imported { project, items: done.items, tickets: done.tickets })
    }

    async fn put_all(&self, items: Vec<Item>) -> Result<(), TransferError> {
        let puts = items.into_iter().map(|item| self.put(item));
        stream::iter(puts.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Puts an item where there is none. The same item is what an interrupted import has put.
    async fn put(&self, item: Item) -> Result<(), TransferError> {
        let Some(Key { pk, sk }) = Key::of(&item) else { return Ok(()) };
        if pk.starts_with("U#") && sk == keys::LAST {
            return self.put_user(Key { pk, sk }, item).await;
        }
        match self.0.commit(vec![Write::put(item.clone()).if_absent()]).await {
            Ok(()) => Ok(()),
            Err(Rejection::Store(error)) => Err(error.into()),
            Err(Rejection::Conditions(failed)) => {
                let met = failed.into_iter().find_map(|(_, met)| met).unwrap_or_default();
                let same = sk == "PREFERENCES" || met == item;
                if same { Ok(()) } else { Err(TransferError::Occupied(format!("{pk} {sk}"))) }
            }
        }
    }

    /// Puts a user and the entry of their address, both or neither: an address opens the account that it names. Somebody who is
    /// in another project of this desk already is the same user, with the same address.
    async fn put_user(&self, key: Key, item: Item) -> Result<(), TransferError> {
        let user = read_user(&item)?;
        let address = keys::email(&user.email);
        if key != keys::user(user.id) {
            return Err(TransferError::Occupied(format!("{} {}, which is of another user", key.pk, key.sk)));
        }
        let writes = vec![Write::put(write_user(&address, &user)).if_absent(), Write::put(item).if_absent()];
        match self.0.commit(writes).await {
            Ok(()) => return Ok(()),
            Err(Rejection::Store(error)) => return Err(error.into()),
            Err(Rejection::Conditions(_)) => {}
        }
        let known = async |key: &Key| self.0.get(key).await?.as_ref().map(read_user).transpose();
        let (of_id, of_address) = (known(&key).await?, known(&address).await?);
        if of_address.is_none_or(|met| met.id != user.id) {
            return Err(TransferError::Occupied(format!("the user {}", user.email)));
        }
        if of_id.is_some_and(|met| met.email == user.email) {
            Ok(())
        } else {
            Err(TransferError::Occupied(format!("{} {}", key.pk, key.sk)))
        }
    }

    /// The last write: from here on the project is there.
    async fn open(
        &self,
        header: &Header,
        mut of_project: Item,
        of_mail: Option<Item>,
        mut notes: Vec<Item>,
    ) -> Result<Project, TransferError> {
        let id = header.project;
        for (name, token) in [("api_token", "phc_"), ("widget_token", "wgt_"), ("secret", "phs_"), ("cursor_key", "")] {
            of_project.entry(name.to_owned()).or_insert_with(|| AttributeValue::S(new_token(token)));
        }
        let made = project::read(&of_project)?;
        let mut writes = vec![Write::put(of_project).if_absent()];
        if let Some(mut item) = of_mail {
            item.entry("keys".to_owned()).or_insert_with(|| AttributeValue::B(Blob::new(secret())));
            let addresses = mailbox::read(&item)?.addresses;
            let keys = addresses.iter().flat_map(mailbox::owned);
            writes.extend(keys.map(|key| Write::put(mailbox::write_owner(&key, id)).if_absent()));
            writes.push(Write::put(item).if_absent());
        }
        let secrets = [Some(&made.secret_api_token), made.secret_api_token_backup.as_ref()];
        let tokens = [(&made.api_token, Credential::ProjectToken(id)), (&made.widget_public_token, Credential::WidgetToken(id))];
        let tokens = tokens.into_iter().chain(secrets.into_iter().flatten().map(|secret| (secret, Credential::Secret(id))));
        writes.extend(tokens.map(|(token, of)| Write::put(write_credential(&sha256_hex(token.as_bytes()), &of)).if_absent()));
        // What the desk does by itself after a change of its rules, it does of this project too.
        let now = self.0.now();
        if header.zones.as_deref() != Some(zone_release()) {
            notes.retain(|note| Key::of(note) != Some(keys::rollout(id)));
            notes.push(rollout::begin(id, now));
        }
        writes.extend(notes.into_iter().map(Write::put));
        writes.extend((made.folding < folding::VERSION).then(|| Write::put(renewal::begin(id, now))));
        let first = Write::put(zones::begin()).if_absent();
        if let Err(Rejection::Store(error)) = self.0.commit(vec![first]).await {
            return Err(error.into());
        }
        match self.0.commit(writes).await {
            Ok(()) => Ok(made),
            Err(Rejection::Conditions(_)) => Err(TransferError::Occupied(
                "the project, or has one of its tokens or e-mail addresses in another project".to_owned(),
            )),
            Err(Rejection::Store(error)) => Err(error.into()),
        }
    }
}
