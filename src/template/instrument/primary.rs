//! The smallest parts of an expression: names, constants, and what stands in brackets of its own.

use minijinja::machinery::Token;

use super::super::operators::name as filter;
use super::expression::{Kind, Operand, SHORT};
use super::{Refused, Walked, Walker};

impl<'s> Walker<'s> {
    pub(super) fn primary(&mut self) -> Walked<Operand<'s>> {
        let start = self.start();
        let Some(token) = self.current() else {
            return Err(Refused::Syntax);
        };
        let kind = match token {
            Token::Ident("true" | "True" | "false" | "False" | "none" | "None") => Kind::Constant,
            // MiniJinja takes it for a name after an operator, and no longer once that operand stands in parentheses.
            Token::Ident("not") => return Err(self.misplaced_not()),
            Token::Ident(name) => Kind::Name(name),
            Token::Str(_) | Token::String(_) => return Ok(self.text(start)),
            Token::Int(number) => Kind::Number(Some(*number)),
            Token::Int128(_) | Token::Float(_) => Kind::Number(None),
            Token::ParenOpen => return self.parenthesis(start),
            Token::BracketOpen => return self.list(start),
            Token::BraceOpen => return self.mapping(start),
            _ => return Err(Refused::Syntax),
        };
        self.at += 1;
        Ok(self.part(start, kind, 1))
    }

    fn part(&self, start: usize, kind: Kind<'s>, height: usize) -> Operand<'s> {
        Operand {
            start,
            end: self.end(),
            kind,
            height,
        }
    }

    /// One text, or several in a row that are one.
    fn text(&mut self, start: usize) -> Operand<'s> {
        while self.skip(|token| matches!(token, Token::Str(_) | Token::String(_))) {}
        let short = self.end() - start <= SHORT;
        self.part(start, if short { Kind::Text } else { Kind::Other }, 1)
    }

    fn parenthesis(&mut self, start: usize) -> Walked<Operand<'s>> {
        let close = |token: &Token<'s>| matches!(token, Token::ParenClose);
        self.at += 1;
        if self.skip(close) {
            return Ok(self.part(start, Kind::Constants, 1));
        }
        let first = self.expression()?;
        if !self.is(|token| matches!(token, Token::Comma)) {
            self.expect(close)?;
            return Ok(self.part(start, first.kind, first.height));
        }
        let mut items = vec![first];
        while !self.skip(close) {
            self.expect(|token| matches!(token, Token::Comma))?;
            if self.skip(close) {
                break;
            }
            items.push(self.expression()?);
        }
        self.held(start, &items)
    }

    fn list(&mut self, start: usize) -> Walked<Operand<'s>> {
        let close = |token: &Token<'s>| matches!(token, Token::BracketClose);
        self.at += 1;
        let mut items = Vec::new();
        self.separated(close, |walk| {
            items.push(walk.expression()?);
            Ok(())
        })?;
        self.held(start, &items)
    }

    fn mapping(&mut self, start: usize) -> Walked<Operand<'s>> {
        let close = |token: &Token<'s>| matches!(token, Token::BraceClose);
        self.at += 1;
        let mut items = Vec::new();
        self.separated(close, |walk| {
            let key = walk.expression()?;
            if !key.is_scalar() {
                walk.count(key.start, key.end, filter::KEY);
            }
            walk.expect(|token| matches!(token, Token::Colon))?;
            let mut value = walk.expression()?;
            value.height = value.height.max(key.height);
            items.push(value);
            Ok(())
        })?;
        let mapping = self.held(start, &items)?;
        Ok(Operand {
            kind: Kind::Literal,
            ..mapping
        })
    }

    /// A list of items, each counted as one that is held.
    fn held(&mut self, start: usize, items: &[Operand<'s>]) -> Walked<Operand<'s>> {
        let constant = items.iter().all(Operand::is_scalar);
        self.hold(items);
        let height = items.iter().map(|item| item.height).max().unwrap_or(0);
        self.within(height + 1)?;
        let kind = if constant {
            Kind::Constants
        } else {
            Kind::Literal
        };
        Ok(self.part(start, kind, height + 1))
    }

    /// Counts what a list, a mapping or a namespace is going to hold.
    pub(super) fn hold(&mut self, items: &[Operand<'s>]) {
        for item in items.iter().filter(|item| !item.is_literal()) {
            self.count(item.start, item.end, filter::ITEM);
        }
    }
}
