//! Does each command on the model and on the real functions, and compares.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    command::{Command, TICKETS},
    desk::{Change, Desk, Entry, Event, SAME_OPENING, SAME_REPLY, Said, Tagging, Ticket},
    parts::{Answer, BEGIN, Parts},
};

/// How many seconds each command takes.
const PACE: i64 = 3;
/// What expires, and the time until nothing is due and all of that has expired.
const YEARS: i64 = 3 * 366 * 24 * 3600;
/// The workflows: event and inputs of the one step.
const WORKFLOWS: [(&str, &str); 3] = [
    ("ticket_created", r#"{"tags": ["seen"], "tags_mode": "add"}"#),
    ("message_received", r#"{"status": "open"}"#),
    ("ticket_priority_changed", r#"{"tags": ["weighed"], "tags_mode": "add"}"#),
];

/// A desk beside its model.
pub(super) struct Trial<'a> {
    model: Desk,
    parts: Parts<'a>,
    /// The ids of the model's tickets.
    ids: Vec<String>,
    /// How many keys the agents have used.
    keys: usize,
    workflows: Vec<String>,
}

fn moment(seconds: i64) -> Value {
    json!(BEGIN.parse::<lambdesk_domain::Timestamp>().unwrap().plus_seconds(seconds))
}

fn browser(place: usize) -> String {
    format!("0190{place:04}-0000-7000-8000-000000000000")
}

/// The body that opens or continues a ticket in a browser.
fn written(place: usize, ticket: Option<&str>, text: &str) -> Value {
    json!({
        "message": text, "ticket_id": ticket, "widget_session_id": browser(place), "distinct_id": format!("visitor-{place}"),
        "traits": {}, "session_context": {},
    })
}

impl<'a> Trial<'a> {
    pub(super) async fn new(parts: Parts<'a>) -> Self {
        let mut workflows = Vec::new();
        for (event, inputs) in WORKFLOWS {
            let inputs: Value = serde_json::from_str(inputs).unwrap();
            let event = format!("$conversation_{event}");
            let steps = json!([{"action": "update_ticket", "inputs": inputs}]);
            let workflow = json!({"name": event, "enabled": true, "trigger": {"event": event}, "steps": steps});
            let made = parts.agent("POST", "/workflows/", workflow).await.expect(201);
            workflows.push(made["id"].as_str().unwrap().to_owned());
        }
        Self { model: Desk::default(), parts, ids: Vec::new(), keys: 0, workflows }
    }

    fn pass(&mut self, seconds: i64) {
        self.parts.time.pass(seconds);
        self.model.now += seconds;
    }

    /// The ticket of this number, if any is there.
    fn ticket(&self, number: usize) -> Option<usize> {
        let live = self.model.live();
        (!live.is_empty()).then(|| live[number % live.len()])
    }

    fn browsers(&self, number: usize) -> Option<(usize, usize)> {
        let theirs = |place: usize| Some((place, self.model.tickets[place].browser?));
        let live: Vec<_> = self.model.live().into_iter().filter_map(theirs).collect();
        (!live.is_empty()).then(|| live[number % live.len()])
    }

    fn last_note(&self, place: usize) -> Option<usize> {
        self.model.tickets[place].thread.iter().rposition(|entry| entry.private)
    }

    fn path(&self, place: usize, below: &str) -> String {
        format!("/tickets/{}/{below}", self.ids[place])
    }

    /// Does one command.
    pub(super) async fn play(&mut self, command: &Command) {
        self.pass(PACE);
        match command {
            Command::Open { browser } => self.open(*browser).await,
            Command::OpenAgain => self.open_again().await,
            Command::File { priority, message, twice } => self.file(*priority, *message, *twice).await,
            Command::Write { ticket } => self.write(*ticket).await,
            Command::Reply { ticket, private, twice } => self.reply(*ticket, *private, *twice).await,
            Command::ReplyAgain => self.reply_again().await,
            Command::EditNote { ticket } => self.edit_note(*ticket).await,
            Command::DeleteNote { ticket } => self.delete_note(*ticket).await,
            Command::Change { ticket, change, external, twice } => self.change(*ticket, change, *external, *twice).await,
            Command::Bulk { change } => self.bulk(change).await,
            Command::TeamReads { ticket } => {
                let Some(place) = self.ticket(*ticket) else { return };
                self.parts.get(&self.path(place, "")).await;
                self.model.team_reads(place);
            }
            Command::TeamUnreads { ticket } => {
                let Some(place) = self.ticket(*ticket) else { return };
                self.parts.agent("POST", &self.path(place, "unread/"), Value::Null).await.expect(200);
                self.model.team_unreads(place);
            }
            Command::CustomerReads { ticket } => {
                let Some((place, of)) = self.browsers(*ticket) else { return };
                let path = format!("/messages/{}/read", self.ids[place]);
                self.parts.widget("POST", &path, json!({"widget_session_id": browser(of)})).await.expect(200);
                self.model.customer_reads(place);
            }
            Command::Delete { ticket } => {
                let Some(place) = self.ticket(*ticket) else { return };
                self.delete(place).await;
            }
            Command::Pass { seconds } => self.pass(*seconds),
            Command::Tick { dies } => {
                self.parts.tick(*dies).await;
                self.model.tick();
            }
            Command::Relay { dies, refused, again } => {
                Box::pin(self.parts.relate(*dies, *refused, *again)).await;
                self.model.publish();
                self.compare_counts().await;
            }
            Command::Run { dies, again } => {
                self.parts.run(*dies, *again).await;
                self.model.hear();
            }
            Command::Restart => self.parts.restart(),
            Command::Look => self.look().await,
        }
        self.compare_list().await;
    }

    async fn open(&mut self, of: usize) {
        let text = self.model.next_text();
        self.open_by(of, text).await;
    }

    async fn open_by(&mut self, of: usize, text: String) {
        if self.model.tickets.len() == TICKETS {
            return;
        }
        let sent = self.parts.widget("POST", "/message", written(of, None, &text)).await.expect(200);
        self.ids.push(sent["ticket_id"].as_str().unwrap().to_owned());
        self.model.open(Some(of), None, Some(text));
    }

    async fn open_again(&mut self) {
        let Some(Said { ticket, text, at, .. }) = self.model.opening.clone() else { return };
        let of = self.model.tickets[ticket].browser.expect("a browser that opened it");
        let passed = self.model.now - at;
        // The model counts in seconds, and the desk in parts of them.
        if (SAME_OPENING - 1..=SAME_OPENING).contains(&passed) {
            return;
        }
        let is_retry = passed < SAME_OPENING && self.model.tickets[ticket].is_as_opened();
        if !is_retry {
            return self.open_by(of, text).await;
        }
        let sent = self.parts.widget("POST", "/message", written(of, None, &text)).await.expect(200);
        assert_eq!(sent["ticket_id"], self.ids[ticket], "the same opening is the same ticket");
    }

    /// Makes a call; twice with one key if it says so.
    async fn once(&mut self, twice: bool, method: &str, path: &str, body: &Value) -> Answer {
        if !twice {
            return self.parts.agent(method, path, body.clone()).await;
        }
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        let first = self.parts.keyed(&key, method, path, body).await;
        let second = self.parts.keyed(&key, method, path, body).await;
        assert_eq!((first.status, &first.json, second.replayed), (second.status, &second.json, true), "{method} {path}");
        first
    }

    async fn file(&mut self, priority: Option<&'static str>, message: bool, twice: bool) {
        if self.model.tickets.len() == TICKETS {
            return;
        }
        let text = message.then(|| self.model.next_text());
        let mut body = json!({"priority": priority});
        if let Some(text) = &text {
            body["message"] = json!(text);
        }
        let filed = self.once(twice, "POST", "/tickets/", &body).await.expect(201);
        self.ids.push(filed["id"].as_str().unwrap().to_owned());
        self.model.open(None, priority, text);
    }

    async fn write(&mut self, ticket: usize) {
        let Some((place, of)) = self.browsers(ticket) else { return };
        let text = self.model.next_text();
        self.parts.widget("POST", "/message", written(of, Some(&self.ids[place]), &text)).await.expect(200);
        self.model.say(place, Entry { text, by_customer: true, private: false });
    }

    async fn reply(&mut self, ticket: usize, private: bool, twice: bool) {
        let Some(place) = self.ticket(ticket) else { return };
        let text = self.model.next_text();
        let body = json!({"message": text, "is_private": private});
        let path = self.path(place, "reply/");
        self.once(twice, "POST", &path, &body).await.expect(201);
        self.model.say(place, Entry { text, by_customer: false, private });
    }

    async fn reply_again(&mut self) {
        let Some(Said { ticket, text, at, private }) = self.model.reply.clone() else { return };
        if self.model.tickets[ticket].deleted || self.model.now - at >= SAME_REPLY - 1 {
            return;
        }
        let body = json!({"message": text, "is_private": private});
        self.parts.agent("POST", &self.path(ticket, "reply/"), body).await.expect(200);
    }

    /// The path of the last note of a ticket.
    async fn note(&self, place: usize) -> Option<(usize, String)> {
        let entry = self.last_note(place)?;
        let thread = self.parts.get(&self.path(place, "messages/?limit=200")).await;
        let id = thread["results"][entry]["id"].as_str().unwrap();
        Some((entry, self.path(place, &format!("notes/{id}/"))))
    }

    async fn edit_note(&mut self, ticket: usize) {
        let Some(place) = self.ticket(ticket) else { return };
        let Some((entry, path)) = self.note(place).await else { return };
        let text = self.model.next_text();
        self.parts.agent("PATCH", &path, json!({"message": text})).await.expect(200);
        self.model.tickets[place].thread[entry].text = text;
    }

    async fn delete_note(&mut self, ticket: usize) {
        let Some(place) = self.ticket(ticket) else { return };
        let Some((entry, path)) = self.note(place).await else { return };
        self.parts.agent("DELETE", &path, Value::Null).await.expect(204);
        self.model.tickets[place].thread.remove(entry);
        // A note that was removed may be written again.
        self.model.reply = self.model.reply.take().filter(|said| said.ticket != place || !said.private);
    }

    async fn delete(&mut self, place: usize) {
        self.parts.agent("DELETE", &self.path(place, ""), Value::Null).await.expect(204);
        self.model.delete(place);
    }

    async fn change(&mut self, ticket: usize, change: &Change, external: bool, twice: bool) {
        let Some(place) = self.ticket(ticket) else { return };
        let mut body = json!({});
        let mut set = |field: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[field] = value;
            }
        };
        let Change { status, priority, assigned, tags, snooze, due } = change;
        let now = self.model.now;
        set("status", status.map(|status| json!(status)));
        set("priority", priority.map(|priority| json!(priority)));
        set("assignee", assigned.map(|assigned| if assigned { json!({"type": "user", "id": 1}) } else { Value::Null }));
        set("snoozed_until", snooze.map(|until| until.map_or(Value::Null, |seconds| moment(now + seconds))));
        set("sla_due_at", due.map(|due| due.map_or(Value::Null, |seconds| moment(now + seconds))));
        if let Some(tags) = tags {
            let (mode, tags) = mode(tags);
            set("tags", Some(json!(tags)));
            set("tags_mode", external.then(|| json!(mode)));
        }
        if external {
            self.parts.external(&self.ids[place], body).await.expect(200);
        } else {
            let path = self.path(place, "");
            let repeats = self.parts.agent("PATCH", &path, body.clone()).await.expect(200);
            if twice {
                let again = self.parts.agent("PATCH", &path, body).await.expect(200);
                assert_eq!(repeats["updated_at"], again["updated_at"], "the same change again changes nothing");
            }
        }
        self.model.change(place, change, external);
    }

    async fn bulk(&mut self, change: &Change) {
        let live = self.model.live();
        if live.is_empty() {
            return;
        }
        let ids: Vec<_> = live.iter().map(|place| &self.ids[*place]).collect();
        let (path, body) = match (&change.status, &change.tags) {
            (Some(status), _) => ("/tickets/bulk_update_status/", json!({"ids": ids, "status": status})),
            (None, Some(tags)) => {
                let (mode, tags) = mode(tags);
                ("/tickets/bulk_update_tags/", json!({"ids": ids, "action": mode, "tags": tags}))
            }
            (None, None) => return,
        };
        self.parts.agent("POST", path, body).await.expect(200);
        self.model.change_all(&live, change);
    }

    /// The tickets of the list are those of the model.
    async fn compare_list(&self) {
        let list = self.parts.get("/tickets/?limit=100").await;
        let rows = list["results"].as_array().unwrap();
        let live = self.model.live();
        assert_eq!(rows.len(), live.len(), "{list}");
        for row in rows {
            self.compare(row);
        }
        let changed: Vec<_> = rows.iter().map(|row| self.known(row).changed).collect();
        assert!(changed.is_sorted_by(|one, next| one >= next), "the order of the inbox: {changed:?}");
    }

    fn known(&self, row: &Value) -> &Ticket {
        let place = self.ids.iter().position(|id| *id == row["id"]).expect("a ticket of the model");
        assert_eq!(row["ticket_number"], place + 1);
        &self.model.tickets[place]
    }

    fn compare(&self, row: &Value) {
        let ticket = self.known(row);
        let last = ticket.public().last().map(|entry| &entry.text);
        let expected = json!({
            "status": ticket.status, "priority": ticket.priority, "tags": ticket.tags, "unread_team_count": ticket.unread_team,
            "unread_customer_count": ticket.unread_customer, "message_count": ticket.public().count(), "last_message_text": last,
            "snoozed_until": ticket.snoozed_until.map(moment), "sla_due_at": ticket.due.map(|due| moment(due.at)),
        });
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(sorted(&row[field]), sorted(value), "{field} of {row}");
        }
        assert_eq!(row["assignee"]["id"], if ticket.assigned { json!(1) } else { Value::Null }, "{row}");
    }

    /// Threads as agents and as customers read them.
    async fn look(&self) {
        for place in self.model.live() {
            let ticket = &self.model.tickets[place];
            let thread = self.parts.get(&self.path(place, "messages/?limit=200")).await;
            let said = |entry: &Entry| json!([entry.text, entry.private, if entry.by_customer { "customer" } else { "support" }]);
            let shown = |row: &Value| json!([row["content"], row["is_private"], row["author_type"]]);
            let expected: Vec<_> = ticket.thread.iter().map(said).collect();
            assert_eq!(thread["results"].as_array().unwrap().iter().map(shown).collect::<Vec<_>>(), expected);
            let Some(of) = ticket.browser else { continue };
            let path = format!("/messages/{}?limit=100&widget_session_id={}", self.ids[place], browser(of));
            let seen = self.parts.widget("GET", &path, Value::Null).await.expect(200);
            let public: Vec<_> = ticket.public().map(|entry| json!(entry.text)).collect();
            let texts: Vec<_> = seen["messages"].as_array().unwrap().iter().map(|row| row["content"].clone()).collect();
            assert_eq!((texts, &seen["unread_count"]), (public, &json!(ticket.unread_customer)), "{seen}");
        }
    }

    /// What the totals say, once the relay has followed.
    async fn compare_counts(&self) {
        let live: Vec<_> = self.model.live().into_iter().map(|place| &self.model.tickets[place]).collect();
        let unresolved = live.iter().filter(|ticket| ticket.status != "resolved");
        let unread: u64 = unresolved.map(|ticket| ticket.unread_team).sum();
        assert_eq!(self.parts.get("/tickets/unread_count/").await["count"], unread, "the unread total");
        for status in super::command::STATUSES {
            let list = self.parts.get(&format!("/tickets/?limit=1&status={status}")).await;
            let here = live.iter().filter(|ticket| ticket.status == status).count();
            assert_eq!(list["count"], here, "how many are {status}");
        }
        let tags = self.parts.get("/tags/").await;
        let rows = tags["results"].as_array().unwrap().iter();
        let told: BTreeMap<_, _> = rows.map(|row| (row["name"].as_str().unwrap(), &row["count"])).collect();
        let mut counted = BTreeMap::<&str, u64>::new();
        for tag in live.iter().flat_map(|ticket| &ticket.tags) {
            *counted.entry(tag).or_default() += 1;
        }
        assert_eq!(json!(told), json!(counted), "the tags");
    }

    /// The events that the bus took: each once but for repetitions, and each ticket's in order. What the bus refused comes
    /// after what followed it, and then all of that comes again: so the last time counts.
    fn compare_events(&self) {
        let mut seen = BTreeMap::<String, Value>::new();
        let mut told: Vec<Vec<(String, String)>> = vec![Vec::new(); self.ids.len()];
        for detail in self.parts.told().into_iter().rev() {
            let id = detail["uuid"].as_str().unwrap().to_owned();
            if let Some(again) = seen.get(&id) {
                assert_eq!(*again, detail, "an event that comes again is the same");
                continue;
            }
            let place = self.ids.iter().position(|id| *id == detail["properties"]["ticket_id"]).expect("a ticket of the model");
            told[place].insert(0, event(&detail));
            seen.insert(id, detail);
        }
        for (place, told) in told.into_iter().enumerate() {
            let due: Vec<_> = self.model.events.iter().filter(|event| event.ticket == place).collect();
            let mut told = told.into_iter();
            let mut groups: Vec<Vec<&Event>> = Vec::new();
            for event in due {
                match groups.last_mut() {
                    Some(group) if group[0].group == event.group => group.push(event),
                    _ => groups.push(vec![event]),
                }
            }
            for group in groups {
                let mut expected: Vec<_> = group.iter().map(|event| (event.name.to_owned(), event.about.clone())).collect();
                let mut got: Vec<_> = told.by_ref().take(expected.len()).collect();
                expected.sort();
                got.sort();
                assert_eq!(got, expected, "the events of ticket {}", place + 1);
            }
            assert_eq!(told.collect::<Vec<_>>(), [], "ticket {} has no more events", place + 1);
        }
    }

    /// Each event has one run of its workflow.
    async fn compare_runs(&self) {
        for ((event, _), workflow) in WORKFLOWS.iter().zip(&self.workflows) {
            let runs = self.parts.get(&format!("/workflows/{workflow}/runs/?limit=200")).await;
            let due = self.model.events.iter().filter(|it| it.name == *event).count();
            assert_eq!(runs["results"].as_array().unwrap().len(), due, "the runs for {event}: {runs}");
        }
    }

    /// Everything follows, and is compared. Then every ticket is deleted, and nothing may be left of any.
    pub(super) async fn end(mut self) {
        for again in [0, usize::MAX] {
            Box::pin(self.parts.relate(None, None, again)).await;
            self.model.publish();
            self.parts.run(None, again).await;
            self.model.hear();
        }
        Box::pin(self.parts.relate(None, None, 0)).await;
        Box::pin(self.parts.relate(None, None, usize::MAX)).await;
        self.compare_list().await;
        self.look().await;
        self.compare_counts().await;
        self.compare_events();
        self.compare_runs().await;
        for place in self.model.live() {
            self.delete(place).await;
        }
        Box::pin(self.parts.relate(None, None, usize::MAX)).await;
        self.compare_counts().await;
        self.pass(YEARS);
        self.parts.tick(None).await;
        self.compare_left();
        self.parts.end();
    }

    fn compare_left(&self) {
        let now = self.parts.time.now().seconds();
        for item in self.parts.items() {
            let expires = item["expires_at"]["N"].as_str().and_then(|at| at.parse::<i64>().ok());
            if expires.is_some_and(|at| at < now) {
                continue;
            }
            let text = item.to_string();
            assert!(!self.ids.iter().any(|id| text.contains(id.as_str())), "left of a deleted ticket: {text}");
        }
    }
}

/// Tags in one order. Which of two workflows adds its tag first is open: the bus has no order, and an event that it refused at first
/// comes behind those that it took.
fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(tags) = value.as_array_mut() {
        tags.sort_unstable_by_key(Value::to_string);
    }
    value
}

fn mode(tags: &Tagging) -> (&'static str, &[&'static str]) {
    match tags {
        Tagging::Set(tags) => ("set", tags),
        Tagging::Add(tags) => ("add", tags),
        Tagging::Remove(tags) => ("remove", tags),
    }
}

/// The name of an event, and what the model says is special about it.
fn event(detail: &Value) -> (String, String) {
    let name = detail["event"].as_str().unwrap().trim_start_matches("$conversation_").to_owned();
    let properties = &detail["properties"];
    let text = |value: &Value, none: &str| value.as_str().unwrap_or(none).to_owned();
    let about = match name.as_str() {
        "message_received" | "message_sent" => text(&properties["message_content"], ""),
        "ticket_status_changed" => text(&properties["new_status"], ""),
        "ticket_priority_changed" => text(&properties["new_priority"], "none"),
        "ticket_assigned" => properties["assignee_id"].as_u64().map_or("nobody".to_owned(), |id| id.to_string()),
        "ticket_tags_changed" => {
            let tags = properties["tags"].as_array().unwrap();
            let mut tags: Vec<_> = tags.iter().map(|tag| tag.as_str().unwrap()).collect();
            tags.sort_unstable();
            tags.join(" ")
        }
        _ => String::new(),
    };
    (name, about)
}
