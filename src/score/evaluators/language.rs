//! `language`: the output is written in the language.

use serde_json::Value;
use whatlang::Lang;

use crate::model::{Outcome, Sample};
use crate::score::check::check_template;
use crate::score::value::{ValueTemplate, text};
use crate::score::{EvaluatorEntry, Param, SpecError};
use crate::source::nearest;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "language",
    summary: "the output is written in the language, or in one of several",
    params: &[Param::required(
        "value",
        "a language, or a list: its code (`de`, `deu`, `de-AT`) or its English name",
    )],
    example: "{type: language, value: \"{{ locale | default('en') }}\"}",
    build: |spec, engine| {
        let template = ValueTemplate::new(&spec.value, engine)?;
        check_template(
            template,
            languages,
            |wanted, sample| spoken(wanted, sample),
            |_, length| length <= QUICK,
        )
    },
};

/// Bytes of an output whose language is found in some milliseconds.
const QUICK: usize = 4 << 10;

/// Characters that are looked at; a language shows in far fewer.
const LOOKED_AT: usize = 50_000;

/// Codes of two letters (ISO 639-1) for the codes of three that the library knows.
const SHORT: &[(&str, &str)] = &[
    ("af", "afr"),
    ("ak", "aka"),
    ("am", "amh"),
    ("ar", "ara"),
    ("az", "aze"),
    ("be", "bel"),
    ("bg", "bul"),
    ("bn", "ben"),
    ("ca", "cat"),
    ("cs", "ces"),
    ("cy", "cym"),
    ("da", "dan"),
    ("de", "deu"),
    ("el", "ell"),
    ("en", "eng"),
    ("eo", "epo"),
    ("es", "spa"),
    ("et", "est"),
    ("fa", "pes"),
    ("fi", "fin"),
    ("fr", "fra"),
    ("gu", "guj"),
    ("he", "heb"),
    ("hi", "hin"),
    ("hr", "hrv"),
    ("hu", "hun"),
    ("hy", "hye"),
    ("id", "ind"),
    ("it", "ita"),
    ("ja", "jpn"),
    ("jv", "jav"),
    ("ka", "kat"),
    ("km", "khm"),
    ("kn", "kan"),
    ("ko", "kor"),
    ("la", "lat"),
    ("lt", "lit"),
    ("lv", "lav"),
    ("mk", "mkd"),
    ("ml", "mal"),
    ("mr", "mar"),
    ("my", "mya"),
    ("nb", "nob"),
    ("ne", "nep"),
    ("nl", "nld"),
    ("no", "nob"),
    ("or", "ori"),
    ("pa", "pan"),
    ("pl", "pol"),
    ("pt", "por"),
    ("ro", "ron"),
    ("ru", "rus"),
    ("si", "sin"),
    ("sk", "slk"),
    ("sl", "slv"),
    ("sn", "sna"),
    ("sr", "srp"),
    ("sv", "swe"),
    ("ta", "tam"),
    ("te", "tel"),
    ("th", "tha"),
    ("tk", "tuk"),
    ("tl", "tgl"),
    ("tr", "tur"),
    ("uk", "ukr"),
    ("ur", "urd"),
    ("uz", "uzb"),
    ("vi", "vie"),
    ("yi", "yid"),
    ("zh", "cmn"),
    ("zu", "zul"),
];

fn languages(value: &Value) -> Result<Vec<Lang>, SpecError> {
    match value {
        Value::Array(items) if items.is_empty() => Err(SpecError::value(
            "the list is empty, so every language fails",
        )),
        Value::Array(items) => items.iter().map(language).collect(),
        _ => Ok(vec![language(value)?]),
    }
}

fn language(value: &Value) -> Result<Lang, SpecError> {
    let written = text(value, "the language")?;
    let name = written.trim().to_lowercase();
    // `de-AT` and `zh_Hans` name a region or a script besides.
    let code = name.split(['-', '_']).next().unwrap_or_default();
    let short = SHORT.iter().find(|(short, _)| *short == code);
    let code = short.map_or(code, |(_, long)| long);
    let named = || {
        Lang::all()
            .iter()
            .copied()
            .find(|lang| lang.eng_name().to_lowercase() == name)
    };
    Lang::from_code(code).or_else(named).ok_or_else(|| {
        let names = Lang::all().iter().map(|lang| lang.eng_name());
        let error = SpecError::value(format!("`{written}` is no language that can be told apart"));
        match nearest::<str>(&written, names) {
            Some(meant) => error.hint(format!("did you mean {meant}?")),
            None => error.hint("write its code, such as `en`, or its English name"),
        }
    })
}

fn spoken(wanted: &[Lang], sample: &Sample<'_>) -> Outcome {
    let names: Vec<&str> = wanted.iter().map(|lang| lang.eng_name()).collect();
    let names = names.join(" or ");
    let output = sample.output();
    let end = output
        .char_indices()
        .nth(LOOKED_AT)
        .map_or(output.len(), |(at, _)| at);
    let found = output.get(..end).and_then(whatlang::detect);
    let Some(found) = found else {
        return Outcome::binary(
            false,
            format!("the output has no words to tell its language by; wanted: {names}"),
        );
    };
    let sure = if found.is_reliable() {
        ""
    } else {
        " (a short or mixed text, so this is uncertain)"
    };
    Outcome::binary(
        wanted.contains(&found.lang()),
        format!(
            "the output is in {}{sure}; wanted: {names}",
            found.lang().eng_name()
        ),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::score::testing::{Bench, passes, refusal};

    const GERMAN: &str = "Ihre Bestellung wurde heute verschickt und kommt morgen bei Ihnen an.";

    fn is_in(value: &Value, output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": "language", "value": value})))
    }

    #[test]
    fn codes_and_names_mean_the_same_language() {
        for value in [
            json!("de"),
            json!("DEU"),
            json!("de-AT"),
            json!("german"),
            json!(["en", "German"]),
        ] {
            assert!(is_in(&value, GERMAN), "{value}");
        }
        assert!(!is_in(&json!("en"), GERMAN));
        assert!(is_in(&json!("ja"), "ご注文は本日発送されました。"));
        assert!(is_in(&json!("zh"), "您的订单今天已经发货了。"));
        assert!(is_in(
            &json!("en"),
            "Your order was sent today and arrives tomorrow."
        ));
    }

    #[test]
    fn a_text_without_words_is_in_no_language() {
        for output in ["", "42", "!?"] {
            assert!(!is_in(&json!("en"), output), "{output}");
        }
    }

    #[test]
    fn every_short_code_is_of_a_language_and_what_is_none_is_refused() {
        for (short, long) in SHORT {
            assert!(Lang::from_code(*long).is_some(), "{short}");
        }
        assert!(SHORT.is_sorted());
        assert!(refusal(&json!({"type": "language", "value": "Germn"})).contains("German"));
        refusal(&json!({"type": "language", "value": []}));
    }
}
