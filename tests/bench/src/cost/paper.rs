//! The document.

use std::fmt::Write as _;

use super::{
    amounts::GB,
    measure::{By, EVENT_BYTES, LOG_BYTES, MILLIS_OF_TRIP, MILLIS_OF_WORK, Measured, OF_MESSAGE},
    operations as of,
    prices::{self, ALL, DATE, REGION},
    sums::{BYTES_OF_TICKET, DAYS, HOURS, MONTHS, OF_TICKET, SECONDS_OF_DAY, SIZES, SYNCS_OF_HOUR, Sums, TICKETS_OF_AGENT},
    template,
};
use crate::Failure;

/// The bounds that the worst day is shown with, in units a second.
const BOUND: f64 = 200.0;
/// The heading of the table whose figures are compared.
pub(super) const OPERATIONS: &str =
    "| Operation | Requests | RCU | WCU | RCU later | WCU later | Events | KB answered | $ a million |";

pub(super) fn write(measured: &[Measured]) -> Result<String, Failure> {
    let sums = Sums(measured);
    let parts =
        [head(), operations(measured), events(&sums)?, desks(&sums)?, rest(&sums)?, worst(&sums)?, traces(&sums)?, list()];
    Ok(parts.join("\n"))
}

fn head() -> String {
    format!(
        "# What it costs

A desk costs what is done on it, and next to nothing at rest. This is what each operation, desks of three sizes, a desk at rest
and the worst day that strangers can make come to.

`cargo run --release -p lambdesk-bench -- cost` writes this file. The units are those that the embedded database counts, as DynamoDB
does; a test compares the table of operations with a new measurement. Prices are the [list prices](#prices) of {REGION} on {DATE}.
Nothing that AWS gives for free is taken off, unless a column says so.
"
    )
}

fn operations(measured: &[Measured]) -> String {
    let mut text = format!("## Operations\n\n{OPERATIONS}\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for one in measured {
        let later = one.later();
        let requests = match one.by {
            By::Requests => format!("{:.0}", one.requests),
            By::Mail => "a mail".to_owned(),
            By::Schedule => "a schedule".to_owned(),
        };
        let _ = writeln!(
            text,
            "| {} | {requests} | {} | {} | {} | {} | {:.0} | {:.0} | {} |",
            one.name,
            units(one.own.rcu),
            units(one.own.wcu),
            units(later.rcu),
            units(later.wcu),
            one.events + one.facts,
            one.answered / 1e3,
            dollars(one.amounts().dollars() * 1e6),
        );
    }
    let _ = write!(
        text,
        "
\"Later\" is what follows: the relay, workflows, the courier, facts about sessions. An event is an entry on the bus, facts included.
The dollars are of everything: the table, API Gateway, Lambda, the bus, its queue, logs and data to the internet. They assume:

- An invocation is billed {MILLIS_OF_WORK} ms and {MILLIS_OF_TRIP} ms more for each round trip to the table, with the memory that the
  template gives the function, on arm64. [docs/cold-start.md](docs/cold-start.md) has what starting one adds.
- The relay runs once for a request's commit, and once more if a workflow changed the ticket. The automation runs once for each
  event, also where a project has no workflows. Under load one run takes several.
- An event is {:.0} KB, and its message takes {OF_MESSAGE} requests of the queue. A request's log lines are {:.0} KB.
- Messages have 160 characters, but where the row says otherwise. The process is warm: it remembers credentials for a minute.
",
        EVENT_BYTES / 1e3,
        LOG_BYTES / 1e3,
    );
    text
}

fn events(sums: &Sums<'_>) -> Result<String, Failure> {
    let mut text = "## A million ticket events

A million times the operation, with all that follows from it.

| Operation | Table | API, Lambda, logs | Bus, queues, mail | Data | Together |
| --- | --- | --- | --- | --- | --- |
"
    .to_owned();
    for name in [of::OPENED, of::WROTE, of::REPLIED, of::PATCHED, of::RAN, of::MAIL_IN, of::MAIL_ON, of::MAIL_OUT] {
        let all = sums.of(name)?.times(1e6);
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} |",
            dollars(all.table()),
            dollars(all.calls()),
            dollars(all.carried()),
            dollars(all.sent()),
            dollars(all.dollars())
        );
    }
    Ok(text)
}

fn desks(sums: &Sums<'_>) -> Result<String, Failure> {
    let mut text = format!(
        "## Desks of a thousand, ten thousand and a hundred thousand tickets a month

| A month | {} |
| --- | --- | --- | --- |
",
        SIZES.map(|size| format!("{size:.0} tickets")).join(" | ")
    );
    let mut total = [0.0; SIZES.len()];
    let mut row = |name: &str, of_size: &dyn Fn(f64) -> f64| {
        let each = SIZES.map(of_size);
        total.iter_mut().zip(each).for_each(|(sum, one)| *sum += one);
        let _ = writeln!(text, "| {name} | {} |", each.map(dollars).join(" | "));
    };
    for (who, parts) in OF_TICKET {
        let one = sums.all(parts)?.dollars();
        row(who, &|size| size * one);
    }
    let stored = |size: f64| size * MONTHS * BYTES_OF_TICKET / GB;
    row("tickets of a year are stored and backed up", &|size| {
        prices::STORED.of(stored(size)) + prices::BACKED_UP.of(stored(size))
    });
    let clock = sums.clock()?;
    row("the clock", &|_| clock);
    let _ = writeln!(text, "| **together** | {} |", total.map(|sum| format!("**{}**", dollars(sum))).join(" | "));
    let _ = writeln!(text, "| agents | {} |", SIZES.map(|size| format!("{:.0}", size / TICKETS_OF_AGENT)).join(" | "));
    let _ = write!(
        text,
        "
A ticket is here:

{}

An agent answers {TICKETS_OF_AGENT:.0} tickets a month in {HOURS:.0} hours, in each of which the page asks {SYNCS_OF_HOUR:.0} times
for news: every 5 s while it is used, every 15 s else. A ticket takes {:.0} KB with its thread, log and indexes, and is kept for
{MONTHS:.0} months. Recordings and events expire in days and weigh little beside that. The page's own files and posthog-js are not
counted: browsers keep them for a year.
",
        OF_TICKET
            .iter()
            .flat_map(|(_, parts)| parts.iter())
            .map(|(name, times)| format!("- {times:.1} × {name}").replace(".0 ×", " ×"))
            .collect::<Vec<_>>()
            .join("\n"),
        BYTES_OF_TICKET / 1e3
    );
    Ok(text)
}

fn rest(sums: &Sums<'_>) -> Result<String, Failure> {
    let mut text = format!(
        "## At rest

What a deployed desk with nobody on it is billed for in {DAYS:.0} days. What AWS gives every account for free is taken off in the
last column, as if the account had nothing else.

| What | How much | List price | After what is free |
| --- | --- | --- | --- |
"
    );
    let (mut list, mut free) = (0.0, 0.0);
    for (what, much, price, after) in sums.at_rest()? {
        let _ = writeln!(text, "| {what} | {much} | {} | {} |", dollars(price), dollars(after));
        if !what.contains(", with `") {
            (list, free) = (list + price, free + after);
        }
    }
    let _ = writeln!(text, "| **together, without what a parameter adds** | | **{}** | **{}** |", dollars(list), dollars(free));
    let _ = write!(
        text,
        "
Nothing else is billed by the hour: the API, {} functions, the bus and its archive, the queues of dead letters, the user pool and its
client id, the roles. The desk's own metrics, such as `WidgetFlood`, cost {} a month each, by the hour, only while there is something
to tell.
",
        template::of_kind("AWS::Serverless::Function").len(),
        dollars(prices::METRIC.of(1.0))
    );
    Ok(text)
}

fn worst(sums: &Sums<'_>) -> Result<String, Failure> {
    let mut text = "## The worst day

What strangers with the public token can spend in a day, if they have as many addresses as they want, know every route, and nobody
looks. Each route is called at the rate at which API Gateway throttles it in `infra/template.yaml`; what is beyond that is refused
there and not billed.

| Doing | Calls a second | Table | API, Lambda, logs | Bus, queues | Data | Together |
| --- | --- | --- | --- | --- | --- | --- |
"
    .to_owned();
    let mut all = super::amounts::Amounts::default();
    for (what, rate, day) in sums.worst_day()? {
        all = all.and(day);
        let _ = writeln!(
            text,
            "| {what} | {rate:.0} | {} | {} | {} | {} | {} |",
            dollars(day.table()),
            dollars(day.calls()),
            dollars(day.carried()),
            dollars(day.sent()),
            dollars(day.dollars())
        );
    }
    let _ = writeln!(
        text,
        "| **all at once** | | {} | {} | {} | {} | **{}** |",
        dollars(all.table()),
        dollars(all.calls()),
        dollars(all.carried()),
        dollars(all.sent()),
        dollars(all.dollars())
    );
    text.push_str(&bounded(sums, all)?);
    Ok(text)
}

/// The same with the parameters that bound it.
fn bounded(sums: &Sums<'_>, all: super::amounts::Amounts) -> Result<String, Failure> {
    let tables = template::bounded() as f64;
    let units = BOUND * SECONDS_OF_DAY;
    let table = tables * (prices::WRITE.of(units) + prices::READ.of(units));
    let (heavy, largest) = (sums.of(of::HEAVY)?, sums.of(of::LARGEST)?);
    let files: f64 =
        sums.worst_day()?.iter().filter(|(_, _, day)| day.reads + day.writes == 0.0).map(|(_, _, day)| day.sent()).sum();
    let sent = heavy.times(units / heavy.reads).sent() + files;
    let carried = largest.times(units / largest.writes * tables).carried();
    let together = table + all.calls() + carried.min(all.carried()) + sent;
    Ok(format!(
        "
| With | Table | API, Lambda, logs | Bus, queues | Data | Together |
| --- | --- | --- | --- | --- | --- |
| nothing | {} | {} | {} | {} | {} |
| `MaxReadUnits={BOUND:.0} MaxWriteUnits={BOUND:.0}` | at most {} | {} | at most {} | {} | {} |

- `MaxReadUnits` and `MaxWriteUnits` bound the table, which also bounds what can be read and sent away. They hold for each of
  {tables:.0} tables and indexes, and the sum has all of them at their bound. Agents and customers get 503 while strangers use
  them up.
- `PublicConcurrency` keeps concurrency for agents and workflows. Of the bill it bounds Lambda's time alone: 50 copies of each of the
  two functions that never rest cost {} a day.
- Files are most of what is left: whoever fetches the SDK and the page's script over and over makes the desk pay for what leaves AWS.
  Serve the SDK from a bucket or CDN (`AssetBase`) and lower the throttles of `/static` and `/inbox` in the template.
- `MonthlyBudget` with `BudgetEmail` stops nothing. AWS counts some hours late, so somebody hears within half a day.
- `RequestsPerSecond` and `RequestBurst` are of the routes that have no throttle of their own. The others are in the template; halving
  them halves the first table.
- The desk's own limits ([SECURITY.md](SECURITY.md#who-may-call-what-how-often)) hold in each process, so an attacker with one address
  or one process spends a small part of this. The throttles are all that is certain.
- Mail has no throttle: whoever sends a million mails of up to 256 KB to the desk makes it pay {}. SES bills each further 256 KB as
  nine tenths of a mail, and what is kept is kept for 400 days: a million mails of 10 MB are {} more to take in, and {} a month to keep.
",
        dollars(all.table()),
        dollars(all.calls()),
        dollars(all.carried()),
        dollars(all.sent()),
        dollars(all.dollars()),
        dollars(table),
        dollars(all.calls()),
        dollars(carried.min(all.carried())),
        dollars(sent),
        dollars(together),
        dollars(prices::TIME.of(50.0 * SECONDS_OF_DAY * (template::memory("WidgetFunction") + template::memory("CaptureFunction")))),
        dollars(sums.of(of::MAIL_IN)?.times(1e6).dollars()),
        dollars(prices::MAIL_PART.of(1e6 * (10e6_f64 / 256e3 - 1.0))),
        dollars(prices::KEPT.of(1e6 * 10e6 / GB)),
    ))
}

/// What traces would add.
fn traces(sums: &Sums<'_>) -> Result<String, Failure> {
    let ran = sums.ticket()?.invocations;
    let most = template::of_kind("AWS::Serverless::Function").len() as f64 * SECONDS_OF_DAY * DAYS;
    let cost = |size: f64| {
        let all = size * ran;
        prices::TRACE.of(all.min(most) + (all - most).max(0.0) * 0.05)
    };
    Ok(format!(
        "## Traces

`Traces=yes` has X-Ray record traces of the functions. It records the first call of each second, and 5 % of the others, of each
function. If it recorded every invocation that it may:

| A month | {} |
| --- | --- | --- | --- |
| traces | {} |

The clock alone is {} more. Off, which is the default, it costs nothing.
",
        SIZES.map(|size| format!("{size:.0} tickets")).join(" | "),
        SIZES.map(|size| dollars(cost(size))).join(" | "),
        dollars(prices::TRACE.of(DAYS * 24.0 * 60.0)),
    ))
}

fn list() -> String {
    let mut text = format!(
        "## Prices

{REGION}, {DATE}, in dollars, without taxes. A price without a mark in the last column was not compared with another source.

| What | Price | Of | Compared |
| --- | --- | --- | --- |
"
    );
    for price in ALL {
        let mark = if price.is_checked { "yes" } else { "" };
        let _ = writeln!(text, "| {} | {} | {} | {mark} |", price.what, price.dollars, price.per);
    }
    text
}

/// Units with one decimal, if there is one.
fn units(units: f64) -> String {
    format!("{units:.1}").trim_end_matches(".0").to_owned()
}

fn dollars(dollars: f64) -> String {
    match dollars {
        none if none <= 0.0 => "0".to_owned(),
        few if few < 0.01 => "under 0.01".to_owned(),
        few if few < 100.0 => format!("{few:.2}"),
        many => format!("{many:.0}"),
    }
}
