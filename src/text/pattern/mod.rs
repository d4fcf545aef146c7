//! Regular expressions whose search is bounded: it ends after a number of steps that the text's length and the pattern set, on every
//! machine at the same one, whatever the two are.
//!
//! What needs no look-around and no going back is left to the linear engine. Look-arounds are decided for all positions at once, so
//! that they are linear, too. Only back-references, atomic groups and conditions need going back, and get so many steps.

mod back;
mod linear;
mod look;
mod node;
mod one_pass;
mod program;

use linear::Linear;
use node::Node;
use program::Program;

/// Steps of a search, whichever way it goes; about a second.
const STEPS: u64 = 50_000_000;

/// Steps that a pattern with look-arounds gets for going back first, which on ordinary texts is quickest: so many a byte.
const FIRST_STEPS: u64 = 32;

/// Length of a text times size of a pattern up to which a search takes a few milliseconds at most.
const QUICK: u64 = 400_000;

/// Where a match begins and ends.
type Found = Option<(usize, usize)>;

/// The search was given up: it took more steps than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it takes more than {STEPS} steps")]
pub struct TooMuch;

/// A regular expression.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    size: u64,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Linear(Linear),
    /// Look-arounds: going back first, one pass where that takes long.
    Around {
        back: Program,
        one_pass: Program,
    },
    Back(Program),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(source: &str) -> Result<Self, String> {
        let node = Node::read(source)?;
        let engine = if let Some(hir) = node.plain() {
            Engine::Linear(Linear::new(&hir, &node)?)
        } else if node.is_regular() {
            Engine::Around {
                back: Program::back(&node)?,
                one_pass: Program::one_pass(&node)?,
            }
        } else {
            Engine::Back(Program::back(&node)?)
        };
        Ok(Self {
            source: source.to_owned(),
            size: node.size(),
            engine,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// What it matches first.
    ///
    /// # Errors
    /// When the search takes too many steps.
    pub fn find<'t>(&self, text: &'t str) -> Result<Option<&'t str>, TooMuch> {
        let found = match &self.engine {
            Engine::Linear(linear) => linear.find(text, self.size),
            Engine::Around { back, one_pass } => {
                let mut few = Steps(FIRST_STEPS * (text.len() as u64 + 64));
                back::find(back, text, &mut few)
                    .or_else(|TooMuch| one_pass::find(one_pass, text, &mut Steps(STEPS)))
            }
            Engine::Back(program) => back::find(program, text, &mut Steps(STEPS)),
        }?;
        Ok(found.and_then(|(start, end)| text.get(start..end)))
    }

    /// Whether a search of a text of this length surely takes no more than some milliseconds.
    pub fn is_quick(&self, length: usize) -> bool {
        let all = self.size.saturating_mul(length as u64);
        all <= QUICK && !matches!(self.engine, Engine::Back(_))
    }
}

/// Steps that are left.
struct Steps(u64);

impl Steps {
    fn take(&mut self, steps: u64) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
