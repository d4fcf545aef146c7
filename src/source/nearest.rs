//! The nearest right name to a wrong one.

/// Words of other tools, and ours for them: too far from each other for a typo.
const SYNONYMS: [(&str, &str); 7] = [
    ("assert", "evaluators"),
    ("asserts", "evaluators"),
    ("assertions", "evaluators"),
    ("checks", "evaluators"),
    ("thresholds", "gates"),
    ("tests", "dataset"),
    ("provider", "model"),
];

/// The candidate that the user most likely meant, if any comes close.
pub(crate) fn nearest<'a, S: AsRef<str> + ?Sized + 'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a S>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|name| {
            let name = name.as_ref();
            let (a, b) = (wrong.to_lowercase(), name.to_lowercase());
            (strsim::damerau_levenshtein(&a, &b), name)
        })
        .filter(|(distance, name)| {
            let length = wrong.chars().count().max(name.chars().count());
            // A third of the letters may be wrong, as in clap; a prefix of three letters or more counts as close too.
            *distance * 3 <= length || (wrong.len() >= 3 && name.starts_with(wrong))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The hint for a wrong name: the nearest right one, else the whole list where it is short.
pub(crate) fn did_you_mean<'a, S: AsRef<str> + ?Sized + 'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a S>,
) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().map(AsRef::as_ref).collect();
    let synonym = SYNONYMS
        .iter()
        .find(|(other, own)| *other == wrong && candidates.contains(own));
    let close = || nearest::<str>(wrong, candidates.iter().copied());
    if let Some(name) = synonym.map(|(_, own)| *own).or_else(close) {
        return Some(format!("did you mean `{name}`?"));
    }
    if candidates.is_empty() {
        return None;
    }
    let shown = candidates.iter().take(24).copied().collect::<Vec<_>>();
    let more = candidates.len().saturating_sub(shown.len());
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Some(format!("known: {}{tail}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word_and_a_stranger_none() {
        let names = ["evaluators", "candidates", "dataset"];
        assert_eq!(nearest("evaluator", names), Some("evaluators"));
        assert_eq!(nearest("datasett", names), Some("dataset"));
        assert_eq!(nearest("xyz", names), None);
        assert_eq!(
            did_you_mean("asserts", names).as_deref(),
            Some("did you mean `evaluators`?")
        );
        assert_eq!(
            did_you_mean("xyz", ["a", "b"]).as_deref(),
            Some("known: a, b")
        );
    }
}
