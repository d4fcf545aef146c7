//! A generated project whose answers are all recorded: recorded once under the keys that the library gives them, and written
//! again for each run with the answers that were drawn for it. A key does not depend on the answer.

use prompteval::model::Responses;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use prompteval::call::{
    Ask, Asking, Client, Label, Recording, Recordings, Transport, TransportConfig,
};
use prompteval::load;
use prompteval::model::looks::PROOF_REPEATS;
use prompteval::model::settings::Settings;
use prompteval::model::{Completion, Problems, PromptVersion};
use prompteval::registry::{self, Registry};
use prompteval::render::CompiledPrompt;
use tempfile::TempDir;

/// The versions: in production, and under test.
const BEFORE: &str = "1.0.0";
const NOW: &str = "1.1.0";

/// What stands in a recording until an answer is drawn.
const BLANK: &str = "(answer)";

/// Repeats that a margin gate may ask for.
const REPEATS: u32 = 5;

/// One suite of a generated project.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) cases: usize,
    /// Its gates, and what else it says, in YAML.
    pub(crate) gates: &'static [&'static str],
    pub(crate) more: &'static str,
}

/// The project on disk.
pub(crate) struct Project {
    dir: TempDir,
    suites: Vec<Recorded>,
}

/// What is recorded of one suite.
struct Recorded {
    name: &'static str,
    lines: Vec<Line>,
}

/// One recording, its answer left out.
struct Line {
    before: String,
    after: String,
    /// Whether the version under test answers.
    is_candidate: bool,
    case: usize,
}

impl Project {
    /// Writes prompts, datasets and suites, and gives every answer that a run may ask for its place.
    pub(crate) fn new(suites: &[Suite]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let write = |path: String, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("prompteval.yaml".into(), "version: 1\n");
        for (version, how) in [(BEFORE, ""), (NOW, " kindly")] {
            let text = format!(
                "changelog: Generated.\nmodel: openai/gpt-6-luna\nuser: \"Answer{how}: {{{{ question }}}}\"\n"
            );
            write(format!("prompts/guide/{version}.yaml"), &text);
        }
        write("prompts/guide/family.yaml".into(), &family(root));
        for suite in suites {
            write(format!("datasets/{}.jsonl", suite.name), &dataset(suite));
            write(format!("evals/{}.yaml", suite.name), &suite.text());
        }
        record(root);
        let recorded = |suite: &Suite| Recorded {
            name: suite.name,
            lines: lines(&recordings(root, suite.name)),
        };
        Self {
            suites: suites.iter().map(recorded).collect(),
            dir,
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Puts an answer into every recording: `draw` is told the place of the suite, whether the candidate answers, and the case.
    pub(crate) fn answer(&self, mut draw: impl FnMut(usize, bool, usize) -> &'static str) {
        for (place, suite) in self.suites.iter().enumerate() {
            let mut text = String::new();
            for line in &suite.lines {
                let answer = draw(place, line.is_candidate, line.case);
                writeln!(text, "{}{answer}{}", line.before, line.after).unwrap();
            }
            fs::write(recordings(self.root(), suite.name), text).unwrap();
        }
    }
}

impl Suite {
    fn text(&self) -> String {
        let mut gates = String::new();
        for gate in self.gates {
            writeln!(gates, "  - {{{gate}}}").unwrap();
        }
        format!(
            "prompt: guide\ncandidates: [{NOW}]\ndataset: datasets/{}.jsonl\nevaluators:\n  - {{type: icontains, name: right, value: right}}\n  - {{type: icontains, name: kind, value: kind}}\ngates:\n{gates}{}",
            self.name, self.more
        )
    }
}

/// Every second case is about rooms, the others about meals.
fn dataset(suite: &Suite) -> String {
    let row = |case: usize| {
        let tag = if case.is_multiple_of(2) {
            "rooms"
        } else {
            "meals"
        };
        format!(
            "{{\"id\": \"{case}\", \"vars\": {{\"question\": \"{} {case}\"}}, \"tags\": [\"{tag}\"]}}\n",
            suite.name
        )
    };
    (0..suite.cases).map(row).collect::<Vec<_>>().concat()
}

fn family(root: &Path) -> String {
    let (registry, _) = Registry::read(root);
    let hash = |version| &find(&registry, version).sha256;
    format!(
        "versions:\n  {BEFORE}: {{status: production, sha256: {}}}\n  {NOW}: {{status: testing, sha256: {}}}\n",
        hash(BEFORE),
        hash(NOW)
    )
}

fn find<'a>(registry: &'a Registry, version: &str) -> &'a PromptVersion {
    let id = format!("guide@{version}").parse().unwrap();
    registry.find(&id).unwrap()
}

fn recordings(root: &Path, suite: &str) -> std::path::PathBuf {
    root.join(format!("evals/recordings/{suite}.jsonl"))
}

/// A client that writes recordings and calls nobody.
fn recorder(root: &Path, settings: &Settings) -> Client {
    let transport = Transport::new(&TransportConfig {
        settings,
        env: &|_| None,
        concurrency: 1,
        timeout: Duration::from_secs(1),
        cache_dir: root.join(".prompteval/cache"),
        seed: 0,
    });
    let (mode, recordings) = (Responses::Record, root.join("evals/recordings"));
    let asking = Asking {
        mode,
        recordings: Recordings::of(mode, &recordings, &mut Problems::default()),
        concurrency: 1,
        max_retries: 0,
        max_cost_usd: None,
        paid_usd: 0.0,
        deadline: None,
        stops_last: None,
    };
    Client::new(Arc::new(transport.unwrap()), asking)
}

/// Records a blank for every case, version and repeat, the fresh answers of a proof among them.
fn record(root: &Path) {
    let (registry, problems) = Registry::read(root);
    assert!(!problems.any_error(), "{problems:?}");
    let (project, problems) = load::project(root, root, &[]);
    assert!(!problems.any_error(), "{problems:?}");
    let client = recorder(root, &project.settings);
    let engine = registry::engine(root);
    for suite in &project.suites {
        let dataset = load::dataset::read(root, &suite.dataset.value, &mut Problems::default());
        for case in dataset.unwrap().cases().map(Result::unwrap) {
            for number in [BEFORE, NOW] {
                let version = find(&registry, number);
                let prompt = CompiledPrompt::new(version, &engine).unwrap();
                let request = prompt.request(&case.vars, &version.model).unwrap();
                for repeat in (0..REPEATS).chain(PROOF_REPEATS) {
                    let ask = Ask {
                        request: request.clone(),
                        fallback: Vec::new(),
                        repeat,
                        shared: false,
                        label: Label {
                            suite: suite.name.clone(),
                            version: format!("guide@{number}"),
                            case: case.id.clone(),
                            evaluator: None,
                        },
                    };
                    client.record(&ask, blank());
                }
            }
        }
    }
    assert_eq!(client.store_fault(), None);
}

fn blank() -> Completion {
    Completion {
        content: BLANK.to_owned(),
        finish_reason: Some("stop".to_owned()),
        model: Some("gpt-6-luna".to_owned()),
        ..Completion::default()
    }
}

fn lines(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).unwrap();
    let line = |text: &str| {
        let recording: Recording = serde_json::from_str(text).unwrap();
        let (before, after) = text.split_once(BLANK).unwrap();
        Line {
            before: before.to_owned(),
            after: after.to_owned(),
            is_candidate: recording.version.ends_with(NOW),
            case: recording.case.parse().unwrap(),
        }
    };
    text.lines().map(line).collect()
}
