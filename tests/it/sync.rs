//! What a page asks again and again: what is new.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, desk, desk_at, texts};

async fn sync(desk: &Desk, asked: Value) -> Reply {
    desk.http.agent(Method::POST, "/sync/", asked).await.expect(200)
}

/// Ids of the changed tickets, and whether each is in the list.
fn changed(reply: &Reply) -> Vec<(&str, bool)> {
    let rows = reply.json["tickets"].as_array().unwrap();
    rows.iter().map(|row| (row["ticket"]["id"].as_str().unwrap(), row["matches"].as_bool().unwrap())).collect()
}

#[tokio::test]
async fn what_changed_since_is_told_once_the_overlap_is_over() {
    let (desk, time) = desk_at("2026-11-02T09:00:00Z").await;
    let visitor = desk.customer();
    let old = visitor.open("from before").await;
    time.pass(60);
    let first = sync(&desk, json!({"filter": "status=open"})).await;
    assert_eq!((changed(&first), &first.json["more"], &first.json["open"]), (Vec::new(), &json!(false), &Value::Null));
    assert_eq!(first.json["poll_after_seconds"], 5);
    let asked = |before: &Reply| json!({"since": before.json["cursor"], "filter": "status=open"});

    let new = desk.customer().open("new").await;
    let second = sync(&desk, asked(&first)).await;
    assert_eq!(changed(&second), [(new.as_str(), false)], "a new ticket is not open yet");
    assert_eq!(second.json["tickets"][0]["ticket"]["unread_team_count"], 1);
    time.pass(5);
    assert_eq!(changed(&sync(&desk, asked(&second)).await), [(new.as_str(), false)], "the index may follow late");
    time.pass(10);
    let quiet = sync(&desk, asked(&second)).await;
    assert_eq!(changed(&sync(&desk, asked(&quiet)).await), []);

    // A ticket that leaves one status for another shows once, as it is now.
    desk.tickets().patch(&old, json!({"status": "pending"})).await;
    desk.tickets().patch(&old, json!({"status": "open"})).await;
    let moved = sync(&desk, asked(&quiet)).await;
    assert_eq!(changed(&moved), [(old.as_str(), true)]);
    assert_eq!(moved.json["tickets"][0]["ticket"]["status"], "open");
    desk.http.drain().await;
    let unread = desk.tickets().unread_count().await["count"].clone();
    assert_eq!((&sync(&desk, asked(&moved)).await.json["unread_count"], &unread), (&json!(2), &json!(2)), "nothing was read");
}

#[tokio::test]
async fn a_saved_view_and_me_are_read_as_the_list_reads_them() {
    let desk = desk().await;
    let view = json!({"name": "mine", "filters": {"assignee": ["me"]}});
    let view = desk.agent().views().create(view).await["short_id"].as_str().unwrap().to_owned();
    let first = sync(&desk, json!({})).await;
    let mine = desk.tickets().create(json!({"assignee": {"type": "user", "id": 1}})).await;
    let nobodys = desk.tickets().create(json!({})).await;
    let since = &first.json["cursor"];
    for filter in ["assignee=me".to_owned(), format!("view={view}")] {
        let news = sync(&desk, json!({"since": since, "filter": filter})).await;
        let expected = [(nobodys["id"].as_str().unwrap(), false), (mine["id"].as_str().unwrap(), true)];
        assert_eq!(changed(&news), expected, "{filter}");
    }
    for (asked, attr) in [
        (json!({"since": "x"}), "since"),
        (json!({"filter": "date_from=someday"}), "date_from"),
        (json!({"filter": "view=nope"}), "view"),
        (json!({"open": {"id": "x"}}), "open.id"),
    ] {
        assert_eq!(desk.http.agent(Method::POST, "/sync/", asked).await.expect(400).json["attr"], attr);
    }
    let other = desk.by("phx_other", Method::POST, "/projects/2/conversations/sync/", json!({"since": since})).await;
    assert_eq!(other.expect(400).json["attr"], "since", "a cursor is its project's");
}

#[tokio::test]
async fn more_than_two_hundred_changes_are_a_new_list() {
    let desk = desk().await;
    let first = sync(&desk, json!({})).await;
    for n in 0..205 {
        let status = if n % 2 == 0 { "open" } else { "pending" };
        desk.tickets().create(json!({"status": status})).await;
    }
    let news = sync(&desk, json!({"since": first.json["cursor"]})).await;
    assert_eq!((changed(&news).len(), &news.json["more"]), (200, &json!(true)));
    assert_eq!(news.json["tickets"][0]["ticket"]["ticket_number"], 205, "the latest first");
}

#[tokio::test]
async fn the_open_ticket_comes_with_what_is_new_of_it() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let thread = desk.tickets().messages(&id).await["results"].clone();
    let at = thread[0]["created_at"].clone();
    let ask = async |version: &Value, at: &Value| {
        let open = json!({"id": id, "version": version, "last_entry_at": at});
        sync(&desk, json!({"open": open})).await.json["open"].clone()
    };
    let opened = ask(&Value::Null, &at).await;
    assert_eq!((&opened["ticket"]["id"], &opened["messages"], &opened["more"]), (&json!(id), &json!([]), &json!(false)));
    assert_eq!(opened["ticket"]["unread_team_count"], 1, "nothing is marked as read");
    let again = ask(&opened["version"], &at).await;
    assert_eq!((&again["ticket"], &again["version"]), (&Value::Null, &opened["version"]));

    // What a colleague reads does not move the ticket in lists, and shows here.
    desk.tickets().get(&id).await;
    let read = ask(&opened["version"], &at).await;
    assert_eq!(read["ticket"]["unread_team_count"], 0);
    let note = json!({"message": "a note", "is_private": true});
    desk.tickets().reply(&id, note).await;
    visitor.send(Some(&id), "and another").await.expect(200);
    let said = ask(&read["version"], &at).await;
    assert_eq!(texts(&said["messages"]), ["a note", "and another"]);
    let at = said["messages"][1]["created_at"].clone();
    assert_eq!(ask(&said["version"], &at).await["messages"], json!([]));

    for n in 0..55 {
        let reply = json!({"message": format!("m{n}")});
        desk.tickets().reply(&id, reply).await;
    }
    let page = ask(&said["version"], &at).await;
    assert_eq!((page["messages"].as_array().unwrap().len(), &page["more"]), (50, &json!(true)));
    let rest = ask(&page["version"], &page["messages"][49]["created_at"]).await;
    assert_eq!((texts(&rest["messages"]).last(), &rest["more"]), (Some(&"m54"), &json!(false)));

    desk.tickets().delete(&id).await;
    assert_eq!(ask(&page["version"], &at).await, Value::Null, "it was deleted");
}

#[tokio::test]
async fn a_ticket_can_be_put_back_as_unread() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    visitor.send(Some(&id), "again").await.expect(200);
    let path = format!("/tickets/{id}");
    let mark = async || desk.tickets().unread(&id).await;
    assert_eq!(mark().await["unread_team_count"], 2, "two were unread");
    let read = desk.tickets().get(&id).await;
    desk.http.drain().await;
    let events = desk.http.events(1).await.len();
    let unread = mark().await;
    assert_eq!((&read["unread_team_count"], &unread["unread_team_count"]), (&json!(0), &json!(1)));
    assert_eq!(unread["updated_at"], read["updated_at"], "it keeps its place");
    assert_eq!(unread["unread_customer_count"], read["unread_customer_count"]);
    desk.http.drain().await;
    assert_eq!(desk.tickets().unread_count().await["count"], 1);
    assert_eq!(desk.http.events(1).await.len(), events);
    assert_eq!(desk.tickets().activity(&id).await["results"], json!([]));
    let reader = desk.key(json!({"label": "reader", "scopes": ["ticket:read"]})).await;
    desk.by(&reader, Method::POST, &format!("/projects/1/conversations{path}/unread/"), Value::Null).await.expect(403);
    desk.tickets().unread(99).refused(404).await;
    let keyed = [("authorization", AGENT), ("idempotency-key", "u")];
    let url = format!("/api/projects/1/conversations{path}/unread/");
    desk.tickets().get(&id).await;
    desk.http.call(Method::POST, &url, &keyed, Value::Null).await.expect(200);
    desk.tickets().get(&id).await;
    desk.http.call(Method::POST, &url, &keyed, Value::Null).await.expect(200);
    assert_eq!(desk.tickets().list("limit=1").await["results"][0]["unread_team_count"], 0, "carried out once");
}

#[tokio::test]
async fn who_is_looking_at_a_ticket_is_told_for_twenty_seconds() {
    let (desk, time) = desk_at("2026-11-02T09:00:00Z").await;
    let colleague = desk.colleague("Ben").await;
    let id = desk.customer().open("hello").await;
    let by_ben = async |state: Value| {
        let reply =
            desk.by(&colleague, Method::POST, "/projects/1/conversations/sync/", json!({"state": state})).await.expect(200);
        (reply.cost().wcu, reply.json["viewers"].clone())
    };
    let viewers = async || sync(&desk, json!({})).await.json["viewers"].clone();
    assert_eq!(by_ben(json!({"viewing": id, "replying": true})).await, (1.0, json!([])), "nobody is shown to themselves");
    let ben = viewers().await[0].clone();
    assert_eq!((&ben["ticket_id"], &ben["name"], &ben["replying"]), (&json!(id), &json!("Ben"), &json!(true)));
    // The same again is no write, until it is about to be too old.
    time.pass(10);
    assert!((by_ben(json!({"viewing": id, "replying": true})).await.0 - 0.0).abs() < f64::EPSILON);
    time.pass(6);
    assert!((by_ben(json!({"viewing": id, "replying": true})).await.0 - 1.0).abs() < f64::EPSILON);
    assert!((by_ben(json!({"viewing": id})).await.0 - 1.0).abs() < f64::EPSILON);
    assert_eq!(viewers().await[0]["replying"], false);
    time.pass(15);
    assert_eq!(viewers().await.as_array().unwrap().len(), 1);
    time.pass(6);
    assert_eq!(viewers().await, json!([]));
    by_ben(json!({"viewing": id})).await;
    assert_eq!(viewers().await.as_array().unwrap().len(), 1);
    by_ben(json!({"viewing": null})).await;
    assert_eq!(viewers().await, json!([]), "looking elsewhere");
}
