//! Writing a project. Nothing is locked meanwhile: each ticket is as it is at one moment, and the project's own partition comes
//! last, so that no ticket has a number beyond the counter. The memory that it takes does not grow with the tickets, beside
//! sixteen bytes for each person and each mail.

use std::io::Write;

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{ProjectId, Timestamp, UserId};
use lambdesk_runtime::crypto::Running;

use super::{
    End, Exported, FORMAT, First, Header, Last, TakenAlong, Transfer, TransferError,
    fate::{Fate, fate, is_of},
    line,
};
use crate::{
    error::StoreError,
    items::{self, project, ticket::VERSION},
    transport::{
        format,
        item::{Item, Reader},
        key::LAST,
        keys::{self, Digest, Key},
        read::{BATCH, Range},
        schema::{BY_NUMBER, NUMBER},
    },
    upkeep::{stream::RESTORED, zones},
};

/// How many tickets are read at a time.
const AT_ONCE: usize = 16;
/// How often a ticket is read again that was written meanwhile.
const TRIES: usize = 8;
/// What of a project is secret: its tokens, and what signs its cursors.
const SECRETS: [&str; 5] = ["api_token", "widget_token", "secret", "secret_backup", "cursor_key"];
/// The kinds of a project's other partitions that an export reads: tickets, silent addresses, persons, mails, the record of
/// administration, runs.
const PARTITIONS: [&str; 7] = ["T", "B", "D", "E", "I", "L", "W"];
/// What signs the tokens of its mail.
const MAIL_SECRETS: &str = "keys";

/// The file, and what it takes.
struct File<'a> {
    write: &'a mut dyn Write,
    taken: TakenAlong<'a>,
    now: Timestamp,
    done: Exported,
    /// Of the items' lines so far.
    digest: Running,
}

impl File<'_> {
    fn line(&mut self, line: &str) -> Result<(), TransferError> {
        self.write.write_all(line.as_bytes())?;
        Ok(self.write.write_all(b"\n")?)
    }

    /// Writes an item, if it goes along.
    fn put(&mut self, mut item: Item) -> Result<(), TransferError> {
        let key = Key::of(&item).ok_or_else(|| TransferError::UnknownKind("one without a key".to_owned()))?;
        let unknown = || TransferError::UnknownKind(format!("{} {}", key.pk, key.sk));
        if fate(&key).ok_or_else(unknown)? != Fate::Kept || !is_of(&key, self.taken.project) || self.has_ended(&item)? {
            return Ok(());
        }
        item.remove(RESTORED);
        format::stamp(&mut item);
        if !self.taken.secrets {
            drop_secrets(&key, self.taken.project, &mut item);
        }
        self.done.items += 1;
        self.done.tickets += u64::from(keys::ticket_of(&key.pk, &key.sk).is_some());
        let line = line::write(&item).ok_or_else(unknown)?;
        self.digest.add(line.as_bytes());
        self.digest.add(b"\n");
        self.line(&line)
    }

    fn has_ended(&self, item: &Item) -> Result<bool, StoreError> {
        Ok(Reader(item).opt_number("expires_at")?.is_some_and(|end: i64| end <= self.now.seconds()))
    }

    fn put_all(&mut self, items: impl IntoIterator<Item = Item>) -> Result<(), TransferError> {
        items.into_iter().try_for_each(|item| self.put(item))
    }
}

fn drop_secrets(key: &Key, project: ProjectId, item: &mut Item) {
    if *key == keys::project(project) {
        item.retain(|name, _| !SECRETS.contains(&name.as_str()));
    } else if *key == keys::mailbox(project) {
        item.remove(MAIL_SECRETS);
    }
}

impl Transfer {
    /// Writes all of a project to a file. What browsers sent stays where it is.
    pub async fn export(&self, taken: TakenAlong<'_>, write: &mut dyn Write) -> Result<Exported, TransferError> {
        let project = taken.project;
        let of_project = self.0.get(&keys::project(project)).await?.ok_or(TransferError::NoProject(project))?;
        let now = self.0.now();
        let mut file = File { write, taken, now, done: Exported::default(), digest: Running::default() };
        let first = First {
            lambdesk: Header {
                format: FORMAT,
                items: format::NEWEST,
                version: taken.version.to_owned(),
                project,
                name: project::read(&of_project)?.name,
                at: now,
                zones: self.0.get(&keys::zones()).await?.as_ref().map(zones::release).transpose()?,
                secrets: taken.secrets,
            },
        };
        file.line(&json(&first)?)?;
        self.tickets(&mut file).await?;
        self.by_digest(&mut file).await?;
        for partition in [keys::inbound(Some(project)), keys::audits(project)] {
            self.partition(&mut file, &partition, |_| true).await?;
        }
        let own = self.0.query_all(Range::new("PK = :pk").text(":pk", keys::project(project).pk).consistent()).await?;
        self.runs(&mut file, &own).await?;
        self.users(&mut file, &own).await?;
        file.put_all(self.0.get(&keys::rollout(project)).await?)?;
        let range = Range::new("PK = :pk AND begins_with(SK, :of)").text(":pk", keys::HAND_OVERS).consistent();
        file.put_all(self.0.query_all(range.text(":of", format!("{project}#"))).await?)?;
        file.put_all(own)?;
        let Exported { items, tickets } = file.done;
        let sha256 = file.digest.hex();
        file.line(&json(&Last { end: End { items, tickets, sha256 } })?)?;
        file.write.flush()?;
        Ok(file.done)
    }

    async fn tickets(&self, file: &mut File<'_>) -> Result<(), TransferError> {
        let mut after = 0_u64;
        loop {
            let range = Range::new("prj = :project AND num > :after").on(BY_NUMBER);
            let range = range.number(":project", file.taken.project).number(":after", after);
            let found = self.0.query(range.limit(BATCH)).await?;
            for item in &found.items {
                after = after.max(Reader(item).number(NUMBER)?);
            }
            let keys: Vec<_> = found.items.iter().filter_map(Key::of).collect();
            let mut partitions = stream::iter(keys).map(|key| self.ticket(key)).buffered(AT_ONCE);
            while let Some(items) = partitions.try_next().await? {
                file.put_all(items)?;
            }
            if found.next.is_none() {
                return Ok(());
            }
        }
    }

    /// The partition of a ticket, as it is at one moment: a ticket changes its version with each of its rows. The ticket is read
    /// before its rows, and comes behind them once more.
    async fn ticket(&self, key: Key) -> Result<Vec<Item>, StoreError> {
        for _ in 0..TRIES {
            let Some(before) = self.0.get(&key).await? else { return Ok(Vec::new()) };
            let items = self.0.query_all(Range::new("PK = :pk").text(":pk", &key.pk).consistent()).await?;
            let after = items.iter().find(|item| item.get(keys::SK).and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == LAST));
            if after.is_some_and(|after| after.get(VERSION) == before.get(VERSION)) {
                return Ok(items);
            }
        }
        Err(StoreError::Contended("a ticket that is exported"))
    }

    /// Persons, mails and silent addresses, which lie by digests. The keys of the whole table lead to them.
    async fn by_digest(&self, file: &mut File<'_>) -> Result<(), TransferError> {
        let project = file.taken.project;
        let mut all: [(char, Vec<Digest>); 3] = [keys::PERSON, keys::MAIL_ID, keys::SILENCE].map(|letter| (letter, Vec::new()));
        let mut start = None;
        loop {
            let found = self.0.scan_keys(&format!("P#{project}#"), start).await?;
            for key in found.items.iter().filter_map(Key::of) {
                // What goes along has to be read somewhere here.
                let is_read = key.pk.split('#').nth(2).is_some_and(|kind| PARTITIONS.contains(&kind));
                if fate(&key).is_none_or(|fate| fate == Fate::Kept && !is_read) {
                    return Err(TransferError::UnknownKind(format!("{} {}", key.pk, key.sk)));
                }
                for (letter, digests) in &mut all {
                    digests.extend(keys::digest_in(&key.pk, project, *letter));
                }
            }
            match found.next {
                Some(next) => start = Some(next),
                None => break,
            }
        }
        for (letter, mut digests) in all {
            digests.sort_unstable();
            for digests in digests.chunks(BATCH) {
                let mut items = self.0.batch_get(&keys::of_digests(project, letter, digests)).await?;
                items.sort_by_cached_key(|item| Key::of(item).map(|key| key.pk));
                file.put_all(items)?;
            }
        }
        Ok(())
    }

    async fn partition(&self, file: &mut File<'_>, partition: &str, goes: impl Fn(&Item) -> bool) -> Result<(), TransferError> {
        let mut start = None;
        loop {
            let range = Range::new("PK = :pk").text(":pk", partition).from(start).consistent();
            let found = self.0.query(range).await?;
            file.put_all(found.items.into_iter().filter(&goes))?;
            match found.next {
                Some(next) => start = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// The runs of the workflows that have ended. One that waits goes on where it is: its event is in that desk's queue.
    async fn runs(&self, file: &mut File<'_>, own: &[Item]) -> Result<(), TransferError> {
        let workflows = own.iter().filter_map(Key::of).filter_map(|key| key.sk.strip_prefix(keys::WORKFLOWS)?.parse().ok());
        for workflow in workflows {
            let ended = |run: &Item| items::workflow::read_run(run).map_or(true, |run| run.ended.is_some());
            self.partition(file, &keys::runs(file.taken.project, workflow), ended).await?;
        }
        Ok(())
    }

    /// The users of the members, without their keys and sessions.
    async fn users(&self, file: &mut File<'_>, own: &[Item]) -> Result<(), TransferError> {
        let members = own.iter().filter_map(Key::of).filter_map(|key| key.sk.strip_prefix(keys::MEMBERS)?.parse().ok());
        let mut users: Vec<UserId> = members.map(UserId).collect();
        users.sort_unstable();
        for user in users {
            self.partition(file, &keys::user(user).pk, |_| true).await?;
        }
        Ok(())
    }
}

fn json<T: serde::Serialize>(line: &T) -> Result<String, TransferError> {
    serde_json::to_string(line).map_err(|error| TransferError::File(error.into()))
}
