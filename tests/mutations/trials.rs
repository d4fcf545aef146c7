//! Many trials of a property on all processors, each with a seed of its own; the failures come together.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use prompteval::stats::SplitMix64;

/// Failures that are shown.
const SHOWN: usize = 20;

/// Tries a property `count` times; `make` gives each thread what it works on. A trial fails with a text.
///
/// `PROMPTEVAL_MUTATION=NUMBER` tries a single one.
pub(crate) fn each<T>(
    name: &str,
    seed: u64,
    count: usize,
    make: impl Fn() -> T + Sync,
    one: impl Fn(&mut T, &mut SplitMix64) -> Result<bool, String> + Sync,
) {
    let only: Option<usize> = std::env::var("PROMPTEVAL_MUTATION")
        .ok()
        .and_then(|number| number.parse().ok());
    let next = AtomicUsize::new(0);
    let noticed = AtomicUsize::new(0);
    let failures: Mutex<Vec<String>> = Mutex::default();
    let threads = thread::available_parallelism().map_or(2, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = make();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    if only.is_some_and(|only| only != number) {
                        continue;
                    }
                    let mut rng = SplitMix64::new(seed ^ (number as u64) << 20);
                    match one(&mut own, &mut rng) {
                        Ok(true) => {
                            noticed.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(false) => {}
                        Err(why) => {
                            let line = format!("{name} {number}: {why}");
                            failures.lock().unwrap().push(line);
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let noticed = noticed.into_inner();
    let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    assert!(
        failures.is_empty(),
        "{} of {count} changes decided something unnoticed ({noticed} were noticed):\n{}",
        failures.len(),
        shown.join("\n")
    );
    // A property that notices nothing, or everything before it looks, tests nothing.
    assert!(
        only.is_some() || noticed > count / 4,
        "{noticed} of {count}"
    );
}
