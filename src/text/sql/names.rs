//! The tables and columns that SQL statements name.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    AssignmentTarget, Expr, Ident, JoinConstraint, JoinOperator, ObjectName, OrderByKind, Query,
    Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement, TableFactor,
    TableObject, Visit, Visitor,
};

/// Tables and columns of statements, or the kind of the first that is not looked into.
pub(super) fn of(statements: &[Statement]) -> Result<Names, String> {
    let mut names = Names::default();
    for statement in statements {
        let operation = match statement {
            Statement::Query(_) => "select",
            Statement::Insert(insert) if matches!(insert.table, TableObject::TableName(_)) => {
                "insert"
            }
            Statement::Update(_) => "update",
            Statement::Delete(_) => "delete",
            other => {
                let text = other.to_string();
                return Err(text
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned());
            }
        };
        let mut aliases = Aliases::default();
        let _ = statement.visit(&mut aliases);
        let mut finder = Finder {
            operation,
            aliases: aliases.0,
            names: &mut names,
            depth: 0,
            known: Vec::new(),
            starts: Vec::new(),
            definitions: HashMap::new(),
            outputs: HashSet::new(),
        };
        if let ControlFlow::Break(kind) = statement.visit(&mut finder) {
            return Err(kind);
        }
        finder.targets(statement);
    }
    Ok(names)
}

/// What statements name, as promptfoo writes it.
#[derive(Debug, Default)]
pub struct Names {
    /// `select::null::orders`: operation, database, table.
    pub tables: Vec<String>,
    /// `select::orders::id`: operation, table, column.
    pub columns: Vec<String>,
}

impl Names {
    fn table(&mut self, operation: &str, name: &ObjectName) {
        let parts = parts(name);
        let (table, database) = match &parts[..] {
            [.., database, table] => (table.as_str(), database.as_str()),
            [table] => (table.as_str(), "null"),
            [] => ("", "null"),
        };
        self.tables
            .push(format!("{operation}::{database}::{table}"));
    }

    fn column(&mut self, operation: &str, table: &str, column: &str) {
        self.columns.push(format!("{operation}::{table}::{column}"));
    }
}

fn parts(name: &ObjectName) -> Vec<String> {
    let idents = name.0.iter();
    idents
        .map(|part| {
            part.as_ident()
                .map_or_else(|| part.to_string(), |ident| ident.value.clone())
        })
        .collect()
}

/// The tables behind other names; none where a name stands for two.
#[derive(Default)]
struct Aliases(HashMap<String, Option<String>>);

impl Visitor for Aliases {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table {
            name,
            alias: Some(alias),
            ..
        } = factor
        {
            let table = parts(name).pop();
            let known = self
                .0
                .entry(alias.name.value.clone())
                .or_insert_with(|| table.clone());
            if *known != table {
                *known = None;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Collects names; breaks with the kind of what it cannot look into.
struct Finder<'n> {
    operation: &'static str,
    aliases: HashMap<String, Option<String>>,
    names: &'n mut Names,
    /// Queries that are open.
    depth: usize,
    /// Names that `WITH` has defined so far.
    known: Vec<String>,
    /// How many were known when each open query began.
    starts: Vec<usize>,
    /// Definitions that are to come, by their place.
    definitions: HashMap<*const Query, String>,
    /// Places of expressions that name a column of the answer and none of a table.
    outputs: HashSet<*const Expr>,
}

impl Finder<'_> {
    fn operation(&self) -> &'static str {
        if self.depth == 0 {
            self.operation
        } else {
            "select"
        }
    }

    fn column(&mut self, path: &[Ident]) {
        let operation = self.operation();
        let Some((column, path)) = path.split_last() else {
            return;
        };
        let table = path.last().map_or("null", |table| table.value.as_str());
        let table = match self.aliases.get(table) {
            Some(Some(behind)) => behind.clone(),
            _ => table.to_owned(),
        };
        self.names.column(operation, &table, &column.value);
    }

    fn wildcard(&mut self, table: Option<&ObjectName>) {
        let operation = self.operation();
        let written = table.and_then(|table| parts(table).pop());
        let table = match written.as_ref().map(|name| (name, self.aliases.get(name))) {
            Some((_, Some(Some(behind)))) => behind.clone(),
            Some((name, _)) => name.clone(),
            None => "null".to_owned(),
        };
        self.names.column(operation, &table, "(.*)");
    }

    /// Columns that a statement writes.
    fn targets(&mut self, statement: &Statement) {
        let (columns, assignments) = match statement {
            Statement::Insert(insert) => (&insert.columns[..], &insert.assignments[..]),
            Statement::Update(update) => (&[][..], &update.assignments[..]),
            _ => return,
        };
        let assigned = assignments.iter().flat_map(|one| match &one.target {
            AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            AssignmentTarget::Tuple(names) => names,
        });
        for name in columns.iter().chain(assigned) {
            let column = parts(name).pop().unwrap_or_default();
            self.names.column(self.operation, "null", &column);
        }
    }

    fn joins(&mut self, select: &Select) {
        for join in select.from.iter().flat_map(|from| &from.joins) {
            let (JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)) = &join.join_operator
            else {
                continue;
            };
            if let JoinConstraint::Using(columns) | JoinConstraint::UsingAlias(columns, _) =
                constraint
            {
                for column in columns {
                    let column = parts(column).pop().unwrap_or_default();
                    self.names.column("select", "null", &column);
                }
            }
        }
    }
}

fn is_plain(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(_) | SetExpr::Values(_) => true,
        SetExpr::SetOperation { left, right, .. } => is_plain(left) && is_plain(right),
        _ => false,
    }
}

impl Visitor for Finder<'_> {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        if !is_plain(&query.body) {
            return ControlFlow::Break("query that writes, or that is `TABLE`".to_owned());
        }
        self.depth += 1;
        self.starts.push(self.known.len());
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                let name = cte.alias.name.value.clone();
                if with.recursive {
                    self.known.push(name.clone());
                }
                self.definitions
                    .insert(std::ptr::from_ref(&*cte.query), name);
            }
        }
        if let (Some(order), SetExpr::Select(select)) = (&query.order_by, &*query.body)
            && let OrderByKind::Expressions(expressions) = &order.kind
        {
            let is_output = |name: &Ident| {
                select.projection.iter().any(|item| matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value == name.value))
            };
            for one in expressions {
                if let Expr::Identifier(name) = &one.expr
                    && is_output(name)
                {
                    self.outputs.insert(std::ptr::from_ref(&one.expr));
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        self.depth -= 1;
        let start = self.starts.pop().unwrap_or_default();
        self.known.truncate(start);
        // From here on, and not within itself, its name stands for it.
        if let Some(name) = self.definitions.remove(&std::ptr::from_ref(query)) {
            self.known.push(name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => self.wildcard(None),
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => self.wildcard(Some(name)),
                _ => {}
            }
        }
        self.joins(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        let is_defined = match &parts(relation)[..] {
            [name] => self.known.contains(name),
            _ => false,
        };
        if !is_defined {
            self.names.table(self.operation(), relation);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        match expr {
            Expr::Identifier(name) if !self.outputs.contains(&std::ptr::from_ref(expr)) => {
                self.column(std::slice::from_ref(name));
            }
            Expr::CompoundIdentifier(path) => self.column(path),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
