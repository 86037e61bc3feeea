use proptest::prelude::*;

use super::*;
use crate::{
    calendar::{Amount, SlaUnit},
    ids::TicketId,
    patch::Patch,
    sla::Deadline,
    tags::TagsMode,
    ticket::Status,
    traits::Object,
};

/// What a desk would answer to the `n`th action: the same each time for a seed, and sometimes a failure.
fn answer(n: usize, action: &Action, seed: usize) -> ActionOutcome {
    match action {
        _ if (n + seed) % 7 == 6 => ActionOutcome::Failed("Ticket not found".into()),
        Action::GetTicket { ticket_id } => ActionOutcome::Ticket(object(json!({
            "id": ticket_id, "tags": ["vip"], "message_count": n + seed, "status": "pending", "assignee": {"type": "user", "id": 1},
        }))),
        Action::UpdateTicket { .. } => ActionOutcome::Updated(object(json!({"status": "open"}))),
    }
}

/// Performs up to `most` actions and returns them with their places.
fn perform(run: &mut Run<'_>, most: usize, seed: usize) -> Vec<(String, Action)> {
    let mut done = Vec::new();
    while done.len() < most
        && let Next::Act { place, action } = run.advance()
    {
        run.tell(answer(run.performed().len(), &action, seed)).unwrap();
        done.push((place, action));
    }
    done
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A run may be cut anywhere: one that is told the same outcomes goes on as the first would have.
    #[test]
    fn a_cut_run_resumes_where_it_stood(definition in any::definition(), event in any::event(), cut in 0..12_usize, seed in 0..7_usize) {
        let mut whole = Run::new(&definition, &event);
        let all = perform(&mut whole, usize::MAX, seed);

        let mut first = Run::new(&definition, &event);
        let mut done = perform(&mut first, cut, seed);
        let kept = serde_json::to_string(first.performed()).unwrap();
        let mut second = Run::resume(&definition, &event, serde_json::from_str(&kept).unwrap()).unwrap();
        done.extend(perform(&mut second, usize::MAX, seed));

        prop_assert_eq!(done, all);
        prop_assert_eq!(second.log(), whole.log());
        prop_assert_eq!(second.performed(), whole.performed());
        prop_assert_eq!(second.advance(), whole.advance());
        let steps = whole.log().len();
        prop_assert!(steps <= MOST_STEPS && whole.performed().len() <= steps);
    }
}

fn created(properties: Value) -> Occurrence {
    occurrence(EventName::TicketCreated, properties)
}

/// The change that a run of one `update_ticket` asks for, or why the run failed.
fn change(inputs: Value, properties: Value) -> Result<Patch, String> {
    let (definition, event) = (steps(json!([update(inputs)])), created(properties));
    let mut run = Run::new(&definition, &event);
    match run.advance() {
        Next::Act { action: Action::UpdateTicket { patch, .. }, .. } => Ok(patch),
        Next::Act { .. } => unreachable!(),
        Next::Done(ending) => {
            assert_eq!(ending, Ending::Failed);
            Err(run.log()[0].detail.as_ref().unwrap().as_str().unwrap().to_owned())
        }
    }
}

#[test]
fn only_what_is_given_changes() {
    assert_eq!(change(json!({}), json!({})).unwrap(), Patch::default());
    let given = json!({
        "status": "open", "priority": "low", "sla_amount": "1.5", "sla_unit": "minute", "assignee": null,
        "tags": ["VIP", "vip "], "tags_mode": "add",
    });
    let patch = change(given, json!({})).unwrap();
    let expected = Patch {
        status: Some(Status::Open),
        priority: Some(Some(Priority::Low)),
        deadline: Some(Deadline::In(Box::new(Amount::new(1.5, SlaUnit::Minute, None).unwrap()))),
        assignee: Some(None),
        tags: Some((Tags::new(["vip"]).unwrap(), TagsMode::Add)),
        ..Patch::default()
    };
    assert_eq!(patch, expected);
    let cleared = change(json!({"sla_amount": "clear", "sla_unit": "{event.properties.unit}"}), json!({"unit": "week"}));
    assert_eq!(cleared.unwrap().deadline, Some(Deadline::Clear));
    assert_eq!(
        change(json!({"sla_amount": 4}), json!({})).unwrap().deadline,
        Some(Deadline::In(Box::new(Amount::new(4.0, SlaUnit::Hour, None).unwrap())))
    );
    assert_eq!(change(json!({"tags": []}), json!({})).unwrap().tags, Some((Tags::default(), TagsMode::Set)));
}

#[test]
fn placeholders_are_filled_and_checked() {
    let x = |inputs: Value, x: Value| change(inputs, json!({"x": x}));
    assert_eq!(x(json!({"status": "{event.properties.x}"}), json!("pending")).unwrap().status, Some(Status::Pending));
    assert_eq!(
        x(json!({"tags": ["from-{event.properties.x}", "{event.distinct_id}"]}), json!(5)).unwrap().tags,
        Some((Tags::new(["from-5", "ada-1"]).unwrap(), TagsMode::Set))
    );
    assert_eq!(
        x(json!({"tags": ["old", "{event.properties.x}", "new"]}), json!(["a", "b"])).unwrap().tags,
        Some((Tags::new(["old", "a", "b", "new"]).unwrap(), TagsMode::Set))
    );
    let long = "x".repeat(201);
    for (inputs, value, field) in [
        (json!({"status": "{event.properties.x}"}), json!("urgent"), "status: "),
        (json!({"status": "{event.properties.x}"}), Value::Null, "status: "),
        (json!({"priority": "{event.properties.x}"}), json!(5), "priority: "),
        (json!({"sla_amount": "{event.properties.x}"}), json!("much"), "sla_amount: "),
        (json!({"sla_amount": "{event.properties.x}"}), json!(-1), "sla_amount: "),
        (json!({"sla_amount": "{event.properties.x}"}), json!("nan"), "sla_amount: "),
        (json!({"sla_amount": "2000", "sla_unit": "{event.properties.x}"}), json!("day"), "sla_amount: "),
        (json!({"sla_amount": "1", "sla_unit": "{event.properties.x}"}), json!("week"), "sla_unit: "),
        (json!({"tags": ["{event.properties.x}"]}), json!(""), "tags: "),
        (json!({"tags": ["{event.properties.x}"]}), json!(long), "tags: "),
        (json!({"ticket_id": "{event.properties.x}"}), json!("7"), "ticket_id: "),
        (json!({"assignee": {"type": "role", "name": "Support"}}), Value::Null, "assignee: "),
    ] {
        let reason = x(inputs.clone(), value).unwrap_err();
        assert!(reason.starts_with(field), "{inputs}: {reason}");
    }
}

#[test]
fn what_a_customer_wrote_is_never_read_again() {
    let tags = |x: &str| change(json!({"tags": ["{event.properties.x}"]}), json!({"x": x})).unwrap().tags.unwrap().0;
    assert_eq!(tags("{event.distinct_id}").iter().collect::<Vec<_>>(), ["{event.distinct_id}"]);
    // A value that completes the braces around it doesn't become a placeholder either.
    let joined = change(json!({"tags": ["{{event.properties.x}}"]}), json!({"x": "event.distinct_id"})).unwrap();
    assert_eq!(joined.tags.unwrap().0.iter().collect::<Vec<_>>(), ["{event.distinct_id}"]);
}

#[test]
fn a_ticket_that_was_read_is_known_from_then_on() {
    let busy = json!({"property": "variables.ticket.message_count", "operator": "greater_than", "value": 3});
    let branch = json!({"branches": [{"when": busy, "steps": [update(json!({"tags": ["{variables.ticket.tags}", "busy"]}))]}]});
    let definition = steps(json!([branch, {"action": "get_ticket"}, branch]));
    let event = created(json!({}));
    let mut run = Run::new(&definition, &event);
    let Next::Act { place, action: action @ Action::GetTicket { .. } } = run.advance() else { panic!() };
    assert_eq!((place.as_str(), &action), ("steps[1]", &Action::GetTicket { ticket_id: TicketId(uuid(1)) }));
    assert_eq!(run.advance(), Next::Act { place, action }, "asking again changes nothing");
    run.tell(ActionOutcome::Ticket(object(json!({"message_count": 4, "tags": ["vip"]})))).unwrap();
    let Next::Act { place, action: Action::UpdateTicket { patch, .. } } = run.advance() else { panic!() };
    assert_eq!(place, "steps[2].branches[0].steps[0]");
    assert_eq!(patch.tags.unwrap().0.iter().collect::<Vec<_>>(), ["vip", "busy"]);
    run.tell(ActionOutcome::Updated(object(json!({"tags": ["vip", "busy"]})))).unwrap();
    assert_eq!(run.advance(), Next::Done(Ending::Acted));
    assert_eq!(
        serde_json::to_value(run.log()).unwrap(),
        json!([
            {"step": "steps[0]", "result": "branch", "detail": "none"},
            {"step": "steps[1]", "result": "done", "detail": null},
            {"step": "steps[2]", "result": "branch", "detail": "branches[0]"},
            {"step": "steps[2].branches[0].steps[0]", "result": "done", "detail": {"tags": ["vip", "busy"]}},
        ])
    );
}

#[test]
fn a_failure_ends_the_run() {
    let definition = steps(json!([{"action": "get_ticket"}, update(json!({"status": "open"}))]));
    let event = created(json!({}));
    let mut run = Run::new(&definition, &event);
    run.advance();
    run.tell(ActionOutcome::Failed("Ticket not found".into())).unwrap();
    assert_eq!(run.advance(), Next::Done(Ending::Failed));
    let log = serde_json::to_value(run.log()).unwrap();
    assert_eq!(log, json!([{"step": "steps[0]", "result": "failed", "detail": "Ticket not found"}]));

    let event = Occurrence { name: EventName::TicketCreated, distinct_id: String::new(), properties: Object::new() };
    let mut run = Run::new(&definition, &event);
    assert_eq!(run.advance(), Next::Done(Ending::Failed), "an event without a ticket");
    assert_eq!(Run::new(&steps(json!([])), &event).advance(), Next::Done(Ending::Nothing));
}

#[test]
fn outcomes_of_other_steps_are_misfits() {
    let definition = steps(json!([{"action": "get_ticket"}, update(json!({"status": "open"}))]));
    let event = created(json!({}));
    let mut run = Run::new(&definition, &event);
    assert!(run.tell(ActionOutcome::Updated(Object::new())).is_err(), "nothing was asked yet");
    run.advance();
    assert_eq!(run.tell(ActionOutcome::Updated(Object::new())), Err(Misfit { place: "steps[0]".into() }));
    run.tell(ActionOutcome::Ticket(Object::new())).unwrap();
    let kept = run.performed().to_vec();
    for other in [
        json!([]),
        json!([update(json!({"status": "open"}))]),
        json!([{"branches": [
        {"when": {"property": "event.distinct_id", "operator": "is_set"}, "steps": [{"action": "get_ticket"}]}]}]),
    ] {
        assert!(Run::resume(&steps(other), &event, kept.clone()).is_err());
    }
    assert!(Run::resume(&definition, &event, kept).is_ok());
}

#[test]
fn the_first_branch_that_holds_is_taken() {
    let is = |value: &str| json!({"property": "event.properties.x", "operator": "starts_with", "value": value});
    let definition = steps(json!([{
        "branches": [
            {"when": is("ab"), "steps": []},
            {"when": is("a"), "steps": [update(json!({"status": "open"}))]},
        ],
        "else": [update(json!({"status": "pending"}))],
    }]));
    let way = |x: &str| {
        let event = created(json!({"x": x}));
        let mut run = Run::new(&definition, &event);
        run.advance();
        run.log()[0].detail.clone().unwrap()
    };
    assert_eq!((way("ABC"), way("aXC"), way("b")), (json!("branches[0]"), json!("branches[1]"), json!("else")));
}

#[test]
fn outcomes_have_the_words_of_the_contract() {
    let word = |ending: Ending, waited| serde_json::to_value(ending.outcome(waited)).unwrap();
    assert_eq!((word(Ending::Acted, false), word(Ending::Acted, true)), (json!("acted"), json!("rate_limited_then_acted")));
    assert_eq!((word(Ending::Nothing, true), word(Ending::Failed, true)), (json!("no_match"), json!("failed")));
}
