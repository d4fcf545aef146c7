//! Names that users write: a model (`provider/model`) and a prompt version (`family@version`).

use std::fmt;
use std::str::FromStr;

use super::as_text::as_text;

pub use semver::Version;

/// A model as users name it: `provider/model`, split at the first slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelName {
    /// Which provider of `prompteval.yaml` (or built in) answers.
    pub provider: String,
    /// The name that the provider knows the model by; it may hold slashes.
    pub model: String,
}

/// Why a text is no model name.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no model: write `provider/model`, for example `openai/gpt-6-luna`")]
pub struct ModelNameError(String);

impl FromStr for ModelName {
    type Err = ModelNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((provider, model)) if !provider.is_empty() && !model.is_empty() => Ok(Self {
                provider: provider.to_owned(),
                model: model.to_owned(),
            }),
            _ => Err(ModelNameError(text.to_owned())),
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// One version of a family: `customer-support@1.2.0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromptRef {
    /// The family's name: its folder below `prompts/`.
    pub family: String,
    /// The semantic version: its file's stem.
    pub version: Version,
}

/// Why a text is no `FAMILY@VERSION`.
#[derive(Debug, thiserror::Error)]
pub enum PromptRefError {
    /// There is no `@`.
    #[error(
        "`{0}` is no prompt version: write `FAMILY@VERSION`, for example `customer-support@1.2.0`"
    )]
    NoVersion(String),
    /// What follows the `@` is no semantic version.
    #[error("`{0}` is no semantic version: write three numbers, for example `1.2.0`")]
    NotSemantic(String),
}

impl FromStr for PromptRef {
    type Err = PromptRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (family, version) = text
            .split_once('@')
            .filter(|(family, _)| !family.is_empty())
            .ok_or_else(|| PromptRefError::NoVersion(text.to_owned()))?;
        let version = version
            .parse()
            .map_err(|_| PromptRefError::NotSemantic(version.to_owned()))?;
        Ok(Self {
            family: family.to_owned(),
            version,
        })
    }
}

impl fmt::Display for PromptRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.family, self.version)
    }
}

as_text!(ModelName, PromptRef);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_splits_at_the_first_slash_only() {
        let name: ModelName = "openrouter/meta/llama-4".parse().unwrap();
        assert_eq!(name.provider, "openrouter");
        assert_eq!(name.model, "meta/llama-4");
        assert!("gpt-6-luna".parse::<ModelName>().is_err());
        assert!("/x".parse::<ModelName>().is_err());
    }

    #[test]
    fn a_prompt_reference_needs_a_semantic_version() {
        assert!("support@1.2.0".parse::<PromptRef>().is_ok());
        assert!("support@1.2".parse::<PromptRef>().is_err());
        assert!("support".parse::<PromptRef>().is_err());
    }
}
