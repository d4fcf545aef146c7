//! Texts in workflow commands and in the file of a step's outputs: escaped as the runner reads them.

use super::Annotation;
use crate::report::visible;

/// The line that makes the runner show an annotation; paths start from the repository's root.
pub fn command(annotation: &Annotation, prefix: &str) -> String {
    let mut properties = Vec::new();
    if let Some(file) = &annotation.file {
        properties.push(format!("file={}", property(&format!("{prefix}{file}"))));
    }
    if let Some(line) = annotation.line {
        properties.push(format!("line={line}"));
    }
    properties.push(format!("title={}", property(&annotation.title)));
    let message = data(&annotation.message);
    format!("::error {}::{message}\n", properties.join(","))
}

/// A value in the file of outputs. The mark of its end is one that the value does not hold.
pub fn output(name: &str, value: &str) -> String {
    let mut mark = "END".to_owned();
    while value.contains(&mark) {
        mark.push('_');
    }
    format!("{name}<<{mark}\n{value}\n{mark}\n")
}

/// What comes after the second `::`.
fn data(text: &str) -> String {
    visible::terminal(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value before it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_holds_one_command() {
        let annotation = Annotation {
            file: Some("data,set:1.jsonl".into()),
            line: Some(7),
            title: "a,b: c\n::error::owned".into(),
            message: "100 %\n::set-output name=x::y".into(),
        };
        assert_eq!(
            command(&annotation, "sub/"),
            "::error file=sub/data%2Cset%3A1.jsonl,line=7,title=a%2Cb%3A c %3A%3Aerror%3A%3Aowned::100 %25 ::set-output name=x::y\n"
        );
    }

    #[test]
    fn an_output_cannot_end_itself() {
        assert_eq!(output("x", "1"), "x<<END\n1\nEND\n");
        assert_eq!(
            output("x", "END\ny=2\nEND_"),
            "x<<END__\nEND\ny=2\nEND_\nEND__\n"
        );
    }
}
