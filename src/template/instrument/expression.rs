//! Expressions: the levels of MiniJinja's grammar, from ternaries down to names, and what is counted on each.

use minijinja::machinery::Token;

use super::super::operators::name as filter;
use super::{Refused, Walked, Walker};

/// Longest text that MiniJinja may fold into others while it compiles.
pub(super) const SHORT: usize = 256;

/// A part of an expression.
#[derive(Clone, Copy)]
pub(super) struct Operand<'s> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind<'s>,
    /// How deep its syntax tree is.
    pub(super) height: usize,
}

/// What is known of a value without running anything.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind<'s> {
    Number(Option<u64>),
    /// A short text, a truth value or `none`.
    Constant,
    /// A short text, for its own.
    Text,
    /// A list of nothing but the above.
    Constants,
    /// A list or mapping in this template.
    Literal,
    Name(&'s str),
    /// A block, as `self.name`.
    Block,
    Attribute(&'s str),
    Call,
    Other,
}

impl Operand<'_> {
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self.kind, Kind::Number(_) | Kind::Constant | Kind::Text)
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number(_))
    }

    pub(super) fn is_literal(&self) -> bool {
        self.is_scalar() || matches!(self.kind, Kind::Constants | Kind::Literal)
    }

    pub(super) fn is_call(&self) -> bool {
        self.kind == Kind::Call
    }
}

/// The filters of a chain of `~` or `+`.
struct Chain {
    first: &'static str,
    next: &'static str,
    last: &'static str,
    one: &'static str,
}

const CONCAT: Chain = Chain {
    first: filter::CONCAT_FIRST,
    next: filter::CONCAT_NEXT,
    last: filter::CONCAT_LAST,
    one: filter::CONCAT_ONE,
};

const ADD: Chain = Chain {
    first: filter::ADD_FIRST,
    next: filter::ADD_NEXT,
    last: filter::ADD_LAST,
    one: filter::ADD_ONE,
};

impl<'s> Walker<'s> {
    /// An expression with ternaries.
    pub(super) fn expression(&mut self) -> Walked<Operand<'s>> {
        self.deeper(Self::ternary)
    }

    fn ternary(&mut self) -> Walked<Operand<'s>> {
        let mut operand = self.or()?;
        while self.skip_word("if") {
            let condition = self.or()?;
            let mut height = operand.height.max(condition.height);
            if self.skip_word("else") {
                height = height.max(self.deeper(Self::ternary)?.height);
            }
            operand = self.joined(operand.start, height)?;
        }
        Ok(operand)
    }

    /// What an operator makes of its operands.
    pub(super) fn joined(&self, start: usize, height: usize) -> Walked<Operand<'s>> {
        self.within(height + 1)?;
        Ok(Operand {
            start,
            end: self.end(),
            kind: Kind::Other,
            height: height + 1,
        })
    }

    /// An expression without ternaries.
    pub(super) fn or(&mut self) -> Walked<Operand<'s>> {
        let mut left = self.and()?;
        while self.skip_word("or") {
            let right = self.and()?;
            left = self.joined(left.start, left.height.max(right.height))?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Walked<Operand<'s>> {
        let mut left = self.not()?;
        while self.skip_word("and") {
            let right = self.not()?;
            left = self.joined(left.start, left.height.max(right.height))?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Walked<Operand<'s>> {
        let start = self.start();
        if self.skip_word("not") {
            let inner = self.deeper(Self::not)?;
            return self.joined(start, inner.height);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Walked<Operand<'s>> {
        let mut operands = vec![self.sum()?];
        let mut searches = false;
        loop {
            let compares = self.skip(|token| {
                matches!(
                    token,
                    Token::Eq | Token::Ne | Token::Lt | Token::Lte | Token::Gt | Token::Gte
                )
            });
            if !compares {
                let negated = self.skip_word("not");
                if !self.skip_word("in") {
                    if negated {
                        return Err(Refused::Syntax);
                    }
                    break;
                }
                searches = true;
            }
            operands.push(self.sum()?);
        }
        match operands[..] {
            [only] => return Ok(only),
            [left, right] if searches => self.count_search(left, right),
            [left, right] if !left.is_scalar() && !right.is_scalar() => {
                self.count(left.start, left.end, filter::LEFT);
                self.count(right.start, right.end, filter::COMPARE);
            }
            [_, _] => {}
            _ => {
                for operand in operands.iter().filter(|operand| !operand.is_scalar()) {
                    self.count(operand.start, operand.end, filter::CHAINED);
                }
            }
        }
        let height = operands.iter().map(|operand| operand.height).max();
        self.joined(operands[0].start, height.unwrap_or(0) + 1)
    }

    fn count_search(&mut self, item: Operand<'s>, container: Operand<'s>) {
        if container.kind == Kind::Constants || container.is_scalar() && item.is_scalar() {
            return;
        }
        if item.is_scalar() {
            self.count(container.start, container.end, filter::SEARCHED);
        } else {
            self.count(item.start, item.end, filter::LEFT);
            self.count(container.start, container.end, filter::CONTAINED);
        }
    }

    fn sum(&mut self) -> Walked<Operand<'s>> {
        let mut operands = vec![self.concatenation()?];
        let mut added = Vec::new();
        let mut height = operands[0].height;
        while let Some(plus) = self.one_of(&[(Token::Plus, true), (Token::Minus, false)]) {
            let operand = self.concatenation()?;
            height = self
                .joined(operand.start, height.max(operand.height))?
                .height;
            operands.push(operand);
            added.push(plus);
        }
        if operands.len() == 1 {
            return Ok(operands[0]);
        }
        // One number makes all of them numbers, or an error.
        if added.contains(&true) && !operands.iter().any(Operand::is_number) {
            self.count_chain(&operands, &ADD);
        }
        Ok(self.chained(operands[0].start, height))
    }

    fn concatenation(&mut self) -> Walked<Operand<'s>> {
        let mut operands = vec![self.product()?];
        let mut height = operands[0].height;
        while self.skip(|token| matches!(token, Token::Tilde)) {
            let operand = self.product()?;
            height = self
                .joined(operand.start, height.max(operand.height))?
                .height;
            operands.push(operand);
        }
        if operands.len() == 1 {
            return Ok(operands[0]);
        }
        self.count_chain(&operands, &CONCAT);
        Ok(self.chained(operands[0].start, height))
    }

    fn chained(&self, start: usize, height: usize) -> Operand<'s> {
        Operand {
            start,
            end: self.end(),
            kind: Kind::Other,
            height,
        }
    }

    /// Counts the operands of a chain that can be large, each with the operators that copy it before the next one.
    fn count_chain(&mut self, operands: &[Operand<'s>], chain: &Chain) {
        let large: Vec<usize> = (0..operands.len())
            .filter(|at| !operands[*at].is_scalar())
            .collect();
        for (nth, at) in large.iter().enumerate() {
            let until = large.get(nth + 1).copied().unwrap_or(operands.len());
            let name = match (nth, nth + 1 == large.len()) {
                (0, true) => chain.one,
                (0, false) => chain.first,
                (_, false) => chain.next,
                (_, true) => chain.last,
            };
            let operand = operands[*at];
            if until - at > 1 {
                let filter = format!("{name}({})", until - at);
                self.count(operand.start, operand.end, &filter);
            } else {
                self.count(operand.start, operand.end, name);
            }
        }
    }

    fn one_of<T: Copy>(&mut self, tokens: &[(Token<'s>, T)]) -> Option<T> {
        let current = self.current()?;
        let same =
            |token: &Token<'s>| std::mem::discriminant(token) == std::mem::discriminant(current);
        let found = tokens.iter().find(|(token, _)| same(token))?.1;
        self.at += 1;
        Some(found)
    }

    fn product(&mut self) -> Walked<Operand<'s>> {
        let mut left = self.power()?;
        let operators = [
            (Token::Mul, true),
            (Token::Div, false),
            (Token::FloorDiv, false),
            (Token::Mod, false),
        ];
        while let Some(repeats) = self.one_of(&operators) {
            let right = self.power()?;
            if repeats && !(left.is_number() && right.is_number()) {
                self.count(left.start, left.end, filter::FACTOR);
                self.count(right.start, right.end, filter::TIMES);
            }
            left = self.joined(left.start, left.height.max(right.height))?;
        }
        Ok(left)
    }

    fn power(&mut self) -> Walked<Operand<'s>> {
        let mut left = self.filtered()?;
        while self.skip(|token| matches!(token, Token::Pow)) {
            let right = self.filtered()?;
            left = self.joined(left.start, left.height.max(right.height))?;
        }
        Ok(left)
    }
}
