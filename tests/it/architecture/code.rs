//! The code of a file as tokens: comments and tests left out, wherever they stand.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A piece of code.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    Sign(char),
    Literal,
    /// What stands within brackets, and which they are.
    Group(Delimiter, Vec<Token>),
}

impl Token {
    pub(super) fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, as path relative to the project and text.
pub(super) fn rust_files(folder: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(dir) = folders.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let shown = path.strip_prefix(root()).unwrap();
                let shown = shown.to_string_lossy().replace('\\', "/");
                files.insert(shown, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// The code of every file of `src/`, read once.
pub(super) static SRC: LazyLock<BTreeMap<String, Vec<Token>>> = LazyLock::new(|| {
    let files = rust_files("src").into_iter();
    files.map(|(path, text)| (path, tokens(&text))).collect()
});

/// The code of a file.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let stream: TokenStream = text.parse().unwrap();
    without_tests(stream)
}

fn without_tests(stream: TokenStream) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        if let TokenTree::Punct(sign) = &tree
            && sign.as_char() == '#'
        {
            let is_inner = trees
                .next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
            let Some(TokenTree::Group(attribute)) = trees.peek() else {
                continue;
            };
            let attribute = attribute.stream();
            if is_test(attribute.clone()) {
                if is_inner.is_some() {
                    return Vec::new();
                }
                trees.next();
                kept.extend(declaration(&rest_of_item(&mut trees)));
            } else if is_doc(attribute) {
                trees.next();
            }
            continue;
        }
        kept.push(match tree {
            TokenTree::Ident(word) => Token::Word(word.to_string()),
            TokenTree::Punct(sign) => Token::Sign(sign.as_char()),
            TokenTree::Literal(_) => Token::Literal,
            TokenTree::Group(group) => {
                Token::Group(group.delimiter(), without_tests(group.stream()))
            }
        });
    }
    kept
}

/// What is left of an item: up to its body, or to the sign that ends it.
fn rest_of_item(trees: &mut impl Iterator<Item = TokenTree>) -> Vec<TokenTree> {
    let mut item = Vec::new();
    for next in trees {
        let is_end = match &next {
            TokenTree::Group(body) => body.delimiter() == Delimiter::Brace,
            TokenTree::Punct(end) => [';', ','].contains(&end.as_char()),
            _ => false,
        };
        item.push(next);
        if is_end {
            break;
        }
    }
    item
}

/// `mod tests;` stays: the file is there, and nothing but tests imports it.
fn declaration(item: &[TokenTree]) -> Vec<Token> {
    match item {
        [
            ..,
            TokenTree::Ident(word),
            TokenTree::Ident(name),
            TokenTree::Punct(end),
        ] if word == "mod" && end.as_char() == ';' => {
            let word = |word: &str| Token::Word(word.to_owned());
            vec![word("mod"), word(&name.to_string()), Token::Sign(';')]
        }
        _ => Vec::new(),
    }
}

fn words(stream: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for tree in stream {
        match tree {
            TokenTree::Ident(word) => found.push(word.to_string()),
            TokenTree::Group(group) => found.extend(words(group.stream())),
            _ => {}
        }
    }
    found
}

/// `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, unix))]`.
fn is_test(attribute: TokenStream) -> bool {
    let words = words(attribute);
    let has = |word: &str| words.iter().any(|one| one == word);
    match words.first().map(String::as_str) {
        Some("test") => words.len() == 1,
        Some("cfg") => has("test") && !has("not"),
        _ => false,
    }
}

fn is_doc(attribute: TokenStream) -> bool {
    let first = attribute.into_iter().next();
    matches!(first, Some(TokenTree::Ident(word)) if word == "doc")
}

/// The code as a text without spaces where none are needed, so that `std::fs` and `File::open(` are found in it.
pub(super) fn shown(tokens: &[Token]) -> String {
    let mut text = String::new();
    show(tokens, &mut text);
    text
}

fn show(tokens: &[Token], text: &mut String) {
    for token in tokens {
        match token {
            Token::Word(word) => {
                if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    text.push(' ');
                }
                text.push_str(word);
            }
            Token::Sign(sign) => text.push(*sign),
            Token::Literal => text.push_str("\"\""),
            Token::Group(delimiter, inner) => {
                let (open, close) = match delimiter {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                show(inner, text);
                text.push_str(close);
            }
        }
    }
}

#[test]
fn tests_are_left_out_and_what_follows_them_is_not() {
    let code = tokens(
        "//! Text.\nuse a::b; #[cfg(test)] mod tests { use super::secret; }\n\
         #[cfg(test)]\nuse x::{y};\n/// Text.\n#[cfg(not(test))] fn own() -> c::D { \"text\" /* e */ }\n\
         #[cfg(all(test, unix))] mod more;\nmod last;",
    );
    assert_eq!(
        shown(&code),
        "use a::b;;[cfg(not(test))]fn own()->c::D{\"\"}mod more;mod last;"
    );
}
