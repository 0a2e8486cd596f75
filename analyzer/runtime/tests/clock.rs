//! The clock goes with tokio's, so that a paused one can be moved.

use std::time::Duration;

use assay_runtime::clock::Clock;
use jiff::{SignedDuration, Timestamp};

#[tokio::test(start_paused = true)]
async fn a_paused_clock_stands_still_until_it_is_moved() {
    let clock = Clock::start();
    let before = clock.now();
    assert_eq!(clock.now(), before);
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(clock.now().duration_since(before), SignedDuration::from_hours(1));
}

#[tokio::test(start_paused = true)]
async fn sleeping_until_a_time_ends_at_that_time() {
    let clock = Clock::start();
    let wanted = clock.now() + SignedDuration::from_mins(5);
    tokio::time::sleep_until(clock.instant_of(wanted)).await;
    assert!(wanted <= clock.now());
    // A time that has passed is now; one beyond all calendars does not panic.
    assert!(clock.instant_of(Timestamp::MIN) <= tokio::time::Instant::now());
    assert!(tokio::time::Instant::now() < clock.instant_of(Timestamp::MAX));
}
