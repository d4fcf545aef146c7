//! Reads `prompts/FAMILY/VERSION.yaml`.

use crate::model::prompt::MessageTemplate;
use crate::model::{Problems, PromptRef, PromptVersion, Role, Status, Text};
use crate::source::{Check, Fields, Mark, Node, Source, model_target, read_params};

pub(super) const KEYS: &[&str] = &[
    "changelog",
    "created_by",
    "model",
    "fallback",
    "params",
    "system",
    "user",
    "messages",
];

pub(super) fn read(
    source: &Source,
    id: PromptRef,
    sha256: String,
    problems: &mut Problems,
) -> Option<PromptVersion> {
    let mut check = Check::new(source);
    let version = source
        .yaml()
        .map_err(|problem| check.problems.push(problem))
        .ok()
        .and_then(|root| read_fields(&mut check, &root, id, sha256));
    problems.extend(check.problems);
    version
}

fn read_fields(
    check: &mut Check<'_>,
    root: &Node,
    id: PromptRef,
    sha256: String,
) -> Option<PromptVersion> {
    let fields = check.fields(root, "a prompt version", KEYS)?;
    let model = check
        .require(&fields, "model", "a prompt version")
        .and_then(|node| model_target(check, node, "model"));
    let params = fields
        .get("params")
        .map(|node| read_params(check, node))
        .unwrap_or_default();
    let fallback = read_fallback(check, &fields);
    let messages = read_messages(check, &fields);
    let text = |check: &mut Check<'_>, key| fields.get(key).and_then(|n| check.filled(n, key));
    let changelog = text(check, "changelog");
    let created_by = text(check, "created_by");
    if messages.is_empty() && check.problems.is_empty() {
        check.error(
            "no-message",
            Mark {
                line: 1,
                column: 1,
                length: 1,
            },
            "a prompt version needs `user` or `messages`",
        );
    }
    let mut model = model?;
    model.params = params;
    Some(PromptVersion {
        id,
        status: Status::Draft,
        sha256,
        path: check.source.path.to_string(),
        changelog,
        created_by,
        model,
        fallback,
        messages,
    })
}

fn read_fallback(check: &mut Check<'_>, fields: &Fields<'_>) -> Vec<crate::model::ModelTarget> {
    let Some(node) = fields.get("fallback") else {
        return Vec::new();
    };
    let items = check.list(node, "fallback").unwrap_or_default();
    items
        .iter()
        .filter_map(|item| model_target(check, item, "fallback"))
        .collect()
}

fn read_messages(check: &mut Check<'_>, fields: &Fields<'_>) -> Vec<MessageTemplate> {
    let mut messages = Vec::new();
    let mut add = |check: &mut Check<'_>, role, node: &Node, name: &str| {
        if let Some(source) = check.string(node, name) {
            messages.push(MessageTemplate {
                role,
                content: text(check, node, source),
            });
        }
    };
    if let Some(system) = fields.get("system") {
        add(check, Role::System, system, "system");
    }
    match (fields.get("user"), fields.get("messages")) {
        (Some(user), None) => add(check, Role::User, user, "user"),
        (None, Some(list)) => {
            for item in check.list(list, "messages").unwrap_or_default() {
                read_turn(check, item, &mut add);
            }
        }
        (Some(_), Some(list)) => check.error(
            "two-conversations",
            list.mark,
            "a prompt version has `user` or `messages`, not both",
        ),
        (None, None) => {}
    }
    messages
}

fn read_turn(
    check: &mut Check<'_>,
    item: &Node,
    add: &mut impl FnMut(&mut Check<'_>, Role, &Node, &str),
) {
    let Some(turn) = check.fields(item, "a message", &["role", "content"]) else {
        return;
    };
    let role = check.require(&turn, "role", "a message");
    let content = check.require(&turn, "content", "a message");
    let (Some(role), Some(content)) = (role, content) else {
        return;
    };
    match check.string(role, "role").as_deref() {
        Some("user") => add(check, Role::User, content, "content"),
        Some("assistant") => add(check, Role::Assistant, content, "content"),
        Some("system") => check.hinted(
            "bad-role",
            role.mark,
            "the system text is no message",
            Some("write it under `system:`".into()),
        ),
        Some(other) => check.error(
            "bad-role",
            role.mark,
            format!("unknown role `{other}`: a message is of `user` or `assistant`"),
        ),
        None => {}
    }
}

/// A template with what it takes to find a line of it in the file again.
fn text(check: &Check<'_>, node: &Node, source: String) -> Text {
    let mark = node.mark;
    let line = check.source.line(mark.line);
    let indent = line.chars().take_while(|c| *c == ' ').count();
    // A block text stands where its first line begins; any other one stands behind its key or its quote.
    let is_block = mark.column == indent + 1 && source.starts_with(line.trim_start());
    let quote = line.chars().nth(mark.column.saturating_sub(1));
    let indent = if is_block {
        indent
    } else {
        mark.column - 1 + usize::from(matches!(quote, Some('"' | '\'')))
    };
    Text {
        source,
        at: check.at(mark),
        first_line: mark.line,
        indent,
    }
}
