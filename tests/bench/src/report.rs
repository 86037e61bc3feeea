//! The table of results.

use std::fmt;

use crate::{load::Measured, world::Operation};

/// The results of one operation with one number of clients.
pub(crate) struct Row {
    pub(crate) operation: Operation,
    pub(crate) clients: usize,
    pub(crate) http: Measured,
    pub(crate) raw: Measured,
}

pub(crate) const HEAD: &str =
    "                 |        desk over HTTP       |         raw emulator        |       |  processor time, us each
operation clients|    req/s   p50 ms   p99 ms  |     op/s   p50 ms   p99 ms  | ratio |  desk emulator    SDK  load
-----------------|-----------------------------|-----------------------------|-------|----------------------------";

pub(crate) const NOTES: &str = "
ratio     requests/s over operations/s; the goal is 0.8
desk      processor time of lambdesk-local for one request over HTTP: front, SDK and emulator
emulator  processor time of lambdesk-local for the same DynamoDB calls made by this process
SDK       processor time of this process for those calls; load: for one request over HTTP
create    visitors' first messages over the widget, each with a session of its own, each client in a project of its own:
          one visitor may write 30 times a minute, and one project's widget 3,600 times an hour
append    visitors' messages over the widget; each client plays many visitors, 25 messages each, for the same reason
poll      the widget asks for what is new and nothing is; many visitors in many projects, 25 polls each
list 50   an agent's inbox without a filter, 1,200 tickets in five statuses
Both sides write to one table, whose stream the desk follows: its totals cost both the same.";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, clients, http, raw } = self;
        let name = match operation {
            Operation::Create => "create",
            Operation::Append => "append",
            Operation::Poll => "poll",
            Operation::List => "list 50",
        };
        write!(f, "{name:<10}{clients:>6} |")?;
        for side in [http, raw] {
            let (rate, median, slow) = (side.per_second(), side.millis_at(0.5), side.millis_at(0.99));
            write!(f, " {rate:>8.0} {median:>8.2} {slow:>8.2}  |")?;
        }
        let (desk, emulator) = (http.each(http.desk), raw.each(raw.desk));
        let (sdk, load) = (raw.each(raw.load), http.each(http.load));
        write!(f, "  {:.2} | {desk:>5.0} {emulator:>8.0} {sdk:>6.0} {load:>5.0}", http.per_second() / raw.per_second())
    }
}
