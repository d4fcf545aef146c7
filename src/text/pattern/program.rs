//! A pattern as steps, which one pass over the text or a search with going back can follow.

use std::collections::BTreeSet;

use regex_syntax::hir::{ClassUnicode, Look};

use super::node::Node;

/// Where a step stands in its program.
pub(super) type Place = u32;

/// One step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Takes a character of this class.
    Class(u32),
    /// Goes on at the first, and at the second where that leads nowhere.
    Split(Place, Place),
    Jump(Place),
    Assert(Look),
    /// A look-around that is looked up in its table.
    Table {
        around: u32,
        negated: bool,
    },
    /// A part that is tried by itself from here: it ends with its own `Match`, and never is gone back into.
    Try {
        kind: Try,
        from: Place,
    },
    /// Keeps the position.
    Save(u32),
    /// Leaves a loop whose round took nothing.
    Progress {
        slot: u32,
        out: Place,
    },
    Again {
        group: u32,
        any_case: bool,
    },
    IsSet(u32),
    Keep,
    Match,
}

/// What comes of a part that was tried by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Try {
    /// Goes on where it ended.
    Atomic,
    /// Goes on where it began.
    Ahead { negated: bool },
    /// The same, from so many characters before.
    Behind { negated: bool, length: u32 },
    /// Goes on where it ended, and at the other place where it does not match.
    Condition { otherwise: Place },
}

/// A class of characters, quick for ASCII.
#[derive(Debug)]
pub(super) struct Class {
    ascii: u128,
    ranges: Vec<(char, char)>,
}

impl Class {
    fn new(class: &ClassUnicode) -> Self {
        let ranges = class.iter().map(|range| (range.start(), range.end()));
        let ranges: Vec<_> = ranges.collect();
        let within = |c: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
        let ascii = (0..128_u8).filter(|byte| within(char::from(*byte)));
        Self {
            ascii: ascii.fold(0, |bits, byte| bits | 1 << byte),
            ranges,
        }
    }

    pub(super) fn has(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> (c as u32) & 1 == 1;
        }
        let at = self.ranges.partition_point(|(_, to)| *to < c);
        self.ranges.get(at).is_some_and(|(from, _)| *from <= c)
    }
}

/// A look-around that is decided for every position at once.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) ahead: bool,
    /// Written backwards where it looks ahead: what matches from a position on ends there when it is read from the end.
    pub(super) steps: Vec<Step>,
}

/// How a pattern is to be searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// In one pass; look-arounds are tables.
    OnePass,
    /// Going back.
    Back,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) classes: Vec<Class>,
    /// Inner ones before those that hold them.
    pub(super) arounds: Vec<Around>,
    /// Positions that are kept: two a group, one a loop.
    pub(super) slots: usize,
    /// Characters with which every match begins, unless it may be empty.
    pub(super) first: Option<Class>,
}

impl Program {
    /// For one pass; the pattern has to be regular.
    pub(super) fn one_pass(node: &Node) -> Result<Self, String> {
        Compiler::new(Way::OnePass, node).program(node)
    }

    /// For going back.
    pub(super) fn back(node: &Node) -> Result<Self, String> {
        Compiler::new(Way::Back, node).program(node)
    }
}

struct Compiler {
    way: Way,
    referred: BTreeSet<usize>,
    written: Vec<ClassUnicode>,
    arounds: Vec<Around>,
    slots: usize,
}

impl Compiler {
    fn new(way: Way, node: &Node) -> Self {
        let referred = node.referred();
        Self {
            way,
            slots: referred.last().map_or(0, |last| 2 * (last + 1)),
            referred,
            written: Vec::new(),
            arounds: Vec::new(),
        }
    }

    fn program(mut self, node: &Node) -> Result<Program, String> {
        let mut steps = Vec::new();
        self.write(node, &mut steps, false)?;
        steps.push(Step::Match);
        let first = self.first(&steps);
        Ok(Program {
            steps,
            classes: self.written.iter().map(Class::new).collect(),
            arounds: self.arounds,
            slots: self.slots,
            first,
        })
    }

    fn write(&mut self, node: &Node, to: &mut Vec<Step>, backwards: bool) -> Result<(), String> {
        match node {
            Node::Empty => {}
            Node::Class(class) => {
                let class = self.class(class);
                to.push(Step::Class(class));
            }
            Node::Assert(look) => to.push(Step::Assert(*look)),
            Node::Concat(nodes) if backwards => {
                for node in nodes.iter().rev() {
                    self.write(node, to, true)?;
                }
            }
            Node::Concat(nodes) => {
                for node in nodes {
                    self.write(node, to, false)?;
                }
            }
            Node::Alt(nodes) => self.write_alternatives(nodes, to, backwards)?,
            Node::Repeat { .. } => self.write_repeat(node, to, backwards)?,
            Node::Group(group, of) if self.is_kept(*group) => {
                to.push(Step::Save(2 * *group as u32));
                self.write(of, to, backwards)?;
                to.push(Step::Save(2 * *group as u32 + 1));
            }
            Node::Group(_, of) => self.write(of, to, backwards)?,
            Node::Around { of, ahead, negated } => self.write_around(of, (*ahead, *negated), to)?,
            Node::Again { group, any_case } => to.push(Step::Again {
                group: *group as u32,
                any_case: *any_case,
            }),
            Node::IsSet(group) => to.push(Step::IsSet(*group as u32)),
            Node::Atomic(of) => self.write_try(of, Try::Atomic, to)?,
            Node::Condition(parts) => self.write_condition(parts, to)?,
            Node::Keep => to.push(Step::Keep),
        }
        Ok(())
    }

    fn is_kept(&self, group: usize) -> bool {
        self.way == Way::Back && self.referred.contains(&group)
    }

    fn class(&mut self, class: &ClassUnicode) -> u32 {
        // A repetition writes the same class many times, one after the other.
        let known = self.written.iter().rev().take(16);
        let place = known.zip(1..).find(|(known, _)| *known == class);
        let place = place.map_or(self.written.len(), |(_, back)| self.written.len() - back);
        if place == self.written.len() {
            self.written.push(class.clone());
        }
        place as u32
    }

    fn write_alternatives(
        &mut self,
        nodes: &[Node],
        to: &mut Vec<Step>,
        backwards: bool,
    ) -> Result<(), String> {
        let mut ends = Vec::new();
        for (place, node) in nodes.iter().enumerate() {
            if place + 1 == nodes.len() {
                self.write(node, to, backwards)?;
                break;
            }
            let split = to.len();
            to.push(Step::Match);
            self.write(node, to, backwards)?;
            ends.push(to.len());
            to.push(Step::Match);
            to[split] = Step::Split(split as Place + 1, to.len() as Place);
        }
        let end = to.len() as Place;
        for place in ends {
            to[place] = Step::Jump(end);
        }
        Ok(())
    }

    fn write_repeat(
        &mut self,
        node: &Node,
        to: &mut Vec<Step>,
        backwards: bool,
    ) -> Result<(), String> {
        let Node::Repeat {
            of,
            least,
            most,
            greedy,
        } = node
        else {
            return Ok(());
        };
        for _ in 0..*least {
            self.write(of, to, backwards)?;
        }
        let split = |inside: usize, out: usize| {
            let (inside, out) = (inside as Place, out as Place);
            if *greedy {
                Step::Split(inside, out)
            } else {
                Step::Split(out, inside)
            }
        };
        let begin = to.len();
        let Some(most) = most else {
            to.push(Step::Match);
            let slot = (self.way == Way::Back && of.may_be_empty()).then(|| self.slot());
            to.extend(slot.map(Step::Save));
            self.write(of, to, backwards)?;
            let end = to.len() + 1 + usize::from(slot.is_some());
            let out = end as Place;
            to.extend(slot.map(|slot| Step::Progress { slot, out }));
            to.push(Step::Jump(begin as Place));
            to[begin] = split(begin + 1, end);
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in *least..*most {
            splits.push(to.len());
            to.push(Step::Match);
            self.write(of, to, backwards)?;
        }
        for place in splits {
            to[place] = split(place + 1, to.len());
        }
        Ok(())
    }

    fn slot(&mut self) -> u32 {
        self.slots += 1;
        self.slots as u32 - 1
    }

    fn write_around(
        &mut self,
        of: &Node,
        (ahead, negated): (bool, bool),
        to: &mut Vec<Step>,
    ) -> Result<(), String> {
        if self.way == Way::Back {
            if ahead {
                return self.write_try(of, Try::Ahead { negated }, to);
            }
            if let Some(length) = of.length() {
                let length = length as u32;
                return self.write_try(of, Try::Behind { negated, length }, to);
            }
            if !of.is_regular() || of.sets(&self.referred) {
                return Err(
                    "a look-behind of no fixed length cannot hold groups that are referred to, \
                     back-references, atomic groups or conditions"
                        .to_owned(),
                );
            }
        }
        let way = std::mem::replace(&mut self.way, Way::OnePass);
        let mut steps = Vec::new();
        let written = self.write(of, &mut steps, ahead);
        self.way = way;
        written?;
        steps.push(Step::Match);
        let around = self.arounds.len() as u32;
        self.arounds.push(Around { ahead, steps });
        to.push(Step::Table { around, negated });
        Ok(())
    }

    /// A part that is tried by itself stands behind its step, which jumps over it.
    fn write_try(&mut self, of: &Node, kind: Try, to: &mut Vec<Step>) -> Result<(), String> {
        let jump = to.len();
        to.push(Step::Match);
        self.write(of, to, false)?;
        to.push(Step::Match);
        to[jump] = Step::Jump(to.len() as Place);
        to.push(Step::Try {
            kind,
            from: jump as Place + 1,
        });
        Ok(())
    }

    fn write_condition(&mut self, parts: &[Node; 3], to: &mut Vec<Step>) -> Result<(), String> {
        let [condition, yes, no] = parts;
        self.write_try(condition, Try::Atomic, to)?;
        let asked = to.len() - 1;
        self.write(yes, to, false)?;
        let jump = to.len();
        to.push(Step::Match);
        let otherwise = to.len() as Place;
        self.write(no, to, false)?;
        to[jump] = Step::Jump(to.len() as Place);
        if let Some(Step::Try { kind, .. }) = to.get_mut(asked) {
            *kind = Try::Condition { otherwise };
        }
        Ok(())
    }

    /// The characters that may come first, whatever is asserted on the way to them.
    fn first(&self, steps: &[Step]) -> Option<Class> {
        let mut first = ClassUnicode::empty();
        let mut seen = vec![false; steps.len()];
        let mut open = vec![0];
        while let Some(place) = open.pop() {
            let at = place as usize;
            if std::mem::replace(seen.get_mut(at)?, true) {
                continue;
            }
            match steps.get(at)? {
                Step::Class(class) => first.union(self.written.get(*class as usize)?),
                Step::Split(one, other) => open.extend([*one, *other]),
                Step::Jump(to) => open.push(*to),
                Step::Try {
                    kind: Try::Ahead { .. } | Try::Behind { .. },
                    ..
                }
                | Step::Assert(_)
                | Step::Table { .. }
                | Step::Save(_)
                | Step::Keep => open.push(place + 1),
                _ => return None,
            }
        }
        Some(Class::new(&first))
    }
}
