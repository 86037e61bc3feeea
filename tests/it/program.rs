//! The program behind `cargo run`, as a separate process that a test may kill.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::support::Http;

/// A running program. It ends when this value is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) http: Http,
}

impl Program {
    /// Starts the program on a directory, or in memory. Once this returns, the program listens.
    pub(crate) fn start(data: Option<&Path>, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lambdesk-local"));
        command.args(["--port", "0"]).args(more).stdout(Stdio::piped());
        match data {
            Some(data) => command.arg("--data").arg(data),
            None => command.arg("--memory"),
        };
        let mut child = command.spawn().expect("the program starts");
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("Lambdesk is listening on ").expect("its first line").to_owned();
        Self { child, http: Http::new(address) }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Sends a signal, waits for the process to end, and returns its exit code, if it has one.
    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
