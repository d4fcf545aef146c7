//! Shows a problem as compilers do: code, message, place, the line with a mark under it, and a hint.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::model::{Location, Problem, Severity};
use crate::report::number::count;
use crate::report::terminal::sheet;

/// Longest part of a line that is shown: a row of a dataset may be very long.
const MAX_EXCERPT: usize = 160;

/// `width` is that of a terminal, where it is one: sentences then end their lines between words.
pub(super) fn show(problem: &Problem, color: bool, width: Option<usize>) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let fitting = |text: &str, before: usize| match width {
        Some(width) => sheet::wrapped(text, width.saturating_sub(before), 0),
        None => text.to_owned(),
    };
    let message = fitting(&problem.message, "warning[]: ".len() + problem.code.len());
    let hint = problem.hint.as_deref();
    let hint = hint.map(|hint| fitting(hint, "9999 = help: ".len()));
    let title = level.primary_title(message.as_str()).id(problem.code);
    let at = &problem.location;
    let mut group: Group<'_> = if at.line == 0 {
        title.element(Origin::path(at.path.as_str()))
    } else if at.excerpt.trim().is_empty() {
        title.element(
            Origin::path(at.path.as_str())
                .line(at.line)
                .char_column(at.column),
        )
    } else if at.skipped > 0 || at.excerpt.chars().count() > MAX_EXCERPT {
        // A cut line has other columns than the file: the place is named in full, the cut shown below.
        let origin = Origin::path(at.path.as_str())
            .line(at.line)
            .char_column(at.column);
        let (text, from) = cut(at);
        let span = span(&text, from, at.length);
        let snippet = Snippet::source(text)
            .line_start(at.line)
            .annotation(AnnotationKind::Primary.span(span));
        title.element(origin).element(snippet)
    } else {
        let span = span(&at.excerpt, at.column, at.length);
        title.element(
            Snippet::source(at.excerpt.as_str())
                .line_start(at.line)
                .path(at.path.as_str())
                .annotation(AnnotationKind::Primary.span(span)),
        )
    };
    if let Some(hint) = &hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    let more = format!("and {} more of this kind", count(problem.more as f64));
    if problem.more > 0 {
        group = group.element(Level::NOTE.message(more.as_str()));
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = match width {
        Some(width) => renderer.term_width(width),
        None => renderer,
    };
    renderer.render(&[group])
}

/// The problem with every text in it made safe. A line that had to change is underlined as a whole: its columns have moved.
pub(super) fn without_secrets(problem: &Problem, safe: impl Fn(&str) -> String) -> Problem {
    let mut shown = problem.clone();
    shown.message = safe(&problem.message);
    shown.hint = problem.hint.as_deref().map(&safe);
    let at = &mut shown.location;
    let line = safe(&at.excerpt);
    if line != at.excerpt {
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        at.column = indent + 1;
        at.length = line.trim().chars().count().max(1);
        at.excerpt = line;
    }
    shown
}

/// The part of a long line around the fault, and the fault's column in it.
fn cut(at: &Location) -> (String, usize) {
    let here = at.column.saturating_sub(1 + at.skipped);
    let before = here.min(MAX_EXCERPT / 4);
    let skip = here - before;
    let text: String = at.excerpt.chars().skip(skip).take(MAX_EXCERPT).collect();
    (text, before + 1)
}

/// Bytes of the characters from `column` on.
fn span(text: &str, column: usize, length: usize) -> std::ops::Range<usize> {
    let byte = |chars: usize| {
        text.char_indices()
            .nth(chars)
            .map_or(text.len(), |(at, _)| at)
    };
    let start = byte(column.saturating_sub(1));
    start..byte(column.saturating_sub(1) + length).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_place_its_line_and_its_hint() {
        let at = Location {
            path: "evals/x.yaml".into(),
            line: 3,
            column: 3,
            length: 7,
            excerpt: "  asserts: []".into(),
            skipped: 0,
        };
        let problem = Problem::error("unknown-key", at, "unknown key `asserts`")
            .hint("did you mean `evaluators`?");
        let text = show(&problem, false, None);
        for part in [
            "error[unknown-key]: unknown key `asserts`",
            "--> evals/x.yaml:3:3",
            "asserts: []",
            "^^^^^^^",
            "help: did you mean `evaluators`?",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_fault() {
        let at = Location {
            path: "d.jsonl".into(),
            line: 2,
            column: 5_000,
            length: 3,
            excerpt: "é".repeat(10_000),
            skipped: 0,
        };
        let text = show(&Problem::error("x", at, "bad"), false, None);
        assert!(
            text.contains("d.jsonl:2:5000") && text.len() < 1_000,
            "{text}"
        );
    }
}
