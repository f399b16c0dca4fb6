//! A unit in a process of its own: one that crashes, or takes too much memory or time, ends alone.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::optimize::stop::Stop;

use super::args::UnitArgs;
use super::documents::Spooled;

/// How often it is looked whether to stop.
const TICK: Duration = Duration::from_millis(50);
/// Most bytes of a result: a plan of a thousand services has a few million.
const MOST_BYTES: u64 = 256 << 20;
/// Most bytes that are kept of what a unit says besides.
const MOST_SAID: usize = 2_000;

/// What a unit may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Address space, in MiB.
    pub memory_mib: u64,
    /// Time, in seconds.
    pub seconds: u64,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// It was ended at its time limit.
    TimeLimit,
    /// It was ended for the length of its result.
    TooLong,
    /// It was ended since the run is stopped.
    Stopped,
    /// It was not begun: the object is there and cannot be read.
    Unread,
    /// It was not begun: the object is gone.
    Gone,
    /// It was not begun: the object is another than the one that was listed.
    Another,
}

/// A process that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub how: How,
    /// What it wrote.
    pub result: Vec<u8>,
    /// The end of what it said besides.
    pub said: String,
    /// The most memory that it was seen to use, in MiB.
    pub peak_memory_mib: Option<u64>,
}

impl How {
    /// In words, for whoever looks why a unit has no result.
    #[must_use]
    pub fn words(self, limits: Limits) -> String {
        match self {
            Self::Code(code) => format!("exit code {code}"),
            Self::Signal(signal) => format!("signal {signal}"),
            Self::TimeLimit => format!("ended at the time limit of {} s", limits.seconds),
            Self::TooLong => format!("a result of more than {} MiB", MOST_BYTES >> 20),
            Self::Stopped => "stopped".to_owned(),
            Self::Unread => "its object cannot be read".to_owned(),
            Self::Gone => "its object is not there any more: put it back or list anew".to_owned(),
            Self::Another => {
                "its object is not the one that was listed: put it back or list anew".to_owned()
            }
        }
    }
}

/// Whatever runs a unit.
pub trait Runs: Sync {
    /// Runs a command over a cluster file to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    fn run(&self, args: &UnitArgs, input: &Path, stop: &dyn Stop) -> io::Result<Ended>;

    /// What a unit may use.
    fn limits(&self) -> Limits;
}

/// Name in a unit's environment: files that its cluster file names are not read. A result is kept under the hash of what a unit
/// reads, and a cluster file may come from somebody who may not see this machine's files.
pub const STANDS_ALONE: &str = "BAYPLAN_STANDS_ALONE";

/// Runs units by this program.
#[derive(Debug, Clone)]
pub struct Child {
    /// The program.
    pub program: PathBuf,
    /// What a unit may use.
    pub limits: Limits,
}

impl Runs for Child {
    fn limits(&self) -> Limits {
        self.limits
    }

    fn run(&self, args: &UnitArgs, input: &Path, stop: &dyn Stop) -> io::Result<Ended> {
        let spooled = Spooled::of(&args.words)?;
        let words = iter::once(OsStr::new(args.command.word()))
            .chain(spooled.words.iter().map(OsString::as_os_str))
            .chain(["--format", "json", "--"].map(OsStr::new))
            .chain(iter::once(input.as_os_str()));
        let mut ended = self.command(words, stop)?;
        spooled.clean(&mut ended.result, &mut ended.said);
        Ok(ended)
    }
}

impl Child {
    /// Runs a command of this program to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn command<'a>(
        &self,
        words: impl IntoIterator<Item = &'a OsStr>,
        stop: &dyn Stop,
    ) -> io::Result<Ended> {
        let mut command = Command::new(&self.program);
        command
            .args(["fleet", "unit", "--parent"])
            .arg(std::process::id().to_string())
            .arg("--memory-mib")
            .arg(self.limits.memory_mib.to_string())
            .arg("--")
            .args(words)
            // A unit is a function of its files and flags: the Region of the shell is neither.
            .env_remove("AWS_REGION")
            // Nor is what a nightly run of right-sizing takes from the shell: a history, which results would depend on, and whom to tell.
            .env_remove("BAYPLAN_HISTORY")
            .env_remove("BAYPLAN_WEBHOOK")
            .env(STANDS_ALONE, "1")
            // As many units run as there are cores.
            .env("RAYON_NUM_THREADS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // Ctrl-C is for the runner, which stops its units in order.
            command.process_group(0);
        }
        let mut process = command.spawn()?;
        let said = process.stderr.take().map(|pipe| listen(pipe, u64::MAX));
        let result = process
            .stdout
            .take()
            .map(|pipe| listen(pipe, MOST_BYTES + 1));
        let (Some(said), Some(result)) = (said, result) else {
            return Err(io::Error::other("the unit's process has no pipes"));
        };
        let mut peak = None;
        let (cut, result) = self.wait(&mut process, &result, stop, &mut peak);
        if cut.is_some() {
            // It may have ended by itself in between.
            let _ = process.kill();
        }
        let status = process.wait()?;
        let said = said.recv().unwrap_or_default();
        Ok(Ended {
            how: cut.unwrap_or_else(|| how(status)),
            result,
            said: tail(&said),
            peak_memory_mib: peak,
        })
    }

    /// Waits for the result, or for a reason to end the process. Time is counted in ticks: no clock decides over a result.
    fn wait(
        &self,
        process: &mut Process,
        result: &Receiver<Vec<u8>>,
        stop: &dyn Stop,
        peak: &mut Option<u64>,
    ) -> (Option<How>, Vec<u8>) {
        let mut left = Duration::from_secs(self.limits.seconds);
        let mut written = None;
        loop {
            *peak = (*peak).max(peak_memory(process.id()));
            if written.is_none() {
                match result.recv_timeout(TICK) {
                    Ok(bytes) => written = Some(bytes),
                    Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(TICK),
                    Err(RecvTimeoutError::Disconnected) => written = Some(Vec::new()),
                }
            } else if matches!(process.try_wait(), Ok(Some(_)) | Err(_)) {
                return (None, written.unwrap_or_default());
            } else {
                thread::sleep(TICK / 10);
                left = left.saturating_sub(TICK / 10);
            }
            let cut = if stop.should_stop() {
                Some(How::Stopped)
            } else if left.is_zero() {
                Some(How::TimeLimit)
            } else if (written.as_ref()).is_some_and(|bytes| bytes.len() as u64 > MOST_BYTES) {
                Some(How::TooLong)
            } else {
                None
            };
            if cut.is_some() {
                return (cut, Vec::new());
            }
        }
    }
}

/// Reads a pipe to its end, or so far; what is kept arrives once.
fn listen(mut pipe: impl Read + Send + 'static, most: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if most == u64::MAX {
            // What a unit says besides is kept at its end alone.
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut part) {
                bytes.extend_from_slice(&part[..count]);
                let over = bytes.len().saturating_sub(2 * MOST_SAID);
                bytes.drain(..over);
            }
        } else {
            let _ = pipe.take(most).read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

fn how(status: ExitStatus) -> How {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return How::Signal(signal);
        }
    }
    How::Code(status.code().unwrap_or(1))
}

/// The last characters, as people may see them.
fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let skipped = text.chars().count().saturating_sub(MOST_SAID);
    let end: String = text.chars().skip(skipped).collect();
    crate::domain::text::visible_lines(end.trim())
}

/// The most memory that a process has used, in MiB; known on Linux alone.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib.div_ceil(1024))
}
