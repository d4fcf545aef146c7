//! One case with everything that is known of it: what was sent, every answer with its scores, and the baseline's beside it.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::model::TrialRecord;
use crate::model::number;
use crate::model::record::CaseInfo;
use crate::model::trial::{ScoreRecord, ScoreStatus};
use crate::report::candidate::{Arm, CandidateView};
use crate::report::{Asked, View};

use super::page::Page;
use super::span::{Ink, Span, plain};
use super::{Style, headline, vars};

/// Opens lines of text that is not ours.
const GUTTER: &str = "    │ ";

/// Opens the lines that belong to a score.
const BELOW: &str = "      ";

/// Columns from which two answers stand beside each other.
const BESIDE_FROM: usize = 110;

/// Everything is shown.
const ALL: usize = usize::MAX;

/// What a candidate made of a case.
pub struct Found<'a> {
    candidate: CandidateView<'a>,
    info: CaseInfo<'a>,
    asked: Option<Asked>,
    trials: Vec<TrialRecord>,
    before: Vec<TrialRecord>,
}

/// The case in every suite that has it, candidate by candidate.
///
/// # Errors
/// When an output cannot be read back, or record and verdict are of different runs.
pub fn find<'a>(view: &View<'a>, id: &str) -> io::Result<Vec<Found<'a>>> {
    let mut found = Vec::new();
    for candidate in view
        .suites()?
        .into_iter()
        .flat_map(|suite| suite.candidates)
    {
        let cases = &candidate.table.cases;
        let place = (0..cases.len()).find(|at| cases.get(*at).is_some_and(|case| case.id == id));
        let Some(place) = place.map(|place| place as u32) else {
            continue;
        };
        let info = candidate.case_info(place)?;
        let arm = candidate.arm.header;
        found.push(Found {
            asked: view
                .inputs
                .and_then(|of| of(candidate.suite, arm, info.index)),
            trials: trials(view, candidate.arm, place)?,
            before: match candidate.baseline {
                Some(arm) => trials(view, arm, place)?,
                None => Vec::new(),
            },
            candidate,
            info,
        });
    }
    Ok(found)
}

impl Found<'_> {
    /// All of it, as programs read it.
    ///
    /// # Errors
    /// When a trial holds what JSON cannot.
    pub fn json(&self) -> serde_json::Result<Value> {
        let (suite, arm) = (self.candidate.suite, self.candidate.arm.header);
        let asked = self.asked.as_ref();
        let vars = asked.map(|asked| asked.vars.iter().cloned().collect::<Map<_, _>>());
        let baseline = self.candidate.baseline.map(|arm| arm.header);
        Ok(json!({
            "suite": suite.name,
            "version": arm.version.to_string(),
            "model": arm.model.to_string(),
            "tags": self.info.tags,
            "cluster": self.info.cluster,
            "critical": self.info.critical,
            "vars": vars,
            "messages": serde_json::to_value(asked.map(|asked| &asked.messages))?,
            "trials": serde_json::to_value(&self.trials)?,
            "baseline": baseline.map(|arm| arm.version.to_string()),
            "baseline_trials": serde_json::to_value(&self.before)?,
        }))
    }
}

/// Writes everything that is known of a case.
///
/// # Errors
/// When the writer fails.
pub fn write(found: &[Found<'_>], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style);
    for (place, one) in found.iter().enumerate() {
        if place > 0 {
            page.gap()?;
        }
        self::one(&mut page, one)?;
    }
    Ok(())
}

fn one(page: &mut Page<'_>, found: &Found<'_>) -> io::Result<()> {
    headline::write(page, &found.candidate)?;
    page.gap()?;
    let info = &found.info;
    let mut words = vec![Span::new(Ink::Bold, info.id)];
    if info.critical {
        words.push(Span::new(Ink::Bad, "  critical"));
    }
    if !info.tags.is_empty() {
        let tags = format!("  [{}]", info.tags.join(", "));
        words.push(Span::new(Ink::Dim, &tags));
    }
    if let Some(cluster) = info.cluster {
        words.push(Span::new(Ink::Dim, &format!("  cluster {cluster}")));
    }
    page.wrapped(&Span::new(Ink::Bold, "  Case "), BELOW, &words, ALL)?;
    sent(page, found.asked.as_ref())?;
    let own = &found.trials;
    if own.is_empty() {
        let words = "no answer: the run did not come to it";
        return page.line(&Span::new(Ink::Doubtful, "  ! "), &[plain(words)]);
    }
    for (at, trial) in own.iter().enumerate() {
        let name = match own.len() {
            1 => "  Answer".to_owned(),
            all => format!("  Answer {} of {all}", at + 1),
        };
        page.gap()?;
        let other = found.before.get(at);
        answers(page, (&name, trial), other)?;
        for score in &trial.scores {
            let mut others = other.iter().flat_map(|trial| &trial.scores);
            let before = others.find(|one| one.name == score.name);
            self::score(page, score, before)?;
        }
    }
    Ok(())
}

/// Every trial of a case, read back in full.
fn trials(view: &View<'_>, arm: Arm<'_>, place: u32) -> io::Result<Vec<TrialRecord>> {
    let Some(case) = arm.record.case(place) else {
        return Ok(Vec::new());
    };
    let trials = arm.record.trials_of(&case);
    trials.map(|trial| view.outputs.trial(trial.at)).collect()
}

/// The variables and the messages.
fn sent(page: &mut Page<'_>, asked: Option<&Asked>) -> io::Result<()> {
    let Some(asked) = asked else {
        let why = "not known any more: the dataset or the prompt has changed since the run";
        let why = [Span::new(Ink::Dim, why)];
        return page.wrapped(&Span::new(Ink::Bold, "  Sent "), BELOW, &why, ALL);
    };
    for (name, value) in &asked.vars {
        let value = format!(": {}", vars::text(value));
        let words = [Span::new(Ink::Bold, name), plain(&value)];
        page.wrapped(&Span::new(Ink::Dim, "    · "), BELOW, &words, ALL)?;
    }
    for message in &asked.messages {
        page.gap()?;
        let role = message.role.as_str();
        let words = [Span::new(Ink::Bold, role), plain(" message")];
        page.line(&Span::new(Ink::Bold, "  Sent "), &words)?;
        text(page, Ink::Plain, &message.content)?;
    }
    Ok(())
}

/// How an answer came out, where it is from, and what it took.
fn facts(page: &mut Page<'_>, name: &str, trial: &TrialRecord) -> io::Result<()> {
    let (ink, word) = match trial.passed {
        Some(true) => (Ink::Good, "passed"),
        Some(false) => (Ink::Bad, "FAILED"),
        None => (Ink::Doubtful, "error"),
    };
    let answer = &trial.answer;
    let mut facts = Vec::new();
    facts.extend(
        trial
            .score
            .map(|s| format!("score {}", number::decimal(s, 2))),
    );
    facts.extend(answer.source.map(|source| source.as_str().to_owned()));
    facts.extend(answer.resolved_model.clone());
    let fallback = answer.fallback.as_ref();
    facts.extend(fallback.map(|model| format!("fallback {model}")));
    facts.extend(answer.latency_ms.map(number::ms));
    facts.extend(answer.usage.map(|usage| {
        let count = |n: u64| number::count(n as f64);
        format!("{} / {} tokens", count(usage.input), count(usage.output))
    }));
    facts.extend(answer.cost_usd.map(number::money));
    facts.extend(
        answer
            .finish_reason
            .as_ref()
            .map(|why| format!("ended: {why}")),
    );
    facts.push(number::of(trial.spend.calls as usize, "call"));
    let judges = trial.spend.judge_cost_usd.filter(|usd| *usd > 0.0);
    facts.extend(judges.map(|usd| format!("judges {}", number::money(usd))));
    let words = [
        Span::new(ink, word),
        plain(&format!(" · {}", facts.join(" · "))),
    ];
    let mark = Span::new(Ink::Bold, &format!("{name} "));
    page.wrapped(&mark, BELOW, &words, ALL)?;
    if let Some(error) = &trial.error {
        let words = [plain(&error.message)];
        page.wrapped(&Span::new(Ink::Doubtful, "    ! "), BELOW, &words, ALL)?;
    }
    Ok(())
}

/// The answer, and the baseline's: beside it where there is room, else before it.
fn answers(
    page: &mut Page<'_>,
    (name, trial): (&str, &TrialRecord),
    before: Option<&TrialRecord>,
) -> io::Result<()> {
    let output = |trial: &TrialRecord| trial.output.clone().unwrap_or_default();
    let (new, old) = (output(trial), before.map(output));
    let is_beside = !page.style().piped && page.style().width >= BESIDE_FROM;
    let is_same = old.as_ref() == Some(&new);
    if let (Some(before), Some(old)) = (before, &old) {
        facts(page, "  Baseline", before)?;
        if !is_same && !is_beside {
            text(page, Ink::Old, old)?;
        }
    }
    facts(page, name, trial)?;
    match old {
        Some(old) if is_beside && !is_same => {
            let heads = [
                Span::new(Ink::Dim, "baseline"),
                Span::new(Ink::Dim, "candidate"),
            ];
            let [left, right] = &heads;
            page.columns(GUTTER, (left, right), 1)?;
            let sides = (&Span::new(Ink::Old, &old), &Span::new(Ink::New, &new));
            page.columns(GUTTER, sides, ALL)
        }
        None => text(page, Ink::Plain, &new),
        Some(_) if !is_same => text(page, Ink::New, &new),
        Some(_) => {
            text(page, Ink::Plain, &new)?;
            let words = [Span::new(
                Ink::Dim,
                "the baseline answered with the same words",
            )];
            page.line(&Span::new(Ink::Dim, "    · "), &words)
        }
    }
}

/// Text with the line ends it came with.
fn text(page: &mut Page<'_>, ink: Ink, text: &str) -> io::Result<()> {
    for line in text.trim_end().lines() {
        let gutter = Span::new(Ink::Dim, GUTTER);
        page.wrapped(&gutter, GUTTER, &[Span::new(ink, line)], ALL)?;
    }
    Ok(())
}

fn score(page: &mut Page<'_>, score: &ScoreRecord, before: Option<&ScoreRecord>) -> io::Result<()> {
    let (ink, mark) = mark(score);
    let mut words = vec![
        Span::new(Ink::Bold, &score.name),
        Span::new(Ink::Dim, &format!(" ({})", score.type_name)),
    ];
    words.extend(
        score
            .score
            .map(|s| plain(&format!(" {}", number::decimal(s, 2)))),
    );
    if score.critical {
        words.push(Span::new(Ink::Bad, " critical"));
    }
    if !score.reason.is_empty() {
        words.push(plain(&format!(": {}", score.reason)));
    }
    page.wrapped(&Span::new(ink, &format!("    {mark} ")), BELOW, &words, ALL)?;
    let Some(before) =
        before.filter(|before| before.status != score.status || before.passed != score.passed)
    else {
        return Ok(());
    };
    let (ink, mark) = self::mark(before);
    let mut words = vec![Span::new(Ink::Dim, "baseline")];
    words.extend(
        before
            .score
            .map(|s| plain(&format!(" {}", number::decimal(s, 2)))),
    );
    if !before.reason.is_empty() {
        words.push(Span::new(Ink::Dim, &format!(": {}", before.reason)));
    }
    let head = format!("      {mark} ");
    page.wrapped(&Span::new(ink, &head), "        ", &words, ALL)
}

fn mark(score: &ScoreRecord) -> (Ink, &'static str) {
    match (score.status, score.passed) {
        (ScoreStatus::Scored, Some(true)) => (Ink::Good, "✓"),
        (ScoreStatus::Scored, _) => (Ink::Bad, "✗"),
        (ScoreStatus::Error, _) => (Ink::Doubtful, "!"),
        _ => (Ink::Dim, "-"),
    }
}
