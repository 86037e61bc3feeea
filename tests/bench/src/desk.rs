//! A desk that runs in a process of its own.

use std::{
    fmt, fs,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use crate::Failure;

/// The program that is run as the desk.
pub(crate) struct Binary {
    path: PathBuf,
    /// Whether the program is certain to be built from this checkout.
    built: bool,
}

impl Binary {
    /// The `lambdesk-local` beside this program. It is built first if cargo runs this program; if that fails, the file is used
    /// as it is.
    pub(crate) fn build() -> Result<Self, Failure> {
        let path = std::env::current_exe()?.with_file_name("lambdesk-local");
        let built = std::env::var_os("CARGO").is_some_and(|cargo| {
            let mut build = Command::new(cargo);
            build.args(["build", "--quiet", "-p", "lambdesk-local"]);
            if !cfg!(debug_assertions) {
                build.arg("--release");
            }
            build.status().is_ok_and(|status| status.success())
        });
        if built || path.is_file() { Ok(Self { path, built }) } else { Err("there is no lambdesk-local to measure".into()) }
    }

    pub(crate) fn found(path: PathBuf) -> Self {
        Self { path, built: false }
    }

    /// The debug build beside a release build, if there is one.
    pub(crate) fn debug(&self) -> Option<Self> {
        let path = self.path.parent()?.with_file_name("debug").join("lambdesk-local");
        (!cfg!(debug_assertions) && path.is_file()).then(|| Self::found(path))
    }
}

impl fmt::Display for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = if self.built { "" } else { " (as it was found)" };
        write!(f, "{}{note}", self.path.display())
    }
}

/// A running desk. Dropping it ends the process as abruptly as `kill -9`.
pub(crate) struct Desk {
    pub(crate) address: SocketAddr,
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Desk {
    /// Starts a desk on `data`. Once this returns, the desk listens.
    pub(crate) fn spawn(binary: &Binary, data: &Path) -> Result<Self, Failure> {
        let mut command = Command::new(&binary.path);
        // The clock must not run by itself while something else is measured.
        command.args(["--tick", "86400"]);
        let mut child = command.args(["--port", "0", "--data"]).arg(data).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("the desk has no output")?);
        let address = after(&mut output, "Lambdesk is listening on http://")?.parse()?;
        Ok(Self { address, child, output })
    }

    /// The URL of the desk's DynamoDB, from the lines that it prints after the first.
    pub(crate) fn dynamodb(&mut self) -> Result<String, Failure> {
        let line = after(&mut self.output, "DynamoDB")?;
        Ok(line.split(',').next().unwrap_or_default().trim().to_owned())
    }

    /// The processor time that the desk has used so far.
    pub(crate) fn processor_time(&self) -> io::Result<Duration> {
        processor_time(&self.child.id().to_string())
    }

    /// The memory that the desk holds, in MB of a million bytes.
    pub(crate) fn resident_megabytes(&self) -> Result<f64, Failure> {
        self.memory().resident_megabytes()
    }

    /// A handle that reads the memory of the desk's process.
    pub(crate) fn memory(&self) -> Memory {
        Memory { process: self.child.id() }
    }
}

/// The memory of a process.
pub(crate) struct Memory {
    process: u32,
}

impl Memory {
    pub(crate) fn resident_megabytes(&self) -> Result<f64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024.0 / 1e6)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text after `start` in the first line that begins with it.
fn after(output: &mut impl BufRead, start: &str) -> Result<String, Failure> {
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if let Some(rest) = line.trim().strip_prefix(start) {
            return Ok(rest.to_owned());
        }
        line.clear();
    }
    Err(format!("the desk ended without a line \"{start}\"").into())
}

/// The processor time of a process (`self` or a process id). Linux counts it in hundredths of a second.
pub(crate) fn processor_time(process: &str) -> io::Result<Duration> {
    let line = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name, in parentheses; user and system time are the 14th and 15th.
    let fields = line.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}
