use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.plus_seconds(seconds)
}

fn delivery(addresses: &[&str]) -> Delivery {
    let recipient = |(place, address): (usize, &&str)| Recipient {
        address: (*address).to_owned(),
        kind: if place == 0 { RecipientKind::To } else { RecipientKind::Cc },
        status: DeliveryStatus::Queued,
        detail: None,
        at: at(0),
    };
    let recipients = addresses.iter().enumerate().map(recipient).collect();
    plan::queued(TicketId(uuid::Uuid::from_u128(1)), MessageId::new(at(0), 1), at(0), recipients, at(0))
}

fn report(what: Reported, recipients: &[&str]) -> Report {
    let recipients = recipients.iter().map(|address| (*address).to_owned()).collect();
    Report { what, recipients, detail: None, mail: Some("ses".to_owned()), at: at(5) }
}

fn statuses(delivery: &Delivery) -> Vec<DeliveryStatus> {
    delivery.recipients.iter().map(|recipient| recipient.status).collect()
}

#[test]
fn one_takes_it_and_others_wait_for_what_comes_of_it() {
    let taken = delivery(&["ada@example.com"]).taken(at(1)).unwrap();
    assert_eq!((taken.status(), taken.tries, taken.due, taken.version), (DeliveryStatus::Sending, 1, None, 2));
    assert_eq!(taken.taken(at(OUTCOME)), None, "the outcome may still be told");
    let again = taken.taken(at(1 + OUTCOME)).unwrap();
    assert_eq!(again.tries, 2);
    let sent = taken.tried(&Outcome::Sent("ses".to_owned()), at(2), 0).unwrap();
    assert_eq!((sent.taken(at(9 * OUTCOME)), sent.mail.as_deref()), (None, Some("ses")));
    assert_eq!(sent.tried(&Outcome::Failed("late".to_owned()), at(3), 0), None, "an answer that comes after the event");
}

#[test]
fn what_fails_for_now_is_tried_again_for_five_days() {
    let mut delivery = delivery(&["ada@example.com"]);
    let mut pauses = Vec::new();
    for _ in 0..8 {
        delivery = delivery.taken(delivery.timer).unwrap();
        let now = delivery.tried_at.unwrap();
        delivery = delivery.tried(&Outcome::Later("throttled".to_owned()), now, 0).unwrap();
        assert_eq!((delivery.status(), delivery.due), (DeliveryStatus::Queued, None));
        pauses.push(delivery.timer.seconds() - now.seconds());
    }
    assert_eq!(pauses, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
    assert_eq!(delivery.pause(999), 3600 + 899, "up to a quarter more");
    let taken = delivery.taken(at(432_000)).unwrap();
    let tried = |seconds| taken.tried(&Outcome::Later("throttled".to_owned()), at(seconds), 0).unwrap();
    assert_eq!(tried(431_999).status(), DeliveryStatus::Queued);
    let failed = tried(432_000);
    assert_eq!((failed.status(), failed.recipients[0].detail.as_deref()), (DeliveryStatus::Failed, Some("throttled")));
}

#[test]
fn a_timer_tells_again_and_waits_for_an_outcome() {
    let changed = |woken: Woken| match woken {
        Woken::Changed(delivery) => (delivery.due, delivery.timer),
        Woken::Nothing => panic!("nothing"),
    };
    let queued = delivery(&["ada@example.com"]);
    assert_eq!(changed(queued.woken(at(OUTCOME), at(700))), (Some(at(700)), at(700 + OUTCOME)));
    assert_eq!(queued.woken(at(5), at(700)), Woken::Nothing, "another timer counts");
    let taken = queued.taken(at(500)).unwrap();
    assert_eq!(changed(taken.woken(at(OUTCOME), at(700))), (None, at(500 + OUTCOME)));
    assert_eq!(changed(taken.woken(at(OUTCOME), at(500 + OUTCOME))).0, Some(at(500 + OUTCOME)));
    let sent = taken.advance(&report(Reported::Sent, &[])).unwrap();
    assert_eq!(sent.woken(at(OUTCOME), at(700)), Woken::Nothing);
}

#[test]
fn what_is_told_of_one_says_that_all_were_sent() {
    use DeliveryStatus::{Bounced, Complained, Delivered, Failed, Sent};
    let taken = delivery(&["ada@example.com", "bob@example.com"]).taken(at(1)).unwrap();
    let early = taken.advance(&report(Reported::Delivered, &["BOB@example.com"])).unwrap();
    assert_eq!((statuses(&early), early.mail.as_deref()), (vec![Sent, Delivered], Some("ses")));
    assert_eq!(early.advance(&report(Reported::Sent, &[])), None, "late");
    let bounced = early.advance(&report(Reported::Bounced, &["ada@example.com"])).unwrap();
    assert_eq!(statuses(&bounced), [Bounced, Delivered]);
    assert_eq!(bounced.advance(&report(Reported::Delivered, &["ada@example.com"])), None);
    let complained = bounced.advance(&report(Reported::Complained, &["bob@example.com"])).unwrap();
    assert_eq!(statuses(&complained), [Bounced, Complained]);
    assert_eq!(statuses(&taken.advance(&report(Reported::Rejected, &[])).unwrap()), [Failed, Failed]);
    let late = Report { detail: Some("later".to_owned()), ..report(Reported::Delayed, &["ada@example.com"]) };
    let late = taken.advance(&late).unwrap();
    assert_eq!((statuses(&late), late.recipients[0].detail.as_deref()), (vec![Sent, Sent], Some("later")));
}

#[test]
fn it_is_sent_once_more_to_those_whom_it_did_not_reach() {
    use DeliveryStatus::{Bounced, Delivered, Queued, Sending, Sent};
    let taken = delivery(&["ada@example.com", "bob@example.com"]).taken(at(1)).unwrap();
    assert_eq!(taken.resent(at(2)), None, "it is under way");
    let arrived = taken.advance(&report(Reported::Delivered, &["ada@example.com"])).unwrap();
    assert_eq!(arrived.resent(at(2)), None, "nothing says that it did not reach somebody");
    let bounced = arrived.advance(&report(Reported::Bounced, &["bob@example.com"])).unwrap();
    let failure = bounced.failure_since(&arrived).unwrap();
    assert_eq!((failure.status, failure.text.as_str()), (Bounced, "A mail did not reach bob@example.com"));
    assert_eq!(bounced.failure_since(&bounced), None, "the team is told once");
    let resent = bounced.resent(at(LONGEST)).unwrap();
    assert_eq!((statuses(&resent), resent.is_settled(), resent.due), (vec![Delivered, Queued], false, Some(at(LONGEST))));
    let again = resent.taken(at(LONGEST)).unwrap();
    assert_eq!((statuses(&again), again.tries), (vec![Delivered, Sending], 1));
    let later = again.tried(&Outcome::Later("throttled".to_owned()), at(LONGEST + 1), 0).unwrap();
    assert_eq!(statuses(&later), [Delivered, Queued], "the days count from now");
    let sent = again.tried(&Outcome::Sent("ses".to_owned()), at(LONGEST + 1), 0).unwrap();
    assert_eq!(statuses(&sent), [Delivered, Sent]);
}

#[test]
fn what_has_not_left_for_half_an_hour_is_late_for_a_while() {
    let queued = delivery(&["ada@example.com"]);
    let late = |seconds| queued.is_late(at(seconds));
    assert_eq!([1799, 1800, 6299, 6300].map(late), [false, true, true, false]);
    assert!(!queued.taken(at(1)).unwrap().tried(&Outcome::Failed("no".to_owned()), at(2), 0).unwrap().is_late(at(1800)));
    let longest = (0..20).map(|tries| Delivery { tries, ..queued.clone() }.pause(999)).max().unwrap();
    assert!(longest <= LATE.1, "the clock looks at it in between");
}

#[test]
fn its_turn_is_told_anew() {
    let queued = delivery(&["ada@example.com"]);
    assert_eq!(queued.called(at(9)).unwrap().due, Some(at(9)));
    assert_eq!(queued.called(at(0)).unwrap().due, Some(at(0).next()), "never the same moment twice");
    let taken = queued.taken(at(1)).unwrap();
    assert_eq!(taken.called(at(9)), None);
    let Woken::Changed(told_again) = taken.woken(at(OUTCOME), at(1 + OUTCOME)) else { panic!("nothing") };
    assert_eq!((told_again.due, told_again.called(at(2000))), (Some(at(1 + OUTCOME)), None), "somebody may have it still");
    let later = taken.tried(&Outcome::Later("throttled".to_owned()), at(2), 0).unwrap();
    assert_eq!(later.called(at(9)), None, "it waits for nobody before its timer");
}

#[test]
fn a_reason_is_told_once_of_a_mail_that_comes_later() {
    let told = |what, detail: &str| Report { detail: Some(detail.to_owned()), ..report(what, &[]) };
    let sent = delivery(&["ada@example.com"]).taken(at(1)).unwrap().advance(&report(Reported::Sent, &[])).unwrap();
    assert_eq!((sent.version, sent.due), (3, None));
    assert_eq!(sent.advance(&told(Reported::Sent, "why")), None);
    assert_eq!(sent.advance(&report(Reported::Delayed, &[])), None);
    let late = sent.advance(&told(Reported::Delayed, " full ")).unwrap();
    assert_eq!((late.status(), late.recipients[0].detail.as_deref()), (DeliveryStatus::Sent, Some("full")));
    assert_eq!(late.advance(&told(Reported::Delayed, "still full")), None);
    let delivered = sent.advance(&report(Reported::Delivered, &[])).unwrap();
    assert_eq!(delivered.advance(&told(Reported::Delayed, "full")), None, "it has arrived");
}

#[test]
fn what_is_settled_waits_for_nobody() {
    let taken = delivery(&["ada@example.com"]).taken(at(1)).unwrap();
    let Woken::Changed(told_again) = taken.woken(at(OUTCOME), at(1 + OUTCOME)) else { panic!("nothing") };
    assert_eq!(told_again.advance(&report(Reported::Sent, &[])).unwrap().due, None);
    let skipped = told_again.tried(&Outcome::Skipped("seen".to_owned()), at(2000), 0).unwrap();
    assert_eq!((skipped.status(), skipped.due), (DeliveryStatus::Skipped, None));
    assert_eq!(skipped.recipients[0].detail.as_deref(), Some("seen"));
}

#[test]
fn a_failure_is_told_in_words() {
    let taken = delivery(&["ada@example.com", "bob@example.com"]).taken(at(1)).unwrap();
    let words = |what, recipients: &[&str], detail: Option<&str>| {
        let report = Report { detail: detail.map(str::to_owned), ..report(what, recipients) };
        let failure = taken.advance(&report).unwrap().failure_since(&taken).unwrap();
        assert_eq!((failure.message, failure.content()), (taken.message, crate::testing::content(&failure.text)));
        failure.text
    };
    let bounced = words(Reported::Refused, &[], Some("no such user"));
    assert_eq!(bounced, "A mail did not reach ada@example.com, bob@example.com: no such user");
    let complained = words(Reported::Complained, &["bob@example.com"], None);
    assert_eq!(complained, "bob@example.com reports a mail of this ticket as spam");
    let failed = words(Reported::Rejected, &["ada@example.com"], Some("virus"));
    assert_eq!(failed, "A mail could not be sent to ada@example.com: virus");
    let sent = taken.advance(&report(Reported::Sent, &[])).unwrap();
    assert_eq!(sent.failure_since(&taken), None);
    let one = sent.advance(&report(Reported::Bounced, &["ada@example.com"])).unwrap();
    let both = one.advance(&report(Reported::Bounced, &["bob@example.com"])).unwrap();
    assert_eq!(both.failure_since(&one).unwrap().text, "A mail did not reach bob@example.com", "the other one is known");
}

#[test]
fn a_status_follows_those_before_it_and_none_follows_an_end() {
    use DeliveryStatus::{Bounced, Complained, Delivered, Failed, Queued, Sending, Sent, Skipped};
    for (status, next, expected) in [
        (Queued, Sending, true),
        (Sent, Sent, false),
        (Sent, Sending, false),
        (Sent, Bounced, true),
        (Delivered, Complained, true),
        (Bounced, Delivered, false),
        (Failed, Skipped, false),
        (Skipped, Skipped, false),
    ] {
        assert_eq!(status.may_become(next), expected, "{status:?} {next:?}");
    }
    let of =
        |is: fn(DeliveryStatus) -> bool| DeliveryStatus::ALL.iter().copied().filter(|status| is(*status)).collect::<Vec<_>>();
    assert_eq!(of(DeliveryStatus::is_failure), [Bounced, Complained, Failed]);
    assert_eq!(of(DeliveryStatus::is_open), [Queued, Sending]);
}

proptest! {
    /// In whatever order reports come, and however often, each recipient goes forward, and the last ones agree.
    #[test]
    fn reports_go_one_way(order in prop::collection::vec((0..6_usize, 0..2_usize), 0..20)) {
        const ALL: [Reported; 6] = [
            Reported::Sent, Reported::Delivered, Reported::Delayed, Reported::Bounced, Reported::Complained, Reported::Rejected,
        ];
        let mut now = delivery(&["ada@example.com", "bob@example.com"]).taken(at(1)).unwrap();
        for (what, who) in order {
            let report = report(ALL[what], &[["ada@example.com", "bob@example.com"][who]]);
            let Some(next) = now.advance(&report) else { continue };
            for (before, after) in now.recipients.iter().zip(&next.recipients) {
                prop_assert!(before.status == after.status || before.status.may_become(after.status));
            }
            prop_assert_eq!(next.advance(&report), None, "a repeat says nothing new");
            now = next;
        }
    }
}
