//! Finds where the keys and values of a YAML mapping begin and end in its text, byte for byte.
//!
//! The parser tells where a key stands; from there the text is read on. What is not understood is `None`: the caller then
//! refuses to edit, and whatever it does edit is parsed again.

use std::ops::Range;

use crate::source::{Mark, Node, Yaml};

/// A text and the places in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'t> {
    /// The text.
    pub(super) text: &'t str,
}

impl<'t> Scan<'t> {
    /// Reads in this text.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text }
    }

    /// The byte at which a mark stands.
    pub(super) fn at(self, mark: Mark) -> Option<usize> {
        let line = mark.line.checked_sub(1)?;
        let start = match line {
            0 => 0,
            _ => self.text.match_indices('\n').nth(line - 1)?.0 + 1,
        };
        let chars = mark.column.checked_sub(1)?;
        let rest = self.text.get(start..)?;
        let (offset, _) = rest.char_indices().nth(chars)?;
        Some(start + offset)
    }

    /// Where the line begins on which a byte stands.
    pub(super) fn line_start(self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before.rfind('\n').map_or(0, |end| end + 1)
    }

    /// Where the line ends on which a byte stands, its line end left out.
    pub(super) fn line_end(self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let end = rest.find('\n').map_or(self.text.len(), |end| at + end);
        match self.text.get(..end) {
            Some(line) if end > at && line.ends_with('\r') && end < self.text.len() => end - 1,
            _ => end,
        }
    }

    /// What stands before a byte on its line, if that is nothing but blanks.
    pub(super) fn indent(self, at: usize) -> Option<&'t str> {
        let before = self.text.get(self.line_start(at)..at)?;
        before.chars().all(|c| c == ' ').then_some(before)
    }

    /// The quotation mark a key or a value is written in.
    pub(super) fn quote(self, at: usize) -> Option<char> {
        let first = self.text.get(at..)?.chars().next()?;
        matches!(first, '"' | '\'').then_some(first)
    }

    /// Where a key's value begins: behind the colon and the blanks after it.
    pub(super) fn value_start(self, key: usize) -> Option<usize> {
        let colon = self.colon(key)?;
        let rest = self.text.get(colon..)?;
        Some(colon + rest.len() - rest.trim_start_matches([' ', '\t']).len())
    }

    /// The byte behind a key's colon.
    pub(super) fn colon(self, key: usize) -> Option<usize> {
        if self.quote(key).is_some() {
            let end = self.quoted_end(key)?;
            let rest = self.text.get(end..)?;
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            return rest
                .get(blanks..)?
                .starts_with(':')
                .then_some(end + blanks + 1);
        }
        let line = self.text.get(key..self.line_end(key))?;
        line.match_indices(':').find_map(|(at, _)| {
            let next = line.get(at + 1..)?.chars().next();
            let ends = matches!(next, None | Some(' ' | '\t' | ',' | '{' | '}' | '[' | ']'));
            ends.then_some(key + at + 1)
        })
    }

    /// The bytes of a key's value. Where nothing stands behind the colon they begin right behind it.
    pub(super) fn value(self, key: Mark, node: &Node, flow: bool) -> Option<Range<usize>> {
        let key = self.at(key)?;
        let start = self.value_start(key)?;
        let rest = self.text.get(start..)?;
        let end = match rest.chars().next() {
            None | Some('\n' | '\r' | '#') => return self.below(self.colon(key)?, node, flow),
            Some('{' | '[') => self.collection_end(start)?,
            Some('"' | '\'') => self.quoted_end(start)?,
            Some('|' | '>') if !flow => self.indented_end(key, start, true),
            Some('&' | '*' | '!' | '|' | '>' | '@' | '`' | '%') => return None,
            Some(_) if flow => self.plain_end_in_flow(start)?,
            Some(_) => self.indented_end(key, start, false),
        };
        Some(start..end)
    }

    /// A value that stands below its key, or is not there at all.
    fn below(self, colon: usize, node: &Node, flow: bool) -> Option<Range<usize>> {
        match &node.value {
            Yaml::Map(entries) if !flow => {
                let (key, mark, last) = entries.last()?;
                // The parser has no place for a key that stands in a value of its own.
                if key.is_empty() {
                    return None;
                }
                Some(colon..self.value(*mark, last, false)?.end)
            }
            Yaml::Null => Some(colon..colon),
            _ => None,
        }
    }

    /// Behind the closing quotation mark.
    fn quoted_end(self, at: usize) -> Option<usize> {
        let mark = self.quote(at)?;
        let body = at + 1;
        let mut chars = self.text.get(body..)?.char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            match c {
                '\\' if mark == '"' => {
                    chars.next();
                }
                _ if c != mark => {}
                '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                    chars.next();
                }
                _ => return Some(body + offset + 1),
            }
        }
        None
    }

    /// Behind the bracket that closes the one at `at`.
    fn collection_end(self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let mut before = ' ';
        let mut blank = true;
        let mut here = at;
        while let Some(c) = self.text.get(here..)?.chars().next() {
            let next = match c {
                '"' | '\'' if matches!(before, '{' | '[' | ',' | ':') => self.quoted_end(here)?,
                '#' if blank => self.line_end(here),
                _ => here + c.len_utf8(),
            };
            match c {
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(next);
            }
            blank = c.is_whitespace();
            if !blank && c != '#' {
                before = c;
            }
            here = next;
        }
        None
    }

    fn plain_end_in_flow(self, start: usize) -> Option<usize> {
        let line = self.text.get(start..self.line_end(start))?;
        let end = line
            .find([',', '}', ']', '{', '['])
            .into_iter()
            .chain(line.find(" #"))
            .min()
            .unwrap_or(line.len());
        Some(start + line.get(..end)?.trim_end().len())
    }

    /// The end of a text that goes on over every line indented deeper than its key: a plain one, or a block.
    fn indented_end(self, key: usize, start: usize, block: bool) -> usize {
        let indent = key - self.line_start(key);
        let first = self.line_end(start);
        let comment = |from: usize, to: usize| {
            let line = self.text.get(from..to).unwrap_or_default();
            let found = line.find(" #").or_else(|| line.find("\t#"));
            found.filter(|_| !block).map(|at| from + at)
        };
        let trimmed = |from: usize, to: usize| {
            let line = self.text.get(from..to).unwrap_or_default();
            from + line.trim_end().len()
        };
        if let Some(end) = comment(start, first) {
            return trimmed(start, end);
        }
        let mut end = trimmed(start, first);
        let mut here = first;
        while let Some(line_start) = self.next_line(here) {
            let line_end = self.line_end(line_start);
            let line = self.text.get(line_start..line_end).unwrap_or_default();
            let depth = line.len() - line.trim_start_matches(' ').len();
            here = line_end;
            if line.trim().is_empty() {
                continue;
            }
            if depth <= indent || (!block && line.trim_start().starts_with('#')) {
                break;
            }
            if let Some(cut) = comment(line_start, line_end) {
                return trimmed(line_start, cut);
            }
            end = trimmed(line_start, line_end);
        }
        end
    }

    /// Where the line after the one that ends at `end` begins.
    pub(super) fn next_line(self, end: usize) -> Option<usize> {
        let rest = self.text.get(end..)?;
        let skip = ["\r\n", "\n"].iter().find(|eol| rest.starts_with(**eol))?;
        Some(end + skip.len())
    }
}
