//! Suites: what is evaluated, by which evaluators, and which gates decide.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::looks::OnInconclusive;
use super::{Location, ModelTarget, Params, Status, Structured, Version};

/// A file in `evals/`: a family, a dataset, evaluators and gates.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    /// The file's stem.
    pub name: String,
    /// Path of the file, relative to the project.
    pub path: String,
    /// What the suite holds the prompt to.
    pub description: Option<String>,
    /// The family under test.
    pub family: Spot<String>,
    /// Whose users the suite is about, where it is not all of them: a segment of the family.
    pub segment: Option<Spot<String>>,
    /// Which versions are tested; empty means the default (testing, shadow, canary, drafts, else production).
    pub candidates: Vec<Spot<Selector>>,
    /// Which version they must not be worse than.
    pub baseline: Spot<BaselineSpec>,
    /// Path of the dataset, relative to the project.
    pub dataset: Spot<String>,
    /// How many times each case is asked, where the suite says so.
    pub repeats: Option<u32>,
    /// Extra models to try each candidate on.
    pub models: Vec<ModelTarget>,
    /// Evaluators of every case.
    pub evaluators: Vec<EvaluatorSpec>,
    /// What judges are where an evaluator does not say it, the project's settings included.
    pub judge: JudgeSpec,
    /// What the project's settings say of judges, where the suite rests on it: it belongs to the suite's identity.
    pub settings_judge: Option<String>,
    /// Conditions that decide.
    pub gates: Vec<GateSpec>,
    /// Weighted mean score from which a case passes, in place of "every evaluator passes".
    pub threshold: Option<f64>,
    /// What happens when the evidence does not suffice.
    pub on_inconclusive: OnInconclusive,
    /// Whether the run stops as soon as every evidence gate is decided.
    pub stop_decided: bool,
    /// Labels of the suite; `--tag` selects all cases of a suite that carries the label.
    pub tags: Vec<String>,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot<T> {
    /// The value.
    pub value: T,
    /// Where it was written (the file as a whole for a default).
    pub at: Location,
}

/// A status or a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Every version of this status.
    Status(Status),
    /// This version.
    Version(Version),
}

/// What a candidate is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineSpec {
    /// The version this selects.
    Of(Selector),
    /// Nothing: gates look at absolute numbers only.
    None,
}

/// What judges are where an evaluator does not say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JudgeSpec {
    /// The model.
    pub model: Option<ModelTarget>,
    /// Parameters of the model.
    pub params: Option<Params>,
    /// How the verdict's form is asked for.
    pub structured: Option<Structured>,
    /// Template of what it is asked.
    pub rubric_prompt: Option<String>,
}

impl JudgeSpec {
    /// This, with what it leaves open taken from a farther place. Parameters are those of the model beside them, or of one that is
    /// named farther away: a model gets none that were written for another.
    #[must_use]
    pub fn over(&self, farther: &Self) -> Self {
        let params = match (&self.params, &self.model) {
            (Some(params), _) => Some(params.clone()),
            (None, Some(_)) => None,
            (None, None) => farther.params.clone(),
        };
        Self {
            model: self.model.clone().or_else(|| farther.model.clone()),
            params,
            structured: self.structured.or(farther.structured),
            rubric_prompt: self
                .rubric_prompt
                .clone()
                .or_else(|| farther.rubric_prompt.clone()),
        }
    }

    /// The model with its parameters.
    pub fn target(&self) -> Option<ModelTarget> {
        let mut target = self.model.clone()?;
        if let Some(params) = &self.params {
            target.params.clone_from(params);
        }
        Some(target)
    }

    /// Whether it leaves nothing open.
    fn is_whole(&self) -> bool {
        self.model.is_some() && self.structured.is_some()
    }

    /// What a suite that says this itself takes from the project's settings, as a text that is the same for the same settings.
    pub(crate) fn taken_from(&self, settings: &Self) -> Option<String> {
        let has_prompt = self.rubric_prompt.is_some() || settings.rubric_prompt.is_none();
        if self.is_whole() && has_prompt || *settings == Self::default() {
            return None;
        }
        let whole = self.over(settings);
        let target = whole.target();
        let model = target.as_ref().map(|target| target.name.to_string());
        let params = target.map(|target| target.params).or(whole.params);
        let structured = whole.structured.map(Structured::as_str);
        let mut taken = json!({"model": model, "params": params, "structured": structured});
        // Left out where there is none, so that suites of before stay the same.
        if let Some(prompt) = whole.rubric_prompt {
            taken["rubric_prompt"] = prompt.into();
        }
        Some(taken.to_string())
    }
}

/// An evaluator as the user configured it.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatorSpec {
    /// The type without its `not-` prefix, such as `contains`.
    pub kind: String,
    /// Whether the type was written with `not-`.
    pub negated: bool,
    /// The name in metrics and reports; unique within a case.
    pub name: String,
    /// A metric that this evaluator's results are also counted in.
    pub metric: Option<String>,
    /// What to compare with; meaning depends on the type. Null when absent.
    pub value: Value,
    /// Limit or least score; meaning depends on the type.
    pub threshold: Option<f64>,
    /// Weight in the case's score; 0 reports without counting.
    pub weight: f64,
    /// Whether the case fails whenever this evaluator does, and one failure blocks.
    pub critical: bool,
    /// The judge's model.
    pub model: Option<ModelTarget>,
    /// How the judge's verdict is asked for.
    pub structured: Option<Structured>,
    /// Template of what the judge is asked.
    pub rubric_prompt: Option<String>,
    /// Expression that must hold for the evaluator to apply.
    pub when: Option<String>,
    /// Where the evaluator stands.
    pub at: Location,
    /// Where each of its keys' values stands.
    pub keys: Vec<(String, Location)>,
}

impl EvaluatorSpec {
    /// The type as written, `not-` included.
    pub fn type_name(&self) -> String {
        if self.negated {
            format!("not-{}", self.kind)
        } else {
            self.kind.clone()
        }
    }

    /// The same with what it leaves open of its judge.
    #[must_use]
    pub fn judged_by(&self, judge: &JudgeSpec) -> Self {
        Self {
            model: self.model.clone().or_else(|| judge.target()),
            structured: self.structured.or(judge.structured),
            rubric_prompt: self
                .rubric_prompt
                .clone()
                .or_else(|| judge.rubric_prompt.clone()),
            ..self.clone()
        }
    }

    /// Where a key's value stands; the evaluator itself where the key is absent.
    pub(crate) fn key_at(&self, key: &str) -> Location {
        self.keys
            .iter()
            .find(|(name, _)| name == key)
            .map_or_else(|| self.at.clone(), |(_, at)| at.clone())
    }
}

/// A condition on a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct GateSpec {
    /// What is measured and demanded; this part goes into the journal.
    pub rule: GateRule,
    /// Where the gate stands.
    pub at: Location,
    /// Where its metric stands.
    pub metric_at: Location,
    /// Where its tag stands.
    pub tag_at: Location,
}

/// What a gate measures and what it demands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateRule {
    /// The metric's name.
    pub metric: String,
    /// Only cases with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What is demanded.
    pub condition: Condition,
}

/// What a gate demands of its metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Condition {
    /// The measured number lies within the bounds, both inclusive.
    Range {
        /// Least number allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Greatest number allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// The candidate is not worse than the baseline by the margin or more.
    Baseline {
        /// Largest tolerated drop, in the metric's unit.
        margin: f64,
    },
    /// The same for every label that enough cases have, at one error rate.
    EachTag {
        /// Largest tolerated drop on any label, in the metric's unit.
        margin: f64,
    },
    /// The rate is surely at least the floor; blocks when it is surely below the target.
    Evidence {
        /// The good rate.
        target: f64,
        /// The rate that is not acceptable any more.
        floor: f64,
    },
    /// The rate is surely at least the bound: for safety.
    LowerBound {
        /// The rate to be surely reached.
        min: f64,
    },
    /// At most so many cases are proven broken by fresh answers of both versions.
    Broken {
        /// Proven cases that are tolerated.
        max: u32,
    },
    /// No trial fails a critical evaluator. Written by us for each `critical: true` evaluator.
    CriticalEvaluator,
    /// No critical case fails in at least half of its repeats. Written by us where cases are critical.
    CriticalCases,
}

/// The metric of a gate on proven broken cases.
pub const BROKEN: &str = "broken";

impl fmt::Display for GateRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tag {
            Some(tag) => write!(f, "{} [{tag}] {}", self.metric, self.condition),
            None => write!(f, "{} {}", self.metric, self.condition),
        }
    }
}

impl Condition {
    /// Whether it is decided on evidence, with a stated error rate, and not by comparing a number.
    pub(crate) fn is_evidence(&self) -> bool {
        matches!(
            self,
            Self::Baseline { .. }
                | Self::EachTag { .. }
                | Self::Evidence { .. }
                | Self::LowerBound { .. }
        )
    }

    /// Whether it looks at the baseline, too.
    pub(crate) fn compares(&self) -> bool {
        matches!(
            self,
            Self::Baseline { .. } | Self::EachTag { .. } | Self::Broken { .. }
        )
    }

    /// Whether it blocks at a stated error rate, so that it shares the run's with the other gates that do.
    pub(crate) fn has_error_rate(&self) -> bool {
        self.is_evidence() || matches!(self, Self::Broken { .. })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range {
                min: Some(min),
                max: Some(max),
            } => write!(f, "between {min} and {max}"),
            Self::Range { min: Some(min), .. } => write!(f, "min {min}"),
            Self::Range { max: Some(max), .. } => write!(f, "max {max}"),
            Self::Range { .. } => f.write_str("any number"),
            Self::Baseline { margin } => write!(f, "within {margin} of the baseline"),
            Self::EachTag { margin } => write!(f, "within {margin} of the baseline on each label"),
            Self::Evidence { target, floor } => write!(f, "target {target}, floor {floor}"),
            Self::LowerBound { min } => write!(f, "surely min {min}"),
            Self::Broken { max } => write!(f, "max {max}"),
            Self::CriticalEvaluator => f.write_str("critical"),
            Self::CriticalCases => f.write_str("critical cases"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_reads_as_it_is_written() {
        let range = |min, max| Condition::Range { min, max }.to_string();
        assert_eq!(range(Some(0.9), None), "min 0.9");
        assert_eq!(range(None, Some(4000.0)), "max 4000");
        assert_eq!(range(Some(1.0), Some(2.0)), "between 1 and 2");
        let baseline = Condition::Baseline { margin: 0.05 };
        assert_eq!(baseline.to_string(), "within 0.05 of the baseline");
        assert_eq!(Condition::Broken { max: 0 }.to_string(), "max 0");
        assert_eq!(Condition::CriticalEvaluator.to_string(), "critical");
        let rule = GateRule {
            metric: "pass_rate".into(),
            tag: Some("unicode".into()),
            condition: baseline,
        };
        let text = "pass_rate [unicode] within 0.05 of the baseline";
        assert_eq!(rule.to_string(), text);
    }
}
