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
mod steps;

use linear::Linear;
use node::Node;
use program::Program;
use steps::Found;

pub use steps::{Steps, TooMuch};

/// Steps of a search on a short text, and those that it gets besides for every byte.
const STEPS: u64 = 10_000_000;
const STEPS_A_BYTE: u64 = 40;

/// Steps that a pattern with look-arounds gets for going back first, which on ordinary texts is quickest: so many a byte.
const FIRST_STEPS: u64 = 32;

/// Length of a text times size of a pattern up to which a search takes a few milliseconds at most.
const QUICK: u64 = 400_000;

/// A regular expression.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    size: u64,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Linear(Box<Linear>),
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
        let size = node.size();
        let engine = if let Some(hir) = node.plain() {
            Engine::Linear(Box::new(Linear::new(hir, node)?))
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
            size,
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
        self.find_within(text, &mut Steps::default())
    }

    /// The same with steps that several searches share.
    ///
    /// # Errors
    /// When they do not suffice.
    pub fn find_within<'t>(
        &self,
        text: &'t str,
        steps: &mut Steps,
    ) -> Result<Option<&'t str>, TooMuch> {
        let before = steps.0.min(STEPS + STEPS_A_BYTE * text.len() as u64);
        let mut own = Steps(before);
        let found = self.search(text, &mut own);
        steps.take(before - own.0)?;
        let found = found?;
        Ok(found.and_then(|(start, end)| text.get(start..end)))
    }

    fn search(&self, text: &str, steps: &mut Steps) -> Result<Found, TooMuch> {
        match &self.engine {
            Engine::Linear(linear) => linear.find(text, self.size, steps),
            Engine::Around { back, one_pass } => {
                let first = FIRST_STEPS * (text.len() as u64 + 64);
                let mut few = Steps(first);
                let found = back::find(back, text, &mut few);
                steps.take(first - few.0)?;
                found.or_else(|TooMuch| one_pass::find(one_pass, text, steps))
            }
            Engine::Back(program) => back::find(program, text, steps),
        }
    }

    /// Whether an engine that knows nothing but going back may take long over it.
    pub fn goes_back(&self) -> bool {
        !matches!(self.engine, Engine::Linear(_))
    }

    /// Takes the steps that an engine would need which can do nothing but go back; none for a pattern without look-arounds.
    ///
    /// # Errors
    /// When they do not suffice.
    pub fn go_back(&self, text: &str, steps: &mut Steps) -> Result<(), TooMuch> {
        match &self.engine {
            Engine::Linear(_) => Ok(()),
            Engine::Around { back, .. } | Engine::Back(back) => {
                back::find(back, text, steps).map(|_| ())
            }
        }
    }

    /// Whether a search of a text of this length surely takes no more than some milliseconds.
    pub fn is_quick(&self, length: usize) -> bool {
        let all = self.size.saturating_mul(length as u64);
        all <= QUICK && !matches!(self.engine, Engine::Back(_))
    }
}

#[cfg(test)]
mod tests;
