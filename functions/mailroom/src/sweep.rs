//! Once a day: mails that are kept, and that nobody told the function of, are taken in. And the sums are checked: what was kept is
//! what was noted.

use std::collections::{BTreeMap, BTreeSet};

use lambdesk_bucket::{Object, keys};
use lambdesk_domain::{ProjectId, Timestamp, mail::MailState};
use serde::{Deserialize, Serialize};

use crate::{Failure, LARGEST, Mailroom, arrival::Arrival};

/// A day, in seconds.
const DAY: i64 = 24 * 3600;
/// How long before its mail is kept a mail may have arrived, and how long after that the service's clock may say so, in seconds.
const EARLY: i64 = DAY;
const LATE: i64 = 3600;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sweep {
    /// Any time of the day whose mails are looked at, in UTC; `None` is yesterday.
    #[serde(default)]
    pub day: Option<Timestamp>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Swept {
    /// How many mails of the day are kept.
    pub kept: usize,
    /// How many of them were noted, by what became of them. A mail of two projects counts for the one with the lower number.
    pub noted: BTreeMap<&'static str, usize>,
    /// How many were missed, and are taken in now.
    pub taken: usize,
    /// How many of those could not be taken in.
    pub failed: usize,
}

impl Swept {
    /// Whether each mail that is kept is noted once.
    pub fn adds_up(&self) -> bool {
        self.failed == 0 && self.kept == self.noted.values().sum::<usize>() + self.taken
    }
}

impl Mailroom {
    /// Takes in what was missed. A mail that fails is left for the next time somebody asks for that day, and its failure is told.
    pub async fn sweep(&self, Sweep { day }: Sweep) -> Result<Swept, Failure> {
        let day = day.unwrap_or_else(|| self.store.now().plus_seconds(-DAY)).seconds().div_euclid(DAY) * DAY;
        let since = Timestamp::EPOCH.plus_seconds(day);
        let until = since.plus_seconds(DAY);
        let kept = self.kept(since, until).await?;
        let noted = self.noted(since, until).await?;
        let mut swept = Swept { kept: kept.len(), ..Swept::default() };
        let mut last = None;
        for Object { key, at } in kept {
            let id = key.trim_start_matches(keys::INBOUND);
            if let Some(state) = noted.get(id) {
                *swept.noted.entry(state.name()).or_default() += 1;
                continue;
            }
            match Box::pin(self.take_kept(id, &key, at)).await {
                Ok(()) => swept.taken += 1,
                Err(error) => {
                    tracing::error!(mail.id = id, %error, "a mail that was missed could not be taken in");
                    swept.failed += 1;
                    last = Some(error);
                }
            }
        }
        tracing::info!(
            mails.kept = swept.kept,
            mails.taken = swept.taken,
            mails.failed = swept.failed,
            mails.noted = ?swept.noted,
            "the mails of a day"
        );
        last.map_or(Ok(swept), Err)
    }

    /// The mails that were put into the bucket from `since` on and before `until`, the oldest first. Their names tell nothing of
    /// time, so all are listed.
    async fn kept(&self, since: Timestamp, until: Timestamp) -> Result<Vec<Object>, Failure> {
        let mut kept = self.files.list(keys::INBOUND).await?;
        kept.retain(|mail| mail.key != keys::INBOUND && since <= mail.at && mail.at < until);
        kept.sort_by_key(|mail| mail.at);
        Ok(kept)
    }

    /// What became of each mail of a day, by the service's id.
    async fn noted(&self, since: Timestamp, until: Timestamp) -> Result<BTreeMap<String, MailState>, Failure> {
        let (since, until) = (since.plus_seconds(-EARLY), until.plus_seconds(LATE));
        let projects: BTreeSet<_> = (1..=self.store.projects_made().await?).map(|id| Some(ProjectId(id))).collect();
        let mut all = BTreeMap::new();
        for project in projects.into_iter().chain([None]) {
            for (id, state) in self.store.noted(project, since, until).await? {
                all.entry(id).or_insert(state);
            }
        }
        Ok(all)
    }

    /// Takes in a mail of which there is no more than what is kept.
    async fn take_kept(&self, id: &str, key: &str, at: Timestamp) -> Result<(), Failure> {
        let raw = self.files.get(key, LARGEST).await?.ok_or_else(|| Failure::NoMail(key.to_owned()))?;
        self.take(&Arrival::kept(id, at, &raw, &self.mail_domain)).await
    }
}
