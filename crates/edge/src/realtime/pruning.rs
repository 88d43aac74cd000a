//! Who reads the log also has it forget what is too old, a little at a time.

use longwave_core::Millis;

/// How often to look for what is too old, once there is no more of it.
const INTERVAL: Millis = 10_000;

/// How far this instance is with forgetting.
#[derive(Default)]
pub(super) struct Pruning {
    next: Millis,
    /// The oldest event that was kept the last time.
    oldest: i64,
}

impl Pruning {
    /// Whether it is time to look; also when the clock was set back.
    pub(super) const fn is_time(&self, now: Millis) -> bool {
        self.next <= now || self.next - now > INTERVAL
    }

    /// Notes the oldest event that was kept; `None` if pruning failed. If events were pruned there may be more: it is
    /// time again at the next tick.
    pub(super) fn pruned(&mut self, oldest: Option<i64>, now: Millis) {
        let again = oldest.is_some_and(|oldest| oldest != self.oldest);
        self.oldest = oldest.unwrap_or(self.oldest);
        self.next = if again { now } else { now + INTERVAL };
    }
}
