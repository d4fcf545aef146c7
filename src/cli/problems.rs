//! Shows a problem as compilers do: code, message, place, the line with a mark under it, and a hint.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::model::number::count;
use crate::model::{Location, Problem, Severity};
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
    } else {
        let text = shortened(at);
        let span = span(&text, at.column, at.length);
        title.element(
            Snippet::source(text)
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

/// The line, or the part of a long one around the fault. Blanks stand for what is left out before it, so that the columns are the
/// file's; the renderer shows none of them.
fn shortened(at: &Location) -> Cow<'_, str> {
    if at.skipped == 0 && at.excerpt.chars().count() <= MAX_EXCERPT {
        return Cow::Borrowed(&at.excerpt);
    }
    let here = at.column.saturating_sub(1 + at.skipped);
    let skip = here.saturating_sub(MAX_EXCERPT / 4);
    let part = at.excerpt.chars().skip(skip).take(MAX_EXCERPT);
    let blanks = std::iter::repeat_n(' ', at.skipped + skip);
    Cow::Owned(blanks.chain(part).collect())
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

    /// A place in a long line of which only the part from `skipped` on is known.
    fn in_long_line(column: usize, skipped: usize) -> String {
        let at = Location {
            path: "d.jsonl".into(),
            line: 2,
            column,
            length: 3,
            excerpt: format!(
                "{}bad{}",
                "é".repeat(column - 1 - skipped),
                "è".repeat(5_000)
            ),
            skipped,
        };
        show(&Problem::error("x", at, "wrong"), false, None)
    }

    #[test]
    fn a_long_line_is_cut_around_the_fault_under_one_header() {
        for (column, skipped) in [
            (5_000, 0),
            (300, 200),
            (1_000_000, 999_900),
            (1, 0),
            (20, 0),
        ] {
            let text = in_long_line(column, skipped);
            assert!(
                text.contains(&format!("--> d.jsonl:2:{column}\n")),
                "{text}"
            );
            assert!(!text.contains(":::") && text.len() < 1_000, "{text}");
            let lines: Vec<&str> = text.lines().collect();
            let place = lines.iter().position(|line| line.contains("bad")).unwrap();
            let before = |line: &str, mark| line.split(mark).next().unwrap().chars().count();
            let (fault, mark) = (before(lines[place], "bad"), before(lines[place + 1], "^^^"));
            assert_eq!(fault, mark, "{text}");
            assert!(fault < 120, "{text}");
        }
    }
}
