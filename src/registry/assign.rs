//! Which version a unit (a user, a session, an account) gets: its segment's, else the canary by its share, else production.

use std::fmt;

use super::{DEFAULT_TRAFFIC, Registry};
use crate::model::{Family, Status, Version};
use crate::stats::salted_bucket;

/// The version a unit gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assignment<'r> {
    /// The version.
    pub version: &'r Version,
    /// Why this one.
    pub because: Because<'r>,
}

/// Why a unit gets its version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Because<'r> {
    /// A rule of `segments:` names it.
    Segment(&'r str),
    /// The unit's bucket lies below the canary's share of the traffic.
    Canary(Draw<'r>),
    /// It is in production, and there is no canary, or the unit's bucket lies above its share.
    Production(Option<Draw<'r>>),
}

/// A unit's place in the canary's draw: the same wherever it is computed, so that a growing share only adds units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw<'r> {
    /// The canary.
    pub canary: &'r Version,
    /// The unit's bucket in [0, 1): 53 bits of SHA-256 over `FAMILY@VERSION:UNIT`.
    pub bucket: f64,
    /// The canary's share in (0, 1).
    pub traffic: f64,
}

/// Why no version can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignError {
    /// There is no family of that name.
    #[error("there is no family `{0}`")]
    UnknownFamily(String),
    /// The family has no version in production.
    #[error("`{0}` has no version in production")]
    NoProduction(String),
    /// The segment's version is not in use.
    #[error("the segment `{segment}` gets {version}, which is archived")]
    Archived {
        /// The segment.
        segment: String,
        /// Its version.
        version: Version,
    },
}

impl Registry {
    /// The version a unit gets: the rule of its segment first, then the canary by its share, then production.
    ///
    /// # Errors
    /// When the family does not exist, or has nothing in use that the unit could get.
    pub fn assign(
        &self,
        family: &str,
        unit: &str,
        segment: Option<&str>,
    ) -> Result<Assignment<'_>, AssignError> {
        let found = self.families.get(family);
        let family = found.ok_or_else(|| AssignError::UnknownFamily(family.to_owned()))?;
        if let Some((segment, version)) = segment.and_then(|s| family.segments.get_key_value(s)) {
            return of_segment(family, segment, version);
        }
        let mut production = None;
        let mut draw = None;
        for (version, entry) in &family.entries {
            match entry.status {
                Status::Production => production = Some(version),
                Status::Canary => {
                    draw = Some((version, entry.traffic.unwrap_or(DEFAULT_TRAFFIC)));
                }
                _ => {}
            }
        }
        // Who would be the canary's must not notice that there is nothing beside it.
        let production =
            production.ok_or_else(|| AssignError::NoProduction(family.name.clone()))?;
        let draw = draw.map(|(canary, traffic)| Draw {
            canary,
            bucket: salted_bucket(&Salt(&family.name, canary), unit),
            traffic,
        });
        Ok(match draw {
            Some(draw) if draw.bucket < draw.traffic => Assignment {
                version: draw.canary,
                because: Because::Canary(draw),
            },
            draw => Assignment {
                version: production,
                because: Because::Production(draw),
            },
        })
    }
}

fn of_segment<'r>(
    family: &Family,
    segment: &'r str,
    version: &'r Version,
) -> Result<Assignment<'r>, AssignError> {
    if family.status(version) == Status::Archived {
        return Err(AssignError::Archived {
            segment: segment.to_owned(),
            version: version.clone(),
        });
    }
    Ok(Assignment {
        version,
        because: Because::Segment(segment),
    })
}

/// What the canary's draw is salted with: another canary draws anew.
struct Salt<'s>(&'s str, &'s Version);

impl fmt::Display for Salt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.0, self.1)
    }
}
