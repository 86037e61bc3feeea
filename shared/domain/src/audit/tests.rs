use uuid::Uuid;

use super::*;
use crate::{
    ids::{RoleId, WorkflowId},
    mail::{Forwards, MailState},
    policies::Policies,
    project::Holders,
    quick_action::TicketChanges,
    saved::{Metadata, ShortId},
    scope::{Access, Scopes},
    settings::Settings,
    tags::Tags,
    testing::{self, at, object},
    ticket::{Priority, Status},
    time::Timestamp,
    workflow::Definition,
};

/// What an entry tells beside its changes.
fn of(entry: &AuditEntry) -> (&'static str, &str, &str) {
    (entry.action.name(), &entry.id, &entry.name)
}

/// The changes of an entry: each field, and its value before and after.
fn told(entry: &AuditEntry) -> Value {
    entry.changes.iter().map(|change| json!([change.field, change.before, change.after])).collect()
}

fn actions(entries: &[AuditEntry]) -> Vec<&'static str> {
    entries.iter().map(|entry| entry.action.name()).collect()
}

#[test]
fn every_action_names_an_object_and_a_verb() {
    for action in AuditAction::ALL {
        assert!(!action.object().is_empty() && action.name().matches('.').count() == 1, "{action:?}");
    }
    assert_eq!(AuditAction::SecretRotated.object(), "secret_api_token");
}

#[test]
fn the_desk_has_no_user_no_key_and_no_address() {
    assert_eq!(By::the_desk(), By { user: None, key: None, address: String::new() });
}

#[test]
fn what_stays_is_not_told_and_what_is_large_is_counted() {
    let changed = changes(
        fields([("name", json!("a")), ("gone", json!(1)), ("size", json!(2))]),
        fields([
            ("size", json!(3)),
            ("zeal", json!(4)),
            ("name", json!("a")),
            ("art", json!("x".repeat(7_998))),
            ("none", json!(null)),
        ]),
    );
    let names: Vec<_> = changed.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(names, ["gone", "size", "art", "zeal"]);
    assert_eq!((&changed[0].before, &changed[0].after), (&json!(1), &Value::Null));
    assert_eq!(changed[2].after, json!("x".repeat(7_998)), "8000 bytes with its quotes");
    let large = changes(fields([("text", json!("x".repeat(7_999)))]), fields([("text", json!("y".repeat(9_000)))]));
    assert_eq!((&large[0].before, &large[0].after), (&json!({"bytes": 8_001}), &json!({"bytes": 9_002})));
}

#[test]
fn a_role_is_created_changed_and_deleted() {
    let role_of = |members: &[u32]| {
        let members = members.iter().copied().map(UserId).collect();
        Role { id: RoleId(Uuid::nil()), name: "Tier 2".to_owned(), members }
    };
    let (before, after) = (role_of(&[1]), role_of(&[1, 2]));
    let (nil, hand_to) = (Uuid::nil().to_string(), Some(Assignee::User(UserId(7))));
    assert_eq!(role(None, None, None), None);
    assert_eq!(role(Some(&before), Some(&before), None), None);
    let created = role(None, Some(&before), None).unwrap();
    assert_eq!(of(&created), ("role.created", nil.as_str(), "Tier 2"));
    assert_eq!(told(&created), json!([["members", null, [1]], ["name", null, "Tier 2"]]));
    let changed = role(Some(&before), Some(&after), None).unwrap();
    assert_eq!((changed.action.name(), told(&changed)), ("role.updated", json!([["members", [1], [1, 2]]])));
    let gone = role(Some(&after), None, hand_to).unwrap();
    assert_eq!(of(&gone), ("role.deleted", nil.as_str(), "Tier 2"));
    assert_eq!(told(&gone), json!([["name", "Tier 2", null], ["members", [1, 2], null], ["hand_to", null, "user:7"]]));
}

#[test]
fn a_project_is_created_and_its_secret_shown() {
    let project = testing::project();
    assert_eq!(of(&project_created(&project)), ("project.created", "1", "Demo"));
    assert_eq!(of(&secret_revealed(&project)), ("secret_api_token.revealed", "1", "Demo"));
}

#[test]
fn a_project_tells_the_settings_and_the_policies_that_differ() {
    let before = testing::project();
    assert_eq!(project_changed(&before, &before), []);
    let settings = Settings::from_stored(object(json!({"email_enabled": false})));
    let policies = object(json!({"policies": [{"name": "All", "targets": {"resolution": {"amount": 5}}}]}));
    let policies = std::sync::Arc::new(Policies::parse(&policies).unwrap());
    let after = Project { name: "Shop".to_owned(), conversations_enabled: false, settings, policies, ..before.clone() };
    let entries = project_changed(&before, &after);
    assert_eq!(
        entries.iter().map(of).collect::<Vec<_>>(),
        [("project.updated", "1", "Shop"), ("sla_policies.updated", "1", "Shop")]
    );
    let changes = json!([
        ["name", "Demo", "Shop"],
        ["conversations_enabled", true, false],
        ["conversations_settings.email_enabled", null, false],
    ]);
    assert_eq!(told(&entries[0]), changes);
    let policies = entries[1].changes.iter().find(|change| change.field == "policies").unwrap();
    assert_eq!((&policies.before, &policies.after[0]["name"]), (&json!([]), &json!("All")));
}

#[test]
fn a_secret_is_never_told() {
    let with = |secret: &str, backup: Option<&str>, widget: &str| Project {
        secret_api_token: secret.to_owned(),
        secret_api_token_backup: backup.map(str::to_owned),
        widget_public_token: widget.to_owned(),
        ..testing::project()
    };
    let before = with("one", Some("zero"), "w1");
    for (after, expected) in [
        (with("one", Some("zero"), "w1"), &[][..]),
        (with("two", Some("one"), "w1"), &["secret_api_token.rotated"][..]),
        (with("two", None, "w1"), &["secret_api_token.rotated"][..]),
        (with("one", None, "w1"), &["secret_api_token_backup.deleted"][..]),
        (with("one", None, "w2"), &["secret_api_token_backup.deleted", "widget_public_token.rotated"][..]),
    ] {
        let entries = project_changed(&before, &after);
        assert_eq!(actions(&entries), expected);
        assert!(entries.iter().all(|entry| entry.changes.is_empty()));
    }
    let without = with("one", None, "w1");
    assert_eq!(project_changed(&without, &without), []);
}

#[test]
fn a_member_is_added_changed_and_removed() {
    let (agent, admin) = (testing::member(7, Access::Agent), testing::member(7, Access::Admin));
    let added = member(None, &agent).unwrap();
    assert_eq!((of(&added), told(&added)), (("member.added", "7", "7@example.com"), json!([["access", null, "agent"]])));
    let promoted = member(Some(&agent), &admin).unwrap();
    assert_eq!((promoted.action.name(), told(&promoted)), ("member.updated", json!([["access", "agent", "admin"]])));
    assert_eq!(member(Some(&agent), &agent), None);
    let removed = member_removed(&agent, &[], None);
    assert_eq!((of(&removed), told(&removed)), (("member.removed", "7", "7@example.com"), json!([["access", "agent", null]])));
    let ended = [personal_key("CI"), personal_key("Laptop")];
    let removed = member_removed(&agent, &ended.each_ref(), Some(Assignee::Role(RoleId(Uuid::nil()))));
    let hand_to = format!("role:{}", Uuid::nil());
    let changes = json!([["access", "agent", null], ["personal_api_keys", ["CI", "Laptop"], null], ["hand_to", null, hand_to]]);
    assert_eq!(told(&removed), changes);
}

#[test]
fn an_identity_is_bound_refused_and_unbound() {
    let subject = Subject { issuer: "https://id.example.com".to_owned(), subject: "s-1".to_owned() };
    let comes = json!([["issuer", null, "https://id.example.com"], ["subject", null, "s-1"]]);
    let goes = json!([["issuer", "https://id.example.com", null], ["subject", "s-1", null]]);
    let (user, email) = (UserId(7), "ada@example.com");
    for (entry, action, changes) in [
        (identity_bound(user, email, &subject), "identity.bound", &comes),
        (identity_refused(user, email, &subject), "identity.refused", &comes),
        (identity_unbound(user, email, &subject), "identity.unbound", &goes),
    ] {
        assert_eq!((of(&entry), &told(&entry)), ((action, "7", email), changes));
    }
}

fn personal_key(label: &str) -> PersonalKey {
    PersonalKey {
        id: Uuid::from_u128(5),
        user: UserId(7),
        maker: UserId(8),
        holders: Holders::new(),
        label: label.to_owned(),
        scopes: Scopes::from_iter([Scope::TicketRead, Scope::ProjectWrite]),
        projects: None,
        created_at: Timestamp::EPOCH,
    }
}

#[test]
fn a_key_tells_whose_it_is_and_what_it_may_do() {
    let (ci, id) = (personal_key("CI"), Uuid::from_u128(5).to_string());
    let scopes = json!(["ticket:read", "project:write"]);
    let (made, ended) = (key(&ci, true), key(&ci, false));
    assert_eq!((of(&made), of(&ended)), (("personal_api_key.created", &*id, "CI"), ("personal_api_key.deleted", &*id, "CI")));
    assert_eq!(told(&made), json!([["scopes", null, scopes], ["user", null, 7]]));
    assert_eq!(told(&ended), json!([["user", 7, null], ["scopes", scopes, null]]));
}

#[test]
fn a_workflow_is_created_changed_and_deleted() {
    let steps = json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": [{"action": "get_ticket"}]});
    let before = Workflow {
        id: WorkflowId(Uuid::from_u128(6)),
        name: "Triage".to_owned(),
        enabled: true,
        definition: Definition::parse(&object(steps)).unwrap(),
        created_at: at(1),
        updated_at: at(1),
        created_by: UserId(7),
        version: 1,
    };
    let after = Workflow { enabled: false, version: 2, updated_at: at(2), ..before.clone() };
    let id = Uuid::from_u128(6).to_string();
    let created = workflow(None, Some(&before)).unwrap();
    assert_eq!(of(&created), ("workflow.created", id.as_str(), "Triage"));
    let fields: Vec<_> = created.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["enabled", "name", "steps", "trigger"]);
    let changed = workflow(Some(&before), Some(&after)).unwrap();
    assert_eq!((changed.action.name(), told(&changed)), ("workflow.updated", json!([["enabled", true, false]])));
    assert_eq!(workflow(Some(&before), Some(&Workflow { version: 2, ..before.clone() })), None);
    assert_eq!(of(&workflow(Some(&before), None).unwrap()), ("workflow.deleted", id.as_str(), "Triage"));
    assert_eq!(workflow(None, None), None);
}

fn metadata() -> Metadata {
    Metadata { id: Uuid::nil(), short_id: ShortId::new(0), created_at: at(1), created_by: UserId(7), version: 1 }
}

fn action_of(visibility: QuickActionVisibility) -> QuickAction {
    QuickAction {
        metadata: metadata(),
        name: "Refund".to_owned(),
        description: String::new(),
        content: "Hi".to_owned(),
        rich_content: None,
        changes: TicketChanges::default(),
        visibility,
    }
}

#[test]
fn a_quick_action_is_told_as_the_team_sees_it() {
    let (team, personal) = (action_of(QuickActionVisibility::Team), action_of(QuickActionVisibility::Personal));
    let other = QuickAction { name: "Other".to_owned(), ..personal.clone() };
    let action = |before, after| quick_action(before, after).map(|entry| entry.action.name());
    assert_eq!(action(None, Some(&personal)), None);
    assert_eq!(action(Some(&personal), Some(&other)), None);
    assert_eq!(action(Some(&team), Some(&team)), None);
    assert_eq!(action(Some(&personal), Some(&team)), Some("quick_action.created"));
    assert_eq!(action(Some(&team), Some(&personal)), Some("quick_action.deleted"));
    assert_eq!(action(Some(&personal), None), None);
    assert_eq!(action(None, None), None);
    let changes = TicketChanges {
        status: Some(Status::Pending),
        priority: Some(Priority::High),
        tags: Tags::new(["vip"]).unwrap(),
        assignee: Some(Assignee::User(UserId(7))),
    };
    let after = QuickAction {
        name: "Refund 2".to_owned(),
        description: "All".to_owned(),
        content: "Ho".to_owned(),
        rich_content: Some(json!({})),
        changes,
        ..team.clone()
    };
    let edited = quick_action(Some(&team), Some(&after)).unwrap();
    assert_eq!(of(&edited), ("quick_action.updated", "00000000", "Refund 2"));
    let changes = json!([
        ["name", "Refund", "Refund 2"],
        ["description", "", "All"],
        ["content", "Hi", "Ho"],
        ["rich_content", null, {}],
        ["status", null, "pending"],
        ["priority", null, "high"],
        ["tags", [], ["vip"]],
        ["assignee", null, "user:7"],
    ]);
    assert_eq!(told(&edited), changes);
}

#[test]
fn a_view_is_told_as_others_see_it() {
    let view_of = |name: &str, visibility| SavedView {
        metadata: metadata(),
        name: name.to_owned(),
        filters: object(json!({"status": ["open"]})),
        visibility,
        favorite_of: std::collections::BTreeSet::new(),
    };
    let (shared, private) = (view_of("Mine", ViewVisibility::Shared), view_of("Mine", ViewVisibility::Private));
    assert_eq!(view(None, Some(&private)), None);
    assert_eq!(view(None, None), None);
    let liked = SavedView { favorite_of: [UserId(7)].into(), ..shared.clone() };
    assert_eq!(view(Some(&shared), Some(&liked)), None, "who likes it is no change of the view");
    let created = view(Some(&private), Some(&shared)).unwrap();
    assert_eq!(of(&created), ("view.created", "00000000", "Mine"));
    assert_eq!(told(&created), json!([["filters", null, {"status": ["open"]}], ["name", null, "Mine"]]));
    let renamed = view(Some(&shared), Some(&view_of("All", ViewVisibility::Shared))).unwrap();
    assert_eq!((renamed.action.name(), told(&renamed)), ("view.updated", json!([["name", "Mine", "All"]])));
    assert_eq!(view(Some(&shared), Some(&private)).unwrap().action.name(), "view.deleted");
}

#[test]
fn an_address_tells_its_name_and_whether_it_is_verified_when_they_change() {
    let own = |id: u128, local: &str| MailAddress {
        id: Uuid::from_u128(id),
        local: local.to_owned(),
        forwards: None,
        from_name: None,
        created_at: at(1),
    };
    let (demo, shop) = (own(1, "demo"), own(2, "shop"));
    let forwards = Forwards { address: "support@acme.com".to_owned(), verified: false, dkim: Vec::new() };
    let elsewhere = MailAddress { forwards: Some(forwards), ..own(3, "acme") };
    let none = Mailbox::default();
    let all = none.with(demo.clone()).unwrap().with(shop.clone()).unwrap().with(elsewhere.clone()).unwrap();
    let (one, two, three) = [1, 2, 3].map(|id| Uuid::from_u128(id).to_string()).into();
    let added = address(&none, &all, &demo).unwrap();
    assert_eq!((of(&added), told(&added)), (("email_address.added", one.as_str(), "demo"), json!([])));
    let removed = address(&all, &all.without(shop.id).unwrap().0, &shop).unwrap();
    assert_eq!((of(&removed), told(&removed)), (("email_address.removed", two.as_str(), "shop"), json!([])));
    let default = address(&all, &all.with_default(shop.id).unwrap(), &shop).unwrap();
    assert_eq!((of(&default), told(&default)), (("email_address.default", two.as_str(), "shop"), json!([])));
    let verify = |address: &mut MailAddress| {
        address.from_name = Some("Acme".to_owned());
        address.forwards.as_mut().unwrap().verified = true;
    };
    let (after, changed) = all.with_changed(elsewhere.id, verify).unwrap();
    let changed = address(&all, &after, &changed).unwrap();
    assert_eq!(of(&changed), ("email_address.updated", three.as_str(), "support@acme.com"));
    assert_eq!(told(&changed), json!([["from_name", null, "Acme"], ["verified", false, true]]));
    let named = all.with_changed(demo.id, |address| address.from_name = Some("Demo".to_owned())).unwrap();
    assert_eq!(
        told(&address(&all, &named.0, &named.1).unwrap()),
        json!([["from_name", null, "Demo"]]),
        "the desk's own is verified"
    );
    assert_eq!(address(&all, &all.with_default(demo.id).unwrap(), &demo), None, "it is the default already");
    let records = all.with_changed(elsewhere.id, |address| address.forwards.as_mut().unwrap().dkim.push("a".to_owned())).unwrap();
    assert_eq!(address(&all, &records.0, &records.1), None, "names in the DNS are not told");
    assert_eq!(address(&none, &none, &demo), None);
}

#[test]
fn a_mail_key_is_replaced_and_its_forerunner_ends() {
    assert_eq!(of(&mail_key(ProjectId(3), true)), ("email_key.rotated", "3", ""));
    assert_eq!(of(&mail_key(ProjectId(3), false)), ("email_key_previous.deleted", "3", ""));
}

#[test]
fn a_released_mail_is_called_by_its_subject() {
    let mail = Received {
        id: "m-1".to_owned(),
        at: at(1),
        state: MailState::Held,
        reason: None,
        to: "demo@desk.test".to_owned(),
        from: None,
        subject: "Order 7".to_owned(),
        ticket: None,
        verified: false,
        files: 0,
        raw: String::new(),
        found: None,
        turn: 0,
    };
    assert_eq!(of(&released(&mail)), ("email_inbound.released", "m-1", "Order 7"));
}

#[test]
fn a_source_map_tells_its_size() {
    let name = MapName::chunk("c-1").unwrap();
    let id = name.id().to_string();
    for (before, after, action, changes) in [
        (None, Some(5), "source_map.uploaded", json!([["size", null, 5]])),
        (Some(5), Some(6), "source_map.uploaded", json!([["size", 5, 6]])),
        (Some(5), None, "source_map.deleted", json!([["size", 5, null]])),
    ] {
        let entry = source_map(&name, before, after);
        assert_eq!((of(&entry), told(&entry)), ((action, id.as_str(), "c-1"), changes));
    }
}
