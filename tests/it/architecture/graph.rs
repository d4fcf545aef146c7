//! Which file of the library imports which: paths of `use` and inline ones, resolved to the file that defines the item.

use std::collections::{BTreeMap, BTreeSet};

use super::code::Token;

/// Words that an item's name follows.
const ITEMS: &[&str] = &[
    "fn", "struct", "enum", "union", "trait", "type", "const", "static", "mod",
];

/// Where a module stands: `["call", "cache"]`.
type Place = Vec<String>;

/// Imports by importing and imported file, each with a path that makes it.
pub(super) type Edges<'g> = BTreeMap<&'g str, BTreeMap<&'g str, String>>;

/// Every file of the library that is no test.
#[derive(Debug, Default)]
pub(super) struct Graph {
    files: BTreeMap<Place, File>,
}

/// One file: a module.
#[derive(Debug, Default)]
struct File {
    path: String,
    /// Modules that are declared here and stand in files of their own.
    children: BTreeSet<String>,
    /// What is defined here.
    items: BTreeSet<String>,
    uses: Vec<Use>,
    /// Paths outside of `use`.
    inline: BTreeSet<Vec<String>>,
    /// Words outside of `use`.
    words: BTreeSet<String>,
}

/// One name that a `use` brings.
#[derive(Debug)]
struct Use {
    path: Vec<String>,
    /// `None` for a glob.
    name: Option<String>,
    is_public: bool,
}

/// What a path leads to.
enum Found {
    /// An item, by the place of its file.
    Item(Place),
    Module,
    /// An item of another crate.
    Elsewhere,
}

impl Graph {
    /// The modules that `src/lib.rs` declares, their modules, and so on.
    pub(super) fn new(code: &BTreeMap<String, Vec<Token>>) -> Self {
        let mut graph = Self::default();
        let mut waiting = vec![Place::new()];
        while let Some(place) = waiting.pop() {
            let (path, tokens) = candidates(&place)
                .into_iter()
                .find_map(|path| Some((path.clone(), code.get(&path)?)))
                .unwrap_or_else(|| panic!("{} has no file", place.join("::")));
            let mut file = File {
                path,
                ..File::default()
            };
            file.read(tokens, true);
            for child in &file.children {
                waiting.push([place.clone(), vec![child.clone()]].concat());
            }
            graph.files.insert(place, file);
        }
        graph
    }

    /// Paths of the files.
    pub(super) fn paths(&self) -> BTreeSet<&str> {
        self.files.values().map(|file| file.path.as_str()).collect()
    }

    /// Rooms that a file of the library names, by the file's path.
    pub(super) fn rooms(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let named = |(place, file): (&Place, &File)| {
            let inline = file.inline.iter();
            let paths = file.uses.iter().map(|one| &one.path).chain(inline);
            let absolute = paths.filter_map(|path| file.absolute(place, path));
            absolute.filter_map(|path| path.first().cloned()).collect()
        };
        let files = self.files.iter();
        files
            .map(|(place, file)| (file.path.as_str(), named((place, file))))
            .collect()
    }

    pub(super) fn edges(&self) -> Edges<'_> {
        let files = self.files.iter();
        files
            .map(|(place, file)| (file.path.as_str(), self.imports(place, file)))
            .collect()
    }

    fn imports(&self, place: &Place, file: &File) -> BTreeMap<&str, String> {
        let mut found = BTreeMap::new();
        // What is only handed on is no import; what is used here besides is one.
        let is_used = |one: &&Use| {
            let name = one.name.as_ref();
            name.is_some_and(|name| !one.is_public || file.words.contains(name))
        };
        let mut modules: BTreeMap<&str, Place> = BTreeMap::new();
        let mut add = |path: &[String]| {
            let to = match self.resolve(path, &mut BTreeSet::new()) {
                Some(Found::Item(to)) => to,
                Some(Found::Module | Found::Elsewhere) => return,
                // Made by a macro, for one: it belongs to the last module of its path.
                None => self.deepest(path),
            };
            if to != *place {
                let target = self.files.get(&to).unwrap();
                let path = || path.join("::");
                found.entry(target.path.as_str()).or_insert_with(path);
            }
        };
        for one in file.uses.iter().filter(is_used) {
            if let Some(path) = file.absolute(place, &one.path) {
                add(&path);
                if let Some(name) = &one.name
                    && self.files.contains_key(&path)
                {
                    modules.insert(name, path);
                }
            }
        }
        let through = |path: &Vec<String>| {
            let (first, rest) = path.split_first()?;
            Some([modules.get(first.as_str())?.clone(), rest.to_vec()].concat())
        };
        let uses = file.uses.iter().map(|one| &one.path);
        for path in uses.chain(&file.inline) {
            if let Some(path) = through(path) {
                add(&path);
            }
        }
        for path in &file.inline {
            if through(path).is_none()
                && let Some(path) = file.absolute(place, path)
            {
                add(&path);
            }
        }
        found
    }

    /// What a path from the root of the crate leads to, through whatever hands it on.
    fn resolve(&self, path: &[String], seen: &mut BTreeSet<Vec<String>>) -> Option<Found> {
        if !seen.insert(path.to_vec()) {
            return None;
        }
        let mut place = self.deepest(path);
        if place.len() == path.len() {
            // A function may have the name of a module beside it.
            let is_both = place.pop().is_some_and(|name| {
                let parent = self.files.get(&place);
                parent.is_some_and(|parent| parent.has(&name))
            });
            if !is_both {
                return Some(Found::Module);
            }
        }
        let name = path.get(place.len())?;
        let rest = path.get(place.len() + 1..).unwrap_or_default();
        let file = self.files.get(&place)?;
        if file.items.contains(name) {
            return Some(Found::Item(place));
        }
        let named = |one: &&Use| one.name.as_ref() == Some(name);
        for one in file.uses.iter().filter(named) {
            match file.absolute(&place, &one.path) {
                Some(path) => {
                    let found = self.resolve(&[path, rest.to_vec()].concat(), seen);
                    if found.is_some() {
                        return found;
                    }
                }
                None => return Some(Found::Elsewhere),
            }
        }
        let globs = file.uses.iter().filter(|one| one.name.is_none());
        for glob in globs {
            if let Some(path) = file.absolute(&place, &glob.path) {
                let tail = [vec![name.clone()], rest.to_vec()].concat();
                let found = self.resolve(&[path, tail].concat(), seen);
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// The module that the start of a path names.
    fn deepest(&self, path: &[String]) -> Place {
        let lengths = (0..=path.len()).rev();
        let mut places = lengths.filter_map(|length| path.get(..length));
        let place = places.find(|place| self.files.contains_key(*place));
        place.unwrap_or_default().to_vec()
    }
}

/// Where the file of a module may be.
fn candidates(place: &Place) -> [String; 2] {
    let path = place.join("/");
    if place.is_empty() {
        return ["src/lib.rs".to_owned(), "src/lib.rs".to_owned()];
    }
    [format!("src/{path}.rs"), format!("src/{path}/mod.rs")]
}

impl File {
    /// Whether an item has this name here.
    fn has(&self, name: &str) -> bool {
        let brought = || {
            self.uses
                .iter()
                .any(|one| one.name.as_deref() == Some(name))
        };
        self.items.contains(name) || brought()
    }

    /// A path of this file from the root of the crate; `None` where it begins with another crate or a name that a `use` brings.
    fn absolute(&self, place: &Place, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([place.clone(), rest.to_vec()].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let base = place.get(..place.len().checked_sub(ups)?)?;
                Some([base, path.get(ups..)?].concat())
            }
            child if self.children.contains(child) => Some([place.clone(), path.to_vec()].concat()),
            _ => None,
        }
    }

    fn read(&mut self, tokens: &[Token], is_top: bool) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                Token::Word(word) if word == "use" => {
                    let length = tokens[at..].iter().take_while(|token| !token.is(';'));
                    let tree = &tokens[at..at + length.count()];
                    let before = tokens.get(..at - 1).unwrap_or_default();
                    // `impl Trait + use<'_>` brings nothing.
                    if tree.first().is_some_and(|first| first.is('<')) {
                        continue;
                    }
                    self.bring(tree, &[], is_public(before));
                    at += tree.len();
                }
                Token::Word(word) if word == "mod" && is_top && declares(&tokens[at..]) => {
                    let name = tokens[at].word().unwrap_or_default();
                    self.children.insert(name.to_owned());
                    at += 2;
                }
                Token::Word(word) => {
                    if is_top && ITEMS.contains(&word.as_str()) {
                        self.define(&tokens[at..]);
                    }
                    let before = tokens[..at - 1].iter().rev().take(2);
                    let is_inside = before.filter(|token| token.is(':')).count() == 2;
                    let path = path_at(&tokens[at - 1..]);
                    if !is_inside && path.len() > 1 {
                        self.inline.insert(path);
                    }
                    self.words.insert(word.clone());
                }
                Token::Group(_, inner) => self.read(inner, false),
                Token::Sign(_) | Token::Literal => {}
            }
        }
    }

    /// Notes the item that follows a word such as `fn`.
    fn define(&mut self, after: &[Token]) {
        let mut words = after.iter().map_while(Token::word);
        let name = words.find(|word| !["mut", "unsafe", "extern", "fn"].contains(word));
        self.items.extend(name.map(str::to_owned));
    }

    /// Takes the names out of what stands between `use` and `;`.
    fn bring(&mut self, tree: &[Token], before: &[String], is_public: bool) {
        let mut path = before.to_vec();
        let mut renamed = None;
        let mut tokens = tree.iter();
        while let Some(token) = tokens.next() {
            match token {
                Token::Word(word) if word == "as" => {
                    renamed = tokens.next().and_then(Token::word).map(str::to_owned);
                }
                Token::Word(word) if word == "self" && !path.is_empty() => {}
                Token::Word(word) => path.push(word.clone()),
                Token::Sign('*') => {
                    let name = None;
                    self.uses.push(Use {
                        path,
                        name,
                        is_public,
                    });
                    return;
                }
                Token::Group(_, inner) => {
                    for branch in inner.split(|token| token.is(',')) {
                        if !branch.is_empty() {
                            self.bring(branch, &path, is_public);
                        }
                    }
                    return;
                }
                Token::Sign(_) | Token::Literal => {}
            }
        }
        let name = renamed.or_else(|| path.last().cloned());
        self.uses.push(Use {
            path,
            name,
            is_public,
        });
    }
}

/// Whether a module in a file of its own is declared: its name, and then `;`.
fn declares(after: &[Token]) -> bool {
    matches!(after, [Token::Word(_), Token::Sign(';'), ..])
}

/// Whether `pub` or `pub(...)` is what comes last.
fn is_public(before: &[Token]) -> bool {
    let is_pub = |token: Option<&Token>| token.and_then(Token::word) == Some("pub");
    match before.last() {
        Some(Token::Group(..)) => is_pub(before.iter().rev().nth(1)),
        last => is_pub(last),
    }
}

/// The path that begins here: words with `::` between them.
fn path_at(tokens: &[Token]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens;
    while let Some((Token::Word(word), after)) = rest.split_first() {
        path.push(word.clone());
        match after {
            [first, second, more @ ..] if first.is(':') && second.is(':') => rest = more,
            _ => break,
        }
    }
    path
}
