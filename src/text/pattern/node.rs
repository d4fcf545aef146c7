//! What a pattern says, as a tree: fancy-regex reads the syntax, regex-syntax its classes.

use std::collections::BTreeSet;

use fancy_regex::{Assertion, Expr, LookAround};
use regex_syntax::hir::{self, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

/// Parts of a pattern with its repetitions written out, beyond which it is refused. A large class counts as several.
const LARGEST: u64 = 100_000;

/// A part of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Empty,
    Class(ClassUnicode),
    Assert(Look),
    Concat(Vec<Node>),
    Alt(Vec<Node>),
    Repeat {
        of: Box<Node>,
        least: u32,
        most: Option<u32>,
        greedy: bool,
    },
    Group(usize, Box<Node>),
    Around {
        of: Box<Node>,
        ahead: bool,
        negated: bool,
    },
    /// What the group matched, once more.
    Again {
        group: usize,
        any_case: bool,
    },
    /// Whether the group matched.
    IsSet(usize),
    Atomic(Box<Node>),
    Condition(Box<[Node; 3]>),
    /// The match begins here.
    Keep,
}

impl Node {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(source: &str) -> Result<Self, String> {
        let tree = Expr::parse_tree(source).map_err(|error| error.to_string())?;
        let mut reader = Reader {
            groups: 0,
            weight: 0,
        };
        let node = reader.node(&tree.expr)?;
        let referred = node.referred();
        let unknown = |group: &&usize| **group == 0 || **group > reader.groups;
        if let Some(group) = referred.iter().find(unknown) {
            return Err(format!("it refers to group {group}, which there is not"));
        }
        if node.size() > LARGEST {
            return Err(too_large());
        }
        Ok(node)
    }

    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Concat(nodes) | Self::Alt(nodes) => nodes.iter().collect(),
            Self::Condition(nodes) => nodes.iter().collect(),
            Self::Repeat { of, .. }
            | Self::Group(_, of)
            | Self::Around { of, .. }
            | Self::Atomic(of) => vec![of],
            _ => Vec::new(),
        }
    }

    /// Nodes with repetitions written out.
    pub(super) fn size(&self) -> u64 {
        let parts = self.parts();
        let own = parts
            .into_iter()
            .fold(1_u64, |sum, part| sum.saturating_add(part.size()));
        match self {
            Self::Class(class) => weight(class),
            Self::Repeat { least, most, .. } => {
                let times = most.unwrap_or_else(|| least.saturating_add(1)).max(1);
                own.saturating_mul(u64::from(times))
            }
            _ => own,
        }
    }

    /// Groups that back-references and conditions look at.
    pub(super) fn referred(&self) -> BTreeSet<usize> {
        let mut groups: BTreeSet<usize> =
            self.parts().into_iter().flat_map(Self::referred).collect();
        if let Self::Again { group, .. } | Self::IsSet(group) = self {
            groups.insert(*group);
        }
        groups
    }

    /// Whether one of these groups is set in here.
    pub(super) fn sets(&self, groups: &BTreeSet<usize>) -> bool {
        let own = matches!(self, Self::Group(group, _) if groups.contains(group));
        own || self.parts().into_iter().any(|part| part.sets(groups))
    }

    /// Whether it can be decided in one pass, without going back.
    pub(super) fn is_regular(&self) -> bool {
        let own = !matches!(
            self,
            Self::Again { .. } | Self::IsSet(_) | Self::Atomic(_) | Self::Condition(_)
        );
        own && self.parts().into_iter().all(Self::is_regular)
    }

    /// Whether it may match without taking a character; yes where that is not certain.
    pub(super) fn may_be_empty(&self) -> bool {
        match self {
            Self::Class(_) => false,
            Self::Concat(nodes) => nodes.iter().all(Self::may_be_empty),
            Self::Alt(nodes) => nodes.iter().any(Self::may_be_empty),
            Self::Repeat { of, least, .. } => *least == 0 || of.may_be_empty(),
            Self::Group(_, of) | Self::Atomic(of) => of.may_be_empty(),
            _ => true,
        }
    }

    /// How many characters it takes, where that is always the same.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::Class(_) => Some(1),
            Self::Concat(nodes) => nodes.iter().map(Self::length).sum(),
            Self::Alt(nodes) => {
                let first = nodes.first().map_or(Some(0), Self::length)?;
                let same = nodes.iter().all(|node| node.length() == Some(first));
                same.then_some(first)
            }
            Self::Repeat {
                of, least, most, ..
            } => (Some(*least) == *most).then(|| Some(of.length()? * *least as usize))?,
            Self::Group(_, of) | Self::Atomic(of) => of.length(),
            Self::Again { .. } | Self::Condition(_) => None,
            Self::Empty | Self::Assert(_) | Self::Around { .. } | Self::IsSet(_) | Self::Keep => {
                Some(0)
            }
        }
    }

    /// The same for the linear engine, where it needs nothing beyond it.
    pub(super) fn plain(&self) -> Option<Hir> {
        Some(match self {
            Self::Empty => Hir::empty(),
            Self::Class(class) => Hir::class(hir::Class::Unicode(class.clone())),
            Self::Assert(look) => Hir::look(*look),
            Self::Concat(nodes) => Hir::concat(Self::all_plain(nodes)?),
            Self::Alt(nodes) => Hir::alternation(Self::all_plain(nodes)?),
            Self::Repeat {
                of,
                least,
                most,
                greedy,
            } => Hir::repetition(hir::Repetition {
                min: *least,
                max: *most,
                greedy: *greedy,
                sub: Box::new(of.plain()?),
            }),
            Self::Group(_, of) => of.plain()?,
            Self::Around { .. }
            | Self::Again { .. }
            | Self::IsSet(_)
            | Self::Atomic(_)
            | Self::Condition(_)
            | Self::Keep => return None,
        })
    }

    fn all_plain(nodes: &[Self]) -> Option<Vec<Hir>> {
        nodes.iter().map(Self::plain).collect()
    }
}

/// Turns what was parsed into nodes.
struct Reader {
    groups: usize,
    /// Parts so far, before any repetition: a long text of large classes must not be kept first and measured then.
    weight: u64,
}

impl Reader {
    fn node(&mut self, expr: &Expr) -> Result<Node, String> {
        let node = self.read(expr)?;
        self.weight += match &node {
            Node::Class(class) => weight(class),
            _ => 1,
        };
        if self.weight > LARGEST {
            return Err(too_large());
        }
        Ok(node)
    }

    fn read(&mut self, expr: &Expr) -> Result<Node, String> {
        Ok(match expr {
            Expr::Empty => Node::Empty,
            Expr::Any { newline } => Node::Class(any(*newline)),
            Expr::Assertion(assertion) => Node::Assert(look(*assertion)),
            Expr::Literal { val, casei } => Node::Concat(
                val.chars()
                    .map(|c| Node::Class(of_char(c, *casei)))
                    .collect(),
            ),
            Expr::Concat(parts) => Node::Concat(self.nodes(parts)?),
            Expr::Alt(parts) => Node::Alt(self.nodes(parts)?),
            Expr::Group(of) => {
                self.groups += 1;
                let group = self.groups;
                Node::Group(group, self.boxed(of)?)
            }
            Expr::LookAround(of, kind) => Node::Around {
                of: self.boxed(of)?,
                ahead: matches!(kind, LookAround::LookAhead | LookAround::LookAheadNeg),
                negated: matches!(kind, LookAround::LookAheadNeg | LookAround::LookBehindNeg),
            },
            Expr::Repeat {
                child,
                lo,
                hi,
                greedy,
            } => self.repeat(child, (*lo, *hi), *greedy)?,
            Expr::Delegate { inner, casei, .. } => delegated(inner, *casei)?,
            Expr::Backref { group, casei } => Node::Again {
                group: *group,
                any_case: *casei,
            },
            Expr::AtomicGroup(of) => Node::Atomic(self.boxed(of)?),
            Expr::KeepOut => Node::Keep,
            // One search is made of every text, and it begins at its start.
            Expr::ContinueFromPreviousMatchEnd => Node::Assert(Look::Start),
            Expr::BackrefExistsCondition(group) => Node::IsSet(*group),
            Expr::Conditional {
                condition,
                true_branch,
                false_branch,
            } => {
                let condition = self.node(condition)?;
                let yes = self.node(true_branch)?;
                Node::Condition(Box::new([condition, yes, self.node(false_branch)?]))
            }
            Expr::BackrefWithRelativeRecursionLevel { .. } => {
                return Err("back-references at a level of recursion are not supported".to_owned());
            }
            Expr::SubroutineCall(_) | Expr::UnresolvedNamedSubroutineCall { .. } => {
                return Err("calls of groups, as by \\g, are not supported".to_owned());
            }
        })
    }

    fn nodes(&mut self, parts: &[Expr]) -> Result<Vec<Node>, String> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    fn boxed(&mut self, of: &Expr) -> Result<Box<Node>, String> {
        self.node(of).map(Box::new)
    }

    fn repeat(
        &mut self,
        of: &Expr,
        (least, most): (usize, usize),
        greedy: bool,
    ) -> Result<Node, String> {
        let count = |times: usize| {
            u32::try_from(times).map_err(|_| format!("{times} repetitions are too many"))
        };
        let least = count(least)?;
        let most = match most {
            usize::MAX => None,
            most => Some(count(most)?),
        };
        if most.is_some_and(|most| most < least) {
            return Err(format!(
                "nothing can be repeated at least {least} and at most {} times",
                most.unwrap_or_default()
            ));
        }
        Ok(Node::Repeat {
            of: self.boxed(of)?,
            least,
            most,
            greedy,
        })
    }
}

fn weight(class: &ClassUnicode) -> u64 {
    1 + class.ranges().len() as u64 / 16
}

fn too_large() -> String {
    format!("with its repetitions written out it has more than {LARGEST} parts")
}

fn any(newline: bool) -> ClassUnicode {
    let upto = |from, to| ClassUnicodeRange::new(from, to);
    if newline {
        ClassUnicode::new([upto('\0', char::MAX)])
    } else {
        ClassUnicode::new([upto('\0', '\t'), upto('\u{b}', char::MAX)])
    }
}

fn of_char(c: char, any_case: bool) -> ClassUnicode {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    if any_case {
        class.case_fold_simple();
    }
    class
}

fn look(assertion: Assertion) -> Look {
    match assertion {
        Assertion::StartText => Look::Start,
        Assertion::EndText => Look::End,
        Assertion::StartLine { crlf: false } => Look::StartLF,
        Assertion::EndLine { crlf: false } => Look::EndLF,
        Assertion::StartLine { crlf: true } => Look::StartCRLF,
        Assertion::EndLine { crlf: true } => Look::EndCRLF,
        Assertion::LeftWordBoundary => Look::WordStartUnicode,
        Assertion::RightWordBoundary => Look::WordEndUnicode,
        Assertion::WordBoundary => Look::WordUnicode,
        Assertion::NotWordBoundary => Look::WordUnicodeNegate,
    }
}

/// A part that is written in the syntax of the linear engine: a class, as a rule.
fn delegated(inner: &str, any_case: bool) -> Result<Node, String> {
    let hir = regex_syntax::ParserBuilder::new()
        .case_insensitive(any_case)
        .build()
        .parse(inner)
        .map_err(|error| match error {
            regex_syntax::Error::Parse(error) => format!("{inner}: {}", error.kind()),
            regex_syntax::Error::Translate(error) => format!("{inner}: {}", error.kind()),
            _ => format!("{inner} cannot be read"),
        })?;
    of_hir(&hir)
}

fn of_hir(hir: &Hir) -> Result<Node, String> {
    let nodes = |parts: &[Hir]| parts.iter().map(of_hir).collect::<Result<Vec<_>, _>>();
    Ok(match hir.kind() {
        HirKind::Empty => Node::Empty,
        HirKind::Literal(hir::Literal(bytes)) => {
            let text = std::str::from_utf8(bytes).map_err(|_| "it matches no text".to_owned())?;
            let chars = text.chars();
            Node::Concat(chars.map(|c| Node::Class(of_char(c, false))).collect())
        }
        HirKind::Class(hir::Class::Unicode(class)) => Node::Class(class.clone()),
        HirKind::Class(hir::Class::Bytes(class)) => {
            let class = class.to_unicode_class();
            Node::Class(class.ok_or("it matches no text")?)
        }
        HirKind::Look(look) => Node::Assert(*look),
        HirKind::Repetition(repetition) => Node::Repeat {
            of: Box::new(of_hir(&repetition.sub)?),
            least: repetition.min,
            most: repetition.max,
            greedy: repetition.greedy,
        },
        HirKind::Capture(capture) => of_hir(&capture.sub)?,
        HirKind::Concat(parts) => Node::Concat(nodes(parts)?),
        HirKind::Alternation(parts) => Node::Alt(nodes(parts)?),
    })
}
