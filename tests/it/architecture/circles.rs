//! No file imports a file that imports it, not by any number of steps: a file can be read, changed and tested after those below it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::code::{SRC, tokens};
use super::graph::{Edges, Graph};

#[test]
fn no_file_imports_what_imports_it() {
    let graph = Graph::new(&SRC);
    let edges = graph.edges();
    if let Some(circle) = shortest_circle(&edges) {
        panic!("a circle of files:\n{}", told(&edges, &circle));
    }
}

/// The files of the shortest circle, the first one again at its end.
fn shortest_circle<'g>(edges: &Edges<'g>) -> Option<Vec<&'g str>> {
    let circles = edges.keys().filter_map(|file| way(edges, file, file));
    circles.min_by_key(Vec::len)
}

/// The shortest way along imports, both ends included; from a file to itself by at least one other.
fn way<'g>(edges: &Edges<'g>, from: &str, to: &str) -> Option<Vec<&'g str>> {
    let (from, imported) = edges.get_key_value(from)?;
    let mut before: BTreeMap<&'g str, &'g str> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    let mut seen = BTreeSet::new();
    for next in imported.keys().copied() {
        before.insert(next, *from);
        seen.insert(next);
        waiting.push_back(next);
    }
    while let Some(file) = waiting.pop_front() {
        if file == to {
            let mut way = vec![file];
            while let Some(one) = before.get(way[way.len() - 1]).copied() {
                way.push(one);
                if one == *from {
                    break;
                }
            }
            way.reverse();
            return Some(way);
        }
        for next in edges
            .get(file)
            .into_iter()
            .flat_map(BTreeMap::keys)
            .copied()
        {
            if seen.insert(next) {
                before.insert(next, file);
                waiting.push_back(next);
            }
        }
    }
    None
}

fn told(edges: &Edges<'_>, circle: &[&str]) -> String {
    let steps = circle.windows(2).map(|step| {
        let by = edges.get(step[0]).and_then(|known| known.get(step[1]));
        let by = by.map_or("", String::as_str);
        format!("  {} imports {} by crate::{by}", step[0], step[1])
    });
    steps.collect::<Vec<_>>().join("\n")
}

/// What the rule says of a library of these files.
fn circle_of(files: &[(&str, &str)]) -> Option<String> {
    let code = files.iter().map(|(path, text)| {
        let path = format!("src/{path}.rs");
        (path, tokens(text))
    });
    let code = code.collect();
    let graph = Graph::new(&code);
    let edges = graph.edges();
    shortest_circle(&edges).map(|circle| told(&edges, &circle))
}

#[test]
fn a_circle_is_seen_through_braces_renames_and_re_exports() {
    let found = circle_of(&[
        ("lib", "pub mod a; pub mod b;"),
        ("a/mod", "mod x; mod y; pub use x::{X as Shown, Other};"),
        (
            "a/x",
            "use crate::{b::{self, c::{D}}, nothing}; pub struct X; pub struct Other; fn f() { b::g() }",
        ),
        ("a/y", "use super::Shown; pub struct Y;"),
        ("b/mod", "pub mod c; pub fn g() {}"),
        ("b/c", "pub struct D; fn h() -> crate::a::Shown { loop {} }"),
    ]);
    assert_eq!(
        found.as_deref(),
        Some(
            "  src/a/x.rs imports src/b/c.rs by crate::b::c::D\n  src/b/c.rs imports src/a/x.rs by crate::a::Shown"
        )
    );
}

#[test]
fn a_parent_that_only_hands_on_is_in_no_circle_and_one_that_defines_is() {
    let files = |parent| {
        circle_of(&[
            ("lib", "mod a;"),
            ("a/mod", parent),
            ("a/x", "use super::{Y, z::Z}; pub struct X;"),
            ("a/y", "pub struct Y;"),
            ("a/z", "pub struct Z; impl Z { fn f(&self) {} }"),
        ])
    };
    let only = "mod x; mod y; mod z; pub use x::X; pub(crate) use y::Y;";
    assert_eq!(files(only), None);
    // It uses what it hands on, and defines nothing.
    assert_eq!(
        files("mod x; mod y; mod z; pub use x::X; pub use y::Y; fn f(_: X) {}"),
        None
    );
    let defines = files("mod x; mod y; mod z; use x::X; pub struct Y; fn f(_: X) {}");
    assert!(defines.is_some_and(|told| told.contains("src/a/mod.rs imports src/a/x.rs")));
}

#[test]
fn what_tests_import_makes_no_circle() {
    let found = circle_of(&[
        ("lib", "mod a; mod b;"),
        (
            "a",
            "use crate::b::B; pub struct A; #[cfg(test)] mod tests { }",
        ),
        (
            "b",
            "#[cfg(test)] use crate::a::A; pub struct B; #[cfg(test)] mod tests { use crate::a::A; }",
        ),
    ]);
    assert_eq!(found, None);
    let found = circle_of(&[
        ("lib", "mod a; mod b;"),
        ("a", "use crate::b::B; pub struct A;"),
        (
            "b",
            "#[cfg(test)] mod tests { } pub struct B; fn late() { super::a::A; }",
        ),
    ]);
    assert!(found.is_some());
}
