//! The code fence that models put around an answer that was to be code or JSON alone.

/// The text itself, or what stands in the one code fence that is all of it; `None` where a fence opens and does not close at the end, or
/// names another language than JSON.
pub fn unfenced(text: &str) -> Option<&str> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix("```") else {
        return Some(text);
    };
    let (language, rest) = rest.split_once('\n')?;
    let language = language.trim();
    let known = language.is_empty() || language.eq_ignore_ascii_case("json");
    known.then_some(())?;
    rest.strip_suffix("```").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fence_around_all_of_it_is_taken_off() {
        assert_eq!(unfenced(" {} \n"), Some("{}"));
        assert_eq!(unfenced("```json\n{}\n```\n"), Some("{}"));
        assert_eq!(unfenced("```\n[1]\n```"), Some("[1]"));
        assert_eq!(unfenced("```python\nx\n```"), None);
        assert_eq!(unfenced("```json\n{}\n``` and more"), None);
    }
}
