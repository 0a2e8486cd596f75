//! Work that is only computing, spread over threads, with its results in the order of the jobs.
//!
//! **Invariant:** how many threads there are, and which of them is faster, never shows in a result.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Threads at most, whatever is asked for.
const THREADS_MAX: usize = 256;

/// As many threads as asked for, or as there are processors.
pub(crate) fn threads(wanted: Option<NonZeroUsize>) -> usize {
    let available = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    wanted.map_or_else(available, NonZeroUsize::get).min(THREADS_MAX)
}

/// Does every one of `jobs` jobs, and tells `done` the number of each that ended, in any order.
pub(crate) fn in_parallel<T: Send>(
    jobs: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    mut done: impl FnMut(usize),
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<T>> = (0..jobs).map(|_| None).collect();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.max(1)) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || while take(jobs, next, work, &sender).is_continue() {});
        }
        // The loop ends when the last worker has dropped its sender.
        drop(sender);
        for (job, result) in receiver {
            if let Some(slot) = results.get_mut(job) {
                *slot = Some(result);
            }
            done(job);
        }
    });
    results.into_iter().flatten().collect()
}

/// Does the next job, if there is one and somebody still wants its result.
fn take<T>(
    jobs: usize,
    next: &AtomicUsize,
    work: &impl Fn(usize) -> T,
    sender: &mpsc::Sender<(usize, T)>,
) -> ControlFlow<()> {
    let job = next.fetch_add(1, Ordering::Relaxed);
    if jobs <= job || sender.send((job, work(job))).is_err() {
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for threads in [1, 2, 7, 100] {
            let mut ended = Vec::new();
            let results = in_parallel(20, threads, |job| job * job, |job| ended.push(job));
            assert_eq!(results, (0..20).map(|job| job * job).collect::<Vec<usize>>());
            ended.sort_unstable();
            assert_eq!(ended, (0..20).collect::<Vec<usize>>());
        }
        assert!(in_parallel(0, 4, |job| job, |_| ()).is_empty());
    }
}
