//! `is-sql` and `contains-sql`: the output is SQL of a dialect, or holds some, and names only tables and columns that are allowed.

use serde_json::Value;

use crate::model::{Outcome, Sample};
use crate::score::check::check_template;
use crate::score::value::{ValueTemplate, kind, text};
use crate::score::{EvaluatorEntry, Param, SpecError};
use crate::source::nearest;
use crate::text::excerpt::quoted;
use crate::text::pattern::Pattern;
use crate::text::sql::{self, Fault};

const PARAMS: &[Param] = &[Param::optional(
    "value",
    "a mapping of `databaseType` (MySQL where none is written), `allowedTables` and `allowedColumns`",
)];

pub(super) static IS_SQL: EvaluatorEntry = EvaluatorEntry {
    name: "is-sql",
    summary: "the whole output is SQL, which names no table or column that is not allowed",
    params: PARAMS,
    example: "{type: is-sql, value: {databaseType: PostgresQL, allowedTables: ['select::null::orders']}}",
    build: |spec, engine| {
        let template = ValueTemplate::new(&spec.value, engine)?;
        check_template(
            template,
            Rules::read,
            |rules, sample| rules.outcome([sample.output()]),
            quick,
        )
    },
};

pub(super) static CONTAINS_SQL: EvaluatorEntry = EvaluatorEntry {
    name: "contains-sql",
    summary: "a code block of the output, or else the whole output, is SQL as `is-sql` has it",
    params: PARAMS,
    example: "{type: contains-sql, value: {databaseType: Sqlite}}",
    build: |spec, engine| {
        let template = ValueTemplate::new(&spec.value, engine)?;
        check_template(template, Rules::read, contains_sql, quick)
    },
};

fn quick(_rules: Option<&Rules>, length: usize) -> bool {
    length <= 2 << 10
}

/// What SQL has to follow.
struct Rules {
    dialect: String,
    tables: Option<Vec<Pattern>>,
    columns: Option<Vec<Pattern>>,
}

impl Rules {
    fn read(value: &Value) -> Result<Self, SpecError> {
        let mut rules = Self {
            dialect: "MySQL".to_owned(),
            tables: None,
            columns: None,
        };
        let entries = match value {
            Value::Null => return Ok(rules),
            Value::Object(entries) => entries,
            other => {
                let found = kind(other);
                return Err(SpecError::value(format!(
                    "the rules must be a mapping, not {found}"
                )));
            }
        };
        for (key, value) in entries {
            match key.as_str() {
                "databaseType" => rules.dialect = dialect(value)?,
                "allowedTables" => rules.tables = Some(patterns(key, value, false)?),
                "allowedColumns" => rules.columns = Some(patterns(key, value, true)?),
                _ => {
                    return Err(SpecError::value(format!("`{key}` is no rule")).hint(
                        "the rules are `databaseType`, `allowedTables` and `allowedColumns`",
                    ));
                }
            }
        }
        Ok(rules)
    }

    /// What is said of texts of which one has to follow the rules; of the last where none does.
    fn outcome<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Outcome {
        let mut outcome = Outcome::binary(false, "the output holds no SQL");
        for text in texts {
            outcome = self.follows(text);
            if matches!(
                outcome,
                Outcome::Scored { passed: true, .. } | Outcome::Errored { .. }
            ) {
                break;
            }
        }
        outcome
    }

    fn follows(&self, text: &str) -> Outcome {
        let names = match sql::read(text, &self.dialect) {
            Ok(names) => names,
            Err(Fault::Wrong(cause)) => {
                return Outcome::binary(
                    false,
                    format!("the output is no SQL of {}: {cause}", self.dialect),
                );
            }
            Err(Fault::TooMuch) => {
                return Outcome::gave_up("the SQL is too long or nests too deep to be read");
            }
        };
        if self.tables.is_none() && self.columns.is_none() {
            return Outcome::binary(true, format!("the output is SQL of {}", self.dialect));
        }
        let names = match names {
            Ok(names) => names,
            Err(kind) => {
                return Outcome::binary(
                    false,
                    format!(
                        "{} is none of SELECT, INSERT, UPDATE and DELETE, which names are allowed for",
                        quoted(&kind)
                    ),
                );
            }
        };
        for (what, allowed, found) in [
            ("table", &self.tables, &names.tables),
            ("column", &self.columns, &names.columns),
        ] {
            let Some(allowed) = allowed else { continue };
            let is_allowed = |name: &String| {
                allowed
                    .iter()
                    .any(|pattern| pattern.find(name).is_ok_and(|found| found.is_some()))
            };
            if let Some(name) = found.iter().find(|name| !is_allowed(name)) {
                return Outcome::binary(
                    false,
                    format!(
                        "the SQL names a {what} that is not allowed: {}",
                        quoted(name)
                    ),
                );
            }
        }
        Outcome::binary(
            true,
            format!(
                "the output is SQL of {} within what is allowed",
                self.dialect
            ),
        )
    }
}

fn dialect(value: &Value) -> Result<String, SpecError> {
    let written = text(value, "`databaseType`")?;
    // The name as it is spelt everywhere but in promptfoo.
    let name = if written.eq_ignore_ascii_case("postgres") {
        "PostgresQL"
    } else {
        &written
    };
    let known = sql::dialects().find(|known| known.eq_ignore_ascii_case(name));
    known.map(str::to_owned).ok_or_else(|| {
        let list: Vec<&str> = sql::dialects().collect();
        let error = SpecError::value(format!("`{written}` is no database"));
        let list_text = list.join(", ");
        match nearest::<str>(&written, list) {
            Some(meant) => error.hint(format!(
                "did you mean {meant}? The databases are {list_text}"
            )),
            None => error.hint(format!("the databases are {list_text}")),
        }
    })
}

/// Patterns over `operation::database::table` or `operation::table::column`; a column may be named without its table.
fn patterns(key: &str, value: &Value, is_columns: bool) -> Result<Vec<Pattern>, SpecError> {
    let Value::Array(items) = value else {
        return Err(SpecError::value(format!(
            "`{key}` must be a list, not {}",
            kind(value)
        )));
    };
    let mut patterns = Vec::new();
    for item in items {
        let written = text(item, "an item of the list")?;
        let parts: Vec<&str> = written.split("::").collect();
        let mut sources = vec![written.clone()];
        if let ([operation, _, column], true) = (&parts[..], is_columns) {
            sources.push(format!("{operation}::null::{column}"));
        }
        for source in sources {
            let pattern = Pattern::new(&format!("(?i)^(?:{source})$"));
            patterns.push(pattern.map_err(|error| {
                SpecError::value(format!(
                    "{} is no regular expression: {error}",
                    quoted(&written)
                ))
            })?);
        }
    }
    if patterns.is_empty() {
        return Err(SpecError::value(format!(
            "`{key}` is empty, so nothing is allowed"
        )));
    }
    Ok(patterns)
}

fn contains_sql(rules: &Rules, sample: &Sample<'_>) -> Outcome {
    let blocks = code_blocks(sample.output());
    if blocks.is_empty() {
        return rules.outcome([sample.output()]);
    }
    rules.outcome(blocks.iter().map(String::as_str))
}

/// Fenced blocks without a language, or with `sql`.
fn code_blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<(char, usize, Option<String>)> = None;
    for line in text.lines() {
        let bare = line.trim();
        let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'));
        let count = mark.map_or(0, |mark| bare.chars().take_while(|c| *c == mark).count());
        match &mut open {
            None if count >= 3 => {
                let language = bare.trim_start_matches(['`', '~']).trim().to_lowercase();
                let is_sql = language.is_empty() || language == "sql";
                open = mark.map(|mark| (mark, count, is_sql.then(String::new)));
            }
            Some((own, least, block))
                if mark == Some(*own) && count >= *least && count == bare.len() =>
            {
                blocks.extend(block.take());
                open = None;
            }
            Some((_, _, Some(block))) => {
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::score::testing::{Bench, passes, refusal};

    fn said(kind: &str, value: &Value, output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": kind, "value": value})))
    }

    #[test]
    fn names_are_held_against_what_is_allowed() {
        let rules = json!({"databaseType": "MySQL", "allowedTables": ["(select|insert)::null::orders"], "allowedColumns": ["select::orders::(id|day)"]});
        assert!(said("is-sql", &rules, "SELECT id FROM orders ORDER BY day"));
        assert!(said("is-sql", &rules, "SELECT o.id FROM Orders o"));
        for output in [
            "SELECT id FROM customers",
            "SELECT secret FROM orders",
            "SELECT * FROM orders",
            "DELETE FROM orders",
            "DROP TABLE orders",
            "SELECT id FROM orders; DROP TABLE orders",
            "SELECT id FROM orders WHERE id IN (SELECT id FROM customers)",
        ] {
            assert!(!said("is-sql", &rules, output), "{output}");
            assert!(said("not-is-sql", &rules, output), "{output}");
        }
    }

    #[test]
    fn sql_is_found_in_a_code_block() {
        for (output, is_there) in [
            ("```sql\nSELECT 1\n```", true),
            (
                "First:\n```\nnothing\n```\nthen\n~~~ SQL\nSELECT 1\n~~~",
                true,
            ),
            ("```python\nSELECT 1\n```\nno", false),
            ("SELECT 1", true),
            ("Use SELECT 1", false),
        ] {
            assert_eq!(
                said("contains-sql", &Value::Null, output),
                is_there,
                "{output}"
            );
            assert!(!said("is-sql", &Value::Null, output) || output == "SELECT 1");
        }
    }

    #[test]
    fn a_statement_that_is_too_long_fails_also_under_not() {
        let output = format!("SELECT {}1", "1+".repeat(100_000));
        for kind in ["is-sql", "not-is-sql", "not-contains-sql"] {
            assert!(!said(kind, &Value::Null, &output), "{kind}");
        }
    }

    #[test]
    fn rules_that_mean_nothing_are_refused() {
        for value in [
            json!("MySQL"),
            json!({"databaseType": "MySQl8"}),
            json!({"tables": ["a"]}),
            json!({"allowedTables": []}),
            json!({"allowedTables": ["("]}),
            json!({"allowedColumns": "a"}),
        ] {
            refusal(&json!({"type": "is-sql", "value": value}));
        }
    }
}
