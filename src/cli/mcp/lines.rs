//! Stdin and stdout of the server as lines, each a message.
//!
//! The protocol's transport passes over what it cannot read and says nothing, so its client would wait for ever. Here a line that is no JSON
//! is answered as such, and a line that is too long ends the connection, with the reason. Answers of both kinds go out as whole lines.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel as lines};
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc::{Receiver, channel};

/// Messages that are read ahead of the server.
const AHEAD: usize = 16;
/// Codes of JSON-RPC 2.0.
const NO_JSON: i32 = -32_700;
const NO_REQUEST: i32 = -32_600;
const NO_PARAMS: i32 = -32_602;

/// Messages that came in.
pub(super) struct Input {
    lines: Receiver<Vec<u8>>,
    line: Vec<u8>,
    at: usize,
}

/// Where messages go out.
pub(super) struct Output {
    to: Writer,
    line: Vec<u8>,
}

/// Lines on their way to a thread that writes them.
#[derive(Clone)]
pub(super) struct Writer {
    to: Sender<Vec<u8>>,
    left: Arc<AtomicUsize>,
}

impl Writer {
    /// Writes to `to` in a thread of its own.
    pub(super) fn new(mut to: impl Write + Send + 'static) -> Self {
        let (sender, receiver) = lines::<Vec<u8>>();
        let left = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&left);
        thread::spawn(move || {
            for line in receiver {
                let written = to.write_all(&line).and_then(|()| to.flush());
                counted.fetch_sub(1, Ordering::Release);
                // A client that no longer reads has closed the connection, which the input says.
                if written.is_err() {
                    return;
                }
            }
        });
        Self { to: sender, left }
    }

    /// Whether the line is on its way.
    fn send(&self, line: Vec<u8>) -> bool {
        self.left.fetch_add(1, Ordering::Relaxed);
        self.to.send(line).is_ok()
    }

    /// Waits until all is written, or for a client that does not read.
    pub(super) fn finish(&self) {
        for _ in 0..200 {
            if self.left.load(Ordering::Acquire) == 0 {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Reads messages in a thread of its own: those that are none are answered to `answers`, and the first of more than `longest` bytes is
/// noted and ends the input.
pub(super) fn input(
    from: impl Read + Send + 'static,
    longest: usize,
    answers: Writer,
) -> (Input, Arc<AtomicBool>) {
    let (sender, receiver) = channel(AHEAD);
    let was_exceeded = Arc::new(AtomicBool::new(false));
    let exceeded = Arc::clone(&was_exceeded);
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut line = Vec::new();
            let most = longest.saturating_add(1) as u64;
            if !matches!(
                from.by_ref().take(most).read_until(b'\n', &mut line),
                Ok(1..)
            ) {
                return;
            }
            if line.len() > longest {
                exceeded.store(true, Ordering::Relaxed);
                return;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let is_sent = match wrong(&line) {
                Some(answer) => answers.send(format!("{answer}\n").into_bytes()),
                None => sender.blocking_send(line).is_ok(),
            };
            if !is_sent {
                return;
            }
        }
    });
    let input = Input {
        lines: receiver,
        line: Vec::new(),
        at: 0,
    };
    (input, was_exceeded)
}

/// What is answered to a line that is no message, or whose parameters no tool can have.
fn wrong(line: &[u8]) -> Option<Value> {
    let answer = |id: &Value, code: i32, message: String| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}});
    let message: Value = match serde_json::from_slice(line) {
        Ok(message) => message,
        Err(why) => return Some(answer(&Value::Null, NO_JSON, format!("no JSON: {why}"))),
    };
    let Some(object) = message.as_object() else {
        let why = "a message is an object, one a line".to_owned();
        return Some(answer(&Value::Null, NO_REQUEST, why));
    };
    let arguments = &message["params"]["arguments"];
    let is_call = object
        .get("method")
        .is_some_and(|method| method == "tools/call");
    let id = object.get("id").filter(|_| is_call)?;
    if arguments.is_null() || arguments.is_object() {
        return None;
    }
    let why = "`arguments` is no object of arguments by their names".to_owned();
    Some(answer(id, NO_PARAMS, why))
}

impl Output {
    /// Goes to the same lines.
    pub(super) const fn new(to: Writer) -> Self {
        Self {
            to,
            line: Vec::new(),
        }
    }
}

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.at == self.line.len() {
            let Some(line) = ready!(self.lines.poll_recv(context)) else {
                return Poll::Ready(Ok(()));
            };
            self.line = line;
            self.at = 0;
        }
        let count = buffer.remaining().min(self.line.len() - self.at);
        buffer.put_slice(&self.line[self.at..self.at + count]);
        self.at += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                if !self.to.send(line) {
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_answered_and_what_is_too_long_ends_the_input() {
        let text = b"{\"a\": \n\n[1]\n{\"id\":1,\"method\":\"x\"}\n{\"id\":7,\"method\":\"tools/call\",\"params\":{\"arguments\":[1]}}\n\
            {\"id\":2,\"text\":\"which is far too long for the bound of this test, and then some\"}\n{\"id\":3}\n";
        let (sender, said) = lines();
        let left = Arc::default();
        let answers = Writer { to: sender, left };
        let (mut input, was_exceeded) = input(&text[..], 80, answers);
        let passed: Vec<Vec<u8>> = std::iter::from_fn(|| input.lines.blocking_recv()).collect();
        assert_eq!(passed, [b"{\"id\":1,\"method\":\"x\"}\n".to_vec()]);
        assert!(was_exceeded.load(Ordering::Relaxed));
        let codes: Vec<(Value, Value)> = (said.iter())
            .map(|line| serde_json::from_slice::<Value>(&line).expect("JSON"))
            .map(|answer| (answer["id"].clone(), answer["error"]["code"].clone()))
            .collect();
        let expected = [
            (Value::Null, json!(NO_JSON)),
            (Value::Null, json!(NO_REQUEST)),
            (json!(7), json!(NO_PARAMS)),
        ];
        assert_eq!(codes, expected);
    }
}
