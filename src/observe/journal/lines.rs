//! Lines of a journal before they are written: tasks make them, so that the one who writes only writes.

use std::io;

use crate::fsx;
use crate::model::RunEvent;

/// Whole lines, in the order in which they are to be written.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    /// Where each line ends, line feed included.
    ends: Vec<usize>,
}

impl Lines {
    /// The line of one event.
    ///
    /// # Errors
    /// When it is longer than a reader would take.
    pub fn of(event: &RunEvent) -> io::Result<Self> {
        let mut lines = Self::default();
        lines.push(event)?;
        Ok(lines)
    }

    /// Adds the line of an event.
    ///
    /// # Errors
    /// When it is longer than a reader would take; the lines before it stay.
    pub fn push(&mut self, event: &RunEvent) -> io::Result<()> {
        let begin = self.bytes.len();
        let written = serde_json::to_writer(&mut self.bytes, event).map_err(io::Error::from);
        let line = self.bytes.get(begin..).unwrap_or_default();
        if let Err(error) = written.and_then(|()| fsx::require_own_line(line)) {
            self.bytes.truncate(begin);
            return Err(error);
        }
        self.bytes.push(b'\n');
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Leaves the first lines.
    pub fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes
            .truncate(self.ends.last().copied().unwrap_or_default());
    }

    /// Bytes before a line.
    pub(crate) fn offset(&self, line: usize) -> u64 {
        let end = line.checked_sub(1).and_then(|before| self.ends.get(before));
        end.copied().unwrap_or_default() as u64
    }

    /// All of them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Each without its line feed.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins
            .zip(&self.ends)
            .map(|(begin, end)| self.bytes.get(begin..end - 1).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{EndStatus, RunEnd};

    fn end(at: &str) -> RunEvent {
        RunEvent::End(RunEnd::new(EndStatus::Complete, at.to_owned(), None))
    }

    #[test]
    fn lines_know_where_each_begins_and_can_be_cut() {
        let mut lines = Lines::of(&end("a")).unwrap();
        lines.push(&end("bcd")).unwrap();
        lines.push(&end("e")).unwrap();
        let texts: Vec<String> = lines
            .iter()
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        assert!(texts.iter().all(|text| text.ends_with('}')));
        assert_eq!(lines.offset(1), texts[0].len() as u64 + 1);
        assert_eq!(lines.offset(2), lines.offset(1) + texts[1].len() as u64 + 1);
        lines.truncate(2);
        assert_eq!((lines.len(), lines.iter().count()), (2, 2));
        assert!(lines.bytes().ends_with(b"}\n"));
        lines.truncate(0);
        assert!(lines.is_empty() && lines.bytes().is_empty());
    }
}
