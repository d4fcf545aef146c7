//! What a reader of CSV does not look at: quotes that are opened and never closed, so that all that follows is one field and rows
//! vanish without a word; and rows that are too long to be read at all.

use std::io::{self, Read};

use crate::load::builder::LONGEST_ROW;

/// Follows the quotes and rows of a file while it is read.
#[derive(Debug)]
pub(super) struct QuoteWatch {
    state: State,
    /// The line that is read, counted from 1.
    line: usize,
    /// The line on which the newest quoted field began.
    opened: usize,
    /// Bytes read so far, up to the three of a byte order mark.
    mark: usize,
    /// Line and message of the first fault.
    fault: Option<(usize, String)>,
    /// The line on which the row began, empty ones before it included.
    row: usize,
    /// Its bytes so far.
    length: usize,
    /// Whether it holds more than line ends.
    filled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Right before a field.
    Start,
    /// In a field without quotes; one in its middle is a character.
    Plain,
    /// Between the quotes of a field.
    Quoted,
    /// Behind a quote in a quoted field: the field's end, or the first of two.
    Ended,
    /// Behind a quoted field and blanks.
    Blank,
}

impl Default for QuoteWatch {
    fn default() -> Self {
        Self {
            state: State::Start,
            line: 1,
            opened: 0,
            mark: 0,
            fault: None,
            row: 1,
            length: 0,
            filled: false,
        }
    }
}

impl QuoteWatch {
    /// The same bytes, looked at on their way.
    pub(super) fn over<R: Read>(&mut self, input: R) -> Watched<'_, R> {
        Watched { watch: self, input }
    }

    /// The line on which a row began that is too long to be read: reading ended there.
    pub(super) fn too_long(&self) -> Option<usize> {
        (self.length > LONGEST_ROW).then_some(self.row)
    }

    /// The line that is at fault and what is wrong, once all is read.
    pub(super) fn fault(self) -> Option<(usize, String)> {
        let open = self.state == State::Quoted;
        let unclosed = || {
            let message =
                "a quote is opened here and never closed: the rest of the file would be one field";
            open.then(|| (self.opened, message.to_owned()))
        };
        self.fault.or_else(unclosed)
    }

    fn see(&mut self, byte: u8) {
        let is_mark = b"\xef\xbb\xbf".get(self.mark) == Some(&byte);
        self.mark = if is_mark { self.mark + 1 } else { usize::MAX };
        if is_mark {
            return;
        }
        self.state = match (self.state, byte) {
            (State::Quoted, b'"') => State::Ended,
            (State::Quoted, _) | (State::Ended, b'"') => State::Quoted,
            (_, b',' | b'\n' | b'\r') => State::Start,
            (State::Ended | State::Blank, b' ' | b'\t') => State::Blank,
            (State::Ended | State::Blank, _) => {
                self.text_behind();
                State::Plain
            }
            (State::Start, b'"') => {
                self.opened = self.line;
                State::Quoted
            }
            (State::Start | State::Plain, _) => State::Plain,
        };
        self.line += usize::from(byte == b'\n');
        self.length += 1;
        self.filled |= !matches!(byte, b'\n' | b'\r');
        if byte == b'\n' && self.state == State::Start && self.filled {
            (self.row, self.length, self.filled) = (self.line, 0, false);
        }
    }

    fn text_behind(&mut self) {
        let (opened, line) = (self.opened, self.line);
        self.fault.get_or_insert_with(|| {
            let where_from = if opened == line {
                "a quoted field goes on behind its closing quote".to_owned()
            } else {
                format!("a quote is opened here and closed on line {line}, where text follows it: the lines between are one field")
            };
            (opened, where_from)
        });
    }
}

/// A reader under watch.
#[derive(Debug)]
pub(super) struct Watched<'w, R> {
    watch: &'w mut QuoteWatch,
    input: R,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        for byte in buffer.get(..count).unwrap_or_default() {
            self.watch.see(*byte);
            if self.watch.length > LONGEST_ROW {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<(usize, String)> {
        let mut watch = QuoteWatch::default();
        io::copy(&mut watch.over(text.as_bytes()), &mut io::sink()).unwrap();
        watch.fault()
    }

    #[test]
    fn quotes_that_are_closed_are_no_fault() {
        for text in [
            "",
            "a,b\n1,2\n",
            "\u{feff}\"a\",b\r\n\"1\",\"x \"\"y\"\"\n z\"\r\n",
            "a,b\n1,5\" screen\n2,\"x\" ,\n",
            "a\n\"\"\n\"\"\"\"",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }

    #[test]
    fn one_that_is_not_is_named_by_the_line_it_is_opened_on() {
        let line = |text: &str| fault(text).map(|(line, _)| line);
        assert_eq!(line("a,b\n1,\"x\n2,y\n"), Some(2));
        assert_eq!(line("a,b\n1,y\n2,\"x"), Some(3));
        assert_eq!(line("a,b\n1,\"x\n2,y\n3,\"z\"\n4,w\n"), Some(2));
        assert_eq!(line("a,b\n1,\"x\"y\n"), Some(2));
        assert_eq!(line("a,b\n1,\"x\n2,\"\",z\n"), Some(2));
    }
}
