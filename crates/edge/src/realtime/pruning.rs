//! When to prune the log. Instances in which polls wait prune it in small steps.

use longwave_core::Millis;

/// Interval between two attempts when nothing is left to prune.
const INTERVAL: Millis = 10_000;

/// The progress of pruning in this instance.
#[derive(Default)]
pub(super) struct Pruning {
    next: Millis,
    /// The oldest event that the last pruning kept.
    oldest: i64,
}

impl Pruning {
    /// Whether it is time to prune. It is time too if the clock was set back.
    pub(super) const fn is_time(&self, now: Millis) -> bool {
        self.next <= now || self.next - now > INTERVAL
    }

    /// Notes the oldest event that was kept; `None` if pruning failed. If events were pruned, there
    /// may be more, so the next tick prunes again.
    pub(super) fn pruned(&mut self, oldest: Option<i64>, now: Millis) {
        let again = oldest.is_some_and(|oldest| oldest != self.oldest);
        self.oldest = oldest.unwrap_or(self.oldest);
        self.next = if again { now } else { now + INTERVAL };
    }
}
