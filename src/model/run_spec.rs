//! What a run is asked to do, in one shape: the command line, the journal, the plan and a resumed run all speak of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::as_text::as_text;
use super::shard::Shard;
use super::{Location, ModelName, ModelTarget, Params, PromptRef, Version};

/// Suites, filters and overrides of a run. The journal holds it as it is; what is skipped here stands beside it there
/// ([`RunInfo`](super::event::RunInfo)): the suites, where responses come from, the seed and the shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Suites by name or path; empty for all of `evals/`.
    #[serde(skip)]
    pub suites: Vec<String>,
    /// Only these candidates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<PromptRef>,
    /// Another baseline than the suites name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineChoice>,
    /// Only cases with one of these labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Only these cases, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// Only the first so many of the cases left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Another number of repeats than the suites'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// A version that is its own baseline is compared with stored answers of itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub against_stored: bool,
    /// Never add repeats, whatever is undecided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_escalate: bool,
    /// Only what has changed since this commit or branch, which may be nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<String>,
    /// Candidates on these models in place of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelName>,
    /// Where responses may come from.
    #[serde(skip)]
    pub responses: Responses,
    /// Seed of the order in which cases are asked.
    #[serde(skip)]
    pub seed: u64,
    /// Only this part of the cases; the others are asked elsewhere.
    #[serde(skip)]
    pub shard: Option<Shard>,
}

/// Where responses may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Responses {
    /// Recordings and the local cache; what is missing is called.
    #[default]
    Auto,
    /// Always call.
    Live,
    /// Never call; a missing response is an error.
    Replay,
    /// Like `Auto`, and write every response to the suite's recordings.
    Record,
}

/// The baseline of a run in place of the suites' own: `none`, or a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineChoice {
    /// Compare with nothing.
    None,
    /// Compare with this version.
    Version(Version),
}

impl RunSpec {
    /// Flags that leave out cases or change gates, baseline, repeats or model: such a run is no evidence for a promotion.
    pub fn partial(&self) -> Vec<String> {
        let given = [
            (self.baseline.is_some(), "--baseline"),
            (!self.tags.is_empty(), "--tag"),
            (!self.cases.is_empty(), "--case"),
            (self.limit.is_some(), "--limit"),
            (self.repeats.is_some(), "--repeats"),
            (!self.models.is_empty(), "--model"),
            (self.shard.is_some(), "--shard"),
        ];
        let flags = given.into_iter().filter(|(is_given, _)| *is_given);
        flags.map(|(_, flag)| flag.to_owned()).collect()
    }

    /// Whether a flag narrows down which cases or candidates run.
    pub fn filters(&self) -> bool {
        !self.filter_flags().is_empty()
    }

    /// The flags that narrow down what runs, as they are written.
    pub(crate) fn filter_flags(&self) -> Vec<String> {
        let candidates = self.candidates.iter();
        let mut flags: Vec<String> = candidates.map(|id| format!("--candidate {id}")).collect();
        flags.extend(self.tags.iter().map(|tag| format!("--tag {tag}")));
        flags.extend(self.cases.iter().map(|id| format!("--case {id}")));
        flags.extend(self.limit.map(|limit| format!("--limit {limit}")));
        flags
    }

    /// The models that candidates run on in place of their own.
    pub(crate) fn targets(&self) -> impl Iterator<Item = ModelTarget> {
        self.models.iter().map(|name| ModelTarget {
            name: name.clone(),
            params: Params::new(),
            at: Location::file("command line"),
        })
    }
}

impl Responses {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Live, Self::Replay, Self::Record];

    /// As flags and journals name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Live => "live",
            Self::Replay => "replay",
            Self::Record => "record",
        }
    }
}

impl FromStr for Responses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is none of auto, live, replay and record"))
    }
}

impl fmt::Display for BaselineChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Version(version) => version.fmt(f),
        }
    }
}

impl FromStr for BaselineChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self::None);
        }
        let version = text.parse().map(Self::Version);
        version.map_err(|_| {
            format!("`{text}` is no baseline: write a version such as `1.1.0`, or `none`")
        })
    }
}

as_text!(BaselineChoice);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_holds_flags_as_they_were_written() {
        let spec = RunSpec {
            candidates: vec!["support@1.2.0".parse().unwrap()],
            baseline: Some("1.1.0".parse().unwrap()),
            limit: Some(3),
            models: vec!["openai/gpt-6-luna".parse().unwrap()],
            ..RunSpec::default()
        };
        let text = serde_json::to_string(&spec).unwrap();
        let written = r#"{"candidates":["support@1.2.0"],"baseline":"1.1.0","limit":3,"models":["openai/gpt-6-luna"]}"#;
        assert_eq!(text, written);
        assert_eq!(serde_json::from_str::<RunSpec>(&text).unwrap(), spec);
        assert_eq!(serde_json::to_string(&RunSpec::default()).unwrap(), "{}");
    }

    #[test]
    fn a_baseline_is_a_version_or_none() {
        assert_eq!("none".parse(), Ok(BaselineChoice::None));
        assert!("latest".parse::<BaselineChoice>().is_err());
    }

    #[test]
    fn every_source_of_responses_is_read_as_it_is_written() {
        for one in Responses::ALL {
            assert_eq!(one.as_str().parse(), Ok(one));
        }
        assert!("cached".parse::<Responses>().is_err());
    }
}
