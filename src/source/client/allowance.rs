//! How many bytes the answers to one request may have together, over all its calls to all sources.
//!
//! Opened by the fan-out around a request; the client takes from it while it reads. It goes with the task and not through every source,
//! none of which has to know of it. What a source does on a task of its own, in the background, is bounded by the call.

use std::cell::Cell;
use std::future::Future;

tokio::task_local! {
    static LEFT: Cell<usize>;
}

/// Runs the calls of one request, whose answers have at most so many bytes, unpacked.
pub(in crate::source) async fn within<F: Future>(bytes: usize, calls: F) -> F::Output {
    LEFT.scope(Cell::new(bytes), calls).await
}

/// Takes so many; false where so many are not left.
pub(super) fn take(bytes: usize) -> bool {
    let taken = LEFT.try_with(|left| match left.get().checked_sub(bytes) {
        Some(rest) => {
            left.set(rest);
            true
        }
        None => false,
    });
    // Outside of a request there is no such bound.
    taken.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_of_a_request_share_and_those_of_others_do_not() {
        within(10, async {
            assert!(take(4) && !take(7) && take(6));
            assert!(!take(1));
        })
        .await;
        within(10, async { assert!(take(10)) }).await;
        assert!(take(usize::MAX));
    }
}
