//! What follows a value: filters, tests, attributes, subscripts and calls.

use minijinja::machinery::Token;

use super::super::operators::name as filter;
use super::expression::{Kind, Operand};
use super::{Refused, Walked, Walker};

impl<'s> Walker<'s> {
    /// A value with its filters and tests.
    pub(super) fn filtered(&mut self) -> Walked<Operand<'s>> {
        let inner = self.signed()?;
        let mut operand = self.postfix(inner)?;
        loop {
            let mut height = operand.height;
            if self.skip(|token| matches!(token, Token::Pipe)) {
                self.filter_name()?;
                if self.is(|token| matches!(token, Token::ParenOpen)) {
                    height = height.max(self.arguments(None)?);
                }
            } else if self.skip_word("is") {
                self.skip_word("not");
                self.filter_name()?;
                height = height.max(self.test_argument()?) + 1;
            } else {
                return Ok(operand);
            }
            operand = self.joined(operand.start, height)?;
        }
    }

    pub(super) fn filter_name(&mut self) -> Walked<()> {
        self.name()?;
        while self.skip(|token| matches!(token, Token::Dot)) {
            self.name()?;
        }
        Ok(())
    }

    fn test_argument(&mut self) -> Walked<usize> {
        if self.is(|token| matches!(token, Token::ParenOpen)) {
            return self.arguments(None);
        }
        let starts = self.is(|token| {
            matches!(
                token,
                Token::Ident(_)
                    | Token::Str(_)
                    | Token::String(_)
                    | Token::Int(_)
                    | Token::Int128(_)
                    | Token::Float(_)
                    | Token::Plus
                    | Token::Minus
                    | Token::BracketOpen
                    | Token::BraceOpen
            )
        });
        if !starts || self.is_word(&["and", "or", "else", "is"]) {
            return Ok(0);
        }
        let start = self.start();
        let counts = self.opens.len();
        let inner = self.signed()?;
        let argument = self.postfix(inner)?;
        // A count that starts with a parenthesis would be read as the list of arguments.
        let added = self.opens.get(counts..).unwrap_or_default();
        if added.iter().any(|insertion| insertion.at == start) {
            self.enclose(start, "(", argument.end, ")".to_owned());
        }
        Ok(argument.height)
    }

    fn signed(&mut self) -> Walked<Operand<'s>> {
        let start = self.start();
        if !self.skip(|token| matches!(token, Token::Minus)) {
            return self.deeper(Self::primary);
        }
        let inner = self.deeper(Self::signed)?;
        let inner = self.postfix(inner)?;
        let mut operand = self.joined(start, inner.height)?;
        if inner.is_number() {
            operand.kind = Kind::Number(None);
        }
        Ok(operand)
    }

    fn postfix(&mut self, mut operand: Operand<'s>) -> Walked<Operand<'s>> {
        loop {
            let mut height = operand.height;
            let kind;
            if self.skip(|token| matches!(token, Token::Dot)) {
                kind = self.attribute(operand)?;
            } else if self.skip(|token| matches!(token, Token::BracketOpen)) {
                height = height.max(self.subscript(operand)?);
                kind = Kind::Other;
            } else if self.is(|token| matches!(token, Token::ParenOpen)) {
                let callee = match operand.kind {
                    Kind::Name("loop") => Some(filter::LOOPED),
                    Kind::Attribute("changed") => Some(filter::CHAINED),
                    _ => None,
                };
                height = height.max(self.arguments(callee)?);
                if operand.kind == Kind::Block {
                    self.count_block(operand.start, self.end());
                }
                kind = Kind::Call;
            } else {
                return Ok(operand);
            }
            operand = Operand {
                kind,
                ..self.joined(operand.start, height)?
            };
        }
    }

    fn attribute(&mut self, base: Operand<'s>) -> Walked<Kind<'s>> {
        match self.current() {
            Some(Token::Ident(name)) => {
                let name = *name;
                self.at += 1;
                if base.kind == Kind::Name("self") {
                    return Ok(Kind::Block);
                }
                Ok(Kind::Attribute(name))
            }
            Some(Token::Int(_) | Token::Int128(_)) => {
                self.at += 1;
                self.count_base(base.start, base.end, filter::INDEXED);
                Ok(Kind::Other)
            }
            _ => Err(Refused::Syntax),
        }
    }

    /// What stands in brackets after a value.
    fn subscript(&mut self, base: Operand<'s>) -> Walked<usize> {
        let colon = |token: &Token<'s>| matches!(token, Token::Colon);
        let close = |token: &Token<'s>| matches!(token, Token::BracketClose);
        let mut height = 0;
        let mut key = None;
        if !self.is(colon) {
            let start = self.expression()?;
            height = start.height;
            key = Some(start);
        }
        if self.skip(colon) {
            key = None;
            if !self.is(close) && !self.is(colon) {
                height = height.max(self.expression()?.height);
            }
            if self.skip(colon) && !self.is(close) {
                height = height.max(self.expression()?.height);
            }
            self.count_base(base.start, base.end, filter::SLICED);
        }
        self.expect(close)?;
        match key.map(|key| key.kind) {
            // A name, and the first items of a list, are found at once.
            None | Some(Kind::Text | Kind::Number(Some(0..=16))) => {}
            Some(_) if key.is_some_and(|key| key.is_scalar()) => {
                self.count_base(base.start, base.end, filter::INDEXED);
            }
            Some(_) => {
                let (start, end) = key.map_or((0, 0), |key| (key.start, key.end));
                self.count_base(base.start, base.end, filter::LEFT);
                self.count(start, end, filter::SUBSCRIPT);
            }
        }
        Ok(height)
    }

    /// The arguments of a call, each handed through a filter where one is given.
    pub(super) fn arguments(&mut self, each: Option<&str>) -> Walked<usize> {
        self.expect(|token| matches!(token, Token::ParenOpen))?;
        let close = |token: &Token<'s>| matches!(token, Token::ParenClose);
        let mut height = 0;
        self.separated(close, |walk| {
            let spread = walk.skip(|token| matches!(token, Token::Pow | Token::Mul));
            let mut argument = walk.expression()?;
            let named = matches!(argument.kind, Kind::Name(_));
            if !spread && named && walk.skip(|token| matches!(token, Token::Assign)) {
                argument = walk.expression()?;
            }
            height = height.max(argument.height);
            if spread {
                walk.count(argument.start, argument.end, filter::SPREAD);
            } else if let Some(filter) = each.filter(|_| !argument.is_scalar()) {
                walk.count(argument.start, argument.end, filter);
            }
            Ok(())
        })?;
        Ok(height)
    }
}
