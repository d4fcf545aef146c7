//! Prompt families and their immutable versions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Location, ModelName, PromptRef, Role, Version};

/// Request parameters as the user wrote them, in the user's order.
pub type Params = Map<String, Value>;

/// Where a version is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Being written; its file may still change.
    Draft,
    /// Under evaluation.
    Testing,
    /// Answers beside production without being shown.
    Shadow,
    /// Answers a small share of the traffic.
    Canary,
    /// Answers users.
    Production,
    /// Was in production; rollback may bring it back.
    Deprecated,
    /// Out of use for good.
    Archived,
}

impl Status {
    /// Every status, in the order of a version's life.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Testing,
        Self::Shadow,
        Self::Canary,
        Self::Production,
        Self::Deprecated,
        Self::Archived,
    ];

    /// The word that stands in `family.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Testing => "testing",
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Production => "production",
            Self::Deprecated => "deprecated",
            Self::Archived => "archived",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(())
    }
}

/// A model and the parameters sent with it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelTarget {
    /// Which model.
    pub name: ModelName,
    /// Parameters, sent as written.
    pub params: Params,
    /// Where the model is named.
    pub at: Location,
}

/// A template's text and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The Jinja2 source.
    pub source: String,
    /// Where the value stands (its indicator or its first character).
    pub at: Location,
    /// The file's line on which the source's first line stands: template lines are counted from here.
    pub first_line: usize,
    /// Characters of indentation that YAML took off each line of the source.
    pub indent: usize,
}

impl Text {
    /// The place in the file of characters of the source; the value as a whole where it has no such line.
    pub fn place(&self, line: usize, column: usize, length: usize) -> Location {
        let Some(source) = self.source.lines().nth(line.saturating_sub(1)) else {
            return self.at.clone();
        };
        // The first line of a text that stands behind its key shares the file's line with it.
        let starts_inside = line == 1 && !self.at.excerpt.trim_start().starts_with(source);
        let (excerpt, skipped) = if starts_inside {
            (self.at.excerpt.clone(), self.at.skipped)
        } else {
            (format!("{}{source}", " ".repeat(self.indent)), 0)
        };
        Location {
            path: self.at.path.clone(),
            line: self.first_line + line - 1,
            column: self.indent + column,
            length: length.max(1),
            excerpt,
            skipped,
        }
    }
}

/// One message of a prompt, still a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageTemplate {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Text,
}

/// One immutable text of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptVersion {
    /// Family and version.
    pub id: PromptRef,
    /// Its status according to `family.yaml`; a file without an entry is a draft.
    pub status: Status,
    /// Lower-case hexadecimal SHA-256 of the file's bytes, CRLF read as LF.
    pub sha256: String,
    /// Path of the file, relative to the project.
    pub path: String,
    /// Why it exists.
    pub changelog: Option<String>,
    /// Who made it.
    pub created_by: Option<String>,
    /// The model that answers.
    pub model: ModelTarget,
    /// Models tried in order when the first cannot answer.
    pub fallback: Vec<ModelTarget>,
    /// The messages, the system text first where there is one.
    pub messages: Vec<MessageTemplate>,
}

/// What `family.yaml` says of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionEntry {
    /// Its status.
    pub status: Status,
    /// The hash recorded when it left `draft`.
    pub sha256: Option<String>,
    /// Share of the traffic in (0, 1); only a canary has one.
    pub traffic: Option<f64>,
    /// Hashes of the templates it includes, by path below `prompts/`.
    pub includes: BTreeMap<String, String>,
    /// Hash of the evidence that it got where it is on.
    pub evidence: Option<String>,
    /// Why it got where it is without evidence.
    pub override_reason: Option<String>,
    /// Where the entry stands.
    pub at: Location,
}

/// A logical prompt with all of its versions.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Family {
    /// The folder's name.
    pub name: String,
    /// What the prompt is for.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Versions by number, lowest first.
    pub versions: BTreeMap<Version, PromptVersion>,
    /// Versions whose files are there and cannot be used; each has its own problem.
    pub unread: BTreeSet<Version>,
    /// Entries of `family.yaml` by number.
    pub entries: BTreeMap<Version, VersionEntry>,
    /// Another version for some users, by segment.
    pub segments: BTreeMap<String, Version>,
    /// The pointers of the commit that a change is compared with, where the change moves them and no history says why.
    pub held: Option<Pointers>,
    /// Versions that users get without any reason written down, since before commands moved the family's pointers.
    pub by_hand: Vec<Version>,
}

/// What users get, as a family.yaml of another time says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointers {
    /// The version in production.
    pub production: Option<Version>,
    /// Another version for some users, by segment.
    pub segments: BTreeMap<String, Version>,
}

impl Family {
    /// The version in production, if there is one.
    pub fn production(&self) -> Option<&PromptVersion> {
        self.with_status(Status::Production).next()
    }

    /// The version that users get when there is no canary: those of a segment with a version of its own, or all others.
    pub fn serving(&self, segment: Option<&str>) -> Option<&PromptVersion> {
        let own = segment.and_then(|segment| self.segments.get(segment));
        own.and_then(|version| self.versions.get(version))
            .or_else(|| self.production())
    }

    /// What a candidate is compared with where that is production: what users get, and not what a change says by hand they get.
    pub fn compared(&self, segment: Option<&str>) -> Option<&PromptVersion> {
        let Some(held) = &self.held else {
            return self.serving(segment);
        };
        let own = segment.and_then(|segment| held.segments.get(segment));
        let number = own.or(held.production.as_ref())?;
        self.versions.get(number)
    }

    /// Where a version is in its life; one without an entry is a draft.
    pub fn status(&self, version: &Version) -> Status {
        let entry = self.entries.get(version);
        entry.map_or(Status::Draft, |entry| entry.status)
    }

    /// Versions of a status, lowest number first.
    pub fn with_status(&self, status: Status) -> impl Iterator<Item = &PromptVersion> {
        self.versions.values().filter(move |v| v.status == status)
    }
}
