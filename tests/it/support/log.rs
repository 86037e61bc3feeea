//! The log of a desk, as its functions write it on AWS.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::{EnvFilter, fmt};

/// What the functions on some threads have logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What this thread logs goes here, for as long as the thread lives.
    pub(crate) fn listen(&self) {
        let writer = self.clone();
        let log = fmt().json().flatten_event(true).with_target(false).with_env_filter(EnvFilter::new("info"));
        let guard = dispatcher::set_default(&Dispatch::new(log.with_writer(move || writer.clone()).finish()));
        // The guard would end it at once.
        std::mem::forget(guard);
    }

    /// The lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

/// What a test has sent of people's own: texts and addresses, in the bodies of its calls.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<Mutex<BTreeSet<String>>>);

impl Said {
    /// Whoever writes a word may mean one of the desk's; nobody takes a sentence or an address for that.
    pub(super) fn hear(&self, body: &Value) {
        match body {
            Value::String(text) if text.trim().contains([' ', '@']) && text.len() < 500 => {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(text.trim().to_owned());
            }
            Value::Array(list) => list.iter().for_each(|value| self.hear(value)),
            Value::Object(fields) => fields.values().for_each(|value| self.hear(value)),
            _ => {}
        }
    }
}

/// How the desk's tokens begin, behind what is before a value in a line.
const TOKENS: [&str; 4] = ["phx_", "phs_", "phc_", "wgt_"];

impl Log {
    /// Panics if a line has a token, an address, or what the test has sent of people's own.
    pub(super) fn assert_tells_nothing_of(&self, said: &Said) {
        let said = said.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in self.lines() {
            let told = TOKENS.iter().find(|token| line.contains(**token)).map(|token| (*token).to_owned());
            let told = told.or_else(|| said.iter().find(|text| line.contains(text.as_str())).cloned());
            assert!(told.is_none(), "the log tells {told:?}: {line}");
        }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
