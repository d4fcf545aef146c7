//! Patterns that the linear engine takes. Linear means the text's length times the pattern's size, and where that is much, an
//! automaton that gives up is asked first and then the engine that counts its steps.

use std::sync::OnceLock;

use regex_automata::hybrid::dfa::{Config, DFA};
use regex_automata::hybrid::regex::{Builder, Regex as Automaton};
use regex_automata::meta;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::{Input, MatchKind};
use regex_syntax::hir::Hir;

use super::node::Node;
use super::one_pass;
use super::program::Program;
use super::steps::{Found, Steps, TooMuch};

/// Length of a text times size of a pattern up to which the linear engine is quick whatever they are.
const LITTLE: u64 = 20_000_000;

/// Bytes of a compiled pattern.
const LARGEST: usize = 10 << 20;

/// How often an automaton may begin again before it has to read so many bytes for each of its states.
const CLEARED: usize = 16;
const BYTES_A_STATE: usize = 10;

/// A pattern of the linear engine.
#[derive(Debug)]
pub(super) struct Linear {
    regex: meta::Regex,
    hir: Hir,
    node: Node,
    /// Built for the first large text, as is the next.
    automaton: OnceLock<Option<Automaton>>,
    counting: OnceLock<Option<Program>>,
}

impl Linear {
    pub(super) fn new(hir: Hir, node: Node) -> Result<Self, String> {
        let config = meta::Config::new()
            .which_captures(WhichCaptures::Implicit)
            .nfa_size_limit(Some(LARGEST));
        let regex = meta::Builder::new().configure(config).build_from_hir(&hir);
        let regex = regex.map_err(|error| match error.size_limit() {
            Some(limit) => format!("it is larger than {limit} bytes when it is compiled"),
            None => error.to_string(),
        })?;
        Ok(Self {
            regex,
            hir,
            node,
            automaton: OnceLock::new(),
            counting: OnceLock::new(),
        })
    }

    pub(super) fn find(&self, text: &str, size: u64, steps: &mut Steps) -> Result<Found, TooMuch> {
        // Its own steps are not counted; what they come to as a rule is.
        steps.take(text.len() as u64 / 16 + 1)?;
        if size.saturating_mul(text.len() as u64) <= LITTLE {
            let found = self.regex.find(text);
            return Ok(found.map(|found| (found.start(), found.end())));
        }
        let automaton = self.automaton.get_or_init(|| automaton(&self.hir));
        if let Some(automaton) = automaton {
            let mut cache = automaton.create_cache();
            if let Ok(found) = automaton.try_search(&mut cache, &Input::new(text)) {
                return Ok(found.map(|found| (found.start(), found.end())));
            }
        }
        self.count(text, steps)
    }

    /// Searches with the engine that counts its steps.
    pub(super) fn count(&self, text: &str, steps: &mut Steps) -> Result<Found, TooMuch> {
        let counting = self
            .counting
            .get_or_init(|| Program::one_pass(&self.node).ok());
        one_pass::find(counting.as_ref().ok_or(TooMuch)?, text, steps)
    }
}

/// An automaton that gives up where its states are too many for its cache; there is none for some patterns.
fn automaton(hir: &Hir) -> Option<Automaton> {
    let nfa = |reverse| {
        let config = thompson::Config::new()
            .reverse(reverse)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(LARGEST));
        let mut compiler = thompson::Compiler::new();
        compiler.configure(config).build_from_hir(hir).ok()
    };
    let config = Config::new()
        .minimum_cache_clear_count(Some(CLEARED))
        .minimum_bytes_per_state(Some(BYTES_A_STATE))
        .unicode_word_boundary(true)
        .skip_cache_capacity_check(true);
    let forward = DFA::builder()
        .configure(config.clone())
        .build_from_nfa(nfa(false)?)
        .ok()?;
    let config = config
        .match_kind(MatchKind::All)
        .specialize_start_states(false);
    let reverse = DFA::builder()
        .configure(config)
        .build_from_nfa(nfa(true)?)
        .ok()?;
    Some(Builder::new().build_from_dfas(forward, reverse))
}
