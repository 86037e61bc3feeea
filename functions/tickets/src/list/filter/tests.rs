use super::*;

fn filter(query: &str) -> Filter {
    given(query, &[]).filter(UserId(7), Timestamp::EPOCH.plus_seconds(1_000_000)).unwrap().0
}

fn given(query: &str, view: &[(&'static str, &str)]) -> Given {
    Given { query: of_query(query), view: view.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
}

#[test]
fn what_is_given_wins_over_the_view_by_each_of_its_filters() {
    let view = [
        ("status", "open"),
        ("tags", r#"["vip"]"#),
        ("date_from", "2026-01-01"),
        ("order_by", "ticket_number"),
        ("search", "ada"),
    ];
    let read = |query: &str| given(query, &view).filter(UserId(7), Timestamp::EPOCH).unwrap();
    let (of_view, order) = read("status=nope&priority=&tags=x&search=%20&order_by=");
    assert_eq!((of_view.statuses.clone(), order.name()), (Some(vec![Status::Open]), "ticket_number".to_owned()));
    assert!(of_view.tags_any.is_some() && of_view.created.from.is_some() && of_view.search.is_some());
    let (given_all, order) = read("status=new&tags_all=[%22bug%22]&date_from=all&order_by=-created_at&search=bob&priority=low");
    let expected = Filter {
        statuses: Some(vec![Status::New]),
        priorities: Some(vec![Priority::Low]),
        tags_all: Some(vec!["bug".into()]),
        search: Search::read("bob").unwrap(),
        ..Filter::default()
    };
    assert_eq!((given_all, order.name()), (expected, "-created_at".to_owned()));
    let bad = given("", &[("date_from", "someday")]).filter(UserId(7), Timestamp::EPOCH);
    assert!(matches!(bad, Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "view"));
    assert_ne!(given("", &view).written(), given("", &[]).written(), "a cursor of the one is none of the other");
}

#[test]
fn what_is_no_filter_is_none() {
    for query in [
        "",
        "status=&priority=&assignee=,&ids=,,",
        "status=closed,NEW&priority=critical,null&channel_source=fax&sla=late&snoozed=yes",
        "assignee=nobody,user:x,role:1,me:&ids=1,x&distinct_ids=,",
        "tags=vip&tags_all={}&tags_exclude=[1]&search=%20",
        "date_from=all&date_to=&unknown=1&order_by=priority",
        "tags=[]&tags_all=%5B%22%20%22%5D",
    ] {
        assert_eq!(filter(query), Filter::default(), "{query}");
    }
    let vip = || Some(vec!["vip".to_owned()]);
    assert_eq!((filter(r#"tags=["VIP","",7]"#).tags_any, filter(r#"tags_exclude=["vip",null]"#).tags_none), (vip(), vip()));
    let many: Vec<_> = (0..51).map(|n| n.to_string()).collect();
    assert_eq!(filter(&format!("tags={}", serde_json::to_string(&many).unwrap())), Filter::default());
}

#[test]
fn lists_keep_their_valid_words_once() {
    let filter =
        filter("status=open,%20new,open,x&assignee=me,unassigned,user:7,user:8&distinct_ids=a%23b,c&tags=[%22VIP%20%22]");
    assert_eq!(filter.statuses, Some(vec![Status::Open, Status::New]));
    let user = |id| Some(Assignee::User(UserId(id)));
    assert_eq!(filter.assignees, Some(vec![user(7), None, user(8)]));
    assert_eq!(filter.distinct_ids, Some(vec!["a#b".to_owned(), "c".to_owned()]));
    assert_eq!(filter.tags_any, Some(vec!["vip".to_owned()]));
    let ids = (0..150).map(|n| uuid::Uuid::from_u128(n).to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(self::filter(&format!("ids={ids}")).ids.unwrap().len(), MOST);
}

#[test]
fn dates_and_long_searches_are_refused_by_name() {
    let now = Timestamp::EPOCH;
    let refused = |query: &str| match given(query, &[]).filter(UserId(1), now) {
        Err(Problem::Invalid { attr: Some(attr), .. }) => attr,
        other => panic!("{other:?}"),
    };
    for name in ["date_from", "date_to", "updated_from", "updated_to"] {
        assert_eq!(refused(&format!("{name}=yesterday")), name);
    }
    assert_eq!(refused(&format!("search={}", "x".repeat(201))), "search");
}
