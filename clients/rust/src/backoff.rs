//! Retries after failures: the only place that decides when (`docs/api.md`, "Answers").

use crate::http::transport;
use crate::{Error, Recovery};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Maximum wait for an answer, in addition to the wait that its request asks for.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The wait after the first failure, and the longest wait.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// The number of answers by another program after which a call fails.
const TRIES: u32 = 5;

/// Counts the consecutive failures of a call that is retried until it succeeds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts a failure and returns the wait before the retry: the server's `Retry-After`, but at
    /// least the first wait, else 1, 2, 4... 30 s with jitter. `None` if a retry is useless.
    pub fn failed(&mut self, error: &Error) -> Option<Duration> {
        let wait = delay(self.failures, rand::random());
        self.failures = self.failures.saturating_add(1);
        match error.recovery() {
            // A `Retry-After` of 0 must not make a loop as fast as the server answers.
            Recovery::Temporary => {
                Some(error.retry_after().map_or(wait, |asked| asked.max(short_wait())))
            }
            // Another program does not know when the server answers again.
            Recovery::Bounded => Some(wait),
            Recovery::Final => None,
        }
    }
}

/// The shortest wait: before the next poll after an answer that was early and empty, and before a
/// retry that the server allows at once.
pub fn short_wait() -> Duration {
    delay(0, rand::random())
}

/// The wait after this number of earlier failures: one half is fixed and the other one random, with
/// `random` from 0 to 1, so that clients that lost a server together do not return together.
fn delay(failures: u32, random: f64) -> Duration {
    let full = FIRST.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST);
    full.mul_f64(0.5 + 0.5 * random)
}

/// The answer, if it arrives within `limit`.
///
/// # Errors
/// The answer's own error, and [`Error::Transport`] at the limit.
pub async fn answered<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(limit, answer).await.unwrap_or_else(|elapsed| Err(transport(elapsed)))
}

/// Retries a call until its answer is final, for at most `limit`.
///
/// # Errors
/// A final error, at once; the fifth answer of another program; else the last failure, once no
/// further attempt fits into `limit`.
pub async fn ask_within<T, F: Future<Output = Result<T, Error>>>(
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> Result<T, Error> {
    let started = Instant::now();
    let (mut backoff, mut tries) = (Backoff::default(), 0);
    loop {
        let left = limit.saturating_sub(started.elapsed());
        let error = match answered(left.min(PATIENCE), ask()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        tries += u32::from(error.recovery() == Recovery::Bounded);
        let left = limit.saturating_sub(started.elapsed());
        match backoff.failed(&error) {
            Some(wait) if wait < left && tries < TRIES => sleep(wait).await,
            _ => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::future::pending;

    fn refused(status: u16, code: u32, retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        Error::Refused { status, code, message: String::new(), reason: None, retry_after }
    }

    fn foreign(status: u16, retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        Error::Protocol { status, what: "a proxy".to_owned(), retry_after }
    }

    fn seconds(range: std::ops::RangeInclusive<f64>, duration: Duration) {
        assert!(range.contains(&duration.as_secs_f64()), "{duration:?} is not in {range:?}");
    }

    /// Calls with these answers in sequence, then without an answer; returns the last answer and
    /// the times of the attempts.
    async fn ask(
        limit: u64,
        answers: Vec<Result<u8, Error>>,
    ) -> (Result<u8, Error>, Vec<Duration>) {
        let (started, answers) = (Instant::now(), RefCell::new(answers.into_iter()));
        let times = RefCell::new(Vec::new());
        let last = ask_within(Duration::from_secs(limit), || {
            times.borrow_mut().push(started.elapsed());
            let answer = answers.borrow_mut().next();
            async {
                match answer {
                    Some(answer) => answer,
                    None => pending().await,
                }
            }
        });
        (last.await, times.into_inner())
    }

    #[test]
    fn the_wait_doubles_up_to_half_a_minute_and_half_of_it_is_random() {
        for (failures, full) in [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (u32::MAX, 30)] {
            let full = Duration::from_secs(full);
            assert_eq!(delay(failures, 0.0), full / 2);
            assert_eq!(delay(failures, 1.0), full);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn temporary_failures_are_retried_with_growing_waits() {
        let failures = vec![
            Err(transport("cut")),
            Err(refused(503, 20101, None)),
            Err(foreign(502, None)),
            Ok(1),
        ];
        let (answer, times) = ask(60, failures).await;
        assert_eq!((answer.unwrap(), times.len()), (1, 4));
        for (number, full) in [(1, 1.0), (2, 2.0), (3, 4.0)] {
            seconds(full / 2.0..=full + 0.01, times[number].abs_diff(times[number - 1]));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_requests_is_retried_when_the_server_says() {
        let (answer, times) = ask(60, vec![Err(refused(429, 10005, Some(37))), Ok(1)]).await;
        assert_eq!(answer.unwrap(), 1);
        seconds(37.0..=37.01, times[1]);
        let (answer, times) = ask(60, vec![Err(refused(429, 10005, Some(u64::MAX)))]).await;
        assert_eq!((answer.unwrap_err().code(), times.len()), (Some(10005), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_asks_for_no_wait_is_not_asked_in_a_hot_loop() {
        let (answer, times) = ask(60, vec![Err(refused(429, 10005, Some(0))), Ok(1)]).await;
        assert_eq!((answer.unwrap(), times.len()), (1, 2));
        seconds(0.5..=1.01, times[1]);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_of_a_proxy_during_a_rolling_deployment_are_retried() {
        let failures = vec![Err(foreign(404, None)), Err(foreign(404, Some(3600))), Ok(1)];
        let (answer, times) = ask(60, failures).await;
        assert_eq!((answer.unwrap(), times.len()), (1, 3));
        seconds(1.0..=2.01, times[2].abs_diff(times[1]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_fifth_answer_of_another_program_is_returned() {
        let mut failures: Vec<_> = (0..4).map(|_| Err(foreign(403, None))).collect();
        failures.insert(2, Err(transport("cut")));
        failures.push(Err(foreign(413, None)));
        failures.push(Ok(1));
        let (answer, times) = ask(600, failures).await;
        assert!(matches!(answer, Err(Error::Protocol { status: 413, .. })));
        assert_eq!(times.len(), 6, "a cut connection does not count as an answer");
    }

    #[tokio::test(start_paused = true)]
    async fn any_other_refusal_is_returned_at_once() {
        for (status, code) in [(400, 10001), (401, 10101), (403, 10303), (404, 10201), (409, 10402)]
        {
            let (answer, times) = ask(60, vec![Err(refused(status, code, None))]).await;
            assert_eq!((answer.unwrap_err().code(), times), (Some(code), vec![Duration::ZERO]));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_failure_is_returned_when_no_attempt_fits_any_more() {
        let started = Instant::now();
        let failures = (0..9).map(|_| Err(refused(500, 20402, None))).collect();
        let (answer, times) = ask(20, failures).await;
        assert_eq!(answer.unwrap_err().code(), Some(20402));
        seconds(0.0..=20.0, started.elapsed());
        assert!((4..=6).contains(&times.len()), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_an_answer_is_abandoned_and_retried() {
        let started = Instant::now();
        let (answer, times) = ask(15, vec![]).await;
        assert!(matches!(answer, Err(Error::Transport(_))));
        assert_eq!(times.len(), 2);
        seconds(15.0..=15.01, started.elapsed());
    }
}
