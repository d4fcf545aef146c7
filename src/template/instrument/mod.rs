//! Puts a count beside every operator of a template: `a ~ b` becomes `(a)|_pe_concat_first ~ (b)|_pe_concat_last`.
//!
//! MiniJinja has no hook for its operators, so the text it compiles is a slightly longer one. Text is only ever inserted,
//! never a line end, so that each place in it leads back to a place in the template. What is read here is MiniJinja's own
//! tokens by MiniJinja's own grammar; along the way, what nests too deep for the stack is refused before it is compiled.

mod expression;
mod postfix;
mod primary;
mod statement;

use std::ops::Range;

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::error::TemplateError;
use super::operators::name;

/// Operators, filters, brackets and branches that may stand in each other: each costs stack when compiled and dropped.
const DEPTH: usize = 200;

/// How deep this walker goes itself; MiniJinja's parser goes no deeper than one and a half times that.
const RECURSION: usize = 100;

/// Tokens in one template: each costs memory when compiled.
const TOKENS: usize = 500_000;

/// Something that is put into a template.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Insertion {
    /// Where in the source it is put.
    at: usize,
    /// Where in the source that starts what it belongs to.
    of: usize,
    text: String,
}

/// A template's text with the counts put in, and the way back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Instrumented {
    /// The template as written.
    pub(super) source: String,
    /// The template as compiled.
    pub(super) text: String,
    insertions: Vec<Insertion>,
}

impl Instrumented {
    /// A text that nothing is put into.
    pub(super) fn plain(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            text: source.to_owned(),
            insertions: Vec::new(),
        }
    }

    /// The part of the source that a part of the compiled text stands for.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        // A filter's place is its name; the count of an operand stands for the operand.
        let start = self.place(range.start, |insertion| insertion.of);
        start..self.place(range.end, |insertion| insertion.at)
    }

    fn place(&self, place: usize, inside: fn(&Insertion) -> usize) -> usize {
        let mut shift = 0;
        for insertion in &self.insertions {
            let length = insertion.text.len();
            if insertion.at + shift >= place {
                break;
            }
            if insertion.at + shift + length > place {
                return inside(insertion);
            }
            shift += length;
        }
        place - shift
    }
}

/// Why a template was not instrumented.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is no valid template, as MiniJinja's parser will say better.
    Syntax,
    /// It is too deep or too large, or says one thing and means another.
    Fault(TemplateError),
}

/// Instruments a template.
pub(super) fn template(source: &str, syntax: SyntaxConfig) -> Result<Instrumented, Refused> {
    let mut walker = Walker::new(source, false, syntax)?;
    walker.template()?;
    Ok(walker.finish())
}

/// Instruments an expression.
pub(super) fn expression(source: &str) -> Result<Instrumented, Refused> {
    let mut walker = Walker::new(source, true, SyntaxConfig::default())?;
    walker.expression()?;
    if walker.current().is_some() {
        return Err(Refused::Syntax);
    }
    Ok(walker.finish())
}

type Walked<T> = Result<T, Refused>;

/// The inside of a tag with an end, or of a branch of it.
struct Body {
    tag: &'static str,
    /// Where its text starts.
    start: usize,
    /// How the tag before it treats the white space after it.
    edge: &'static str,
    /// Bytes of text directly in it.
    bytes: usize,
    /// Whether a count may be put into it.
    counted: bool,
    /// Branches before it in the same tag, each of which stands in the one before.
    branches: usize,
}

/// Goes through the tokens of a template as MiniJinja's parser does.
struct Walker<'s> {
    source: &'s str,
    tokens: Vec<(Token<'s>, usize, usize)>,
    at: usize,
    /// How deep the walker itself is.
    depth: usize,
    opens: Vec<Insertion>,
    closes: Vec<Insertion>,
    bodies: Vec<Body>,
}

impl<'s> Walker<'s> {
    fn new(source: &'s str, in_expression: bool, syntax: SyntaxConfig) -> Walked<Self> {
        let mut tokens = Vec::new();
        for token in tokenize(source, in_expression, syntax) {
            let (token, span) = token.map_err(|_| Refused::Syntax)?;
            if tokens.len() == TOKENS {
                let message = format!(
                    "the template has more than {TOKENS} words and signs between its braces"
                );
                return Err(limit(source, span.start_offset as usize, message));
            }
            tokens.push((token, span.start_offset as usize, span.end_offset as usize));
        }
        Ok(Self {
            source,
            tokens,
            at: 0,
            depth: 0,
            opens: Vec::new(),
            closes: Vec::new(),
            bodies: Vec::new(),
        })
    }

    fn current(&self) -> Option<&Token<'s>> {
        self.tokens.get(self.at).map(|(token, _, _)| token)
    }

    /// Where the current token starts.
    fn start(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.source.len(), |(_, start, _)| *start)
    }

    /// Where the last token ended.
    fn end(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(0, |(_, _, end)| *end)
    }

    fn is(&self, matches: impl Fn(&Token<'s>) -> bool) -> bool {
        self.current().is_some_and(matches)
    }

    fn skip(&mut self, matches: impl Fn(&Token<'s>) -> bool) -> bool {
        let found = self.is(matches);
        self.at += usize::from(found);
        found
    }

    fn skip_word(&mut self, word: &str) -> bool {
        self.skip(|token| matches!(token, Token::Ident(name) if *name == word))
    }

    fn is_word(&self, words: &[&str]) -> bool {
        self.is(|token| matches!(token, Token::Ident(name) if words.contains(name)))
    }

    fn expect(&mut self, matches: impl Fn(&Token<'s>) -> bool) -> Walked<()> {
        if self.skip(matches) {
            Ok(())
        } else {
            Err(Refused::Syntax)
        }
    }

    /// Items with commas between them, up to what closes them; one more comma may stand before that.
    fn separated(
        &mut self,
        close: impl Fn(&Token<'s>) -> bool,
        mut item: impl FnMut(&mut Self) -> Walked<()>,
    ) -> Walked<()> {
        while !self.skip(&close) {
            item(self)?;
            if !self.skip(|token| matches!(token, Token::Comma)) {
                return self.expect(&close);
            }
        }
        Ok(())
    }

    fn name(&mut self) -> Walked<&'s str> {
        let Some(Token::Ident(name)) = self.current() else {
            return Err(Refused::Syntax);
        };
        let name = *name;
        self.at += 1;
        Ok(name)
    }

    /// Goes one level deeper.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Walked<T>) -> Walked<T> {
        self.depth += 1;
        if self.depth > RECURSION {
            let message = format!(
                "more than {} brackets, signs or ternaries are nested here",
                RECURSION / 2
            );
            return Err(limit(self.source, self.start(), message));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Refuses what stands too deep.
    fn within(&self, depth: usize) -> Walked<()> {
        if depth <= DEPTH {
            return Ok(());
        }
        let message = format!("more than {DEPTH} operators, filters or branches are nested here");
        Err(limit(self.source, self.start(), message))
    }

    fn misplaced_not(&self) -> Refused {
        let error = TemplateError {
            message: "`not` binds less than the operator before it".to_owned(),
            hint: Some("put it in parentheses with what it stands for: `a == (not b)`"),
            ..placed(self.source, self.start())
        };
        Refused::Fault(error)
    }

    /// Hands the text between two places through a filter.
    fn count(&mut self, start: usize, end: usize, filter: &str) {
        self.enclose(start, "(", end, format!(")|{filter}"));
    }

    /// The same where something follows that would bind closer than the filter.
    fn count_base(&mut self, start: usize, end: usize, filter: &str) {
        self.enclose(start, "((", end, format!(")|{filter})"));
    }

    /// Counts a block from before it is printed until it is.
    fn count_block(&mut self, start: usize, end: usize) {
        let close = format!(" if (true|{}))|{})", name::ENTER, name::LEAVE);
        self.enclose(start, "((", end, close);
    }

    fn enclose(&mut self, start: usize, open: &str, end: usize, close: String) {
        self.opens.push(Insertion {
            at: start,
            of: start,
            text: open.to_owned(),
        });
        self.closes.push(Insertion {
            at: end,
            of: start,
            text: close,
        });
    }

    fn finish(self) -> Instrumented {
        // At one place, what closes comes first; of what opens there, the outermost, which was found last.
        let opens = self.opens.into_iter().rev();
        let mut insertions: Vec<_> = self.closes.into_iter().chain(opens).collect();
        insertions.sort_by_key(|insertion| insertion.at);
        let mut text = String::with_capacity(self.source.len() + insertions.len() * 20);
        let mut done = 0;
        for insertion in &insertions {
            text.push_str(self.source.get(done..insertion.at).unwrap_or_default());
            text.push_str(&insertion.text);
            done = insertion.at;
        }
        text.push_str(self.source.get(done..).unwrap_or_default());
        Instrumented {
            source: self.source.to_owned(),
            text,
            insertions,
        }
    }
}

fn limit(source: &str, at: usize, message: String) -> Refused {
    Refused::Fault(TemplateError {
        code: super::error::TEMPLATE_LIMIT,
        message,
        hint: Some(
            "split it: put parts into variables with `{% set %}`, or into templates of their own",
        ),
        ..placed(source, at)
    })
}

/// A fault at a place of a text.
fn placed(source: &str, at: usize) -> TemplateError {
    let before = source.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    TemplateError {
        line: Some(before.matches('\n').count() + 1),
        column: Some(before.get(line_start..).unwrap_or("").chars().count() + 1),
        length: 1,
        ..TemplateError::default()
    }
}
