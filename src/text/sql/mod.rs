//! SQL in a text: whether it follows a dialect, and which tables and columns it names.

mod names;

use std::thread;

use sqlparser::dialect::{
    AnsiDialect, BigQueryDialect, ClickHouseDialect, DatabricksDialect, Dialect, DuckDbDialect,
    GenericDialect, HiveDialect, MsSqlDialect, MySqlDialect, OracleDialect, PostgreSqlDialect,
    RedshiftSqlDialect, SQLiteDialect, SnowflakeDialect,
};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

pub use names::Names;

/// Levels that statements may nest.
const LEVELS: usize = 64;

/// Tokens of statements that are read: what they become nests as deep, and has to be taken apart again.
const TOKENS: usize = 4_000;

/// Makes a dialect.
type New = fn() -> Box<dyn Dialect>;

/// Dialects by the names that promptfoo gives them.
const DIALECTS: &[(&str, New)] = &[
    ("ANSI", || Box::new(AnsiDialect {})),
    ("Athena", || Box::new(HiveDialect {})),
    ("BigQuery", || Box::new(BigQueryDialect {})),
    ("ClickHouse", || Box::new(ClickHouseDialect {})),
    ("DB2", || Box::new(AnsiDialect {})),
    ("Databricks", || Box::new(DatabricksDialect {})),
    ("DuckDB", || Box::new(DuckDbDialect {})),
    ("FlinkSQL", || Box::new(GenericDialect {})),
    ("Hive", || Box::new(HiveDialect {})),
    ("MariaDB", || Box::new(MySqlDialect {})),
    ("MySQL", || Box::new(MySqlDialect {})),
    ("Noql", || Box::new(GenericDialect {})),
    ("Oracle", || Box::new(OracleDialect {})),
    ("PostgresQL", || Box::new(PostgreSqlDialect {})),
    ("Redshift", || Box::new(RedshiftSqlDialect {})),
    ("Snowflake", || Box::new(SnowflakeDialect {})),
    ("Sqlite", || Box::new(SQLiteDialect {})),
    ("TransactSQL", || Box::new(MsSqlDialect {})),
    ("Trino", || Box::new(GenericDialect {})),
];

/// Names of the dialects.
pub fn dialects() -> impl Iterator<Item = &'static str> {
    DIALECTS.iter().map(|(name, _)| *name)
}

/// Why statements cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They do not follow the dialect.
    Wrong(String),
    /// They are too long or nest too deep to be read.
    TooMuch,
}

/// Bytes of stack for statements of so many tokens, whatever was compiled how: each may be a level of a tree.
const STACK: usize = 128 << 20;

/// What statements name, or the kind of the first whose names are not looked for.
pub type Named = Result<Names, String>;

/// Reads statements in a dialect of this name, one at least.
///
/// # Errors
/// What is wrong with them.
pub fn read(text: &str, dialect: &str) -> Result<Named, Fault> {
    // What is read nests as deep as it is long, and is walked through and taken apart level by level.
    thread::scope(|scope| {
        let work = thread::Builder::new().stack_size(STACK);
        let reading = work.spawn_scoped(scope, || read_here(text, dialect));
        let read = reading.ok().and_then(|reading| reading.join().ok());
        read.unwrap_or(Err(Fault::TooMuch))
    })
}

fn read_here(text: &str, dialect: &str) -> Result<Named, Fault> {
    let known = DIALECTS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(dialect));
    let dialect: Box<dyn Dialect> =
        known.map_or_else(|| Box::new(GenericDialect {}) as _, |(_, new)| new());
    let tokens = Tokenizer::new(&*dialect, text).tokenize_with_location();
    let tokens = tokens.map_err(|error| Fault::Wrong(error.to_string()))?;
    let words: Vec<&Token> = tokens
        .iter()
        .map(|token| &token.token)
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    if words.len() > TOKENS {
        return Err(Fault::TooMuch);
    }
    if lacks_comma(&words) {
        let cause = "a comma is missing between two columns, or AS before a name";
        return Err(Fault::Wrong(cause.to_owned()));
    }
    let parser = Parser::new(&*dialect).with_recursion_limit(LEVELS);
    match parser.with_tokens_with_locations(tokens).parse_statements() {
        Ok(statements) if statements.is_empty() => {
            Err(Fault::Wrong("there is no statement".to_owned()))
        }
        Ok(statements) => Ok(names::of(&statements)),
        Err(ParserError::RecursionLimitExceeded) => Err(Fault::TooMuch),
        Err(error) => Err(Fault::Wrong(error.to_string())),
    }
}

/// `SELECT first last FROM` is valid, and yet hardly what was meant: the second is a name for the first.
fn lacks_comma(words: &[&Token]) -> bool {
    let word = |token: &Token, wanted: Keyword| matches!(token, Token::Word(word) if word.keyword == wanted && word.quote_style.is_none());
    let plain = |token: &Token| matches!(token, Token::Word(word) if word.quote_style.is_none());
    words.windows(4).any(|four| match four {
        [select, first, second, from] => {
            let modifies = word(first, Keyword::ALL) || word(first, Keyword::DISTINCT);
            (word(select, Keyword::SELECT) || word(select, Keyword::DISTINCT))
                && plain(first)
                && !modifies
                && plain(second)
                && word(from, Keyword::FROM)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(text: &str) -> Vec<String> {
        let mut names = read(text, "MySQL").unwrap().unwrap().tables;
        names.sort();
        names
    }

    fn columns(text: &str) -> Vec<String> {
        let mut names = read(text, "MySQL").unwrap().unwrap().columns;
        names.sort();
        names.dedup();
        names
    }

    #[test]
    fn statements_are_told_from_prose() {
        for text in [
            "SELECT * FROM t WHERE a = 1",
            "select a from b; drop table c",
            "SELECT 1;",
            "INSERT INTO t (a) VALUES (1)",
        ] {
            assert!(read(text, "MySQL").is_ok(), "{text}");
        }
        for text in [
            "",
            ";",
            "-- nothing",
            "SELEC 1",
            "Here is your query: SELECT 1",
            "SELECT * FROM orders ORDERY BY day",
            "SELECT first last FROM t",
            "SELECT `a FROM t",
            "SELECT FROM",
        ] {
            assert!(
                matches!(read(text, "MySQL"), Err(Fault::Wrong(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn tables_are_found_with_what_is_done_to_them() {
        assert_eq!(tables("DELETE FROM t"), ["delete::null::t"]);
        assert_eq!(
            tables("UPDATE shop.t SET a = (SELECT b FROM u)"),
            ["select::null::u", "update::shop::t"]
        );
        assert_eq!(
            tables("INSERT INTO t SELECT * FROM u JOIN v ON u.a = v.a"),
            ["insert::null::t", "select::null::u", "select::null::v"]
        );
        assert_eq!(
            tables("SELECT 1 WHERE EXISTS (SELECT 1 FROM t)"),
            ["select::null::t"]
        );
    }

    #[test]
    fn a_name_that_with_defines_is_no_table_and_hides_none() {
        assert_eq!(
            tables("WITH a AS (SELECT * FROM t) SELECT * FROM a"),
            ["select::null::t"]
        );
        assert_eq!(
            tables("WITH t AS (SELECT * FROM t) SELECT * FROM t"),
            ["select::null::t"]
        );
        assert_eq!(
            tables("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a"),
            ["select::null::b"]
        );
        assert_eq!(
            tables("SELECT (WITH a AS (SELECT 1) SELECT 1 FROM a), x FROM a"),
            ["select::null::a"]
        );
        assert_eq!(
            tables("WITH RECURSIVE a AS (SELECT 1 UNION SELECT 1 FROM a) SELECT * FROM a"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn columns_are_found_behind_other_names() {
        assert_eq!(
            columns("SELECT o.id, name AS n, COUNT(x) FROM orders o WHERE secret = 1 ORDER BY n"),
            [
                "select::null::name",
                "select::null::secret",
                "select::null::x",
                "select::orders::id"
            ]
        );
        assert_eq!(
            columns("SELECT *, o.* FROM orders o JOIN b USING (k)"),
            [
                "select::null::(.*)",
                "select::null::k",
                "select::orders::(.*)"
            ]
        );
        assert_eq!(
            columns("UPDATE t SET a = b"),
            ["update::null::a", "update::null::b"]
        );
        assert_eq!(columns("INSERT INTO t (a) VALUES (1)"), ["insert::null::a"]);
    }

    #[test]
    fn what_is_not_looked_into_is_said() {
        for text in [
            "DROP TABLE t",
            "TRUNCATE t",
            "CREATE TABLE t (a INT)",
            "SELECT a INTO t FROM u",
        ] {
            assert!(read(text, "PostgresQL").unwrap().is_err(), "{text}");
        }
    }

    #[test]
    fn hostile_statements_end() {
        for (unit, close) in [
            ("(", ""),
            ("SELECT (", ""),
            ("1+", ""),
            ("NOT ", ""),
            ("SELECT * FROM (", ")"),
            ("a.", ""),
            ("'", ""),
            ("/*", ""),
            ("CASE ", "END "),
        ] {
            for count in [300, 3_000, 200_000] {
                let text = format!("SELECT {}1{}", unit.repeat(count), close.repeat(count));
                let _ = read(&text, "MySQL");
            }
        }
    }
}
