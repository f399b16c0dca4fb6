//! Input whose lines have a bound.
//!
//! The protocol's transport passes over a line that is too long and says nothing, so its client would wait for ever. Here such a line
//! ends the connection, with the reason.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Reads from `inner` until a line has more than `longest` bytes.
pub(super) struct Bounded<R> {
    inner: R,
    longest: usize,
    /// Bytes of the line that is being read.
    line: usize,
    was_exceeded: Arc<AtomicBool>,
}

impl<R> Bounded<R> {
    /// The input, and whether a line was too long.
    pub(super) fn new(inner: R, longest: usize) -> (Self, Arc<AtomicBool>) {
        let was_exceeded = Arc::new(AtomicBool::new(false));
        let bounded = Self {
            inner,
            longest,
            line: 0,
            was_exceeded: Arc::clone(&was_exceeded),
        };
        (bounded, was_exceeded)
    }

    /// Counts what was read; whether every line is within the bound.
    fn holds(&mut self, read: &[u8]) -> bool {
        for part in read.split_inclusive(|&byte| byte == b'\n') {
            self.line = self.line.saturating_add(part.len());
            if self.line > self.longest {
                return false;
            }
            if part.ends_with(b"\n") {
                self.line = 0;
            }
        }
        true
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Bounded<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled()[before..].to_vec();
        if self.holds(&read) {
            return Poll::Ready(Ok(()));
        }
        self.was_exceeded.store(true, Ordering::Relaxed);
        Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_over_several_reads_and_lines_apart() {
        let (mut input, _) = Bounded::new((), 5);
        assert!(input.holds(b"abcd\nabc") && input.holds(b"d\n"));
        assert!(input.holds(b"abcd") && !input.holds(b"ef"));
    }
}
