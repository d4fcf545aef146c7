//! Statements: which parts of a tag are expressions, and how much text stands in a body that may run many times.

use minijinja::machinery::Token;

use super::super::operators::name as filter;
use super::{Body, Insertion, Refused, Walked, Walker};

/// Text that a body may hold without being counted: running it takes fuel, and a little for each turn stays a little.
const UNCOUNTED: usize = 64;

/// Tags that have an end, and its name.
const ENDS: &[(&str, &str)] = &[
    ("for", "endfor"),
    ("if", "endif"),
    ("with", "endwith"),
    ("set", "endset"),
    ("autoescape", "endautoescape"),
    ("filter", "endfilter"),
    ("block", "endblock"),
    ("macro", "endmacro"),
    ("call", "endcall"),
];

fn block_end(token: &Token<'_>) -> bool {
    matches!(token, Token::BlockEnd)
}

impl<'s> Walker<'s> {
    /// A whole template.
    pub(super) fn template(&mut self) -> Walked<()> {
        self.open("template", 0, "", true, 0)?;
        while let Some(token) = self.current() {
            match token {
                Token::TemplateData(text) => {
                    let bytes = text.len();
                    self.at += 1;
                    if let Some(body) = self.bodies.last_mut() {
                        body.bytes += bytes;
                    }
                }
                Token::VariableStart => {
                    self.at += 1;
                    self.expression()?;
                    self.expect(|token| matches!(token, Token::VariableEnd))?;
                }
                Token::BlockStart => {
                    self.at += 1;
                    self.statement()?;
                }
                _ => return Err(Refused::Syntax),
            }
        }
        match self.close() {
            Some("template") if self.bodies.is_empty() => Ok(()),
            _ => Err(Refused::Syntax),
        }
    }

    fn open(
        &mut self,
        tag: &'static str,
        start: usize,
        edge: &'static str,
        counted: bool,
        branches: usize,
    ) -> Walked<()> {
        self.bodies.push(Body {
            tag,
            start,
            edge,
            bytes: 0,
            counted,
            branches,
        });
        let depth = self.bodies.iter().map(|body| 1 + body.branches).sum();
        self.within(depth)
    }

    /// Ends a body and puts the count of its text at its start.
    fn close(&mut self) -> Option<&'static str> {
        let body = self.bodies.pop()?;
        if body.counted && body.bytes > UNCOUNTED {
            let count = format!("{{{{ {}|{} {}}}}}", body.bytes, filter::RAW, body.edge);
            self.closes.push(Insertion {
                at: body.start,
                of: body.start,
                text: count,
            });
        }
        Some(body.tag)
    }

    /// Ends a tag that opens a body.
    fn open_body(&mut self, tag: &'static str, counted: bool, branches: usize) -> Walked<()> {
        self.expect(block_end)?;
        let end = self.end();
        let edge = match self.source.as_bytes().get(end.saturating_sub(3)) {
            Some(b'-') => "-",
            _ => "",
        };
        self.open(tag, end, edge, counted, branches)
    }

    fn statement(&mut self) -> Walked<()> {
        let word = self.name()?;
        if let Some((tag, _)) = ENDS.iter().find(|(_, end)| *end == word) {
            return self.end_tag(tag);
        }
        match word {
            "else" | "elif" => return self.branch(word),
            "for" => return self.for_tag(),
            "if" => {
                self.or()?;
                return self.open_body("if", true, 0);
            }
            "with" => return self.with_tag(),
            "set" => return self.set_tag(),
            "autoescape" => {
                self.expression()?;
                return self.open_body("autoescape", true, 0);
            }
            "filter" => {
                self.filter_chain()?;
                return self.open_body("filter", true, 0);
            }
            "block" => return self.block_tag(),
            "macro" => {
                self.name()?;
                self.expect(|token| matches!(token, Token::ParenOpen))?;
                self.parameters()?;
                return self.open_body("macro", true, 0);
            }
            "call" => return self.call_tag(),
            "continue" | "break" => {}
            "do" | "extends" => {
                self.expression()?;
            }
            "include" => self.include_tag()?,
            "import" => {
                self.expression()?;
                self.expect_word("as")?;
                self.expression()?;
                self.context()?;
            }
            "from" => self.names_tag()?,
            _ => return Err(Refused::Syntax),
        }
        self.expect(block_end)
    }

    fn expect_word(&mut self, word: &str) -> Walked<()> {
        if self.skip_word(word) {
            Ok(())
        } else {
            Err(Refused::Syntax)
        }
    }

    fn end_tag(&mut self, tag: &str) -> Walked<()> {
        if self.close() != Some(tag) {
            return Err(Refused::Syntax);
        }
        if tag == "block" && self.is(|token| matches!(token, Token::Ident(_))) {
            self.at += 1;
        }
        self.expect(block_end)
    }

    fn branch(&mut self, word: &str) -> Walked<()> {
        let branches = self.bodies.last().map_or(0, |body| body.branches);
        let tag = match self.close() {
            Some(tag @ "if") => tag,
            Some(tag @ "for") if word == "else" => tag,
            _ => return Err(Refused::Syntax),
        };
        if word == "elif" {
            self.or()?;
        }
        self.open_body(tag, true, branches + 1)
    }

    /// What a value is assigned to: a name, a path, or several of them; whether it is a path.
    fn target(&mut self, dotted: bool) -> Walked<bool> {
        let mut path = false;
        let mut count = 0;
        loop {
            if count > 0 {
                self.expect(|token| matches!(token, Token::Comma))?;
            }
            let ends = self.is(|token| {
                matches!(
                    token,
                    Token::ParenClose | Token::VariableEnd | Token::BlockEnd | Token::Ident("in")
                )
            });
            if ends {
                return Ok(path);
            }
            count += 1;
            if self.skip(|token| matches!(token, Token::ParenOpen)) {
                path |= self.deeper(|walker| walker.target(dotted))?;
                self.expect(|token| matches!(token, Token::ParenClose))?;
            } else {
                self.name()?;
                while dotted && self.skip(|token| matches!(token, Token::Dot)) {
                    self.name()?;
                    path = true;
                }
            }
            if !self.is(|token| matches!(token, Token::Comma)) {
                return Ok(path);
            }
        }
    }

    fn for_tag(&mut self) -> Walked<()> {
        self.target(false)?;
        self.expect_word("in")?;
        let list = self.or()?;
        if !list.is_literal() {
            self.count(list.start, list.end, filter::LOOPED);
        }
        if self.skip_word("if") {
            self.expression()?;
        }
        self.skip_word("recursive");
        self.open_body("for", true, 0)
    }

    fn with_tag(&mut self) -> Walked<()> {
        let mut count = 0;
        while !self.is(block_end) {
            if count > 0 {
                self.expect(|token| matches!(token, Token::Comma))?;
            }
            count += 1;
            if self.skip(|token| matches!(token, Token::ParenOpen)) {
                self.target(false)?;
                self.expect(|token| matches!(token, Token::ParenClose))?;
            } else {
                self.name()?;
            }
            self.expect(|token| matches!(token, Token::Assign))?;
            self.expression()?;
        }
        self.open_body("with", true, 0)
    }

    fn set_tag(&mut self) -> Walked<()> {
        let path = self.target(true)?;
        if self.skip(|token| matches!(token, Token::Pipe)) {
            self.filter_chain()?;
            return self.open_body("set", true, 0);
        }
        if self.is(block_end) {
            return self.open_body("set", true, 0);
        }
        self.expect(|token| matches!(token, Token::Assign))?;
        let mut items = vec![self.expression()?];
        let mut several = false;
        while self.skip(|token| matches!(token, Token::Comma)) {
            several = true;
            if self.is(block_end) {
                break;
            }
            items.push(self.expression()?);
        }
        if several {
            self.hold(&items);
        } else if path && !items[0].is_literal() {
            self.count(items[0].start, items[0].end, filter::STORED);
        }
        self.expect(block_end)
    }

    fn filter_chain(&mut self) -> Walked<()> {
        let mut count = 0;
        while !self.is(block_end) {
            if count > 0 {
                self.expect(|token| matches!(token, Token::Pipe))?;
            }
            count += 1;
            self.within(count)?;
            self.filter_name()?;
            if self.is(|token| matches!(token, Token::ParenOpen)) {
                let height = self.arguments(None)?;
                self.within(height + count)?;
            }
        }
        if count == 0 {
            Err(Refused::Syntax)
        } else {
            Ok(())
        }
    }

    fn block_tag(&mut self) -> Walked<()> {
        self.name()?;
        self.skip_word("scoped");
        let required = self.skip_word("required");
        self.open_body("block", !required, 0)
    }

    /// The parameters of a macro, after the parenthesis.
    fn parameters(&mut self) -> Walked<()> {
        let close = |token: &Token<'s>| matches!(token, Token::ParenClose);
        self.separated(close, |walk| {
            walk.name()?;
            if walk.skip(|token| matches!(token, Token::Assign)) {
                walk.expression()?;
            }
            Ok(())
        })
    }

    fn call_tag(&mut self) -> Walked<()> {
        if self.skip(|token| matches!(token, Token::ParenOpen)) {
            self.parameters()?;
        }
        if !self.expression()?.is_call() {
            return Err(Refused::Syntax);
        }
        self.open_body("call", true, 0)
    }

    fn include_tag(&mut self) -> Walked<()> {
        self.expression()?;
        let said = self.context()?;
        if self.skip_word("ignore") {
            self.expect_word("missing")?;
            if !said {
                self.context()?;
            }
        }
        Ok(())
    }

    /// `with context`, which means nothing.
    fn context(&mut self) -> Walked<bool> {
        let said = self.skip_word("with") || self.skip_word("without");
        if said {
            self.expect_word("context")?;
        }
        Ok(said)
    }

    fn names_tag(&mut self) -> Walked<()> {
        self.expression()?;
        self.expect_word("import")?;
        let mut count = 0;
        loop {
            if self.context()? || self.is(block_end) {
                return Ok(());
            }
            if count > 0 {
                self.expect(|token| matches!(token, Token::Comma))?;
            }
            if self.context()? || self.is(block_end) {
                return Ok(());
            }
            count += 1;
            self.name()?;
            if self.skip_word("as") {
                self.name()?;
            }
        }
    }
}
