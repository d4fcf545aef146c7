//! XML in a text: whether it is well formed, where its elements stand, and which it has.

use roxmltree::{Node, ParsingOptions};

/// A well-formed document or element.
#[derive(Debug)]
pub struct Document<'t> {
    text: &'t str,
    tree: roxmltree::Document<'t>,
}

/// Too much of a text had to be read again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// How often a text may be read to find what is well formed in it.
const READINGS: usize = 16;

impl<'t> Document<'t> {
    /// Reads a text as one document.
    ///
    /// # Errors
    /// What is wrong with it. A document type that declares something of its own counts as wrong: entities could grow without end.
    pub fn read(text: &'t str) -> Result<Self, String> {
        let text = text.trim_end();
        let declares = document_type(text);
        if declares == Some(true) {
            return Err("it declares a document type of its own, which is not read".to_owned());
        }
        let options = ParsingOptions {
            allow_dtd: declares.is_some(),
            ..ParsingOptions::default()
        };
        let tree = roxmltree::Document::parse_with_options(text, options);
        let tree = tree.map_err(|error| error.to_string())?;
        Ok(Self { text, tree })
    }

    /// Whether it has an element at a path from its root, such as `order.item`: a number picks one of several (`item.0`), `@_x` is an
    /// attribute, `#text` a text.
    pub fn has(&self, path: &str) -> bool {
        let mut steps = path.split('.');
        let root = self.tree.root_element();
        let Some(first) = steps.next() else {
            return false;
        };
        let mut found = vec![root];
        found.retain(|node| self.name(*node) == first);
        for step in steps {
            if found.is_empty() {
                return false;
            }
            if let Some(attribute) = step.strip_prefix("@_") {
                found.retain(|node| {
                    node.attributes()
                        .any(|one| attribute_name(self.text, &one) == attribute)
                });
            } else if step == "#text" {
                found.retain(|node| {
                    node.children().any(|one| {
                        one.is_text() && !one.text().unwrap_or_default().trim().is_empty()
                    })
                });
            } else if let Ok(place) = step.parse::<usize>() {
                found = found.get(place).copied().into_iter().collect();
            } else {
                let children = found.iter().flat_map(Node::children);
                found = children
                    .filter(|node| node.is_element() && self.name(*node) == step)
                    .collect();
            }
        }
        !found.is_empty()
    }

    /// An element's name as it is written, prefix included.
    fn name(&self, node: Node<'_, '_>) -> &'t str {
        let written = self.text.get(node.range().start + 1..).unwrap_or_default();
        let end = written.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
        written
            .get(..end.unwrap_or(written.len()))
            .unwrap_or_default()
    }
}

fn attribute_name<'t>(text: &'t str, attribute: &roxmltree::Attribute<'_, '_>) -> &'t str {
    let written = text.get(attribute.range()).unwrap_or_default();
    let end = written.find(|c: char| c.is_whitespace() || c == '=');
    written
        .get(..end.unwrap_or(written.len()))
        .unwrap_or_default()
}

/// Whether a document has a document type, and if so whether that declares something of its own.
fn document_type(text: &str) -> Option<bool> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if let Some(inside) = rest.strip_prefix("<?") {
            rest = inside.split_once("?>")?.1;
        } else if let Some(inside) = rest.strip_prefix("<!--") {
            rest = inside.split_once("-->")?.1;
        } else {
            break;
        }
    }
    let inside = rest.strip_prefix("<!DOCTYPE")?;
    let mut quote = None;
    for c in inside.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => return Some(true),
            (None, '>') => return Some(false),
            _ => {}
        }
    }
    Some(true)
}

/// The well-formed elements of a text that are in no other one.
///
/// # Errors
/// Where broken elements nest so deep that too much would have to be read again.
pub fn elements(text: &str) -> Result<Vec<Document<'_>>, TooMuch> {
    let mut left = READINGS * text.len();
    let mut found = Vec::new();
    let mut end = 0;
    for (from, to) in spans(text) {
        if from < end {
            continue;
        }
        left = left.checked_sub(to - from).ok_or(TooMuch)?;
        if let Some(Ok(document)) = text.get(from..to).map(Document::read) {
            found.push(document);
            end = to;
        }
    }
    Ok(found)
}

/// Where elements begin and end by their tags alone, outer ones before those within.
fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut open: Vec<(&str, usize)> = Vec::new();
    // Where the last comment, section and instruction end: what begins behind ends nowhere.
    let last = ENCLOSED.map(|(_, close)| text.rfind(close).unwrap_or_default());
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + next;
        let rest = text.get(start..).unwrap_or_default();
        let tag = match ENCLOSED.iter().position(|(open, _)| rest.starts_with(open)) {
            Some(kind) if last.get(kind).is_some_and(|last| *last > start) => Tag::enclosed(rest),
            Some(_) => None,
            None => Tag::read(rest),
        };
        let Some(tag) = tag else {
            at = start + 1;
            continue;
        };
        at = start + tag.length;
        match tag.kind {
            Kind::Open => open.push((tag.name, start)),
            Kind::Empty => spans.push((start, at)),
            Kind::Close => match open.pop() {
                Some((name, from)) if name == tag.name => spans.push((from, at)),
                _ => open.clear(),
            },
            Kind::Other => {}
        }
    }
    spans.sort_by_key(|(from, to)| (*from, std::cmp::Reverse(*to)));
    spans
}

enum Kind {
    Open,
    Empty,
    Close,
    Other,
}

struct Tag<'t> {
    kind: Kind,
    name: &'t str,
    length: usize,
}

/// What holds no tags.
const ENCLOSED: [(&str, &str); 3] = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];

impl<'t> Tag<'t> {
    /// The comment, section or instruction that a text begins with.
    fn enclosed(text: &'t str) -> Option<Self> {
        let (open, close) = ENCLOSED.iter().find(|(open, _)| text.starts_with(open))?;
        let inside = text.get(open.len()..)?;
        Some(Self {
            kind: Kind::Other,
            name: "",
            length: open.len() + inside.find(close)? + close.len(),
        })
    }

    /// The tag that a text begins with.
    fn read(text: &'t str) -> Option<Self> {
        let inside = text.strip_prefix('<')?;
        let (closes, inside) = match inside.strip_prefix('/') {
            Some(inside) => (true, inside),
            None => (false, inside),
        };
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<' | '"' | '\'' | '=' | '&');
        let name = inside.get(..inside.find(ends)?)?;
        if !name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':')) {
            return None;
        }
        let length = tag_end(text)?;
        let kind = match (closes, text.get(..length)?.ends_with("/>")) {
            (true, _) => Kind::Close,
            (false, true) => Kind::Empty,
            (false, false) => Kind::Open,
        };
        Some(Self { kind, name, length })
    }
}

/// Bytes up to the end of the tag that a text begins with, quotes of attributes skipped.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices().skip(1) {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '<') => return None,
            (None, '>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_well_formed_is_read() {
        for text in [
            "<a/>",
            " <a>1</a> ",
            "<?xml version=\"1.0\"?><a xmlns:b=\"u\"><b:c/></a>",
            "<!DOCTYPE a SYSTEM \"a.dtd\"><a/>",
            "<a><![CDATA[x & y]]></a>",
        ] {
            assert!(Document::read(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "plain",
            "<a>1</a><b>2</b>",
            "<a>x & y</a>",
            "<a><b></a></b>",
            "<a b=1/>",
            "<a x='1' x='2'/>",
            "<a>",
            "<b:c/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "x <a/>",
        ] {
            assert!(Document::read(text).is_err(), "{text}");
        }
    }

    fn written(text: &str) -> Vec<&str> {
        let found = elements(text).unwrap();
        found.iter().map(|one| one.text).collect()
    }

    #[test]
    fn elements_are_found_in_prose() {
        assert_eq!(
            written("see <r><x>1</x></r> done <s/>"),
            ["<r><x>1</x></r>", "<s/>"]
        );
        assert_eq!(written("<p>fish & chips <b>x</b></p>"), ["<b>x</b>"]);
        assert_eq!(written("<a x=\">\">1</a>"), ["<a x=\">\">1</a>"]);
        for none in [
            "a < b > c",
            "<a>",
            "</a>",
            "<a><b></a></b>",
            "<>",
            "i<3",
            "List<String>",
        ] {
            assert!(written(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn hostile_texts_end() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert_eq!(written(&deep).len(), 1);
        let broken = "<a>&".repeat(100_000) + &"</a>".repeat(100_000);
        assert_eq!(elements(&broken).err(), Some(TooMuch));
        for unit in ["<a ", "<a x=\"", "<!--", "<![CDATA[", "<?", "</a>", "<a/>"] {
            let _ = elements(&unit.repeat(100_000));
        }
    }
}
