//! The questions of `init`, asked where somebody is there to answer them.

use std::io::{BufRead, Write};

use clap::ValueEnum;

use crate::cli::args::Kind;
use crate::cli::error::CliError;

/// What is built where nobody says.
pub(super) const KIND: Kind = Kind::Chat;

/// Somebody to ask: questions go out, answers come in.
pub(super) struct Asker<'a> {
    pub(super) input: &'a mut dyn BufRead,
    pub(super) output: &'a mut dyn Write,
}

impl Asker<'_> {
    /// Which kind of project, by number or by name; asked again until the answer is one of them.
    pub(super) fn kind(&mut self) -> Result<Kind, CliError> {
        writeln!(self.output, "What are you building?")?;
        let kinds: Vec<_> = Kind::value_variants()
            .iter()
            .filter_map(|kind| Some((*kind, kind.to_possible_value()?)))
            .collect();
        for (number, (_, value)) in kinds.iter().enumerate() {
            let help = value.get_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            writeln!(
                self.output,
                "  {}  {:<11} {help}",
                number + 1,
                value.get_name()
            )?;
        }
        let default = kinds.iter().find(|(kind, _)| *kind == KIND);
        let default = default.map_or("", |(_, value)| value.get_name());
        loop {
            let answer = self.text("Number or name", default)?;
            let number = answer.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let found = match number {
                Some(number) => kinds.get(number),
                None => kinds.iter().find(|(_, value)| value.matches(&answer, true)),
            };
            if let Some((kind, _)) = found {
                return Ok(*kind);
            }
            writeln!(self.output, "`{answer}` is not in the list")?;
        }
    }

    /// A line of text, or the default for an empty one and at the end of the input.
    pub(super) fn text(&mut self, question: &str, default: &str) -> Result<String, CliError> {
        write!(self.output, "{question} [{default}]: ")?;
        self.output.flush()?;
        let mut line = String::new();
        let _ = self.input.read_line(&mut line)?;
        let line = line.trim();
        Ok(if line.is_empty() { default } else { line }.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(input: &str) -> (Kind, String) {
        let mut output = Vec::new();
        let mut asker = Asker {
            input: &mut input.as_bytes(),
            output: &mut output,
        };
        let kind = asker.kind();
        (
            kind.unwrap_or_else(|error| panic!("{error:?}")),
            String::from_utf8_lossy(&output).into_owned(),
        )
    }

    #[test]
    fn a_kind_is_chosen_by_number_by_name_or_by_default() {
        for (input, kind) in [
            ("1\n", Kind::Classifier),
            ("RAG\n", Kind::Rag),
            ("\n", KIND),
            ("", KIND),
        ] {
            assert_eq!(asked(input).0, kind, "{input:?}");
        }
    }

    #[test]
    fn an_answer_that_is_no_kind_is_asked_again() {
        let (kind, output) = asked("0\n9\npoems\nextraction\n");
        assert_eq!(kind, Kind::Extraction);
        assert_eq!(output.matches("is not in the list").count(), 3, "{output}");
        for name in ["classifier", "extraction", "rag", "chat"] {
            assert!(output.contains(name), "{output}");
        }
    }
}
