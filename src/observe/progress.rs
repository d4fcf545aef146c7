//! Progress for people: a bar on a terminal, a plain line every few seconds elsewhere. The only user of the bar's crate.

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};

use crate::model::TrialRecord;
use crate::model::paid::Paid;

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressStyle {
    /// A bar that redraws itself on standard error.
    Bar,
    /// Lines.
    Lines,
    /// Nothing.
    Hidden,
}

/// What a run has done so far, shown while it goes on.
pub struct Progress {
    bar: ProgressBar,
    style: ProgressStyle,
    out: Box<dyn Write + Send>,
    started: Instant,
    last_line: Instant,
    total: usize,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    done: usize,
    failed: usize,
    errors: usize,
    calls: u32,
    saved: u32,
    paid: Paid,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl Progress {
    /// Begins; `out` takes the plain lines.
    pub fn new(style: ProgressStyle, total: usize, out: Box<dyn Write + Send>) -> Self {
        let bar = if style == ProgressStyle::Bar {
            let bar =
                ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let template = "{bar:24} {pos}/{len}  {msg}";
            if let Ok(template) = BarStyle::with_template(template) {
                bar.set_style(template);
            }
            bar
        } else {
            ProgressBar::hidden()
        };
        let now = Instant::now();
        Self {
            bar,
            style,
            out,
            started: now,
            last_line: now,
            total,
            counts: Counts::default(),
        }
    }

    /// Takes a finished trial.
    pub fn trial(&mut self, trial: &TrialRecord) {
        let counts = &mut self.counts;
        counts.done += 1;
        match trial.passed {
            Some(true) => {}
            Some(false) => counts.failed += 1,
            None => counts.errors += 1,
        }
        counts.calls += trial.spend.calls;
        counts.saved += trial.spend.saved;
        counts.paid.usd += trial.spend.paid_usd;
        counts.paid.unknown = counts.paid.unknown.saturating_add(trial.spend.unpriced);
        match self.style {
            ProgressStyle::Hidden => {}
            ProgressStyle::Bar => {
                self.bar
                    .set_message(self.counts.describe(self.started.elapsed(), self.total));
                self.bar.inc(1);
            }
            ProgressStyle::Lines => {
                if self.last_line.elapsed() >= LINE_EVERY {
                    self.last_line = Instant::now();
                    self.line();
                }
            }
        }
    }

    /// More is to be done than was known at the beginning.
    pub fn add(&mut self, trials: usize) {
        self.total += trials;
        self.bar.inc_length(trials as u64);
    }

    /// Ends: the bar disappears, what follows it on the terminal is the report.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&mut self) {
        let text = self.counts.describe(self.started.elapsed(), self.total);
        // Progress is best effort: a closed standard error is no reason to stop.
        let _ = writeln!(self.out, "{}/{}  {text}", self.counts.done, self.total);
    }
}

impl Counts {
    fn describe(self, elapsed: Duration, total: usize) -> String {
        let seconds = elapsed.as_secs_f64().max(0.001);
        let rate = self.done as f64 / seconds;
        let left = total.saturating_sub(self.done) as f64 / rate.max(0.001);
        format!(
            "{} failed, {} errors, {} calls, {} saved, {rate:.0}/s, {} paid, {} left",
            self.failed,
            self.errors,
            self.calls,
            self.saved,
            self.paid.told(|usd| format!("${usd:.4}")),
            duration(left)
        )
    }
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}
