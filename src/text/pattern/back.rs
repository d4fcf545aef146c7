//! Follows a pattern one way at a time and goes back where it leads nowhere, within a number of steps.

use super::look::holds;
use super::one_pass::{Table, is_set, next_first, tables};
use super::program::{Place, Program, Step, Try};
use super::steps::{Found, Steps, TooMuch};

/// Ways that may be open at once, which bounds the memory.
const OPEN: usize = 2_000_000;

/// Searches the text.
pub(super) fn find(program: &Program, text: &str, steps: &mut Steps) -> Result<Found, TooMuch> {
    let mut search = Search {
        program,
        text,
        open: Vec::new(),
        slots: vec![None; program.slots],
        tables: None,
        start: 0,
        steps,
    };
    let mut at = 0;
    loop {
        at = next_first(program, text, at);
        search.start = at;
        if let Some(end) = search.run(0, at)? {
            return Ok(Some((search.start.min(end), end)));
        }
        let Some(c) = text[at..].chars().next() else {
            return Ok(None);
        };
        at += c.len_utf8();
    }
}

/// What is to be done when the present way leads nowhere.
enum Open {
    Way(Place, usize),
    Slot(u32, Option<usize>),
    Start(usize),
}

/// What a step came to.
enum Next {
    Go(Place, usize),
    Nowhere,
    End(usize),
}

struct Search<'s, 'f> {
    program: &'s Program,
    text: &'s str,
    open: Vec<Open>,
    slots: Vec<Option<usize>>,
    tables: Option<Vec<Table>>,
    start: usize,
    steps: &'f mut Steps,
}

impl Search<'_, '_> {
    /// Matches from a place on; where it ended. What was kept on the way stays, and can be taken back.
    fn run(&mut self, place: Place, at: usize) -> Result<Option<usize>, TooMuch> {
        let base = self.open.len();
        self.open.push(Open::Way(place, at));
        while self.open.len() > base {
            match self.open.pop() {
                Some(Open::Way(place, at)) => {
                    if let Some(end) = self.way(place, at)? {
                        self.settle(base)?;
                        return Ok(Some(end));
                    }
                }
                Some(Open::Slot(slot, old)) => self.set(slot, old),
                Some(Open::Start(old)) => self.start = old,
                None => {}
            }
        }
        Ok(None)
    }

    /// Forgets the ways that are still open, for what was found is never gone back into.
    fn settle(&mut self, base: usize) -> Result<(), TooMuch> {
        self.steps.take((self.open.len() - base) as u64)?;
        let kept = self.open.split_off(base);
        let kept = kept.into_iter().filter(|one| !matches!(one, Open::Way(..)));
        self.open.extend(kept);
        Ok(())
    }

    /// Takes back what was kept since.
    fn undo(&mut self, base: usize) {
        while self.open.len() > base {
            match self.open.pop() {
                Some(Open::Slot(slot, old)) => self.set(slot, old),
                Some(Open::Start(old)) => self.start = old,
                Some(Open::Way(..)) | None => {}
            }
        }
    }

    fn set(&mut self, slot: u32, to: Option<usize>) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            *slot = to;
        }
    }

    fn slot(&self, slot: u32) -> Option<usize> {
        self.slots.get(slot as usize).copied().flatten()
    }

    fn push(&mut self, open: Open) -> Result<(), TooMuch> {
        if self.open.len() >= OPEN {
            return Err(TooMuch);
        }
        self.open.push(open);
        Ok(())
    }

    fn way(&mut self, mut place: Place, mut at: usize) -> Result<Option<usize>, TooMuch> {
        loop {
            self.steps.take(1)?;
            match self.step(place, at)? {
                Next::Go(to, next) => (place, at) = (to, next),
                Next::Nowhere => return Ok(None),
                Next::End(end) => return Ok(Some(end)),
            }
        }
    }

    fn step(&mut self, place: Place, at: usize) -> Result<Next, TooMuch> {
        let Some(step) = self.program.steps.get(place as usize) else {
            return Ok(Next::Nowhere);
        };
        let go_if = |holds: bool| {
            if holds {
                Next::Go(place + 1, at)
            } else {
                Next::Nowhere
            }
        };
        Ok(match *step {
            Step::Class(class) => {
                let class = self.program.classes.get(class as usize);
                let c = self.text[at..].chars().next();
                match c.filter(|c| class.is_some_and(|class| class.has(*c))) {
                    Some(c) => Next::Go(place + 1, at + c.len_utf8()),
                    None => Next::Nowhere,
                }
            }
            Step::Split(one, other) => {
                self.push(Open::Way(other, at))?;
                Next::Go(one, at)
            }
            Step::Jump(to) => Next::Go(to, at),
            Step::Assert(look) => go_if(holds(look, self.text, at)),
            Step::Table { around, negated } => go_if(self.looked_up(around, at)? != negated),
            Step::Try { kind, from } => self.tried(kind, from, (place, at))?,
            Step::Save(slot) => {
                self.push(Open::Slot(slot, self.slot(slot)))?;
                self.set(slot, Some(at));
                Next::Go(place + 1, at)
            }
            Step::Progress { slot, out } => Next::Go(
                if self.slot(slot) == Some(at) {
                    out
                } else {
                    place + 1
                },
                at,
            ),
            Step::Again { group, any_case } => match self.again(group, any_case, at)? {
                Some(end) => Next::Go(place + 1, end),
                None => Next::Nowhere,
            },
            Step::IsSet(group) => go_if(self.matched(group).is_some()),
            Step::Keep => {
                self.push(Open::Start(self.start))?;
                self.start = at;
                Next::Go(place + 1, at)
            }
            Step::Match => Next::End(at),
        })
    }

    fn looked_up(&mut self, around: u32, at: usize) -> Result<bool, TooMuch> {
        if self.tables.is_none() {
            self.tables = Some(tables(self.program, self.text, self.steps)?);
        }
        let table = self.tables.as_ref();
        let table = table.and_then(|tables| tables.get(around as usize));
        Ok(table.is_some_and(|table| is_set(table, at)))
    }

    fn tried(
        &mut self,
        kind: Try,
        from: Place,
        (place, at): (Place, usize),
    ) -> Result<Next, TooMuch> {
        let base = self.open.len();
        let begin = match kind {
            Try::Behind { length, .. } => before(self.text, at, length),
            _ => Some(at),
        };
        let end = match begin {
            Some(begin) => self.run(from, begin)?,
            None => None,
        };
        Ok(match (kind, end) {
            (Try::Atomic | Try::Condition { .. }, Some(end)) => Next::Go(place + 1, end),
            (Try::Condition { otherwise }, None) => Next::Go(otherwise, at),
            (Try::Ahead { negated } | Try::Behind { negated, .. }, end) => {
                if negated {
                    self.undo(base);
                }
                if end.is_some() == negated {
                    Next::Nowhere
                } else {
                    Next::Go(place + 1, at)
                }
            }
            (Try::Atomic, None) => Next::Nowhere,
        })
    }

    /// What a group matched last.
    fn matched(&self, group: u32) -> Option<&str> {
        let (from, to) = (self.slot(2 * group)?, self.slot(2 * group + 1)?);
        self.text.get(from..to)
    }

    /// Where the same text ends that a group matched; a group that did not match has none.
    fn again(&mut self, group: u32, any_case: bool, at: usize) -> Result<Option<usize>, TooMuch> {
        let Some(matched) = self.matched(group) else {
            return Ok(None);
        };
        let (length, rest) = (matched.len(), &self.text[at..]);
        let end = if any_case {
            folded_prefix(rest, matched)
        } else {
            rest.starts_with(matched).then_some(length)
        };
        // A comparison of many characters is quick, but not for nothing.
        self.steps.take(length as u64 / 16)?;
        Ok(end.map(|end| at + end))
    }
}

/// The position so many characters before.
fn before(text: &str, at: usize, length: u32) -> Option<usize> {
    let Some(last) = (length as usize).checked_sub(1) else {
        return Some(at);
    };
    let place = text[..at].char_indices().rev().nth(last);
    place.map(|(place, _)| place)
}

/// Where a text that is the same but for upper and lower case ends.
fn folded_prefix(text: &str, wanted: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    for wanted in wanted.chars() {
        let (_, c) = chars.next()?;
        (c == wanted || c.to_lowercase().eq(wanted.to_lowercase())).then_some(())?;
    }
    Some(chars.next().map_or(text.len(), |(place, _)| place))
}
