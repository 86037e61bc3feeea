//! Signing in by an identity provider: the attempt, and whom the provider vouches for.

use lambdesk_domain::{
    UserId, audit,
    audit::{AuditEntry, By},
    identity::{Identified, Subject, Vouched, is_same_address},
    permission::WritesProjects,
    project::{PersonalKey, display_name},
    scope::Access,
};
use lambdesk_runtime::crypto::{new_token, same, sha256_hex};

use crate::{
    Desk, SignIns, Store,
    error::{ChangeError, StoreError},
    items::{
        account::{User, read_user},
        sign_in::{Attempt, read_attempt, read_identity, read_subject, write_attempt, write_identity, write_subject},
    },
    transport::{
        call::Patience,
        keys,
        write::{Guard, Write},
    },
};

/// How long a sign-in may take at the provider, in seconds.
const LASTS: i64 = 10 * 60;
/// In how many of a user's projects a binding is recorded.
const AUDITED: usize = 90;

impl SignIns {
    /// Keeps an attempt, and returns the value of the cookie by which its browser is known.
    pub async fn begin(&self, attempt: &Attempt) -> Result<String, StoreError> {
        let Self(store) = self;
        let cookie = new_token("");
        let item = write_attempt(&sha256_hex(cookie.as_bytes()), attempt, store.now().plus_seconds(LASTS));
        // Nobody has this key, and a second try may put the same once more.
        store.commit(vec![Write::put(item)]).await.map_err(|rejection| rejection.into_error("a sign-in"))?;
        Ok(cookie)
    }

    /// Takes the attempt of this cookie and this state away. `None` if there is none, or no longer, or somebody else has taken it.
    pub async fn take(&self, cookie: &str, state: &str) -> Result<Option<Attempt>, StoreError> {
        let Self(store) = self;
        let key = keys::attempt(&sha256_hex(cookie.as_bytes()));
        let Some(item) = store.get(&key).await? else { return Ok(None) };
        let (attempt, until) = read_attempt(&item)?;
        if until <= store.now() || !same(attempt.state.as_bytes(), state.as_bytes()) {
            return Ok(None);
        }
        let taken = Write::delete(key).only_if("attribute_exists(PK)").guarding(Guard::AsRead);
        match store.commit(vec![taken]).await {
            Ok(()) => Ok(Some(attempt)),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(None),
            Err(rejection) => Err(rejection.into_error("a sign-in")),
        }
    }

    /// Which user someone is, at this network address. The first sign-in of a member binds their subject to them.
    pub async fn identify(&self, vouched: &Vouched, address: &str) -> Result<Identified, StoreError> {
        let Self(store) = self;
        let mut patience = Patience::of_request();
        loop {
            let Subject { issuer, subject } = &vouched.subject;
            if let Some(known) = store.get(&keys::identity(issuer, subject)).await? {
                return store.if_member(read_identity(&known)?).await;
            }
            let user = store.get(&keys::email(&vouched.email)).await?.as_ref().map(read_user).transpose()?;
            let Some(user) = user.filter(|user| is_same_address(&user.email, &vouched.email)) else {
                return Ok(Identified::Nobody);
            };
            if store.memberships(user.id).await?.is_empty() {
                return Ok(Identified::Nobody);
            }
            if store.get(&keys::subject(user.id)).await?.is_some() {
                store.tell_of(&user, audit::identity_refused(user.id, &user.email, &vouched.subject), address).await?;
                return Ok(Identified::OtherSubject(user.id));
            }
            if store.bind(&user, &vouched.subject, address).await? {
                return Ok(Identified::Member(user.id));
            }
            patience.again("a sign-in").await?;
        }
    }
}

impl Store {
    async fn if_member(&self, user: UserId) -> Result<Identified, StoreError> {
        let member = !self.memberships(user).await?.is_empty();
        Ok(if member { Identified::Member(user) } else { Identified::Nobody })
    }

    /// Binds a subject to a user; false if somebody else has bound one of the two.
    async fn bind(&self, user: &User, subject: &Subject, address: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let mut writes = vec![
            Write::put(write_identity(subject, user.id, now)).if_absent().guarding(Guard::AsRead),
            Write::put(write_subject(user.id, subject, now)).if_absent().guarding(Guard::AsRead),
        ];
        writes.extend(self.told_in_projects(user, &audit::identity_bound(user.id, &user.email, subject), address).await?);
        match self.commit(writes).await {
            Ok(()) => Ok(true),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(false),
            Err(rejection) => Err(rejection.into_error("a sign-in")),
        }
    }

    /// Records something of a user's sign-in where their administrators see it.
    async fn tell_of(&self, user: &User, entry: AuditEntry, address: &str) -> Result<(), StoreError> {
        let writes = self.told_in_projects(user, &entry, address).await?;
        self.commit(writes).await.map_err(|rejection| rejection.into_error("the audit"))
    }

    async fn told_in_projects(&self, user: &User, entry: &AuditEntry, address: &str) -> Result<Vec<Write>, StoreError> {
        let name = display_name(&user.first_name, &user.email).to_owned();
        let by = By { user: Some((user.id, name)), key: None, address: address.to_owned() };
        let memberships = self.memberships(user.id).await?;
        let record = |project| self.room(project).audited(&by, [entry.clone()]);
        Ok(memberships.iter().take(AUDITED).flat_map(|membership| record(membership.project)).collect())
    }
}

impl<P: WritesProjects> Desk<P> {
    /// Unbinds a member from the subject that they sign in by, and ends their sessions: their next sign-in binds anew. The key
    /// must administer all projects of the member, since it decides for all of them who the member is.
    pub async fn unbind(&self, by: &By, key: &PersonalKey, user: UserId) -> Result<(), ChangeError> {
        let memberships = self.store.memberships(user).await?;
        if memberships.iter().all(|membership| membership.project != self.project()) {
            return Err(ChangeError::NotFound);
        }
        let reach = self.store.reach(key).await?;
        let administers = |project| reach.iter().any(|(of, access)| *of == project && *access == Access::Admin);
        if !memberships.iter().all(|membership| administers(membership.project)) {
            return Err(ChangeError::Forbidden);
        }
        let item = self.store.get(&keys::subject(user)).await?.ok_or(ChangeError::NotFound)?;
        let bound = read_subject(&item)?;
        let known = self.store.user(user).await?.ok_or(ChangeError::NotFound)?;
        // Before and after: if the desk dies in between, the member is still bound, and the administrator can ask again. The second
        // time ends what was opened meanwhile.
        self.store.end_sessions_of(user).await?;
        // A subject that was bound meanwhile is another one, and stays.
        let as_read = Write::delete(keys::subject(user))
            .only_if("issuer = :issuer AND subject = :subject")
            .text(":issuer", &bound.issuer)
            .text(":subject", &bound.subject)
            .guarding(Guard::AsRead);
        let mut writes = vec![as_read, Write::delete(keys::identity(&bound.issuer, &bound.subject))];
        let entry = audit::identity_unbound(user, &known.email, &bound);
        let record = |project| self.store.room(project).audited(by, [entry.clone()]);
        writes.extend(memberships.iter().take(AUDITED).flat_map(|membership| record(membership.project)));
        self.store.commit(writes).await.map_err(|rejection| match rejection.met(Guard::AsRead) {
            Some(_) => ChangeError::NotFound,
            None => rejection.into_error("an identity").into(),
        })?;
        self.store.end_sessions_of(user).await?;
        Ok(())
    }
}
