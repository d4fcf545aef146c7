//! Progress for people: a bar on a terminal, a plain line every few seconds elsewhere. Only this and `row` use the bar's crate.

mod row;

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};

use crate::model::TrialRecord;
use crate::model::paid::Paid;
use row::Row;

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Time between two drawings of the bar while nothing ends: it follows a terminal whose size changes.
const TICK: Duration = Duration::from_millis(250);

/// Columns that the bar itself takes.
const BAR: usize = 24;

/// Times a second that the bar is drawn at most.
const RATE: u8 = 20;

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
            let row = ProgressDrawTarget::term_like_with_hz(Box::new(Row::default()), RATE);
            let bar = ProgressBar::with_draw_target(Some(total as u64), row);
            let template = format!("{{bar:{BAR}}} {{pos}}/{{len}}  {{msg}}");
            if let Ok(template) = BarStyle::with_template(&template) {
                bar.set_style(template);
            }
            bar.enable_steady_tick(TICK);
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
                self.bar.set_position(self.counts.done as u64);
                self.bar.set_message(self.message());
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

    /// What fits beside the bar, with columns to spare for what a terminal echoes.
    fn message(&self) -> String {
        let width = usize::from(row::columns());
        let digits = self.total.to_string().len();
        let room = width.saturating_sub(BAR + 2 * digits + 8);
        let facts = self.counts.facts(self.started.elapsed(), self.total);
        fitting(&facts, room)
    }

    fn line(&mut self) {
        let facts = self.counts.facts(self.started.elapsed(), self.total);
        let text = facts.join(", ");
        // Progress is best effort: a closed standard error is no reason to stop.
        let _ = writeln!(self.out, "{}/{}  {text}", self.counts.done, self.total);
    }
}

impl Counts {
    /// The more important ones first.
    fn facts(self, elapsed: Duration, total: usize) -> [String; 7] {
        let seconds = elapsed.as_secs_f64().max(0.001);
        let rate = self.done as f64 / seconds;
        let left = total.saturating_sub(self.done) as f64 / rate.max(0.001);
        [
            format!("{} failed", self.failed),
            format!("{} errors", self.errors),
            format!("{} left", duration(left)),
            format!("{} paid", self.paid.told(|usd| format!("${usd:.4}"))),
            format!("{} calls", self.calls),
            format!("{} saved", self.saved),
            format!("{rate:.0}/s"),
        ]
    }
}

/// As many facts as fit, from the first on.
fn fitting(facts: &[String], room: usize) -> String {
    let mut text = String::new();
    for fact in facts {
        let separator = if text.is_empty() { "" } else { ", " };
        if text.len() + separator.len() + fact.len() > room {
            break;
        }
        text.push_str(separator);
        text.push_str(fact);
    }
    text
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_that_matter_least_go_first() {
        let counts = Counts {
            done: 12,
            failed: 3,
            calls: 12,
            ..Counts::default()
        };
        let facts = counts.facts(Duration::from_secs(4), 48);
        let all = "3 failed, 0 errors, 12 s left, $0.0000 paid, 12 calls, 0 saved, 3/s";
        assert_eq!(fitting(&facts, 200), all);
        assert_eq!(fitting(&facts, all.len()), all);
        assert_eq!(fitting(&facts, 30), "3 failed, 0 errors, 12 s left");
        assert_eq!(fitting(&facts, 5), "");
    }
}
