//! Follows every way through a pattern at once: time is bounded by the text's length times the pattern's size.
//!
//! Look-arounds are decided first, each for all positions in one pass of its own, so that they cost no more than the rest.

use super::look::holds;
use super::program::{Around, Place, Program, Step};
use super::steps::{Found, Steps, TooMuch};

/// Searches the text; the match is the one that going back would find.
pub(super) fn find(program: &Program, text: &str, steps: &mut Steps) -> Result<Found, TooMuch> {
    let tables = tables(program, text, steps)?;
    let mut pass = Pass::new(program, &program.steps, text, &tables);
    pass.prefers = true;
    let mut found = None;
    let mut at = 0;
    loop {
        if pass.now.is_empty() {
            if found.is_some() {
                return Ok(found);
            }
            at = next_first(program, text, at);
        }
        if found.is_none() {
            pass.enter(0, at, at);
        }
        steps.take(pass.taken())?;
        let next = text[at..].chars().next();
        let ended = pass.step(next, next.map_or(at, |c| at + c.len_utf8()));
        found = ended.map(|start| (start.min(at), at)).or(found);
        let Some(c) = next else {
            return Ok(found);
        };
        at += c.len_utf8();
    }
}

/// The next position at which a match may begin.
pub(super) fn next_first(program: &Program, text: &str, at: usize) -> usize {
    let Some(first) = &program.first else {
        return at;
    };
    let here = text[at..].find(|c| first.has(c));
    here.map_or(text.len(), |offset| at + offset)
}

/// Where a look-around holds: a bit for every byte position.
pub(super) type Table = Vec<u64>;

pub(super) fn is_set(table: &Table, at: usize) -> bool {
    table
        .get(at / 64)
        .is_some_and(|word| word >> (at % 64) & 1 == 1)
}

/// The tables of all look-arounds, in their order.
pub(super) fn tables(
    program: &Program,
    text: &str,
    steps: &mut Steps,
) -> Result<Vec<Table>, TooMuch> {
    let mut tables = Vec::with_capacity(program.arounds.len());
    for around in &program.arounds {
        let table = table(program, around, text, &tables, steps)?;
        tables.push(table);
    }
    Ok(tables)
}

fn table(
    program: &Program,
    around: &Around,
    text: &str,
    inner: &[Table],
    steps: &mut Steps,
) -> Result<Table, TooMuch> {
    let mut table = vec![0; text.len() / 64 + 1];
    let mut pass = Pass::new(program, &around.steps, text, inner);
    let mut at = if around.ahead { text.len() } else { 0 };
    loop {
        pass.enter(0, 0, at);
        if pass.ended {
            table[at / 64] |= 1 << (at % 64);
        }
        steps.take(pass.taken())?;
        let (next, to) = if around.ahead {
            let next = text[..at].chars().next_back();
            (next, at - next.map_or(0, char::len_utf8))
        } else {
            let next = text[at..].chars().next();
            (next, at + next.map_or(0, char::len_utf8))
        };
        if next.is_none() {
            return Ok(table);
        }
        pass.step(next, to);
        at = to;
    }
}

/// Places that are reached, in the order of preference, each once.
#[derive(Default)]
struct Reached {
    places: Vec<(Place, usize)>,
    /// In which round a place was reached last.
    rounds: Vec<u32>,
    round: u32,
}

impl Reached {
    fn of(steps: usize) -> Self {
        Self {
            places: Vec::new(),
            rounds: vec![0; steps],
            round: 1,
        }
    }

    fn clear(&mut self) {
        self.places.clear();
        self.round += 1;
    }

    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// One pass over a text.
struct Pass<'p> {
    program: &'p Program,
    steps: &'p [Step],
    text: &'p str,
    tables: &'p [Table],
    now: Reached,
    next: Reached,
    open: Vec<(Place, usize)>,
    /// Whether the end of the pattern was reached at the present position.
    ended: bool,
    /// Whether of several matches one is preferred, or any will do.
    prefers: bool,
    taken: u64,
}

impl<'p> Pass<'p> {
    fn new(program: &'p Program, steps: &'p [Step], text: &'p str, tables: &'p [Table]) -> Self {
        Self {
            program,
            steps,
            text,
            tables,
            now: Reached::of(steps.len()),
            next: Reached::of(steps.len()),
            open: Vec::new(),
            ended: false,
            prefers: false,
            taken: 0,
        }
    }

    /// Steps since it was asked last.
    fn taken(&mut self) -> u64 {
        std::mem::take(&mut self.taken) + 1
    }

    /// Begins at a place, after what is under way already.
    fn enter(&mut self, place: Place, start: usize, at: usize) {
        let mut now = std::mem::take(&mut self.now);
        self.reach(&mut now, (place, start), at);
        self.now = now;
    }

    /// Takes a character along every way. Where the end of the pattern counts, it cuts off what is less preferred, and this gives
    /// where the match begins.
    fn step(&mut self, c: Option<char>, to: usize) -> Option<usize> {
        let now = std::mem::take(&mut self.now);
        let mut next = std::mem::take(&mut self.next);
        self.ended = false;
        let mut found = None;
        self.taken += now.places.len() as u64;
        for (place, start) in &now.places {
            let Some(Step::Class(class)) = self.steps.get(*place as usize) else {
                found = Some(*start);
                break;
            };
            let class = self.program.classes.get(*class as usize);
            if let (Some(class), Some(c)) = (class, c)
                && class.has(c)
            {
                self.reach(&mut next, (place + 1, *start), to);
            }
        }
        self.now = next;
        self.next = now;
        self.next.clear();
        found
    }

    /// Every place that is reached from here without a character.
    fn reach(&mut self, into: &mut Reached, from: (Place, usize), at: usize) {
        self.open.push(from);
        while let Some((place, start)) = self.open.pop() {
            let here = place as usize;
            let Some(step) = self.steps.get(here) else {
                continue;
            };
            let Some(round) = into.rounds.get_mut(here) else {
                continue;
            };
            if std::mem::replace(round, into.round) == into.round {
                continue;
            }
            self.taken += 1;
            match *step {
                Step::Class(_) => into.places.push((place, start)),
                Step::Match => {
                    self.ended = true;
                    if self.prefers {
                        into.places.push((place, start));
                    }
                }
                Step::Split(one, other) => self.open.extend([(other, start), (one, start)]),
                Step::Jump(to) => self.open.push((to, start)),
                Step::Assert(look) => {
                    if holds(look, self.text, at) {
                        self.open.push((place + 1, start));
                    }
                }
                Step::Table { around, negated } => {
                    let table = self.tables.get(around as usize);
                    if table.is_some_and(|table| is_set(table, at)) != negated {
                        self.open.push((place + 1, start));
                    }
                }
                Step::Keep => self.open.push((place + 1, at)),
                Step::Save(_) => self.open.push((place + 1, start)),
                // Only patterns without these go this way.
                Step::Try { .. } | Step::Progress { .. } | Step::Again { .. } | Step::IsSet(_) => {}
            }
        }
    }
}
