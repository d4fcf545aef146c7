//! What a command prints that is no report: paragraphs, named values, and rows in columns that fit the width.

use unicode_width::UnicodeWidthStr;

use super::Style;
use super::page::Page;
use super::span::{Ink, Span, plain};
use super::wrap::{fit, wrap};

/// Columns between two of them.
const GAP: usize = 2;

/// Least width of a column whose cells wrap.
const LEAST: usize = 24;

/// Lines that a cell may take.
const MOST_LINES: usize = 2;

/// A column of a list.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What stands above it.
    pub head: &'static str,
    /// Where the width does not do, the column with the highest rank goes first; those of rank 0 stay.
    pub rank: u8,
    /// Whether its cells are sentences, which wrap.
    pub wraps: bool,
}

/// Lines, as they are printed at the end.
#[derive(Debug)]
pub struct Sheet {
    style: Style,
    bytes: Vec<u8>,
}

impl Sheet {
    /// An empty sheet.
    pub fn new(style: Style) -> Self {
        Self {
            style,
            bytes: Vec::new(),
        }
    }

    /// The text.
    pub fn text(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.bytes.push(b'\n');
    }

    /// A paragraph that opens with a mark; further lines stand `hang` columns in.
    pub(crate) fn paragraph(&mut self, mark: &str, hang: usize, text: &str) {
        if mark.width() <= hang {
            return self.write(&Span::new(Ink::Bold, mark), hang, &[plain(text)]);
        }
        // A mark that is wider than what hangs below it is a part of the text.
        let indent = mark.len() - mark.trim_start().len();
        let (indent, mark) = mark.split_at(indent);
        let words = [Span::new(Ink::Bold, mark), plain(text)];
        self.write(&plain(indent), hang, &words);
    }

    /// A value with its name before it, which takes `width` columns.
    pub fn value(&mut self, indent: usize, (name, width): (&str, usize), value: &str) {
        let mark = format!("{}{name:<width$}", " ".repeat(indent));
        self.write(&Span::new(Ink::Dim, &mark), indent + width, &[plain(value)]);
    }

    /// Rows in columns; for a file or another program every row is a line, with a tab between its cells and no head.
    pub fn rows(&mut self, columns: &[Column], rows: &[Vec<String>]) {
        if self.style.piped {
            for row in rows {
                let cells: Vec<_> = row.iter().map(|cell| plain(cell)).collect();
                let cells: Vec<&str> = cells.iter().map(Span::text).collect();
                self.bytes.extend(cells.join("\t").bytes());
                self.gap();
            }
            return;
        }
        let widths = widths(columns, rows, self.style.width);
        let heads: Vec<String> = columns.iter().map(|one| one.head.to_owned()).collect();
        self.row(&widths, &heads, Ink::Dim);
        for row in rows {
            self.row(&widths, row, Ink::Plain);
        }
    }

    fn row(&mut self, widths: &[usize], row: &[String], ink: Ink) {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| lines(cell, *width))
            .collect();
        let tallest = cells.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..tallest {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
                let text = cell.get(at).map_or("", String::as_str);
                line.push_str(text);
                line.push_str(&" ".repeat(width.saturating_sub(text.width()) + GAP));
            }
            self.put(|page| page.line(&plain(""), &[Span::new(ink, line.trim_end())]));
        }
    }

    fn write(&mut self, mark: &Span, hang: usize, words: &[Span]) {
        let gutter = " ".repeat(hang);
        self.put(|page| page.wrapped(mark, &gutter, words, usize::MAX));
    }

    fn put(&mut self, write: impl FnOnce(&mut Page<'_>) -> std::io::Result<()>) {
        // Writing to memory cannot fail.
        let _ = write(&mut Page::new(&mut self.bytes, self.style));
    }
}

/// Text whose lines end between words where the width ends; what goes over stands `hang` columns in.
pub(crate) fn wrapped(text: &str, width: usize, hang: usize) -> String {
    let room = width.saturating_sub(hang).max(20);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        for (place, words) in wrap(&[plain(line)], room).iter().enumerate() {
            let words: String = words.iter().map(Span::text).collect();
            let indent = if place == 0 { 0 } else { hang };
            lines.push(format!("{}{}", " ".repeat(indent), words.trim_end()));
        }
    }
    lines.join("\n")
}

/// A cell's lines.
fn lines(cell: &str, width: usize) -> Vec<String> {
    if width == 0 {
        return Vec::new();
    }
    let all = wrap(&[plain(cell)], width);
    let more = all.len() > MOST_LINES;
    let mut lines: Vec<String> = all
        .iter()
        .take(MOST_LINES)
        .map(|line| line.iter().map(Span::text).collect::<String>())
        .map(|line| line.trim_end().to_owned())
        .collect();
    if let (true, Some(last)) = (more, lines.last_mut()) {
        *last = fit(&format!("{last} …"), width);
        if !last.ends_with('…') {
            last.push('…');
        }
    }
    lines
}

/// The width of every column; 0 for one that is left out.
fn widths(columns: &[Column], rows: &[Vec<String>], room: usize) -> Vec<usize> {
    let natural = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let widest = cells.map(|cell| plain(cell).text().width()).max();
        widest.unwrap_or_default().max(columns[at].head.width())
    };
    let natural: Vec<usize> = (0..columns.len()).map(natural).collect();
    let least = |at: usize| {
        if columns[at].wraps {
            natural[at].min(LEAST)
        } else {
            natural[at]
        }
    };
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let taken = |kept: &[usize]| kept.iter().map(|at| least(*at) + GAP).sum::<usize>() - GAP;
    while kept.len() > 1 && taken(&kept) > room {
        let last = kept.iter().copied().filter(|at| columns[*at].rank > 0);
        let Some(last) = last.max_by_key(|at| columns[*at].rank) else {
            break;
        };
        kept.retain(|at| *at != last);
    }
    let mut left = room.saturating_sub(taken(&kept));
    let mut widths = vec![0; columns.len()];
    // Sentences share what is left, the one that needs least first.
    let mut order = kept.clone();
    order.sort_by_key(|at| natural[*at]);
    let mut open = kept.iter().filter(|at| columns[**at].wraps).count();
    for at in order {
        widths[at] = least(at);
        if columns[at].wraps {
            let more = (natural[at] - least(at)).min(left / open.max(1));
            widths[at] += more;
            left -= more;
            open -= 1;
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column {
            head: "NAME",
            rank: 0,
            wraps: false,
        },
        Column {
            head: "HASH",
            rank: 2,
            wraps: false,
        },
        Column {
            head: "WHY",
            rank: 1,
            wraps: true,
        },
    ];

    fn shown(style: Style) -> String {
        let row = |name: &str, why: &str| vec![name.to_owned(), "0a1b2c3d4e5f".into(), why.into()];
        let rows = [
            row("short", "first version"),
            row(
                "a-longer-name",
                "it never promises a refund, and says\nwho decides about one instead",
            ),
        ];
        let mut sheet = Sheet::new(style);
        sheet.rows(&COLUMNS, &rows);
        sheet.text()
    }

    fn of_width(width: usize) -> Style {
        Style {
            width,
            ..Style::default()
        }
    }

    #[test]
    fn sentences_wrap_between_words_and_names_do_not() {
        let text = "\
NAME           HASH          WHY
short          0a1b2c3d4e5f  first version
a-longer-name  0a1b2c3d4e5f  it never promises a refund, and
                             says who decides about one instead
";
        assert_eq!(shown(of_width(64)), text);
    }

    #[test]
    fn the_column_of_the_highest_rank_goes_first() {
        let text = "\
NAME           WHY
short          first version
a-longer-name  it never promises a refund,
               and says who decides about …
";
        assert_eq!(shown(of_width(44)), text);
        assert_eq!(shown(of_width(20)), "NAME\nshort\na-longer-name\n");
    }

    #[test]
    fn a_text_ends_its_lines_between_words_and_keeps_its_own() {
        let text = "error: one two three four five six\n  - seven\u{1b}";
        let lines = "error: one two three four\n  five six\n  - seven\\u{1b}";
        assert_eq!(wrapped(text, 28, 2), lines);
    }

    #[test]
    fn another_program_gets_a_line_a_row() {
        let style = Style {
            piped: true,
            ..of_width(20)
        };
        let text = "short\t0a1b2c3d4e5f\tfirst version\na-longer-name\t0a1b2c3d4e5f\tit never promises a refund, and says who decides about one instead\n";
        assert_eq!(shown(style), text);
    }
}
