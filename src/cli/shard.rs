//! `--shard K/N`: which part of a run this machine takes, written or told by the environment.

use crate::model::shard::Shard;

/// Most parts of a run.
const MOST: u32 = 10_000;

/// A system that numbers parallel jobs: the variable with this job's number, the first number, the variable with their count.
struct System {
    index: &'static str,
    first: u32,
    count: Option<&'static str>,
}

const SYSTEMS: [System; 5] = [
    // Kubernetes, Indexed Job.
    System {
        index: "JOB_COMPLETION_INDEX",
        first: 0,
        count: None,
    },
    // GitLab CI/CD, `parallel:`.
    System {
        index: "CI_NODE_INDEX",
        first: 1,
        count: Some("CI_NODE_TOTAL"),
    },
    // CircleCI, `parallelism:`.
    System {
        index: "CIRCLE_NODE_INDEX",
        first: 0,
        count: Some("CIRCLE_NODE_TOTAL"),
    },
    // Buildkite, `parallelism:`.
    System {
        index: "BUILDKITE_PARALLEL_JOB",
        first: 0,
        count: Some("BUILDKITE_PARALLEL_JOB_COUNT"),
    },
    // Azure Pipelines, `strategy: parallel:`.
    System {
        index: "SYSTEM_JOBPOSITIONINPHASE",
        first: 1,
        count: Some("SYSTEM_TOTALJOBSINPHASE"),
    },
];

/// Reads `K/N`, `auto/N` (K out of the environment) or `auto` (both out of it).
pub(super) fn parse(text: &str) -> Result<Shard, String> {
    read(text, &|name| std::env::var(name).ok())
}

fn read(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |text: &str, name: &str| {
        let number = text.trim().parse::<u32>();
        number.map_err(|_| format!("{name} is `{text}`, which is no number"))
    };
    let (index, count) = match text.split_once('/') {
        Some((index, count)) => (index, Some(count)),
        None if text == "auto" => (text, None),
        None => return Err("write K/N, for example 2/4, or auto/4".to_owned()),
    };
    let (index, count) = if index == "auto" {
        let found = SYSTEMS
            .iter()
            .find_map(|system| Some((system, env(system.index)?)));
        let (system, value) = found.ok_or_else(|| {
            let names: Vec<&str> = SYSTEMS.iter().map(|system| system.index).collect();
            format!(
                "`auto` needs one of the variables {}, and none is set",
                names.join(", ")
            )
        })?;
        let index = number(&value, system.index)?;
        let index = (index + 1).checked_sub(system.first);
        let told = system.count.and_then(env);
        let count = count.map(str::to_owned).or(told);
        (index.unwrap_or_default(), count)
    } else {
        (number(index, "K")?, count.map(str::to_owned))
    };
    let count = count.ok_or("write how many shards there are: auto/N")?;
    let count = number(&count, "N")?;
    if !(1..=MOST).contains(&count) || !(1..=count).contains(&index) {
        return Err(format!(
            "shard {index} of {count}: K is between 1 and N, N at most {MOST}"
        ));
    }
    Ok(Shard { index, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_written_or_told_by_the_environment() {
        let nothing = |_: &str| None;
        let kubernetes = |name: &str| (name == "JOB_COMPLETION_INDEX").then(|| "0".to_owned());
        let gitlab = |name: &str| match name {
            "CI_NODE_INDEX" => Some("3".to_owned()),
            "CI_NODE_TOTAL" => Some("5".to_owned()),
            _ => None,
        };
        let shown =
            |text, env: &dyn Fn(&str) -> Option<String>| read(text, env).map(|s| s.to_string());
        assert_eq!(shown("2/4", &nothing), Ok("2/4".into()));
        assert_eq!(shown("auto/8", &kubernetes), Ok("1/8".into()));
        assert_eq!(shown("auto", &gitlab), Ok("3/5".into()));
        for bad in [
            "0/4", "5/4", "1/0", "x/4", "4", "", "1/99999", "auto", "auto/4", "-1/4",
        ] {
            assert!(read(bad, &nothing).is_err(), "{bad}");
        }
        assert!(
            read("auto", &kubernetes).is_err(),
            "Kubernetes does not tell how many"
        );
    }
}
