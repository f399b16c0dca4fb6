//! One call: its token, its attempts, its waits. The SDK's own retries are off, so that every attempt takes a token and
//! every refusal slows the bucket for all.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};

use super::actions::Action;
use super::buckets::Buckets;
use super::errors::{CallError, Cause};

/// Attempts of a call that fails for a fault of server or network.
const ATTEMPTS: u32 = 8;
/// Attempts of a call that AWS refuses for its rate: the bucket is slowed meanwhile.
const THROTTLED_ATTEMPTS: u32 = 24;
/// The wait after the first failure; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The failure of a call after which whoever waits is told that it goes on.
const TELL_AT: u32 = 3;

/// Tells somebody of a call.
type Tell = Box<dyn Fn(&CallError) + Send>;

/// The silence of one attempt after which whoever waits is told.
const SILENCE: Duration = Duration::from_secs(5);

/// Whoever is told of calls that do not come through.
#[derive(Default)]
struct Told {
    tell: Option<Tell>,
    of: RefCell<BTreeSet<Action>>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told")
            .field("of", &self.of)
            .finish_non_exhaustive()
    }
}

/// A clock that can be waited for.
pub trait Clock {
    /// Time since any fixed moment.
    fn now(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct MachineClock(Instant);

impl Default for MachineClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
    }
}

/// The pace of all calls of one command.
#[derive(Debug, Default)]
pub struct Pace<C: Clock = MachineClock> {
    clock: C,
    buckets: RefCell<Buckets>,
    told: Told,
}

impl<C: Clock> Pace<C> {
    /// All buckets full.
    pub fn new(clock: C) -> Self {
        Self {
            clock,
            buckets: RefCell::default(),
            told: Told::default(),
        }
    }

    /// Tells of calls that fail a third time and are tried again, of each action once.
    #[must_use]
    pub fn telling(mut self, tell: impl Fn(&CallError) + Send + 'static) -> Self {
        self.told.tell = Some(Box::new(tell));
        self
    }

    /// The attempt's end; where nothing comes for a while, that is told meanwhile.
    async fn told_of_silence<T>(
        &self,
        action: Action,
        attempt: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let mut attempt = std::pin::pin!(attempt);
        tokio::select! {
            biased;
            ended = &mut attempt => return ended,
            () = self.clock.sleep(SILENCE) => {}
        }
        let said = format!("no answer within {} s", SILENCE.as_secs());
        let cause = Cause::Passing { said };
        self.tell(&CallError { action, cause });
        attempt.await
    }

    fn tell(&self, error: &CallError) {
        if let Some(tell) = &self.told.tell
            && self.told.of.borrow_mut().insert(error.action)
        {
            tell(error);
        }
    }

    /// Makes a call: waits for its token, and tries again while that may help.
    ///
    /// # Errors
    /// Why the last attempt failed.
    pub async fn call<T>(
        &self,
        action: Action,
        mut attempt: impl AsyncFnMut() -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let (mut throttled, mut failed) = (0, 0);
        loop {
            let wait = self.bucket(action, super::buckets::TokenBucket::take);
            self.clock.sleep(wait).await;
            let error = match self.told_of_silence(action, attempt()).await {
                Ok(answer) => {
                    self.bucket(action, super::buckets::TokenBucket::passed);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let is_over = if error.cause == Cause::Throttled {
                self.bucket(action, super::buckets::TokenBucket::throttled);
                throttled += 1;
                throttled >= THROTTLED_ATTEMPTS
            } else {
                failed += 1;
                failed >= ATTEMPTS || !error.cause.may_pass()
            };
            if is_over {
                return Err(error);
            }
            if throttled + failed == TELL_AT {
                self.tell(&error);
            }
            self.clock.sleep(wait_after(throttled + failed)).await;
        }
    }

    fn bucket<T>(
        &self,
        action: Action,
        use_it: impl FnOnce(&mut super::buckets::TokenBucket, Duration) -> T,
    ) -> T {
        let now = self.clock.now();
        use_it(self.buckets.borrow_mut().of(action.row()), now)
    }
}

/// The wait after the given number of failures.
fn wait_after(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A clock that is where it is put, and is put on by whoever waits.
    #[derive(Debug, Default)]
    struct FakeClock(Cell<Duration>);

    impl Clock for FakeClock {
        fn now(&self) -> Duration {
            self.0.get()
        }

        async fn sleep(&self, time: Duration) {
            self.0.set(self.0.get() + time);
        }
    }

    const ACTION: Action = Action::DescribeTaskDefinition;

    fn fails(cause: Cause) -> CallError {
        CallError {
            action: ACTION,
            cause,
        }
    }

    fn passing() -> Cause {
        Cause::Passing {
            said: "connection reset".to_owned(),
        }
    }

    /// Makes calls until one fails, each of which fails as often as told; attempts and time in all.
    fn run(calls: u32, cause: &Cause, failures: u32) -> (Result<(), CallError>, u32, Duration) {
        let pace = Pace::new(FakeClock::default());
        let attempts = Cell::new(0);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let result = runtime.expect("a runtime").block_on(async {
            for _ in 0..calls {
                let mut left = failures;
                let call = pace.call(ACTION, async || {
                    attempts.set(attempts.get() + 1);
                    if left == 0 {
                        return Ok(());
                    }
                    left -= 1;
                    Err(fails(cause.clone()))
                });
                call.await?;
            }
            Ok(())
        });
        (result, attempts.get(), pace.clock.now())
    }

    #[test]
    fn five_hundred_calls_take_what_the_bucket_says() {
        let (result, attempts, time) = run(500, &passing(), 0);
        assert_eq!((result, attempts), (Ok(()), 500));
        let seconds = time.as_secs_f64();
        assert!((seconds - 22.5).abs() < 0.01, "{seconds}");
    }

    #[test]
    fn faults_that_pass_are_tried_again_up_to_eight_times() {
        let (result, attempts, _) = run(1, &passing(), 7);
        assert_eq!((result, attempts), (Ok(()), 8));
        let (result, attempts, _) = run(1, &passing(), 8);
        assert_eq!((result, attempts), (Err(fails(passing())), 8));
    }

    #[test]
    fn a_call_that_does_not_come_through_is_told_of_once_and_soon() {
        let (tells, told) = std::sync::mpsc::channel();
        let clock = FakeClock::default();
        let pace = Pace::new(clock).telling(move |error| {
            let _ = tells.send(error.clone());
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(async {
            for _ in 0..2 {
                let call = pace.call(ACTION, async || Err::<(), _>(fails(passing())));
                assert_eq!(call.await, Err(fails(passing())));
            }
        });
        drop(pace);
        assert_eq!(Vec::from_iter(told), [fails(passing())]);
    }

    #[test]
    fn a_refusal_is_not_tried_again() {
        let refused = Cause::Refused {
            said: "no".to_owned(),
        };
        let (result, attempts, time) = run(1, &refused, 1);
        assert_eq!((result, attempts), (Err(fails(refused)), 1));
        assert!(time.is_zero());
    }

    #[test]
    fn throttling_is_waited_out_much_longer() {
        let (result, attempts, _) = run(3, &Cause::Throttled, 20);
        assert_eq!((result, attempts), (Ok(()), 63));
        let (result, attempts, _) = run(1, &Cause::Throttled, 99);
        assert_eq!((result, attempts), (Err(fails(Cause::Throttled)), 24));
    }

    #[test]
    fn waits_double_and_end() {
        assert_eq!(wait_after(1), Duration::from_millis(100));
        assert_eq!(wait_after(4), Duration::from_millis(800));
        assert_eq!(wait_after(40), LONGEST_WAIT);
    }
}
